//! A span of civil days with one canonical code.

mod day;
mod parse;
mod print;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

pub use parse::ParsePeriodError;

/// The sign bit of the lower half of a key.
const SIGN: u32 = 1 << 31;

/// A span of civil days in the years 0001 to 9999, open at one end at most.
///
/// The span is the identity, the code a function of it: `2018-01/2018-12` reads as `2018`.
/// Periods sort by start, then by end; an open start comes first and an open end last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    start: Option<i32>,
    end: Option<i32>,
}

impl Period {
    /// The span from the day `start` to the day before `end`, counted from 1970-01-01.
    /// Nothing when it is empty, open at both ends or outside the years 0001 to 9999.
    #[must_use]
    pub fn new(start: Option<i32>, end: Option<i32>) -> Option<Self> {
        let (least, most) = (start.unwrap_or(day::FIRST), end.unwrap_or(day::LAST + 1));
        let within = day::FIRST <= least && most <= day::LAST + 1;
        let bounded = start.is_some() || end.is_some();
        (bounded && within && least < most).then_some(Self { start, end })
    }

    /// First day, counted from 1970-01-01; nothing when open.
    #[must_use]
    pub const fn start_day(&self) -> Option<i32> {
        self.start
    }

    /// The day after the last, counted from 1970-01-01; nothing when open.
    #[must_use]
    pub const fn end_day(&self) -> Option<i32> {
        self.end
    }

    /// First day as YYYY-MM-DD; nothing when open.
    #[must_use]
    pub fn start_date(&self) -> Option<String> {
        self.start.map(|start| day::date(start).to_string())
    }

    /// Last day, included, as YYYY-MM-DD; nothing when open.
    #[must_use]
    pub fn end_date(&self) -> Option<String> {
        self.end.map(|end| day::date(end - 1).to_string())
    }

    /// When the span is over: the start of the day after it in UTC, in microseconds since
    /// 1970. Nothing when it is open.
    #[must_use]
    pub fn end_instant_micros(&self) -> Option<i64> {
        const MICROS_OF_A_DAY: i64 = 86_400_000_000;
        self.end.map(|end| i64::from(end) * MICROS_OF_A_DAY)
    }

    /// The span as one number that sorts as the period does: the start in the upper half
    /// and the end in the lower.
    #[must_use]
    pub fn key(&self) -> i64 {
        // The lower half compares without a sign; with the sign bit turned, days before
        // 1970 come first there too.
        let start = self.start.unwrap_or(i32::MIN);
        let end = self.end.unwrap_or(i32::MAX).cast_unsigned() ^ SIGN;
        i64::from(start) << 32 | i64::from(end)
    }

    /// The period of a [key](Period::key).
    #[must_use]
    pub fn from_key(key: i64) -> Option<Self> {
        let start = (key >> 32) as i32;
        let end = (key as u32 ^ SIGN).cast_signed();
        Self::new(
            Some(start).filter(|start| *start != i32::MIN),
            Some(end).filter(|end| *end != i32::MAX),
        )
    }

    /// The period that follows at the same length: the next year after a year, the next
    /// month after a month, else the next span of as many days. Nothing when it is open or
    /// the last one.
    #[must_use]
    pub fn successor(&self) -> Option<Self> {
        let (start, end) = (self.start?, self.end?);
        let next = match (day::month_of(start), day::month_of(end)) {
            (Some(first), Some(last)) => day::first_of(last + (last - first)),
            _ => end.checked_add(end - start)?,
        };
        Self::new(Some(end), Some(next))
    }

    /// The code in a form that can stand in a resource name: `2016-01_2016-05`.
    #[must_use]
    pub fn token(&self) -> String {
        self.to_string().replace('/', "_")
    }

    /// Reads a [token](Period::token).
    pub fn from_token(token: &str) -> Result<Self, ParsePeriodError> {
        if token.contains('/') {
            return Err(ParsePeriodError::unknown(token));
        }
        token.replace('_', "/").parse()
    }

    /// Whether both have a day in common.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.first() < other.after() && other.first() < self.after()
    }

    /// Whether every day of the other is a day of this one.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.first() <= other.first() && other.after() <= self.after()
    }

    fn first(&self) -> i32 {
        self.start.unwrap_or(i32::MIN)
    }

    fn after(&self) -> i32 {
        self.end.unwrap_or(i32::MAX)
    }
}

impl Ord for Period {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Period {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
