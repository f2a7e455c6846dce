//! Texts with columns in them: `rainfall-{file.date}`, `{name_en}`.

use std::collections::{BTreeMap, HashMap};

use csv::StringRecord;

/// A text in which `{column}` stands for the cell of a row, `{file.group}` for a part of the
/// file's name and `{wide.value}` for a cell of a wide table. `{{` and `}}` are braces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Column(String),
}

/// Prefix of what comes from the name of the file.
pub const FILE: &str = "file.";
/// Prefix of what comes from a column of a wide table.
pub const WIDE: &str = "wide.";

impl Text {
    /// Reads a text; the message says what is wrong with it.
    pub fn parse(source: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = source.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '{' | '}' if rest.peek() == Some(&c) => {
                    rest.next();
                    literal.push(c);
                }
                '{' => {
                    if !literal.is_empty() {
                        parts.push(Part::Literal(std::mem::take(&mut literal)));
                    }
                    parts.push(Part::Column(placeholder(&mut rest, source)?));
                }
                '}' => {
                    return Err(format!(
                        "`{source}` has a `}}` without `{{`; write `}}}}` for a brace"
                    ));
                }
                _ => literal.push(c),
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self(parts))
    }

    /// What stands in braces, in order.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Column(column) => Some(column.as_str()),
            Part::Literal(_) => None,
        })
    }

    /// The text for a row. Empty as soon as one of its columns is: `entities/{maker}` of a
    /// row without maker is no name.
    pub fn read(&self, row: &Row) -> String {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Column(column) => match row.cell(column) {
                    "" => return String::new(),
                    cell => text.push_str(cell),
                },
            }
        }
        text
    }
}

fn placeholder(
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    source: &str,
) -> Result<String, String> {
    let mut name = String::new();
    for c in rest.by_ref() {
        match c {
            '}' if name.is_empty() => {
                return Err(format!("`{source}` has braces without a column name"));
            }
            '}' => return Ok(name),
            _ => name.push(c),
        }
    }
    Err(format!(
        "`{source}` has a `{{` without `}}`; write `{{{{` for a brace"
    ))
}

/// Columns of a file by name.
pub type Columns = HashMap<String, usize>;

/// One row of a file, as texts see it.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// The cells.
    pub record: &'a StringRecord,
    /// Position of each column.
    pub columns: &'a Columns,
    /// Parts of the file's name by group, with the prefix `file.`.
    pub file: &'a BTreeMap<String, String>,
    /// Parts of a wide column by group, with the prefix `wide.`.
    pub wide: Option<&'a BTreeMap<String, String>>,
    /// Cells that stand for an empty one.
    pub missing: &'a [String],
}

impl<'a> Row<'a> {
    /// The cell of a column, trimmed; empty when there is none.
    pub fn cell(&self, column: &str) -> &'a str {
        if let Some(position) = self.columns.get(column) {
            let cell = self.record.get(*position).unwrap_or_default().trim();
            return if self.missing.iter().any(|m| m == cell) {
                ""
            } else {
                cell
            };
        }
        let parts = if column.starts_with(WIDE) {
            self.wide
        } else {
            Some(self.file)
        };
        parts
            .and_then(|parts| parts.get(column))
            .map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn braces_that_do_not_match_are_refused_with_the_text() {
        for bad in ["{name", "name}", "a{}b"] {
            let message = Text::parse(bad).expect_err(bad);
            assert!(message.contains(bad), "{message}");
        }
    }

    #[test]
    fn doubled_braces_are_braces() {
        let text = Text::parse("{{x}} {y}").expect("a text");
        assert_eq!(text.columns().collect::<Vec<_>>(), ["y"]);
    }
}
