//! Versions of relations in their table.

use std::collections::{HashMap, HashSet};

use figure::Period;
use rpc::{Error, Page, PageRequest, Reason, Result};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{Condition, ConnectionTrait, FromQueryResult, Value};
use store::{filter, order};

use super::{COLLECTION, Relation};
use crate::entity;
use crate::feed::{Change, ChangeType};
use crate::record::{self, Record};
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

const COLUMNS: &str = "name, from_commit, created_at, updated_at, body";

#[derive(FromQueryResult)]
struct Row {
    name: String,
    from_commit: i64,
    created_at: i64,
    updated_at: i64,
    body: String,
}

impl Row {
    fn record(self) -> Result<Record<Relation>> {
        Ok(Record {
            content: record::read(&self.body)?,
            id: self.name,
            from_commit: self.from_commit,
            created_at: self.created_at,
            updated_at: self.updated_at,
            deleted_at: None,
        })
    }
}

fn from_relation(columns: &'static str, commit: i64) -> SelectStatement {
    let mut select = Query::select();
    select
        .expr(Expr::cust(columns))
        .from("relation")
        .cond_where(version::at(commit));
    select
}

/// The relation with this id.
pub(crate) async fn get(
    db: &impl ConnectionTrait,
    commit: i64,
    id: &str,
) -> Result<Record<Relation>> {
    let mut select = from_relation(COLUMNS, commit);
    select.and_where(Expr::cust("name").eq(id));
    match version::select::<Row>(db, &select).await?.pop() {
        Some(row) => row.record(),
        None => Err(Error::new(
            Reason::RelationNotFound,
            format!("`{COLLECTION}/{id}` does not exist"),
        )),
    }
}

/// The relations with these ids.
pub(super) async fn get_many(
    db: &impl ConnectionTrait,
    ids: &[&str],
) -> Result<HashMap<String, Record<Relation>>> {
    let mut found = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(MOST_VALUES) {
        let mut select = from_relation(COLUMNS, NOW);
        select.and_where(Expr::cust("name").is_in(chunk.iter().copied()));
        for row in version::select::<Row>(db, &select).await? {
            found.insert(row.name.clone(), row.record()?);
        }
    }
    Ok(found)
}

#[derive(FromQueryResult)]
struct Used {
    name: String,
}

/// Those of these ids that are or were in use.
pub(super) async fn used(db: &impl ConnectionTrait, ids: &[&str]) -> Result<HashSet<String>> {
    let mut used = HashSet::new();
    for chunk in ids.chunks(MOST_VALUES) {
        let mut select = Query::select();
        select
            .expr(Expr::cust("name"))
            .distinct()
            .from("relation")
            .and_where(Expr::cust("name").is_in(chunk.iter().copied()));
        let rows = version::select::<Used>(db, &select).await?;
        used.extend(rows.into_iter().map(|row| row.name));
    }
    Ok(used)
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
        let mut select = from_relation(COLUMNS, NOW);
        select
            .and_where(Expr::cust("predicate").eq(predicate))
            .and_where(Expr::cust("subject").is_in(chunk.iter().copied()));
        for row in version::select::<Row>(db, &select).await? {
            let record = row.record()?;
            ties.push(Tie::of(&record.id, &record.content));
        }
    }
    Ok(ties)
}

/// All ties by one predicate.
pub(crate) async fn all_ties(db: &impl ConnectionTrait, predicate: &str) -> Result<Vec<Tie>> {
    let mut select = from_relation(COLUMNS, NOW);
    select.and_where(Expr::cust("predicate").eq(predicate));
    let rows = version::select::<Row>(db, &select).await?.into_iter();
    let tie = |row: Row| {
        row.record()
            .map(|record| Tie::of(&record.id, &record.content))
    };
    rows.map(tie).collect()
}

/// What a list shows.
#[derive(Debug)]
pub(crate) struct List {
    filter: Condition,
    order: Vec<order::Key>,
}

impl List {
    /// Reads filter and order.
    pub(crate) fn read(filter: &str, order_by: &str) -> Result<Self> {
        Ok(Self {
            filter: filter::condition(filter, FILTERS)?,
            order: order::read(order_by, ORDERS)?,
        })
    }
}

/// A page of relations.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    commit: i64,
    list: List,
    mut page: PageRequest,
) -> Result<Page<Record<Relation>>> {
    let mut select = from_relation(COLUMNS, commit);
    select.cond_where(list.filter);
    if let Some(after) = &page.after {
        select.cond_where(order::after(&list.order, after)?);
    }
    version::sort(&mut select, &list.order);
    select.limit(page.size as u64 + 1);
    let rows = version::select::<Row>(db, &select).await?;
    page.size = entity::record::fitting(rows.iter().map(|row| row.body.len())).min(page.size);
    let records = rows
        .into_iter()
        .map(Row::record)
        .collect::<Result<Vec<_>>>()?;
    Ok(page.page(records, commit, |record| keys(record, &list.order)))
}

fn keys(record: &Record<Relation>, order: &[order::Key]) -> Vec<String> {
    let value = |key: &order::Key| match key.field.name {
        "subject" => record.content.subject.clone(),
        "predicate" => record.content.predicate.clone(),
        "object" => record.content.object.clone(),
        "create_time" => record.created_at.to_string(),
        "update_time" => record.updated_at.to_string(),
        _ => record.id.clone(),
    };
    order.iter().map(value).collect()
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
        write.note(Change {
            name: format!("{COLLECTION}/{}", record.id),
            change_type,
            kind: String::new(),
        });
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
