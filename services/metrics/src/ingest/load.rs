//! The record of a load: how far it is kept, so that a client can continue after a break.

use rpc::{Error, Reason, Result};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Statement};

use super::{Counts, Load};

/// How far a load is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// How far the load with this id is, if it was opened before for the same release.
pub async fn reopen_at(db: &impl ConnectionTrait, load: &Load) -> Result<Option<Progress>> {
    let read = Statement::from_sql_and_values(
        db.get_database_backend(),
        "SELECT release, acknowledged, finished, counts FROM load WHERE id = $1",
        [load.id.clone().into()],
    );
    let Some(row) = Row::find_by_statement(read).one(db).await? else {
        return Ok(None);
    };
    if row.release != load.release.id {
        return Err(Error::field(
            Reason::LoadConflict,
            "open.load_id",
            format!(
                "belongs to a load of releases/{}; choose another id",
                row.release
            ),
        ));
    }
    Ok(Some(Progress {
        acknowledged: row.acknowledged,
        finished: row.finished,
        counts: serde_json::from_str(&row.counts).map_err(Error::internal)?,
    }))
}

/// Opens a load, or finds where it stopped.
pub async fn open(txn: &DatabaseTransaction, load: &Load) -> Result<Progress> {
    if let Some(progress) = reopen_at(txn, load).await? {
        return Ok(progress);
    }
    let counts = Counts::default();
    let insert = Statement::from_sql_and_values(
        txn.get_database_backend(),
        "INSERT INTO load (id, release, acknowledged, finished, counts) VALUES ($1, $2, 0, $3, $4) \
         ON CONFLICT (id) DO NOTHING",
        [
            load.id.clone().into(),
            load.release.id.clone().into(),
            false.into(),
            serde_json::to_string(&counts)
                .map_err(Error::internal)?
                .into(),
        ],
    );
    txn.execute_raw(insert).await?;
    Ok(Progress {
        acknowledged: 0,
        finished: false,
        counts,
    })
}

/// Records that a batch is kept, in the transaction that keeps it. Two streams of one load
/// cannot both keep a batch of the same sequence.
pub(super) async fn acknowledge(
    txn: &DatabaseTransaction,
    load: &Load,
    sequence: i64,
    counts: Counts,
) -> Result<()> {
    if load.id.is_empty() {
        return Ok(());
    }
    let missing = || {
        Error::new(
            Reason::SequenceGap,
            format!(
                "batch {sequence} is not the next one of this load; open it again to learn where to continue"
            ),
        )
    };
    let progress = reopen_at(txn, load).await?.ok_or_else(missing)?;
    if progress.acknowledged != sequence - 1 || progress.finished {
        return Err(missing());
    }
    let mut total = progress.counts;
    total.add(counts);
    record(txn, load, sequence, progress.acknowledged, (false, total)).await
}

/// Records that a load is finished; its counts are answered.
pub(super) async fn close(
    txn: &DatabaseTransaction,
    load: &Load,
    counts: Counts,
) -> Result<Counts> {
    let mut total = counts;
    if let Some(progress) = reopen_at(txn, load).await? {
        total = progress.counts;
        total.add(counts);
        let through = progress.acknowledged;
        record(txn, load, through, through, (true, total)).await?;
    }
    Ok(total)
}

async fn record(
    txn: &DatabaseTransaction,
    load: &Load,
    sequence: i64,
    before: i64,
    (finished, counts): (bool, Counts),
) -> Result<()> {
    let update = Statement::from_sql_and_values(
        txn.get_database_backend(),
        "UPDATE load SET acknowledged = $1, finished = $2, counts = $3 \
         WHERE id = $4 AND acknowledged = $5 AND finished = $6",
        [
            sequence.into(),
            finished.into(),
            serde_json::to_string(&counts)
                .map_err(Error::internal)?
                .into(),
            load.id.clone().into(),
            before.into(),
            false.into(),
        ],
    );
    if txn.execute_raw(update).await?.rows_affected() == 1 {
        return Ok(());
    }
    Err(Error::new(
        Reason::LoadConflict,
        "another stream goes on with this load; end one of them",
    ))
}
