//! What a source said about how much.

mod check;
mod phrase;
#[cfg(test)]
mod tests;

pub use check::{Fault, FaultKind, QuantityDraft};

use crate::code::coded;
use crate::{Decimal, End, Interval};

coded! {
    /// How a printed number relates to the true value.
    pub enum Bound {
        /// The number itself, rounded at its last printed digit unless it is a count.
        Exact = 1,
        /// "about", "some": no interval follows from it.
        About = 2,
        /// "nearly", "almost": close to the number and below it.
        Nearly = 3,
        /// "more than": strictly above the number.
        GreaterThan = 4,
        /// "at least": the number or above.
        AtLeast = 5,
        /// "less than": strictly below the number.
        LessThan = 6,
        /// "at most": the number or below.
        AtMost = 7,
        /// Between two numbers.
        Between = 8,
        /// No number was printed.
        None = 9,
    }
}

coded! {
    /// A figure in words.
    pub enum Trend {
        /// Rises over the period.
        Increasing = 1,
        /// Falls over the period.
        Decreasing = 2,
        /// Stays as it was.
        Stable = 3,
        /// Above what it is compared with.
        Higher = 4,
        /// Below what it is compared with.
        Lower = 5,
        /// Equal to what it is compared with.
        Equal = 6,
    }
}

coded! {
    /// Why a source gives no number.
    pub enum Missing {
        /// The figure was not collected.
        NotCollected = 1,
        /// The figure cannot exist.
        DoesNotExist = 2,
        /// The figure exists and is held back.
        Suppressed = 3,
        /// The question does not apply to the entity.
        NotApplicable = 4,
        /// The source leaves the cell empty and says nothing.
        NotStated = 5,
    }
}

/// The parts of a quantity, as storage keeps them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QuantityParts {
    /// How the number bounds the true value.
    pub bound: Bound,
    /// The number in units of `10^multiplier`; with [`Bound::Between`] the lower end.
    pub number: Option<Decimal>,
    /// The upper end with [`Bound::Between`], in the same units.
    pub upper: Option<Decimal>,
    /// With [`Bound::Between`]: the lower end itself is excluded.
    pub lower_exclusive: bool,
    /// With [`Bound::Between`]: the upper end itself is excluded.
    pub upper_exclusive: bool,
    /// The power of ten that the scale word stands for, 0 to 30.
    pub multiplier: u8,
    /// The text as printed, at most 200 characters.
    pub as_published: Option<String>,
    /// A figure in words, with [`Bound::None`].
    pub trend: Option<Trend>,
    /// Why there is no number, with [`Bound::None`].
    pub missing: Option<Missing>,
}

/// What a source said about how much: a number with its bound, words without a number, or
/// the reason why nothing is there. Never repaired and never rounded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Quantity(QuantityParts);

impl Quantity {
    /// Puts a quantity together again, or names everything that contradicts in it.
    pub fn from_parts(parts: QuantityParts) -> Result<Self, Vec<Fault>> {
        let faults = check::faults(&parts);
        if faults.is_empty() {
            Ok(Self(parts))
        } else {
            Err(faults)
        }
    }

    /// A number as it stands, the most common of all; nothing when it has too many places.
    #[must_use]
    pub fn exact(number: Decimal) -> Option<Self> {
        let parts = QuantityParts {
            bound: Bound::Exact,
            number: Some(number),
            upper: None,
            lower_exclusive: false,
            upper_exclusive: false,
            multiplier: 0,
            as_published: None,
            trend: None,
            missing: None,
        };
        Self::from_parts(parts).ok()
    }

    /// All parts, to be stored.
    #[must_use]
    pub const fn parts(&self) -> &QuantityParts {
        &self.0
    }

    /// How the number bounds the true value.
    #[must_use]
    pub const fn bound(&self) -> Bound {
        self.0.bound
    }

    /// The number in units of `10^multiplier`; with [`Bound::Between`] the lower end.
    #[must_use]
    pub const fn number(&self) -> Option<Decimal> {
        self.0.number
    }

    /// The upper end with [`Bound::Between`], in the same units.
    #[must_use]
    pub const fn upper(&self) -> Option<Decimal> {
        self.0.upper
    }

    /// Whether the lower end of a range is excluded.
    #[must_use]
    pub const fn lower_exclusive(&self) -> bool {
        self.0.lower_exclusive
    }

