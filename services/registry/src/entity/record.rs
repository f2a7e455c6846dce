//! Versions of entities in their table.

use std::collections::HashMap;

use rpc::{Error, Page, PageRequest, Reason, Result};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{Condition, ConnectionTrait, FromQueryResult, Value};
use store::{filter, order};

use super::{COLLECTION, Entity, names};
use crate::feed::{Change, ChangeType};
use crate::record::{self, Record};
use crate::stored::{Table, within};
use crate::version;
use crate::write::Write;

/// Fields that lists can be filtered by.
pub(crate) const FILTERS: &[filter::Field] = &[
    filter::Field::new("name", "name", filter::Kind::Name(COLLECTION)),
    filter::Field::new("kind", "kind", filter::Kind::Text),
    filter::Field::new(
        "record_status",
        "record_status",
        filter::Kind::Enum(&[
            ("PUBLISHED", 1),
            ("DRAFT", 2),
            ("DUPLICATE", 3),
            ("WITHDRAWN", 4),
        ]),
    ),
    filter::Field::new(
        "lifecycle_state",
        "lifecycle_state",
        filter::Kind::Enum(&[("PLANNED", 1), ("ACTIVE", 2), ("CLOSED", 3)]),
    ),
    filter::Field::new("display_name", "display_name", filter::Kind::Text),
    filter::Field::new("placeholder", "placeholder", filter::Kind::Bool),
    filter::Field::new("create_time", "created_at", filter::Kind::Time),
    filter::Field::new("update_time", "updated_at", filter::Kind::Time),
];

/// Fields that lists can be ordered by; the first one is unique.
const ORDERS: &[order::Field] = &[
    order::Field::text("name", "name"),
    order::Field::text("display_name", "display_name"),
    order::Field::text("kind", "kind"),
    order::Field::number("create_time", "created_at"),
    order::Field::number("update_time", "updated_at"),
];

const TABLE: Table<Entity> = Table::with_deleted("entity");

/// What of an entity is shown without its record.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct Summary {
    pub name: String,
    pub kind: String,
    pub display_name: String,
    pub deleted_at: Option<i64>,
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
    let select = TABLE.columns_at("name, kind, display_name, deleted_at", commit);
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

/// What a list shows.
#[derive(Debug)]
pub(crate) struct List {
    filter: Condition,
    order: Vec<order::Key>,
    show_deleted: bool,
}

impl List {
    /// Reads filter and order.
    pub(crate) fn read(filter: &str, order_by: &str, show_deleted: bool) -> Result<Self> {
        Ok(Self {
            filter: filter::condition(filter, FILTERS)?,
            order: order::read(order_by, ORDERS)?,
            show_deleted,
        })
    }
}

/// A page of entities.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    commit: i64,
    list: List,
    page: PageRequest,
) -> Result<Page<Record<Entity>>> {
    let mut select = TABLE.at(commit);
    select.cond_where(list.filter);
    if !list.show_deleted {
        select.and_where(Expr::cust("deleted_at").is_null());
    }
    TABLE
        .page(db, (select, commit), &list.order, page, key)
        .await
}

fn key(record: &Record<Entity>, key: &order::Key) -> String {
    match key.field.name {
        "display_name" => record.content.display_name().to_owned(),
        "kind" => record.content.kind.clone(),
        "create_time" => record.created_at.to_string(),
        "update_time" => record.updated_at.to_string(),
        _ => record.id.clone(),
    }
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
        write.note(Change {
            name: format!("{COLLECTION}/{}", step.new.id),
            change_type: step.change_type,
            kind: step.new.content.kind.clone(),
        });
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
