//! Runs of reports: queued, held by one worker at a time, ended exactly once.

use rpc::{Error, PageRequest, Reason, Result};
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Order, Query};
use sea_orm::{Condition, ConnectionTrait, DatabaseTransaction, FromQueryResult};
use store::filter::{self, Field, Kind};
use store::{Store, clock};
use uuid::Uuid;

use crate::query;
use crate::report::{self, Made, Recipe};

/// How long a worker may be silent before another one takes over.
pub(crate) const LEASE_MICROS: i64 = 15_000_000;
/// Workers that may die over one run before it counts as failed.
const ATTEMPTS: i64 = 5;
/// Runs that may wait.
const QUEUE: i64 = 1000;

const QUEUED: &str = "QUEUED";
const DONE: &str = "DONE";

const FILTERS: &[Field] = &[
    Field {
        name: "done",
        column: "(state = 'DONE')",
        kind: Kind::Bool,
    },
    Field {
        name: "template",
        column: "template",
        kind: Kind::Name("templates"),
    },
];

/// A run.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) template: String,
    pub(crate) template_revision: i64,
    /// Language of the report, as a BCP 47 tag.
    pub(crate) language: String,
    /// Parameters as JSON.
    pub(crate) parameters: String,
    pub(crate) snapshot: String,
    /// Id of the report it makes.
    pub(crate) report: String,
    pub(crate) steps_done: i64,
    pub(crate) steps_total: i64,
    pub(crate) step: String,
    /// Why it failed, as an encoded status.
    pub(crate) error: Option<Vec<u8>>,
    pub(crate) attempts: i64,
    pub(crate) created_at: i64,
    /// Microseconds since 1970-01-01 UTC; nothing where the run names no time.
    pub(crate) as_of: Option<i64>,
}

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

const COLUMNS: [&str; 15] = [
    "id",
    "state",
    "template",
    "template_revision",
    "language",
    "parameters",
    "snapshot",
    "report",
    "steps_done",
    "steps_total",
    "step",
    "error",
    "attempts",
    "created_at",
    "as_of",
];

impl Operation {
    /// Whether it has ended.
    pub(crate) fn is_done(&self) -> bool {
        self.state == DONE
    }

    /// Whether its workers keep dying.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.attempts > ATTEMPTS
    }

    /// What it makes.
    pub(crate) fn recipe(&self) -> Result<Recipe> {
        Ok(Recipe {
            template: self.template.clone(),
            template_revision: self.template_revision,
            language: self.language.clone(),
            parameters: report::parameters_read(&self.parameters)?,
            snapshot: self.snapshot.clone(),
            as_of: self.as_of,
        })
    }
}

/// Queues a run; one whose report is there already has ended before it began.
pub(crate) async fn create(txn: &DatabaseTransaction, recipe: &Recipe) -> Result<Operation> {
    let report = recipe.report_id();
    let known = report::known(txn, &report).await?.is_some();
    if !known {
        refuse_overload(txn).await?;
    }
    let operation = Operation {
        id: Uuid::new_v4().simple().to_string(),
        state: if known { DONE } else { QUEUED }.to_owned(),
        template: recipe.template.clone(),
        template_revision: recipe.template_revision,
        language: recipe.language.clone(),
        parameters: report::parameters_text(&recipe.parameters)?,
        snapshot: recipe.snapshot.clone(),
        report,
        steps_done: 0,
        steps_total: 0,
        step: if known { "made before" } else { "waiting" }.to_owned(),
        error: None,
        attempts: 0,
        created_at: clock::now_micros(),
        as_of: recipe.as_of,
    };
    let sql = "INSERT INTO operation (id, state, template, template_revision, parameters, snapshot, report, \
               steps_done, steps_total, step, error, cancel_requested, deleted, attempts, lease_owner, lease_until, \
               created_at, as_of, language) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, NULL, $9, $9, 0, '', 0, $10, $11, $12)";
    let values = [
        operation.id.clone().into(),
        operation.state.clone().into(),
        operation.template.clone().into(),
        operation.template_revision.into(),
        operation.parameters.clone().into(),
        operation.snapshot.clone().into(),
        operation.report.clone().into(),
        operation.step.clone().into(),
        false.into(),
        operation.created_at.into(),
        operation.as_of.into(),
        operation.language.clone().into(),
    ];
    query::run(txn, sql, values).await?;
    Ok(operation)
}

