//! Numbers as text.

use std::cmp::Ordering;

use figure::{Decimal, End, Interval};

use super::Unit;
use crate::word::{Scale, Words};

/// From so many zeros at its end on a number is printed with a scale word.
const ZEROS: i16 = 4;

/// Where the sign of a number is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Only the minus.
    Minus,
    /// Plus as well: the number is a change.
    Both,
}

/// A number in digits and the scale word behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scaled {
    pub(crate) digits: String,
    /// With the space before it where one is written; empty for none.
    pub(crate) word: String,
}

impl Scaled {
    /// Both together.
    pub(crate) fn joined(&self) -> String {
        format!("{}{}", self.digits, self.word)
    }
}

/// A number in units of `10^power`, with the scale word of the language. The point is moved
/// and nothing is rounded.
pub(super) fn in_scale(number: &Decimal, power: i32, words: &Words) -> Scaled {
    let Scale { power: to, word } = (words.number.scale)(&number.abs().shift(power), power);
    let moved = match power - to {
        0 => *number,
        // Zeros before the point say nothing of precision; those behind it do.
        by if number.exponent() >= 0 => number.shift(by).normalized(),
        by => number.shift(by),
    };
    Scaled {
        digits: digits(&moved, words),
        word,
    }
}

/// Whether all numbers in units of `10^power` have one scale word, however great they are.
pub(crate) fn keeps_scale(power: i32, words: &Words) -> bool {
    (words.number.scale)(&Decimal::ZERO, power).power == power
}

/// A number in the plain unit; one that ends in many zeros has a scale word instead of them.
pub(super) fn in_full(value: &Decimal, words: &Words) -> String {
    let value = value.normalized();
    if value.exponent() < ZEROS {
        return digits(&value, words);
    }
    // No scale word was printed: the greatest one will do.
    let Scale { power, word } = (words.number.scale)(&value.abs(), i32::from(ZEROS));
    format!("{}{word}", digits(&value.shift(-power).normalized(), words))
}

/// The unit of an axis in units of `10^power`: "trillion CNY".
pub(crate) fn axis(power: i32, unit: &Unit, words: &Words) -> String {
    let Scale { power: to, word } = (words.number.scale)(&Decimal::ONE.shift(power), power);
    unit.behind(&match power - to {
        0 => word,
        by => format!("10{}{word}", raised(by)),
    })
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

/// A percentage with two digits behind the point. What is smaller and yet not nought is told
/// as that.
pub(crate) fn percent(value: &Decimal, sign: Sign, words: &Words) -> String {
    let shown = value.round_places(2);
    if shown.is_zero() && !value.is_zero() {
        return format!("<{}%", digits(&Decimal::ONE.shift(-2), words));
    }
    format!("{}%", signed(&shown, sign, words))
}

/// The digits of a number in groups, behind a minus where it has one.
pub(crate) fn digits(value: &Decimal, words: &Words) -> String {
    signed(value, Sign::Minus, words)
}

fn signed(value: &Decimal, sign: Sign, words: &Words) -> String {
    let digits = (words.number.digits)(&value.abs());
    match sign {
        _ if value.is_negative() => format!("−{digits}"),
        Sign::Both if !value.is_zero() => format!("+{digits}"),
        _ => digits,
    }
}

/// As many digits behind the point as were asked for, and no more than the rounding of what
/// went in leaves sure to one unit of the last of them. `slack` is how far it can move the
/// result, and `own` how many digits the result has.
pub(crate) fn justified(places: Option<u32>, slack: &Decimal, own: u32) -> Option<u32> {
    const MOST: i32 = 30;
    if slack.is_zero() {
        return places;
    }
    let sure = (0..=MOST)
        .rev()
        .find(|places| Decimal::ONE.shift(-places) >= *slack)
        .unwrap_or(0)
        .unsigned_abs();
    match places {
        Some(places) => Some(places.min(sure)),
        None => (own > sure).then_some(sure),
    }
}

/// The number with so many digits behind the point that is not beyond it in one direction:
/// not above it for [`Ordering::Less`], not below it for [`Ordering::Greater`].
fn outwards(value: &Decimal, places: u32, away: Ordering) -> Decimal {
    let near = value.round_places(places);
    let unit = Decimal::ONE.shift(-i32::try_from(places).unwrap_or(i32::MAX));
    let moved = match away {
        Ordering::Less if near > *value => near.checked_sub(&unit),
        Ordering::Greater if near < *value => near.checked_add(&unit),
        _ => None,
    };
    moved.unwrap_or(near)
}

/// A computed result in units of `10^power`: its number, its range or its bound. `places`
/// are the digits behind the point; without them all that there are.
pub(crate) fn result(
    interval: &Interval,
    approximate: bool,
    power: i32,
    places: Option<u32>,
    words: &Words,
) -> Option<String> {
    let scaled = |value: Decimal| {
        let scaled = value.shift(-power);
        let shown = match places {
            Some(places) => scaled.round_places(places),
            None => scaled.normalized(),
        };
        in_scale(&shown, power, words)
    };
    let number = |value: Decimal| scaled(value).joined();
    let said = &words.number.interval;
    let ended = |end: End, open: fn(&str) -> String, closed: fn(&str) -> String| {
        let told = if end.exclusive { open } else { closed };
        told(&number(end.value))
    };
    Some(match (interval.lower, interval.upper) {
        _ if approximate => (said.about)(&number(interval.point?)),
        (Some(lower), Some(upper)) => {
            let (low, high) = (scaled(lower.value), scaled(upper.value));
            // Rounded alike, both ends are one number; else a range is rounded outwards, so
            // that nothing which the figures allow is left out of it.
            if low == high {
                low.joined()
            } else {
                let end = |end: End, away| {
                    let shifted = end.value.shift(-power);
                    let shown = places.map(|places| outwards(&shifted, places, away));
                    in_scale(&shown.unwrap_or(shifted.normalized()), power, words)
                };
                let (low, high) = (end(lower, Ordering::Less), end(upper, Ordering::Greater));
                (words.number.range)(&low, &high)
            }
        }
        (Some(lower), None) => ended(lower, said.more_than, said.at_least),
        (None, Some(upper)) => ended(upper, said.less_than, said.at_most),
        (None, None) => number(interval.point?),
    })
}
