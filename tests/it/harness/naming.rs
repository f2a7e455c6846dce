//! The names of claims, computed as the contract documents them.

use proto::metrics::v1::Claim;
use sha2::{Digest as _, Sha256};

/// `series/{series}/claims/{period}.{hash}`: the period code with `_` for `/`, and the first
/// twelve hex digits of the SHA-256 of the id of the source series, the id of the release
/// and the ordinal, joined by line feeds.
pub fn claim_name(source_series: &str, period: &str, release: &str, ordinal: i32) -> String {
    let (series, source_series) = source_series
        .split_once("/sourceSeries/")
        .expect("the name of a source series");
    let release = release
        .strip_prefix("releases/")
        .expect("the name of a release");
    let digest = Sha256::digest(format!("{source_series}\n{release}\n{ordinal}"));
    let (period, hash) = (period.replace('/', "_"), hex(&digest[..6]));
    format!("{series}/claims/{period}.{hash}")
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The name that a claim must have by what it says of itself.
pub fn name_of(claim: &Claim) -> String {
    let period = claim.period.as_ref().expect("a claim has a period");
    claim_name(
        &claim.source_series,
        &period.code,
        &claim.release,
        claim.ordinal,
    )
}

/// The period within the name of a claim.
pub fn period_of(name: &str) -> &str {
    let id = name.split_once("/claims/").expect("the name of a claim").1;
    id.rsplit_once('.').expect("a period and a hash").0
}
