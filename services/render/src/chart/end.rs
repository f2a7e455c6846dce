//! Names and numbers at the ends of several lines: all of them or none.

use maud::{Markup, html};

use super::layout::{Frame, last};
use super::pen::Pen;
use super::scale::{Tenths, px};
use super::spread::spread;
use super::text::bold;
use super::{Chart, ChartLine};

/// Distance of the names of two lines.
const LINE: Tenths = 155;
/// From the last place of a line to its name.
const AWAY: Tenths = 260;

/// What stands at the end of a line.
pub(super) fn text(line: &ChartLine) -> String {
    match last(line) {
        Some(mark) => format!("{} {}", line.label, mark.short),
        None => line.label.clone(),
    }
}

/// Room that the names of all lines need at the right; nothing where there is not so much,
/// since names of some lines would be worse than a legend of all.
pub(super) fn room(chart: &Chart, pen: &Pen, [across, down]: [Tenths; 2]) -> Option<Tenths> {
    let drawn: Vec<_> = chart
        .lines
        .iter()
        .filter(|line| last(line).is_some())
        .collect();
    let widest = drawn.iter().map(|line| bold(&text(line))).max()?;
    let most = match pen.is_wide() {
        true => across * 9 / 20,
        false => across / 2,
    };
    let high = LINE * Tenths::try_from(drawn.len()).unwrap_or_default();
    (widest <= most && high <= down).then_some(widest + AWAY)
}

/// The names, in the order of the ends, each with a stroke to the end it was moved from.
pub(super) fn names(chart: &Chart, frame: &Frame) -> Markup {
    let drawn: Vec<_> = chart
        .lines
        .iter()
        .enumerate()
        .filter_map(|(index, line)| Some((index, line, last(line)?)))
        .collect();
    let wanted: Vec<_> = drawn
        .iter()
        .map(|(_, _, mark)| frame.values.at(&mark.value))
        .collect();
    let bounds = [frame.plot.top - 60, frame.plot.bottom + 60];
    let places = spread(&wanted, LINE, bounds);
    let x = frame.plot.right + AWAY / 2;
    html! {
        @for (((index, line, mark), y), place) in drawn.iter().zip(&wanted).zip(&places) {
            @let from = frame.time.x(mark.day()) + 80;
            @if (place - y).abs() > 20 || x - from > 300 {
                path.leader d=(format!("M{} {}L{} {}L{} {}", px(from), px(*y), px(frame.plot.right), px(*y), px(x - 30), px(*place))) {}
            }
            text class=(format!("value name f{}", line.tone.name(*index))) x=(px(x)) y=(px(place + 45)) text-anchor="start" {
                (text(line))
            }
        }
    }
}
