//! How far what was said before is from what is said now: differences too small to be seen
//! on an axis that starts at zero, on an axis of their own.

use figure::Decimal;
use maud::{Markup, html};

use super::axis::Axis;
use super::layout::{Frame, age, last};
use super::pen::{Pen, Said};
use super::scale::{Tenths, ValueScale, px};
use super::stroke::{COLOURS, grid, path};
use super::text::width;
use super::{Chart, ChartLine, Mark};

/// Height of the strip with its heading.
pub(super) const HEIGHT: Tenths = 1450;
const HEAD: Tenths = 330;
const FOOT: Tenths = 100;
/// Radius of a difference.
const DOT: Tenths = 24;

/// Whether anything was revised.
pub(super) fn is_revised(chart: &Chart) -> bool {
    chart
        .lines
        .iter()
        .any(|line| differences(line).iter().any(|one| !one.by.is_zero()))
}

/// What one vintage said of one period, less what is said now.
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
            let by = mark.value.checked_sub(&now(mark)?.value)?;
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
    let axis = Axis::new(
        scale,
        chart.multiplier,
        if pen.is_wide() { 900 } else { 620 },
    );
    let top = axis.ticks.iter().map(|(_, y)| *y).min().unwrap_or_default();
    let heading = [pen.words.chart.revised, &axis.power].join(" ");
    let left = frame.plot.left.min(pen.across() - width(&heading));
    html! {
        text x=(px(left)) y=(px(top - 130)) { (heading.trim_end()) }
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
        (index % COLOURS).to_string()
    } else {
        "i".to_owned()
    };
    let all = differences(line);
    let place = |one: &Difference<'_>| (frame.time.x(one.mark.day()), scale.at(&one.by));
    html! {
        @for (vintage, content) in line.vintages.iter().enumerate() {
            @let own: Vec<_> = all.iter().filter(|one| one.vintage == vintage).collect();
            @let places: Vec<_> = own.iter().map(|one| place(one)).collect();
            @let age = age(vintage, line.vintages.len());
            @if !places.is_empty() {
                path class=(format!("past k{tone} age{age}")) d=(path(&places)) {}
            }
            @for one in own.iter().filter(|one| !one.by.is_zero()) {
                (pen.cited(
                    &Said { what: &what(line, &content.known, several, pen), mark: one.mark, sources: &chart.sources },
                    &format!("dot f{tone} age{age}"),
                    &html! { circle cx=(px(place(one).0)) cy=(px(place(one).1)) r=(px(DOT)) {} },
                ))
            }
        }
    }
}

fn what(line: &ChartLine, known: &str, several: bool, pen: &Pen) -> String {
    let known = (pen.words.chart.known)(known);
    match several && last(line).is_some() {
        true => format!("{}{}{known}", line.label, pen.words.punctuation.comma),
        false => known,
    }
}
