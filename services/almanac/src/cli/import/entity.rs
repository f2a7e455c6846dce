//! Entities from rows.

use proto::figure::v1::{Basis, Note, SourceRef};
use proto::registry::v1::{
    Attribute, Entity, Identifier, Lifecycle, LifecycleState, Name, NameType, RecordStatus,
};

use super::reader::{Reader, named};
use super::section::Section;

const ENTITIES: &str = "entities";

/// Reads an entity.
pub fn build(reader: &mut Reader, section: &Section) -> Entity {
    let mut entity = Entity {
        name: reader.required_name(section, "id", ENTITIES),
        kind: reader.required(section, "kind"),
        placeholder: reader.truth(section, "placeholder"),
        record_status: reader.code(section, "record_status", "RECORD_STATUS_", |word| {
            RecordStatus::from_str_name(word).map(|code| code as i32)
        }),
        ..Entity::default()
    };
    each(reader, section, "names", |reader, section, text| {
        entity.names.push(name(reader, section, text));
    });
    each(reader, section, "identifiers", |reader, section, value| {
        entity.identifiers.push(Identifier {
            scheme: reader.required(section, "scheme"),
            value,
            source: reader.name(section, "source", ENTITIES),
        });
    });
    each(reader, section, "attributes", |reader, section, value| {
        entity.attributes.push(Attribute {
            key: reader.required(section, "key"),
            value,
            source: reader.name(section, "source", ENTITIES),
            period: reader.text(section, "period"),
        });
    });
    each(reader, section, "lifecycle", |reader, section, _| {
        entity.lifecycle.push(lifecycle(reader, section));
    });
    each(reader, section, "sources", |reader, section, source| {
        entity.sources.push(SourceRef {
            source: named(ENTITIES, source),
            locator: reader.text(section, "locator"),
            quote: reader.text(section, "quote"),
        });
    });
    entity.notes = notes(reader, section);
    without_repeats(&mut entity);
    entity
}

/// Calls `make` for each record within a record that the row has.
pub fn each(
    reader: &mut Reader,
    section: &Section,
    group: &str,
    mut make: impl FnMut(&mut Reader, &Section, String),
) {
    for inner in section.group(group) {
        if reader.wants(inner) {
            for main in reader.mains(inner) {
                make(reader, inner, main);
            }
        }
    }
}

/// Remarks of a record.
pub fn notes(reader: &mut Reader, section: &Section) -> Vec<Note> {
    let mut notes = Vec::new();
    each(reader, section, "notes", |reader, section, text| {
        notes.push(Note {
            path: reader.text(section, "path"),
            basis: basis(reader, section),
            ambiguous: reader.truth(section, "ambiguous"),
            text,
        });
    });
    notes
}

/// On what something rests.
pub fn basis(reader: &mut Reader, section: &Section) -> i32 {
    reader.code(section, "basis", "BASIS_", |word| {
        Basis::from_str_name(word).map(|code| code as i32)
    })
}

fn name(reader: &mut Reader, section: &Section, text: String) -> Name {
    let read = |word: &str| NameType::from_str_name(word).map(|code| code as i32);
    Name {
        text,
        language: reader.text(section, "language"),
        r#type: reader.code(section, "type", "NAME_TYPE_", read),
        source: reader.name(section, "source", ENTITIES),
        period: reader.text(section, "period"),
    }
}

fn lifecycle(reader: &mut Reader, section: &Section) -> Lifecycle {
    let read = |word: &str| LifecycleState::from_str_name(word).map(|code| code as i32);
    Lifecycle {
        state: reader.code(section, "state", "LIFECYCLE_STATE_", read),
        since: reader.text(section, "since"),
        until: reader.text(section, "until"),
        attested: reader.text(section, "attested"),
        event: reader.text(section, "event"),
        source: reader.name(section, "source", ENTITIES),
    }
}

/// A row may name a thing twice: the alias that is the display name, the source that is
/// also quoted. The fuller statement stays.
fn without_repeats(entity: &mut Entity) {
    let mut seen: Vec<(String, String)> = Vec::new();
    entity.names.retain(|name| {
        let key = (name.text.clone(), name.language.clone());
        let new = !seen.contains(&key);
        seen.push(key);
        new
    });
    let located: Vec<String> = entity
        .sources
        .iter()
        .filter(|source| is_located(source))
        .map(|source| source.source.clone())
        .collect();
    entity
        .sources
        .retain(|source| is_located(source) || !located.contains(&source.source));
}

fn is_located(source: &SourceRef) -> bool {
    !source.locator.is_empty() || !source.quote.is_empty()
}
