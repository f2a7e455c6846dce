//! Text as data for the type setter. Every text passes here, so that none has a character
//! that cannot be printed, and none is wider than its column.

use std::collections::BTreeMap;

use typst::foundations::{Array, Dict, IntoValue as _, Value, dict};

use super::font::CASE;
use super::{MOST_CHARACTERS, Measure, Unprintable};
use crate::word::Words;
use crate::{Document, FigureRef, Name, Span};

/// Where a line may end without a hyphen.
const BREAK: char = '\u{200B}';
/// Most characters in a row without a place to end the line.
const LONGEST: usize = 24;
/// Characters of text around one that cannot be printed.
const AROUND: usize = 12;

/// What has been written so far.
pub(super) struct Ink<'a> {
    pub(super) document: &'a Document,
    pub(super) words: &'static Words,
    /// Where it is written, in words.
    pub(super) at: String,
    /// How often each figure has been printed: the first place is the one to come back to.
    printed: BTreeMap<u32, u32>,
    /// Marks since they were last told.
    pub(super) marks: Vec<String>,
    /// The releases have been listed.
    pub(super) listed: bool,
    characters: usize,
    fault: Option<Unprintable>,
}

impl<'a> Ink<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self {
            document,
            words: document.words(),
            at: String::new(),
            printed: BTreeMap::new(),
            marks: Vec::new(),
            listed: false,
            characters: 0,
            fault: None,
        }
    }

    /// The first fault, if there was one.
    pub(super) fn end(self) -> Result<(), Unprintable> {
        self.fault.map_or(Ok(()), Err)
    }

    /// How much has been written.
    pub(super) fn characters(&self) -> usize {
        self.characters
    }

    /// A text: what it says, and nothing it could do.
    pub(super) fn text(&mut self, text: &str) -> Value {
        self.check(text);
        breakable(text).into_value()
    }

    /// A name that machines read: a line ends behind one of its strokes rather than within
    /// an id.
    pub(super) fn code(&mut self, name: &str) -> Value {
        self.check(name);
        let parts: Vec<_> = name.split_inclusive('/').map(breakable).collect();
        parts.join(&BREAK.to_string()).into_value()
    }

    /// Texts one after the other.
    pub(super) fn texts(&mut self, texts: &[String]) -> Value {
        let texts: Array = texts.iter().map(|text| self.text(text)).collect();
        texts.into_value()
    }

    /// Notes what cannot be printed.
    pub(super) fn check(&mut self, text: &str) {
        self.characters += text.len();
        if self.fault.is_some() {
            return;
        }
        let lacking =
            |(_, character): &(usize, char)| !is_silent(*character) && !CASE.has(*character);
        if let Some((index, character)) = text.char_indices().find(lacking) {
            self.fault = Some(Unprintable::Character {
                character,
                at: self.at.clone(),
                around: around(text, index),
            });
        } else if self.characters > MOST_CHARACTERS {
            self.fault = Some(Unprintable::TooLong {
                found: self.characters,
                most: MOST_CHARACTERS,
                unit: Measure::Characters,
            });
        }
    }

    /// Pieces of running text.
    pub(super) fn spans(&mut self, spans: &[Span]) -> Value {
        let spans: Array = spans
            .iter()
            .map(|span| self.span(span).into_value())
            .collect();
        spans.into_value()
    }

    fn span(&mut self, span: &Span) -> Dict {
        match span {
            Span::Text(text) => dict! { "is" => "text", "text" => self.text(text) },
            Span::Strong(text) => dict! { "is" => "strong", "text" => self.text(text) },
            Span::Quiet(text) => dict! { "is" => "quiet", "text" => self.text(text) },
            Span::Figure(figure) => self.figure(figure),
            Span::Name(name) => self.name(name),
            Span::Release(number) => self.release(*number),
            Span::Expected { text, until } => {
                let text = self.document.expected(text, *until);
                dict! { "is" => "quiet", "text" => self.text(&text) }
            }
            Span::Mark { text, .. } => {
                if !self.marks.contains(text) {
                    self.marks.push(text.clone());
                }
                dict! { "is" => "mark", "text" => self.text(text) }
            }
        }
    }

    /// A number that leads to its claim. Every place that prints it is an anchor.
    pub(super) fn figure(&mut self, figure: &FigureRef) -> Dict {
        let uses = self.printed.entry(figure.number).or_default();
        *uses += 1;
        let uses = i64::from(*uses);
        dict! {
            "is" => "figure",
            "text" => self.text(&figure.text),
            "number" => i64::from(figure.number),
            "use" => uses,
            "marked" => self.document.is_marked(figure.number),
            "leads" => (1..=self.document.figures.len()).contains(&(figure.number as usize)),
        }
    }

    /// How often a figure has been printed.
    pub(super) fn uses(&self, number: u32) -> i64 {
        i64::from(self.printed.get(&number).copied().unwrap_or_default())
    }

    /// A name, with the one in its own language beside it.
    pub(super) fn name(&mut self, name: &Name) -> Dict {
        let (other, tag) = match &name.other {
            Some((text, tag)) => (self.text(text), language(tag)),
            None => (Value::None, Value::None),
        };
        let beside: Array = self
            .words
            .punctuation
            .beside
            .map(|text| text.into_value())
            .into_iter()
            .collect();
        dict! {
            "is" => "name",
            "text" => self.text(&name.text),
            "language" => language(&name.language),
            "other" => other,
            "other-language" => tag,
            "beside" => beside,
        }
    }

    /// A reference to the bibliography.
    pub(super) fn release(&mut self, number: u32) -> Dict {
        dict! {
            "is" => "release",
            "number" => i64::from(number),
            "leads" => (1..=self.document.releases.len()).contains(&(number as usize)),
        }
    }

    /// The marks that were used since this was last asked, with where their meaning stands:
    /// here it could not be told of which figure it is.
    pub(super) fn told_marks(&mut self) -> Value {
        let marks = std::mem::take(&mut self.marks);
        let marks = marks.join(self.words.punctuation.comma);
        self.text(&format!("{marks}{}", self.words.page.marks_told))
    }
}

/// The first part of a language tag, where it is one that the type setter takes.
pub(super) fn language(tag: &str) -> Value {
    let first = tag.split('-').next().unwrap_or_default();
    let known =
        (2..=3).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_alphabetic());
    if known {
        first.to_ascii_lowercase().into_value()
    } else {
        Value::None
    }
}

/// Characters that have no shape and that nobody would miss.
fn is_silent(character: char) -> bool {
    let shapeless = matches!(character, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2069}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}');
    shapeless || character.is_whitespace()
}

/// The text in one line, with places to end the line in words that have none.
fn breakable(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut row = 0;
    for character in text.chars() {
        if character.is_whitespace() && character != '\u{A0}' && character != '\u{202F}' {
            made.push(' ');
            row = 0;
        } else if !is_silent(character) || character.is_whitespace() {
            // Between Chinese characters a line may end anyway.
            row = if character >= '\u{2E80}' { 0 } else { row + 1 };
            made.push(character);
            if row >= LONGEST {
                made.push(BREAK);
                row = 0;
            }
        }
    }
    made
}

/// The text around a byte.
fn around(text: &str, index: usize) -> String {
    let (before, behind) = text.split_at(index);
    let mut start: Vec<_> = before.chars().rev().take(AROUND).collect();
    start.reverse();
    start
        .into_iter()
        .chain(behind.chars().take(AROUND + 1))
        .collect()
}
