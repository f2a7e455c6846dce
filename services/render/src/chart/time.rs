//! A chart over time as a drawing.

use maud::html;

use super::area::Area;
use super::axis::Axis;
use super::end;
use super::label::Room;
use super::layout::{Frame, days, layout, values};
use super::legend::{self, Entry};
use super::pen::{Pen, Width};
use super::plot::{Drawing, Plot};
use super::revision::{self, is_revised};
use super::scale::{Tenths, TimeScale, ValueScale, px};
use super::stroke::{content, grid, years};
use super::text::width;
use super::{Chart, table};
use crate::Table;
use crate::word::Words;

const RIGHT: Tenths = 420;
const TOP: Tenths = 340;
const BOTTOM: Tenths = 340;

impl Plot for Chart {
    fn id(&self) -> &str {
        &self.id
    }

    fn heading(&self) -> String {
        let labels = self.lines.iter().map(|line| line.label.as_str());
        match self.title.as_str() {
            "" => labels.collect::<Vec<_>>().join(" · "),
            title => title.to_owned(),
        }
    }

    fn description(&self) -> &str {
        &self.description
    }

    fn unit(&self) -> &str {
        &self.unit
    }

    fn draw(&self, pen: &Pen) -> Drawing {
        let height = height(self, pen);
        let strip = is_revised(self).then(|| revision::scale(self, height));
        let frame = frame(self, pen, strip.as_ref());
        let axis = Axis::new(&frame.values, self.multiplier, room(pen));
        let laid_out = layout(self, &frame);
        let labelled = frame.time.years(most_years(pen));
        let body = html! {
            @if !axis.power.is_empty() {
                text x=(px(frame.plot.left - 60)) y=(px(frame.plot.top - 170)) text-anchor="end" { (axis.power) }
            }
            (grid(&axis, frame.plot.left, frame.plot.right, true))
            (years(&labelled, frame.plot.bottom))
            (content(self, &laid_out, &frame, pen))
            @if let Some(scale) = &strip { (revision::strip(self, &frame, scale, pen)) }
        };
        Drawing {
            width: pen.across(),
            height: height + if strip.is_some() { revision::HEIGHT } else { 0 },
            body,
        }
    }

    fn legend(&self, words: &'static Words) -> Vec<Entry> {
        let unnamed = unnamed(self, words);
        legend::of_charts(&[self], &unnamed, &self.sources, words)
    }

    fn tables(&self, words: &'static Words) -> Vec<Table> {
        table::of_chart(self, words)
    }

    fn is_thin(&self) -> bool {
        const FEW: usize = 4;
        let marks: usize = self.lines.iter().map(|line| line.marks.len()).sum();
        let revised = self.lines.iter().any(|line| !line.vintages.is_empty());
        marks < FEW && !revised
    }
}

/// All lines, where their names have no room in one of the drawings.
fn unnamed(chart: &Chart, words: &'static Words) -> Vec<usize> {
    let named = |width| named(chart, &Pen::page(width, words)).is_some();
    match chart.lines.len() < 2 || [Width::Wide, Width::Narrow].into_iter().all(named) {
        true => Vec::new(),
        false => (0..chart.lines.len()).collect(),
    }
}

/// Room for the names of several lines at their ends, if there is enough.
fn named(chart: &Chart, pen: &Pen) -> Option<Tenths> {
    let down = height(chart, pen) - BOTTOM - TOP;
    end::room(chart, pen, [pen.across(), down]).filter(|_| chart.lines.len() > 1)
}

/// The height of the drawing, without that of the revisions below it, which show what here
/// is too small to be seen.
fn height(chart: &Chart, pen: &Pen) -> Tenths {
    match (pen.is_wide(), is_revised(chart)) {
        (true, false) => 3800,
        (true, true) => 2900,
        (false, _) => 3300,
    }
}

/// How wide a label of the axis may be.
fn room(pen: &Pen) -> Tenths {
    if pen.is_wide() { 900 } else { 620 }
}

fn most_years(pen: &Pen) -> i32 {
    if pen.is_wide() { 12 } else { 5 }
}

fn frame(chart: &Chart, pen: &Pen, strip: Option<&ValueScale>) -> Frame {
    let (floor, end) = (height(chart, pen) - BOTTOM, pen.across());
    let scale = ValueScale::new(&values(chart), [floor, TOP], 5);
    let axes = [Some(&scale), strip].into_iter().flatten();
    let widths = axes.map(|scale| {
        let axis = Axis::new(scale, chart.multiplier, room(pen));
        axis.width().max(width(&axis.power))
    });
    let left = (widths.max().unwrap_or_default() + 120).max(400);
    let names = named(chart, pen).is_some();
    let right = end - margin(chart, pen);
    Frame {
        plot: Area {
            left,
            right: if names { right + 60 } else { right + 200 },
            top: TOP,
            bottom: floor,
        },
        values: scale,
        time: TimeScale::new(&days(chart), left + 60, right),
        labels: Room {
            area: Area {
                left: left - 50,
                right: end,
                top: 40,
                bottom: floor + 20,
            },
            marks: most_years(pen).unsigned_abs() as usize,
            beside: false,
        },
        named: names,
    }
}

/// Room at the right: the names of several lines stand there, or the days on which the
/// vintages of one became known.
fn margin(chart: &Chart, pen: &Pen) -> Tenths {
    let days = if is_revised(chart) {
        revision::room(chart, pen.words)
    } else {
        0
    };
    RIGHT.max(days).max(named(chart, pen).unwrap_or_default())
}
