//! Running text, and which figures have been printed already.

use std::cell::RefCell;
use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::word::Words;
use crate::{Document, FigureRef, Name, Span};

/// A page being written.
pub(super) struct Page<'a> {
    pub(super) document: &'a Document,
    pub(super) words: &'static Words,
    /// How often each figure has been printed.
    printed: RefCell<BTreeMap<u32, u32>>,
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
            Span::Expected { text, until } => {
                html! { span.quiet { (self.document.expected(text, *until)) } }
            }
            Span::Mark { text, meaning } => html! { abbr title=(meaning) { (text) } },
        }
    }

    /// A number that leads to its claim. Every place that prints it is an anchor: the first
    /// one `f1`, the second one `f1_2`.
    pub(super) fn figure(&self, figure: &FigureRef, place: Place) -> Markup {
        let mut printed = self.printed.borrow_mut();
        let uses = printed.entry(figure.number).or_default();
        *uses += 1;
        let marked = self.document.is_marked(figure.number);
        // Behind a bare number it would read as an exponent.
        let bare = figure.text.ends_with(|last: char| last.is_ascii_digit());
        let (before, behind) = if bare { ("(", ")") } else { ("", "") };
        html! {
            a.figure id=(anchor(figure.number, *uses)) href=(format!("#c{}", figure.number)) {
                (figure.text)
                @match (place, marked) {
                    (Place::Prose, _) => sup { (before) (figure.number) @if marked { "†" } (behind) },
                    (Place::Cell, true) => sup { "†" },
                    (Place::Cell, false) => {}
                }
            }
        }
    }

    /// Back from a record to every place that prints its figure.
    pub(super) fn back(&self, number: u32) -> Markup {
        let uses = self.printed.borrow().get(&number).copied().unwrap_or(1);
        html! {
            " " a.back href=(format!("#f{number}")) aria-label=((self.words.claim.back)(number)) { "↩" }
            @for other in 2..=uses { " " a.back href=(format!("#{}", anchor(number, other))) { (other) } }
        }
    }

    /// Back to the list of sections: the page is long on a phone.
    pub(super) fn to_contents(&self) -> Markup {
        html! { p.up { a href="#contents_" { "↑ " (self.words.page.to_contents) } } }
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

fn anchor(number: u32, uses: u32) -> String {
    match uses {
        1 => format!("f{number}"),
        uses => format!("f{number}_{uses}"),
    }
}
