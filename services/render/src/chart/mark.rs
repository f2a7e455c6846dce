//! The shapes of marks: one for each source, so that colour is never the only sign.

use maud::{Markup, html};

use super::scale::{Tenths, px};

const SHAPES: usize = 6;

/// What the colour of a mark in a legend says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// The source, as the shape does.
    Source,
    /// Nothing.
    None,
}

/// Half the width of a mark.
const REACH: Tenths = 58;

/// A shape at a place. `kind` is the index of the source.
pub(super) fn shape(kind: usize, x: Tenths, y: Tenths) -> Markup {
    let points = |corners: &[(Tenths, Tenths)]| {
        let corners = corners
            .iter()
            .map(|(dx, dy)| format!("{},{}", px(x + dx), px(y + dy)));
        corners.collect::<Vec<_>>().join(" ")
    };
    let r = REACH;
    match kind % SHAPES {
        0 => html! { circle cx=(px(x)) cy=(px(y)) r=(px(r)) {} },
        1 => {
            html! { rect x=(px(x - r + 6)) y=(px(y - r + 6)) width=(px(2 * r - 12)) height=(px(2 * r - 12)) {} }
        }
        2 => {
            html! { polygon points=(points(&[(0, -r - 8), (r + 4, r - 10), (-r - 4, r - 10)])) {} }
        }
        3 => {
            html! { polygon points=(points(&[(0, -r - 10), (r + 10, 0), (0, r + 10), (-r - 10, 0)])) {} }
        }
        4 => {
            html! { polygon points=(points(&[(0, r + 8), (r + 4, -r + 10), (-r - 4, -r + 10)])) {} }
        }
        _ => {
            html! { polygon points=(points(&[(-r, -r / 2), (0, -r), (r, -r / 2), (r, r / 2), (0, r), (-r, r / 2)])) {} }
        }
    }
}

/// A shape for the legend.
pub(crate) fn glyph(kind: usize, tone: Tone, hollow: bool) -> Markup {
    let tone = match tone {
        Tone::Source => format!("s{}", kind % SHAPES),
        Tone::None => "plain".to_owned(),
    };
    let class = format!("mark {tone}{}", if hollow { " hollow" } else { "" });
    html! {
        svg.glyph viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false" {
            g class=(class) { (shape(kind, 80, 80)) }
        }
    }
}