    /// Whether the upper end of a range is excluded.
    #[must_use]
    pub const fn upper_exclusive(&self) -> bool {
        self.0.upper_exclusive
    }

    /// The power of ten that the scale word stands for.
    #[must_use]
    pub const fn multiplier(&self) -> u8 {
        self.0.multiplier
    }

    /// The text as printed, where it was kept.
    #[must_use]
    pub fn as_published(&self) -> Option<&str> {
        self.0.as_published.as_deref()
    }

    /// A figure in words.
    #[must_use]
    pub const fn trend(&self) -> Option<Trend> {
        self.0.trend
    }

    /// Why there is no number.
    #[must_use]
    pub const fn missing(&self) -> Option<Missing> {
        self.0.missing
    }

    /// The number in the plain unit.
    #[must_use]
    pub fn expanded_number(&self) -> Option<Decimal> {
        self.0.number.map(|number| self.expand(number))
    }

    /// The upper end of a range in the plain unit.
    #[must_use]
    pub fn expanded_upper(&self) -> Option<Decimal> {
        self.0.upper.map(|upper| self.expand(upper))
    }

    /// Whether both say the same, however they spell it: 12.0 is 12, and 0.5 billion is
    /// 500 million. The printed text counts only where it is all there is.
    #[must_use]
    pub fn same_statement(&self, other: &Self) -> bool {
        let (a, b) = (&self.0, &other.0);
        a.bound == b.bound
            && self.expanded_number() == other.expanded_number()
            && self.expanded_upper() == other.expanded_upper()
            && (a.lower_exclusive, a.upper_exclusive) == (b.lower_exclusive, b.upper_exclusive)
            && (a.trend, a.missing) == (b.trend, b.missing)
            && (!self.is_worded() || a.as_published == b.as_published)
    }

    /// Whether it says something in words alone: no number, no trend, and not that a figure
    /// is missing.
    #[must_use]
    pub fn is_worded(&self) -> bool {
        let parts = &self.0;
        parts.number.is_none() && parts.trend.is_none() && parts.missing.is_none()
    }

    /// Whether both say the same with other digits or another scale word.
    #[must_use]
    pub fn respelled(&self, other: &Self) -> bool {
        let alike = |a: Option<Decimal>, b: Option<Decimal>| {
            a.zip(b).is_none_or(|(a, b)| a.same_spelling(&b))
        };
        let same_spelling = self.0.multiplier == other.0.multiplier
            && alike(self.0.number, other.0.number)
            && alike(self.0.upper, other.0.upper);
        self.same_statement(other) && !same_spelling
    }

    /// What follows for the true value, in the plain unit. `counted` says that the unit
    /// counts things: a count printed without a scale word is not rounded. Only a number
    /// that stands for itself can have been rounded: a comparator is the bound, so that
    /// "more than 99%" leaves no room for 98.6%.
    #[must_use]
    pub fn interval(&self, counted: bool) -> Interval {
        let Some(number) = self.expanded_number() else {
            return Interval::default();
        };
        let mut interval = Interval::nominal(number);
        match self.0.bound {
            Bound::About | Bound::None => {}
            Bound::Exact => return Interval::exact(number, self.slack(number, counted)),
            Bound::GreaterThan => interval.lower = Some(End::exclusive(number)),
            Bound::AtLeast => interval.lower = Some(End::inclusive(number)),
            Bound::LessThan | Bound::Nearly => interval.upper = Some(End::exclusive(number)),
            Bound::AtMost => interval.upper = Some(End::inclusive(number)),
            Bound::Between => {
                let end = |value, exclusive| End { value, exclusive };
                interval.point = None;
                interval.lower = Some(end(number, self.0.lower_exclusive));
                interval.upper = self
                    .expanded_upper()
                    .map(|upper| end(upper, self.0.upper_exclusive));
            }
        }
        interval
    }

    /// Half a unit of the last printed digit.
    fn slack(&self, number: Decimal, counted: bool) -> Decimal {
        if counted && self.0.multiplier == 0 {
            Decimal::ZERO
        } else {
            number.half_unit()
        }
    }

    fn expand(&self, number: Decimal) -> Decimal {
        number.shift(i32::from(self.0.multiplier))
    }
}
