//! Numbers as text.

use std::cmp::Ordering;

use figure::{Decimal, End, Interval};

use super::Unit;
use crate::word::{Scale, Words};

/// From so many zeros at its end on a number is printed with a scale word.
const ZEROS: i16 = 4;

/// From here on a number that a source gives with a scale word is told to its last digit.
const MANY: i128 = 100;

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
    Scaled {
        digits: digits(&shifted(number, power, power - to), words),
        word,
    }
}

/// A number that its source gives in units of `10^power`, with the point moved `by` so many
/// digits and nothing rounded.
pub(super) fn shifted(number: &Decimal, power: i32, by: i32) -> Decimal {
    match by {
        0 => *number,
        // Zeros before the point say nothing of precision, unless they end a number of many
        // digits; those behind it do.
        by if power > 0 && number.normalized().mantissa().abs() >= MANY => number.shift(by),
        by if number.exponent() >= 0 => number.shift(by).normalized(),
        by => number.shift(by),
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

/// A change in percent with two digits behind the point. What is smaller and yet not nought
/// keeps its sign.
pub(crate) fn change(value: &Decimal, words: &Words) -> String {
    let shown = (words.number.digits)(&value.abs().round_places(2));
    let sign = match value {
        value if value.is_negative() => "−",
        value if value.is_zero() => "",
        _ => "+",
    };
    format!("{sign}{shown}%")
}

/// The digits of a number in groups, behind a minus where it has one.
pub(crate) fn digits(value: &Decimal, words: &Words) -> String {
    let digits = (words.number.digits)(&value.abs());
    match value.is_negative() {
        true => format!("−{digits}"),
        false => digits,
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

/// Where a number of things can lie: between the whole numbers inside of the ends.
pub(crate) fn whole(interval: &Interval) -> Interval {
    let inward = |end: End, away: Ordering| {
        let value = outwards(&end.value, 0, away);
        let step = match (end.exclusive && value == end.value, away) {
            (false, _) => Decimal::ZERO,
            (true, Ordering::Greater) => Decimal::ONE,
            (true, _) => Decimal::ONE.neg(),
        };
        let value = value.checked_add(&step).unwrap_or(value);
        End {
            value,
            exclusive: false,
        }
    };
    let lower = interval.lower.map(|end| inward(end, Ordering::Greater));
    let upper = interval.upper.map(|end| inward(end, Ordering::Less));
    match (lower, upper) {
        (Some(lower), Some(upper)) if lower.value > upper.value => *interval,
        _ => Interval {
            lower,
            upper,
            ..*interval
        },
    }
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
