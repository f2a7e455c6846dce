//! Figures with as many digits, and with the scale word, that a template asks for.

use figure::{Bound, Decimal, Quantity};
use proto::reporting::v1 as pb;

use super::number::{Scaled, digits, in_scale};
use super::{Unit, quoted};
use crate::word::{Scale, Words};

/// The scale words of templates, with their powers of ten.
const SCALES: [(&str, i32); 4] = [
    ("thousand", 3),
    ("million", 6),
    ("billion", 9),
    ("trillion", 12),
];

/// The power of ten of a scale word of templates.
pub(crate) fn power_of(scale: &str) -> Option<i32> {
    let found = SCALES.iter().find(|(word, _)| *word == scale);
    found.map(|(_, power)| *power)
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
        let asked = power_of(&from.scale);
        let power = asked.map(words.number.axis);
        let moved = power.zip(asked).map_or(0, |(power, asked)| power - asked);
        Self {
            decimals: Some(from.decimals.saturating_add(moved).max(0).unsigned_abs()),
            power,
            bare_rank: from.bare_rank,
        }
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
    let Some(format) = format else {
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
        let moved = moved(&number, own - power);
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

#[cfg(test)]
mod tests {
    use figure::QuantityDraft;

    use super::*;
    use crate::word::Language;

    fn quantity(bound: Bound, number: &str, multiplier: i32) -> Quantity {
        let draft = QuantityDraft {
            bound: Some(bound),
            number: number.to_owned(),
            multiplier,
            ..QuantityDraft::default()
        };
        draft.build().unwrap()
    }

    fn unit(sign: &str) -> Unit {
        Unit {
            sign: sign.to_owned(),
            ..Unit::default()
        }
    }

    fn asked(decimals: i32, scale: &str) -> pb::NumberFormat {
        pb::NumberFormat {
            decimals,
            scale: scale.to_owned(),
            bare_rank: false,
        }
    }

    fn check(language: Language, of: (&Quantity, &str), format: &pb::NumberFormat, expected: &str) {
        let words = language.words();
        let format = Format::read(format, words);
        let told = printed(of.0, &unit(of.1), Some(format), words);
        assert_eq!(told.whole, expected, "{of:?}");
    }

    #[test]
    fn a_figure_is_printed_with_the_digits_and_the_scale_asked_for() {
        let (en, zh) = (Language::English, Language::Chinese);
        let gdp = quantity(Bound::Exact, "6087191746679.489", 0);
        let trillion = asked(2, "trillion");
        check(en, (&gdp, "USD"), &trillion, "6.09 trillion USD");
        check(zh, (&gdp, "美元"), &trillion, "6.09万亿美元");
        let share = quantity(Bound::Exact, "88.4989", 0);
        check(en, (&share, "%"), &asked(1, ""), "88.5%");
        check(
            en,
            (&quantity(Bound::Exact, "59", 0), "%"),
            &asked(1, ""),
            "59.0%",
        );
        let lines = quantity(Bound::Exact, "407382000", 0);
        check(en, (&lines, ""), &asked(1, "million"), "407.4 million");
        check(zh, (&lines, "户"), &asked(1, "million"), "40,738万户");
        check(zh, (&lines, "户"), &asked(1, "billion"), "4亿户");
        check(
            zh,
            (&quantity(Bound::Exact, "45000", 0), ""),
            &asked(0, "thousand"),
            "4.5万",
        );
    }

    #[test]
    fn a_bound_is_never_rounded() {
        let en = Language::English;
        let bound = quantity(Bound::GreaterThan, "99.46", 0);
        check(en, (&bound, "%"), &asked(0, ""), "more than 99.46%");
        let words = en.words();
        let format = Format::read(&asked(0, ""), words);
        assert!(!printed(&bound, &unit("%"), Some(format), words).rounded);
    }

    #[test]
    fn what_was_rounded_says_so_and_the_parts_make_the_whole() {
        let words = Language::English.words();
        let format = Format::read(&asked(2, "trillion"), words);
        let gdp = quantity(Bound::Exact, "6087191746679.489", 0);
        let told = printed(&gdp, &unit("USD"), Some(format), words);
        assert!(told.rounded);
        assert_eq!(
            (told.number.as_str(), told.unit.as_str()),
            ("6.09", "trillion USD")
        );
        let exact = printed(
            &quantity(Bound::Exact, "45.5", 12),
            &unit("CNY"),
            None,
            words,
        );
        assert!(!exact.rounded);
        assert_eq!(
            (exact.number.as_str(), exact.unit.as_str()),
            ("45.5", "trillion CNY")
        );
    }

    #[test]
    fn labels_of_one_drawing_have_one_number_of_decimals() {
        let values = ["31.55", "18.4767", "103.935"].map(|text| text.parse::<Decimal>().unwrap());
        let places = common_decimals(&values, 0);
        assert_eq!(places, 1);
        let words = Language::English.words();
        let told: Vec<_> = values
            .iter()
            .map(|value| label((Bound::Exact, value, None), 0, places, words).0)
            .collect();
        assert_eq!(told, ["31.6", "18.5", "103.9"]);
        assert_eq!(
            common_decimals(&[Decimal::from(1234), Decimal::from(5)], 0),
            0
        );
    }
}
