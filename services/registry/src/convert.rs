//! Between the contract and the model. Everything wrong with a request is gathered, under
//! the paths of the contract; what passes cannot be wrong in its form.

pub(crate) mod batch;
pub(crate) mod entity;
mod mask;
pub(crate) mod relation;
pub(crate) mod search;
pub(crate) mod vocabulary;

use figure::Period;
use prost_types::Timestamp;
use proto::figure::v1 as pb;
use proto::registry::v1::{Change as WireChange, RecordKind};
use rpc::{Error, Fields, Reason, Result};
use store::feed::Change;
use store::replay::RequestId;

use crate::citation::{Basis, Note, SourceRef};
use crate::entity::COLLECTION as ENTITIES;

/// Longest locator, role, event.
const LONGEST_PHRASE: usize = 200;
const LONGEST_QUOTE: usize = 300;
const MOST_QUOTED_WORDS: usize = 25;
const LONGEST_NOTE: usize = 1000;
const LONGEST_PATH: usize = 100;
/// BCP 47 knows no tag that is longer and in use.
const LONGEST_LANGUAGE: usize = 35;

/// Reads a required `collection/id` of a request.
pub(crate) fn id(field: &str, collection: &str, name: &str) -> Result<String> {
    let mut fields = Fields::new();
    let id = fields
        .name(field, collection, name)
        .unwrap_or_default()
        .to_owned();
    fields.finish()?;
    Ok(id)
}

/// Reads many `collection/id` of a request.
pub(crate) fn ids(field: &str, collection: &str, names: &[String]) -> Result<Vec<String>> {
    let mut fields = Fields::new();
    let mut ids = Vec::with_capacity(names.len());
    for (i, name) in names.iter().enumerate() {
        let id = fields.name(&format!("{field}[{i}]"), collection, name);
        ids.extend(id.map(str::to_owned));
    }
    fields.finish()?;
    Ok(ids)
}

/// What a request asks for and the id it may be repeated under, or everything that is wrong
/// with both.
pub(crate) fn both<T>(
    asked: Result<T>,
    repeat: Result<Option<RequestId>>,
) -> Result<(T, Option<RequestId>)> {
    let mut fields = Fields::new();
    let asked = fields.take("", asked);
    let repeat = fields.take("", repeat);
    fields.finish()?;
    asked.zip(repeat).ok_or_else(unread)
}

/// Refuses kinds of records that there are not, and those that stand twice.
pub(crate) fn kinds(fields: &mut Fields, kinds: &[i32]) {
    for (i, kind) in kinds.iter().enumerate() {
        let known = RecordKind::try_from(*kind).is_ok_and(|kind| kind != RecordKind::Unspecified);
        let message = match (known, kinds[..i].contains(kind)) {
            (true, false) => continue,
            (true, true) => "stands twice".to_owned(),
            (false, _) => format!("has no value {kind}"),
        };
        fields.refuse(Reason::FieldInvalid, format!("kinds[{i}]"), message);
    }
}

/// A change as it goes out, with the time of its commit.
pub(crate) fn change((committed_at, change): (i64, Change)) -> WireChange {
    WireChange {
        name: change.name,
        kind: change.kind,
        r#type: change.change_type.into(),
        commit_time: Some(time(committed_at)),
        etag: change.etag,
        entity_kind: change.about,
    }
}

/// Reads an id that the caller may leave to us.
fn chosen_id(fields: &mut Fields, field: &str, id: &str) -> Option<String> {
    if id.is_empty() {
        return None;
    }
    fields.id(field, id);
    Some(id.to_owned())
}

/// The error for a part that could not be read without a fault being noted.
pub(crate) fn unread() -> Error {
    Error::invalid(Vec::new())
}

fn name_of(collection: &str, id: &str) -> String {
    format!("{collection}/{id}")
}

/// The name of an entity; nothing for no entity.
fn source_name(id: &str) -> String {
    if id.is_empty() {
        return String::new();
    }
    name_of(ENTITIES, id)
}

fn source_id(fields: &mut Fields, name: &str) -> String {
    let id = fields.optional_name("source", ENTITIES, name);
    id.unwrap_or_default().to_owned()
}

