//! Runs of reports: queued, held by one worker at a time, ended exactly once.

mod lease;

use rpc::{Error, Fields, PageRequest, Reason, Result};
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Order, Query};
use sea_orm::{Condition, ConnectionTrait, DatabaseTransaction, FromQueryResult};
use store::filter::{self, Field, Kind};
use store::{Store, clock};
use uuid::Uuid;

use crate::query;
use crate::report::{self, Recipe};

pub(crate) use lease::{Hold, LEASE_MICROS, Lease, lease};

/// Workers that may die over one run before it counts as failed.
const ATTEMPTS: i64 = 5;
/// Runs that may wait.
const QUEUE: i64 = 1000;

const QUEUED: &str = "QUEUED";
const DONE: &str = "DONE";

const FILTERS: &[Field] = &[
    Field::new("done", "(state = 'DONE')", Kind::Bool),
    Field::new("template", "template", Kind::Name("templates")),
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
    fn of(recipe: &Recipe, state: &str, step: &str) -> Result<Self> {
        Ok(Self {
            id: Uuid::new_v4().simple().to_string(),
            state: state.to_owned(),
            template: recipe.template.clone(),
            template_revision: recipe.template_revision,
            language: recipe.language.clone(),
            parameters: report::parameters_text(&recipe.parameters)?,
            snapshot: recipe.snapshot.clone(),
            report: recipe.report_id(),
            steps_done: 0,
            steps_total: 0,
            step: step.to_owned(),
            error: None,
            attempts: 0,
            created_at: clock::now_micros(),
            as_of: recipe.as_of,
        })
    }

    /// A run that only checks what it would make: it has ended, and nobody keeps it.
    pub(crate) fn checked(recipe: &Recipe) -> Result<Self> {
        Self::of(recipe, DONE, "checked")
    }

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
    let known = report::known(txn, &recipe.report_id()).await?.is_some();
    if !known {
        refuse_overload(txn).await?;
    }
    let operation = match known {
        true => Operation::of(recipe, DONE, "made before")?,
        false => Operation::of(recipe, QUEUED, "waiting")?,
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
    let name = format!("operations/reporting.{id}");
    let message = format!("there is no operation {name}");
    Error::about(Reason::OperationNotFound, name, message)
}

/// The runs that a filter lets through.
pub(crate) fn wanted(fields: &mut Fields, text: &str) -> Condition {
    let condition = filter::condition(text, FILTERS);
    fields.take("", condition).unwrap_or_else(Condition::all)
}

/// A page of runs, newest first, one more than asked for.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    wanted: Condition,
    page: &PageRequest,
) -> Result<Vec<Operation>> {
    let select = Query::select()
        .columns(COLUMNS.map(Alias::new))
        .from(Alias::new("operation"))
        .cond_where(Condition::all().add(report::after(page)?).add(wanted))
        .and_where(Expr::cust("deleted").eq(false))
        .order_by(Alias::new("created_at"), Order::Desc)
        .order_by(Alias::new("id"), Order::Asc)
        .limit(page.size as u64 + 1)
        .to_owned();
    let statement = db.get_database_backend().build(&select);
    Ok(Operation::find_by_statement(statement).all(db).await?)
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
