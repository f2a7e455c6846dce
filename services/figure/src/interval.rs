//! What a figure says about the true value: a printed number, and ends that bound it.

mod algebra;
mod reach;
#[cfg(test)]
mod tests;

use crate::Decimal;

/// One end of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct End {
    /// Where the interval ends.
    pub value: Decimal,
    /// The value itself lies outside.
    pub exclusive: bool,
}

impl End {
    /// An end that belongs to the interval.
    #[must_use]
    pub const fn inclusive(value: Decimal) -> Self {
        Self {
            value,
            exclusive: false,
        }
    }

    /// An end that does not belong to the interval.
    #[must_use]
    pub const fn exclusive(value: Decimal) -> Self {
        Self {
            value,
            exclusive: true,
        }
    }
}

/// A number and its bounds in the plain unit.
///
/// The ends carry what is certain and the point what was printed. An exact figure has both
/// ends at its point; "about 5" has the point alone, since no bound follows from it; "more
/// than 5" has a lower end only; a missing figure has nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Interval {
    /// The printed number, expanded; nothing when two ends or no number were printed.
    pub point: Option<Decimal>,
    /// Lower end, if there is one.
    pub lower: Option<End>,
    /// Upper end, if there is one.
    pub upper: Option<End>,
    /// How far rounding alone can have moved the number; zero for everything but an exact
    /// number, since a bound is meant as it stands.
    pub slack: Decimal,
}

impl Interval {
    /// One number that is known but for its rounding.
    #[must_use]
    pub const fn exact(value: Decimal, slack: Decimal) -> Self {
        Self {
            point: Some(value),
            lower: Some(End::inclusive(value)),
            upper: Some(End::inclusive(value)),
            slack,
        }
    }

    /// One number from which no bounds follow.
    #[must_use]
    pub const fn nominal(value: Decimal) -> Self {
        Self {
            point: Some(value),
            lower: None,
            upper: None,
            slack: Decimal::ZERO,
        }
    }

    /// Whether the ends leave room for one number only.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        matches!((self.lower, self.upper), (Some(lower), Some(upper)) if lower.value == upper.value)
    }

    /// Whether nothing is known: no number and no end.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.point.is_none() && !self.is_bounded()
    }

    /// Whether there is at least one end.
    #[must_use]
    pub const fn is_bounded(&self) -> bool {
        self.lower.is_some() || self.upper.is_some()
    }

    /// The interval with its ends moved apart by the slack: where the true value lies if
    /// the printed number was rounded.
    #[must_use]
    pub fn widened(&self) -> Self {
        // Half a unit of a printed digit never takes a number out of range.
        let moved = |end: End, by: Decimal| End {
            value: end.value.checked_add(&by).unwrap_or(end.value),
            ..end
        };
        Self {
            point: self.point,
            lower: self.lower.map(|end| moved(end, self.slack.neg())),
            upper: self.upper.map(|end| moved(end, self.slack)),
            slack: Decimal::ZERO,
        }
    }

    /// Whether both cannot be true of one value, rounding allowed for.
    #[must_use]
    pub fn excludes(&self, other: &Self) -> bool {
        self.widened().is_apart_from(&other.widened())
    }

    /// Whether the ends leave room for this value.
    #[must_use]
    pub fn contains(&self, value: &Decimal) -> bool {
        !self.is_apart_from(&Self::exact(*value, Decimal::ZERO))
    }

    /// The smallest interval around both. It has a point only where both have the same.
    #[must_use]
    pub fn hull(&self, other: &Self) -> Self {
        Self {
            point: self.point.filter(|_| self.point == other.point),
            lower: self
                .lower
                .zip(other.lower)
                .map(|(a, b)| outer(a, b, a.value < b.value)),
            upper: self
                .upper
                .zip(other.upper)
                .map(|(a, b)| outer(a, b, a.value > b.value)),
            slack: self.slack.max(other.slack),
        }
    }

    /// Whether the ends as they stand have no value in common.
    pub(crate) fn is_apart_from(&self, other: &Self) -> bool {
        self.is_below(other) || other.is_below(self)
    }

    /// Whether every value of this interval is less than every value of the other.
    pub(crate) fn is_below(&self, other: &Self) -> bool {
        self.upper.zip(other.lower).is_some_and(|(upper, lower)| {
            let touching = upper.value == lower.value;
            upper.value < lower.value || touching && (upper.exclusive || lower.exclusive)
        })
    }
}

/// The end that lies further out; of two at one place the one that includes it.
fn outer(a: End, b: End, a_is_further: bool) -> End {
    if a.value == b.value {
        return End {
            value: a.value,
            exclusive: a.exclusive && b.exclusive,
        };
    }
    if a_is_further { a } else { b }
}
