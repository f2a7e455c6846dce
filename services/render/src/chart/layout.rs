//! Where everything in a chart over time stands.

use figure::Decimal;

use super::area::Area;
use super::join::{Join, links};
use super::label::{Label, Room, place};
use super::mark::REACH;
use super::scale::{Tenths, TimeScale, ValueScale};
use super::{Chart, ChartLine, Mark, Role};

/// Distance between marks of one period.
const ABREAST: Tenths = 170;
/// Shades of what was said before.
pub(super) const AGES: usize = 8;

/// The scales of a chart and the room around them.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// Between the axes.
    pub(super) plot: Area,
    pub(super) values: ValueScale,
    pub(super) time: TimeScale,
    pub(super) labels: Room,
    /// The names of several lines stand at their ends.
    pub(super) named: bool,
}

/// A mark with its place.
#[derive(Debug)]
pub(super) struct Placed<'a> {
    pub(super) mark: &'a Mark,
    pub(super) line: usize,
    pub(super) x: Tenths,
    pub(super) y: Tenths,
    /// Upper end of a range.
    pub(super) y_upper: Option<Tenths>,
}

/// The contested range of one period.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Band {
    pub(super) left: Tenths,
    pub(super) right: Tenths,
    pub(super) top: Tenths,
    pub(super) bottom: Tenths,
}

/// A connection between two marks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stroke {
    pub(super) line: usize,
    pub(super) from: (Tenths, Tenths),
    pub(super) to: (Tenths, Tenths),
    pub(super) join: Join,
}

/// What an earlier vintage of a line said.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Past {
    pub(super) line: usize,
    /// From 1, the oldest and palest.
    pub(super) age: usize,
    /// Its place among those of its line, from 0: it has dashes and a shape of its own.
    pub(super) vintage: usize,
    pub(super) points: Vec<(Tenths, Tenths)>,
}

/// A chart laid out in a frame.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub(super) past: Vec<Past>,
    pub(super) bands: Vec<Band>,
    pub(super) strokes: Vec<Stroke>,
    pub(super) marks: Vec<Placed<'a>>,
    /// Half the width of a mark.
    pub(super) reach: Tenths,
    pub(super) labels: Vec<Label>,
}

/// Lays a chart out.
pub(super) fn layout<'a>(chart: &'a Chart, frame: &Frame) -> Layout<'a> {
    let mut placed = Vec::new();
    for (line, content) in chart.lines.iter().enumerate() {
        for mark in &content.marks {
            placed.push(Placed {
                mark,
                line,
                x: frame.time.x(mark.day()),
                y: frame.values.at(&mark.value),
                y_upper: mark.upper.map(|upper| frame.values.at(&upper)),
            });
        }
    }
    let reach = reach(&placed);
    spread_abreast(&mut placed);
    let strokes = strokes(chart, &placed);
    Layout {
        past: past(chart, frame),
        bands: bands(&placed),
        labels: place(chart, &placed, &strokes, frame.labels),
        strokes,
        reach,
        marks: placed,
    }
}

/// All numbers that a chart draws.
pub(super) fn values(chart: &Chart) -> Vec<Decimal> {
    let both = |mark: &Mark| [Some(mark.value), mark.upper];
    let now = chart.lines.iter().flat_map(|line| &line.marks);
    let before = chart.lines.iter().flat_map(|line| &line.vintages);
    let before = before.flat_map(|vintage| &vintage.marks);
    now.chain(before).flat_map(both).flatten().collect()
}

/// All days that a chart draws at.
pub(super) fn days(chart: &Chart) -> Vec<i32> {
    let now = chart.lines.iter().flat_map(|line| &line.marks);
    let before = chart.lines.iter().flat_map(|line| &line.vintages);
    let before = before.flat_map(|vintage| &vintage.marks);
    now.chain(before).map(Mark::day).collect()
}

