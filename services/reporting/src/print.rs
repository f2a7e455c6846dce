//! Figures and periods as text. A quoted figure is printed as its source printed it; a
//! computed one with as many digits as were asked for.

mod number;
#[cfg(test)]
mod tests;

use figure::{Bound, Decimal, End, Interval, Period, Quantity};
use jiff::Timestamp;

pub(crate) use number::{Sign, digits, in_scale, percent, result};

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
}

impl Unit {
    /// Whether it is a percentage.
    pub(crate) fn is_percent(&self) -> bool {
        self.sign == "%"
    }

    /// Whether a text already says the unit.
    fn is_said_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let signs = self.spellings.iter().chain([&self.sign]);
        signs
            .filter(|sign| sign.chars().count() > 1)
            .any(|sign| text.contains(&sign.to_lowercase()))
    }

    /// The unit behind a number.
    pub(crate) fn after(&self, number: &str) -> String {
        match self.sign.as_str() {
            "" => number.to_owned(),
            "%" => format!("{number}%"),
            sign => format!("{number} {sign}"),
        }
    }
}

/// A quoted figure with its bound and unit, as the source printed it where that was kept.
pub(crate) fn quoted(quantity: &Quantity, unit: &Unit) -> String {
    if quantity.number().is_none() {
        return quantity
            .as_published()
            .map_or_else(|| quantity.phrase(), str::to_owned);
    }
    let printed = match quantity.as_published() {
        Some(text) if quantity.upper().is_none() => as_published(text, quantity, unit),
        _ => unit.after(&spelled(quantity)),
    };
    with_bound(quantity.bound(), &printed)
}

/// A short form for a label: the sign of the bound and the number in units of
/// `10^multiplier`.
pub(crate) fn short(quantity: &Quantity, unit: &Unit, multiplier: i32) -> String {
    let scaled = |number: Decimal| shortened(&number.shift(-multiplier));
    let (Some(number), upper) = (quantity.expanded_number(), quantity.expanded_upper()) else {
        return quantity.phrase();
    };
    let numbers = match upper {
        Some(upper) => format!("{}–{}", scaled(number), scaled(upper)),
        None => format!("{}{}", quantity.symbol(), scaled(number)),
    };
    if unit.is_percent() {
        unit.after(&numbers)
    } else {
        numbers
    }
}

/// A number of more digits than a drawing has room for is rounded, and marked as such.
fn shortened(number: &Decimal) -> String {
    const MOST: u32 = 6;
    const SHOWN: u32 = 4;
    let printed = digits(number);
    if printed.len() <= MOST as usize {
        printed
    } else if number.round_significant(MOST) == *number {
        digits(&number.normalized())
    } else {
        format!("≈{}", digits(&number.round_significant(SHOWN)))
    }
}

fn as_published(text: &str, quantity: &Quantity, unit: &Unit) -> String {
    let in_digits = text
        .chars()
        .find(|c| c.is_alphanumeric())
        .is_some_and(|c| c.is_ascii_digit());
    if unit.is_percent() {
        return unit.after(&spelled(quantity));
    }
    // The bound is said apart, so that words of it in the printed text are not said twice.
    let text = without_bound(text, quantity.bound());
    if !in_digits {
        return match unit.dimension.as_str() {
            "ratio" | "multiple" => format!("{text} ({})", spelled(quantity)),
            "time" | "duration" if !unit.is_said_in(text) => unit.after(text),
            _ => text.to_owned(),
        };
    }
    if unit.is_said_in(text) {
        text.to_owned()
    } else {
        unit.after(text)
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

/// The number in digits with its scale word.
pub(crate) fn spelled(quantity: &Quantity) -> String {
    let power = i32::from(quantity.multiplier());
    let Some(number) = quantity.number() else {
        return quantity.phrase();
    };
    match quantity.upper() {
        Some(upper) => in_scale(
            &format!("{} and {}", digits(&number), digits(&upper)),
            power,
        ),
        None => in_scale(&digits(&number), power),
    }
}

fn with_bound(bound: Bound, text: &str) -> String {
    match bound {
        Bound::Exact | Bound::None => text.to_owned(),
        bound => format!("{} {text}", bound.words()),
    }
}

/// A period in words, with what the source says of it.
pub(crate) fn period(code: &str, role: Role, approximate: bool) -> String {
    let span = match code.parse::<Period>() {
        Ok(_) => spoken(code),
        Err(_) => code.to_owned(),
    };
    let around = if approximate { "around " } else { "" };
    match role {
        Role::Span => format!("{around}{span}"),
        Role::AsOf => format!("as of {around}{span}"),
        Role::By => format!("by {around}{span}"),
    }
}

/// Until when what was known counts, in microseconds since 1970-01-01 UTC: the last moment of
/// a day is that day.
pub(crate) fn known(as_of: i64) -> String {
    const DAY: i64 = 86_400_000_000;
    let time = Timestamp::from_microsecond(as_of).unwrap_or(Timestamp::MAX);
    if as_of.rem_euclid(DAY) == DAY - 1 {
        format!("as known on {}", time.strftime("%Y-%m-%d"))
    } else {
        format!("as known at {time}")
    }
}

/// How a figure relates to its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Span,
    AsOf,
    By,
}

fn spoken(code: &str) -> String {
    match code.split_once('/') {
        Some(("..", last)) => format!("up to {last}"),
        Some((first, "..")) => format!("since {first}"),
        Some((first, last)) => format!("{first} to {last}"),
        None => match code.strip_suffix('X') {
            Some(decade) => format!("{decade}0s"),
            None => code.to_owned(),
        },
    }
}

/// Where a result lies, in words, with as many digits as a reader can use.
pub(crate) fn result_interval(interval: &Interval, unit: &Unit) -> String {
    const DIGITS: u32 = 6;
    let wide = interval.widened();
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
            let number = unit.after(&digits(&lower.value.normalized()));
            format!("about {number}, rounded to {DIGITS} digits")
        }
        _ => self::interval(&short, unit),
    }
}

/// Where the true value lies, in words. Quotients without end are cut where they cease to
/// say anything.
pub(crate) fn interval(interval: &Interval, unit: &Unit) -> String {
    let number =
        |value: Decimal| unit.after(&digits(&value.round_significant(SIGNIFICANT).normalized()));
    let wide = interval.widened();
    match (wide.lower, wide.upper) {
        (Some(lower), Some(upper)) if lower.value == upper.value => {
            format!("exactly {}", number(lower.value))
        }
        (Some(lower), Some(upper)) => format!(
            "between {} and {}",
            number(lower.value),
            number(upper.value)
        ),
        (Some(lower), None) if lower.exclusive => format!("more than {}", number(lower.value)),
        (Some(lower), None) => format!("at least {}", number(lower.value)),
        (None, Some(upper)) if upper.exclusive => format!("less than {}", number(upper.value)),
        (None, Some(upper)) => format!("at most {}", number(upper.value)),
        (None, None) => match wide.point {
            Some(point) => format!("about {}; no bounds follow from it", number(point)),
            None => "no number".to_owned(),
        },
    }
}
