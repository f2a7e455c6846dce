//! Reads the fields of one record from one row and gathers all that is wrong with it.

use std::str::FromStr;

use prost_reflect::EnumDescriptor;

use super::fault::guess;
use super::lookup::{Found, Lookups};
use super::rule::{self, Reading, Rule, Unmapped};
use super::section::Section;
use super::text::Row;
use crate::cli::json;

/// What is wrong with a row, in the words of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Columns the wrong value comes from.
    pub columns: Vec<String>,
    /// The reason, a word.
    pub reason: String,
    /// The sentence.
    pub message: String,
}

/// Reads fields of a row.
#[derive(Debug)]
pub struct Reader<'a> {
    /// The row.
    pub row: Row<'a>,
    lookups: &'a Lookups,
    refusals: Vec<Refusal>,
}

impl<'a> Reader<'a> {
    /// A reader of a row.
    pub fn new(row: Row<'a>, lookups: &'a Lookups) -> Self {
        Self {
            row,
            lookups,
            refusals: Vec::new(),
        }
    }

    /// The value, if nothing was wrong.
    pub fn finish<T>(self, value: T) -> Result<T, Vec<Refusal>> {
        if self.refusals.is_empty() {
            Ok(value)
        } else {
            Err(self.refusals)
        }
    }

    /// How much was refused so far.
    pub fn refusals(&self) -> usize {
        self.refusals.len()
    }

    /// Whether the section is for this row.
    pub fn wants(&self, section: &Section) -> bool {
        section
            .when
            .as_ref()
            .is_none_or(|when| when.holds(&self.row))
    }

    fn refuse(&mut self, rule: &Rule, reason: &str, message: String) {
        let columns = columns(rule);
        self.refusals.push(Refusal {
            columns,
            reason: reason.to_owned(),
            message,
        });
    }

    /// Refuses the value of a field.
    pub fn refuse_field(&mut self, section: &Section, field: &str, reason: &str, message: String) {
        if let Some(rule) = section.rule(field) {
            self.refuse(rule, reason, message);
        }
    }

    fn unmapped(&mut self, field: &str, rule: &Rule, unmapped: &Unmapped) {
        self.refuse(
            rule,
            "VALUE_NOT_MAPPED",
            format!("`{}` is not in the map of `{field}`", unmapped.0),
        );
    }

    /// A text; empty when the mapping or the row has none.
    pub fn text(&mut self, section: &Section, field: &str) -> String {
        let Some(rule) = section.rule(field) else {
            return String::new();
        };
        match rule.read(&self.row) {
            Ok(Reading::Text(text)) => text,
            Ok(Reading::Lookup(lookup, text)) => match self.lookups.found(&lookup, &text) {
                Found::One(name) => name.clone(),
                Found::None => {
                    self.refuse(
                        rule,
                        "ENTITY_UNKNOWN",
                        format!("no entity has {} `{text}`", lookup.words()),
                    );
                    String::new()
                }
                Found::Several(names) => {
                    let message = format!(
                        "`{text}` may mean {}; map it to one of them",
                        names.join(", ")
                    );
                    self.refuse(rule, "ENTITY_AMBIGUOUS", message);
                    String::new()
                }
            },
            Err(unmapped) => {
                self.unmapped(field, rule, &unmapped);
                String::new()
            }
        }
    }

    /// A text that must not be empty.
    pub fn required(&mut self, section: &Section, field: &str) -> String {
        let before = self.refusals.len();
        let text = self.text(section, field);
        if text.is_empty()
            && self.refusals.len() == before
            && let Some(rule) = section.rule(field)
        {
            self.refuse(rule, "FIELD_REQUIRED", format!("`{field}` is empty"));
        }
        text
    }

    /// A name of a collection; the rule may give the bare id.
    pub fn name(&mut self, section: &Section, field: &str, collection: &str) -> String {
        named(collection, self.text(section, field))
    }

    /// A name that must not be empty.
    pub fn required_name(&mut self, section: &Section, field: &str, collection: &str) -> String {
        named(collection, self.required(section, field))
    }

