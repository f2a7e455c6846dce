//! Labels beside their marks, where nothing else stands.

use super::area::Area;
use super::layout::{Placed, Stroke};
use super::scale::Tenths;
use super::text::{bold, width};
use super::{Chart, open_downward, open_upward};

/// Height of a line of text.
const LINE: Tenths = 150;
/// Room around a mark.
const CLEAR: Tenths = 90;

/// A text with its place; it starts, centres or ends at `x`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) text: String,
    pub(super) x: Tenths,
    pub(super) y: Tenths,
    pub(super) anchor: &'static str,
    pub(super) strong: bool,
}

/// What labels must not lie on.
struct Space {
    taken: Vec<Area>,
    strokes: Vec<Area>,
    room: Area,
}

impl Space {
    fn holds(&self, label: &Label) -> bool {
        let area = label.area();
        self.room.holds(&area) && !self.taken.iter().any(|other| other.meets(&area))
    }

    fn is_clear(&self, label: &Label) -> bool {
        let area = label.area();
        self.holds(label) && !self.strokes.iter().any(|other| other.meets(&area))
    }
}

/// Where labels may stand, and how many marks may have one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) area: Area,
    pub(super) marks: usize,
    /// The end of a line is labelled beside it.
    pub(super) beside: bool,
}

/// Labels, each at the first place around its mark that is free. What is contested comes
/// first, then the end of a line; of several lines, whose ends are named elsewhere, or of
/// more marks than there is room for, nothing else is labelled. A label that finds no place is left out: the mark and the
/// table say the same.
pub(super) fn place(
    chart: &Chart,
    marks: &[Placed<'_>],
    strokes: &[Stroke],
    room: Room,
) -> Vec<Label> {
    let several = chart.lines.len() > 1;
    let crowded = marks.len() > room.marks;
    let mut space = Space {
        taken: marks.iter().map(around).collect(),
        strokes: strokes.iter().flat_map(along).collect(),
        room: room.area,
    };
    let mut ranked: Vec<(u8, &Placed<'_>)> = Vec::new();
    for one in marks {
        match (one.mark.contested, is_end(one, marks)) {
            (_, true) if several => {}
            (true, _) => ranked.push((1, one)),
            (_, true) => ranked.push((2, one)),
            _ if !several && !crowded => ranked.push((3, one)),
            _ => {}
        }
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    let mut labels = Vec::new();
    for (rank, one) in ranked {
        let candidates = match room.beside && is_end(one, marks) {
            true => beside(one, marks),
            false => around_mark(one, marks, rank < 3),
        };
        let clear = candidates.iter().find(|label| space.is_clear(label));
        let chosen = clear.or_else(|| candidates.iter().find(|label| space.holds(label)));
        if let Some(label) = chosen {
            space.taken.push(label.area());
            labels.push(label.clone());
        }
    }
    labels
}

/// Whether a line ends at this mark.
fn is_end(one: &Placed<'_>, marks: &[Placed<'_>]) -> bool {
    let of_line = marks
        .iter()
        .filter(|other| other.line == one.line && other.mark.preferred);
    let last = of_line.max_by_key(|other| (other.mark.day(), other.mark.figure));
    last.is_some_and(|last| std::ptr::eq(last, one))
}

/// The place behind a mark, then those around it.
fn beside(one: &Placed<'_>, marks: &[Placed<'_>]) -> Vec<Label> {
    let mut places = around_mark(one, marks, true);
    places.sort_by_key(|label| label.anchor != "start");
    places
}

/// The places around a mark, and farther ones where the label must be seen.
fn around_mark(one: &Placed<'_>, marks: &[Placed<'_>], far: bool) -> Vec<Label> {
    let near = candidates(one, marks);
    let reach = if far { 3 } else { 0 };
    let farther = (1..=reach).flat_map(|step| {
        let moved = |label: &Label| {
            let away = if label.y < one.y { -1 } else { 1 };
            Label {
                y: label.y + away * step * LINE,
                ..label.clone()
            }
        };
        near.iter().map(moved).collect::<Vec<_>>()
    });
    near.iter().cloned().chain(farther).collect()
}

/// Small fields along a stroke.
fn along(stroke: &Stroke) -> Vec<Area> {
    const STEPS: Tenths = 24;
    let between = |from: Tenths, to: Tenths, step| from + (to - from) * step / STEPS;
    let point = |step| {
        let (x, y) = (
            between(stroke.from.0, stroke.to.0, step),
            between(stroke.from.1, stroke.to.1, step),
        );
        Area {
            left: x - 15,
            right: x + 15,
            top: y - 15,
            bottom: y + 15,
        }
    };
    (0..=STEPS).map(point).collect()
}

fn candidates(one: &Placed<'_>, marks: &[Placed<'_>]) -> Vec<Label> {
    let label = |x, y, anchor| Label {
        text: text(one),
        x,
        y,
        anchor,
        strong: one.mark.preferred,
    };
    let upward = if one.is_open_upward() { 280 } else { 0 };
    let downward = if one.is_open_downward() { 280 } else { 0 };
    let above = label(one.x, one.y_top() - 130 - upward, "middle");
    let above_before = label(one.x + 110, one.y_top() - 130 - upward, "end");
    let below_before = label(one.x + 110, one.y + 230 + downward, "end");
    let below = label(one.x, one.y + 230 + downward, "middle");
    let right = label(one.x + 130, one.y + 45, "start");
    let left = label(one.x - 130, one.y + 45, "end");
    let abreast =
        |other: &&Placed<'_>| other.line == one.line && other.mark.period == one.mark.period;
    let neighbours: Vec<_> = marks.iter().filter(abreast).collect();
    let lowest = neighbours.iter().any(|other| other.y < one.y);
    let leftmost = neighbours.iter().any(|other| other.x > one.x);
    match (neighbours.len() > 1, lowest, leftmost) {
        (true, true, true) => vec![below, left, above, right],
        (true, true, false) => vec![below, right, above, left],
        (true, false, true) => vec![above, left, below, right],
        (true, false, false) => vec![above, right, below, left],
        (false, ..) => vec![above, above_before, right, below, below_before, left],
    }
}

/// What is reached by a time says by when.
fn text(one: &Placed<'_>) -> String {
    if one.is_by() {
        format!("{} {}", one.mark.short, one.mark.period)
    } else {
        one.mark.short.clone()
    }
}

fn around(one: &Placed<'_>) -> Area {
    let upward = if one.is_open_upward() { 280 } else { CLEAR };
    let downward = if one.is_open_downward() { 280 } else { CLEAR };
    Area {
        left: one.x - CLEAR,
        right: one.x + CLEAR,
        top: one.y_top() - upward,
        bottom: one.y + downward,
    }
}

impl Label {
    /// Where it lies.
    pub(super) fn area(&self) -> Area {
        let width = match self.strong {
            true => bold(&self.text),
            false => width(&self.text),
        };
        let left = match self.anchor {
            "start" => self.x,
            "end" => self.x - width,
            _ => self.x - width / 2,
        };
        Area {
            left,
            right: left + width,
            top: self.y - LINE + 30,
            bottom: self.y + 30,
        }
    }
}

impl Placed<'_> {
    pub(super) fn is_open_upward(&self) -> bool {
        open_upward(self.mark.bound)
    }

    pub(super) fn is_open_downward(&self) -> bool {
        open_downward(self.mark.bound)
    }

    pub(super) fn y_top(&self) -> Tenths {
        self.y_upper.unwrap_or(self.y)
    }

    /// Where a line goes through: the middle of a range.
    pub(super) fn y_middle(&self) -> Tenths {
        (self.y + self.y_top()) / 2
    }
}
