//! Rules: how a field of a record is read from a row.

use std::collections::BTreeMap;

use regex::Regex;
use toml::{Table, Value};

use super::condition::Condition;
use super::fault::Fault;
use super::text::{Row, Text};

/// How one field is read: cases first, then `from` with what is done to it, then `default`.
#[derive(Debug, Clone, Default)]
pub struct Rule {
    from: Text,
    cases: Vec<(Condition, Rule)>,
    when: Option<Condition>,
    matches: Option<Regex>,
    replace: Vec<(String, String)>,
    map: BTreeMap<String, String>,
    otherwise: Option<Text>,
    default: Text,
    split: Option<String>,
    list: Vec<Rule>,
    lookup: Option<Lookup>,
}

/// How an entity is found that a row does not name by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lookup {
    /// Scheme of the identifier; empty to look for names.
    pub scheme: String,
    /// Only entities of this kind; empty for any.
    pub kind: String,
}

/// What a rule gives for a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// The text itself; empty when there is none.
    Text(String),
    /// A text to look up in the registry.
    Lookup(Lookup, String),
}

/// A value that `map` does not have.
#[derive(Debug, PartialEq, Eq)]
pub struct Unmapped(pub String);

const KEYS: [&str; 12] = [
    "from",
    "case",
    "when",
    "match",
    "replace",
    "map",
    "otherwise",
    "default",
    "split",
    "scheme",
    "by",
    "kind",
];

impl Rule {
    /// Reads a rule: a text, a number or a truth value as it is, a list, or a table of keys.
    pub fn parse(value: &Value, path: &str) -> Result<Self, Fault> {
        match value {
            Value::Array(items) => {
                let items = items.iter().enumerate();
                let list = items.map(|(i, item)| Self::parse(item, &format!("{path}[{i}]")));
                Ok(Self {
                    list: list.collect::<Result<_, _>>()?,
                    ..Self::default()
                })
            }
            Value::Table(table) => Self::from_table(table, path),
            other => Ok(Self {
                from: text(other, path)?,
                ..Self::default()
            }),
        }
    }

    fn from_table(table: &Table, path: &str) -> Result<Self, Fault> {
        let mut rule = Self::default();
        let mut lookup = Lookup::default();
        let mut by_name = false;
        for (key, value) in table {
            let path = format!("{path}.{key}");
            match key.as_str() {
                "from" => rule.from = text(value, &path)?,
                "default" => rule.default = text(value, &path)?,
                "otherwise" => rule.otherwise = Some(text(value, &path)?),
                "when" => rule.when = Some(Condition::parse(value, &path)?),
                "match" => rule.matches = Some(pattern(value, &path)?),
                "split" => rule.split = Some(string(value, &path)?),
                "scheme" => lookup.scheme = string(value, &path)?,
                "kind" => lookup.kind = string(value, &path)?,
                "by" => by_name = named(value, &path)?,
                "map" => rule.map = strings(value, &path)?.into_iter().collect(),
                "replace" => rule.replace = strings(value, &path)?,
                "case" => rule.cases = cases(value, &path)?,
                _ => return Err(Fault::unknown_key(&path, key, &KEYS)),
            }
        }
        if rule.otherwise.is_some() && rule.map.is_empty() {
            return Err(Fault::new(path, "has `otherwise` without `map`"));
        }
        if by_name || !lookup.scheme.is_empty() {
            rule.lookup = Some(lookup);
        } else if !lookup.kind.is_empty() {
            return Err(Fault::new(
                path,
                "has `kind` without `scheme` or `by = \"name\"`",
            ));
        }
        Ok(rule)
    }

