//! Figures and periods as text. A quoted figure is printed as its source printed it, and in
//! another language as the same number exactly; a computed one with as many digits as were
//! asked for.

mod format;
mod number;
#[cfg(test)]
mod tests;

use figure::{Bound, Decimal, End, Interval, Period, Quantity};
use jiff::Timestamp;

pub(crate) use format::{Format, Printed, common_decimals, label, printed};
pub(crate) use number::{Scaled, axis, change, digits, justified, keeps_scale, result, whole};
use number::{in_full, in_scale};

use crate::word::Words;

/// Digits of a derived number that are shown.
const SIGNIFICANT: u32 = 18;

/// What one needs to know of a unit to print it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unit {
    /// Sign or word; empty where none is printed.
    pub(crate) sign: String,
    /// Other spellings that mean it.
    pub(crate) spellings: Vec<String>,
    /// What it measures.
    pub(crate) dimension: String,
    /// What stands for it over a column, where the sign is empty.
    pub(crate) head: String,
    /// It counts things, of which there are no parts.
    pub(crate) counted: bool,
}

impl Unit {
    /// Whether it is a percentage.
    pub(crate) fn is_percent(&self) -> bool {
        self.sign == "%"
    }

    /// The unit over a column of numbers with this scale word.
    pub(crate) fn behind(&self, scale: &str) -> String {
        let sign = if self.sign.is_empty() {
            &self.head
        } else {
            &self.sign
        };
        match (scale.trim(), is_joined(sign)) {
            ("", _) => sign.clone(),
            (scale, true) => format!("{scale}{sign}"),
            (scale, false) => format!("{scale} {sign}"),
        }
    }

    /// Whether a text already says the unit.
    fn is_said_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let signs = self.spellings.iter().chain([&self.sign]);
        signs
            .filter(|sign| sign.chars().count() > 1)
            .any(|sign| text.contains(&sign.to_lowercase()))
    }

    /// The unit behind a number; one that says "for each" stands before it.
    pub(crate) fn after(&self, number: &str) -> String {
        match self.sign.as_str() {
            sign if sign.starts_with(EACH) => format!("{sign}{number}"),
            sign if is_joined(sign) => format!("{number}{sign}"),
            sign => format!("{number} {sign}"),
        }
    }
}

/// Begins a Chinese unit that counts by something.
const EACH: char = '每';

/// Whether no space stands between a number and this sign.
fn is_joined(sign: &str) -> bool {
    const IDEOGRAPHS: std::ops::RangeInclusive<char> = '\u{4e00}'..='\u{9fff}';
    let joined = |c: char| "%/".contains(c) || IDEOGRAPHS.contains(&c);
    sign.chars().next().is_none_or(joined)
}

/// A quoted figure with its bound and unit: as the source printed it where that was kept and
/// is in the language, else its number spelled exactly.
pub(crate) fn quoted(quantity: &Quantity, unit: &Unit, words: &Words) -> String {
    let Some(number) = quantity.number() else {
        return wordless(quantity, words);
    };
    let kept = quantity
        .as_published()
        .filter(|_| words.number.as_published && quantity.upper().is_none())
        .filter(|text| says_scale(text, quantity));
    let spelled = || match unit.dimension.as_str() {
        "rank" => (words.number.rank)(&spelled(&number, quantity, words)),
        _ => unit.after(&spelled(&number, quantity, words)),
    };
    let printed = kept.map_or_else(spelled, |text| {
        as_published(text, &number, quantity, unit, words)
    });
    (words.number.bound)(quantity.bound(), &printed)
}

/// What was said without a number.
fn wordless(quantity: &Quantity, words: &Words) -> String {
    let trend = || quantity.trend().map(words.number.trend);
    let missing = || quantity.missing().map(words.number.missing);
    let kept = quantity.as_published();
    let said = if words.number.as_published {
        kept.or_else(trend).or_else(missing)
    } else {
        trend().or_else(missing).or(kept)
    };
    said.unwrap_or(words.number.none).to_owned()
}

/// Whether a printed text holds the scale of its number, or there is none to hold.
fn says_scale(text: &str, quantity: &Quantity) -> bool {
    quantity.multiplier() == 0 || text.contains(char::is_alphabetic)
}

fn as_published(
    text: &str,
    number: &Decimal,
    quantity: &Quantity,
    unit: &Unit,
    words: &Words,
) -> String {
    let in_digits = text
        .chars()
        .find(|c| c.is_alphanumeric())
        .is_some_and(|c| c.is_ascii_digit());
    if unit.is_percent() {
        return unit.after(&spelled(number, quantity, words));
    }
    // The bound is said apart, so that words of it in the printed text are not said twice.
    let text = without_bound(text, quantity.bound());
    if !in_digits {
        return match unit.dimension.as_str() {
            "ratio" | "multiple" => format!("{text} ({})", spelled(number, quantity, words)),
            "time" | "duration" if !unit.is_said_in(text) => unit.after(text),
            _ => text.to_owned(),
        };
    }
    let text = regrouped(text, number, words);
    if unit.is_said_in(&text) {
        text
    } else {
        unit.after(&text)
    }
}

