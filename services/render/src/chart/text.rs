//! How wide text is, by the class of its characters, and cutting what is too long.

use super::scale::Tenths;

/// Size of the text of labels in pixels.
const SIZE: i64 = 13;

/// About how wide a text is: rather too wide than too narrow, whatever the font.
pub(super) fn width(text: &str) -> Tenths {
    let thousandths: i64 = text.chars().map(em).sum();
    (thousandths * SIZE + 50) / 100
}

/// About how wide a text in bold is.
pub(super) fn bold(text: &str) -> Tenths {
    width(text) * 113 / 100
}

/// The text in bold, or its beginning with an ellipsis where it is wider than the room.
pub(super) fn cut(text: &str, room: Tenths) -> String {
    const ELLIPSIS: &str = "…";
    if bold(text) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        kept.push(letter);
        if bold(&kept) + bold(ELLIPSIS) > room {
            kept.pop();
            break;
        }
    }
    kept.truncate(kept.trim_end().len());
    kept.push_str(ELLIPSIS);
    kept
}

/// The text in bold in as many lines as it needs. Lines end at spaces and between Chinese
/// characters; a word that is too long for a line is cut.
pub(super) fn wrap(text: &str, room: Tenths) -> Vec<String> {
    let mut lines = vec![String::new()];
    for piece in pieces(text) {
        let last = lines.last_mut().filter(|last| {
            let whole = format!("{last}{piece}");
            last.is_empty() || bold(whole.trim_end()) <= room
        });
        match last {
            Some(last) => last.push_str(piece),
            None => lines.push(piece.to_owned()),
        }
    }
    lines
        .iter()
        .map(|line| cut(line.trim_end(), room))
        .collect()
}

/// Words with the space behind them, and Chinese characters one by one with the sign behind.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before = ' ';
    for (at, letter) in text.char_indices() {
        let ends = before == ' ' && letter != ' ' || is_full(before) || is_full(letter);
        if at > start && ends && !"，。、；：）（".contains(letter) {
            pieces.push(&text[start..at]);
            start = at;
        }
        before = letter;
    }
    pieces.push(&text[start..]);
    pieces
}

/// Width of a character in thousandths of the size of its font.
fn em(letter: char) -> i64 {
    match letter {
        letter if is_mark(letter) => 0,
        letter if is_full(letter) => 1000,
        ' ' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | 'i' | 'j' | 'l' | 'I' | '·' => 320,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '/' | '"' => 430,
        'm' | 'M' | 'W' | '@' | '%' => 970,
        'w' | '−' | '+' | '<' | '>' | '=' | '~' | '≈' | '≤' | '≥' => 840,
        letter if letter.is_uppercase() => 720,
        _ => 630,
    }
}

/// Sits on the character before it.
fn is_mark(letter: char) -> bool {
    matches!(u32::from(letter), 0x0300..=0x036F | 0x200B..=0x200F | 0xFE00..=0xFE0F)
}

/// As wide as it is high.
fn is_full(letter: char) -> bool {
    matches!(
        u32::from(letter),
        0x1100..=0x115F
            | 0x2014..=0x2026
            | 0x2E80..=0xA4CF
            | 0xAC00..=0xD7A3
            | 0xF900..=0xFAFF
            | 0xFE30..=0xFE4F
            | 0xFF00..=0xFF60
            | 0xFFE0..=0xFFE6
            | 0x1F000..=0x1FAFF
            | 0x20000..=0x3FFFD
    )
}
