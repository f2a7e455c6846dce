//! What a run prints.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use comfy_table::{Cell, CellAlignment, LineStyle, Table as Printed, TableStyle};

use crate::load::Rate;

/// A line under the headings and none elsewhere.
const LINED: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// What a measure should reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Goal {
    /// Nothing: it is only told.
    None,
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

/// One measure.
#[derive(Debug, Clone)]
pub struct Row {
    measure: String,
    database: String,
    ours: String,
    yardstick: String,
    /// What the goal is about; a ratio unless it stands in `ours`.
    value: Option<f64>,
    ratio: String,
    latency: [String; 2],
    cpu: String,
    goal: Goal,
    /// Whether the yardstick is the echo, so that an unsteady one leaves it open.
    on_echo: bool,
}

impl Row {
    /// A measure that stands for itself.
    pub fn plain(measure: &str, database: impl ToString, ours: String) -> Self {
        Self {
            measure: measure.to_owned(),
            database: database.to_string(),
            ours,
            yardstick: String::new(),
            value: None,
            ratio: String::new(),
            latency: Default::default(),
            cpu: String::new(),
            goal: Goal::None,
            on_echo: false,
        }
    }

    /// Judges a number that is no ratio.
    pub fn judged(self, value: f64, goal: Goal) -> Self {
        let value = Some(value);
        Self {
            value,
            goal,
            ..self
        }
    }

    /// Compares with a yardstick. `ratio` is none where that could not be measured.
    pub fn beside(self, yardstick: String, ratio: Option<f64>, goal: Goal) -> Self {
        Self {
            yardstick,
            value: ratio,
            ratio: ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}")),
            goal,
            ..self
        }
    }

    /// Says that the yardstick contains the echo.
    pub fn on_echo(self) -> Self {
        Self {
            on_echo: true,
            ..self
        }
    }

    /// Adds latencies and the processor time of the server for a call, in microseconds.
    pub fn loaded(self, rate: &Rate, cpu: f64) -> Self {
        Self {
            latency: [rate.p50_ms, rate.p99_ms].map(|ms| format!("{ms:.2} ms")),
            cpu: format!("{cpu:.0}"),
            ..self
        }
    }

    fn verdict(&self, unsteady: bool) -> &'static str {
        match (self.goal, self.value) {
            (Goal::None, _) => "",
            (_, None) => "not measured",
            _ if unsteady && self.on_echo => "unsteady",
            (Goal::AtLeast(goal), Some(value)) if value >= goal => "met",
            (Goal::AtMost(goal), Some(value)) if value <= goal => "met",
            _ => "missed",
        }
    }

    fn cells(&self, unsteady: bool) -> Vec<Cell> {
        let goal = match self.goal {
            Goal::None => String::new(),
            Goal::AtLeast(goal) => format!("≥ {goal}"),
            Goal::AtMost(goal) => format!("≤ {goal}"),
        };
        let left = [&self.measure, &self.database].map(Cell::new);
        let right = [
            &self.ours,
            &self.yardstick,
            &self.ratio,
            &self.latency[0],
            &self.latency[1],
            &self.cpu,
            &goal,
        ];
        let right = right.map(|text| Cell::new(text).set_alignment(CellAlignment::Right));
        let verdict = Cell::new(self.verdict(unsteady));
        left.into_iter().chain(right).chain([verdict]).collect()
    }
}

/// All measures of a run.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl Table {
    /// Adds a measure; it is also told at once, so that a long run can be followed.
    pub fn add(&mut self, row: Row) -> anyhow::Result<()> {
        let mut told = format!("{} {}: {}", row.measure, row.database, row.ours);
        if !row.yardstick.is_empty() {
            write!(told, " beside {} = {}", row.yardstick, row.ratio)?;
        }
        self.rows.push(row);
        Ok(writeln!(io::stderr(), "  {}", told.trim())?)
    }

    /// Adds a remark below the table.
    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Prints everything.
    pub fn print(&self, unsteady: bool) -> anyhow::Result<()> {
        let mut table = Printed::new();
        table.load_style(LINED).set_header([
            "measure",
            "database",
            "ours",
            "yardstick",
            "ratio",
            "p50",
            "p99",
            "CPU µs/call",
            "goal",
            "",
        ]);
        for row in &self.rows {
            table.add_row(row.cells(unsteady));
        }
        let mut out = io::stdout().lock();
        writeln!(out, "{}", table.trim_fmt())?;
        for note in &self.notes {
            writeln!(out, "{note}")?;
        }
        Ok(())
    }
}

/// A whole number with its thousands apart.
pub fn count(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut told = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

/// The middle of some numbers; none if there are none.
pub fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}
