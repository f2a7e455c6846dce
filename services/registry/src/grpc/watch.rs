use futures::{Stream, StreamExt as _};
use proto::registry::v1::*;
use rpc::{Fields, Part, Result};
use store::feed::{self, Portion};
use tonic::Status;

use crate::{Registry, convert};

pub(super) async fn snapshot(
    registry: &Registry,
    request: GetSnapshotRequest,
) -> Result<GetSnapshotResponse> {
    let seen = registry
        .see(Fields::new(), request.consistency.as_ref())
        .await?;
    Ok(GetSnapshotResponse {
        snapshot: seen.token(),
    })
}

/// All changes of the kinds asked for, and checkpoints, until the server stops.
pub(super) async fn changes(
    registry: &Registry,
    request: WatchChangesRequest,
) -> Result<impl Stream<Item = Result<WatchChangesResponse, Status>> + Send + use<>> {
    let mut fields = Fields::new();
    convert::kinds(&mut fields, &request.kinds);
    let installation = registry.installation().await?;
    let sealer = registry.sealer().await?.clone();
    let start = registry
        .feed
        .start(request.start.as_ref(), installation, Part::Registry)
        .await;
    let start = match start {
        Err(cause) if cause.violations().is_empty() => {
            fields.finish()?;
            return Err(cause);
        }
        start => fields.take("", start),
    };
    fields.finish()?;
    let start = start.ok_or_else(convert::unread)?;
    let message = move |portion: Portion| -> Result<WatchChangesResponse> {
        Ok(WatchChangesResponse {
            resume_token: feed::resume_token(portion.reached, &sealer)?,
            snapshot: feed::snapshot(portion.reached, installation, &sealer).encode(),
            is_checkpoint: portion.changes.is_empty(),
            changes: portion.changes.into_iter().map(convert::change).collect(),
        })
    };
    let portions = registry.feed.clone().follow(start, request.kinds);
    Ok(portions.map(move |portion| portion.and_then(&message).map_err(Status::from)))
}
