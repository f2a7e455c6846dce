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

/// Days of 400 years, after which the calendar repeats.
const ERA_DAYS: i32 = 146_097;
/// Months of 400 years.
const ERA_MONTHS: i32 = 4800;

/// Months since the year 0, if the day is the first of one. Reckoned without a date: heads
/// of lines are unpacked by the thousand.
pub(super) fn month_of(day: i32) -> Option<i32> {
    // A month has 30.436875 days on average, and none begins half a month away from where
    // months of that length would.
    let month = ((i64::from(day) + 15) * 1_000_000).div_euclid(30_436_875) as i32 + 1970 * 12;
    (first_of(month) == day).then_some(month)
}

/// The first day of a month, counted since the year 0.
pub(super) fn first_of(month: i32) -> i32 {
    // From March on, every month before is as long as it always is.
    let since_march = month - 2;
    let (era, month) = (
        since_march.div_euclid(ERA_MONTHS),
        since_march.rem_euclid(ERA_MONTHS),
    );
    let (year, month) = (month / 12, month % 12);
    let days = year * 365 + year / 4 - year / 100 + (month * 153 + 2) / 5;
    // 0000-03-01 is so many days before day zero.
    era * ERA_DAYS + days - 719_468
}
