//! The end of an ingest. A complete release withdraws what it left out.

use std::sync::Arc;

use rpc::Result;
use sea_orm::sea_query::{Alias, BinOper, Expr};
use sea_orm::{Condition, ConnectionTrait, DatabaseTransaction, ExprTrait as _, Statement as Sql};
use store::{Commit, Store, commit};

use super::apply::{apply, still_holds};
use super::changes::Changes;
use super::known::Known;
use super::plan::{Plan, has, plan};
use super::progress::{self, Progress};
use super::{Counts, Ingest, Row, Statements, stated, take_turn};
use crate::claim::Statement;
use crate::definition::Definitions;
use crate::release::Release;
use crate::release_commits::ReleaseCommits;
use crate::series::{self, Series};

/// Series looked at in one transaction.
const SERIES: usize = 500;

/// What the end of an ingest came to.
#[derive(Debug, Clone, Copy)]
pub struct Finished {
    /// Counts of the whole ingest; of an ingest that is only checked, of its end.
    pub counts: Counts,
    /// Nothing was withdrawn, because what seems to be left out may stand in rows that were
    /// not read.
    pub withheld: bool,
}

/// Ends an ingest. Safe to repeat: what was withdrawn stays so, and an ingest that is
/// finished withdraws nothing more. `checked` is what an ingest stated that is only
/// checked; what others state is kept beside their figures. `unread` says that rows of the
/// release are missing.
pub async fn finish(
    (store, release_commits): (&Store, &ReleaseCommits),
    ingest: &Ingest,
    definitions: &Arc<Definitions>,
    (checked, unread): (&Statements, bool),
) -> Result<Finished> {
    let mut counts = Counts::default();
    let withheld = ingest.release.complete
        && (unread
            || progress::reopen_at(store.reader(), ingest)
                .await?
                .is_some_and(rejected));
    let completes = ingest.release.complete && !withheld;
    if completes {
        let mut after = String::new();
        loop {
            let series_list = in_scope(store.reader(), &ingest.release, &after).await?;
            let Some(last) = series_list.last() else {
                break;
            };
            after = last.id.clone();
            let what = (ingest, checked);
            counts.add(withdraw((store, release_commits), what, definitions, &series_list).await?);
        }
    }
    if ingest.validate_only {
        return Ok(Finished { counts, withheld });
    }
    let txn = store.begin().await?;
    take_turn(&txn, ingest).await?;
    if ingest.release.complete && !progress::is_finished(&txn, ingest).await? {
        stated::forget(&txn, &ingest.id).await?;
        if completes {
            let commit = commit::next(&txn, &ingest.actor).await?;
            complete(&txn, &ingest.release, commit).await?;
        }
    }
    let counts = progress::close(&txn, ingest).await?;
    txn.commit().await?;
    Ok(Finished { counts, withheld })
}

fn rejected(progress: Progress) -> bool {
    progress.counts.rejected > 0
}

/// Series that a complete release speaks of, after this one, some at a time.
pub(super) async fn in_scope(
    db: &impl ConnectionTrait,
    release: &Release,
    after: &str,
) -> Result<Vec<Series>> {
    let sources = "(SELECT provenance.source FROM source_series JOIN provenance ON provenance.id = source_series.provenance \
                   WHERE source_series.series = series.id)";
    let indicator = Expr::col(Alias::new("indicator"));
    let condition = Condition::all()
        .add(indicator.is_in(release.scope.iter().map(String::as_str)))
        .add(Expr::val(release.source.as_str()).binary(BinOper::Custom("IN"), Expr::cust(sources)));
    series::list(db, condition, after, SERIES, i64::MAX).await
}

async fn withdraw(
    (store, release_commits): (&Store, &ReleaseCommits),
    (ingest, checked): (&Ingest, &Statements),
    definitions: &Arc<Definitions>,
    series_list: &[Series],
) -> Result<Counts> {
    let ids: Vec<_> = series_list.iter().map(|series| series.id.clone()).collect();
    let _turn = store.long_write().await;
    loop {
        let txn = store.begin().await?;
        take_turn(&txn, ingest).await?;
        // Once it is finished, what it stated is forgotten and would seem to be left out.
        if !ingest.validate_only && progress::is_finished(&txn, ingest).await? {
            return Ok(Counts::default());
        }
        let known = Known::read(&txn, release_commits, &ingest.release, &ids).await?;
        let mut plan = absent((ingest, checked), series_list, known)?;
        if plan.writes.is_empty() || ingest.validate_only {
            return Ok(plan.counts);
        }
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
        progress::tally(&txn, ingest, plan.counts).await?;
        txn.commit().await?;
        return Ok(plan.counts);
    }
}

/// Withdrawals of all figures in force that the ingest has not stated.
pub(super) fn absent(
    (ingest, checked): (&Ingest, &Statements),
    series_list: &[Series],
    known: Known,
) -> Result<Plan> {
    let mut rows = Vec::new();
    for series in series_list {
        for (source_series, period, statement) in known.in_force(series, &ingest.release)? {
            if known.has_stated(&ingest.id, &source_series, period)
                || has(checked, &source_series, period)
            {
                continue;
            }
            rows.push(Row {
                index: rows.len(),
                source_series,
                period,
                statement: Statement::withdrawal(statement.nature),
                text: None,
            });
        }
    }
    // Withdrawing by absence is not an ambiguity of the ingest, so it goes without its id.
    let silent = Ingest {
        id: String::new(),
        ..ingest.clone()
    };
    plan(&silent, &rows, known)
}

/// Notes that all of a complete release is here.
pub(super) async fn complete(
    txn: &DatabaseTransaction,
    release: &Release,
    commit: Commit,
) -> Result<()> {
    let insert = Sql::from_sql_and_values(
        txn.get_database_backend(),
        "INSERT INTO completed (release, source, known_at, from_commit) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (release) DO NOTHING",
        [
            release.id.clone().into(),
            release.source.clone().into(),
            release.known_at.into(),
            commit.number.into(),
        ],
    );
    txn.execute_raw(insert).await?;
    Ok(())
}

/// Whether all of a complete release was here before.
pub(super) async fn is_completed(txn: &DatabaseTransaction, release: &Release) -> Result<bool> {
    let read = Sql::from_sql_and_values(
        txn.get_database_backend(),
        "SELECT from_commit FROM completed WHERE release = $1",
        [release.id.clone().into()],
    );
    Ok(txn.query_one_raw(read).await?.is_some())
}
