//! Sums, products and quotients of decimals.

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;

use super::Decimal;
use super::round::half_even;

/// Digits of a quotient that has no end.
const QUOTIENT_DIGITS: u32 = 34;

impl Decimal {
    /// The sum: exact, or rounded half-even when it needs more than 38 digits. Nothing when
    /// the exponent leaves its range.
    #[must_use]
    pub fn checked_add(&self, other: &Self) -> Option<Self> {
        let exponent = self.exponent.min(other.exponent);
        if self.exponent == other.exponent
            && let Some(sum) = self.mantissa.checked_add(other.mantissa)
            && let Some(sum) = Self::new(sum, exponent)
        {
            return Some(sum);
        }
        fit(
            self.mantissa_at(exponent) + other.mantissa_at(exponent),
            exponent.into(),
        )
    }

    /// The difference, as exact as [a sum](Decimal::checked_add).
    #[must_use]
    pub fn checked_sub(&self, other: &Self) -> Option<Self> {
        self.checked_add(&other.neg())
    }

    /// The product, as exact as [a sum](Decimal::checked_add).
    #[must_use]
    pub fn checked_mul(&self, other: &Self) -> Option<Self> {
        let exponent = i32::from(self.exponent) + i32::from(other.exponent);
        fit(BigInt::from(self.mantissa) * other.mantissa, exponent)
    }

    /// The quotient: exact and without trailing zeros when it ends within 38 digits, else
    /// rounded half-even to 34. Nothing when the divisor is zero or the exponent leaves its
    /// range.
    #[must_use]
    pub fn div(&self, other: &Self) -> Option<Self> {
        if self.is_zero() || other.is_zero() {
            return (!other.is_zero()).then_some(Self::ZERO);
        }
        let exponent = i32::from(self.exponent) - i32::from(other.exponent);
        let negative = self.is_negative() != other.is_negative();
        let sign = if negative { Sign::Minus } else { Sign::Plus };

        let exact = Fraction::of(self, other, Self::MAX_DIGITS);
        if exact.dividend.is_multiple_of(&exact.divisor) {
            let quotient = BigInt::from_biguint(sign, exact.dividend / exact.divisor);
            return fit(quotient, exponent - exact.power).map(|exact| exact.normalized());
        }
        let long = Fraction::of(self, other, QUOTIENT_DIGITS);
        let quotient = half_even(long.dividend, &long.divisor);
        fit(BigInt::from_biguint(sign, quotient), exponent - long.power)
    }

    /// The mantissa this number would have with a smaller exponent.
    fn mantissa_at(&self, exponent: i16) -> BigInt {
        BigInt::from(self.mantissa)
            * BigInt::from(power_of_ten(self.exponent.abs_diff(exponent).into()))
    }
}

/// Two mantissas scaled so that their quotient has a wanted number of whole digits: the
/// quotient of the mantissas is `dividend / divisor × 10^-power`.
struct Fraction {
    dividend: BigUint,
    divisor: BigUint,
    power: i32,
}

impl Fraction {
    fn of(dividend: &Decimal, divisor: &Decimal, digits: u32) -> Self {
        let power = (digits + divisor.digits()) as i32 - dividend.digits() as i32;
        let scale = power_of_ten(power.unsigned_abs());
        let mut dividend = BigUint::from(dividend.mantissa.unsigned_abs());
        let mut divisor = BigUint::from(divisor.mantissa.unsigned_abs());
        if power < 0 {
            divisor *= scale;
        } else {
            dividend *= scale;
        }
        let mut fraction = Self {
            dividend,
            divisor,
            power,
        };
        // The digit counts alone leave it open whether the quotient has one digit more.
        if fraction.dividend >= &fraction.divisor * power_of_ten(digits) {
            fraction.divisor *= 10_u8;
            fraction.power -= 1;
        }
        fraction
    }
}

/// The decimal nearest to a mantissa of any length.
fn fit(mantissa: BigInt, exponent: i32) -> Option<Decimal> {
    let (sign, magnitude) = mantissa.into_parts();
    let digits = magnitude.to_string().len() as u32;
    let excess = digits.saturating_sub(Decimal::MAX_DIGITS);
    if excess == 0 {
        let mantissa = i128::try_from(BigInt::from_biguint(sign, magnitude)).ok()?;
        return Decimal::new(mantissa, i16::try_from(exponent).ok()?);
    }
    // Rounding up can add a digit again, so the result is fitted once more.
    let rounded = half_even(magnitude, &power_of_ten(excess));
    fit(
        BigInt::from_biguint(sign, rounded),
        exponent + excess as i32,
    )
}

fn power_of_ten(power: u32) -> BigUint {
    BigUint::from(10_u8).pow(power)
}
