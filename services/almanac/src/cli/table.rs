//! Results as tables for people, as CSV and as JSON for programs.

use std::io::{self, IsTerminal as _, Write as _};

use comfy_table::{ColumnConstraint, ContentArrangement, LineStyle, Table as Grid, TableStyle};

use super::options::Format;
use crate::output;

/// A line under the headings and none elsewhere.
const LINED: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Width of a table where there is no terminal to ask.
const PAGE: u16 = 140;

/// Headings of columns whose cells are read at once, so that none is broken where the
/// terminal is narrow.
const WHOLE: [&str; 6] = ["figure", "period", "known at", "claim", "score", "revision"];

/// Rows under headings.
#[derive(Debug, Default)]
pub struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table.
    pub fn new(headings: &[&'static str]) -> Self {
        Self {
            headings: headings.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table for a person.
    pub fn draw(&self) -> String {
        let mut grid = self.grid();
        if io::stdout().is_terminal() {
            grid.set_content_arrangement(ContentArrangement::Dynamic);
        }
        grid.trim_fmt()
    }

    /// The table for standard error: as wide as the terminal, or as a page.
    pub fn draw_aside(&self) -> String {
        let mut grid = self.grid();
        grid.use_stderr();
        grid.set_content_arrangement(ContentArrangement::Dynamic);
        if !io::stderr().is_terminal() {
            grid.set_width(PAGE);
        }
        grid.trim_fmt()
    }

    /// What people see: without the columns that no row has anything in.
    fn grid(&self) -> Grid {
        let said = |column: &usize| self.rows.iter().any(|row| !row[*column].is_empty());
        let columns: Vec<usize> = (0..self.headings.len()).filter(said).collect();
        let mut grid = Grid::new();
        grid.load_style(LINED);
        grid.set_header(columns.iter().map(|column| self.headings[*column]));
        for row in &self.rows {
            grid.add_row(columns.iter().map(|column| row[*column].as_str()));
        }
        for (shown, column) in columns.iter().enumerate() {
            let whole = WHOLE.contains(&self.headings[*column]);
            if let Some(column) = grid.column_mut(shown).filter(|_| whole) {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        grid
    }

    /// The table as CSV.
    pub fn csv(&self) -> anyhow::Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.headings)?;
        for row in &self.rows {
            writer.write_record(row)?;
        }
        Ok(String::from_utf8(writer.into_inner()?)?)
    }
}

/// Prints one result in the format asked for: what people read first, then the same as
/// rows, then the message itself.
pub fn show(
    format: Format,
    heading: &str,
    table: &Table,
    json: impl FnOnce() -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    match format {
        Format::Table if heading.is_empty() => output::print(&table.draw()),
        Format::Table if table.is_empty() => output::print(heading),
        Format::Table => output::print(&format!("{heading}\n\n{}", table.draw())),
        Format::Csv => output::print(&table.csv()?),
        Format::Json => output::print(&json()?),
    }
}

/// Says something to the person at the terminal, apart from the result.
pub fn complain(text: &str) {
    // There is nowhere left to report that standard error is closed.
    let _unreported = writeln!(io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use comfy_table::ContentArrangement;

    use super::Table;

    #[test]
    fn an_empty_column_is_left_out_and_a_figure_is_never_broken() {
        let mut table = Table::new(&["figure", "originator", "place"]);
        let figure = "5,930,529,470,799.17 USD";
        let place = "a place that needs more than one line of a narrow terminal";
        table.row([figure.to_owned(), String::new(), place.to_owned()]);
        let mut grid = table.grid();
        grid.set_content_arrangement(ContentArrangement::Dynamic);
        grid.set_width(50);
        let drawn = grid.trim_fmt();
        assert!(drawn.contains(figure), "{drawn}");
        assert!(!drawn.contains("originator"), "{drawn}");
        assert!(
            drawn.lines().all(|line| line.chars().count() <= 50),
            "{drawn}"
        );
        let csv = table.csv().expect("rows");
        assert!(csv.starts_with("figure,originator,place\n"), "{csv}");
    }
}
