//! Snapshot tokens that no answer has carried.

use rpc::{Part, Sealer, Stamp};

use super::Home;
use super::database::Database;
use super::read::token;

/// A token with another commit of a service below the seal of the one it had: what somebody
/// without the key can make.
pub fn altered(text: &str, part: Part, by: i64) -> String {
    let token = token(text);
    let stamp = token.part(part).expect("it speaks of the service");
    let mut bytes = stamp.to_bytes();
    // Epoch, commit, seal.
    bytes[8..16].copy_from_slice(&(stamp.commit() + by).to_be_bytes());
    let stamp = Stamp::from_bytes(&bytes).expect("as long as it was");
    token.with(part, Some(stamp)).encode()
}

/// The same token of another installation.
pub fn moved(text: &str) -> String {
    let mut token = token(text);
    token.installation = [7; 16];
    token.encode()
}

/// The same token, silent about a service.
pub fn silent(text: &str, part: Part) -> String {
    token(text).with(part, None).encode()
}

/// The same token with another commit of a service, sealed by its key: what the installation
/// itself gave before it was restored.
pub async fn sealed(home: &Home, text: &str, part: Part, by: i64) -> String {
    let token = token(text);
    let stamp = token.part(part).expect("it speaks of the service");
    let mut database = Database::of(home, service(part)).await;
    let key = database.bytes("SELECT key FROM seal_key").await;
    let sealer = Sealer::new(part, &key, stamp.epoch());
    let stamp = sealer.stamp(token.installation, stamp.commit() + by);
    token.with(part, Some(stamp)).encode()
}

fn service(part: Part) -> &'static str {
    match part {
        Part::Registry => "registry",
        Part::Metrics => "metrics",
        Part::Reporting => "reporting",
    }
}
