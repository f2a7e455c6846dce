//! Figures over time: one mark for each claim, bounds and doubt drawn as such.

mod area;
mod axis;
mod end;
mod join;
mod label;
mod layout;
mod legend;
mod mark;
mod palette;
mod panels;
mod pen;
mod plot;
mod print;
mod ranking;
mod revision;
mod rows;
mod scale;
mod slope;
mod spread;
mod stroke;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod tone;

use figure::{Bound, Decimal};

use crate::word::Words;
use crate::{Block, Name};

pub(crate) use legend::glyph;
pub(crate) use palette::STYLE;
pub(crate) use plot::{Plot, svg};
pub(crate) use print::standalone;
pub use tone::Tone;

/// What a block draws, as an SVG file of its own in a language; nothing for a block that
/// draws nothing.
pub fn drawing(block: &Block, language: &str) -> Option<String> {
    Some(standalone(plot(block)?, Words::of(language)))
}

/// What a block draws.
pub(crate) fn plot(block: &Block) -> Option<&dyn Plot> {
    match block {
        Block::Chart(chart) => Some(chart),
        Block::Ranking(ranking) => Some(ranking),
        Block::Panels(panels) => Some(panels),
        Block::Slope(slope) => Some(slope),
        _ => None,
    }
}

/// Figures over time.
#[derive(Debug, Clone, Default)]
pub struct Chart {
    /// Anchor, unique in the document.
    pub id: String,
    /// What its lines have in common; empty where their labels say all.
    pub title: String,
    /// What it shows, for a reader who cannot see it.
    pub description: String,
    /// Unit of the axis: "trillion CNY".
    pub unit: String,
    /// Power of ten the axis is divided by.
    pub multiplier: u8,
    /// Names of the sources that marks point to.
    pub sources: Vec<String>,
    /// The lines.
    pub lines: Vec<ChartLine>,
}

/// One line of a chart.
#[derive(Debug, Clone, Default)]
pub struct ChartLine {
    /// What it is called.
    pub label: String,
    /// Its colour.
    pub tone: Tone,
    /// Its marks by period, the preferred one of a period first.
    pub marks: Vec<Mark>,
    /// What was said before, the oldest vintage first.
    pub vintages: Vec<Vintage>,
}

/// What was said of a line before.
#[derive(Debug, Clone, Default)]
pub struct Vintage {
    /// When it became known, in words; empty where nobody says.
    pub known: String,
    /// Its marks by period, one for each.
    pub marks: Vec<Mark>,
}

/// Entities in the order of a figure.
#[derive(Debug, Clone, Default)]
pub struct Ranking {
    /// Anchor, unique in the document.
    pub id: String,
    /// What they are ranked by, and the period.
    pub title: String,
    /// What it shows, for a reader who cannot see it.
    pub description: String,
    /// Unit of the axis: "trillion CNY".
    pub unit: String,
    /// Power of ten the axis is divided by.
    pub multiplier: u8,
    /// Names of the sources that marks point to.
    pub sources: Vec<String>,
    /// The bars, greatest first.
    pub bars: Vec<Bar>,
    /// How many entities have a rank, shown or not.
    pub ranked: usize,
}

/// One entity of a ranking.
#[derive(Debug, Clone)]
pub struct Bar {
    /// Its place, from 1.
    pub rank: usize,
    /// Its name.
    pub name: Name,
    /// It is one of those that the ranking is about.
    pub highlighted: bool,
    /// Its figure.
    pub mark: Mark,
    /// The figures of other sources, where they contradict each other.
    pub others: Vec<Mark>,
}

impl Bar {
    /// All numbers that are said of it.
    fn values(&self) -> impl Iterator<Item = Decimal> {
        let marks = std::iter::once(&self.mark).chain(&self.others);
        marks.flat_map(|mark| std::iter::once(mark.value).chain(mark.upper))
    }

    /// The lowest and the highest of them.
    fn reach(&self) -> [Decimal; 2] {
        let number = self.mark.value;
        self.values().fold([number, number], |[low, high], value| {
            [low.min(value), high.max(value)]
        })
    }
}

