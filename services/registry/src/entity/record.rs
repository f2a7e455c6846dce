//! Versions of entities in their table.

use std::collections::HashMap;

use proto::registry::v1::RecordKind;
use proto::snapshot::v1::ChangeType;
use rpc::{Error, Reason, Result};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};

use super::{COLLECTION, Entity, names};
use crate::record::{self, Record};
use crate::stored::{Table, within};
use crate::version;
use crate::write::Write;

pub(super) const TABLE: Table<Entity> = Table::with_deleted("entity");

/// What of an entity is shown without its record.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct Summary {
    pub name: String,
    pub kind: String,
    pub display_name: String,
    /// Number of the contract.
    pub record_status: i64,
    pub created_at: i64,
    pub updated_at: i64,
    pub deleted_at: Option<i64>,
}

impl Summary {
    /// Its columns.
    pub(super) const COLUMNS: &str =
        "name, kind, display_name, record_status, created_at, updated_at, deleted_at";
}

/// The entity with this id, deleted or not.
pub(crate) async fn get(
    db: &impl ConnectionTrait,
    commit: i64,
    id: &str,
) -> Result<Record<Entity>> {
    let found = TABLE.get(db, commit, id).await?;
    found.ok_or_else(|| unknown(id))
}

/// The error for an entity that does not exist.
pub(crate) fn unknown(id: &str) -> Error {
    let name = format!("{COLLECTION}/{id}");
    let message = format!("`{name}` does not exist");
    Error::about(Reason::EntityNotFound, name, message)
}

/// The entities with these ids, deleted ones too.
pub(crate) async fn get_many<S: AsRef<str>>(
    db: &impl ConnectionTrait,
    commit: i64,
    ids: &[S],
) -> Result<HashMap<String, Record<Entity>>> {
    TABLE.get_many(db, commit, ids).await
}

/// Summaries of the entities with these ids, deleted ones too.
pub(crate) async fn summaries<S: AsRef<str>>(
    db: &impl ConnectionTrait,
    commit: i64,
    ids: &[S],
) -> Result<HashMap<String, Summary>> {
    let select = TABLE.columns_at(Summary::COLUMNS, commit);
    let rows = within::<Summary, _>(db, select, "name", ids).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.name.clone(), row))
        .collect())
}

/// Kinds of those of these entities that exist and are not deleted.
pub(crate) async fn live_kinds<S: AsRef<str>>(
    db: &impl ConnectionTrait,
    ids: &[S],
) -> Result<HashMap<String, String>> {
    let found = summaries(db, version::NOW, ids).await?.into_values();
    let live = found.filter(|summary| summary.deleted_at.is_none());
    Ok(live.map(|summary| (summary.name, summary.kind)).collect())
}

/// The next version of an entity, with the one it takes the place of.
pub(crate) struct Step {
    pub old: Option<Record<Entity>>,
    pub new: Record<Entity>,
    pub change_type: ChangeType,
}

/// Writes next versions with all that is derived from them.
pub(crate) async fn write(write: &mut Write, steps: &[Step]) -> Result<()> {
    let db = write.db();
    let ended = steps.iter().filter_map(|step| step.old.as_ref());
    let ended = ended.map(|old| [old.id.as_str().into()]).collect();
    version::close(db, "entity", ["name"], (write.commit, ended)).await?;
    let rows = steps
        .iter()
        .map(|step| row(&step.new))
        .collect::<Result<_>>()?;
    version::insert(db, "entity", WRITTEN, (write.commit, rows)).await?;
    let turns: Vec<_> = steps
        .iter()
        .map(|step| (step.old.as_ref(), &step.new))
        .collect();
    names::turn(write, &turns).await?;
    for step in steps {
        let Step {
            new, change_type, ..
        } = step;
        let kind = new.content.kind.clone();
        write.note(
            (RecordKind::Entity, *change_type),
            (format!("{COLLECTION}/{}", new.id), new.etag()),
            kind,
        );
    }
    Ok(())
}

const WRITTEN: [&str; 10] = [
    "name",
    "kind",
    "record_status",
    "lifecycle_state",
    "placeholder",
    "display_name",
    "created_at",
    "updated_at",
    "deleted_at",
    "body",
];

fn row(record: &Record<Entity>) -> Result<[Value; 10]> {
    let entity = &record.content;
    let state = entity.state().map_or(0, |state| state as i64);
    Ok([
        record.id.as_str().into(),
        entity.kind.as_str().into(),
        (entity.record_status as i64).into(),
        state.into(),
        entity.placeholder.into(),
        entity.display_name().into(),
        record.created_at.into(),
        record.updated_at.into(),
        record.deleted_at.into(),
        record::write(entity)?.into(),
    ])
}
