//! Times in Chinese.

use super::super::Time;
use crate::print::Role;

pub(super) const TIME: Time = Time {
    period: |code, role, approximate| {
        let span = match code.split_once('/') {
            Some(("..", last)) => format!("{}及以前", moment(last)),
            Some((first, "..")) => format!("{}以来", moment(first)),
            Some((first, last)) => format!("{}至{}", moment(first), moment(last)),
            None => moment(code),
        };
        let around = if approximate { "前后" } else { "" };
        match role {
            Role::Span => format!("{span}{around}"),
            Role::AsOf => format!("截至{span}{around}"),
            Role::By => format!("到{span}{around}"),
        }
    },
    known_on: |day| format!("截至{}", moment(day)),
    known_at: |time| format!("截至{time}"),
    since: |period| format!("自{period}起"),
    until: |period| format!("至{period}止"),
    as_of: |period| format!("截至{period}"),
    found_so: |period| format!("见于{period}"),
};

/// A period code of one part.
fn moment(code: &str) -> String {
    let number = |part: &str| part.trim_start_matches('0').to_owned();
    let Some((year, rest)) = code.split_at_checked(4) else {
        return code.to_owned();
    };
    if let Some(decade) = year.strip_suffix('X') {
        return decade_of(decade).unwrap_or_else(|| code.to_owned());
    }
    let rest = rest.trim_start_matches('-');
    match (rest, rest.split_once('-')) {
        ("", _) => format!("{year}年"),
        ("H1", _) => format!("{year}年上半年"),
        ("H2", _) => format!("{year}年下半年"),
        ("Q1", _) => format!("{year}年第一季度"),
        ("Q2", _) => format!("{year}年第二季度"),
        ("Q3", _) => format!("{year}年第三季度"),
        ("Q4", _) => format!("{year}年第四季度"),
        (_, Some((month, day))) => format!("{year}年{}月{}日", number(month), number(day)),
        (month, None) => match month.strip_prefix('W') {
            Some(week) => format!("{year}年第{}周", number(week)),
            None => format!("{year}年{}月", number(month)),
        },
    }
}

/// `195` as the fifties of the twentieth century.
fn decade_of(decade: &str) -> Option<String> {
    let number: u32 = decade.parse().ok()?;
    Some(format!("{}世纪{}0年代", number / 10 + 1, number % 10))
}
