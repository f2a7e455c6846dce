//! Labels beside their marks, where nothing else stands.

use super::layout::{BOTTOM, Placed, Size};
use super::scale::Tenths;
use super::{open_downward, open_upward};

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

#[derive(Debug, Clone, Copy)]
struct Field {
    left: Tenths,
    right: Tenths,
    top: Tenths,
    bottom: Tenths,
}

impl Field {
    fn meets(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
}

/// One label for each mark, each at the first place around it that is free.
pub(super) fn place(marks: &[Placed<'_>], size: Size) -> Vec<Label> {
    let mut taken: Vec<Field> = marks.iter().map(around).collect();
    let mut labels = Vec::new();
    for one in marks {
        let label = choose(one, marks, size, &taken);
        taken.push(field(&label));
        labels.push(label);
    }
    labels
}

fn choose(one: &Placed<'_>, marks: &[Placed<'_>], size: Size, taken: &[Field]) -> Label {
    let candidates = candidates(one, marks);
    let inside = |label: &&Label| {
        let field = field(label);
        field.left >= 0
            && field.right <= size.width
            && field.top >= 150
            && field.bottom <= size.height - BOTTOM + 20
    };
    let free = |label: &&Label| !taken.iter().any(|other| other.meets(&field(label)));
    let chosen = candidates.iter().filter(inside).find(free);
    let chosen = chosen
        .or_else(|| candidates.iter().find(inside))
        .unwrap_or(&candidates[0]);
    chosen.clone()
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

fn text(one: &Placed<'_>) -> String {
    if one.is_by() {
        format!(
            "{} by {}",
            one.mark.short,
            one.mark.period.trim_start_matches("by ")
        )
    } else {
        one.mark.short.clone()
    }
}

fn around(one: &Placed<'_>) -> Field {
    let upward = if one.is_open_upward() { 280 } else { CLEAR };
    let downward = if one.is_open_downward() { 280 } else { CLEAR };
    Field {
        left: one.x - CLEAR,
        right: one.x + CLEAR,
        top: one.y_top() - upward,
        bottom: one.y + downward,
    }
}

fn field(label: &Label) -> Field {
    let wide = |c: char| if u32::from(c) > 0x2E80 { 130 } else { 74 };
    let width: Tenths = label.text.chars().map(wide).sum();
    let left = match label.anchor {
        "start" => label.x,
        "end" => label.x - width,
        _ => label.x - width / 2,
    };
    Field {
        left,
        right: left + width,
        top: label.y - LINE + 30,
        bottom: label.y + 30,
    }
}

impl Placed<'_> {
    pub(super) fn is_open_upward(&self) -> bool {
        open_upward(self.mark.bound)
    }

    pub(super) fn is_open_downward(&self) -> bool {
        open_downward(self.mark.bound)
    }

    fn y_top(&self) -> Tenths {
        self.y_upper.unwrap_or(self.y)
    }
}
