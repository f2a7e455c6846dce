//! The model of a figure: what was said about how much, and for which time.
//!
//! A figure is never a bare number. It is a [`Quantity`] (a decimal with its bound, words
//! without a number, or a reason why nothing is there) about a [`Period`]. From a quantity
//! follows an [`Interval`], and every comparison ([`agreement`]) and every calculation
//! ([`compute`]) works on intervals, so that bounds and rounding survive them.
//!
//! Invariants: no floating point anywhere; a value that exists is valid; what was printed
//! is kept as it was spelled, and equality is numeric nevertheless.
//!
//! Deliberately absent: input and output, clocks, the wire format, units and the question
//! which figures may be combined at all. Those belong to the crates that know definitions.

mod agreement;
mod arithmetic;
mod code;
mod decimal;
mod interval;
mod period;
mod quantity;

pub use agreement::{State, agreement, spread};
pub use arithmetic::{
    Caveat, Comparison, Operand, Operation, Outcome, Refusal, Verdict, compare, compute,
    compute_with_rounding,
};
pub use code::UnknownCode;
pub use decimal::{Decimal, ParseDecimalError};
pub use interval::{End, Interval};
pub use period::{ParsePeriodError, Period};
pub use quantity::{
    Bound, Fault, FaultKind, Missing, Quantity, QuantityDraft, QuantityParts, Trend,
};

/// The start of a text that did not parse, short enough to be quoted in an error.
fn excerpt(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}