/// The shade of one of several vintages.
pub(super) fn age(index: usize, count: usize) -> usize {
    match count {
        0 | 1 => AGES / 2,
        count => 1 + index * (AGES - 1) / (count - 1),
    }
}

fn past(chart: &Chart, frame: &Frame) -> Vec<Past> {
    let mut past = Vec::new();
    for (line, content) in chart.lines.iter().enumerate() {
        for (index, vintage) in content.vintages.iter().enumerate() {
            let point = |mark: &Mark| (frame.time.x(mark.day()), frame.values.at(&mark.value));
            past.push(Past {
                line,
                age: age(index, content.vintages.len()),
                vintage: index,
                points: vintage.marks.iter().map(point).collect(),
            });
        }
    }
    past
}

/// Marks are smaller where they are close to each other.
fn reach(placed: &[Placed<'_>]) -> Tenths {
    let mut nearest = Tenths::MAX;
    for (index, one) in placed.iter().enumerate() {
        let others = placed[index + 1..]
            .iter()
            .filter(|other| other.line == one.line);
        let apart = others
            .map(|other| (other.x - one.x).abs())
            .filter(|apart| *apart > 0);
        nearest = nearest.min(apart.min().unwrap_or(Tenths::MAX));
    }
    (nearest / 3).clamp(REACH * 2 / 5, REACH)
}

/// Marks of one line at one place move apart, so that each can be seen.
fn spread_abreast(placed: &mut [Placed<'_>]) {
    for members in cells(placed) {
        let count = members.len() as i64;
        for (index, member) in members.into_iter().enumerate() {
            placed[member].x += (2 * index as i64 - (count - 1)) * ABREAST / 2;
        }
    }
}

/// Indexes of the marks of each line and period.
fn cells(placed: &[Placed<'_>]) -> Vec<Vec<usize>> {
    let mut cells: Vec<Vec<usize>> = Vec::new();
    for (index, one) in placed.iter().enumerate() {
        let same = |cell: &&mut Vec<usize>| {
            let first = &placed[cell[0]];
            first.line == one.line && first.mark.period == one.mark.period
        };
        match cells.iter_mut().find(same) {
            Some(cell) => cell.push(index),
            None => cells.push(vec![index]),
        }
    }
    cells
}

fn bands(placed: &[Placed<'_>]) -> Vec<Band> {
    let contested = cells(placed).into_iter().filter_map(|cell| {
        let members: Vec<_> = cell.iter().map(|index| &placed[*index]).collect();
        members.iter().any(|one| one.mark.contested).then_some(())?;
        Some(Band {
            left: members.iter().map(|one| one.x).min()? - 110,
            right: members.iter().map(|one| one.x).max()? + 110,
            top: members.iter().map(|one| one.y_top()).min()?,
            bottom: members.iter().map(|one| one.y).max()?,
        })
    });
    contested.collect()
}

/// The joins of each line, from middle to middle.
fn strokes(chart: &Chart, placed: &[Placed<'_>]) -> Vec<Stroke> {
    let mut strokes = Vec::new();
    let mut first = 0;
    for (line, content) in chart.lines.iter().enumerate() {
        let at = |index: usize| {
            let one = placed.get(first + index)?;
            Some((one.x, one.y_middle()))
        };
        for link in links(content) {
            if let (Some(from), Some(to)) = (at(link.from), at(link.to)) {
                strokes.push(Stroke {
                    line,
                    from,
                    to,
                    join: link.join,
                });
            }
        }
        first += content.marks.len();
    }
    strokes
}

/// The last preferred mark of a line.
pub(super) fn last(line: &ChartLine) -> Option<&Mark> {
    let preferred = line.marks.iter().filter(|mark| mark.preferred);
    preferred.max_by_key(|mark| (mark.day(), mark.figure))
}

impl Placed<'_> {
    /// Whether the mark says "not later than".
    pub(super) fn is_by(&self) -> bool {
        self.mark.role == Role::By
    }
}
