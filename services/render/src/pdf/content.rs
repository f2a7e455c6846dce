//! The document as data for the type setter.

use typst::foundations::{Array, Dict, IntoValue as _, Value, dict};

use super::ink::{Ink, language};
use super::{Unprintable, appendix, block, width};
use crate::word::Words;
use crate::{Block, Document, Section};

/// Everything that is printed.
pub(super) fn sheet(document: &Document) -> Result<Dict, Unprintable> {
    let mut ink = Ink::new(document);
    let mut sheet = front(&mut ink);
    let sections: Array = document
        .sections
        .iter()
        .map(|section| self::section(&mut ink, section).into_value())
        .collect();
    sheet.insert("sections".into(), sections.into_value());
    let releases = if document.lists_releases() {
        Value::None
    } else {
        appendix::bibliography(&mut ink).into_value()
    };
    sheet.insert("releases".into(), releases);
    sheet.insert("records".into(), appendix::records(&mut ink).into_value());
    sheet.insert("series".into(), appendix::series(&mut ink).into_value());
    ink.at = "the imprint".to_owned();
    sheet.insert("imprint".into(), ink.texts(&document.imprint));
    ink.end()?;
    Ok(sheet)
}

fn front(ink: &mut Ink<'_>) -> Dict {
    let (document, words) = (ink.document, ink.words);
    ink.at = "the title".to_owned();
    let known = match document.known.as_str() {
        "" => Value::None,
        known => ink.text(&(words.page.known)(known)),
    };
    let marked = match document.has_marks() {
        true => format!(
            "{}† {}{}",
            words.punctuation.space, words.claim.marked, words.punctuation.stop
        ),
        false => String::new(),
    };
    let counted = (words.page.counted)(document.figures.len(), document.releases.len());
    dict! {
        "language" => language(&document.lang),
        "chinese" => document.lang.starts_with("zh"),
        "title" => ink.text(&document.title),
        "plain-title" => document.title.as_str(),
        "subtitle" => ink.text(&document.subtitle),
        "known" => known,
        "how-to-read" => ink.text(&format!(
            "{}{counted}{}{}{marked}",
            words.page.how_to_read_print, words.punctuation.space, document.dated
        )),
        "words" => said(words),
    }
}

/// The words that the type setter puts in itself.
fn said(words: &'static Words) -> Dict {
    let page = &words.page;
    let pieces = |pieces: &[&'static str]| -> Array {
        pieces.iter().map(|piece| piece.into_value()).collect()
    };
    dict! {
        "contents" => page.contents,
        "figures" => page.figures,
        "figures-hold" => page.figures_hold,
        "series" => page.series,
        "series-hold" => page.series_hold,
        "sources" => page.sources,
        "known-means" => page.known_means,
        "leaf" => pieces(&page.leaf),
        "on-page" => pieces(&page.on_page),
        "listed" => words.punctuation.listed,
        "preferred" => page.preferred,
        "never-joined" => page.never_joined,
        "comma" => words.punctuation.comma,
        "semicolon" => words.punctuation.semicolon,
        "quote" => pieces(&words.punctuation.quote),
        "bracket" => pieces(&words.punctuation.bracket),
    }
}

fn section(ink: &mut Ink<'_>, section: &Section) -> Dict {
    ink.at = format!("section {}", section.id);
    let heading = ink.text(&section.heading);
    let mut blocks: Vec<Dict> = Vec::new();
    let mut led = false;
    for block in &section.blocks {
        let written = block::block(ink, block);
        // A drawing or a table stays with the words that lead to it, unless these are many:
        // then half a page would stay empty for them.
        if let (true, true, Some(before)) = (led, is_shown(&written), blocks.last_mut()) {
            before.insert("sticky".into(), true.into_value());
        }
        led = is_brief(block);
        blocks.extend(written);
    }
    let blocks: Array = blocks.into_iter().map(Value::Dict).collect();
    dict! { "heading" => heading, "blocks" => blocks }
}

/// Whether a block is a paragraph of a few lines.
fn is_brief(block: &Block) -> bool {
    const FEW: usize = 170;
    match block {
        Block::Paragraph(spans) => spans.iter().map(width::of_span).sum::<usize>() <= FEW,
        _ => false,
    }
}

fn is_shown(blocks: &[Dict]) -> bool {
    let kind = blocks.first().and_then(|block| block.get("is").ok());
    matches!(kind, Some(Value::Str(kind)) if ["plot", "table"].contains(&kind.as_str()))
}
