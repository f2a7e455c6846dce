//! One batch: planned, then applied under the commit lock.

use std::collections::BTreeSet;
use std::sync::Arc;

use rpc::{Error, Result, Violation};
use store::{Store, commit};

use super::apply::{apply, keep_stated, still_holds};
use super::known::Known;
use super::load::{self, acknowledge};
use super::plan::{Plan, plan};
use super::{Counts, Load, Row, RowErrors, Statements, take_turn};
use crate::books::Books;
use crate::definition::Definitions;

/// Times a batch is planned again because others changed its lines, before it gives up.
const ATTEMPTS: usize = 20;

/// What happened to a batch.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Its rows by what happened to them.
    pub counts: Counts,
    /// Bad rows, by place.
    pub errors: RowErrors,
    /// What a complete release stated in it.
    pub stated: Statements,
}

/// Writes a batch. `errors` are rows that could not even be read. A sequence of 0 is a
/// single write without a load.
pub async fn write(
    (store, books): (&Store, &Books),
    load: &Load,
    definitions: &Arc<Definitions>,
    sequence: i64,
    (rows, errors): (Vec<Row>, RowErrors),
) -> Result<Outcome> {
    let received = (rows.len() + errors.len()) as i64;
    let lines = lines_of(&rows);
    let _turn = store.long_write().await;
    for _ in 0..ATTEMPTS {
        let txn = store.begin().await?;
        take_turn(&txn, load).await?;
        let Some(before) = load::before(&txn, load, sequence).await? else {
            return Ok(Outcome::default());
        };
        let known = Known::read(&txn, books, &load.release, &lines).await?;
        let mut plan = plan(load, &rows, known)?;
        plan.errors
            .extend(errors.iter().map(|(index, error)| (*index, error.clone())));
        plan.counts.received = received;
        plan.counts.rejected = plan.errors.len() as i64;
        if !load.skip_rows && !plan.errors.is_empty() {
            return Err(all_rows(plan.errors));
        }
        if load.validate_only {
            return Ok(plan.outcome());
        }
        if !plan.writes.is_empty() {
            let commit = commit::next(&txn, &load.actor).await?;
            if !still_holds(&txn, &plan).await? {
                txn.rollback().await?;
                continue;
            }
            apply(&txn, (load, books, definitions), &mut plan, commit).await?;
        }
        keep_stated(&txn, load, &plan).await?;
        acknowledge(&txn, load, (before, sequence), plan.counts).await?;
        txn.commit().await?;
        return Ok(plan.outcome());
    }
    Err(Error::new(
        rpc::Reason::DatabaseUnavailable,
        "other writers kept changing the same lines; retry in a moment",
    ))
}

/// Ids of the lines that rows are about.
fn lines_of(rows: &[Row]) -> Vec<String> {
    let same = |a: &&Row, b: &&Row| Arc::ptr_eq(&a.series, &b.series);
    let mut rows: Vec<_> = rows.iter().collect();
    rows.dedup_by(|a, b| same(a, b));
    let lines: BTreeSet<_> = rows.iter().map(|row| &row.series.line_id).collect();
    lines.into_iter().cloned().collect()
}

impl Plan {
    fn outcome(self) -> Outcome {
        Outcome {
            counts: self.counts,
            errors: self.errors,
            stated: self.stated,
        }
    }
}

/// All bad rows of a batch as one error.
fn all_rows(errors: RowErrors) -> Error {
    let located = errors.into_iter().flat_map(|(index, error)| {
        let error = error.within(&format!("claims[{index}]"));
        error.violations().to_vec()
    });
    let violations: Vec<Violation> = located.collect();
    Error::invalid(violations)
}
