//! The record of an ingest: how far it is kept, so that a client can continue after a break.

use rpc::{Error, Reason, Result, Violation};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Statement};

use super::{Counts, Ingest};

/// How far an ingest is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Sequence of the last batch that is kept.
    pub acknowledged: i64,
    /// It was finished.
    pub finished: bool,
    /// Its counts so far.
    pub counts: Counts,
}

#[derive(FromQueryResult)]
struct Row {
    release: String,
    acknowledged: i64,
    finished: bool,
    counts: String,
}

/// How far the ingest with this id is, if it was opened before for the same release.
pub async fn reopen_at(db: &impl ConnectionTrait, ingest: &Ingest) -> Result<Option<Progress>> {
    let read = Statement::from_sql_and_values(
        db.get_database_backend(),
        "SELECT release, acknowledged, finished, counts FROM ingest WHERE id = $1",
        [ingest.id.clone().into()],
    );
    let Some(row) = Row::find_by_statement(read).one(db).await? else {
        return Ok(None);
    };
    if row.release != ingest.release.id {
        let name = format!("releases/{}", row.release);
        let message = format!("belongs to an ingest of {name}; choose another id");
        let taken = Violation::new(Reason::IngestConflict, "open.ingest_id", message);
        return Err(taken.about(name).into());
    }
    Ok(Some(Progress {
        acknowledged: row.acknowledged,
        finished: row.finished,
        counts: serde_json::from_str(&row.counts).map_err(Error::internal)?,
    }))
}

/// Opens an ingest, or finds where it stopped.
pub async fn open(txn: &DatabaseTransaction, ingest: &Ingest) -> Result<Progress> {
    let counts = serde_json::to_string(&Counts::default()).map_err(Error::internal)?;
    let insert = Statement::from_sql_and_values(
        txn.get_database_backend(),
        "INSERT INTO ingest (id, release, acknowledged, finished, counts) VALUES ($1, $2, 0, $3, $4) \
         ON CONFLICT (id) DO NOTHING",
        [
            ingest.id.clone().into(),
            ingest.release.id.clone().into(),
            false.into(),
            counts.into(),
        ],
    );
    txn.execute_raw(insert).await?;
    found(reopen_at(txn, ingest).await?)
}

/// Where the ingest is before this batch; nothing if the batch is kept already: another
/// stream of the ingest has kept it, or this one before its answer was lost.
pub(super) async fn before(
    txn: &DatabaseTransaction,
    ingest: &Ingest,
    sequence: i64,
) -> Result<Option<Progress>> {
    if ingest.validate_only {
        return Ok(Some(Progress::default()));
    }
    let progress = found(reopen_at(txn, ingest).await?)?;
    if progress.acknowledged >= sequence {
        return Ok(None);
    }
    if progress.finished {
        let message = "the ingest is finished; choose another id for more figures";
        let finished = Violation::new(Reason::IngestConflict, "batch.sequence", message);
        return Err(finished.about(ingest.release_name()).into());
    }
    if progress.acknowledged < sequence - 1 {
        let next = progress.acknowledged + 1;
        return Err(Error::field(
            Reason::SequenceGap,
            "batch.sequence",
            format!("is {sequence}; the next batch of this ingest is {next}"),
        ));
    }
    Ok(Some(progress))
}

/// Records that a batch is kept, in the transaction that keeps it, `before` which the ingest
/// was where it says. Two streams of one ingest
/// cannot both keep a batch of the same sequence.
pub(super) async fn acknowledge(
    txn: &DatabaseTransaction,
    ingest: &Ingest,
    (before, sequence): (Progress, i64),
    counts: Counts,
) -> Result<()> {
    let after = Progress {
        acknowledged: sequence,
        ..before
    };
    record(txn, ingest, before, after.with(counts)).await
}

/// Adds counts of what finishing has written.
pub(super) async fn tally(
    txn: &DatabaseTransaction,
    ingest: &Ingest,
    counts: Counts,
) -> Result<()> {
    let before = found(reopen_at(txn, ingest).await?)?;
    record(txn, ingest, before, before.with(counts)).await
}

/// Whether the ingest was finished.
pub(super) async fn is_finished(db: &impl ConnectionTrait, ingest: &Ingest) -> Result<bool> {
    let progress = reopen_at(db, ingest).await?;
    Ok(progress.is_some_and(|progress| progress.finished))
}

/// Records that an ingest is finished; the counts of all of it are answered.
pub(super) async fn close(txn: &DatabaseTransaction, ingest: &Ingest) -> Result<Counts> {
    let before = found(reopen_at(txn, ingest).await?)?;
    if !before.finished {
        let after = Progress {
            finished: true,
            ..before
        };
        record(txn, ingest, before, after).await?;
    }
    Ok(before.counts)
}

impl Progress {
    fn with(mut self, counts: Counts) -> Self {
        self.counts.add(counts);
        self
    }
}

fn found(progress: Option<Progress>) -> Result<Progress> {
    progress.ok_or_else(|| Error::internal(anyhow::anyhow!("an open ingest has no record")))
}

async fn record(
    txn: &DatabaseTransaction,
    ingest: &Ingest,
    before: Progress,
    after: Progress,
) -> Result<()> {
    let counts = serde_json::to_string(&after.counts).map_err(Error::internal)?;
    let update = Statement::from_sql_and_values(
        txn.get_database_backend(),
        "UPDATE ingest SET acknowledged = $1, finished = $2, counts = $3 \
         WHERE id = $4 AND acknowledged = $5 AND finished = $6",
        [
            after.acknowledged.into(),
            after.finished.into(),
            counts.into(),
            ingest.id.clone().into(),
            before.acknowledged.into(),
            before.finished.into(),
        ],
    );
    if txn.execute_raw(update).await?.rows_affected() == 1 {
        return Ok(());
    }
    let message = "another stream goes on with this ingest; end one of them";
    let shared = Violation::new(Reason::IngestConflict, "open.ingest_id", message);
    Err(shared.about(ingest.release_name()).into())
}
