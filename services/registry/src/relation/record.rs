//! Versions of relations in their table.

use std::collections::{HashMap, HashSet};

use figure::Period;
use proto::registry::v1 as pb;
use proto::snapshot::v1::ChangeType;
use rpc::{Error, Fields, Page, PageRequest, Reason, Result};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{Condition, ConnectionTrait, FromQueryResult, Value};
use store::{filter, order};

use super::{COLLECTION, Relation};
use crate::entity;
use crate::record::{self, Record};
use crate::snapshot::Seen;
use crate::stored::{Listed, Listing, Table, within};
use crate::version::{self, MOST_VALUES, NOW};
use crate::write::Write;

const BASES: &[(&str, i64)] = &[
    ("STATED", 1),
    ("INFERRED_FROM_PUBLICATION", 2),
    ("INFERRED_FROM_CONTEXT", 3),
    ("EDITORIAL", 4),
    ("UNKNOWN", 5),
];

/// Fields that lists can be filtered by.
const FILTERS: &[filter::Field] = &[
    filter::Field::new("name", "name", filter::Kind::Name(COLLECTION)),
    filter::Field::new("subject", "subject", filter::Kind::Name(entity::COLLECTION)),
    filter::Field::new("predicate", "predicate", filter::Kind::Text),
    filter::Field::new("object", "object", filter::Kind::Name(entity::COLLECTION)),
    filter::Field::new("source", "source", filter::Kind::Name(entity::COLLECTION)),
    filter::Field::new("basis", "basis", filter::Kind::Enum(BASES)),
    filter::Field::new("create_time", "created_at", filter::Kind::Time),
    filter::Field::new("update_time", "updated_at", filter::Kind::Time),
];

/// Fields that lists can be ordered by; the first one is unique.
const ORDERS: &[order::Field] = &[
    order::Field::text("name", "name"),
    order::Field::text("subject", "subject"),
    order::Field::text("predicate", "predicate"),
    order::Field::text("object", "object"),
    order::Field::number("create_time", "created_at"),
    order::Field::number("update_time", "updated_at"),
];

const TABLE: Table<Relation> = Table::without_deleted("relation");

/// The relation with this id.
pub(crate) async fn get(
    db: &impl ConnectionTrait,
    commit: i64,
    id: &str,
) -> Result<Record<Relation>> {
    TABLE.get(db, commit, id).await?.ok_or_else(|| {
        let name = format!("{COLLECTION}/{id}");
        let message = format!("`{name}` does not exist");
        Error::about(Reason::RelationNotFound, name, message)
    })
}

/// The relations with these ids.
pub(super) async fn get_many(
    db: &impl ConnectionTrait,
    ids: &[&str],
) -> Result<HashMap<String, Record<Relation>>> {
    TABLE.get_many(db, NOW, ids).await
}

#[derive(FromQueryResult)]
struct Used {
    name: String,
}

