//! Computed numbers as text.

use figure::{Decimal, End, Interval};

/// Where the sign of a number is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Only the minus.
    Minus,
    /// Plus as well: the number is a change.
    Both,
}

/// A number with the scale word of a power of ten.
pub(crate) fn in_scale(number: &str, power: i32) -> String {
    match power {
        0 => number.to_owned(),
        3 => format!("{number} thousand"),
        6 => format!("{number} million"),
        9 => format!("{number} billion"),
        12 => format!("{number} trillion"),
        _ => format!("{number} × 10{}", raised(power)),
    }
}

fn raised(power: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digits = power.unsigned_abs().to_string();
    let digit = |c: char| {
        c.to_digit(10)
            .and_then(|digit| DIGITS.get(digit as usize))
            .copied()
    };
    digits.chars().filter_map(digit).collect()
}

/// A percentage with two digits behind the point, or with two that count where those would
/// be zero.
pub(crate) fn percent(value: &Decimal, sign: Sign) -> String {
    let rounded = value.round_places(2);
    let shown = if rounded.is_zero() && !value.is_zero() {
        value.round_significant(2)
    } else {
        trimmed(&rounded, 1)
    };
    format!("{}%", signed(&shown, sign))
}

/// Without trailing zeros beyond so many digits behind the point.
fn trimmed(value: &Decimal, places: u32) -> Decimal {
    let short = value.round_places(places);
    if short == *value { short } else { *value }
}

/// The digits of a number in groups, behind a minus where it has one.
pub(crate) fn digits(value: &Decimal) -> String {
    signed(value, Sign::Minus)
}

fn signed(value: &Decimal, sign: Sign) -> String {
    let digits = value.abs().grouped(',');
    match sign {
        _ if value.is_negative() => format!("−{digits}"),
        Sign::Both if !value.is_zero() => format!("+{digits}"),
        _ => digits,
    }
}

/// A computed result in units of `10^power`: its number, its range or its bound. `places`
/// are the digits behind the point; without them all that there are.
pub(crate) fn result(
    interval: &Interval,
    approximate: bool,
    power: i32,
    places: Option<u32>,
) -> Option<String> {
    let number = |value: Decimal| {
        let scaled = value.shift(-power);
        let shown = match places {
            Some(places) => scaled.round_places(places),
            None => scaled.normalized(),
        };
        signed(&shown, Sign::Minus)
    };
    let bound = |end: End, open: &str, closed: &str| {
        format!(
            "{} {}",
            if end.exclusive { open } else { closed },
            number(end.value)
        )
    };
    let text = match (interval.lower, interval.upper) {
        _ if approximate => format!("about {}", number(interval.point?)),
        (Some(lower), Some(upper)) if lower.value == upper.value => number(lower.value),
        (Some(lower), Some(upper)) => {
            let (low, high) = (number(lower.value), number(upper.value));
            // Rounded alike, both ends are one number.
            if low == high {
                low
            } else {
                format!("{low} to {high}")
            }
        }
        (Some(lower), None) => bound(lower, "more than", "at least"),
        (None, Some(upper)) => bound(upper, "less than", "at most"),
        (None, None) => number(interval.point?),
    };
    Some(in_scale(&text, power))
}
