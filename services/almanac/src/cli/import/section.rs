//! One record of a mapping: rules by field, and the records within it.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::condition::Condition;
use super::fault::Fault;
use super::rule::{self, Rule};
use super::shape::Shape;

/// Rules of one record.
#[derive(Debug)]
pub struct Section {
    /// Where it stands in the mapping.
    pub path: String,
    /// The rows it is for; all when there is none.
    pub when: Option<Condition>,
    /// What splits its main field into several records.
    pub split: Option<String>,
    /// For wide tables: the columns that each give a record.
    pub wide: Option<regex::Regex>,
    /// The field without which the record is left out.
    pub main: &'static str,
    rules: BTreeMap<&'static str, Rule>,
    groups: BTreeMap<&'static str, Vec<Section>>,
}

impl Section {
    /// Reads one section, or a list of them.
    pub fn parse_all(value: &Value, path: &str, shape: &Shape) -> Result<Vec<Self>, Fault> {
        match value {
            Value::Table(table) => Ok(vec![Self::parse(table, path, shape)?]),
            Value::Array(items) => {
                let items = items.iter().enumerate().map(|(i, item)| match item {
                    Value::Table(table) => Self::parse(table, &format!("{path}[{i}]"), shape),
                    _ => Err(Fault::new(path, "is not a table")),
                });
                items.collect()
            }
            _ => Err(Fault::new(path, "is not a table")),
        }
    }

    fn parse(table: &Table, path: &str, shape: &Shape) -> Result<Self, Fault> {
        let mut section = Self {
            path: path.to_owned(),
            when: None,
            split: None,
            wide: None,
            main: shape.main,
            rules: BTreeMap::new(),
            groups: BTreeMap::new(),
        };
        for (key, value) in table {
            let path = format!("{path}.{key}");
            let field = shape.fields.iter().find(|field| *field == key);
            let group = shape.groups.iter().find(|(name, _)| name == key);
            match (key.as_str(), field, group) {
                (_, Some(field), _) => {
                    section.rules.insert(field, Rule::parse(value, &path)?);
                }
                (_, _, Some((name, shape))) => {
                    section
                        .groups
                        .insert(name, Self::parse_all(value, &path, shape)?);
                }
                ("when", ..) => section.when = Some(Condition::parse(value, &path)?),
                ("split", ..) if !shape.main.is_empty() => {
                    section.split = Some(rule::string(value, &path)?);
                }
                ("wide", ..)
                    if shape.fields.contains(&"period") && shape.fields.contains(&"indicator") =>
                {
                    section.wide = Some(rule::pattern(value, &path)?);
                }
                _ => {
                    let known: Vec<_> = shape
                        .fields
                        .iter()
                        .copied()
                        .chain(shape.groups.iter().map(|(name, _)| *name))
                        .chain(["when"])
                        .collect();
                    return Err(Fault::unknown_key(&path, key, &known));
                }
            }
        }
        Ok(section)
    }

    /// The rule of a field, if the mapping has one.
    pub fn rule(&self, field: &str) -> Option<&Rule> {
        self.rules.get(field)
    }

    /// Records within this one.
    pub fn group(&self, name: &str) -> &[Self] {
        self.groups.get(name).map_or(&[], Vec::as_slice)
    }

    /// Fields that must have a rule.
    pub fn require(&self, fields: &[&str]) -> Result<(), Fault> {
        match fields.iter().find(|field| !self.rules.contains_key(*field)) {
            Some(field) => Err(Fault::new(&self.path, &format!("`{field}` is missing"))),
            None => Ok(()),
        }
    }

    /// Every rule, with its path, here and within.
    pub fn columns(&self) -> Vec<(String, String)> {
        let mut columns = Vec::new();
        for (field, rule) in &self.rules {
            let path = format!("{}.{field}", self.path);
            columns.extend(
                rule.columns()
                    .into_iter()
                    .map(|column| (path.clone(), column.to_owned())),
            );
        }
        let path = format!("{}.when", self.path);
        columns.extend(
            self.when
                .iter()
                .flat_map(Condition::columns)
                .map(|column| (path.clone(), column.to_owned())),
        );
        columns.extend(self.groups.values().flatten().flat_map(Self::columns));
        columns
    }

    /// All rules, here and within.
    pub fn rules(&self) -> Vec<(&'static str, &Rule)> {
        let mut rules: Vec<_> = self
            .rules
            .iter()
            .map(|(field, rule)| (*field, rule))
            .collect();
        rules.extend(self.groups.values().flatten().flat_map(Self::rules));
        rules
    }
}
