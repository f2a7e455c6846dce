//! Reading the code of a period.

use std::str::FromStr;

use jiff::civil::{Date, ISOWeekDate, Weekday};

use super::{Period, day};
use crate::excerpt;

/// Why a text is not the code of a period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a period: {reason}")]
pub struct ParsePeriodError {
    text: String,
    reason: &'static str,
}

impl ParsePeriodError {
    /// The error for a text of no known form.
    pub(super) fn unknown(text: &str) -> Self {
        Self::new(text, UNKNOWN)
    }

    fn new(text: &str, reason: &'static str) -> Self {
        let text = excerpt(text);
        Self { text, reason }
    }
}

const UNKNOWN: &str = "write 2018, 2018-H1, 2018-Q3, 2018-06, 2018-W23, 2018-06-12, 195X, \
                       2016-01/2016-05, 2019/.. or ../2019";
const YEAR: &str = "a year has four digits and is 0001 to 9999, such as 2018";
const DECADE: &str = "a decade is three digits from 001 and an X, such as 195X";
const HALF: &str = "a half-year is H1 or H2, such as 2018-H1";
const QUARTER: &str = "a quarter is Q1 to Q4, such as 2018-Q3";
const MONTH: &str = "a month is 01 to 12, such as 2018-06";
const WEEK: &str = "the year has no such week up to 9999-12-31; write two digits, such as 2018-W23";
const DAY: &str = "the month has no such day; write two digits, such as 2018-06-12";
const REVERSED: &str = "it ends before it starts; write the earlier end first, such as 2003/2018";
const OPEN: &str = "one end must be given, such as 2019/.. or ../2019";

/// First and last day.
type Span = (i32, i32);

impl FromStr for Period {
    type Err = ParsePeriodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (start, end) = ends(text).map_err(|reason| ParsePeriodError::new(text, reason))?;
        Self::new(start, end.map(|last| last + 1))
            .ok_or_else(|| ParsePeriodError::new(text, REVERSED))
    }
}

/// The first and the last day of a code or a range of two.
fn ends(text: &str) -> Result<(Option<i32>, Option<i32>), &'static str> {
    match text.split_once('/') {
        None => span(text).map(|(first, last)| (Some(first), Some(last))),
        Some(("..", "..")) => Err(OPEN),
        Some(("..", to)) => Ok((None, Some(span(to)?.1))),
        Some((from, "..")) => Ok((Some(span(from)?.0), None)),
        Some((from, to)) => Ok((Some(span(from)?.0), Some(span(to)?.1))),
    }
}

fn span(code: &str) -> Result<Span, &'static str> {
    let fields: Vec<&str> = code.split('-').collect();
    match fields.as_slice() {
        [year] => match year.strip_suffix('X') {
            Some(decade) => decade_span(decade),
            None => months(self::year(year)?, 1, 12),
        },
        [year, part] => part_span(self::year(year)?, part),
        [year, month, of_month] => {
            let month = two_digits(month).filter(|month| (1..=12).contains(month));
            let date = Date::new(
                self::year(year)?,
                month.ok_or(MONTH)?,
                two_digits(of_month).ok_or(DAY)?,
            );
            let day = day::number(date.map_err(|_| DAY)?);
            Ok((day, day))
        }
        _ => Err(UNKNOWN),
    }
}

fn decade_span(decade: &str) -> Result<Span, &'static str> {
    let decade = digits(decade, 3).filter(|decade| *decade > 0);
    let first = decade.ok_or(DECADE)? * 10;
    Ok((months(first, 1, 12)?.0, months(first + 9, 1, 12)?.1))
}

/// A half, quarter, week or month of a year.
fn part_span(year: i16, part: &str) -> Result<Span, &'static str> {
    if let Some(half) = part.strip_prefix('H') {
        return parts(year, half, 2, HALF);
    }
    if let Some(quarter) = part.strip_prefix('Q') {
        return parts(year, quarter, 4, QUARTER);
    }
    if let Some(week) = part.strip_prefix('W') {
        return week_span(year, week).ok_or(WEEK);
    }
    let month = two_digits(part).ok_or(UNKNOWN)?;
    months(year, month, month)
}

/// One of `count` equal parts of a year.
fn parts(year: i16, part: &str, count: i8, reason: &'static str) -> Result<Span, &'static str> {
    let part = digits(part, 1).and_then(|part| i8::try_from(part).ok());
    let part = part
        .filter(|part| (1..=count).contains(part))
        .ok_or(reason)?;
    let months_of_part = 12 / count;
    let last = part * months_of_part;
    months(year, last - months_of_part + 1, last)
}

fn week_span(year: i16, week: &str) -> Option<Span> {
    let monday = ISOWeekDate::new(year, two_digits(week)?, Weekday::Monday).ok()?;
    let first = day::number(monday.date());
    let last = first + 6;
    (last <= day::LAST).then_some((first, last))
}

/// From the first month of a year to the last, both included.
fn months(year: i16, first: i8, last: i8) -> Result<Span, &'static str> {
    let from = Date::new(year, first, 1).map_err(|_| MONTH)?;
    let to = Date::new(year, last, 1).map_err(|_| MONTH)?.last_of_month();
    Ok((day::number(from), day::number(to)))
}

fn year(text: &str) -> Result<i16, &'static str> {
    let year = digits(text, 4).filter(|year| *year > 0);
    year.ok_or(if text.len() == 4 { YEAR } else { UNKNOWN })
}

fn two_digits(text: &str) -> Option<i8> {
    digits(text, 2).and_then(|number| i8::try_from(number).ok())
}

/// The value of exactly `count` digits.
fn digits(text: &str, count: usize) -> Option<i16> {
    let plain = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}
