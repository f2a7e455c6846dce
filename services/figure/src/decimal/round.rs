//! Rounding half-even: a tie goes to the even neighbour.

use std::cmp::Ordering;

use num_integer::Integer;

use super::Decimal;

impl Decimal {
    /// Rounded half-even to at most `digits` significant digits (at least one). A shorter
    /// number is left as it is.
    #[must_use]
    pub fn round_significant(&self, digits: u32) -> Self {
        let excess = self.digits().saturating_sub(digits.max(1));
        if excess == 0 {
            return *self;
        }
        // 99.96 becomes 100.0, one digit too many, which the second round takes away.
        match self.round_to(i32::from(self.exponent) + excess as i32) {
            Some(rounded) => rounded.round_significant(digits),
            None => *self,
        }
    }

    /// Written with exactly `places` digits behind the point, rounded half-even or filled
    /// with zeros. A number too long to be filled is left as it is.
    #[must_use]
    pub fn round_places(&self, places: u32) -> Self {
        let target = -i32::try_from(places).unwrap_or(i32::MAX);
        let spare = i32::from(self.exponent) - target;
        let rewritten = match u32::try_from(spare) {
            Ok(zeros) => self.fill(zeros),
            Err(_) => self.round_to(target),
        };
        rewritten.unwrap_or(*self)
    }

    /// The same number with more trailing zeros.
    fn fill(&self, zeros: u32) -> Option<Self> {
        let mantissa = self.mantissa.checked_mul(10_i128.checked_pow(zeros)?)?;
        let exponent = self.exponent.checked_sub(i16::try_from(zeros).ok()?)?;
        Self::new(mantissa, exponent)
    }

    /// Rounded to a larger exponent.
    fn round_to(&self, exponent: i32) -> Option<Self> {
        let dropped = u32::try_from(exponent - i32::from(self.exponent)).ok()?;
        let magnitude = match 10_u128.checked_pow(dropped) {
            Some(unit) => half_even(self.mantissa.unsigned_abs(), &unit) as i128,
            // A unit of 39 digits is more than twice any mantissa.
            None => 0,
        };
        let mantissa = self.mantissa.signum() * magnitude;
        Self::new(mantissa, i16::try_from(exponent).ok()?)
    }
}

/// The quotient of two numbers that are not negative, rounded half-even.
pub(super) fn half_even<T: Integer + Clone>(dividend: T, divisor: &T) -> T {
    let (quotient, remainder) = dividend.div_rem(divisor);
    let up = match (remainder.clone() + remainder).cmp(divisor) {
        Ordering::Less => false,
        Ordering::Equal => quotient.is_odd(),
        Ordering::Greater => true,
    };
    if up { quotient + T::one() } else { quotient }
}