/// The text with the digits of its number in groups as everywhere else.
fn regrouped(text: &str, number: &Decimal, words: &Words) -> String {
    let digit = |c: char| c.is_ascii_digit();
    let Some(start) = text.find(digit) else {
        return text.to_owned();
    };
    let rest = &text[start..];
    let end = rest
        .find(|c: char| !digit(c) && !".,".contains(c))
        .unwrap_or(rest.len());
    let own = rest[..end].trim_end_matches(['.', ',']);
    match own.replace(',', "").parse::<Decimal>() {
        Ok(read) if read == number.abs() => {
            format!(
                "{}{}{}",
                &text[..start],
                digits(&number.abs(), words),
                &rest[own.len()..]
            )
        }
        _ => text.to_owned(),
    }
}

fn without_bound(text: &str, bound: Bound) -> &str {
    let spellings: &[&str] = match bound {
        Bound::GreaterThan => &["more than ", "over ", "exceeded ", ">"],
        Bound::LessThan => &["less than ", "under ", "<"],
        Bound::About => &["about ", "some ", "approximately ", "~"],
        Bound::Nearly => &["nearly ", "almost "],
        Bound::AtLeast => &["at least "],
        Bound::AtMost => &["at most ", "up to "],
        Bound::Exact | Bound::Between | Bound::None => &[],
    };
    spellings
        .iter()
        .find_map(|word| text.strip_prefix(word))
        .unwrap_or(text)
}

/// The number in digits with its scale word, or both numbers of a range.
fn spelled(number: &Decimal, quantity: &Quantity, words: &Words) -> String {
    let power = i32::from(quantity.multiplier());
    let low = in_scale(number, power, words);
    match quantity.upper() {
        Some(upper) => (words.number.between)(&low, &in_scale(&upper, power, words)),
        None => low.joined(),
    }
}

/// Until when what was known counts, in microseconds since 1970-01-01 UTC: the last moment of
/// a day is that day.
pub(crate) fn known(as_of: i64, words: &Words) -> String {
    const DAY: i64 = 86_400_000_000;
    let time = Timestamp::from_microsecond(as_of).unwrap_or(Timestamp::MAX);
    if as_of.rem_euclid(DAY) == DAY - 1 {
        (words.time.known_on)(&time.strftime("%Y-%m-%d").to_string())
    } else {
        (words.time.known_at)(&time.to_string())
    }
}

/// A period in words.
pub(crate) fn period(code: &str, role: Role, approximate: bool, words: &Words) -> String {
    match code.parse::<Period>() {
        Ok(span) => (words.time.period)(&span.to_string(), role, approximate),
        Err(_) => code.to_owned(),
    }
}

/// How a figure relates to its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Span,
    AsOf,
    By,
}

/// What a figure means for the true value, in words; nothing where it is a plain number or
/// none at all.
pub(crate) fn meaning(
    quantity: &Quantity,
    interval: &Interval,
    unit: &Unit,
    words: &Words,
) -> String {
    let number = || {
        let number = quantity.expanded_number().unwrap_or_default();
        unit.after(&in_full(&number, words))
    };
    match quantity.bound() {
        Bound::Exact | Bound::None => String::new(),
        Bound::Nearly => (words.number.interval.nearly)(&number()),
        _ => self::interval(interval, unit, words),
    }
}

/// Where a result lies, in words, with as many digits as a reader can use.
pub(crate) fn result_interval(interval: &Interval, unit: &Unit, words: &Words) -> String {
    const DIGITS: u32 = 6;
    // One end alone is a bound, which no rounding widens.
    let wide = match interval.lower.is_some() && interval.upper.is_some() {
        true => interval.widened(),
        false => *interval,
    };
    let end = |end: End| End {
        value: end.value.round_significant(DIGITS),
        ..end
    };
    let short = Interval {
        point: wide.point.map(|point| point.round_significant(DIGITS)),
        lower: wide.lower.map(end),
        upper: wide.upper.map(end),
        slack: Decimal::ZERO,
    };
    // Ends that only rounding makes one are not exactly that number.
    match (short.lower, short.upper) {
        (Some(lower), Some(upper))
            if lower.value == upper.value
                && (short.lower, short.upper) != (wide.lower, wide.upper) =>
        {
            let number = unit.after(&in_full(&lower.value, words));
            (words.number.interval.rounded)(&number, DIGITS)
        }
        _ => self::interval(&short, unit, words),
    }
}

/// Where the true value lies, in words. Quotients without end are cut where they cease to
/// say anything.
pub(crate) fn interval(interval: &Interval, unit: &Unit, words: &Words) -> String {
    let number =
        |value: Decimal| unit.after(&in_full(&value.round_significant(SIGNIFICANT), words));
    let wide = interval.widened();
    let said = &words.number.interval;
    match (wide.lower, wide.upper) {
        (Some(lower), Some(upper)) if lower.value == upper.value => {
            (said.exactly)(&number(lower.value))
        }
        (Some(lower), Some(upper)) => (said.between)(&number(lower.value), &number(upper.value)),
        (Some(lower), None) if lower.exclusive => (said.more_than)(&number(lower.value)),
        (Some(lower), None) => (said.at_least)(&number(lower.value)),
        (None, Some(upper)) if upper.exclusive => (said.less_than)(&number(upper.value)),
        (None, Some(upper)) => (said.at_most)(&number(upper.value)),
        (None, None) => match wide.point {
            Some(point) => (said.unbounded)(&number(point)),
            None => words.number.none.to_owned(),
        },
    }
}