/// Charts beside each other, small and alike.
#[derive(Debug, Clone, Default)]
pub struct Panels {
    /// Anchor, unique in the document.
    pub id: String,
    /// What it shows, for a reader who cannot see it.
    pub description: String,
    /// The charts.
    pub charts: Vec<Chart>,
    /// All have one scale, so that heights compare across them.
    pub same_scale: bool,
}

/// Figures of two periods, joined by straight strokes.
#[derive(Debug, Clone, Default)]
pub struct Slope {
    /// Anchor, unique in the document.
    pub id: String,
    /// What the lines have in common.
    pub title: String,
    /// What it shows, for a reader who cannot see it.
    pub description: String,
    /// Unit of the axis: "trillion CNY".
    pub unit: String,
    /// Power of ten the axis is divided by.
    pub multiplier: u8,
    /// Names of the sources that marks point to.
    pub sources: Vec<String>,
    /// The lines.
    pub lines: Vec<SlopeLine>,
}

/// One line of a slope.
#[derive(Debug, Clone)]
pub struct SlopeLine {
    /// What it is called.
    pub label: String,
    /// Its colour.
    pub tone: Tone,
    /// Its figure for the earlier period.
    pub from: Mark,
    /// Its figure for the later period.
    pub to: Mark,
}

impl ChartLine {
    /// Its marks, now and before.
    pub fn all_marks(&mut self) -> impl Iterator<Item = &mut Mark> {
        let before = self.vintages.iter_mut();
        let before = before.flat_map(|vintage| &mut vintage.marks);
        self.marks.iter_mut().chain(before)
    }
}

/// How a figure relates to its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It covers the whole span.
    Span,
    /// A state found within the span.
    AsOf,
    /// Reached not later than the end of the span.
    By,
}

/// One claim in a chart.
#[derive(Debug, Clone)]
pub struct Mark {
    /// Number of the figure.
    pub figure: u32,
    /// Its text.
    pub text: String,
    /// Shorter text for the label in the chart.
    pub short: String,
    /// The number in the unit of the chart, with its bound, for the table behind it.
    pub number: String,
    /// The label or the number has fewer digits than the claim.
    pub rounded: bool,
    /// The period in words.
    pub period: String,
    /// First day, counted from 1970-01-01; nothing when open.
    pub start_day: Option<i32>,
    /// Day after the last; nothing when open.
    pub end_day: Option<i32>,
    /// How the figure relates to the period.
    pub role: Role,
    /// How the number bounds the true value.
    pub bound: Bound,
    /// The number, or the lower end of a range, in the plain unit.
    pub value: Decimal,
    /// The upper end of a range, in the plain unit.
    pub upper: Option<Decimal>,
    /// A forecast or a target.
    pub hollow: bool,
    /// Whoever recorded it counted or added up what the source has.
    pub derived: bool,
    /// Day after the last one it is expected for, where nobody has stated what came of it.
    pub until: Option<i32>,
    /// Index of the source.
    pub source: usize,
    /// Number of the release it stands in; 0 for none.
    pub release: u32,
    /// It is the preferred one of its period.
    pub preferred: bool,
    /// The figures of this period exclude each other.
    pub contested: bool,
    /// It does not compare with the figures before it: its source says that the series
    /// breaks here.
    pub breaks: bool,
}

/// Whether the true value lies above the number.
fn open_upward(bound: Bound) -> bool {
    matches!(bound, Bound::GreaterThan | Bound::AtLeast)
}

/// Whether the true value lies below the number.
fn open_downward(bound: Bound) -> bool {
    matches!(bound, Bound::LessThan | Bound::AtMost | Bound::Nearly)
}

impl Mark {
    /// The day the mark stands at: the middle of its period, where the axis names it. That
    /// something is to be reached by then is said by a sign of its own.
    fn day(&self) -> i32 {
        match (self.start_day, self.end_day) {
            (Some(start), Some(end)) => start + (end - start) / 2,
            (Some(day), None) | (None, Some(day)) => day,
            (None, None) => 0,
        }
    }
}
