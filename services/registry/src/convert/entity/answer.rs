//! Entities as they are answered.

use proto::registry::v1 as pb;

use crate::convert::{ENTITIES, all, code, name_of, source_name, time};
use crate::entity::record::Summary;
use crate::entity::{Attribute, Entity, Identifier, Lifecycle, Name};
use crate::record::Record;

impl From<Record<Entity>> for pb::Entity {
    fn from(record: Record<Entity>) -> Self {
        let etag = record.etag();
        let entity = record.content;
        Self {
            name: name_of(ENTITIES, &record.id),
            display_name: entity.display_name().to_owned(),
            kind: entity.kind,
            names: all(entity.names),
            identifiers: all(entity.identifiers),
            attributes: all(entity.attributes),
            lifecycle: all(entity.lifecycle),
            record_status: entity.record_status.into(),
            placeholder: entity.placeholder,
            sources: all(entity.sources),
            notes: all(entity.notes),
            etag,
            create_time: Some(time(record.created_at)),
            update_time: Some(time(record.updated_at)),
            delete_time: record.deleted_at.map(time),
        }
    }
}

impl From<Summary> for pb::Entity {
    fn from(summary: Summary) -> Self {
        Self {
            name: name_of(ENTITIES, &summary.name),
            kind: summary.kind,
            display_name: summary.display_name,
            record_status: i32::try_from(summary.record_status).unwrap_or_default(),
            delete_time: summary.deleted_at.map(time),
            ..Self::default()
        }
    }
}

impl From<Name> for pb::Name {
    fn from(name: Name) -> Self {
        Self {
            text: name.text,
            language: name.language,
            r#type: name.name_type.into(),
            source: source_name(&name.source),
            period: code(name.period),
        }
    }
}

impl From<Identifier> for pb::Identifier {
    fn from(identifier: Identifier) -> Self {
        Self {
            scheme: identifier.scheme,
            value: identifier.value,
            source: source_name(&identifier.source),
        }
    }
}

impl From<Attribute> for pb::Attribute {
    fn from(attribute: Attribute) -> Self {
        Self {
            key: attribute.key,
            value: attribute.value,
            source: source_name(&attribute.source),
            period: code(attribute.period),
        }
    }
}

impl From<Lifecycle> for pb::Lifecycle {
    fn from(lifecycle: Lifecycle) -> Self {
        Self {
            state: lifecycle.state.into(),
            since: code(lifecycle.since),
            until: code(lifecycle.until),
            attested: code(lifecycle.attested),
            event: lifecycle.event,
            source: source_name(&lifecycle.source),
        }
    }
}
