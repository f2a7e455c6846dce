//! The one place that asks what time it is.

use jiff::Timestamp;

/// Now, in microseconds since 1970-01-01 UTC: what both databases keep exactly.
pub fn now_micros() -> i64 {
    Timestamp::now().as_microsecond()
}
