//! Times between wire and services.

use prost_types::Timestamp;

use crate::{Error, Reason, Result};

/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, in seconds: what a Timestamp may say.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
const NANOS: std::ops::Range<i32> = 0..1_000_000_000;

/// Reads a time of a request in microseconds, cut to what both databases keep; nothing where
/// it is not set.
pub fn read_time(field: &str, time: Option<&Timestamp>) -> Result<Option<i64>> {
    let Some(time) = time else {
        return Ok(None);
    };
    if !SECONDS.contains(&time.seconds) {
        let message = "is not a time between the years 0001 and 9999";
        return Err(Error::field(Reason::FieldInvalid, field, message));
    }
    if !NANOS.contains(&time.nanos) {
        let message = format!("has {} nanoseconds; 0 to 999999999 make a time", time.nanos);
        return Err(Error::field(Reason::FieldInvalid, field, message));
    }
    Ok(Some(micros(time)))
}

/// A time that a service of ours has answered, in microseconds.
pub fn micros(time: &Timestamp) -> i64 {
    let whole = time.seconds.saturating_mul(1_000_000);
    whole.saturating_add(i64::from(time.nanos) / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(seconds: i64, nanos: i32) -> Option<i64> {
        let time = Timestamp { seconds, nanos };
        match read_time("as_of", Some(&time)) {
            Ok(read) => read,
            Err(error) => {
                assert_eq!(error.reason(), Reason::FieldInvalid);
                assert_eq!(error.violations()[0].field, "as_of");
                None
            }
        }
    }

    #[test]
    fn a_time_is_read_to_the_microsecond_between_the_years_1_and_9999() {
        assert_eq!(read_time("as_of", None).unwrap(), None);
        assert_eq!(read(0, 1999), Some(1));
        assert_eq!(read(-1, 999_999_999), Some(-1));
        assert_eq!(read(-62_135_596_800, 0), Some(-62_135_596_800_000_000));
        let last = Some(253_402_300_799_999_999);
        assert_eq!(read(253_402_300_799, 999_999_999), last);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for (seconds, nanos) in [
            (0, -1),
            (0, 1_000_000_000),
            (0, i32::MIN),
            (-62_135_596_801, 999_999_999),
            (253_402_300_800, 0),
            (i64::MIN, 0),
            (i64::MAX, 0),
        ] {
            assert_eq!(read(seconds, nanos), None, "{seconds} {nanos}");
        }
    }
}
