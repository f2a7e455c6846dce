//! The rules that keep a quantity free of contradictions, all of them reported at once.

use super::{Bound, Missing, Quantity, QuantityParts, Trend};
use crate::Decimal;

/// The largest power of ten a scale word can stand for.
const MAX_MULTIPLIER: u8 = 30;
/// The most digits a printed number has behind its point.
const MAX_PLACES: i16 = 38;
/// The longest printed text that is kept, in characters.
const MAX_PUBLISHED: usize = 200;

/// What kind of rule a quantity breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// A number is needed and absent, or not a decimal, or has too many digits.
    NumberInvalid,
    /// The lower end is above the upper, or the two leave nothing between them.
    BoundsReversed,
    /// Fields that exclude each other.
    Contradictory,
    /// A value is too large, too small or too long.
    OutOfRange,
}

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{field}: {message}")]
pub struct Fault {
    /// The field at fault, as it is called on the wire.
    pub field: &'static str,
    /// The kind of rule.
    pub kind: FaultKind,
    /// What is wrong, with the value.
    pub message: String,
}

/// A quantity as a client states it, before it is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuantityDraft {
    /// How the number bounds the true value. Unset, it follows from what else is set.
    pub bound: Option<Bound>,
    /// The number in units of `10^multiplier`; empty without one.
    pub number: String,
    /// The upper end of a range, in the same units; empty without one.
    pub upper: String,
    /// The lower end of the range is excluded.
    pub lower_exclusive: bool,
    /// The upper end of the range is excluded.
    pub upper_exclusive: bool,
    /// The power of ten that the scale word stands for.
    pub multiplier: i32,
    /// The text as printed; empty when not kept.
    pub as_published: String,
    /// A figure in words.
    pub trend: Option<Trend>,
    /// Why there is no number.
    pub missing: Option<Missing>,
}

impl QuantityDraft {
    /// The quantity, or everything that is wrong with it.
    pub fn build(self) -> Result<Quantity, Vec<Fault>> {
        let mut unread = Vec::new();
        let parts = QuantityParts {
            bound: self.effective_bound(),
            number: read("number", &self.number, &mut unread),
            upper: read("upper", &self.upper, &mut unread),
            lower_exclusive: self.lower_exclusive,
            upper_exclusive: self.upper_exclusive,
            multiplier: u8::try_from(self.multiplier).unwrap_or_else(|_| {
                unread.push(multiplier_fault(self.multiplier));
                0
            }),
            as_published: Some(self.as_published).filter(|text| !text.is_empty()),
            trend: self.trend,
            missing: self.missing,
        };
        if unread.is_empty() {
            return Quantity::from_parts(parts);
        }
        // A field that could not be read is not absent: its own fault says enough.
        let mut found = faults(&parts);
        found.retain(|fault| unread.iter().all(|earlier| earlier.field != fault.field));
        unread.append(&mut found);
        Err(unread)
    }

    fn effective_bound(&self) -> Bound {
        let wordless = self.number.is_empty() && self.upper.is_empty();
        match self.bound {
            Some(bound) => bound,
            None if wordless && (self.trend.is_some() || self.missing.is_some()) => Bound::None,
            None => Bound::Exact,
        }
    }
}

fn read(field: &'static str, text: &str, faults: &mut Vec<Fault>) -> Option<Decimal> {
    if text.is_empty() {
        return None;
    }
    let number = text.parse();
    number
        .map_err(|error: crate::ParseDecimalError| {
            faults.push(fault(field, FaultKind::NumberInvalid, error));
        })
        .ok()
}

/// Everything that is wrong with these parts.
pub(super) fn faults(parts: &QuantityParts) -> Vec<Fault> {
    let mut faults = Vec::new();
    check_numbers(parts, &mut faults);
    check_range(parts, &mut faults);
    check_words(parts, &mut faults);
    if parts.multiplier > MAX_MULTIPLIER {
        faults.push(multiplier_fault(parts.multiplier.into()));
    }
    let published = parts.as_published.as_deref().unwrap_or_default();
    let length = published.chars().count();
    if length > MAX_PUBLISHED {
        let message = format!("{length} characters, at most {MAX_PUBLISHED} are kept");
        faults.push(fault("as_published", FaultKind::OutOfRange, message));
    }
    faults
}

