//! Rows that were rejected: shown, written to a file, counted.

use std::fs::File;
use std::path::Path;

use anyhow::Context as _;

use super::input::Line;
use super::reader::{self, Refusal};
use super::section::Section;
use crate::cli::failure::Failure;
use crate::cli::table::{Table, complain};

/// Rows shown at most; the file has them all.
const SHOWN: u64 = 50;

/// Where rejected rows go.
pub struct Rejects {
    file: Option<csv::Writer<File>>,
    shown: Table,
    /// Rejected so far.
    pub count: u64,
}

/// What stays of a row after it was sent, to tell about it if it is rejected.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Line of the file.
    pub line: u64,
    /// The row as it stands in the file.
    pub text: String,
    /// Which section of its kind it came from.
    pub section: usize,
}

impl Origin {
    /// The origin of a record.
    pub fn of(line: &Line, section: usize) -> Self {
        Self {
            line: line.number,
            text: line.text(),
            section,
        }
    }
}

impl Rejects {
    /// Writes rejected rows to a file as well, if there is one.
    pub fn open(path: Option<&Path>) -> anyhow::Result<Self> {
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
            count: 0,
        })
    }

    /// A row that the mapping cannot read.
    pub fn refused(
        &mut self,
        file: &str,
        line: u64,
        text: &str,
        refusals: &[Refusal],
    ) -> anyhow::Result<()> {
        for refusal in refusals {
            self.write(
                file,
                line,
                &refusal.columns.join(", "),
                &refusal.reason,
                &refusal.message,
                text,
            )?;
        }
        self.count += 1;
        Ok(())
    }

    /// A row that the server rejected.
    pub fn failed(
        &mut self,
        file: &str,
        origin: &Origin,
        section: &Section,
        failure: &Failure,
    ) -> anyhow::Result<()> {
        let mut columns: Vec<String> = Vec::new();
        let named = failure.fields.iter().map(|(path, _)| path.as_str());
        let named: Vec<Vec<String>> = named.map(|path| columns_of(section, path)).collect();
        let named = if named.iter().all(Vec::is_empty) {
            let fields = fields_of(&failure.reason).iter();
            fields.map(|field| columns_of(section, field)).collect()
        } else {
            named
        };
        for column in named.into_iter().flatten() {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        self.write(
            file,
            origin.line,
            &columns.join(", "),
            &failure.reason,
            &failure.message,
            &origin.text,
        )?;
        self.count += 1;
        Ok(())
    }

    fn write(
        &mut self,
        file: &str,
        line: u64,
        column: &str,
        reason: &str,
        message: &str,
        text: &str,
    ) -> anyhow::Result<()> {
        let line = line.to_string();
        if let Some(writer) = &mut self.file {
            writer.write_record([file, &line, column, reason, message, text])?;
        }
        if self.count < SHOWN {
            self.shown.row([
                line,
                column.to_owned(),
                reason.to_owned(),
                message.to_owned(),
                short(text),
            ]);
        }
        Ok(())
    }

    /// Shows what was rejected and closes the file.
    pub fn finish(mut self) -> anyhow::Result<u64> {
        if let Some(writer) = &mut self.file {
            writer.flush()?;
        }
        if !self.shown.is_empty() {
            complain(&self.shown.draw_aside());
        }
        if self.count > SHOWN {
            complain(&format!(
                "and {} more rejected rows; --rejects FILE writes them all",
                self.count - SHOWN
            ));
        }
        Ok(self.count)
    }
}

/// Fields of a mapping that a reason is about where the server names no field of the row,
/// as with a series that many rows share.
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
    let words = path.split(['.', '[', ']']).filter(|word| !word.is_empty());
    for word in words.rev() {
        let word = match word {
            "code" if section.rule("period").is_some() => "period",
            "name" if section.rule("id").is_some() => "id",
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
