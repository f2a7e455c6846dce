//! Where everything in a chart stands.

use figure::Decimal;

use super::join::{Join, links};
use super::label::{Label, place, width};
use super::scale::{Tenths, TimeScale, ValueScale};
use super::{Chart, ChartLine, Mark, Role};

/// Distance between marks of one period.
const ABREAST: Tenths = 170;

/// The size of a drawing and of what stands around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) name: &'static str,
    pub(super) width: Tenths,
    pub(super) height: Tenths,
    pub(super) years: i32,
}

/// For a desktop.
pub(super) const WIDE: Size = Size {
    name: "wide",
    width: 7600,
    height: 3800,
    years: 12,
};
/// For a phone.
pub(super) const NARROW: Size = Size {
    name: "narrow",
    width: 3580,
    height: 3300,
    years: 5,
};

pub(super) const LEFT: Tenths = 460;
pub(super) const RIGHT: Tenths = 420;
pub(super) const TOP: Tenths = 400;
pub(super) const BOTTOM: Tenths = 340;

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

/// A chart laid out for one size.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub(super) size: Size,
    /// Where the axes end at the right.
    pub(super) right: Tenths,
    pub(super) ticks: Vec<(String, Tenths)>,
    pub(super) years: Vec<(i32, Tenths)>,
    pub(super) bands: Vec<Band>,
    pub(super) strokes: Vec<Stroke>,
    pub(super) marks: Vec<Placed<'a>>,
    pub(super) labels: Vec<Label>,
}

/// Lays a chart out.
pub(super) fn layout(chart: &Chart, size: Size) -> Layout<'_> {
    let marks = || chart.lines.iter().flat_map(|line| &line.marks);
    let margin = margin(chart, size);
    let values: Vec<Decimal> = marks()
        .flat_map(|mark| [Some(mark.value), mark.upper])
        .flatten()
        .collect();
    let days: Vec<i32> = marks().map(Mark::day).collect();
    let value_scale = ValueScale::new(&values, size.height - BOTTOM, TOP);
    let time_scale = TimeScale::new(&days, LEFT, size.width - margin);
    let mut placed = Vec::new();
    for (line, content) in chart.lines.iter().enumerate() {
        for mark in &content.marks {
            placed.push(Placed {
                mark,
                line,
                x: time_scale.x(mark.day()),
                y: value_scale.y(&mark.value),
                y_upper: mark.upper.map(|upper| value_scale.y(&upper)),
            });
        }
    }
    spread_abreast(&mut placed);
    let strokes = strokes(chart, &placed);
    let labels = place(chart, &placed, &strokes, size);
    let tick = |value: &Decimal| {
        let text = value
            .shift(-i32::from(chart.multiplier))
            .normalized()
            .grouped(',')
            .replace('-', "−");
        (text, value_scale.y(value))
    };
    Layout {
        size,
        right: size.width - margin + 200,
        ticks: value_scale.ticks().iter().map(tick).collect(),
        years: time_scale.years(size.years),
        bands: bands(&placed),
        strokes,
        labels,
        marks: placed,
    }
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

/// Room at the right: of a wide drawing the names of several lines stand there.
fn margin(chart: &Chart, size: Size) -> Tenths {
    const MOST: Tenths = 2200;
    if chart.lines.len() < 2 || size.name != WIDE.name {
        return RIGHT;
    }
    let with_value = |line: &ChartLine| {
        let last = line.marks.iter().filter(|mark| mark.preferred);
        let value = last.max_by_key(|mark| mark.day());
        width(&line.label) + value.map_or(0, |mark| width(&mark.short) + 90)
    };
    let widest = chart.lines.iter().map(with_value).max();
    (widest.unwrap_or_default() + 200).clamp(RIGHT, MOST)
}

impl Placed<'_> {
    /// Whether the mark says "not later than".
    pub(super) fn is_by(&self) -> bool {
        self.mark.role == Role::By
    }
}
