//! Where the rows of a ranking and their parts stand.

use figure::Decimal;

use super::axis::Axis;
use super::pen::Pen;
use super::scale::{Tenths, ValueScale};
use super::text::{bold, width};
use super::{Bar, Ranking, open_upward};
use crate::Name;

/// Where the first row starts.
pub(super) const TOP: Tenths = 80;
/// How far an open end fades.
pub(super) const FADE: Tenths = 240;
/// Height of the place where ranks are left out.
pub(super) const GAP: Tenths = 230;
/// What stands there.
pub(super) const LEFT_OUT: &str = "…";
/// Between columns.
const BETWEEN: Tenths = 110;

/// Where the parts of each row stand.
pub(super) struct Columns {
    /// Right end of the ranks.
    pub(super) rank: Tenths,
    /// Where names start and end.
    pub(super) name: [Tenths; 2],
    /// Room of a number.
    pub(super) number: Tenths,
    pub(super) scale: ValueScale,
    pub(super) axis: Axis,
    /// Names stand above their bars.
    pub(super) stacked: bool,
}

impl Columns {
    /// Room for each part: what is widest decides, up to a limit.
    pub(super) fn new(ranking: &Ranking, pen: &Pen) -> Self {
        let bars = &ranking.bars;
        let widest = |text: &dyn Fn(&Bar) -> String| {
            bars.iter()
                .map(|bar| bold(&text(bar)))
                .max()
                .unwrap_or_default()
        };
        let stacked = !pen.is_wide();
        let indent = if stacked { 90 } else { 30 };
        let rank = widest(&|bar| bar.rank.to_string()).max(width(LEFT_OUT)) + indent;
        let number = widest(&|bar| bar.mark.short.clone()).min(pen.across() / 3) + BETWEEN;
        let most = if stacked {
            pen.across() - rank - 2 * BETWEEN
        } else {
            2600
        };
        let name = [
            rank + BETWEEN,
            rank + BETWEEN + widest(&|bar| whole(&bar.name)).min(most),
        ];
        let open = bars.iter().any(|bar| open_upward(bar.mark.bound));
        let right = pen.across() - number - if open { FADE } else { 0 };
        let left = if stacked { 60 } else { name[1] + BETWEEN };

        let values: Vec<Decimal> = bars.iter().flat_map(Bar::values).collect();
        let below = values.iter().any(Decimal::is_negative);
        let left = if below { left + number } else { left };
        let steps = if stacked { 3 } else { 5 };
        let scale =
            ValueScale::new(&values, [left, right.max(left + 600)], steps).ending_at(&values);
        let room = (right - left) / (steps + 2);
        let axis = Axis::new(&scale, ranking.multiplier, room.max(300));
        Self {
            rank,
            name,
            number: number - BETWEEN,
            scale,
            axis,
            stacked,
        }
    }

    /// From where a text that starts at zero goes into the drawing.
    pub(super) fn inward(&self) -> &'static str {
        if self.scale.has_negative_only() {
            "end"
        } else {
            "start"
        }
    }

    /// Height of a row.
    pub(super) fn height(&self) -> Tenths {
        if self.stacked { 430 } else { 270 }
    }
}

/// A row with its place.
pub(super) struct Row<'a> {
    pub(super) bar: &'a Bar,
    /// Ranks are left out above it.
    pub(super) gap: bool,
    pub(super) top: Tenths,
    pub(super) bottom: Tenths,
}

/// The rows from the top.
pub(super) fn rows<'a>(ranking: &'a Ranking, columns: &Columns) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    let mut top = TOP;
    for (bar, gap) in ranking.bars.iter().zip(gaps(&ranking.bars)) {
        top += if gap { GAP } else { 0 };
        let bottom = top + columns.height();
        rows.push(Row {
            bar,
            gap,
            top,
            bottom,
        });
        top = bottom;
    }
    rows
}

/// Before which bars ranks are left out.
pub(super) fn gaps(bars: &[Bar]) -> Vec<bool> {
    let mut gaps = Vec::new();
    for (index, bar) in bars.iter().enumerate() {
        let before = &bars[..index];
        let next = before.last().map_or(1, |last| {
            last.rank
                + before
                    .iter()
                    .filter(|other| other.rank == last.rank)
                    .count()
        });
        let equal = before.last().is_some_and(|last| last.rank == bar.rank);
        gaps.push(!equal && bar.rank > next);
    }
    gaps
}

/// The name with the one in its own language.
pub(super) fn whole(name: &Name) -> String {
    match &name.other {
        Some((other, _)) => format!("{} {other}", name.text),
        None => name.text.clone(),
    }
}
