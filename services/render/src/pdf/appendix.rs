//! Where every number leads, as data for the type setter.

use typst::foundations::{Array, Dict, IntoValue as _, Value, dict};

use super::ink::{Ink, language};
use crate::Figure;
use crate::record::{Fact, Piece};
use crate::series::{self, Entry, Line, Series};

/// Records longer than this go on over the page.
const MOST_TOGETHER: usize = 1_500;

/// The record of each figure that is told in full, and where the others are.
pub(super) fn records(ink: &mut Ink<'_>) -> Array {
    let document = ink.document;
    let entry = |entry: &Entry<'_>| match entry {
        Entry::Record(number, figure) => record(ink, *number, figure).into_value(),
        Entry::InSeries(first, last) => {
            let said = (ink.words.page.in_series)(&series::run(*first, *last));
            dict! { "elsewhere" => ink.text(&said) }.into_value()
        }
    };
    document.entries().iter().map(entry).collect()
}

fn record(ink: &mut Ink<'_>, number: u32, figure: &Figure) -> Dict {
    let document = ink.document;
    ink.at = format!("the record of figure {number}");
    let before = ink.characters();
    let record: Vec<_> = document
        .record(number, figure)
        .into_iter()
        .flatten()
        .collect();
    let facts = self::facts(ink, &record);
    let long = ink.characters() - before > MOST_TOGETHER;
    dict! {
        "number" => i64::from(number),
        "text" => ink.text(&figure.text),
        "uses" => ink.uses(number),
        "facts" => facts,
        "long" => long,
    }
}

fn facts(ink: &mut Ink<'_>, facts: &[Fact<'_>]) -> Array {
    let fact = |(label, pieces): &Fact<'_>| {
        dict! { "label" => *label, "pieces" => self::pieces(ink, pieces) }.into_value()
    };
    facts.iter().map(fact).collect()
}

/// The figures that are told by their series.
pub(super) fn series(ink: &mut Ink<'_>) -> Array {
    let document = ink.document;
    let all = document.series();
    all.iter().map(|one| note(ink, one).into_value()).collect()
}

fn note(ink: &mut Ink<'_>, series: &Series<'_>) -> Dict {
    ink.at = format!("the note of figures {}", series.numbers);
    let lines: Array = series
        .lines
        .iter()
        .map(|line| of_line(ink, line).into_value())
        .collect();
    dict! {
        "what" => ink.text(series.what),
        "numbers" => ink.text(&series.numbers),
        "facts" => facts(ink, &series.facts),
        "lines" => lines,
    }
}

fn of_line(ink: &mut Ink<'_>, line: &Line<'_>) -> Dict {
    let mut cells = Array::new();
    for cell in &line.cells {
        let cell = dict! {
            "number" => i64::from(cell.number),
            "claim" => ink.text(cell.claim),
            "exactly" => ink.text(cell.exactly),
            "uses" => ink.uses(cell.number),
        };
        cells.push(cell.into_value());
    }
    let comma = ink.words.punctuation.comma;
    let about = format!("{}{comma}{}", line.whose, line.periods);
    dict! {
        "about" => ink.text(&about),
        "line" => ink.text(line.name),
        "cells" => cells,
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
        Piece::Code(name) => dict! { "is" => "code", "text" => ink.code(name) },
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
        Piece::Number(number) => {
            let text = format!("[{number}]");
            dict! { "is" => "record", "number" => i64::from(*number), "text" => text }
        }
        Piece::Figure(number, text) => {
            dict! { "is" => "record", "number" => i64::from(*number), "text" => ink.text(text) }
        }
        Piece::Release(number) => ink.release(*number),
        Piece::Name(name) => ink.name(name),
    }
}
