//! One batch: planned, then applied under the commit lock.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use rpc::{Error, Result, Violation};
use store::{Store, commit};

use super::apply::{apply, keep_stated, still_holds};
use super::changes::Changes;
use super::known::Known;
use super::plan::{Plan, plan};
use super::progress::{self, acknowledge};
use super::{Counts, Ingest, Row, RowErrors, Statements, take_turn};
use crate::definition::Definitions;
use crate::release_commits::ReleaseCommits;

/// Times a batch is planned again because others changed its series, before it gives up.
pub(super) const ATTEMPTS: usize = 20;

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

/// Writes a batch of an ingest. `errors` are rows that could not even be read.
pub async fn write(
    (store, release_commits): (&Store, &ReleaseCommits),
    ingest: &Ingest,
    definitions: &Arc<Definitions>,
    sequence: i64,
    (rows, errors): (Vec<Row>, RowErrors),
) -> Result<Outcome> {
    let series_list = series_of(&rows);
    let _turn = store.long_write().await;
    for _ in 0..ATTEMPTS {
        let txn = store.begin().await?;
        take_turn(&txn, ingest).await?;
        let Some(before) = progress::before(&txn, ingest, sequence).await? else {
            return Ok(Outcome::default());
        };
        let known = Known::read(&txn, release_commits, &ingest.release, &series_list).await?;
        let mut plan = planned(ingest, (&rows, &errors), known)?;
        if ingest.validate_only {
            return Ok(plan.outcome());
        }
        if !plan.writes.is_empty() {
            let commit = commit::next(&txn, &ingest.actor).await?;
            if !still_holds(&txn, &plan).await? {
                txn.rollback().await?;
                continue;
            }
            let mut changes = Changes::default();
            changes.add(&plan);
            let what = (ingest, release_commits, definitions.as_ref());
            apply(&txn, what, &mut plan, commit).await?;
            changes.record(&txn, ingest, commit).await?;
        }
        keep_stated(&txn, ingest, &plan).await?;
        acknowledge(&txn, ingest, (before, sequence), plan.counts).await?;
        txn.commit().await?;
        return Ok(plan.outcome());
    }
    Err(gave_up())
}

/// What rows would change; all of the bad ones are an error unless they are to be left out.
pub(super) fn planned(
    ingest: &Ingest,
    (rows, errors): (&[Row], &RowErrors),
    known: Known,
) -> Result<Plan> {
    let mut plan = plan(ingest, rows, known)?;
    plan.errors
        .extend(errors.iter().map(|(index, error)| (*index, error.clone())));
    plan.counts.received = (rows.len() + errors.len()) as i64;
    plan.counts.rejected = plan.errors.len() as i64;
    match ingest.skip_rows || plan.errors.is_empty() {
        true => Ok(plan),
        false => Err(all_rows(plan.errors)),
    }
}

/// Others kept changing what a batch rests on.
pub(super) fn gave_up() -> Error {
    Error::new(
        rpc::Reason::DatabaseUnavailable,
        "other writers kept changing the same series; retry in a moment",
    )
}

/// Ids of the series that rows are about.
pub(super) fn series_of(rows: &[Row]) -> Vec<String> {
    let same = |a: &&Row, b: &&Row| Arc::ptr_eq(&a.source_series, &b.source_series);
    let mut rows: Vec<_> = rows.iter().collect();
    rows.dedup_by(|a, b| same(a, b));
    let series_list: BTreeSet<_> = rows
        .iter()
        .map(|row| &row.source_series.series_id)
        .collect();
    series_list.into_iter().cloned().collect()
}

impl Plan {
    pub(super) fn outcome(self) -> Outcome {
        Outcome {
            counts: self.counts,
            errors: self.errors,
            stated: self.stated,
        }
    }
}

/// All bad rows of a batch as one error. What is wrong with a declaration is said once, of
/// the declaration.
fn all_rows(errors: RowErrors) -> Error {
    let mut said = HashSet::new();
    let located = errors.into_iter().flat_map(|(index, error)| {
        let of_declaration = error
            .violations()
            .iter()
            .any(|v| is_of_declaration(&v.field));
        let path = match of_declaration {
            true => String::new(),
            false => format!("claims[{index}]"),
        };
        error.within(&path).violations().to_vec()
    });
    let first = |violation: &Violation| {
        let is_row = !is_of_declaration(&violation.field);
        is_row || said.insert((violation.field.clone(), violation.message.clone()))
    };
    Error::invalid(located.filter(first).collect())
}

/// Whether the path of a field is one of a declaration, and not of a row.
fn is_of_declaration(field: &str) -> bool {
    let field = field.strip_prefix("declare.").unwrap_or(field);
    field.starts_with("source_series[")
}