    /// Every column the rule looks at.
    pub fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = self.from.columns().chain(self.default.columns()).collect();
        columns.extend(self.otherwise.iter().flat_map(Text::columns));
        columns.extend(self.when.iter().flat_map(Condition::columns));
        for (condition, then) in &self.cases {
            columns.extend(then.columns());
            columns.extend(condition.columns());
        }
        columns.extend(self.list.iter().flat_map(Self::columns));
        columns
    }

    /// Whether the rule may look something up.
    pub fn looks_up(&self) -> bool {
        self.lookup.is_some() || self.cases.iter().any(|(_, then)| then.looks_up())
    }

    /// What the rule gives for a row.
    pub fn read(&self, row: &Row) -> Result<Reading, Unmapped> {
        if self.when.as_ref().is_some_and(|when| !when.holds(row)) {
            return Ok(Reading::Text(String::new()));
        }
        if let Some((_, then)) = self
            .cases
            .iter()
            .find(|(condition, _)| condition.holds(row))
        {
            return then.read(row);
        }
        let mut value = self.from.read(row);
        if let Some(pattern) = &self.matches {
            value = captured(pattern, &value);
        }
        for (from, to) in &self.replace {
            value = value.replace(from, to);
        }
        if !self.map.is_empty() && !value.is_empty() {
            value = match (self.map.get(&value), &self.otherwise) {
                (Some(mapped), _) => mapped.clone(),
                (None, Some(otherwise)) => otherwise.read(row),
                (None, None) => return Err(Unmapped(value)),
            };
        }
        if value.is_empty() {
            value = self.default.read(row);
        }
        match &self.lookup {
            Some(lookup) if !value.is_empty() => Ok(Reading::Lookup(lookup.clone(), value)),
            _ => Ok(Reading::Text(value)),
        }
    }

    /// What the rule gives for a row as a list: its items, or the parts of the text.
    pub fn read_list(&self, row: &Row) -> Result<Vec<String>, Unmapped> {
        let mut items = Vec::new();
        for rule in &self.list {
            items.extend(rule.read_list(row)?);
        }
        let (Reading::Text(whole) | Reading::Lookup(_, whole)) = self.read(row)?;
        items.extend(parts(&whole, self.split.as_deref()));
        Ok(items)
    }
}

/// The parts of a text, without empty ones; the text itself when nothing splits it.
pub fn parts(whole: &str, split: Option<&str>) -> Vec<String> {
    let parts: Vec<&str> = match split {
        Some(separator) => whole.split(separator).collect(),
        None => vec![whole],
    };
    let parts = parts.into_iter().map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The first group of a pattern in a text, or all that matches; empty when nothing does.
fn captured(pattern: &Regex, text: &str) -> String {
    let found = pattern.captures(text);
    let found = found.and_then(|groups| groups.get(1).or_else(|| groups.get(0)));
    found.map_or_else(String::new, |found| found.as_str().trim().to_owned())
}

fn cases(value: &Value, path: &str) -> Result<Vec<(Condition, Rule)>, Fault> {
    let Value::Array(items) = value else {
        return Err(Fault::new(
            path,
            "is not a list of tables with `when` and `then`",
        ));
    };
    let mut cases = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let path = format!("{path}[{i}]");
        let table = item.as_table();
        let (when, then) = match table {
            Some(table) => (table.get("when"), table.get("then")),
            None => (None, None),
        };
        if let Some(other) = table.and_then(|t| {
            t.keys()
                .find(|key| !["when", "then"].contains(&key.as_str()))
        }) {
            return Err(Fault::unknown_key(
                &format!("{path}.{other}"),
                other,
                &["when", "then"],
            ));
        }
        let (Some(when), Some(then)) = (when, then) else {
            return Err(Fault::new(&path, "needs both `when` and `then`"));
        };
        let when = Condition::parse(when, &format!("{path}.when"))?;
        cases.push((when, Rule::parse(then, &format!("{path}.then"))?));
    }
    Ok(cases)
}

fn named(value: &Value, path: &str) -> Result<bool, Fault> {
    match value.as_str() {
        Some("name") => Ok(true),
        Some("id") => Ok(false),
        _ => Err(Fault::new(
            path,
            "is neither \"name\" nor \"id\"; give `scheme` to look for an identifier",
        )),
    }
}

fn text(value: &Value, path: &str) -> Result<Text, Fault> {
    let source = match value {
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(truth) => truth.to_string(),
        other => {
            let message = format!(
                "is a {}, where a text belongs; write numbers with a point in quotes",
                other.type_str()
            );
            return Err(Fault::new(path, &message));
        }
    };
    Text::parse(&source).map_err(|message| Fault::new(path, &message))
}

/// A plain string.
pub fn string(value: &Value, path: &str) -> Result<String, Fault> {
    let text = value.as_str();
    text.map(str::to_owned)
        .ok_or_else(|| Fault::new(path, "is not a text"))
}

/// A regular expression.
pub fn pattern(value: &Value, path: &str) -> Result<Regex, Fault> {
    Regex::new(&string(value, path)?).map_err(|error| Fault::new(path, &error.to_string()))
}

fn strings(value: &Value, path: &str) -> Result<Vec<(String, String)>, Fault> {
    let Value::Table(table) = value else {
        return Err(Fault::new(path, "is not a table of texts"));
    };
    let entries = table.iter().map(|(key, value)| match value {
        Value::String(text) => Ok((key.clone(), text.clone())),
        Value::Integer(number) => Ok((key.clone(), number.to_string())),
        Value::Boolean(truth) => Ok((key.clone(), truth.to_string())),
        _ => Err(Fault::new(&format!("{path}.{key}"), "is not a text")),
    });
    entries.collect()
}
