mod answer;

use std::collections::HashSet;

use proto::registry::v1 as pb;
use rpc::{Fields, Reason, Result};

use super::mask::Mask;
use super::{
    ENTITIES, LONGEST_PHRASE, chosen_id, each, language, note, number, period, source_id,
    source_ref,
};
use crate::entity::add::Row;
use crate::entity::edit::Patch;
use crate::entity::{
    Attribute, Entity, Identifier, Lifecycle, MOST_PARTS, MOST_STATES, Name, NameType,
    RecordStatus, View,
};
use crate::identifier::{LONGEST_URL, is_url};
use crate::period::reversed;

const LONGEST_NAME: usize = 300;
const LONGEST_VALUE: usize = 1000;

const MUTABLE: &[&str] = &[
    "kind",
    "names",
    "identifiers",
    "attributes",
    "lifecycle",
    "record_status",
    "placeholder",
    "sources",
    "notes",
];
const OUTPUT_ONLY: &[&str] = &[
    "name",
    "display_name",
    "etag",
    "create_time",
    "update_time",
    "delete_time",
];

/// Reads what of an entity shall be answered.
pub(crate) fn view(fields: &mut Fields, wire: i32) -> View {
    match pb::EntityView::try_from(wire) {
        Ok(pb::EntityView::Unspecified | pb::EntityView::Full) => View::Full,
        Ok(pb::EntityView::Summary) => View::Summary,
        Err(_) => {
            let message = format!("has no value {wire}");
            fields.refuse(Reason::FieldInvalid, "view", message);
            View::Full
        }
    }
}

/// Reads a new entity and the id chosen for it.
pub(crate) fn create(request: &pb::CreateEntityRequest) -> Result<(Option<String>, Entity)> {
    let mut fields = Fields::new();
    let id = chosen_id(&mut fields, "entity_id", &request.entity_id);
    let wire = request.entity.as_ref();
    if wire.is_none() {
        fields.refuse(Reason::FieldRequired, "entity", "is required");
    }
    let entity = wire.and_then(|wire| fields.take("entity", entity(wire)));
    fields.finish()?;
    entity.map(|entity| (id, entity)).ok_or_else(super::unread)
}

/// Reads a row of a batch.
pub(crate) fn row(wire: &pb::Entity) -> Result<Row> {
    let mut fields = Fields::new();
    let id = fields
        .name("name", ENTITIES, &wire.name)
        .unwrap_or_default()
        .to_owned();
    let entity = match entity(wire) {
        Ok(entity) => Some(entity),
        Err(error) => {
            for fault in error.violations() {
                fields.refuse(fault.reason, fault.field.clone(), fault.message.clone());
            }
            None
        }
    };
    let record_status = number(
        &mut Fields::new(),
        "record_status",
        wire.record_status,
        None,
    );
    fields.finish()?;
    let entity = entity.ok_or_else(super::unread)?;
    Ok(Row {
        id,
        entity,
        record_status,
    })
}

/// An update: id and etag, and what shall change.
pub(crate) fn update(request: &pb::UpdateEntityRequest) -> Result<((String, String), Patch)> {
    let mut fields = Fields::new();
    let mask = request.update_mask.as_ref();
    let mask = Mask::read(&mut fields, mask, MUTABLE, OUTPUT_ONLY);
    let Some(wire) = &request.entity else {
        fields.refuse(Reason::FieldRequired, "entity", "is required");
        fields.finish()?;
        return Err(super::unread());
    };
    let mut part = Fields::new();
    let id = part
        .name("name", ENTITIES, &wire.name)
        .unwrap_or_default()
        .to_owned();
    // With all fields, a kind that is left out is left alone.
    let kind_given = mask.has("kind") && !(mask.all() && wire.kind.is_empty());
    let patch = Patch {
        kind: kind_given.then(|| wire.kind.clone()),
        names: mask.take("names", || names(&mut part, &wire.names)),
        identifiers: mask.take("identifiers", || identifiers(&mut part, &wire.identifiers)),
        attributes: mask.take("attributes", || attributes(&mut part, &wire.attributes)),
        lifecycle: mask.take("lifecycle", || lifecycle(&mut part, &wire.lifecycle)),
        record_status: mask
            .take("record_status", || status(&mut part, wire.record_status))
            .flatten(),
        placeholder: mask.take("placeholder", || wire.placeholder),
        sources: mask.take("sources", || {
            each(&mut part, "sources", &wire.sources, source_ref)
        }),
        notes: mask.take("notes", || each(&mut part, "notes", &wire.notes, note)),
    };
    fields.take("entity", part.finish());
    fields.finish()?;
    Ok(((id, wire.etag.clone()), patch))
}

