//! What every kind of drawing can do.

use maud::{Markup, html};

use super::legend::Entry;
use super::pen::{Pen, Width};
use super::scale::{Tenths, px};
use crate::Table;
use crate::word::Words;

/// A finished drawing.
pub(crate) struct Drawing {
    pub(super) width: Tenths,
    pub(super) height: Tenths,
    pub(super) body: Markup,
}

/// Something that can be drawn, read and listed.
pub(crate) trait Plot {
    /// Anchor, unique in the document.
    fn id(&self) -> &str;
    /// What it shows, in a few words.
    fn heading(&self) -> String;
    /// What it shows, for a reader who cannot see it.
    fn description(&self) -> &str;
    /// Unit of its numbers; empty where they have several or none.
    fn unit(&self) -> &str;
    /// The drawing.
    fn draw(&self, pen: &Pen) -> Drawing;
    /// What its signs mean.
    fn legend(&self, words: &'static Words) -> Vec<Entry>;
    /// Its figures in rows.
    fn tables(&self, words: &'static Words) -> Vec<Table>;
    /// Whether it has so few figures that rows say them better than a drawing.
    fn is_thin(&self) -> bool {
        false
    }
}

/// Both drawings for a page; the style sheet shows the one that fits.
pub(crate) fn svg(plot: &dyn Plot, words: &'static Words) -> Markup {
    html! {
        @for width in [Width::Wide, Width::Narrow] { (sized(plot, &Pen::page(width, words))) }
    }
}

fn sized(plot: &dyn Plot, pen: &Pen) -> Markup {
    let drawing = plot.draw(pen);
    let id = |part: &str| format!("{}_{}_{part}", plot.id(), pen.name());
    html! {
        svg class=(format!("chart {}", pen.name())) viewBox=(format!("0 0 {} {}", px(drawing.width), px(drawing.height)))
            role="img" aria-labelledby=(format!("{} {}", id("title"), id("desc"))) {
            title id=(id("title")) { (plot.heading()) }
            desc id=(id("desc")) { (plot.description()) }
            (drawing.body)
        }
    }
}
