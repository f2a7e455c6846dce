use std::time::Duration;

use futures::Stream;
use proto::registry::v1::WatchChangesResponse;
use rpc::{Error, Reason};
use tokio::time::Instant;
use tonic::Status;

use crate::feed::{self, Position};
use crate::{Registry, convert};

/// How often a stream looks for commits of other processes.
const POLL: Duration = Duration::from_millis(500);
/// Longest silence of a stream, with some room for a slow poll.
const CHECKPOINT: Duration = Duration::from_secs(8);

impl Registry {
    pub(super) async fn newest(&self) -> rpc::Result<i64> {
        Ok(self.store.newest().await?.number)
    }

    /// All changes after `start`, and checkpoints, until the server stops.
    pub(super) fn follow(
        self,
        installation: [u8; 16],
        start: Position,
    ) -> impl Stream<Item = Result<WatchChangesResponse, Status>> + Send {
        async_stream::try_stream! {
            let (mut head, mut position) = (self.head.subscribe(), start);
            // The first time everything is delivered is told at once.
            let mut checkpoint = Instant::now();
            while !self.shutdown.is_cancelled() {
                let newest = self.newest().await?;
                let portion = feed::after(self.store.reader(), position, newest).await?;
                let (complete, news) = (portion.complete, !portion.changes.is_empty());
                position = portion.reached;
                let now = Instant::now();
                if news || (complete && now >= checkpoint) {
                    yield convert::feed::message(portion, installation)?;
                    if !news {
                        checkpoint = now + CHECKPOINT;
                    }
                }
                if !complete || news {
                    continue;
                }
                tokio::select! {
                    () = self.shutdown.cancelled() => {}
                    _ = head.changed() => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            }
            Err(Error::new(Reason::ShuttingDown, "the server is shutting down; continue elsewhere"))?;
        }
    }
}
