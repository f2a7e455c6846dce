//! The shapes of marks: one for each source, so that colour is never the only sign.

use maud::{Markup, html};

use super::scale::{Tenths, px};

const SHAPES: usize = 6;

/// Half the width of a mark that has room.
pub(super) const REACH: Tenths = 58;

/// A shape at a place, `r` wide to each side. `kind` is the index of the source.
pub(super) fn shape(kind: usize, [x, y]: [Tenths; 2], r: Tenths) -> Markup {
    let points = |corners: &[(Tenths, Tenths)]| {
        let corners = corners
            .iter()
            .map(|(dx, dy)| format!("{},{}", px(x + dx), px(y + dy)));
        corners.collect::<Vec<_>>().join(" ")
    };
    let (less, more) = (r - r / 6, r + r / 6);
    match kind % SHAPES {
        0 => html! { circle cx=(px(x)) cy=(px(y)) r=(px(r)) {} },
        1 => {
            html! { rect x=(px(x - less)) y=(px(y - less)) width=(px(2 * less)) height=(px(2 * less)) {} }
        }
        2 => html! { polygon points=(points(&[(0, -more), (r, less), (-r, less)])) {} },
        3 => {
            html! { polygon points=(points(&[(0, -more), (more, 0), (0, more), (-more, 0)])) {} }
        }
        4 => html! { polygon points=(points(&[(0, more), (r, -less), (-r, -less)])) {} },
        _ => {
            html! { polygon points=(points(&[(-r, -r / 2), (0, -r), (r, -r / 2), (r, r / 2), (0, r), (-r, r / 2)])) {} }
        }
    }
}
