//! Between wire and domain, and nowhere else.

pub(crate) mod block;
pub(crate) mod calculate;
pub(crate) mod change;
pub(crate) mod claim;
pub(crate) mod claim_set;
pub(crate) mod definition;
pub(crate) mod ingest;
pub(crate) mod release;
pub(crate) mod row;
pub(crate) mod series;

use prost_types::Timestamp;

/// Microseconds as a wire timestamp.
pub(crate) fn timestamp(micros: i64) -> Timestamp {
    Timestamp {
        seconds: micros.div_euclid(1_000_000),
        nanos: (micros.rem_euclid(1_000_000) * 1000) as i32,
    }
}
