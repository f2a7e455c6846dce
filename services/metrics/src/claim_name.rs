//! Names by content: every installation gives a figure the same name, in whatever order
//! releases were ingested, so that a printed citation means one figure everywhere.

use std::borrow::Cow;

use figure::Period;
use sha2::{Digest as _, Sha256};

/// Bytes of the hash in the id of a source series.
const SOURCE_SERIES: usize = 8;
/// Bytes of the hash in the id of a claim.
const CLAIM: usize = 6;

/// Id of the source series of a provenance, within its series: ids of source, originator and
/// unit, and the number of the nature class.
pub fn source_series_id(source: &str, originator: &str, unit: &str, nature_class: i64) -> String {
    let mut id = String::with_capacity(2 * SOURCE_SERIES);
    let class = nature_class.to_string();
    push_hash::<SOURCE_SERIES>(&mut id, &[source, originator, unit, &class]);
    id
}

/// Id of a claim, within its series. `ordinal` counts what the release said of this period
/// and source series, from 1, in commit order.
pub fn claim_id(period: Period, source_series_id: &str, release: &str, ordinal: i32) -> String {
    let mut id = period.token();
    id.push('.');
    let ordinal = match ordinal {
        // Most claims are the only one of their release: nothing has to be allocated.
        1 => Cow::Borrowed("1"),
        ordinal => Cow::Owned(ordinal.to_string()),
    };
    push_hash::<CLAIM>(&mut id, &[source_series_id, release, &ordinal]);
    id
}

/// The period within the id of a claim; nothing if it is none. Spans that are spelled
/// otherwise have the same period.
pub fn period_of(claim_id: &str) -> Option<Period> {
    let (period, hash) = claim_id.rsplit_once('.')?;
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    let named = hash.len() == 2 * CLAIM && hash.bytes().all(hex);
    Period::from_token(period).ok().filter(|_| named)
}

/// Adds the first bytes of the hash of these texts, joined by line feeds.
fn push_hash<const BYTES: usize>(id: &mut String, texts: &[&str]) {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let mut hash = Sha256::new();
    for (i, text) in texts.iter().enumerate() {
        if i > 0 {
            hash.update("\n");
        }
        hash.update(text);
    }
    for byte in hash.finalize().iter().take(BYTES) {
        id.push(DIGITS[usize::from(byte >> 4)]);
        id.push(DIGITS[usize::from(byte & 15)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_the_contract_documents() {
        // printf 'bank\n\nusd\n1' | sha256sum
        let source_series = source_series_id("bank", "", "usd", 1);
        assert_eq!(source_series, "9cc1e592542e0c99");
        let period: Period = "2016-01/2016-05".parse().unwrap();
        let id = claim_id(period, &source_series, "r", 1);
        assert_eq!(id, "2016-01_2016-05.9946934e4817");
        assert_eq!(period_of(&id), Some(period));
    }

    #[test]
    fn what_no_claim_is_called_has_no_period() {
        for id in [
            "",
            "2010",
            "2010.1",
            "2010.0123456789AB",
            "2010.0123456789abc",
            "2010-13.0123456789ab",
            "2016-01/2016-05.0123456789ab",
        ] {
            assert_eq!(period_of(id), None, "{id}");
        }
    }
}
