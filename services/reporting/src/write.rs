//! Ends and repeats of writes.

use prost::Message;
use rpc::Result;
use sea_orm::DatabaseTransaction;
use store::replay::RequestId;
use store::{Commit, commit};

/// The answer that the same request got before.
pub(crate) async fn answered<R: Message + Default>(
    txn: &DatabaseTransaction,
    id: Option<&RequestId>,
) -> Result<Option<R>> {
    match id {
        Some(id) => id.answered(txn).await,
        None => Ok(None),
    }
}

/// Ends a write, with its answer kept for a repeated request.
pub(crate) async fn keep(
    txn: DatabaseTransaction,
    id: Option<&RequestId>,
    answer: &impl Message,
) -> Result<()> {
    if let Some(id) = id {
        id.keep(&txn, answer).await?;
    }
    Ok(txn.commit().await?)
}

/// The number of a commit; none where nothing changes. Either makes a second request with the
/// same id wait for the first.
pub(crate) async fn next_unless(
    is_equal: bool,
    txn: &DatabaseTransaction,
) -> Result<Option<Commit>> {
    if is_equal {
        commit::hold(txn).await?;
        return Ok(None);
    }
    Ok(Some(commit::next(txn, "").await?))
}
