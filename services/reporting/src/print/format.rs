//! Figures with as many digits, and with the scale word, that a template asks for.

#[cfg(test)]
mod tests;

use figure::{Bound, Decimal, Quantity};
use proto::reporting::v1 as pb;

use super::number::{Scaled, digits, in_scale, shifted};
use super::{Unit, quoted};
use crate::word::{Scale, Words};

/// The power of ten of a scale word of templates; nothing where none is asked for.
fn power_of(scale: pb::ScaleWord) -> Option<i32> {
    match scale {
        pb::ScaleWord::Unspecified => None,
        pb::ScaleWord::None => Some(0),
        pb::ScaleWord::Thousand => Some(3),
        pb::ScaleWord::Million => Some(6),
        pb::ScaleWord::Billion => Some(9),
        pb::ScaleWord::Trillion => Some(12),
    }
}

/// How a figure is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Format {
    /// Digits behind the point; nothing for all there are.
    pub(crate) decimals: Option<u32>,
    /// Power of ten of the scale word; nothing for that of the figure.
    pub(crate) power: Option<i32>,
    /// A rank stands without what it is counted by.
    pub(crate) bare_rank: bool,
}

impl Format {
    /// What a template asks for, with the scale word that the language has nearest to it. The
    /// last digit keeps its place.
    pub(crate) fn read(from: &pb::NumberFormat, words: &Words) -> Self {
        let asked = power_of(from.scale());
        let power = asked.map(words.number.axis);
        let moved = power.zip(asked).map_or(0, |(power, asked)| power - asked);
        let decimals = from.decimals;
        Self {
            decimals: decimals.map(|own| own.saturating_add(moved).max(0).unsigned_abs()),
            power,
            bare_rank: from.bare_rank,
        }
    }

    /// Whether it asks for neither digits nor a scale word: a number is printed as claimed.
    pub(crate) fn is_silent(&self) -> bool {
        self.decimals.is_none() && self.power.is_none()
    }

    /// The same at another scale.
    pub(crate) fn at(self, power: i32) -> Self {
        let moved = self.power.map_or(0, |own| power - own);
        let decimals = self.decimals.map(i64::from);
        let decimals = decimals.map(|own| (own + i64::from(moved)).max(0).unsigned_abs() as u32);
        Self {
            decimals,
            power: Some(power),
            ..self
        }
    }
}

/// A figure as text, whole and in two parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Printed {
    /// With bound, scale word and unit.
    pub(crate) whole: String,
    /// With bound, without scale word and unit.
    pub(crate) number: String,
    /// Scale word and unit; empty where the number has all.
    pub(crate) unit: String,
    /// It has fewer digits than the claim.
    pub(crate) rounded: bool,
}

impl Printed {
    fn whole(whole: String) -> Self {
        Self {
            number: whole.clone(),
            whole,
            unit: String::new(),
            rounded: false,
        }
    }
}

