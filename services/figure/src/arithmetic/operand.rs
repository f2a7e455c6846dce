//! Figures as they enter a calculation or a comparison.

use crate::{Bound, Interval, Quantity};

/// A figure that goes into a calculation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operand {
    /// What is known of its value, in the plain unit.
    pub interval: Interval,
    /// How the source bounds it.
    pub bound: Bound,
    /// It counts as approximate for a reason outside the quantity, such as a period that
    /// the caller accepted although it does not fit.
    pub approximate: bool,
}

impl Operand {
    /// A quantity as operand; `counted` as in [`Quantity::interval`].
    #[must_use]
    pub fn new(quantity: &Quantity, counted: bool) -> Self {
        Self {
            interval: quantity.interval(counted),
            bound: quantity.bound(),
            approximate: false,
        }
    }

    /// The operand with everything it can have been rounded from.
    #[must_use]
    pub fn widened(&self) -> Self {
        Self {
            interval: self.interval.widened(),
            ..*self
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bound == Bound::None || self.interval.is_empty()
    }

    pub(super) fn is_nominal(&self) -> bool {
        self.approximate || self.bound == Bound::About
    }
}

/// How two figures stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// The first is less.
    Less,
    /// Both are one number.
    Equal,
    /// The first is greater.
    Greater,
    /// What is known does not decide it.
    Undetermined,
}

/// Compares two figures as printed; of [widened](Operand::widened) operands it compares
/// what they can have been rounded from. Approximate figures decide nothing.
#[must_use]
pub fn compare(a: &Operand, b: &Operand) -> Comparison {
    let undecided = [a, b]
        .iter()
        .any(|side| side.is_empty() || side.is_nominal());
    if undecided {
        Comparison::Undetermined
    } else if a.interval.is_below(&b.interval) {
        Comparison::Less
    } else if b.interval.is_below(&a.interval) {
        Comparison::Greater
    } else if a.interval.is_exact() && b.interval.is_exact() {
        Comparison::Equal
    } else {
        Comparison::Undetermined
    }
}
