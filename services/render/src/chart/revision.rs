//! How far what was said before is from what is said now: differences too small to be seen
//! on an axis that starts at zero, in per cent on an axis of their own. Each vintage has a
//! shape, dashes and its day beside it, so that none is told by its shade alone.

use figure::Decimal;
use maud::{Markup, html};

use super::axis::Axis;
use super::layout::{Frame, age, last};
use super::mark::shape;
use super::pen::{Pen, Said};
use super::scale::{Tenths, ValueScale, px};
use super::spread::spread;
use super::stroke::{grid, path};
use super::text::{bold, width};
use super::{Chart, ChartLine, Mark, Vintage};
use crate::word::Words;

/// Height of the strip with its heading.
pub(super) const HEIGHT: Tenths = 2150;
const HEAD: Tenths = 330;
const FOOT: Tenths = 100;
/// Half the width of a difference.
const DOT: Tenths = 34;
/// Between the days of two vintages.
const LINE: Tenths = 160;
/// From the end of a vintage to its day.
const AWAY: Tenths = 150;
/// What ends so near the edge has its day beyond it, clear of the strokes of the grid.
const NEAR: Tenths = 900;

/// Kinds of dashes before they come again.
pub(super) const DASHES: usize = 6;

/// Whether anything was revised.
pub(super) fn is_revised(chart: &Chart) -> bool {
    chart
        .lines
        .iter()
        .any(|line| differences(line).iter().any(|one| !one.by.is_zero()))
}

/// What one vintage said of one period, above what is said now, in per cent of that.
struct Difference<'a> {
    vintage: usize,
    mark: &'a Mark,
    by: Decimal,
}

fn differences(line: &ChartLine) -> Vec<Difference<'_>> {
    let now = |mark: &Mark| {
        let same = |one: &&Mark| one.preferred && one.period == mark.period;
        line.marks.iter().find(same)
    };
    let mut differences = Vec::new();
    for (vintage, content) in line.vintages.iter().enumerate() {
        differences.extend(content.marks.iter().filter_map(|mark| {
            let now = now(mark)?.value;
            let by = mark.value.checked_sub(&now)?.div(&now.abs())?.shift(2);
            Some(Difference { vintage, mark, by })
        }));
    }
    differences
}

/// The scale of a strip below `top`.
pub(super) fn scale(chart: &Chart, top: Tenths) -> ValueScale {
    let all = chart.lines.iter().flat_map(differences);
    let values: Vec<_> = all.map(|one| one.by).collect();
    ValueScale::new(&values, [top + HEIGHT - FOOT, top + HEAD], 3)
}

/// The strip; its time axis is that of the chart above.
pub(super) fn strip(chart: &Chart, frame: &Frame, scale: &ValueScale, pen: &Pen) -> Markup {
    let axis = Axis::new(scale, 0, if pen.is_wide() { 900 } else { 620 });
    let top = axis.ticks.iter().map(|(_, y)| *y).min().unwrap_or_default();
    let heading = format!(
        "{}{}%",
        pen.words.chart.revised, pen.words.punctuation.comma
    );
    let left = frame.plot.left.min(pen.across() - width(&heading));
    html! {
        text x=(px(left)) y=(px(top - 130)) { (heading) }
        (grid(&axis, frame.plot.left, frame.plot.right, true))
        @for (index, line) in chart.lines.iter().enumerate() { (of_line(chart, index, line, &(frame, scale, pen))) }
    }
}

fn of_line(
    chart: &Chart,
    index: usize,
    line: &ChartLine,
    (frame, scale, pen): &(&Frame, &ValueScale, &Pen),
) -> Markup {
    let several = chart.lines.len() > 1;
    let tone = if several {
        line.tone.name(index)
    } else {
        "i".to_owned()
    };
    let all = differences(line);
    let place = |one: &Difference<'_>| (frame.time.x(one.mark.day()), scale.at(&one.by));
    html! {
        @if !several { (days(line, &all, &place, (frame, pen.words))) }
        @for (vintage, content) in line.vintages.iter().enumerate() {
            @let own: Vec<_> = all.iter().filter(|one| one.vintage == vintage).collect();
            @let places: Vec<_> = own.iter().map(|one| place(one)).collect();
            @let age = age(vintage, line.vintages.len());
            @if !places.is_empty() {
                path class=(format!("past k{tone} age{age} dash{}", vintage % DASHES)) d=(path(&places)) {}
            }
            @for one in own.iter().filter(|one| !one.by.is_zero()) {
                (pen.cited(
                    &Said { what: &what(line, &content.known, several, pen), mark: one.mark, sources: &chart.sources },
                    &format!("dot f{tone} age{age}"),
                    &html! { (shape(vintage, [place(one).0, place(one).1], DOT)) },
                ))
            }
        }
    }
}

/// The day of each vintage behind the last difference it has, moved apart where several end
/// at one place. One that ends early has it right there: a stroke to the edge would look like
/// figures that nobody gave.
fn days(
    line: &ChartLine,
    all: &[Difference<'_>],
    place: &impl Fn(&Difference<'_>) -> (Tenths, Tenths),
    (frame, words): (&Frame, &Words),
) -> Markup {
    let ends = (0..line.vintages.len()).filter_map(|vintage| {
        let own = all.iter().filter(|one| one.vintage == vintage);
        let last = own.max_by_key(|one| one.mark.day())?;
        Some((&line.vintages[vintage], place(last)))
    });
    let ends: Vec<_> = ends.collect();
    let wanted: Vec<_> = ends.iter().map(|(_, (_, y))| *y).collect();
    let low = wanted.iter().max().copied().unwrap_or_default();
    let high = wanted.iter().min().copied().unwrap_or_default();
    let tall = LINE * Tenths::try_from(ends.len()).unwrap_or_default();
    let places = spread(&wanted, LINE, [high - tall / 2, low + tall / 2]);
    let beside = |x: Tenths| match frame.plot.right - x {
        left if left < NEAR => frame.plot.right + AWAY / 2,
        _ => x + AWAY,
    };
    html! {
        @for ((vintage, (x, end)), y) in ends.iter().zip(&places) {
            @if (y - end).abs() > 20 {
                path.leader d=(format!("M{} {}L{} {}", px(x + 50), px(*end), px(beside(*x) - 20), px(*y))) {}
            }
            text.value x=(px(beside(*x))) y=(px(y + 45)) text-anchor="start" { (day(vintage, words)) }
        }
    }
}

/// The day of a vintage, or that nobody says which.
fn day<'a>(vintage: &'a Vintage, words: &Words) -> &'a str {
    match vintage.known.as_str() {
        "" => words.source.undated,
        known => known,
    }
}

/// Room for the days at the right.
pub(super) fn room(chart: &Chart, words: &Words) -> Tenths {
    let vintages = chart.lines.iter().flat_map(|line| &line.vintages);
    let widest = vintages.map(|vintage| bold(day(vintage, words))).max();
    match chart.lines.len() {
        1 => widest.unwrap_or_default() + 2 * AWAY + 200,
        _ => 0,
    }
}

fn what(line: &ChartLine, known: &str, several: bool, pen: &Pen) -> String {
    let known = (pen.words.chart.known)(known);
    match several && last(line).is_some() {
        true => format!("{}{}{known}", line.label, pen.words.punctuation.comma),
        false => known,
    }
}
