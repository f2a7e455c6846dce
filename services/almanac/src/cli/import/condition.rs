//! Conditions: which rows a rule is for.

use regex::Regex;
use toml::Value;

use super::fault::Fault;
use super::rule;
use super::text::Row;

/// A condition on the cells of a row: any of several sets of tests that must all hold.
#[derive(Debug, Clone)]
pub struct Condition(Vec<Vec<(String, Test)>>);

#[derive(Debug, Clone)]
enum Test {
    OneOf(Vec<String>),
    NoneOf(Vec<String>),
    Matches(Regex),
    Empty(bool),
}

const KEYS: [&str; 3] = ["not", "match", "empty"];

impl Condition {
    /// Reads `{ column = "value" }`, `{ column = ["a", "b"] }`, `{ column = { not = … } }`,
    /// `{ column = { match = "regex" } }` or `{ column = { empty = true } }`; a list of them
    /// holds when one of them does.
    pub fn parse(value: &Value, path: &str) -> Result<Self, Fault> {
        let alternatives = match value {
            Value::Array(items) => items
                .iter()
                .map(|item| tests(item, path))
                .collect::<Result<_, _>>()?,
            one => vec![tests(one, path)?],
        };
        Ok(Self(alternatives))
    }

    /// Every column the condition looks at.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().map(|(column, _)| column.as_str())
    }

    /// Whether a row meets it.
    pub fn holds(&self, row: &Row) -> bool {
        let holds = |(column, test): &(String, Test)| test.holds(row.cell(column));
        self.0.iter().any(|tests| tests.iter().all(holds))
    }
}

impl Test {
    fn holds(&self, cell: &str) -> bool {
        match self {
            Self::OneOf(values) => values.iter().any(|value| value == cell),
            Self::NoneOf(values) => values.iter().all(|value| value != cell),
            Self::Matches(pattern) => pattern.is_match(cell),
            Self::Empty(empty) => cell.is_empty() == *empty,
        }
    }
}

fn tests(value: &Value, path: &str) -> Result<Vec<(String, Test)>, Fault> {
    let Value::Table(table) = value else {
        return Err(Fault::new(
            path,
            "is not a table of columns and what they must hold",
        ));
    };
    let tests = table.iter().map(|(column, value)| {
        test(value, &format!("{path}.{column}")).map(|test| (column.clone(), test))
    });
    tests.collect()
}

fn test(value: &Value, path: &str) -> Result<Test, Fault> {
    let Value::Table(table) = value else {
        return Ok(Test::OneOf(values(value, path)?));
    };
    let mut entries = table.iter();
    match (entries.next(), entries.next()) {
        (Some((key, value)), None) => match key.as_str() {
            "not" => Ok(Test::NoneOf(values(value, path)?)),
            "match" => Ok(Test::Matches(rule::pattern(value, path)?)),
            "empty" => match value.as_bool() {
                Some(empty) => Ok(Test::Empty(empty)),
                None => Err(Fault::new(path, "`empty` is neither true nor false")),
            },
            _ => Err(Fault::unknown_key(path, key, &KEYS)),
        },
        _ => Err(Fault::new(
            path,
            "needs exactly one of `not`, `match`, `empty`",
        )),
    }
}

fn values(value: &Value, path: &str) -> Result<Vec<String>, Fault> {
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Integer(number) => Ok(vec![number.to_string()]),
        Value::Array(items) => items.iter().map(|item| rule::string(item, path)).collect(),
        _ => Err(Fault::new(path, "is neither a text nor a list of texts")),
    }
}
