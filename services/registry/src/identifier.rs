//! The closed list of checks for identifiers that others assign.

use crate::number::numbered;

/// Longest value without a stricter form, in characters.
const LONGEST: usize = 200;
/// Longest URL: in bytes where it identifies, because values are keys of an index, else in
/// characters.
pub(crate) const LONGEST_URL: usize = 2000;
/// Digits of a ROR id, in the order of their values.
const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

numbered! {
    /// How the values of a scheme are checked.
    pub(crate) enum Validator {
        Alpha2 = 1,
        Alpha3 = 2,
        Numeric3 = 3,
        Wikidata = 4,
        Lei = 5,
        Ror = 6,
        Url = 7,
        None = 8,
    }
}

impl Validator {
    /// Why `value` is refused, if it is.
    pub(crate) fn refusal(self, value: &str) -> Option<&'static str> {
        let (good, form) = match self {
            Self::None => (
                is_text(value),
                "1 to 200 characters without control characters",
            ),
            Self::Alpha2 => (is_upper(value, 2), "two upper-case letters, such as CN"),
            Self::Alpha3 => (is_upper(value, 3), "three upper-case letters, such as CHN"),
            Self::Numeric3 => (is_digits(value, 3), "three digits, such as 156"),
            Self::Wikidata => (is_wikidata(value), "Q and a number, such as Q148"),
            Self::Lei => (
                is_lei(value),
                "20 upper-case letters and digits of which the last two check the others",
            ),
            Self::Ror => (
                is_ror(value),
                "0, six letters or digits and two check digits, such as 02mhbdp94",
            ),
            Self::Url => (
                is_url(value) && value.len() <= LONGEST_URL,
                "an absolute http or https URL of at most 2,000 bytes",
            ),
        };
        (!good).then_some(form)
    }
}

/// An absolute http or https URL without spaces and control characters.
pub(crate) fn is_url(value: &str) -> bool {
    let rest = value
        .strip_prefix("https://")
        .or_else(|| value.strip_prefix("http://"));
    let has_host = rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        !host.is_empty() && !host.starts_with(':')
    });
    let clean = !value.chars().any(|c| c.is_whitespace() || c.is_control());
    has_host && clean
}

fn is_text(value: &str) -> bool {
    let length = value.chars().count();
    (1..=LONGEST).contains(&length)
        && !value.chars().any(char::is_control)
        && !value.trim().is_empty()
}

fn is_upper(value: &str, length: usize) -> bool {
    value.len() == length && value.bytes().all(|b| b.is_ascii_uppercase())
}

fn is_digits(value: &str, length: usize) -> bool {
    value.len() == length && value.bytes().all(|b| b.is_ascii_digit())
}

fn is_wikidata(value: &str) -> bool {
    let number = value.strip_prefix('Q').unwrap_or_default();
    is_digits(number, number.len()) && (1..=18).contains(&number.len()) && !number.starts_with('0')
}

/// ISO 17442: with A as 10 to Z as 35, the whole number leaves 1 when divided by 97.
fn is_lei(value: &str) -> bool {
    let form = value
        .bytes()
        .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    if value.len() != 20 || !form || !is_digits(&value[18..], 2) {
        return false;
    }
    let remainder = value.bytes().fold(0u32, |remainder, b| match b {
        b'0'..=b'9' => (remainder * 10 + u32::from(b - b'0')) % 97,
        _ => (remainder * 100 + u32::from(b - b'A') + 10) % 97,
    });
    remainder == 1
}

/// Seven digits in base 32 of which the first is 0, then 98 less a hundred times their
/// number modulo 97, as two decimal digits.
fn is_ror(value: &str) -> bool {
    let Some((digits, check)) = value.split_at_checked(7) else {
        return false;
    };
    if !digits.starts_with('0') || !is_digits(check, 2) {
        return false;
    }
    let mut number = 0u64;
    for b in digits.bytes() {
        let Some(digit) = CROCKFORD.iter().position(|c| *c == b) else {
            return false;
        };
        number = number * 32 + digit as u64;
    }
    check
        .parse::<u64>()
        .is_ok_and(|check| check == 98 - (number * 100) % 97)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(validator: Validator, good: &[&str], bad: &[&str]) {
        for value in good {
            assert_eq!(validator.refusal(value), None, "{value}");
        }
        for value in bad {
            assert!(validator.refusal(value).is_some(), "{value}");
        }
    }

    #[test]
    fn every_form_is_told_from_its_neighbours() {
        check(
            Validator::None,
            &["a", "北京"],
            &["", " ", "a\nb", &"x".repeat(201)],
        );
        check(Validator::Alpha2, &["CN"], &["cn", "CHN", "C1", "É"]);
        check(Validator::Alpha3, &["CHN"], &["CN", "chn"]);
        check(Validator::Numeric3, &["156", "004"], &["15", "4", "15x"]);
        check(
            Validator::Wikidata,
            &["Q148"],
            &["Q", "Q0148", "148", "q148", "Q1x"],
        );
        check(
            Validator::Url,
            &["https://ror.org/02mhbdp94", "http://a.b?c=d"],
            &["ftp://a.b", "https://", "https:///x", "https://a b", "a.b"],
        );
    }

    #[test]
    fn check_digits_are_checked() {
        // Assigned ones, from the registers themselves.
        check(
            Validator::Lei,
            &["HWUPKR0MPOU8FGXBT394", "529900T8BM49AURSDO55"],
            &[
                "HWUPKR0MPOU8FGXBT395",
                "HWUPKR0MPOU8FGXBT3",
                "hwupkr0mpou8fgxbt394",
            ],
        );
        check(
            Validator::Ror,
            &["02mhbdp94", "042nb2s44", "05dxps055"],
            &[
                "02mhbdp95",
                "02mhbdp9",
                "12mhbdp94",
                "02mhbip94",
                "é2mhbdp94",
            ],
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_a_check_panic(value in "\\PC{0,24}") {
            for number in 1..=8 {
                if let Ok(validator) = Validator::try_from(number) {
                    let _ = validator.refusal(&value);
                }
            }
        }

        #[test]
        fn one_wrong_character_of_an_lei_is_found(at in 0usize..18, other in "[0-9A-Z]") {
            let good = "HWUPKR0MPOU8FGXBT394";
            let mut bad = good.to_owned();
            bad.replace_range(at..=at, &other);
            // A letter counts for two digits: only within a class is one change always seen.
            let class = |text: &str| text.bytes().next().is_some_and(|b| b.is_ascii_digit());
            prop_assume!(class(&good[at..]) == class(&other));
            prop_assert_eq!(is_lei(&bad), bad == good);
        }
    }
}
