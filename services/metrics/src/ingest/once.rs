//! Figures of a release in one call and one transaction.

use std::sync::Arc;

use prost::Message;
use rpc::Result;
use sea_orm::DatabaseTransaction;
use store::replay::RequestId;
use store::{Commit, Store, commit};

use super::apply::{apply, still_holds};
use super::batch::{self, ATTEMPTS, series_of};
use super::changes::Changes;
use super::finish::{absent, complete, in_scope, is_completed};
use super::known::Known;
use super::plan::Plan;
use super::{Ingest, Outcome, Row, RowErrors, take_turn};
use crate::definition::Definitions;
use crate::release_commits::ReleaseCommits;

/// What one call came to.
#[derive(Debug)]
pub struct Once {
    /// What happened to its rows.
    pub outcome: Outcome,
    /// The release is complete, but nothing was withdrawn, because rows were rejected.
    pub withheld: bool,
    /// The commit that was made; the newest one if there was nothing to write.
    pub commit: i64,
}

/// The answer to a call.
#[derive(Debug)]
pub enum Answered<R> {
    /// That of an earlier call with the same request id.
    Before(R),
    /// That of this one, and its commit.
    Now(R, i64),
}

/// Writes rows of a release. With a complete release they are all of it: what they leave out
/// is withdrawn. `request` is where the answer is kept, `answer` makes it.
pub async fn write_once<R: Message + Default>(
    (store, release_commits): (&Store, &ReleaseCommits),
    ingest: &Ingest,
    definitions: &Arc<Definitions>,
    (rows, errors): (Vec<Row>, RowErrors),
    (request, answer): (Option<&RequestId>, impl Fn(Once) -> R),
) -> Result<Answered<R>> {
    let _turn = store.long_write().await;
    for _ in 0..ATTEMPTS {
        let txn = store.begin().await?;
        take_turn(&txn, ingest).await?;
        if let Some(request) = request
            && let Some(before) = request.answered(&txn).await?
        {
            return Ok(Answered::Before(before));
        }
        let mut writer = Writer {
            txn: &txn,
            ingest,
            definitions,
            commit: None,
            changes: Changes::default(),
        };
        let Some(once) = writer.write(release_commits, (&rows, &errors)).await? else {
            txn.rollback().await?;
            continue;
        };
        writer.record().await?;
        let commit = once.commit;
        let answer = answer(once);
        if ingest.validate_only {
            txn.rollback().await?;
            return Ok(Answered::Now(answer, commit));
        }
        if let Some(request) = request {
            request.keep(&txn, &answer).await?;
        }
        txn.commit().await?;
        return Ok(Answered::Now(answer, commit));
    }
    Err(batch::gave_up())
}

/// Writes within one transaction and one commit.
struct Writer<'a> {
    txn: &'a DatabaseTransaction,
    ingest: &'a Ingest,
    definitions: &'a Definitions,
    commit: Option<Commit>,
    changes: Changes,
}

impl Writer<'_> {
    /// Writes all rows; nothing when others changed their series in between.
    async fn write(
        &mut self,
        release_commits: &ReleaseCommits,
        (rows, errors): (&[Row], &RowErrors),
    ) -> Result<Option<Once>> {
        let release = &self.ingest.release;
        let known = Known::read(self.txn, release_commits, release, &series_of(rows)).await?;
        let mut plan = batch::planned(self.ingest, (rows, errors), known)?;
        if !self.apply(&mut plan, release_commits).await? {
            return Ok(None);
        }
        let withheld = release.complete && !plan.errors.is_empty();
        if release.complete && !withheld && !self.withdraw(&mut plan).await? {
            return Ok(None);
        }
        let newest = commit::newest(self.txn).await?;
        Ok(Some(Once {
            outcome: plan.outcome(),
            withheld,
            commit: newest.number,
        }))
    }

    /// Withdraws what a plan that is all of a release leaves out, and counts that in it.
    async fn withdraw(&mut self, plan: &mut Plan) -> Result<bool> {
        // What this transaction has written must not be cached before it is committed.
        let own = ReleaseCommits::default();
        let mut after = String::new();
        loop {
            let series_list = in_scope(self.txn, &self.ingest.release, &after).await?;
            let Some(last) = series_list.last() else {
                break;
            };
            after = last.id.clone();
            let ids: Vec<_> = series_list.iter().map(|series| series.id.clone()).collect();
            let known = Known::read(self.txn, &own, &self.ingest.release, &ids).await?;
            let mut absent = absent((self.ingest, &plan.stated), &series_list, known)?;
            if !self.apply(&mut absent, &own).await? {
                return Ok(false);
            }
            plan.counts.add(absent.counts);
        }
        let release = &self.ingest.release;
        if !self.ingest.validate_only && !is_completed(self.txn, release).await? {
            let commit = self.commit().await?;
            complete(self.txn, release, commit).await?;
        }
        Ok(true)
    }

    async fn apply(&mut self, plan: &mut Plan, release_commits: &ReleaseCommits) -> Result<bool> {
        if plan.writes.is_empty() || self.ingest.validate_only {
            return Ok(true);
        }
        let commit = self.commit().await?;
        if !still_holds(self.txn, plan).await? {
            return Ok(false);
        }
        self.changes.add(plan);
        let what = (self.ingest, release_commits, self.definitions);
        apply(self.txn, what, plan, commit).await?;
        Ok(true)
    }

    /// The commit, which is begun as late as it can.
    async fn commit(&mut self) -> Result<Commit> {
        if let Some(commit) = self.commit {
            return Ok(commit);
        }
        let commit = commit::next(self.txn, &self.ingest.actor).await?;
        self.commit = Some(commit);
        Ok(commit)
    }

    async fn record(self) -> Result<()> {
        match self.commit {
            Some(commit) => self.changes.record(self.txn, self.ingest, commit).await,
            None => Ok(()),
        }
    }
}
