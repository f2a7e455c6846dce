//! What drawing needs to know besides what is drawn.

use maud::{Markup, html};

use super::Mark;
use super::scale::Tenths;
use crate::word::Words;

/// How wide a drawing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// For a desktop, and for paper.
    Wide,
    /// For a phone.
    Narrow,
}

/// How to draw.
#[derive(Clone, Copy)]
pub(crate) struct Pen {
    /// How wide.
    pub(crate) width: Width,
    /// In which words.
    pub(crate) words: &'static Words,
    /// Figures lead to their claims.
    pub(crate) linked: bool,
}

impl Pen {
    /// A pen for a page that has the claims of its figures.
    pub(crate) fn page(width: Width, words: &'static Words) -> Self {
        Self {
            width,
            words,
            linked: true,
        }
    }

    /// A pen for a drawing that stands alone.
    pub(crate) fn alone(words: &'static Words) -> Self {
        Self {
            width: Width::Wide,
            words,
            linked: false,
        }
    }

    pub(super) fn is_wide(&self) -> bool {
        self.width == Width::Wide
    }

    /// Its name in identifiers and classes.
    pub(crate) fn name(&self) -> &'static str {
        match self.width {
            Width::Wide => "wide",
            Width::Narrow => "narrow",
        }
    }

    /// Width of the drawing.
    pub(super) fn across(&self) -> Tenths {
        match self.width {
            Width::Wide => 7600,
            Width::Narrow => 3580,
        }
    }

    /// A drawn figure leads to its claim and says what it is when asked.
    pub(super) fn cited(&self, said: &Said<'_>, class: &str, drawn: &Markup) -> Markup {
        let content = html! {
            g class=(class) {
                title { (self.said(said)) }
                (drawn)
            }
        };
        match self.linked {
            true => html! { a href=(format!("#c{}", said.mark.figure)) { (content) } },
            false => content,
        }
    }

    fn said(&self, said: &Said<'_>) -> String {
        let punctuation = &self.words.punctuation;
        let mut text = String::new();
        if !said.what.is_empty() {
            text = format!("{}{}", said.what, punctuation.comma);
        }
        text += &format!(
            "{}{}{}",
            said.mark.period, punctuation.colon, said.mark.text
        );
        if said.mark.hollow {
            text += &self.words.bracketed(self.words.chart.expected);
        }
        if let Some(source) = said.sources.get(said.mark.source) {
            text += &format!(" — {source}");
        }
        text
    }
}

/// A figure with what its drawing says when asked.
pub(super) struct Said<'a> {
    /// What it is about, where the drawing has several things.
    pub(super) what: &'a str,
    pub(super) mark: &'a Mark,
    pub(super) sources: &'a [String],
}
