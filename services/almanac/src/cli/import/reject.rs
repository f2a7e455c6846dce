//! Rows that were rejected: shown, written to a file, counted.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use super::input::Line;
use super::quantity::as_mapped;
use super::reader::{self, Refusal};
use super::section::Section;
use super::summary::grouped;
use crate::cli::failure::Failure;
use crate::cli::table::{Table, complain};
use anyhow::Context as _;

/// Rows shown at most; the file has them all.
const SHOWN: u64 = 50;

/// Where rejected rows go.
pub struct Rejects {
    file: Option<csv::Writer<File>>,
    shown: Table,
    /// Whether lines are shown with the names of their files.
    several: bool,
    source: String,
    /// Rows of the file that is read now, by line.
    rows: BTreeMap<u64, Faults>,
    count: u64,
}

/// All that is wrong with a row.
#[derive(Debug, Default)]
struct Faults {
    columns: Vec<String>,
    reasons: Vec<String>,
    messages: Vec<String>,
    text: String,
}

/// What stays of a row after it was sent, to tell about it if it is rejected.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// Line of the file.
    pub line: u64,
    /// The row as it stands in the file.
    pub text: String,
    /// Which section of its kind it came from.
    pub section: usize,
    /// Number of its source series within its ingest, if it is a claim.
    pub source_series: i32,
}

impl Origin {
    /// The origin of a record.
    pub fn of(line: &Line, section: usize) -> Self {
        Self {
            line: line.number,
            text: line.text(),
            section,
            source_series: 0,
        }
    }
}

impl Rejects {
    /// Writes rejected rows to a file as well, if there is one.
    pub fn open(path: Option<&Path>, several: bool) -> anyhow::Result<Self> {
        let file = match path {
            Some(path) => {
                let mut writer = csv::Writer::from_path(path)
                    .with_context(|| format!("cannot write {}", path.display()))?;
                writer.write_record(["file", "line", "column", "reason", "message", "text"])?;
                Some(writer)
            }
            None => None,
        };
        Ok(Self {
            file,
            shown: Table::new(&["line", "column", "reason", "message", "text"]),
            several,
            source: String::new(),
            rows: BTreeMap::new(),
            count: 0,
        })
    }

    /// From here on lines are those of this file.
    pub fn begin(&mut self, source: &Path) {
        self.source = source.display().to_string();
    }

    /// A row that the mapping cannot read.
    pub fn refused(&mut self, line: &Line, refusals: &[Refusal]) {
        let faults = self.rows.entry(line.number).or_default();
        faults.text = line.text();
        for refusal in refusals {
            faults.add(&refusal.columns, &refusal.reason, &refusal.message);
        }
    }

    /// A row that the server rejected.
    pub fn failed(&mut self, origin: &Origin, section: &Section, failure: &Failure) {
        let (columns, message) = told(section, failure);
        let faults = self.rows.entry(origin.line).or_default();
        faults.text.clone_from(&origin.text);
        faults.add(&columns, &failure.reason, &message);
    }

