//! The changes of the three services, watched alike.

use std::pin::Pin;

use futures::{Stream, StreamExt as _};
use prost_types::Timestamp;
use proto::snapshot::v1::{ChangeType, WatchStart};
use proto::{metrics, registry, reporting};
use rpc::Part;
use tonic::{Status, Streaming};

use crate::harness::World;
use crate::harness::process::soon;

/// One message of a watch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// What changed.
    pub changes: Vec<Change>,
    /// Continues after it.
    pub resume_token: String,
    /// Everything up to the snapshot was told.
    pub is_checkpoint: bool,
    /// Holds these changes and all before.
    pub snapshot: String,
}

/// A change of a record, with what any of the services tells of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    /// Name of the record.
    pub name: String,
    /// Kind of the record, as its service numbers them.
    pub kind: i32,
    /// What happened, as [`ChangeType`] numbers it.
    pub r#type: i32,
    /// When.
    pub commit_time: Option<Timestamp>,
    /// Of the record after the change.
    pub etag: String,
    /// What else is told: kind of the entity, release of the claims, template of the report.
    pub about: String,
    /// Claims written.
    pub claim_count: i32,
}

impl Change {
    /// What happened.
    pub fn happened(&self) -> ChangeType {
        ChangeType::try_from(self.r#type).expect("one of those there are")
    }
}

macro_rules! told {
    ($package:ident, |$change:ident| $about:expr, $count:expr) => {
        impl From<$package::v1::WatchChangesResponse> for Told {
            fn from(message: $package::v1::WatchChangesResponse) -> Self {
                let change = |$change: $package::v1::Change| Change {
                    claim_count: $count,
                    about: $about,
                    name: $change.name,
                    kind: $change.kind,
                    r#type: $change.r#type,
                    commit_time: $change.commit_time,
                    etag: $change.etag,
                };
                Self {
                    changes: message.changes.into_iter().map(change).collect(),
                    resume_token: message.resume_token,
                    is_checkpoint: message.is_checkpoint,
                    snapshot: message.snapshot,
                }
            }
        }
    };
}

told!(registry, |change| change.entity_kind, 0);
told!(metrics, |change| change.release, change.claim_count);
told!(reporting, |change| change.template, 0);

/// A watch.
pub struct Feed(Pin<Box<dyn Stream<Item = Result<Told, Status>> + Send>>);

impl Feed {
    /// Opens one, on records of these kinds.
    pub async fn open(
        world: &World,
        part: Part,
        start: Option<WatchStart>,
        kinds: &[i32],
    ) -> Result<Self, Status> {
        let kinds = kinds.to_vec();
        Ok(match part {
            Part::Registry => {
                let request = registry::v1::WatchChangesRequest { start, kinds };
                Self::of(world.registry().watch_changes(request).await?.into_inner())
            }
            Part::Metrics => {
                let request = metrics::v1::WatchChangesRequest { start, kinds };
                Self::of(world.metrics().watch_changes(request).await?.into_inner())
            }
            Part::Reporting => {
                let request = reporting::v1::WatchChangesRequest { start, kinds };
                Self::of(world.reporting().watch_changes(request).await?.into_inner())
            }
        })
    }

    fn of<M: Into<Told> + Send + 'static>(stream: Streaming<M>) -> Self {
        Self(Box::pin(stream.map(|message| message.map(Into::into))))
    }

    /// Why one cannot be opened: told at once, or in place of its first message.
    pub async fn refused(
        world: &World,
        part: Part,
        start: Option<WatchStart>,
        kinds: &[i32],
    ) -> Status {
        match Self::open(world, part, start, kinds).await {
            Ok(mut feed) => match feed.0.next().await {
                Some(Err(status)) => status,
                other => panic!("not refused: {other:?}"),
            },
            Err(status) => status,
        }
    }

    /// The next message.
    pub async fn next(&mut self) -> Told {
        let message = soon("the feed tells something", self.0.next()).await;
        message.expect("it has no end").expect("it goes on")
    }

    /// So many changes, and the last message of them.
    pub async fn take(&mut self, count: usize) -> (Vec<Change>, Told) {
        let (mut changes, mut last) = (Vec::new(), Told::default());
        while changes.len() < count {
            last = self.next().await;
            changes.extend(last.changes.clone());
        }
        assert_eq!(changes.len(), count, "{changes:?}");
        (changes, last)
    }

    /// All changes up to the next checkpoint, and that.
    pub async fn until_checkpoint(&mut self) -> (Vec<Change>, Told) {
        let mut changes = Vec::new();
        loop {
            let message = self.next().await;
            if message.is_checkpoint {
                return (changes, message);
            }
            changes.extend(message.changes);
        }
    }

    /// Why it ends.
    pub async fn end(&mut self) -> Status {
        let ending = async {
            loop {
                match self.0.next().await {
                    Some(Ok(_)) => {}
                    Some(Err(status)) => return status,
                    None => panic!("it ended without a reason"),
                }
            }
        };
        soon("the feed ends", ending).await
    }
}
