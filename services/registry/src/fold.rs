//! Names as they are compared: without case, width and accents.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;

/// Longest key of an index, in bytes; PostgreSQL refuses rows above about 2,700.
const LONGEST_KEY: usize = 1000;
/// Characters of a gram.
const GRAM: usize = 3;

/// The folded form of a text. Accents of Latin, Greek and Cyrillic letters go; the marks
/// of other scripts are letters of their own and stay.
pub(crate) fn fold(text: &str) -> String {
    let lower = text.nfkd().flat_map(char::to_lowercase);
    let plain = lower.filter(|c| !('\u{300}'..='\u{36f}').contains(c));
    let mut spelled = String::with_capacity(text.len());
    for c in plain {
        match respell(c) {
            Some(other) => spelled.push_str(other),
            None => spelled.push(c),
        }
    }
    let composed: String = spelled.nfkc().collect();
    let words: Vec<_> = composed.split_whitespace().collect();
    words.join(" ")
}

/// Letters that people type without their stroke or as two, but that do not decompose.
fn respell(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' => "d",
        'ı' => "i",
        'ς' => "σ",
        _ => return None,
    })
}

/// A folded text cut to what an index takes.
pub(crate) fn key(folded: &str) -> &str {
    &folded[..folded.floor_char_boundary(LONGEST_KEY)]
}

/// What begins at each character of a folded text: three characters, fewer at its end. Any
/// part of up to three characters is the beginning of one of them.
pub(crate) fn grams(folded: &str) -> BTreeSet<&str> {
    let starts = folded.char_indices().map(|(start, _)| start);
    starts
        .map(|start| {
            let rest = &folded[start..];
            let end = rest
                .char_indices()
                .nth(GRAM)
                .map_or(rest.len(), |(end, _)| end);
            &rest[..end]
        })
        .collect()
}

/// Only the whole grams: what texts of three characters and more are compared by.
pub(crate) fn trigrams(folded: &str) -> BTreeSet<&str> {
    let mut grams = grams(folded);
    grams.retain(|gram| gram.chars().count() == GRAM);
    grams
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_width_and_accents_do_not_matter() {
        let check = |left: &str, right: &str| assert_eq!(fold(left), fold(right), "{left} {right}");
        check("ÉCOLE", "ecole");
        check("Ｃｈｉｎａ", "china");
        check("  São   Tomé ", "sao tome");
        check("Straße", "STRASSE");
        check("İstanbul", "istanbul");
        check("Łódź", "lodz");
        check("ΑΘΉΝΑΣ", "αθήνας");
        check("ガーナ", "ｶﾞｰﾅ");
    }

    #[test]
    fn marks_of_other_scripts_stay() {
        assert_ne!(fold("がく"), fold("かく"));
        assert_ne!(fold("कि"), fold("क"));
        assert_eq!(fold("北京"), "北京");
    }

    #[test]
    fn every_short_part_begins_a_gram() {
        assert_eq!(grams("北京市"), BTreeSet::from(["北京市", "京市", "市"]));
        assert_eq!(trigrams("abcd"), BTreeSet::from(["abc", "bcd"]));
        assert!(grams("").is_empty());
    }

    #[test]
    fn keys_end_between_characters() {
        assert_eq!(key(&"京".repeat(400)).len(), 999);
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in "\\PC{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn a_part_of_a_text_begins_one_of_its_grams(text in "[a-c北京]{1,12}", at in 0usize..12, length in 1usize..4) {
            let chars: Vec<char> = text.chars().collect();
            let part: String = chars.iter().skip(at).take(length).collect();
            prop_assert!(part.is_empty() || grams(&text).iter().any(|gram| gram.starts_with(&part)));
        }
    }
}