fn period(fields: &mut Fields, field: &str, code: &str) -> Option<Period> {
    if code.is_empty() {
        return None;
    }
    match rpc::read_period(field, code) {
        Ok(period) => Some(period),
        Err(error) => {
            for fault in error.violations() {
                fields.refuse(fault.reason, field, fault.message.clone());
            }
            None
        }
    }
}

fn code(period: Option<Period>) -> String {
    period.map(|period| period.to_string()).unwrap_or_default()
}

/// Reads a number of an enum; 0 is `unset`.
fn number<T: TryFrom<i32, Error = String>>(
    fields: &mut Fields,
    field: &str,
    number: i32,
    unset: Option<T>,
) -> Option<T> {
    if number == 0 {
        return unset;
    }
    match T::try_from(number) {
        Ok(value) => Some(value),
        Err(message) => {
            fields.refuse(Reason::FieldInvalid, field, message);
            None
        }
    }
}

fn language(fields: &mut Fields, tag: &str) {
    let mut parts = tag.split('-');
    let is_part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let primary = parts.next().unwrap_or_default();
    let good = primary.len() > 1
        && is_part(primary)
        && primary.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(is_part)
        && tag.len() <= LONGEST_LANGUAGE;
    if !tag.is_empty() && !good {
        let message = "is not a language tag such as en or zh-Hans";
        fields.refuse(Reason::FieldInvalid, "language", message);
    }
}

/// Reads each item of a repeated field.
fn each<T, R>(
    fields: &mut Fields,
    field: &str,
    wire: &[T],
    read: impl Fn(&T) -> Result<R>,
) -> Vec<R> {
    let mut items = Vec::with_capacity(wire.len());
    for (i, item) in wire.iter().enumerate() {
        match read(item) {
            Ok(item) => items.push(item),
            Err(error) => {
                fields.take::<()>(&format!("{field}[{i}]"), Err(error));
            }
        }
    }
    items
}

fn source_ref(wire: &pb::SourceRef) -> Result<SourceRef> {
    let mut fields = Fields::new();
    let source = fields
        .name("source", ENTITIES, &wire.source)
        .unwrap_or_default();
    fields.text("locator", &wire.locator, LONGEST_PHRASE);
    fields.text("quote", &wire.quote, LONGEST_QUOTE);
    let words = wire.quote.split_whitespace().count();
    if words > MOST_QUOTED_WORDS {
        let message = format!("has {words} words; at most {MOST_QUOTED_WORDS} are quoted");
        fields.refuse(Reason::FieldInvalid, "quote", message);
    }
    let source = source.to_owned();
    fields.finish()?;
    Ok(SourceRef {
        source,
        locator: wire.locator.clone(),
        quote: wire.quote.clone(),
    })
}

fn note(wire: &pb::Note) -> Result<Note> {
    let mut fields = Fields::new();
    fields.text("path", &wire.path, LONGEST_PATH);
    fields.text("text", &wire.text, LONGEST_NOTE);
    let basis = number::<Basis>(&mut fields, "basis", wire.basis, None);
    fields.finish()?;
    Ok(Note {
        path: wire.path.clone(),
        basis,
        ambiguous: wire.ambiguous,
        text: wire.text.clone(),
    })
}

impl From<SourceRef> for pb::SourceRef {
    fn from(source: SourceRef) -> Self {
        Self {
            source: source_name(&source.source),
            locator: source.locator,
            quote: source.quote,
        }
    }
}

impl From<Note> for pb::Note {
    fn from(note: Note) -> Self {
        Self {
            path: note.path,
            basis: note.basis.map_or(0, i32::from),
            ambiguous: note.ambiguous,
            text: note.text,
        }
    }
}

fn all<A, B: From<A>>(items: Vec<A>) -> Vec<B> {
    items.into_iter().map(B::from).collect()
}

fn time(micros: i64) -> Timestamp {
    const SECOND: i64 = 1_000_000;
    Timestamp {
        seconds: micros.div_euclid(SECOND),
        nanos: i32::try_from(micros.rem_euclid(SECOND) * 1000).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
