//! Where every number leads, as data for the type setter.

use typst::foundations::{Array, Dict, IntoValue as _, Value, dict};

use super::ink::{Ink, language};
use crate::Figure;
use crate::record::Piece;

/// Records longer than this go on over the page.
const MOST_TOGETHER: usize = 1_500;

/// The record of each figure.
pub(super) fn records(ink: &mut Ink<'_>) -> Array {
    let document = ink.document;
    (1_u32..)
        .zip(&document.figures)
        .map(|(number, figure)| record(ink, number, figure).into_value())
        .collect()
}

fn record(ink: &mut Ink<'_>, number: u32, figure: &Figure) -> Dict {
    let (document, words) = (ink.document, ink.words);
    ink.at = format!("the record of figure {number}");
    let before = ink.characters();
    let mut facts = Array::new();
    for (label, pieces) in document.record(number, figure).into_iter().flatten() {
        let fact = dict! { "label" => label, "pieces" => self::pieces(ink, &pieces) };
        facts.push(fact.into_value());
    }
    let others = match figure.alternatives {
        0 => String::new(),
        others => (words.claim.others)(others, &figure.rule),
    };
    let long = ink.characters() - before > MOST_TOGETHER;
    dict! {
        "number" => i64::from(number),
        "text" => ink.text(&figure.text),
        "printed" => ink.has_printed(number),
        "facts" => facts,
        "long" => long,
        "others" => ink.text(&others),
    }
}

/// All releases by number. References lead to where they are listed first.
pub(super) fn bibliography(ink: &mut Ink<'_>) -> Dict {
    let (document, words) = (ink.document, ink.words);
    let at = ink.at.clone();
    let mut entries = Array::new();
    for release in &document.releases {
        ink.at = release.name.clone();
        entries.push(pieces(ink, &release.entry(words)).into_value());
    }
    ink.at = at;
    let anchors = !std::mem::replace(&mut ink.listed, true);
    dict! { "is" => "bibliography", "entries" => entries, "anchors" => anchors }
}

fn pieces(ink: &mut Ink<'_>, pieces: &[Piece<'_>]) -> Array {
    pieces
        .iter()
        .map(|piece| one(ink, piece).into_value())
        .collect()
}

fn one(ink: &mut Ink<'_>, piece: &Piece<'_>) -> Dict {
    match piece {
        Piece::Text(text) => dict! { "is" => "text", "text" => ink.text(text) },
        Piece::Quiet(text) => dict! { "is" => "quiet", "text" => ink.text(text) },
        Piece::Code(name) => dict! { "is" => "code", "text" => ink.text(name) },
        Piece::Title(title, tag) => {
            dict! { "is" => "title", "text" => ink.text(title), "language" => language(tag) }
        }
        Piece::Quote(words) => {
            let quoted = ink.words.quoted(words);
            dict! { "is" => "text", "text" => ink.text(&quoted) }
        }
        Piece::Foreign(remark, tone) => {
            let quoted = ink.words.quoted(&remark.text);
            dict! {
                "is" => "foreign",
                "text" => ink.text(&quoted),
                "language" => language(&remark.language),
                "tone" => tone.class().unwrap_or("plain"),
            }
        }
        Piece::Interest(text) => dict! { "is" => "interest", "text" => ink.text(text) },
        Piece::Url(url) => {
            ink.check(url);
            dict! { "is" => "url", "url" => Value::Str((*url).into()) }
        }
        Piece::Figure(number, text) => {
            dict! { "is" => "record", "number" => i64::from(*number), "text" => ink.text(text) }
        }
        Piece::Release(number) => ink.release(*number),
        Piece::Name(name) => ink.name(name),
    }
}