/// Those of these ids that are or were in use.
pub(super) async fn used(db: &impl ConnectionTrait, ids: &[&str]) -> Result<HashSet<String>> {
    let mut select = Query::select();
    select.expr(Expr::cust("name")).distinct().from("relation");
    let rows = within::<Used, _>(db, select, "name", ids).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// What ties a subject to an object, and when.
#[derive(Debug, Clone)]
pub(crate) struct Tie {
    pub id: String,
    pub subject: String,
    pub object: String,
    pub since: Option<Period>,
    pub until: Option<Period>,
}

impl Tie {
    /// The tie that a relation is.
    pub(super) fn of(id: &str, relation: &Relation) -> Self {
        Self {
            id: id.to_owned(),
            subject: relation.subject.clone(),
            object: relation.object.clone(),
            since: relation.since,
            until: relation.until,
        }
    }
}

/// The ties of these subjects by one predicate.
pub(super) async fn ties(
    db: &impl ConnectionTrait,
    predicate: &str,
    subjects: &[&str],
) -> Result<Vec<Tie>> {
    let mut ties = Vec::new();
    for chunk in subjects.chunks(MOST_VALUES) {
        let mut select = TABLE.at(NOW);
        select
            .and_where(Expr::cust("predicate").eq(predicate))
            .and_where(Expr::cust("subject").is_in(chunk.iter().copied()));
        let records = TABLE.all(db, &select).await?.into_iter();
        ties.extend(records.map(|record| Tie::of(&record.id, &record.content)));
    }
    Ok(ties)
}

/// All ties by one predicate.
pub(crate) async fn all_ties(db: &impl ConnectionTrait, predicate: &str) -> Result<Vec<Tie>> {
    let mut select = TABLE.at(NOW);
    select.and_where(Expr::cust("predicate").eq(predicate));
    let records = TABLE.all(db, &select).await?.into_iter();
    let ties = records.map(|record| Tie::of(&record.id, &record.content));
    Ok(ties.collect())
}

/// What a list shows.
#[derive(Debug)]
pub(crate) struct List {
    filter: Condition,
    order: Vec<order::Key>,
}

impl List {
    /// Reads filter and order.
    pub(crate) fn read(fields: &mut Fields, filter: &str, order_by: &str) -> Self {
        let filter = fields.take("", filter::condition(filter, FILTERS));
        let order = fields.take("", order::read(order_by, ORDERS));
        Self {
            filter: filter.unwrap_or_else(Condition::all),
            order: order.unwrap_or_default(),
        }
    }

    /// A page of relations.
    pub(crate) async fn page(
        self,
        db: &impl ConnectionTrait,
        page: PageRequest,
        seen: &Seen,
    ) -> Result<Page<pb::Relation>> {
        let mut select = TABLE.at(seen.commit);
        select.cond_where(self.filter);
        let list = Listing {
            select,
            order: &self.order,
            read: Listed::full::<Relation>,
            key,
        };
        list.page(db, page, seen).await
    }
}

fn key(row: &Listed<pb::Relation>, key: &order::Key) -> String {
    let relation = &row.message;
    match key.field.name {
        "subject" => entity::id_of(&relation.subject).to_owned(),
        "predicate" => relation.predicate.clone(),
        "object" => entity::id_of(&relation.object).to_owned(),
        "create_time" => row.created_at.to_string(),
        "update_time" => row.updated_at.to_string(),
        _ => entity::id_of(&relation.name).to_owned(),
    }
}

/// Writes versions in the place of the ones in force, if there are any.
pub(super) async fn write(
    write: &mut Write,
    change_type: ChangeType,
    records: &[Record<Relation>],
) -> Result<()> {
    if matches!(change_type, ChangeType::Updated) {
        close(write, records).await?;
    }
    let rows = records.iter().map(row).collect::<Result<_>>()?;
    version::insert(write.db(), "relation", WRITTEN, (write.commit, rows)).await?;
    note(write, change_type, records);
    Ok(())
}

/// Withdraws a relation.
pub(super) async fn withdraw(write: &mut Write, record: &Record<Relation>) -> Result<()> {
    let records = std::slice::from_ref(record);
    close(write, records).await?;
    note(write, ChangeType::Deleted, records);
    Ok(())
}

async fn close(write: &Write, records: &[Record<Relation>]) -> Result<()> {
    let keys = records
        .iter()
        .map(|record| [record.id.as_str().into()])
        .collect();
    version::close(write.db(), "relation", ["name"], (write.commit, keys)).await
}

fn note(write: &mut Write, change_type: ChangeType, records: &[Record<Relation>]) {
    for record in records {
        write.note(
            (pb::RecordKind::Relation, change_type),
            (format!("{COLLECTION}/{}", record.id), record.etag()),
            String::new(),
        );
    }
}

const WRITTEN: [&str; 9] = [
    "name",
    "subject",
    "predicate",
    "object",
    "source",
    "basis",
    "created_at",
    "updated_at",
    "body",
];

fn row(record: &Record<Relation>) -> Result<[Value; 9]> {
    let relation = &record.content;
    Ok([
        record.id.as_str().into(),
        relation.subject.as_str().into(),
        relation.predicate.as_str().into(),
        relation.object.as_str().into(),
        relation.source.source.as_str().into(),
        (relation.basis as i64).into(),
        record.created_at.into(),
        record.updated_at.into(),
        record::write(relation)?.into(),
    ])
}
