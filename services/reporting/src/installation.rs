//! What ties page tokens to this installation.

use rpc::Result;
use sea_orm::FromQueryResult;
use store::{Store, commit};
use uuid::Uuid;

use crate::query;

#[derive(FromQueryResult)]
struct Row {
    id: String,
}

/// The id of the installation as the tables of this service have it, made when first asked
/// for. All replicas share it.
pub(crate) async fn secret(store: &Store) -> Result<Vec<u8>> {
    const READ: &str = "SELECT id FROM installation ORDER BY id LIMIT 1";
    if let Some(row) = query::one::<Row, 0>(store.reader(), READ, []).await? {
        return Ok(row.id.into_bytes());
    }
    let txn = store.begin().await?;
    // Two replicas may arrive here at once: the number of the commit makes one of them wait.
    commit::next(&txn, "").await?;
    if let Some(row) = query::one::<Row, 0>(&txn, READ, []).await? {
        return Ok(row.id.into_bytes());
    }
    let id = Uuid::new_v4().simple().to_string();
    query::run(
        &txn,
        "INSERT INTO installation (id) VALUES ($1)",
        [id.clone().into()],
    )
    .await?;
    txn.commit().await?;
    Ok(id.into_bytes())
}
