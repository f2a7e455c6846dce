//! Figures over time: one mark for each claim, bounds and doubt drawn as such.

mod join;
mod label;
mod layout;
mod mark;
mod scale;
mod svg;
#[cfg(test)]
mod tests;

use figure::{Bound, Decimal};

pub(crate) use join::{Join, links};
pub(crate) use mark::{Tone, glyph};
pub(crate) use svg::svg;

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
    /// Its marks by period, the preferred one of a period first.
    pub marks: Vec<Mark>,
}

impl Chart {
    /// Its title, else the labels of its lines.
    pub(crate) fn heading(&self) -> String {
        let labels = self.lines.iter().map(|line| line.label.as_str());
        match self.title.as_str() {
            "" => labels.collect::<Vec<_>>().join("; "),
            title => title.to_owned(),
        }
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
    /// Index of the source.
    pub source: usize,
    /// It is the preferred one of its period.
    pub preferred: bool,
    /// The figures of this period exclude each other.
    pub contested: bool,
}

/// Whether the true value lies above the number.
pub(crate) fn open_upward(bound: Bound) -> bool {
    matches!(bound, Bound::GreaterThan | Bound::AtLeast)
}

/// Whether the true value lies below the number.
pub(crate) fn open_downward(bound: Bound) -> bool {
    matches!(bound, Bound::LessThan | Bound::AtMost | Bound::Nearly)
}

impl Mark {
    /// The day the mark stands at: the middle of its period, or the end of a period by
    /// which something is to be reached.
    pub(crate) fn day(&self) -> i32 {
        match (self.start_day, self.end_day) {
            (_, Some(end)) if self.role == Role::By => end,
            (Some(start), Some(end)) => start + (end - start) / 2,
            (Some(day), None) | (None, Some(day)) => day,
            (None, None) => 0,
        }
    }
}
