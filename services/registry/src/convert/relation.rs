use proto::registry::v1 as pb;
use rpc::{Fields, Reason, Result};

use super::mask::Mask;
use super::{
    ENTITIES, LONGEST_PHRASE, all, chosen_id, code, each, name_of, note, number, period,
    source_ref, time,
};
use crate::citation::{Basis, SourceRef};
use crate::entity::MOST_STATES;
use crate::period::reversed;
use crate::record::Record;
use crate::relation::add::Row;
use crate::relation::edit::Patch;
use crate::relation::{COLLECTION, Relation, Share};

const MUTABLE: &[&str] = &[
    "subject",
    "predicate",
    "object",
    "role",
    "since",
    "until",
    "since_approximate",
    "as_of",
    "share",
    "basis",
    "source",
    "notes",
];
const OUTPUT_ONLY: &[&str] = &["name", "etag", "create_time", "update_time", "delete_time"];

/// Reads a new relation and the id chosen for it.
pub(crate) fn create(request: &pb::CreateRelationRequest) -> Result<(Option<String>, Relation)> {
    let mut fields = Fields::new();
    let id = chosen_id(&mut fields, "relation_id", &request.relation_id);
    let wire = request.relation.as_ref();
    if wire.is_none() {
        fields.refuse(Reason::FieldRequired, "relation", "is required");
    }
    let relation = wire.and_then(|wire| fields.take("relation", relation(wire)));
    fields.finish()?;
    relation
        .map(|relation| (id, relation))
        .ok_or_else(super::unread)
}

/// Reads a row of a batch.
pub(crate) fn row(wire: &pb::Relation) -> Result<Row> {
    let mut fields = Fields::new();
    let id = fields
        .optional_name("name", COLLECTION, &wire.name)
        .map(str::to_owned);
    let relation = match relation(wire) {
        Ok(relation) => Some(relation),
        Err(error) => {
            for fault in error.violations() {
                fields.refuse(fault.reason, fault.field.clone(), fault.message.clone());
            }
            None
        }
    };
    fields.finish()?;
    let relation = relation.ok_or_else(super::unread)?;
    Ok(Row { id, relation })
}

/// An update: id and etag, and what shall change.
pub(crate) fn update(request: &pb::UpdateRelationRequest) -> Result<((String, String), Patch)> {
    let mut fields = Fields::new();
    let mask = request.update_mask.as_ref();
    let mask = Mask::read(&mut fields, mask, MUTABLE, OUTPUT_ONLY);
    let Some(wire) = &request.relation else {
        fields.refuse(Reason::FieldRequired, "relation", "is required");
        fields.finish()?;
        return Err(super::unread());
    };
    let mut part = Fields::new();
    let id = part
        .name("name", COLLECTION, &wire.name)
        .unwrap_or_default()
        .to_owned();
    let fixed = |part: &mut Fields, field: &str, value: &str, is_entity: bool| {
        // With all fields, one of these that is left out is left alone.
        if !mask.has(field) || (mask.all() && value.is_empty()) {
            return None;
        }
        let id = if is_entity {
            part.name(field, ENTITIES, value)?
        } else {
            value
        };
        Some(id.to_owned())
    };
    let patch = Patch {
        fixed: [
            fixed(&mut part, "subject", &wire.subject, true),
            fixed(&mut part, "predicate", &wire.predicate, false),
            fixed(&mut part, "object", &wire.object, true),
        ],
        role: mask.take("role", || role(&mut part, &wire.role)),
        since: mask.take("since", || period(&mut part, "since", &wire.since)),
        until: mask.take("until", || period(&mut part, "until", &wire.until)),
        since_approximate: mask.take("since_approximate", || wire.since_approximate),
        as_of: mask.take("as_of", || period(&mut part, "as_of", &wire.as_of)),
        share: mask.take("share", || share(&mut part, wire)),
        basis: mask
            .take("basis", || basis(&mut part, wire.basis))
            .flatten(),
        source: mask.take("source", || source(&mut part, wire)).flatten(),
        notes: mask.take("notes", || each(&mut part, "notes", &wire.notes, note)),
    };
    part.at_most(
        "notes",
        patch.notes.as_ref().map_or(0, Vec::len),
        MOST_STATES,
    );
    fields.take("relation", part.finish());
    fields.finish()?;
    Ok(((id, wire.etag.clone()), patch))
}

fn relation(wire: &pb::Relation) -> Result<Relation> {
    let mut fields = Fields::new();
    let subject = fields
        .name("subject", ENTITIES, &wire.subject)
        .map(str::to_owned);
    fields.id("predicate", &wire.predicate);
    let object = fields
        .name("object", ENTITIES, &wire.object)
        .map(str::to_owned);
    let role = role(&mut fields, &wire.role);
    let since = period(&mut fields, "since", &wire.since);
    let until = period(&mut fields, "until", &wire.until);
    if reversed(since, until) {
        let message = "ends before `since` begins";
        fields.refuse(Reason::BoundsReversed, "until", message);
    }
    let as_of = period(&mut fields, "as_of", &wire.as_of);
    let share = share(&mut fields, wire);
    let basis = basis(&mut fields, wire.basis);
    let source = source(&mut fields, wire);
    fields.at_most("notes", wire.notes.len(), MOST_STATES);
    let notes = each(&mut fields, "notes", &wire.notes, note);
    fields.finish()?;
    let (Some(subject), Some(object), Some(source)) = (subject, object, source) else {
        return Err(super::unread());
    };
    Ok(Relation {
        subject,
        predicate: wire.predicate.clone(),
        object,
        role,
        since,
        until,
        since_approximate: wire.since_approximate,
        as_of,
        share,
        basis: basis.unwrap_or(Basis::Stated),
        source,
        notes,
    })
}

fn role(fields: &mut Fields, role: &str) -> String {
    fields.text("role", role, LONGEST_PHRASE);
    role.to_owned()
}

fn basis(fields: &mut Fields, wire: i32) -> Option<Basis> {
    number(fields, "basis", wire, Some(Basis::Stated))
}

fn share(fields: &mut Fields, wire: &pb::Relation) -> Option<Share> {
    let share = wire.share.as_ref()?;
    fields.take("share", rpc::read_quantity(share)).map(Share)
}

fn source(fields: &mut Fields, wire: &pb::Relation) -> Option<SourceRef> {
    match &wire.source {
        Some(wire) => fields.take("source", source_ref(wire)),
        None => {
            fields.refuse(Reason::FieldRequired, "source", "is required");
            None
        }
    }
}

impl From<Record<Relation>> for pb::Relation {
    fn from(record: Record<Relation>) -> Self {
        let etag = record.etag();
        let relation = record.content;
        Self {
            name: name_of(COLLECTION, &record.id),
            subject: name_of(ENTITIES, &relation.subject),
            predicate: relation.predicate,
            object: name_of(ENTITIES, &relation.object),
            role: relation.role,
            since: code(relation.since),
            until: code(relation.until),
            since_approximate: relation.since_approximate,
            as_of: code(relation.as_of),
            share: relation
                .share
                .map(|Share(quantity)| rpc::write_quantity(&quantity)),
            basis: relation.basis.into(),
            source: Some(relation.source.into()),
            notes: all(relation.notes),
            etag,
            create_time: Some(time(record.created_at)),
            update_time: Some(time(record.updated_at)),
            delete_time: record.deleted_at.map(time),
        }
    }
}
