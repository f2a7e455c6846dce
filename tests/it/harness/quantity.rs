//! Quantities as the wire has them.

use proto::figure::v1::quantity::Value;
use proto::figure::v1::{Bound, MissingReason, Quantity, Range, Trend};

/// An exact number.
pub fn exact(number: &str) -> Quantity {
    bounded(Bound::Exact, number)
}

/// A number with its bound.
pub fn bounded(bound: Bound, number: &str) -> Quantity {
    Quantity {
        bound: bound.into(),
        ..of(Value::Number(number.to_owned()))
    }
}

/// From one number to another, both included.
pub fn range(lower: &str, upper: &str) -> Quantity {
    between(lower, upper, false, false)
}

/// From one number to another, and whether the ends themselves are out.
pub fn between(lower: &str, upper: &str, lower_exclusive: bool, upper_exclusive: bool) -> Quantity {
    of(Value::Range(Range {
        lower: lower.to_owned(),
        upper: upper.to_owned(),
        lower_exclusive,
        upper_exclusive,
    }))
}

/// A figure in words.
pub fn trend(trend: Trend) -> Quantity {
    of(Value::Trend(trend.into()))
}

/// No figure, and why.
pub fn missing(reason: MissingReason) -> Quantity {
    of(Value::Missing(reason.into()))
}

/// Only the text of the source.
pub fn wordless(as_published: &str) -> Quantity {
    printed(Quantity::default(), as_published)
}

/// The same with a scale word.
pub fn scaled(quantity: Quantity, multiplier: i32) -> Quantity {
    Quantity {
        multiplier,
        ..quantity
    }
}

/// The same with its text.
pub fn printed(quantity: Quantity, as_published: &str) -> Quantity {
    Quantity {
        as_published: as_published.to_owned(),
        ..quantity
    }
}

/// The number of a quantity, or the lower end of a range; empty where there is none.
pub fn number(quantity: &Quantity) -> &str {
    match &quantity.value {
        Some(Value::Number(number)) => number,
        Some(Value::Range(range)) => &range.lower,
        Some(Value::Trend(_) | Value::Missing(_)) | None => "",
    }
}

/// The upper end of a range; empty where there is none.
pub fn upper(quantity: &Quantity) -> &str {
    match &quantity.value {
        Some(Value::Range(range)) => &range.upper,
        _ => "",
    }
}

fn of(value: Value) -> Quantity {
    Quantity {
        value: Some(value),
        ..Default::default()
    }
}
