//! Days counted from 1970-01-01, and the dates they stand for.

use jiff::ToSpan;
use jiff::civil::Date;

/// Day zero.
const EPOCH: Date = Date::constant(1970, 1, 1);
/// 0001-01-01.
pub(super) const FIRST: i32 = -719_162;
/// 9999-12-31.
pub(super) const LAST: i32 = 2_932_896;

/// The date of a day within the years 0001 to 9999.
pub(super) fn date(day: i32) -> Date {
    EPOCH.saturating_add(day.days())
}

/// The day of a date.
pub(super) fn number(date: Date) -> i32 {
    (date - EPOCH).get_days()
}
