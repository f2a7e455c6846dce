//! Writers whose decisions rest on each other's rows take turns.
//!
//! The lock of [`commit`](crate::commit) comes as late as it can, after a writer has read
//! and decided. Where one writer can change what another one has just read without
//! touching a row that both write, the decision itself needs a turn.

use rpc::Result;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, Statement};
use sha2::{Digest as _, Sha256};

/// Waits until no other transaction has a turn with this subject, and takes it until the
/// transaction ends. On SQLite every writing transaction is alone from its start.
pub async fn take(txn: &DatabaseTransaction, subject: &str) -> Result<()> {
    let backend = txn.get_database_backend();
    if backend != DbBackend::Postgres {
        return Ok(());
    }
    let lock = Statement::from_sql_and_values(
        backend,
        "SELECT pg_advisory_xact_lock($1)",
        [key(subject).into()],
    );
    txn.execute_raw(lock).await?;
    Ok(())
}

fn key(subject: &str) -> i64 {
    let digest = Sha256::digest(subject);
    i64::from_be_bytes(std::array::from_fn(|i| digest[i]))
}
