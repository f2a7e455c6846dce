//! Running text, and which figures have been printed already.

use std::cell::RefCell;
use std::collections::BTreeSet;

use maud::{Markup, html};

use crate::word::Words;
use crate::{Document, FigureRef, Name, Span};

/// A page being written.
pub(super) struct Page<'a> {
    pub(super) document: &'a Document,
    pub(super) words: &'static Words,
    printed: RefCell<BTreeSet<u32>>,
}

/// Where text stands decides how much of a reference is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a sentence: with the number of the figure.
    Prose,
    /// In a table or a box: the number of the figure would stand in the way.
    Cell,
}

impl<'a> Page<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self {
            document,
            words: document.words(),
            printed: RefCell::default(),
        }
    }

    /// Pieces of text, one after the other.
    pub(super) fn spans(&self, spans: &[Span], place: Place) -> Markup {
        html! { @for span in spans { (self.span(span, place)) } }
    }

    fn span(&self, span: &Span, place: Place) -> Markup {
        match span {
            Span::Text(text) => html! { (text) },
            Span::Strong(text) => html! { strong { (text) } },
            Span::Quiet(text) => html! { span.quiet { (text) } },
            Span::Figure(figure) => self.figure(figure, place),
            Span::Name(name) => self.name(name),
            Span::Release(number) => self.release(*number),
            Span::Mark { text, meaning } => html! { abbr title=(meaning) { (text) } },
        }
    }

    /// A number that leads to its claim. The first place that prints it is its anchor.
    pub(super) fn figure(&self, figure: &FigureRef, place: Place) -> Markup {
        let first = self.printed.borrow_mut().insert(figure.number);
        let anchor = first.then(|| format!("f{}", figure.number));
        html! {
            a.figure id=[anchor] href=(format!("#c{}", figure.number)) {
                (figure.text)
                @if place == Place::Prose { sup { (figure.number) } }
            }
        }
    }

    /// A name, with the one in its own language beside it.
    pub(super) fn name(&self, name: &Name) -> Markup {
        let language =
            Some(&name.language).filter(|tag| !tag.is_empty() && **tag != self.document.lang);
        let [before, after] = self.words.punctuation.beside;
        html! {
            span.entity lang=[language] { (name.text) }
            @if let Some((text, language)) = &name.other {
                (before) span.other lang=(language) { (text) } (after)
            }
        }
    }

    /// A reference to the bibliography.
    pub(super) fn release(&self, number: u32) -> Markup {
        let title = self.words.source.source;
        html! { a.cite href=(format!("#r{number}")) title=(title) { "[" (number) "]" } }
    }
}
