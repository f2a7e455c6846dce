//! Where everything in a chart stands.

use figure::Decimal;

use super::label::{Label, place};
use super::scale::{Tenths, TimeScale, ValueScale};
use super::{Chart, Mark, Role};

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
    pub(super) dashed: bool,
}

/// A chart laid out for one size.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub(super) size: Size,
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
    let values: Vec<Decimal> = marks()
        .flat_map(|mark| [Some(mark.value), mark.upper])
        .flatten()
        .collect();
    let days: Vec<i32> = marks().map(Mark::day).collect();
    let value_scale = ValueScale::new(&values, size.height - BOTTOM, TOP);
    let time_scale = TimeScale::new(&days, LEFT, size.width - RIGHT);
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
    let labels = place(&placed, size);
    let tick = |value: &Decimal| {
        let text = value
            .shift(-i32::from(chart.multiplier))
            .normalized()
            .grouped(',');
        (text, value_scale.y(value))
    };
    Layout {
        size,
        ticks: value_scale.ticks().iter().map(tick).collect(),
        years: time_scale.years(size.years),
        bands: bands(&placed),
        strokes: strokes(&placed),
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
            top: members.iter().map(|one| one.y).min()?,
            bottom: members.iter().map(|one| one.y).max()?,
        })
    });
    contested.collect()
}

/// Preferred outturns are joined; what is expected hangs on the last of them.
fn strokes(placed: &[Placed<'_>]) -> Vec<Stroke> {
    let mut strokes = Vec::new();
    let lines = placed
        .iter()
        .map(|one| one.line + 1)
        .max()
        .unwrap_or_default();
    for line in 0..lines {
        let mut preferred: Vec<_> = placed
            .iter()
            .filter(|one| one.line == line && one.mark.preferred)
            .collect();
        preferred.sort_by_key(|one| (one.mark.day(), one.mark.figure));
        let mut outturn: Option<&Placed<'_>> = None;
        for one in preferred {
            if let Some(before) = outturn {
                strokes.push(Stroke {
                    line,
                    from: (before.x, before.y),
                    to: (one.x, one.y),
                    dashed: one.mark.hollow,
                });
            }
            if !one.mark.hollow {
                outturn = Some(one);
            }
        }
    }
    strokes
}

impl Placed<'_> {
    /// Whether the mark says "not later than".
    pub(super) fn is_by(&self) -> bool {
        self.mark.role == Role::By
    }
}
