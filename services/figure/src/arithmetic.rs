//! Calculation with figures: the answer is an interval with a verdict, never a bare number.

mod operand;
#[cfg(test)]
mod tests;

use std::fmt;

pub use operand::{Comparison, Operand, compare};

use crate::code::coded;
use crate::{Decimal, End, Interval};

/// What is computed of two figures `a` and `b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `a − b`.
    Difference,
    /// `a / b`.
    Ratio,
    /// The part `a` of the whole `b`, as a plain ratio.
    Share,
    /// From `a` to `b`: `(b − a) / a`, as a plain ratio.
    Change,
    /// `a + b`.
    Sum,
    /// `a × b`.
    Product,
}

coded! {
    /// How much a result says.
    pub enum Verdict {
        /// One number.
        Point = 1,
        /// Not below this.
        LowerBound = 2,
        /// Not above this.
        UpperBound = 3,
        /// Between two ends.
        Range = 4,
        /// A number without bounds.
        Nominal = 5,
        /// The inputs do not decide it.
        Undetermined = 6,
        /// The inputs may not be combined.
        Refused = 7,
    }
}

/// What a reader of a result must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Caveat {
    /// An input is approximate, so that no bounds follow.
    ApproximateInput,
    /// The divisor may be zero or may have either sign, so that no bounds follow.
    DivisorSpansZero,
    /// The change starts from a value that may be negative, so that its sign misleads.
    NegativeBase,
    /// The part may be greater than its whole.
    ShareAboveWhole,
}

impl Caveat {
    /// The stable name of the caveat.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApproximateInput => "APPROXIMATE_INPUT",
            Self::DivisorSpansZero => "DIVISOR_SPANS_ZERO",
            Self::NegativeBase => "NEGATIVE_BASE",
            Self::ShareAboveWhole => "SHARE_ABOVE_WHOLE",
        }
    }
}

impl fmt::Display for Caveat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Why two figures cannot be combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// There is nothing to compute with.
    #[error("an input has no number")]
    NoNumber,
    /// The divisor was printed as zero.
    #[error("the divisor is zero")]
    DivisionByZero,
    /// The result cannot be written down.
    #[error("the result is out of range")]
    OutOfRange,
}

/// The result of a calculation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How much can be said.
    pub verdict: Verdict,
    /// What is said; nothing when undetermined or refused.
    pub interval: Option<Interval>,
    /// What the reader must know.
    pub caveats: Vec<Caveat>,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
}

/// Computes with the numbers as printed. Rounding does not turn a point into a range; how
/// far it can move the result is answered as the slack of the interval.
#[must_use]
pub fn compute(operation: Operation, a: &Operand, b: &Operand) -> Outcome {
    let mut outcome = settle(operation, a, b);
    if let Some(interval) = &mut outcome.interval {
        let widened = evaluate(operation, &a.interval.widened(), &b.interval.widened());
        interval.slack = widened.map_or(Decimal::ZERO, |widened| distance(interval, &widened));
    }
    outcome
}

/// Computes with everything the printed numbers can have been rounded from, so that two
/// rounded points give a range.
#[must_use]
pub fn compute_with_rounding(operation: Operation, a: &Operand, b: &Operand) -> Outcome {
    settle(operation, &a.widened(), &b.widened())
}

fn settle(operation: Operation, a: &Operand, b: &Operand) -> Outcome {
    let divisor = divisor(operation, a, b);
    if a.is_empty() || b.is_empty() {
        return Outcome::refused(Refusal::NoNumber);
    }
    if divisor.is_some_and(|interval| interval.point.is_some_and(|point| point.is_zero())) {
        return Outcome::refused(Refusal::DivisionByZero);
    }
    let Some(result) = evaluate(operation, &a.interval, &b.interval) else {
        return Outcome::refused(Refusal::OutOfRange);
    };
    let nominal = a.is_nominal() || b.is_nominal();
    let (verdict, interval) = if nominal {
        judge_nominal(&result)
    } else {
        judge(result)
    };
    Outcome {
        verdict,
        interval,
        caveats: caveats(operation, a, b, &result),
        refusal: None,
    }
}

impl Outcome {
    fn refused(refusal: Refusal) -> Self {
        Self {
            verdict: Verdict::Refused,
            interval: None,
            caveats: Vec::new(),
            refusal: Some(refusal),
        }
    }
}

fn divisor<'a>(operation: Operation, a: &'a Operand, b: &'a Operand) -> Option<&'a Interval> {
    match operation {
        Operation::Ratio | Operation::Share => Some(&b.interval),
        Operation::Change => Some(&a.interval),
        Operation::Difference | Operation::Sum | Operation::Product => None,
    }
}

fn evaluate(operation: Operation, a: &Interval, b: &Interval) -> Option<Interval> {
    match operation {
        Operation::Sum => a.add(b),
        Operation::Difference => a.sub(b),
        Operation::Product => a.mul(b),
        Operation::Ratio | Operation::Share => a.div(b),
        // Not (b − a) / a: naming `a` twice would let it take two values at once and make
        // the interval wider than it is.
        Operation::Change => b.div(a)?.sub(&Interval::exact(Decimal::ONE, Decimal::ZERO)),
    }
}

fn judge(result: Interval) -> (Verdict, Option<Interval>) {
    let verdict = match (result.lower, result.upper) {
        (Some(_), Some(_)) if result.is_exact() => Verdict::Point,
        (Some(_), Some(_)) => Verdict::Range,
        (Some(_), None) => Verdict::LowerBound,
        (None, Some(_)) => Verdict::UpperBound,
        (None, None) => return (Verdict::Undetermined, None),
    };
    (verdict, Some(result))
}

/// Of approximate inputs only the points count.
fn judge_nominal(result: &Interval) -> (Verdict, Option<Interval>) {
    match result.point {
        Some(point) => (Verdict::Nominal, Some(Interval::nominal(point))),
        None => (Verdict::Undetermined, None),
    }
}

fn caveats(operation: Operation, a: &Operand, b: &Operand, result: &Interval) -> Vec<Caveat> {
    let nominal = a.is_nominal() || b.is_nominal();
    let spans_zero = divisor(operation, a, b).is_some_and(|divisor| {
        let one_sided = divisor.is_positive() || divisor.is_negative();
        divisor.is_bounded() && !one_sided
    });
    let base_negative = a.interval.lower.is_some_and(|end| end.value.is_negative())
        || a.interval.point.is_some_and(|point| point.is_negative());
    let above_whole = |end: End| end.value > Decimal::ONE;
    let applicable = [
        (nominal, Caveat::ApproximateInput),
        (spans_zero, Caveat::DivisorSpansZero),
        (
            operation == Operation::Change && base_negative,
            Caveat::NegativeBase,
        ),
        (
            operation == Operation::Share && result.upper.is_some_and(above_whole),
            Caveat::ShareAboveWhole,
        ),
    ];
    let applicable = applicable.iter().filter(|(applies, _)| *applies);
    applicable.map(|(_, caveat)| *caveat).collect()
}

/// How far apart the ends of two intervals lie at most.
fn distance(a: &Interval, b: &Interval) -> Decimal {
    let gap = |a: Option<End>, b: Option<End>| {
        let (a, b) = a.zip(b)?;
        Some(a.value.checked_sub(&b.value)?.abs())
    };
    let gaps = [gap(a.lower, b.lower), gap(a.upper, b.upper)];
    gaps.into_iter().flatten().max().unwrap_or(Decimal::ZERO)
}
