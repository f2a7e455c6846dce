//! Writing a decimal in plain notation.

use std::fmt;

use super::Decimal;

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.join(|whole| whole))
    }
}

impl Decimal {
    /// Plain notation with the digits before the point in groups of three: `45,500.25`.
    #[must_use]
    pub fn grouped(&self, separator: char) -> String {
        self.join(|whole| group(&whole, separator))
    }

    /// Sign, whole digits as `style` writes them, and the fraction.
    fn join(&self, style: impl FnOnce(String) -> String) -> String {
        let sign = if self.is_negative() { "-" } else { "" };
        let (whole, fraction) = self.split();
        let whole = style(whole);
        match fraction.as_str() {
            "" => format!("{sign}{whole}"),
            _ => format!("{sign}{whole}.{fraction}"),
        }
    }

    /// The digits before and behind the decimal point.
    fn split(&self) -> (String, String) {
        let places = usize::from(self.exponent.unsigned_abs());
        let mut digits = self.mantissa.unsigned_abs().to_string();
        if self.exponent < 0 {
            let mut whole = format!("{digits:0>width$}", width = places + 1);
            let fraction = whole.split_off(whole.len() - places);
            return (whole, fraction);
        }
        if !self.is_zero() {
            digits.push_str(&"0".repeat(places));
        }
        (digits, String::new())
    }
}

fn group(whole: &str, separator: char) -> String {
    let mut text = String::with_capacity(whole.len() * 2);
    for (index, digit) in whole.char_indices() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}
