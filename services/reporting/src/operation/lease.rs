//! The hold of a worker on a run.

use rpc::Result;
use sea_orm::{ConnectionTrait, FromQueryResult};
use store::{Commit, Store, clock};
use uuid::Uuid;

use super::{COLUMNS, Count, Operation, forget};
use crate::query;
use crate::report::{self, Made};

/// How long a worker may be silent before another one takes over.
pub(crate) const LEASE_MICROS: i64 = 15_000_000;
/// What a worker learns when it renews its hold on a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// Go on.
    Kept,
    /// Somebody asked for the run to stop.
    Cancelled,
    /// Another worker has it, or it ended.
    Lost,
}

/// A worker's hold on a run.
#[derive(Debug, Clone)]
pub(crate) struct Lease {
    pub(crate) operation: Operation,
    owner: String,
}

/// Takes the longest waiting run, or one whose worker has fallen silent.
pub(crate) async fn lease(store: &Store) -> Result<Option<Lease>> {
    const FREE: &str = "(state = 'QUEUED' OR (state = 'RUNNING' AND lease_until < $1))";
    let now = clock::now_micros();
    let owner = Uuid::new_v4().simple().to_string();
    let sql = format!(
        "UPDATE operation SET state = 'RUNNING', lease_owner = $2, lease_until = $3, attempts = attempts + 1, \
         steps_done = 0 WHERE id = (SELECT id FROM operation WHERE {FREE} ORDER BY created_at, id LIMIT 1) AND {FREE} \
         RETURNING {}",
        COLUMNS.join(", ")
    );
    // Looked for without the write lock first: most of the time there is nothing to do.
    let waiting = format!("SELECT COUNT(*) AS waiting FROM operation WHERE {FREE}");
    let waiting = query::one::<Count, 1>(store.reader(), &waiting, [now.into()]).await?;
    if waiting.is_none_or(|count| count.waiting == 0) {
        return Ok(None);
    }
    let txn = store.begin().await?;
    let values = [
        now.into(),
        owner.clone().into(),
        (now + LEASE_MICROS).into(),
    ];
    let taken: Option<Operation> = query::one(&txn, &sql, values).await?;
    txn.commit().await?;
    Ok(taken.map(|operation| Lease { operation, owner }))
}

#[derive(FromQueryResult)]
struct Asked {
    cancel_requested: bool,
}

impl Lease {
    /// Stays the holder for another while.
    pub(crate) async fn renew(&self, store: &Store) -> Result<Hold> {
        let sql = "UPDATE operation SET lease_until = $1 WHERE id = $2 AND lease_owner = $3 AND state = 'RUNNING' \
                   RETURNING cancel_requested";
        self.hold(store, sql, [(clock::now_micros() + LEASE_MICROS).into()])
            .await
    }

    /// Whether the run is still held and wanted.
    pub(crate) async fn look(&self, db: &impl ConnectionTrait) -> Result<Hold> {
        let sql = "SELECT cancel_requested FROM operation WHERE id = $1 AND lease_owner = $2 AND state = 'RUNNING'";
        let values = [self.operation.id.clone().into(), self.owner.clone().into()];
        Ok(judge(query::one(db, sql, values).await?))
    }

    /// Records how far the run is, and stays the holder.
    pub(crate) async fn progress(
        &self,
        store: &Store,
        done: i64,
        total: i64,
        step: &str,
    ) -> Result<Hold> {
        let sql = "UPDATE operation SET steps_done = $1, steps_total = $4, step = $5, lease_until = $6 \
                   WHERE id = $2 AND lease_owner = $3 AND state = 'RUNNING' RETURNING cancel_requested";
        let txn = store.begin().await?;
        let values = [
            done.into(),
            self.operation.id.clone().into(),
            self.owner.clone().into(),
            total.into(),
            step.into(),
            (clock::now_micros() + LEASE_MICROS).into(),
        ];
        let asked: Option<Asked> = query::one(&txn, sql, values).await?;
        txn.commit().await?;
        Ok(judge(asked))
    }

    async fn hold(&self, store: &Store, sql: &str, [first]: [sea_orm::Value; 1]) -> Result<Hold> {
        let txn = store.begin().await?;
        let values = [
            first,
            self.operation.id.clone().into(),
            self.owner.clone().into(),
        ];
        let asked: Option<Asked> = query::one(&txn, sql, values).await?;
        txn.commit().await?;
        Ok(judge(asked))
    }

    /// Puts the run back into the queue for somebody else, as if this attempt had not been.
    pub(crate) async fn give_back(&self, store: &Store) -> Result<()> {
        self.leave(store, 1).await
    }

    /// Puts the run back into the queue after an attempt that broke off.
    pub(crate) async fn give_up(&self, store: &Store) -> Result<()> {
        self.leave(store, 0).await
    }

    async fn leave(&self, store: &Store, uncounted: i64) -> Result<()> {
        let sql = "UPDATE operation SET state = 'QUEUED', lease_owner = '', attempts = attempts - $3, step = 'waiting' \
                   WHERE id = $1 AND lease_owner = $2 AND state = 'RUNNING'";
        let txn = store.begin().await?;
        let values = [
            self.operation.id.clone().into(),
            self.owner.clone().into(),
            uncounted.into(),
        ];
        query::run(&txn, sql, values).await?;
        Ok(txn.commit().await?)
    }

    /// Ends the run with what it has made, or with nothing where the report is there. Answers
    /// with the commit that stored it too.
    pub(crate) async fn finish(
        &self,
        store: &Store,
        made: Option<&Made>,
    ) -> Result<(Hold, Option<Commit>)> {
        let txn = store.begin().await?;
        let sql = "UPDATE operation SET state = 'DONE', steps_done = steps_total, step = 'done' \
                   WHERE id = $1 AND lease_owner = $2 AND state = 'RUNNING' AND cancel_requested = $3";
        let values = [
            self.operation.id.clone().into(),
            self.owner.clone().into(),
            false.into(),
        ];
        if query::run(&txn, sql, values).await? == 0 {
            txn.rollback().await?;
            return Ok((self.renew(store).await?, None));
        }
        let mut stored = None;
        if let Some(made) = made {
            let recipe = self.operation.recipe()?;
            stored = Some(report::store(&txn, &self.operation.report, &recipe, made).await?);
        }
        forget(&txn).await?;
        txn.commit().await?;
        Ok((Hold::Kept, stored))
    }

    /// Ends the run with an error, an encoded status.
    pub(crate) async fn fail(&self, store: &Store, error: Vec<u8>) -> Result<()> {
        let sql = "UPDATE operation SET state = 'DONE', error = $3 \
                   WHERE id = $1 AND lease_owner = $2 AND state = 'RUNNING'";
        let txn = store.begin().await?;
        let values = [
            self.operation.id.clone().into(),
            self.owner.clone().into(),
            error.into(),
        ];
        query::run(&txn, sql, values).await?;
        forget(&txn).await?;
        Ok(txn.commit().await?)
    }
}

fn judge(asked: Option<Asked>) -> Hold {
    match asked {
        None => Hold::Lost,
        Some(asked) if asked.cancel_requested => Hold::Cancelled,
        Some(_) => Hold::Kept,
    }
}
