//! Exact decimal numbers that remember how they were spelled.

mod arithmetic;
mod parse;
mod print;
mod round;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

pub use parse::ParseDecimalError;

/// A mantissa stays below this.
const LIMIT: i128 = 10_i128.pow(Decimal::MAX_DIGITS);

/// A decimal number, `mantissa × 10^exponent`, of at most 38 significant digits.
///
/// Trailing zeros state precision and are kept: `12.0` and `12` are equal (equality, order
/// and hash are numeric) but not of the [same spelling](Decimal::same_spelling).
#[derive(Clone, Copy, Debug, Default)]
pub struct Decimal {
    mantissa: i128,
    exponent: i16,
}

impl Decimal {
    /// The most significant digits a number can have.
    pub const MAX_DIGITS: u32 = 38;
    /// The largest exponent, and negated the smallest. Printed numbers need 38 and scale
    /// words 30; the rest is room for products and quotients.
    pub const MAX_EXPONENT: i16 = 256;
    /// Nothing at all.
    pub const ZERO: Self = Self::from_i64(0);
    /// The unit.
    pub const ONE: Self = Self::from_i64(1);

    /// The number `mantissa × 10^exponent`, or nothing when it is out of range.
    #[must_use]
    pub const fn new(mantissa: i128, exponent: i16) -> Option<Self> {
        let fits = -LIMIT < mantissa && mantissa < LIMIT;
        if fits && -Self::MAX_EXPONENT <= exponent && exponent <= Self::MAX_EXPONENT {
            Some(Self { mantissa, exponent })
        } else {
            None
        }
    }

    /// A whole number.
    #[must_use]
    pub const fn from_i64(value: i64) -> Self {
        Self {
            mantissa: value as i128,
            exponent: 0,
        }
    }

    /// The digits as a whole number, with the sign.
    #[must_use]
    pub const fn mantissa(&self) -> i128 {
        self.mantissa
    }

    /// The power of ten of the last kept digit.
    #[must_use]
    pub const fn exponent(&self) -> i16 {
        self.exponent
    }

    /// Whether the number is zero, however spelled.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.mantissa == 0
    }

    /// Whether the number is below zero.
    #[must_use]
    pub const fn is_negative(&self) -> bool {
        self.mantissa < 0
    }

    /// The number with the other sign.
    #[must_use]
    pub const fn neg(&self) -> Self {
        Self {
            mantissa: -self.mantissa,
            exponent: self.exponent,
        }
    }

    /// The number without its sign.
    #[must_use]
    pub const fn abs(&self) -> Self {
        Self {
            mantissa: self.mantissa.abs(),
            exponent: self.exponent,
        }
    }

    /// The number times `10^power`, digit for digit.
    ///
    /// The exponent stops at [`Decimal::MAX_EXPONENT`], which a printed number with a scale
    /// word cannot reach.
    #[must_use]
    pub fn shift(self, power: i32) -> Self {
        let most = Self::MAX_EXPONENT;
        let exponent = i32::from(self.exponent).saturating_add(power);
        let exponent = exponent.clamp(-i32::from(most), i32::from(most)) as i16;
        Self { exponent, ..self }
    }

    /// Half of one unit of the last kept digit: 0.05 for `45.5`, 0.5 for `93`.
    #[must_use]
    pub fn half_unit(&self) -> Self {
        let five = Self {
            mantissa: 5,
            exponent: self.exponent,
        };
        five.shift(-1)
    }

    /// The same number without trailing zeros.
    #[must_use]
    pub fn normalized(&self) -> Self {
        if self.is_zero() {
            return Self::ZERO;
        }
        let mut short = *self;
        while short.mantissa % 10 == 0 && short.exponent < Self::MAX_EXPONENT {
            short.mantissa /= 10;
            short.exponent += 1;
        }
        short
    }

    /// Whether both print the same, trailing zeros included.
    #[must_use]
    pub fn same_spelling(&self, other: &Self) -> bool {
        self == other && self.exponent.min(0) == other.exponent.min(0)
    }

    /// How many digits the mantissa has; one for zero.
    fn digits(&self) -> u32 {
        self.mantissa.unsigned_abs().checked_ilog10().unwrap_or(0) + 1
    }

    /// One more than the power of ten of the leading digit.
    fn magnitude(&self) -> i32 {
        i32::from(self.exponent) + self.digits() as i32
    }

    /// Compares two numbers of one sign whose leading digits stand at the same place.
    fn cmp_digits(&self, other: &Self) -> Ordering {
        // The number with the larger exponent has that many digits fewer, so that adding
        // them back cannot pass 38 digits.
        let gap = u32::from(self.exponent.abs_diff(other.exponent));
        if self.exponent >= other.exponent {
            (self.mantissa * 10_i128.pow(gap)).cmp(&other.mantissa)
        } else {
            self.mantissa.cmp(&(other.mantissa * 10_i128.pow(gap)))
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = self.mantissa.signum();
        let by_sign = sign.cmp(&other.mantissa.signum());
        if by_sign != Ordering::Equal || sign == 0 {
            return by_sign;
        }
        let by_magnitude = self.magnitude().cmp(&other.magnitude());
        match by_magnitude {
            Ordering::Equal => self.cmp_digits(other),
            _ if sign < 0 => by_magnitude.reverse(),
            _ => by_magnitude,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let short = self.normalized();
        (short.mantissa, short.exponent).hash(state);
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self::from_i64(value)
    }
}
