//! Reading versions of entities and of relations from their tables.

use std::collections::HashMap;
use std::marker::PhantomData;

use rpc::{Page, PageRequest, Result};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::de::DeserializeOwned;
use store::order;

use crate::record::{self, Record};
use crate::version::{self, MOST_VALUES};

/// Bytes of stored records on one page, so that its answer fits a message.
const LARGEST_PAGE: usize = 6 << 20;

#[derive(FromQueryResult)]
struct Row {
    name: String,
    from_commit: i64,
    created_at: i64,
    updated_at: i64,
    deleted_at: Option<i64>,
    body: String,
}

impl Row {
    fn record<T: DeserializeOwned>(self) -> Result<Record<T>> {
        Ok(Record {
            content: record::read(&self.body)?,
            id: self.name,
            from_commit: self.from_commit,
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
            columns: "name, from_commit, created_at, updated_at, deleted_at, body",
            content: PhantomData,
        }
    }

    /// A table of what is gone when it is deleted.
    pub(crate) const fn without_deleted(name: &'static str) -> Self {
        Self {
            name,
            columns: "name, from_commit, created_at, updated_at, CAST(NULL AS BIGINT) AS deleted_at, body",
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

    /// A page of what a select of this table finds, in an order whose keys `keys` knows.
    pub(crate) async fn page(
        &self,
        db: &impl ConnectionTrait,
        (mut select, commit): (SelectStatement, i64),
        order: &[order::Key],
        mut page: PageRequest,
        keys: impl Fn(&Record<T>, &order::Key) -> String,
    ) -> Result<Page<Record<T>>> {
        if let Some(after) = &page.after {
            select.cond_where(order::after(order, after)?);
        }
        version::sort(&mut select, order);
        select.limit(page.size as u64 + 1);
        let rows = version::select::<Row>(db, &select).await?;
        page.size = fitting(rows.iter().map(|row| row.body.len())).min(page.size);
        let records = rows
            .into_iter()
            .map(Row::record)
            .collect::<Result<Vec<_>>>()?;
        let keys = |record: &Record<T>| order.iter().map(|key| keys(record, key)).collect();
        Ok(page.page(records, commit, keys))
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

/// How many rows of these sizes fit on a page, at least one.
fn fitting(sizes: impl Iterator<Item = usize>) -> usize {
    let mut total = 0;
    let fit = sizes.take_while(|size| {
        total += size;
        total <= LARGEST_PAGE
    });
    fit.count().max(1)
}
