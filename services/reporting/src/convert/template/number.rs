//! Numbers that a text would print without a claim.

use figure::Period;

use crate::parameter::{Piece, pieces};

/// Stands for a place that is filled in; what touches it is no word of its own.
const FILLED: char = '\u{FFFC}';

/// The first number that stands in the text itself. Years and periods that begin with one
/// are no numbers to cite.
pub(super) fn typed(text: &str) -> Option<String> {
    let mut own = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) | Piece::Stray(text) => own.push_str(text),
            Piece::Parameter(_) | Piece::Binding(_) => own.push(FILLED),
        }
    }
    let own = without_dates(&own);
    let apart = |c: char| c.is_whitespace() || "，。；：、（）".contains(c);
    let found = own.split(apart).map(bare).find(|word| {
        let has_digit = word.contains(char::is_numeric);
        has_digit && !is_time(word)
    });
    found.map(|word| word.replace(FILLED, "…"))
}

/// A word without the marks of its sentence. Signs of money and percent are no such marks.
fn bare(word: &str) -> &str {
    let mark = |c: char| ".,;:!?()[]\"'“”‘’«»…、。，；：（）".contains(c);
    let word = word.trim_matches(mark);
    word.strip_suffix("'s")
        .or_else(|| word.strip_suffix("’s"))
        .unwrap_or(word)
}

/// The text without the digits of its Chinese dates, between which no space is written:
/// `2018年`, `2018年6月`, `2018年6月2日`.
fn without_dates(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::with_capacity(text.len());
    while let Some((before, behind)) = rest.split_once('年') {
        let cut = before.len().saturating_sub(4);
        let (lead, year) = before.split_at_checked(cut).unwrap_or((before, ""));
        rest = behind;
        if is_year(year) && !joins(lead) {
            kept.push_str(lead);
            rest = after_part(rest, '月', 12)
                .map_or(rest, |rest| after_part(rest, '日', 31).unwrap_or(rest));
        } else {
            kept.push_str(before);
        }
        kept.push('年');
    }
    kept + rest
}

/// Whether a number behind this text would be a part of another one.
fn joins(before: &str) -> bool {
    before.ends_with(|c: char| c.is_ascii_alphanumeric() || ".,-–—/$¥€£".contains(c) || c == FILLED)
}

/// What follows a month or a day: one or two digits, not above `most`, and its sign.
fn after_part(text: &str, sign: char, most: u32) -> Option<&str> {
    let (digits, behind) = text.split_once(sign)?;
    let fits = digits.len() <= 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u32 = digits.parse().ok().filter(|_| fits)?;
    (1..=most).contains(&number).then_some(behind)
}

/// Whether every part of a word that has digits is a year or a period.
fn is_time(word: &str) -> bool {
    is_period(word)
        || word.split(['/', '–', '—']).all(|part| {
            !part.contains(char::is_numeric) || is_period(part) || part.split('-').all(is_year)
        })
}

/// A period code that begins with a year.
fn is_period(code: &str) -> bool {
    code.get(..4).is_some_and(is_year) && code.parse::<Period>().is_ok()
}

fn is_year(text: &str) -> bool {
    text.len() == 4
        && text.starts_with(['1', '2'])
        && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::typed;

    #[test]
    fn a_number_in_a_text_is_found() {
        let cases = [
            ("It came to 45.5 trillion yuan.", "45.5"),
            ("(47.94%)", "47.94%"),
            ("about $2018", "$2018"),
            ("half, or ½", "½"),
            ("RMB47 or so", "RMB47"),
            ("{first}00 more", "…00"),
            ("{first}2018", "…2018"),
            ("3018 and 0999", "3018"),
            ("2,018 of them", "2,018"),
            ("10-2018", "10-2018"),
            ("数字经济达45万亿元", "数字经济达45万亿元"),
            ("到2020年达45万亿元", "到年达45万亿元"),
            ("{first}2018年", "…2018年"),
            ("2018年13月", "年13月"),
            ("第118年", "第118年"),
            ("在2018年，数字经济达45万亿元。", "数字经济达45万亿元"),
        ];
        for (text, number) in cases {
            assert_eq!(typed(text).as_deref(), Some(number), "{text}");
        }
    }

    #[test]
    fn years_and_periods_are_not_numbers_to_cite() {
        let texts = [
            "From 2018 to 2021, or by 2025.",
            "2018-06, 2018-06-30 and 2015/2023",
            "2018–2021 and 2018-2021; 2020's end—or 1999",
            "${first_year} and {first} in (2020)",
            "在2018年 的",
            "数字经济在2018年至2021年6月2日间增长，到2025年6月为止。",
            "no digit, ten trillion",
        ];
        for text in texts {
            assert_eq!(typed(text), None, "{text}");
        }
    }
}
