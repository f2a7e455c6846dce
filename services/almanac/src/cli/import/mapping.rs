//! The mapping file: how one kind of table becomes entities, relations, releases and claims.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use regex::Regex;
use toml::{Table, Value};

use super::fault::Fault;
use super::rule;
use super::section::Section;
use super::shape;
use super::text::{FILE, WIDE};

/// A mapping, read and checked in itself. Columns are checked when a file is there.
#[derive(Debug, Default)]
pub struct Mapping {
    /// What is said about the file itself.
    pub file: FileRules,
    /// A vocabulary to apply first.
    pub vocabulary: Option<PathBuf>,
    /// Definitions to apply first.
    pub definitions: Option<PathBuf>,
    /// Entities of a row.
    pub entities: Vec<Section>,
    /// Relations of a row.
    pub relations: Vec<Section>,
    /// Releases of a row, or of the file where no rule names a column.
    pub releases: Vec<Section>,
    /// Claims of a row.
    pub claims: Vec<Section>,
    /// The text of the mapping, for the digest of an ingest.
    pub source: String,
}

/// What a mapping says about the file itself.
#[derive(Debug, Default)]
pub struct FileRules {
    /// What separates cells; by the name of the file when there is none.
    pub delimiter: Option<u8>,
    /// What the file's name must look like; its named groups are `{file.GROUP}`.
    pub name: Option<Regex>,
    /// Cells that stand for an empty one.
    pub missing: Vec<String>,
}

const KEYS: [&str; 7] = [
    "file",
    "vocabulary",
    "definitions",
    "entities",
    "relations",
    "releases",
    "claims",
];
const FILE_KEYS: [&str; 3] = ["delimiter", "name", "missing"];

impl Mapping {
    /// Reads a mapping file.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let source = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&source, folder).with_context(|| format!("{} is not a mapping", path.display()))
    }

    fn parse(source: &str, folder: &Path) -> anyhow::Result<Self> {
        let table: Table = source.parse()?;
        let mut mapping = Self {
            source: source.to_owned(),
            ..Self::default()
        };
        for (key, value) in &table {
            match key.as_str() {
                "file" => mapping.file = FileRules::parse(value)?,
                "vocabulary" => mapping.vocabulary = Some(folder.join(rule::string(value, key)?)),
                "definitions" => mapping.definitions = Some(folder.join(rule::string(value, key)?)),
                "entities" => mapping.entities = Section::parse_all(value, key, &shape::ENTITY)?,
                "relations" => {
                    mapping.relations = Section::parse_all(value, key, &shape::RELATION)?;
                }
                "releases" => mapping.releases = Section::parse_all(value, key, &shape::RELEASE)?,
                "claims" => mapping.claims = Section::parse_all(value, key, &shape::CLAIM)?,
                _ => return Err(Fault::unknown_key(key, key, &KEYS).into()),
            }
        }
        mapping.require()?;
        Ok(mapping)
    }

    fn require(&self) -> Result<(), Fault> {
        for section in &self.entities {
            section.require(&["id", "kind"])?;
        }
        for section in &self.relations {
            section.require(&["subject", "predicate", "object", "source"])?;
        }
        for section in &self.releases {
            section.require(&["id", "source"])?;
        }
        for section in &self.claims {
            section.require(&["release", "indicator", "entity", "period", "unit"])?;
        }
        if self.sections().next().is_none() {
            return Err(Fault::new(
                "mapping",
                "says nothing about entities, relations, releases or claims",
            ));
        }
        Ok(())
    }

    /// All sections.
    pub fn sections(&self) -> impl Iterator<Item = &Section> {
        self.entities
            .iter()
            .chain(&self.relations)
            .chain(&self.releases)
            .chain(&self.claims)
    }

    /// Refuses columns that the file does not have.
    pub fn check_columns(&self, headers: &[&str]) -> Result<(), Fault> {
        for section in self.sections() {
            for (path, column) in section.columns() {
                if headers.contains(&column.as_str()) {
                    continue;
                }
                if column.starts_with(FILE) {
                    self.file.check_group(&path, &column)?;
                } else if column.starts_with(WIDE) {
                    check_wide(section, &path, &column)?;
                } else {
                    return Err(Fault::unknown_column(&path, &column, headers));
                }
            }
            if let Some(wide) = &section.wide
                && !headers.iter().any(|header| wide.is_match(header))
            {
                let message = format!("no column of the file matches `{wide}`");
                return Err(Fault::new(&format!("{}.wide", section.path), &message));
            }
        }
        Ok(())
    }
}

fn check_wide(section: &Section, path: &str, column: &str) -> Result<(), Fault> {
    let Some(wide) = &section.wide else {
        let message =
            format!("`{{{column}}}` needs `wide`, a pattern of the columns that hold values");
        return Err(Fault::new(path, &message));
    };
    let mut known: Vec<String> = wide
        .capture_names()
        .flatten()
        .map(|name| format!("{WIDE}{name}"))
        .collect();
    known.extend([format!("{WIDE}column"), format!("{WIDE}value")]);
    if known.iter().any(|name| name == column) {
        return Ok(());
    }
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    Err(Fault::unknown_key(path, column, &known))
}

impl FileRules {
    fn parse(value: &Value) -> Result<Self, Fault> {
        let Value::Table(table) = value else {
            return Err(Fault::new("file", "is not a table"));
        };
        let mut rules = Self::default();
        for (key, value) in table {
            let path = format!("file.{key}");
            match key.as_str() {
                "delimiter" => rules.delimiter = Some(delimiter(value, &path)?),
                "name" => rules.name = Some(rule::pattern(value, &path)?),
                "missing" => rules.missing = missing(value, &path)?,
                _ => return Err(Fault::unknown_key(&path, key, &FILE_KEYS)),
            }
        }
        Ok(rules)
    }

    fn check_group(&self, path: &str, column: &str) -> Result<(), Fault> {
        let groups = self
            .name
            .iter()
            .flat_map(|name| name.capture_names().flatten());
        let known: Vec<String> = groups
            .map(|group| format!("{FILE}{group}"))
            .chain([format!("{FILE}name")])
            .collect();
        if known.iter().any(|name| name == column) {
            return Ok(());
        }
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        Err(Fault::unknown_key(path, column, &known))
    }
}

fn delimiter(value: &Value, path: &str) -> Result<u8, Fault> {
    match rule::string(value, path)?.as_bytes() {
        [one] => Ok(*one),
        _ => Err(Fault::new(path, "is not one character such as `;`")),
    }
}

fn missing(value: &Value, path: &str) -> Result<Vec<String>, Fault> {
    let Value::Array(items) = value else {
        return Err(Fault::new(path, "is not a list of texts"));
    };
    items.iter().map(|item| rule::string(item, path)).collect()
}

#[cfg(test)]
pub(super) mod tests;
