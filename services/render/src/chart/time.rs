//! A chart over time as a drawing.

use maud::html;

use super::area::Area;
use super::axis::Axis;
use super::label::{Label, Room};
use super::layout::{Frame, days, last, layout, values};
use super::legend::{self, Entry};
use super::pen::{Pen, Width};
use super::plot::{Drawing, Plot};
use super::revision::{self, is_revised};
use super::scale::{Tenths, TimeScale, ValueScale, px};
use super::stroke::{content, grid, years};
use super::text::{bold, width};
use super::{Chart, ChartLine, table};
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
        let height = height(pen);
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
}

/// Lines whose name found no place in one of the drawings.
fn unnamed(chart: &Chart, words: &'static Words) -> Vec<usize> {
    if chart.lines.len() < 2 {
        return Vec::new();
    }
    let labels = [Width::Wide, Width::Narrow].map(|width| {
        let frame = frame(chart, &Pen::page(width, words), None);
        layout(chart, &frame).labels
    });
    let named = |labels: &[Label], line: usize, name: &str| {
        let of_line = |label: &&Label| label.line == Some(line);
        labels
            .iter()
            .filter(of_line)
            .any(|label| label.text.starts_with(name))
    };
    let lines = chart.lines.iter().enumerate();
    let unnamed = lines.filter(|(line, content)| {
        !labels
            .iter()
            .all(|labels| named(labels, *line, &content.label))
    });
    unnamed.map(|(line, _)| line).collect()
}

fn height(pen: &Pen) -> Tenths {
    if pen.is_wide() { 3800 } else { 3300 }
}

/// How wide a label of the axis may be.
fn room(pen: &Pen) -> Tenths {
    if pen.is_wide() { 900 } else { 620 }
}

fn most_years(pen: &Pen) -> i32 {
    if pen.is_wide() { 12 } else { 5 }
}

fn frame(chart: &Chart, pen: &Pen, strip: Option<&ValueScale>) -> Frame {
    let (floor, end) = (height(pen) - BOTTOM, pen.across());
    let scale = ValueScale::new(&values(chart), [floor, TOP], 5);
    let axes = [Some(&scale), strip].into_iter().flatten();
    let widths = axes.map(|scale| {
        let axis = Axis::new(scale, chart.multiplier, room(pen));
        axis.width().max(width(&axis.power))
    });
    let left = (widths.max().unwrap_or_default() + 120).max(400);
    let right = end - margin(chart, pen);
    Frame {
        plot: Area {
            left,
            right: right + 200,
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
    }
}

/// Room at the right: of a wide drawing the names of several lines stand there.
fn margin(chart: &Chart, pen: &Pen) -> Tenths {
    const MOST: Tenths = 2400;
    if chart.lines.len() < 2 || !pen.is_wide() {
        return RIGHT;
    }
    let with_value =
        |line: &ChartLine| bold(&line.label) + last(line).map_or(0, |mark| bold(&mark.short) + 90);
    let widest = chart.lines.iter().map(with_value).max();
    (widest.unwrap_or_default() + 200).clamp(RIGHT, MOST)
}