/// A quoted figure as a format asks for it; without one exactly.
pub(crate) fn printed(
    quantity: &Quantity,
    unit: &Unit,
    format: Option<Format>,
    words: &Words,
) -> Printed {
    let exactly = quoted(quantity, unit, words);
    let (Some(number), false) = (quantity.number(), unit.dimension == "rank") else {
        return Printed::whole(exactly);
    };
    let own = i32::from(quantity.multiplier());
    let Some(format) = format.filter(|format| !format.is_silent()) else {
        let low = in_scale(&number, own, words);
        let high = quantity.upper().map(|upper| in_scale(&upper, own, words));
        let scaled = low.word.clone();
        let alike = high.as_ref().is_none_or(|high| high.word == scaled);
        return match alike && !is_worded(quantity) {
            true => Printed {
                number: bounded(quantity.bound(), &low, high.as_ref(), words),
                unit: unit.behind(&scaled),
                whole: exactly,
                rounded: false,
            },
            false => Printed::whole(exactly),
        };
    };
    let Scale { power, word } = match format.power {
        Some(power) => (words.number.scale)(&Decimal::ONE.shift(power), power),
        // Digits behind the point were asked for: the number keeps the scale it has.
        None if own == 0 => (words.number.scale)(&Decimal::ZERO, own),
        None => (words.number.scale)(&number.abs().shift(own), own),
    };
    let decimals = match format.power {
        Some(_) => format.decimals,
        None => {
            Format {
                power: Some(own),
                ..format
            }
            .at(power)
            .decimals
        }
    };
    let exact = quantity.bound() == Bound::Exact;
    let mut rounded = false;
    let mut shown = |number: Decimal| {
        let moved = match decimals {
            Some(_) => moved(&number, own - power),
            None => shifted(&number, own, own - power),
        };
        let cut = decimals
            .filter(|_| exact)
            .map(|places| moved.round_places(places));
        rounded |= cut.is_some_and(|cut| cut != moved);
        Scaled {
            digits: digits(&cut.unwrap_or(moved), words),
            word: String::new(),
        }
    };
    let low = shown(number);
    let high = quantity.upper().map(shown);
    let number = bounded(quantity.bound(), &low, high.as_ref(), words);
    let bare = match &high {
        Some(high) => (words.number.between)(&low, high),
        None => low.digits,
    };
    Printed {
        whole: (words.number.bound)(quantity.bound(), &unit.after(&format!("{bare}{word}"))),
        number,
        unit: unit.behind(&word),
        rounded,
    }
}

/// A number in a scale without zeros before the point that say nothing.
fn moved(number: &Decimal, by: i32) -> Decimal {
    match by {
        0 => *number,
        by if number.exponent() >= 0 => number.shift(by).normalized(),
        by => number.shift(by),
    }
}

fn bounded(bound: Bound, low: &Scaled, high: Option<&Scaled>, words: &Words) -> String {
    let bare = |one: &Scaled| Scaled {
        digits: one.digits.clone(),
        word: String::new(),
    };
    match high {
        Some(high) => (words.number.between)(&bare(low), &bare(high)),
        None => (words.number.bound)(bound, &low.digits),
    }
}

/// Whether the source printed it in words.
fn is_worded(quantity: &Quantity) -> bool {
    let kept = quantity.as_published().unwrap_or_default();
    let first = kept.chars().find(|c| c.is_alphanumeric());
    first.is_some_and(|c| !c.is_ascii_digit())
}

/// One number of digits behind the point for all labels of a drawing, in units of
/// `10^power`: all that they have, but no more than four digits for the greatest of them.
pub(crate) fn common_decimals(values: &[Decimal], power: i32) -> u32 {
    const DIGITS: i32 = 4;
    let places = |value: &Decimal| -i32::from(value.shift(-power).normalized().exponent());
    let needed = values.iter().map(places).max().unwrap_or_default().max(0);
    let before = |value: &Decimal| {
        let value = value.shift(-power).abs();
        (0..=40)
            .find(|digits| value < Decimal::ONE.shift(*digits))
            .unwrap_or(0)
    };
    let greatest = values.iter().map(before).max().unwrap_or_default();
    needed.min((DIGITS - greatest).max(0)).unsigned_abs()
}

/// A label of a drawing: the sign of the bound and the number in units of `10^power`, and
/// whether it has fewer digits than the claim.
pub(crate) fn label(
    (bound, value, upper): (Bound, &Decimal, Option<&Decimal>),
    power: i32,
    decimals: u32,
    words: &Words,
) -> (String, bool) {
    let mut rounded = false;
    let mut shown = |value: &Decimal| {
        let scaled = value.shift(-power);
        // A bound is what it is, however many digits it has.
        let cut = match bound {
            Bound::Exact => scaled.round_places(decimals),
            _ => scaled.normalized(),
        };
        rounded |= cut != scaled;
        digits(&cut, words)
    };
    let low = shown(value);
    let text = match upper {
        Some(upper) => format!("{low}–{}", shown(upper)),
        None => format!("{}{low}", bound.symbol()),
    };
    (text, rounded)
}
