//! Reading versions of entities and of relations from their tables.

use std::collections::HashMap;
use std::marker::PhantomData;

use prost::Message;
use rpc::{Page, PageRequest, Result, Room};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::de::DeserializeOwned;
use store::order;

use crate::answer::Measure;
use crate::record::{self, Record};
use crate::snapshot::Seen;
use crate::version::{self, MOST_VALUES};

/// A version with all that is recorded.
#[derive(FromQueryResult)]
pub(crate) struct Row {
    name: String,
    created_at: i64,
    updated_at: i64,
    deleted_at: Option<i64>,
    body: String,
}

impl Row {
    /// Reads it.
    pub(crate) fn record<T: DeserializeOwned>(self) -> Result<Record<T>> {
        Ok(Record {
            content: record::read(&self.body)?,
            id: self.name,
            created_at: self.created_at,
            updated_at: self.updated_at,
            deleted_at: self.deleted_at,
        })
    }
}

/// A table of versions of one kind of thing.
pub(crate) struct Table<T> {
    name: &'static str,
    columns: &'static str,
    content: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Table<T> {
    /// A table of what can be deleted and still be read.
    pub(crate) const fn with_deleted(name: &'static str) -> Self {
        Self {
            name,
            columns: "name, created_at, updated_at, deleted_at, body",
            content: PhantomData,
        }
    }

    /// A table of what is gone when it is deleted.
    pub(crate) const fn without_deleted(name: &'static str) -> Self {
        Self {
            name,
            columns: "name, created_at, updated_at, CAST(NULL AS BIGINT) AS deleted_at, body",
            content: PhantomData,
        }
    }

    /// Columns of the rows in force at a commit.
    pub(crate) fn columns_at(&self, columns: &'static str, commit: i64) -> SelectStatement {
        let mut select = Query::select();
        select
            .expr(Expr::cust(columns))
            .from(self.name)
            .cond_where(version::at(commit));
        select
    }

    /// The records in force at a commit, for [`Self::all`] once it is narrowed down.
    pub(crate) fn at(&self, commit: i64) -> SelectStatement {
        self.columns_at(self.columns, commit)
    }

    /// The records that a select of this table finds.
    pub(crate) async fn all(
        &self,
        db: &impl ConnectionTrait,
        select: &SelectStatement,
    ) -> Result<Vec<Record<T>>> {
        let rows = version::select::<Row>(db, select).await?;
        rows.into_iter().map(Row::record).collect()
    }

    /// The record with this id, deleted or not.
    pub(crate) async fn get(
        &self,
        db: &impl ConnectionTrait,
        commit: i64,
        id: &str,
    ) -> Result<Option<Record<T>>> {
        let mut select = self.at(commit);
        select.and_where(Expr::cust("name").eq(id));
        Ok(self.all(db, &select).await?.pop())
    }

    /// The records with these ids, deleted ones too.
    pub(crate) async fn get_many<S: AsRef<str>>(
        &self,
        db: &impl ConnectionTrait,
        commit: i64,
        ids: &[S],
    ) -> Result<HashMap<String, Record<T>>> {
        let mut found = HashMap::with_capacity(ids.len());
        for row in within::<Row, _>(db, self.at(commit), "name", ids).await? {
            let record = row.record()?;
            found.insert(record.id.clone(), record);
        }
        Ok(found)
    }
}

/// A row of a list as it is answered, with the times that it may be ordered by.
#[derive(Debug)]
pub(crate) struct Listed<M> {
    /// Microseconds since 1970-01-01 UTC, like the next one.
    pub created_at: i64,
    pub updated_at: i64,
    pub message: M,
    bytes: usize,
}

impl<M: Message> Listed<M> {
    /// A row that was created and updated at these times.
    pub(crate) fn new((created_at, updated_at): (i64, i64), message: M) -> Self {
        Self {
            created_at,
            updated_at,
            bytes: message.encoded_len(),
            message,
        }
    }

    /// A row with all that is recorded.
    pub(crate) fn full<T>(row: Row) -> Result<Self>
    where
        T: DeserializeOwned,
        M: From<Record<T>>,
    {
        let times = (row.created_at, row.updated_at);
        Ok(Self::new(times, row.record::<T>()?.into()))
    }
}

/// A list in the making: what its select finds, in an order whose keys `key` tells.
pub(crate) struct Listing<'a, R, M> {
    pub select: SelectStatement,
    pub order: &'a [order::Key],
    pub read: fn(R) -> Result<Listed<M>>,
    pub key: fn(&Listed<M>, &order::Key) -> String,
}

impl<R: FromQueryResult, M: Message> Listing<'_, R, M> {
    /// A page of it, no longer than an answer.
    pub(crate) async fn page(
        mut self,
        db: &impl ConnectionTrait,
        page: PageRequest,
        seen: &Seen,
    ) -> Result<Page<M>> {
        version::sort(&mut self.select, self.order);
        let rows = self.rows(db, &page).await?;
        let keys = |row: &Listed<M>| {
            let mut keys = self.keys(row);
            keys.push(seen.token());
            keys
        };
        let page = page.page(rows, seen.commit, keys, |row| row.bytes);
        Ok(Page {
            rows: page.rows.into_iter().map(|row| row.message).collect(),
            next_page_token: page.next_page_token,
        })
    }

    /// The rows of a page, and one more if there is more.
    async fn rows(&self, db: &impl ConnectionTrait, page: &PageRequest) -> Result<Vec<Listed<M>>> {
        let (mut room, mut measure) = (Room::default(), Measure::default());
        let (mut rows, mut after) = (Vec::new(), page.after.clone());
        loop {
            let mut select = self.select.clone();
            if let Some(after) = &after {
                select.cond_where(order::after(self.order, after)?);
            }
            let portion = measure.portion(&room).min(page.size + 1 - rows.len());
            select.limit(portion as u64);
            let found = version::select::<R>(db, &select).await?;
            let is_last = found.len() < portion;
            for row in found {
                let row = (self.read)(row)?;
                measure.add(row.bytes);
                let fits = room.take(row.bytes);
                rows.push(row);
                if !fits {
                    return Ok(rows);
                }
            }
            if is_last || rows.len() > page.size {
                return Ok(rows);
            }
            after = rows.last().map(|row| self.keys(row));
        }
    }

    fn keys(&self, row: &Listed<M>) -> Vec<String> {
        let keys = self.order.iter().map(|key| (self.key)(row, key));
        keys.collect()
    }
}

/// The rows of a select that have one of these values in a column, however many there are.
pub(crate) async fn within<R: FromQueryResult, S: AsRef<str>>(
    db: &impl ConnectionTrait,
    select: SelectStatement,
    column: &'static str,
    values: &[S],
) -> Result<Vec<R>> {
    let mut rows = Vec::with_capacity(values.len());
    for chunk in values.chunks(MOST_VALUES) {
        let mut select = select.clone();
        select.and_where(Expr::cust(column).is_in(chunk.iter().map(AsRef::as_ref)));
        rows.append(&mut version::select(db, &select).await?);
    }
    Ok(rows)
}