/// A number stands where the bound wants one, and nowhere else.
fn check_numbers(parts: &QuantityParts, faults: &mut Vec<Fault>) {
    let wanted = parts.bound != Bound::None;
    let both_wanted = parts.bound == Bound::Between;
    let fields = [
        ("number", parts.number, wanted),
        ("upper", parts.upper, both_wanted),
    ];
    for (field, number, wanted) in fields {
        let bound = parts.bound.words();
        match number {
            None if wanted => {
                let message = format!("required with the bound \"{bound}\"");
                faults.push(fault(field, FaultKind::NumberInvalid, message));
            }
            Some(number) if !wanted => {
                let message = format!("{number} cannot stand with the bound \"{bound}\"");
                faults.push(fault(field, FaultKind::Contradictory, message));
            }
            Some(number) if number.exponent().abs() > MAX_PLACES => {
                let message = format!("{number} has more than {MAX_PLACES} places");
                faults.push(fault(field, FaultKind::NumberInvalid, message));
            }
            _ => {}
        }
    }
}

/// Ends can be excluded in a range only, and a range holds at least one number.
fn check_range(parts: &QuantityParts, faults: &mut Vec<Fault>) {
    let exclusions = [
        ("lower_exclusive", parts.lower_exclusive),
        ("upper_exclusive", parts.upper_exclusive),
    ];
    if parts.bound != Bound::Between {
        for (field, _) in exclusions.iter().filter(|(_, set)| *set) {
            let bound = parts.bound.words();
            let message = format!("needs the bound \"between\", not \"{bound}\"");
            faults.push(fault(field, FaultKind::Contradictory, message));
        }
        return;
    }
    let Some((lower, upper)) = parts.number.zip(parts.upper) else {
        return;
    };
    let excluded = parts.lower_exclusive || parts.upper_exclusive;
    if lower > upper || lower == upper && excluded {
        let message = format!("{upper} leaves nothing between it and the lower end {lower}");
        faults.push(fault("upper", FaultKind::BoundsReversed, message));
    }
}

/// Words stand in place of a number: a trend, a reason, or at least the printed text.
fn check_words(parts: &QuantityParts, faults: &mut Vec<Fault>) {
    let bound = parts.bound.words();
    let words = [
        ("trend", parts.trend.is_some()),
        ("missing", parts.missing.is_some()),
    ];
    if parts.bound != Bound::None {
        for (field, _) in words.iter().filter(|(_, set)| *set) {
            let message = format!("cannot stand with the bound \"{bound}\"");
            faults.push(fault(field, FaultKind::Contradictory, message));
        }
        return;
    }
    if words.iter().all(|(_, set)| *set) {
        let message = "a figure that has a trend is not missing";
        faults.push(fault("missing", FaultKind::Contradictory, message));
    }
    if words.iter().all(|(_, set)| !set) && parts.as_published.is_none() {
        let message = "without a number, a trend, a reason or the printed text is required";
        faults.push(fault("bound", FaultKind::Contradictory, message));
    }
    if parts.multiplier != 0 {
        let message = format!("10^{} scales no number", parts.multiplier);
        faults.push(fault("multiplier", FaultKind::Contradictory, message));
    }
}

fn multiplier_fault(multiplier: i32) -> Fault {
    let message = format!("{multiplier} is not between 0 and {MAX_MULTIPLIER}");
    fault("multiplier", FaultKind::OutOfRange, message)
}

fn fault(field: &'static str, kind: FaultKind, message: impl ToString) -> Fault {
    Fault {
        field,
        kind,
        message: message.to_string(),
    }
}
