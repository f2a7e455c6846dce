//! The largest entity and the largest relation that are accepted: why neither needs a bound
//! of its own for an answer to hold it.

use prost::Message as _;

use super::*;
use crate::record::Record;

/// What an answer holds whatever else is in it.
const LARGEST: usize = 3 << 20;

/// A text of so many of the largest characters.
fn text(characters: usize) -> String {
    String::from_iter(std::iter::repeat_n('\u{2070e}', characters))
}

fn id() -> String {
    "x".repeat(63)
}

fn named() -> String {
    format!("entities/{}", id())
}

fn span() -> String {
    "2018-01-02/2019-02-03".to_owned()
}

fn cited() -> pb::SourceRef {
    pb::SourceRef {
        source: named(),
        locator: text(200),
        quote: text(300),
    }
}

fn remark() -> pb::Note {
    pb::Note {
        path: text(100),
        basis: 1,
        ambiguous: true,
        text: text(1000),
    }
}

fn called(i: usize) -> wire::Name {
    wire::Name {
        text: format!("{i:03}{}", text(297)),
        language: "zh-Hans-CN-12345678-12345678".to_owned(),
        r#type: 1,
        source: named(),
        period: span(),
    }
}

fn identified() -> wire::Identifier {
    wire::Identifier {
        scheme: id(),
        value: text(500),
        source: named(),
    }
}

fn attributed() -> wire::Attribute {
    wire::Attribute {
        key: id(),
        value: format!("https://{}", text(1992)),
        source: named(),
        period: span(),
    }
}

fn lived() -> wire::Lifecycle {
    wire::Lifecycle {
        state: 1,
        since: span(),
        until: span(),
        attested: span(),
        event: text(200),
        source: named(),
    }
}

const COMMIT: store::Commit = store::Commit {
    number: 1,
    committed_at: 1,
};

#[test]
fn the_largest_entity_fits_into_an_answer() {
    let entity = wire::Entity {
        name: named(),
        kind: id(),
        names: (0..200).map(called).collect(),
        identifiers: vec![identified(); 200],
        attributes: vec![attributed(); 200],
        lifecycle: vec![lived(); 50],
        record_status: 1,
        placeholder: true,
        sources: vec![cited(); 200],
        notes: vec![remark(); 50],
        ..wire::Entity::default()
    };
    let row = entity::row(&entity).expect("within its bounds");
    let mut record = Record::first(row.id, row.entity, COMMIT);
    record.deleted_at = Some(1);
    let bytes = wire::Entity::from(record).encoded_len();
    assert!((2 << 20..=LARGEST).contains(&bytes), "{bytes}");
}

#[test]
fn the_largest_relation_fits_into_an_answer() {
    let relation = wire::Relation {
        subject: named(),
        predicate: id(),
        object: named(),
        role: text(200),
        since: span(),
        until: span(),
        as_of: span(),
        source: Some(cited()),
        notes: vec![remark(); 50],
        ..wire::Relation::default()
    };
    let row = relation::row(&relation).expect("within its bounds");
    let record = Record::first(id(), row.relation, COMMIT);
    let bytes = wire::Relation::from(record).encoded_len();
    assert!((200_000..=LARGEST).contains(&bytes), "{bytes}");
}
