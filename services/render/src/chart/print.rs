//! A drawing that stands alone: its style inside, in the colours of paper, with a legend.

use maud::{Markup, html};

use super::legend::{Entry, KEY, Key};
use super::palette;
use super::pen::Pen;
use super::plot::Plot;
use super::scale::{Tenths, px};
use super::text::{bold, cut};
use crate::word::Words;

/// Height of a line of the legend.
const LINE: Tenths = 220;
/// Between two entries.
const GAP: Tenths = 200;

/// The drawing as an SVG file of its own. What it shows and the unit stand beside it, in
/// the caption: [`Plot::heading`] and [`Plot::unit`].
pub(crate) fn standalone(plot: &dyn Plot, words: &'static Words) -> String {
    let drawing = plot.draw(&Pen::alone(words));
    let entries = plot.legend(words);
    let placed = flow(&entries, drawing.width);
    let legend = placed.last().map_or(0, |(_, y)| y + LINE + 60);
    let (across, down) = (px(drawing.width), px(drawing.height + legend));
    let whole = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {across} {down}")) width=(across) height=(down)
            font-family=(palette::FONTS) font-size="13" role="img" {
            title { (plot.heading()) }
            desc { (plot.description()) }
            style { (palette::printed()) }
            @for (entry, (x, y)) in entries.iter().zip(&placed) { (drawn(entry, *x, *y, drawing.width)) }
            g transform=(format!("translate(0 {})", px(legend))) { (drawing.body) }
        }
    };
    whole.into_string()
}

/// Entries one after the other, as many in a line as it has room for.
fn flow(entries: &[Entry], across: Tenths) -> Vec<(Tenths, Tenths)> {
    let (mut x, mut y) = (0, 0);
    let mut placed = Vec::new();
    for entry in entries {
        let wide = (indent(entry) + bold(&entry.text)).min(across);
        if x > 0 && x + wide > across {
            (x, y) = (0, y + LINE);
        }
        placed.push((x, y));
        x += wide + GAP;
    }
    placed
}

fn indent(entry: &Entry) -> Tenths {
    if entry.key == Key::None { 0 } else { KEY + 60 }
}

fn drawn(entry: &Entry, x: Tenths, y: Tenths, across: Tenths) -> Markup {
    html! {
        g transform=(format!("translate({} {})", px(x), px(y))) {
            (entry.key.draw())
            title { (entry.text) }
            text x=(px(indent(entry))) y=(px(130)) { (cut(&entry.text, across - indent(entry))) }
        }
    }
}