fn entity(wire: &pb::Entity) -> Result<Entity> {
    let mut fields = Fields::new();
    fields.id("kind", &wire.kind);
    let entity = Entity {
        kind: wire.kind.clone(),
        names: names(&mut fields, &wire.names),
        identifiers: identifiers(&mut fields, &wire.identifiers),
        attributes: attributes(&mut fields, &wire.attributes),
        lifecycle: lifecycle(&mut fields, &wire.lifecycle),
        record_status: status(&mut fields, wire.record_status).unwrap_or(RecordStatus::Published),
        placeholder: wire.placeholder,
        sources: each(&mut fields, "sources", &wire.sources, source_ref),
        notes: each(&mut fields, "notes", &wire.notes, note),
    };
    fields.at_most("sources", wire.sources.len(), MOST_PARTS);
    fields.at_most("notes", wire.notes.len(), MOST_STATES);
    fields.finish()?;
    Ok(entity)
}

fn status(fields: &mut Fields, wire: i32) -> Option<RecordStatus> {
    number(fields, "record_status", wire, Some(RecordStatus::Published))
}

fn names(fields: &mut Fields, wire: &[pb::Name]) -> Vec<Name> {
    if wire.is_empty() {
        fields.refuse(Reason::FieldRequired, "names", "needs one name at least");
    }
    fields.at_most("names", wire.len(), MOST_PARTS);
    let names = each(fields, "names", wire, name);
    let mut seen = HashSet::new();
    for (i, name) in names.iter().enumerate() {
        if !seen.insert((&name.text, &name.language, name.name_type as i32)) {
            let message = "is like an earlier one in text, language and type";
            fields.refuse(Reason::FieldInvalid, format!("names[{i}]"), message);
        }
    }
    names
}

fn name(wire: &pb::Name) -> Result<Name> {
    let mut fields = Fields::new();
    fields.required_text("text", &wire.text, LONGEST_NAME);
    language(&mut fields, &wire.language);
    let name_type = number(&mut fields, "type", wire.r#type, Some(NameType::Alias));
    let source = source_id(&mut fields, &wire.source);
    let period = period(&mut fields, "period", &wire.period);
    fields.finish()?;
    Ok(Name {
        text: wire.text.clone(),
        language: wire.language.clone(),
        name_type: name_type.unwrap_or(NameType::Alias),
        source,
        period,
    })
}

fn identifiers(fields: &mut Fields, wire: &[pb::Identifier]) -> Vec<Identifier> {
    fields.at_most("identifiers", wire.len(), MOST_PARTS);
    each(fields, "identifiers", wire, |identifier| {
        let mut fields = Fields::new();
        fields.id("scheme", &identifier.scheme);
        fields.required_text("value", &identifier.value, LONGEST_URL);
        if identifier.value.len() > LONGEST_URL {
            let message = format!("has more than {LONGEST_URL} bytes");
            fields.refuse(Reason::FieldInvalid, "value", message);
        }
        let source = source_id(&mut fields, &identifier.source);
        fields.finish()?;
        Ok(Identifier {
            scheme: identifier.scheme.clone(),
            value: identifier.value.clone(),
            source,
        })
    })
}

fn attributes(fields: &mut Fields, wire: &[pb::Attribute]) -> Vec<Attribute> {
    fields.at_most("attributes", wire.len(), MOST_PARTS);
    each(fields, "attributes", wire, |attribute| {
        let mut fields = Fields::new();
        fields.id("key", &attribute.key);
        let longest = if is_url(&attribute.value) {
            LONGEST_URL
        } else {
            LONGEST_VALUE
        };
        fields.required_text("value", &attribute.value, longest);
        let source = source_id(&mut fields, &attribute.source);
        let period = period(&mut fields, "period", &attribute.period);
        fields.finish()?;
        Ok(Attribute {
            key: attribute.key.clone(),
            value: attribute.value.clone(),
            source,
            period,
        })
    })
}

fn lifecycle(fields: &mut Fields, wire: &[pb::Lifecycle]) -> Vec<Lifecycle> {
    fields.at_most("lifecycle", wire.len(), MOST_STATES);
    each(fields, "lifecycle", wire, state)
}

fn state(wire: &pb::Lifecycle) -> Result<Lifecycle> {
    let mut fields = Fields::new();
    let state = number(&mut fields, "state", wire.state, None);
    if wire.state == 0 {
        fields.refuse(Reason::FieldRequired, "state", "is required");
    }
    let since = period(&mut fields, "since", &wire.since);
    let until = period(&mut fields, "until", &wire.until);
    let attested = period(&mut fields, "attested", &wire.attested);
    if reversed(since, until) {
        fields.refuse(
            Reason::BoundsReversed,
            "until",
            "ends before `since` begins",
        );
    }
    fields.text("event", &wire.event, LONGEST_PHRASE);
    let source = source_id(&mut fields, &wire.source);
    fields.finish()?;
    Ok(Lifecycle {
        state: state.ok_or_else(super::unread)?,
        since,
        until,
        attested,
        event: wire.event.clone(),
        source,
    })
}
