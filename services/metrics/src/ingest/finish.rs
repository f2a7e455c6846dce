//! The end of a load. A complete release withdraws what it left out.

use std::sync::Arc;

use rpc::Result;
use sea_orm::sea_query::{Alias, BinOper, Expr};
use sea_orm::{Condition, ConnectionTrait, DatabaseTransaction, ExprTrait as _, Statement as Sql};
use store::{Store, commit};

use super::apply::{apply, still_holds};
use super::known::Known;
use super::load::{self, Progress};
use super::plan::{Plan, has, plan};
use super::{Counts, Load, Row, Statements, stated, take_turn};
use crate::books::Books;
use crate::claim::Statement;
use crate::definition::Definitions;
use crate::line::{self, Line};
use crate::release::Release;

/// Lines looked at in one transaction.
const LINES: usize = 500;

/// What the end of a load came to.
#[derive(Debug, Clone, Copy)]
pub struct Finished {
    /// Counts of the whole load; of a load that is only checked, of its end.
    pub counts: Counts,
    /// Nothing was withdrawn, because what seems to be left out may stand in rows that were
    /// not read.
    pub withheld: bool,
}

/// Ends a load. Safe to repeat: what was withdrawn stays so, and a load that is finished
/// withdraws nothing more. `checked` is what a load stated that is only checked; what others
/// state is kept beside their figures. `unread` says that rows of the release are missing.
pub async fn finish(
    (store, books): (&Store, &Books),
    load: &Load,
    definitions: &Arc<Definitions>,
    (checked, unread): (&Statements, bool),
) -> Result<Finished> {
    let mut counts = Counts::default();
    let withheld = load.release.complete
        && (unread
            || load::reopen_at(store.reader(), load)
                .await?
                .is_some_and(rejected));
    let completes = load.release.complete && !withheld;
    if completes {
        let mut after = String::new();
        loop {
            let lines = in_scope(store, &load.release, &after).await?;
            let Some(last) = lines.last() else {
                break;
            };
            after = last.id.clone();
            let what = (load, checked);
            counts.add(withdraw((store, books), what, definitions, &lines).await?);
        }
    }
    if load.validate_only {
        return Ok(Finished { counts, withheld });
    }
    let txn = store.begin().await?;
    take_turn(&txn, load).await?;
    if load.release.complete && !load::is_finished(&txn, load).await? {
        stated::forget(&txn, &load.id).await?;
        if completes {
            complete(&txn, &load.release, &load.actor).await?;
        }
    }
    let counts = load::close(&txn, load).await?;
    txn.commit().await?;
    Ok(Finished { counts, withheld })
}

fn rejected(progress: Progress) -> bool {
    progress.counts.rejected > 0
}

async fn in_scope(store: &Store, release: &Release, after: &str) -> Result<Vec<Line>> {
    let sources = "(SELECT provenance.source FROM series JOIN provenance ON provenance.id = series.provenance \
                   WHERE series.line = line.id)";
    let indicator = Expr::col(Alias::new("indicator"));
    let condition = Condition::all()
        .add(indicator.is_in(release.scope.iter().map(String::as_str)))
        .add(Expr::val(release.source.as_str()).binary(BinOper::Custom("IN"), Expr::cust(sources)));
    line::list(store.reader(), condition, after, LINES, i64::MAX).await
}

async fn withdraw(
    (store, books): (&Store, &Books),
    (load, checked): (&Load, &Statements),
    definitions: &Arc<Definitions>,
    lines: &[Line],
) -> Result<Counts> {
    let ids: Vec<_> = lines.iter().map(|line| line.id.clone()).collect();
    let _turn = store.long_write().await;
    loop {
        let txn = store.begin().await?;
        take_turn(&txn, load).await?;
        // Once it is finished, what it stated is forgotten and would seem to be left out.
        if !load.validate_only && load::is_finished(&txn, load).await? {
            return Ok(Counts::default());
        }
        let known = Known::read(&txn, books, &load.release, &ids).await?;
        let mut plan = absent((load, checked), lines, known)?;
        if plan.writes.is_empty() || load.validate_only {
            return Ok(plan.counts);
        }
        let commit = commit::next(&txn, &load.actor).await?;
        if !still_holds(&txn, &plan).await? {
            txn.rollback().await?;
            continue;
        }
        apply(&txn, (load, books, definitions), &mut plan, commit).await?;
        load::tally(&txn, load, plan.counts).await?;
        txn.commit().await?;
        return Ok(plan.counts);
    }
}

/// Withdrawals of all figures in force that the load has not stated.
fn absent((load, checked): (&Load, &Statements), lines: &[Line], known: Known) -> Result<Plan> {
    let mut rows = Vec::new();
    for line in lines {
        for (series, period, statement) in known.in_force(line, &load.release)? {
            if known.has_stated(&load.id, &series, period) || has(checked, &series, period) {
                continue;
            }
            rows.push(Row {
                index: rows.len(),
                series,
                period,
                statement: Statement::withdrawal(statement.nature),
                text: None,
            });
        }
    }
    // Withdrawing by absence is not an ambiguity of the load, so it goes without its id.
    let silent = Load {
        id: String::new(),
        ..load.clone()
    };
    plan(&silent, &rows, known)
}

async fn complete(txn: &DatabaseTransaction, release: &Release, actor: &str) -> Result<()> {
    let commit = commit::next(txn, actor).await?;
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
