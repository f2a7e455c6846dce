//! Commits are numbered in commit order.
//!
//! Neither a sequence nor a clock is: a slow writer could become visible below a number
//! that a reader has already seen. So a writing transaction takes its number from one row
//! whose lock it holds until it ends, after it has read and decided, as late as it can.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Statement};

use crate::{Store, clock};

/// Number and time of a commit. Times rise with the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromQueryResult)]
pub struct Commit {
    /// 1 for the first commit of the service.
    pub number: i64,
    /// Microseconds since 1970-01-01 UTC.
    pub committed_at: i64,
}

#[derive(FromQueryResult)]
struct Head {
    number: i64,
    committed_at: i64,
    epoch: i64,
}

/// Takes the next number. Only writes that depend on nothing that other writers change
/// may follow, because they now wait for this transaction.
pub async fn next(txn: &DatabaseTransaction, actor: &str) -> rpc::Result<Commit> {
    let backend = txn.get_database_backend();
    let take = Statement::from_sql_and_values(
        backend,
        "UPDATE commit_head SET number = number + 1, \
         committed_at = CASE WHEN committed_at < $1 THEN $1 ELSE committed_at + 1 END \
         RETURNING number, committed_at",
        [clock::now_micros().into()],
    );
    let commit = one(txn, take).await?;
    let log = Statement::from_sql_and_values(
        backend,
        "INSERT INTO commit_log (number, committed_at, actor) VALUES ($1, $2, $3)",
        [
            commit.number.into(),
            commit.committed_at.into(),
            actor.into(),
        ],
    );
    txn.execute_raw(log).await?;
    Ok(commit)
}

/// Keeps all other writers from committing until this transaction ends, without a commit
/// of its own: for work on what follows from commits.
pub async fn hold(txn: &DatabaseTransaction) -> rpc::Result<()> {
    let lock = Statement::from_string(
        txn.get_database_backend(),
        "UPDATE commit_head SET number = number",
    );
    txn.execute_raw(lock).await?;
    Ok(())
}

impl Store {
    /// The newest commit; number 0 before the first. Calls at the same moment ask together.
    pub async fn newest(&self) -> rpc::Result<Commit> {
        let read = async |_| Ok(HashMap::from([((), self.head().await?)]));
        let found = self.newest.get((), read).await?;
        found.ok_or_else(no_head)
    }

    async fn head(&self) -> rpc::Result<Commit> {
        let db = self.reader();
        let read = Statement::from_string(
            db.get_database_backend(),
            "SELECT number, committed_at, epoch FROM commit_head",
        );
        let head = Head::find_by_statement(read).one(db).await?;
        let head = head.ok_or_else(no_head)?;
        self.expect_epoch(head.epoch)?;
        Ok(Commit {
            number: head.number,
            committed_at: head.committed_at,
        })
    }
}

/// The newest commit as a write sees it; number 0 before the first.
pub async fn newest(db: &impl ConnectionTrait) -> rpc::Result<Commit> {
    let read = Statement::from_string(
        db.get_database_backend(),
        "SELECT number, committed_at FROM commit_head",
    );
    one(db, read).await
}

/// The commit with this number; the newest one before it if it has left no trace.
pub async fn at(db: &impl ConnectionTrait, number: i64) -> rpc::Result<Commit> {
    let read = Statement::from_sql_and_values(
        db.get_database_backend(),
        "SELECT number, committed_at FROM commit_log WHERE number <= $1 ORDER BY number DESC LIMIT 1",
        [number.into()],
    );
    let found = Commit::find_by_statement(read).one(db).await?;
    Ok(found.unwrap_or(Commit {
        number: 0,
        committed_at: 0,
    }))
}

async fn one(db: &impl ConnectionTrait, statement: Statement) -> rpc::Result<Commit> {
    Commit::find_by_statement(statement)
        .one(db)
        .await?
        .ok_or_else(no_head)
}

fn no_head() -> rpc::Error {
    rpc::Error::internal(anyhow::anyhow!("commit_head has no row"))
}
