//! Entities: somebody or something that figures are about, that makes them or that
//! publishes them.

pub(crate) mod add;
pub(crate) mod edit;
pub(crate) mod list;
pub(crate) mod many;
mod names;
pub(crate) mod record;
mod rule;

use figure::Period;
use serde::{Deserialize, Serialize};

use crate::citation::{Note, SourceRef};
use crate::number::numbered;
use crate::period;

/// Collection of the resource names.
pub(crate) const COLLECTION: &str = "entities";

/// Most names, identifiers, attributes and sources.
pub(crate) const MOST_PARTS: usize = 200;
/// Most lifecycle states and notes.
pub(crate) const MOST_STATES: usize = 50;

/// What of an entity is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// What stands in the columns beside the record.
    Summary,
    /// Everything.
    Full,
}

/// The id in a name of ours.
pub(crate) fn id_of(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_, id)| id)
}

/// What is recorded about an entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entity {
    pub kind: String,
    pub names: Vec<Name>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<Identifier>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lifecycle: Vec<Lifecycle>,
    pub record_status: RecordStatus,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub placeholder: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceRef>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// What an entity is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Name {
    pub text: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
    #[serde(rename = "type")]
    pub name_type: NameType,
    /// Id of the source; empty when not recorded, like the other ones below.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    #[serde(default, with = "period", skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
}

numbered! {
    /// A sort of name.
    pub(crate) enum NameType {
        Display = 1,
        Official = 2,
        Alias = 3,
        Acronym = 4,
        Former = 5,
        AsPrinted = 6,
    }
}

/// What others call the entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identifier {
    pub scheme: String,
    pub value: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
}

/// A small fact that is neither a link nor a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attribute {
    pub key: String,
    pub value: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    #[serde(default, with = "period", skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
}

/// A dated state of the thing itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lifecycle {
    pub state: LifecycleState,
    #[serde(default, with = "period", skip_serializing_if = "Option::is_none")]
    pub since: Option<Period>,
    #[serde(default, with = "period", skip_serializing_if = "Option::is_none")]
    pub until: Option<Period>,
    #[serde(default, with = "period", skip_serializing_if = "Option::is_none")]
    pub attested: Option<Period>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub event: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
}

numbered! {
    /// A state of the thing itself.
    pub(crate) enum LifecycleState {
        Planned = 1,
        Active = 2,
        Closed = 3,
    }
}

numbered! {
    /// The state of the record.
    pub(crate) enum RecordStatus {
        Published = 1,
        Draft = 2,
        Duplicate = 3,
        Withdrawn = 4,
    }
}

impl Entity {
    /// The name to show where there is room for one.
    pub(crate) fn display_name(&self) -> &str {
        let display = || {
            self.names
                .iter()
                .filter(|n| n.name_type == NameType::Display)
        };
        let english = |name: &&Name| {
            let primary = name.language.split('-').next().unwrap_or_default();
            primary.eq_ignore_ascii_case("en")
        };
        let shown = display().find(english).or_else(|| display().next());
        let shown = shown.or(self.names.first());
        shown.map(|name| name.text.as_str()).unwrap_or_default()
    }

    /// The state that began last; of several that began together, the last one.
    pub(crate) fn state(&self) -> Option<LifecycleState> {
        let last = self.lifecycle.iter().max_by_key(|state| state.since);
        last.map(|state| state.state)
    }

    /// All sources it cites: part, index in it, id.
    pub(crate) fn citations(&self) -> impl Iterator<Item = (&'static str, usize, &str)> {
        fn each<'a, T>(
            part: &'static str,
            items: &'a [T],
            source: fn(&T) -> &str,
        ) -> impl Iterator<Item = (&'static str, usize, &'a str)> {
            let cited = items
                .iter()
                .enumerate()
                .map(move |(i, item)| (part, i, source(item)));
            cited.filter(|(_, _, id)| !id.is_empty())
        }
        each("names", &self.names, |n| &n.source)
            .chain(each("identifiers", &self.identifiers, |i| &i.source))
            .chain(each("attributes", &self.attributes, |a| &a.source))
            .chain(each("lifecycle", &self.lifecycle, |l| &l.source))
            .chain(each("sources", &self.sources, |s| &s.source))
    }

    /// Adds what `other` has and this lacks.
    pub(crate) fn extend(&mut self, other: &Self) {
        let alike = |a: &Name, b: &Name| {
            (&a.text, &a.language, a.name_type) == (&b.text, &b.language, b.name_type)
        };
        union(&mut self.names, &other.names, alike);
        union(&mut self.identifiers, &other.identifiers, |a, b| {
            (&a.scheme, &a.value) == (&b.scheme, &b.value)
        });
        union(&mut self.attributes, &other.attributes, PartialEq::eq);
        union(&mut self.lifecycle, &other.lifecycle, PartialEq::eq);
        union(&mut self.sources, &other.sources, PartialEq::eq);
        union(&mut self.notes, &other.notes, PartialEq::eq);
    }
}

fn union<T: Clone>(have: &mut Vec<T>, more: &[T], alike: impl Fn(&T, &T) -> bool) {
    for item in more {
        if !have.iter().any(|known| alike(known, item)) {
            have.push(item.clone());
        }
    }
}

#[cfg(test)]
mod tests;
