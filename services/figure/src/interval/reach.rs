//! How far an interval reaches, infinity included.

use std::cmp::Reverse;

use super::{End, Interval};
use crate::Decimal;

/// A place on the number line with its two far ends, in their order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    BelowAll,
    At(Decimal),
    AboveAll,
}

/// An end of an interval that need not be finite.
#[derive(Clone, Copy)]
pub(super) struct Reach {
    place: Place,
    exclusive: bool,
}

impl Reach {
    /// The lower and the upper reach of an interval.
    pub(super) fn of(interval: &Interval) -> [Self; 2] {
        let reach = |end: Option<End>, infinity| Self {
            place: end.map_or(infinity, |end| Place::At(end.value)),
            exclusive: end.is_none_or(|end| end.exclusive),
        };
        [
            reach(interval.lower, Place::BelowAll),
            reach(interval.upper, Place::AboveAll),
        ]
    }

    /// The product, or nothing when it is out of range. Zero times infinity is zero: no
    /// value of either interval is infinite, they only have no end.
    pub(super) fn times(&self, other: &Self) -> Option<Self> {
        let sign = self.sign() * other.sign();
        let place = match (self.place, other.place) {
            (Place::At(a), Place::At(b)) => Place::At(a.checked_mul(&b)?),
            _ if sign == 0 => Place::At(Decimal::ZERO),
            _ if sign < 0 => Place::BelowAll,
            _ => Place::AboveAll,
        };
        // A zero that is reached makes the product reach zero whatever the other is.
        let reached = |reach: &Self| reach.sign() == 0 && !reach.exclusive;
        let exclusive = (self.exclusive || other.exclusive) && !reached(self) && !reached(other);
        Some(Self { place, exclusive })
    }

    /// The end of an interval that reaches to here.
    pub(super) fn end(&self) -> Option<End> {
        match self.place {
            Place::At(value) => Some(End {
                value,
                exclusive: self.exclusive,
            }),
            Place::BelowAll | Place::AboveAll => None,
        }
    }

    /// Sorts the lowest first, and of two at one place the one that includes it.
    pub(super) fn rank_from_below(&self) -> (Place, bool) {
        (self.place, self.exclusive)
    }

    /// Sorts the highest last, and of two at one place the one that includes it.
    pub(super) fn rank_from_above(&self) -> (Place, Reverse<bool>) {
        (self.place, Reverse(self.exclusive))
    }

    fn sign(&self) -> i128 {
        match self.place {
            Place::BelowAll => -1,
            Place::At(value) => value.mantissa().signum(),
            Place::AboveAll => 1,
        }
    }
}