    /// How many rows of the file that is read now were rejected so far.
    pub fn so_far(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Ends the file that is read now: how many of its rows were rejected.
    pub fn end(&mut self) -> anyhow::Result<u64> {
        let rows = std::mem::take(&mut self.rows);
        let count = rows.len() as u64;
        for (line, faults) in rows {
            let number = line.to_string();
            let column = faults.columns.join(", ");
            let reason = faults.reasons.join(", ");
            let message = faults.messages.join("; ");
            if let Some(writer) = &mut self.file {
                let cells = [
                    &self.source,
                    &number,
                    &column,
                    &reason,
                    &message,
                    &faults.text,
                ];
                writer.write_record(cells)?;
            }
            if self.count < SHOWN {
                let place = match self.several {
                    true => format!("{}:{line}", self.source),
                    false => number,
                };
                let cells = [place, column, reason, message, short(&faults.text)];
                self.shown.row(cells);
            }
            self.count += 1;
        }
        Ok(count)
    }

    /// Shows what was rejected and closes the file.
    pub fn finish(mut self) -> anyhow::Result<()> {
        self.end()?;
        if let Some(writer) = &mut self.file {
            writer.flush()?;
        }
        if !self.shown.is_empty() {
            complain(&self.shown.draw_aside());
        }
        if self.count > SHOWN {
            complain(&format!(
                "and {} more rejected rows; --rejects FILE writes them all",
                grouped(self.count - SHOWN)
            ));
        }
        Ok(())
    }
}

impl Faults {
    /// Adds a fault, unless the row has it already.
    fn add(&mut self, columns: &[String], reason: &str, message: &str) {
        let new = |known: &[String], text: &str| !known.iter().any(|known| known == text);
        for column in columns {
            if new(&self.columns, column) {
                self.columns.push(column.clone());
            }
        }
        if new(&self.reasons, reason) {
            self.reasons.push(reason.to_owned());
        }
        if new(&self.messages, message) {
            self.messages.push(message.to_owned());
        }
    }
}

/// What the server said of a row, in the words of its file: the columns, and the sentence.
fn told(section: &Section, failure: &Failure) -> (Vec<String>, String) {
    let mut all: Vec<String> = Vec::new();
    let mut sentences = Vec::new();
    for (path, message) in &failure.fields {
        let columns = columns_of(section, path);
        let message = as_mapped(message);
        let word = path.rsplit('.').next().unwrap_or(path);
        sentences.push(match columns.as_slice() {
            [] => format!("`{word}` {message}"),
            _ if failure.fields.len() == 1 => message,
            columns => format!("`{}`: {message}", columns.join("`, `")),
        });
        all.extend(columns);
    }
    if all.is_empty() {
        let fields = fields_of(&failure.reason).iter();
        all.extend(fields.flat_map(|field| columns_of(section, field)));
    }
    if sentences.is_empty() {
        sentences.push(as_mapped(&failure.message));
    }
    let mut columns: Vec<String> = Vec::new();
    for column in all {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    (columns, sentences.join("; "))
}

/// Fields of a mapping that a reason is about where the server names no field of the row,
/// as with a source series that many rows share.
fn fields_of(reason: &str) -> &'static [&'static str] {
    match reason {
        "ENTITY_UNKNOWN" => &["entity", "counterpart", "originator"],
        "RELATION_DANGLING" => &["subject", "object", "source"],
        "INDICATOR_UNKNOWN" => &["indicator"],
        "UNIT_UNKNOWN" | "UNIT_NOT_ALLOWED" => &["unit"],
        "BREAKDOWN_INVALID" => &["counterpart", "code"],
        _ => &[],
    }
}

/// The columns that a field of the contract was read from: the last part of its path that
/// is a field of the section.
fn columns_of(section: &Section, path: &str) -> Vec<String> {
    // The code of a period is the period itself; a breakdown has another one.
    let path = path
        .strip_suffix(".code")
        .filter(|rest| rest.ends_with("period"))
        .unwrap_or(path);
    let words = path.split(['.', '[', ']']).filter(|word| !word.is_empty());
    for word in words.rev() {
        let word = match word {
            "name" if section.rule("id").is_some() => "id",
            // A range begins with what a mapping calls the number.
            "lower" => "number",
            other => other,
        };
        let rules = section.rules();
        let mut found = rules.iter().filter(|(field, _)| *field == word).peekable();
        if found.peek().is_some() {
            return found.flat_map(|(_, rule)| reader::columns(rule)).collect();
        }
    }
    Vec::new()
}

fn short(text: &str) -> String {
    const LONGEST: usize = 100;
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, Origin, Refusal, Rejects};

    fn line(number: u64) -> Line {
        Line {
            number,
            cells: csv::StringRecord::from(vec!["a", "b"]),
            fault: None,
        }
    }

    #[test]
    fn a_row_with_two_faults_is_one_row_and_rows_are_told_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rejects.csv");
        let mut rejects = Rejects::open(Some(&path), false).expect("opened");
        let refusal = |reason: &str, column: &str| Refusal {
            columns: vec![column.to_owned()],
            reason: reason.to_owned(),
            message: format!("bad {column}"),
        };
        rejects.begin(std::path::Path::new("t.csv"));
        rejects.refused(&line(7), &[refusal("A", "x")]);
        rejects.refused(&line(3), &[refusal("A", "x"), refusal("B", "y")]);
        rejects.refused(&line(7), &[refusal("A", "x")]);
        assert_eq!(Origin::of(&line(3), 0).text, "a,b");
        assert_eq!(rejects.end().expect("written"), 2);
        rejects.finish().expect("written");
        let written = std::fs::read_to_string(&path).expect("read");
        assert_eq!(
            written,
            "file,line,column,reason,message,text\n\
             t.csv,3,\"x, y\",\"A, B\",bad x; bad y,\"a,b\"\n\
             t.csv,7,x,A,bad x,\"a,b\"\n"
        );
    }
}
