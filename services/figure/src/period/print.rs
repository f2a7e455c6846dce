//! The canonical code of a span.

use std::fmt;

use jiff::civil::{Date, Weekday};

use super::{Period, day};

impl fmt::Display for Period {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.start.map(day::date);
        let last = self.end.map(|end| day::date(end - 1));
        let code = match (first, last) {
            (Some(first), Some(last)) => closed(first, last),
            (Some(first), None) => format!("{}/..", unit_from(first).code(first)),
            (None, Some(last)) => format!("../{}", unit_to(last).code(last)),
            (None, None) => "../..".to_owned(),
        };
        formatter.write_str(&code)
    }
}

fn closed(first: Date, last: Date) -> String {
    one_unit(first, last).unwrap_or_else(|| {
        let unit = unit_from(first).max(unit_to(last));
        format!("{}/{}", unit.code(first), unit.code(last))
    })
}

/// The code of a span that has a name of its own.
fn one_unit(first: Date, last: Date) -> Option<String> {
    let year = first.year();
    if first == last {
        return Some(Unit::Day.code(first));
    }
    if let Some(week) = week(first, last) {
        return Some(week);
    }
    let unit = unit_from(first).max(unit_to(last));
    match unit {
        Unit::Year if year == last.year() => Some(Unit::Year.code(first)),
        Unit::Year if year % 10 == 0 && last.year() == year + 9 => {
            Some(format!("{:03}X", year / 10))
        }
        Unit::Month if year == last.year() => part_of_year(year, first.month(), last.month()),
        _ => None,
    }
}

/// The code of a half, quarter or month.
fn part_of_year(year: i16, first: i8, last: i8) -> Option<String> {
    let months = last - first + 1;
    let aligned = (first - 1) % months == 0;
    let number = (first - 1) / months + 1;
    match months {
        6 if aligned => Some(format!("{year:04}-H{number}")),
        3 if aligned => Some(format!("{year:04}-Q{number}")),
        1 => Some(format!("{year:04}-{first:02}")),
        _ => None,
    }
}

/// The code of seven days from a Monday.
fn week(first: Date, last: Date) -> Option<String> {
    let seven = day::number(last) - day::number(first) == 6;
    let week = first.iso_week_date();
    (seven && week.weekday() == Weekday::Monday)
        .then(|| format!("{:04}-W{:02}", week.year(), week.week()))
}

/// A step of the calendar, the coarser the less.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Year,
    Month,
    Day,
}

impl Unit {
    fn code(self, date: Date) -> String {
        let (year, month) = (date.year(), date.month());
        match self {
            Self::Year => format!("{year:04}"),
            Self::Month => format!("{year:04}-{month:02}"),
            Self::Day => format!("{year:04}-{month:02}-{:02}", date.day()),
        }
    }
}

/// The coarsest unit that begins on this date.
fn unit_from(date: Date) -> Unit {
    match (date.month(), date.day()) {
        (1, 1) => Unit::Year,
        (_, 1) => Unit::Month,
        _ => Unit::Day,
    }
}

/// The coarsest unit that ends with this date.
fn unit_to(date: Date) -> Unit {
    match date.month() {
        12 if date.day() == 31 => Unit::Year,
        _ if date == date.last_of_month() => Unit::Month,
        _ => Unit::Day,
    }
}
