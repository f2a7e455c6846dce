//! Reading a decimal from its plain notation.

use std::str::FromStr;

use super::Decimal;
use crate::excerpt;

/// Why a text is not a decimal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseDecimalError {
    /// The text has another form.
    #[error(
        "{0:?} is not a decimal: write an optional sign, digits and an optional fraction, \
         such as -12.50, without exponent, separators or spaces"
    )]
    Form(String),
    /// The text has more digits than are kept.
    #[error("{0:?} has more than 38 significant digits")]
    TooManyDigits(String),
    /// The last digit stands too far from the decimal point.
    #[error("{0:?} has more than 256 places before or behind its last digit")]
    OutOfRange(String),
}

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, fraction) = match unsigned.split_once('.') {
            Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
            Some(_) => return Err(ParseDecimalError::Form(excerpt(text))),
            None => (unsigned, ""),
        };
        if !is_digits(whole) {
            return Err(ParseDecimalError::Form(excerpt(text)));
        }
        let (digits, zeros) = significant(whole, fraction)
            .ok_or_else(|| ParseDecimalError::TooManyDigits(excerpt(text)))?;
        let sign = if text.starts_with('-') { -1 } else { 1 };
        let last = zeros as i128 - fraction.len() as i128;
        i16::try_from(last)
            .ok()
            .and_then(|exponent| Self::new(sign * digits, exponent))
            .ok_or_else(|| ParseDecimalError::OutOfRange(excerpt(text)))
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The digits that count as one number, and how many zeros of a long whole number had to
/// be left out of it: an expanded "45.5 × 10^60" has few digits that matter.
fn significant(whole: &str, fraction: &str) -> Option<(i128, usize)> {
    let most = Decimal::MAX_DIGITS as usize;
    let whole = whole.trim_start_matches('0');
    let behind = match whole {
        "" => fraction.trim_start_matches('0'),
        _ => fraction,
    };
    let excess = (whole.len() + behind.len()).saturating_sub(most);
    if excess == 0 {
        return Some((number(&format!("{whole}{behind}")), 0));
    }
    let (kept, left_out) = whole.split_at_checked(most)?;
    let droppable = fraction.is_empty() && left_out.bytes().all(|byte| byte == b'0');
    droppable.then(|| (number(kept), excess))
}

/// The value of at most 38 digits.
fn number(digits: &str) -> i128 {
    digits
        .bytes()
        .fold(0, |value, digit| value * 10 + i128::from(digit - b'0'))
}
