//! The one place that asks what time it is.

use jiff::Timestamp;

/// Now, in microseconds since 1970-01-01 UTC: what both databases keep exactly.
#[expect(
    clippy::disallowed_methods,
    reason = "the one clock that all others are kept from"
)]
pub fn now_micros() -> i64 {
    Timestamp::now().as_microsecond()
}
