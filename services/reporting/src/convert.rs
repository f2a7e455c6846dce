//! Between the wire and this service: reads requests, gathering all that is wrong with
//! them, and writes answers.

pub(crate) mod mask;
pub(crate) mod operation;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod template;
pub(crate) mod watch;

use prost_types::Timestamp;
use rpc::{Fields, Reason};

/// A revision of a template: 0 is the newest.
fn revision(field: &str, revision: i32, fields: &mut Fields) -> Option<i64> {
    if revision < 0 {
        fields.refuse(
            Reason::FieldInvalid,
            field,
            "is negative; use 0 for the newest",
        );
    }
    (revision > 0).then_some(i64::from(revision))
}

/// A time as it goes out.
pub(crate) fn timestamp(micros: i64) -> Timestamp {
    Timestamp {
        seconds: micros.div_euclid(1_000_000),
        nanos: (micros.rem_euclid(1_000_000) * 1000) as i32,
    }
}