    /// Yes or no; no when empty.
    pub fn truth(&mut self, section: &Section, field: &str) -> bool {
        let text = self.text(section, field);
        match text.to_lowercase().as_str() {
            "" | "false" | "no" | "n" | "0" => false,
            "true" | "yes" | "y" | "1" => true,
            _ => {
                if let Some(rule) = section.rule(field) {
                    self.refuse(
                        rule,
                        "FIELD_INVALID",
                        format!("`{text}` is neither true nor false"),
                    );
                }
                false
            }
        }
    }

    /// A whole number; 0 when empty.
    pub fn number<T: FromStr + Default>(&mut self, section: &Section, field: &str) -> T {
        let text = self.text(section, field);
        if text.is_empty() {
            return T::default();
        }
        text.parse().unwrap_or_else(|_| {
            if let Some(rule) = section.rule(field) {
                self.refuse(
                    rule,
                    "FIELD_INVALID",
                    format!("`{text}` is not a whole number for `{field}`"),
                );
            }
            T::default()
        })
    }

    /// A value of an enum of the contract, with or without its prefix; 0 when empty.
    pub fn code(
        &mut self,
        section: &Section,
        field: &str,
        prefix: &str,
        read: impl Fn(&str) -> Option<i32>,
    ) -> i32 {
        let text = self.text(section, field);
        if text.is_empty() {
            return 0;
        }
        let word = text.to_uppercase().replace(['-', ' '], "_");
        let found = read(&word).or_else(|| read(&format!("{prefix}{word}")));
        found.unwrap_or_else(|| {
            if let Some(rule) = section.rule(field) {
                let words = words(prefix);
                let words: Vec<_> = words.iter().map(String::as_str).collect();
                self.refuse(rule, "FIELD_INVALID", no_value(&text, field, &words));
            }
            0
        })
    }

    /// A list of texts.
    pub fn list(&mut self, section: &Section, field: &str) -> Vec<String> {
        let Some(rule) = section.rule(field) else {
            return Vec::new();
        };
        rule.read_list(&self.row).unwrap_or_else(|unmapped| {
            self.unmapped(field, rule, &unmapped);
            Vec::new()
        })
    }

    /// The main field of a record within a record, in parts where the mapping splits it.
    pub fn mains(&mut self, section: &Section) -> Vec<String> {
        let whole = self.text(section, section.main);
        rule::parts(&whole, section.split.as_deref())
    }
}

/// Says which words an enum has, as a mapping writes them.
pub fn no_value(text: &str, field: &str, words: &[&str]) -> String {
    let guess = guess(text, words.iter().copied());
    format!(
        "`{text}` is not a value of `{field}`{guess}; the values are `{}`",
        words.join("`, `")
    )
}

/// The values of the enum whose names begin so.
fn words(prefix: &str) -> Vec<String> {
    let unset = format!("{prefix}UNSPECIFIED");
    let Ok(pool) = json::contract() else {
        return Vec::new();
    };
    let found = pool
        .all_enums()
        .find(|one| one.values().any(|value| value.name() == unset));
    let values = found.iter().flat_map(EnumDescriptor::values);
    values
        .filter(|value| value.number() != 0)
        .map(|value| {
            let name = value.name().trim_start_matches(prefix);
            name.to_lowercase().replace('_', "-")
        })
        .collect()
}

/// The name with its collection; empty stays empty.
pub fn named(collection: &str, text: String) -> String {
    if text.is_empty() {
        text
    } else {
        crate::cli::name::within(collection, &text)
    }
}

/// Columns a rule looks at, each once.
pub fn columns(rule: &Rule) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for column in rule.columns() {
        if !columns.iter().any(|known| known == column) {
            columns.push(column.to_owned());
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_values_of_an_enum_are_told_as_a_mapping_writes_them() {
        let words = super::words("PERIOD_ROLE_");
        assert_eq!(words, ["whole", "as-of", "by"]);
        let told = super::no_value("exactly", "bound", &["exact", "greater-than"]);
        assert!(told.contains("did you mean `exact`?"), "{told}");
        assert!(told.contains("`greater-than`"), "{told}");
    }
}
