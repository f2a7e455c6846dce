use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::Part;

/// Bytes of a seal: enough against guessing over the network, short enough for a token.
pub(crate) const SEAL: usize = 8;

/// Seals what a service hands out and wants back unchanged: snapshot tokens, page tokens,
/// resume tokens, cursors. All replicas of a service have its key, nobody else does.
#[derive(Clone)]
pub struct Sealer {
    part: Part,
    epoch: i64,
    mac: Hmac<Sha256>,
}

impl Sealer {
    /// Seals with `key` for a service. `epoch` counts the lives of its database: a restored
    /// backup begins a new one, in which commit numbers may mean something else.
    pub fn new(part: Part, key: &[u8], epoch: i64) -> Self {
        // An HMAC takes keys of any length, so the other branch is never taken.
        let mac = Hmac::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default()));
        Self { part, epoch, mac }
    }

    /// The service it seals for.
    pub fn part(&self) -> Part {
        self.part
    }

    /// The life of the database that it seals for.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// The seal of these parts, in this order.
    pub(crate) fn seal(&self, parts: &[&[u8]]) -> [u8; SEAL] {
        let mut mac = self.mac.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        let code = mac.finalize().into_bytes();
        std::array::from_fn(|i| code[i])
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer")
            .field("part", &self.part)
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}
