//! What ties tokens to this installation.

use rpc::{Error, Result, Token};
use sea_orm::FromQueryResult;
use store::{Store, commit};
use uuid::Uuid;

use crate::peer::Peers;
use crate::query;

#[derive(FromQueryResult)]
struct Row {
    id: String,
}

/// What seals page tokens: an id that the tables of this service keep, made when first asked
/// for. All replicas share it.
pub(crate) async fn secret(store: &Store) -> Result<Vec<u8>> {
    const READ: &str = "SELECT id FROM installation ORDER BY id LIMIT 1";
    if let Some(row) = query::one::<Row, 0>(store.reader(), READ, []).await? {
        return Ok(row.id.into_bytes());
    }
    let txn = store.begin().await?;
    // Two replicas may arrive here at once: one of them waits.
    commit::hold(&txn).await?;
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

/// The installation whose commits the tokens of this service count, as the registry tells.
/// It is asked once and remembered, so that what is here can be read while it is away.
pub(crate) async fn id(store: &Store, peers: &Peers) -> Result<[u8; 16]> {
    const READ: &str = "SELECT installation AS id FROM followed ORDER BY installation LIMIT 1";
    if let Some(row) = query::one::<Row, 0>(store.reader(), READ, []).await? {
        let id = Uuid::parse_str(&row.id).map_err(Error::internal)?;
        return Ok(id.into_bytes());
    }
    let broken = || Error::internal(anyhow::anyhow!("the registry sent no snapshot"));
    let told = Token::decode(&peers.registry_snapshot("").await?).ok_or_else(broken)?;
    let id = Uuid::from_bytes(told.installation).simple().to_string();
    let txn = store.begin().await?;
    let keep = "INSERT INTO followed (installation) VALUES ($1) ON CONFLICT DO NOTHING";
    query::run(&txn, keep, [id.into()]).await?;
    txn.commit().await?;
    Ok(told.installation)
}
