//! What ties tokens to this installation.

use rpc::{Error, Result, Token};
use sea_orm::FromQueryResult;
use store::Store;
use uuid::Uuid;

use crate::peer::Peers;
use crate::query;

#[derive(FromQueryResult)]
struct Row {
    id: String,
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
    let told = Token::decode(&peers.registry_snapshot(None).await?).ok_or_else(broken)?;
    let id = Uuid::from_bytes(told.installation).simple().to_string();
    let txn = store.begin().await?;
    let keep = "INSERT INTO followed (installation) VALUES ($1) ON CONFLICT DO NOTHING";
    query::run(&txn, keep, [id.into()]).await?;
    txn.commit().await?;
    Ok(told.installation)
}
