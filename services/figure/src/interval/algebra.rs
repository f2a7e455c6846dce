//! Arithmetic on intervals: the result holds every value that the inputs allow.
//!
//! Points are computed from points, ends from ends. Every operation answers nothing when a
//! number leaves the range of decimals. Only a change of unit or sign carries the slack
//! along; the other results leave it at zero.

use super::reach::Reach;
use super::{End, Interval};
use crate::Decimal;

impl Interval {
    /// The sum.
    #[must_use]
    pub fn add(&self, other: &Self) -> Option<Self> {
        Some(Self {
            point: combine(self.point, other.point, Decimal::checked_add)?,
            lower: add_ends(self.lower, other.lower)?,
            upper: add_ends(self.upper, other.upper)?,
            slack: Decimal::ZERO,
        })
    }

    /// The difference.
    #[must_use]
    pub fn sub(&self, other: &Self) -> Option<Self> {
        self.add(&other.neg())
    }

    /// The interval mirrored at zero.
    #[must_use]
    pub fn neg(&self) -> Self {
        let mirrored = |end: End| End {
            value: end.value.neg(),
            ..end
        };
        Self {
            point: self.point.map(|point| point.neg()),
            lower: self.upper.map(mirrored),
            upper: self.lower.map(mirrored),
            slack: self.slack,
        }
    }

    /// The product.
    #[must_use]
    pub fn mul(&self, other: &Self) -> Option<Self> {
        let mut corners = Vec::with_capacity(4);
        for a in Reach::of(self) {
            for b in Reach::of(other) {
                corners.push(a.times(&b)?);
            }
        }
        let lowest = corners.iter().min_by_key(|corner| corner.rank_from_below());
        let highest = corners.iter().max_by_key(|corner| corner.rank_from_above());
        Some(Self {
            point: combine(self.point, other.point, Decimal::checked_mul)?,
            lower: lowest.and_then(Reach::end),
            upper: highest.and_then(Reach::end),
            slack: Decimal::ZERO,
        })
    }

    /// The same in another unit, slack included: every number times `factor`.
    #[must_use]
    pub fn scaled(&self, factor: &Decimal) -> Option<Self> {
        let product = self.mul(&Self::exact(*factor, Decimal::ZERO))?;
        let slack = self.slack.checked_mul(&factor.abs())?;
        Some(Self { slack, ..product })
    }

    /// The quotient. Nothing when the divisor is printed as zero; without ends when the
    /// divisor may be zero or may have either sign.
    #[must_use]
    pub fn div(&self, other: &Self) -> Option<Self> {
        if other.is_negative() {
            return self.neg().div(&other.neg());
        }
        let mut quotient = Self {
            point: combine(self.point, other.point, Decimal::div)?,
            ..Self::default()
        };
        if other.is_positive() {
            quotient.lower = self.lower.map_or(Some(None), |end| {
                let negative = end.value.is_negative();
                divide_end(end, if negative { other.lower } else { other.upper })
            })?;
            quotient.upper = self.upper.map_or(Some(None), |end| {
                let negative = end.value.is_negative();
                divide_end(end, if negative { other.upper } else { other.lower })
            })?;
        }
        Some(quotient)
    }

    /// Whether the ends leave room for values above zero only.
    pub(crate) fn is_positive(&self) -> bool {
        Self::exact(Decimal::ZERO, Decimal::ZERO).is_below(self)
    }

    /// Whether the ends leave room for values below zero only.
    pub(crate) fn is_negative(&self) -> bool {
        self.is_below(&Self::exact(Decimal::ZERO, Decimal::ZERO))
    }
}

/// Applies an operation where both numbers are there. The outer nothing is a failure.
fn combine(
    a: Option<Decimal>,
    b: Option<Decimal>,
    operation: impl Fn(&Decimal, &Decimal) -> Option<Decimal>,
) -> Option<Option<Decimal>> {
    match a.zip(b) {
        Some((a, b)) => operation(&a, &b).map(Some),
        None => Some(None),
    }
}

fn add_ends(a: Option<End>, b: Option<End>) -> Option<Option<End>> {
    let Some((a, b)) = a.zip(b) else {
        return Some(None);
    };
    let value = a.value.checked_add(&b.value)?;
    let exclusive = a.exclusive || b.exclusive;
    Some(Some(End { value, exclusive }))
}

/// Divides an end by the end of a positive divisor, where no end is infinity and zero is
/// only approached.
fn divide_end(end: End, divisor: Option<End>) -> Option<Option<End>> {
    if end.value.is_zero() {
        return Some(Some(end));
    }
    let Some(divisor) = divisor else {
        return Some(Some(End::exclusive(Decimal::ZERO)));
    };
    if divisor.value.is_zero() {
        return Some(None);
    }
    let value = end.value.div(&divisor.value)?;
    let exclusive = end.exclusive || divisor.exclusive;
    Some(Some(End { value, exclusive }))
}