#[derive(FromQueryResult)]
struct Count {
    waiting: i64,
}

async fn refuse_overload(txn: &DatabaseTransaction) -> Result<()> {
    let sql = "SELECT COUNT(*) AS waiting FROM operation WHERE state = 'QUEUED'";
    match query::one::<Count, 0>(txn, sql, []).await? {
        Some(count) if count.waiting >= QUEUE => Err(Error::new(
            Reason::Overloaded,
            format!("{} reports wait to be made; retry later", count.waiting),
        )),
        _ => Ok(()),
    }
}

/// The run with this id, unless it was deleted.
pub(crate) async fn find(db: &impl ConnectionTrait, id: &str) -> Result<Operation> {
    let sql = format!(
        "SELECT {} FROM operation WHERE id = $1 AND deleted = $2",
        COLUMNS.join(", ")
    );
    query::one(db, &sql, [id.into(), false.into()])
        .await?
        .ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> Error {
    Error::new(
        Reason::OperationNotFound,
        format!("there is no operation operations/reporting.{id}"),
    )
}

/// A page of runs, newest first, one more than asked for.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    wanted: &str,
    page: &PageRequest,
) -> Result<Vec<Operation>> {
    let (before, after_id) = report::page_position(page)?;
    let later = Condition::any()
        .add(Expr::cust("created_at").lt(before))
        .add(
            Condition::all()
                .add(Expr::cust("created_at").eq(before))
                .add(Expr::cust("id").gt(after_id)),
        );
    let select = Query::select()
        .columns(COLUMNS.map(Alias::new))
        .from(Alias::new("operation"))
        .cond_where(
            Condition::all()
                .add(later)
                .add(filter::condition(wanted, FILTERS)?),
        )
        .and_where(Expr::cust("deleted").eq(false))
        .order_by(Alias::new("created_at"), Order::Desc)
        .order_by(Alias::new("id"), Order::Asc)
        .limit(page.size as u64 + 1)
        .to_owned();
    let statement = db.get_database_backend().build(&select);
    Ok(Operation::find_by_statement(statement).all(db).await?)
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

    /// Ends the run with what it has made, or with nothing where the report is there.
    pub(crate) async fn finish(&self, store: &Store, made: Option<&Made>) -> Result<Hold> {
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
            return self.renew(store).await;
        }
        if let Some(made) = made {
            report::store(
                &txn,
                &self.operation.report,
                &self.operation.recipe()?,
                made,
            )
            .await?;
        }
        forget(&txn).await?;
        txn.commit().await?;
        Ok(Hold::Kept)
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

/// Asks a run to stop; one that waits ends at once, one that has ended stays as it is.
pub(crate) async fn cancel(store: &Store, id: &str, error: Vec<u8>) -> Result<()> {
    let txn = store.begin().await?;
    find(&txn, id).await?;
    let sql = "UPDATE operation SET state = 'DONE', error = $2, cancel_requested = $3 WHERE id = $1 AND state = 'QUEUED'";
    if query::run(&txn, sql, [id.into(), error.into(), true.into()]).await? == 0 {
        let sql = "UPDATE operation SET cancel_requested = $2 WHERE id = $1 AND state = 'RUNNING'";
        query::run(&txn, sql, [id.into(), true.into()]).await?;
    }
    Ok(txn.commit().await?)
}

/// Forgets a run. One that has not ended goes on unseen: deleting does not cancel.
pub(crate) async fn delete(store: &Store, id: &str) -> Result<()> {
    let txn = store.begin().await?;
    let hide = "UPDATE operation SET deleted = $2 WHERE id = $1 AND deleted = $3";
    if query::run(&txn, hide, [id.into(), true.into(), false.into()]).await? == 0 {
        return Err(unknown(id));
    }
    forget(&txn).await?;
    Ok(txn.commit().await?)
}

/// Removes runs that were deleted and have ended.
async fn forget(txn: &DatabaseTransaction) -> Result<()> {
    let sql = "DELETE FROM operation WHERE state = 'DONE' AND deleted = $1";
    query::run(txn, sql, [true.into()]).await?;
    Ok(())
}
