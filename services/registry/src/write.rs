use prost::Message;
use proto::registry::v1 as pb;
use proto::snapshot::v1::ChangeType;
use rpc::{Part, Result, Sealer, Token};
use sea_orm::DatabaseTransaction;
use store::feed::{self, Change, Feed};
use store::replay::RequestId;
use store::{Commit, Store};

use crate::Registry;

/// A writing transaction with the number its commit will have. Dropped, it leaves nothing.
pub(crate) struct Write {
    txn: DatabaseTransaction,
    /// The commit to be.
    pub commit: Commit,
    check_only: bool,
    changes: Vec<Change>,
    store: Store,
    installation: [u8; 16],
    sealer: Sealer,
    feed: Feed,
}

/// The answer to a write, which says whether it was given before.
pub(crate) trait Replay: Message + Default {
    /// The same answer, given again.
    fn replayed(self) -> Self;
}

macro_rules! replay {
    ($($Answer:ident)+) => {
        $(impl Replay for pb::$Answer {
            fn replayed(self) -> Self {
                Self { replayed: true, ..self }
            }
        })+
    };
}

replay! {
    ApplyVocabularyResponse
    CreateEntityResponse
    BatchAddEntitiesResponse
    UpdateEntityResponse
    DeleteEntityResponse
    UndeleteEntityResponse
    CreateRelationResponse
    BatchAddRelationsResponse
    UpdateRelationResponse
    DeleteRelationResponse
}

impl Registry {
    /// Begins a write. Its number is taken at once: what it then reads stays true until
    /// it ends.
    pub(crate) async fn begin(&self, check_only: bool) -> Result<Write> {
        let installation = self.installation().await?;
        let sealer = self.sealer().await?.clone();
        let txn = self.store.begin().await?;
        let commit = store::commit::next(&txn, "").await?;
        Ok(Write {
            txn,
            commit,
            check_only,
            changes: Vec::new(),
            store: self.store.clone(),
            installation,
            sealer,
            feed: self.feed.clone(),
        })
    }
}

impl Write {
    /// The database as this write sees it.
    pub(crate) fn db(&self) -> &DatabaseTransaction {
        &self.txn
    }

    /// Notes what happened to a record of some kind, for those who follow: its name and etag,
    /// and the kind of an entity.
    pub(crate) fn note(
        &mut self,
        (kind, change_type): (pb::RecordKind, ChangeType),
        (name, etag): (String, String),
        entity_kind: String,
    ) {
        self.changes.push(Change {
            kind: kind.into(),
            change_type,
            name,
            etag,
            about: entity_kind,
            count: 0,
        });
    }

    /// Whether nothing will be written, whatever was noted.
    pub(crate) fn checks_only(&self) -> bool {
        self.check_only
    }

    /// The answer that the same request got before.
    pub(crate) async fn answered<R: Replay>(
        &self,
        request: Option<&RequestId>,
    ) -> Result<Option<R>> {
        match request {
            Some(request) => {
                let kept = request.answered::<R>(&self.txn).await?;
                Ok(kept.map(Replay::replayed))
            }
            None => Ok(None),
        }
    }

    /// Snapshot token after this write.
    pub(crate) fn snapshot(&self) -> String {
        let commit = if self.writes() {
            self.commit.number
        } else {
            self.commit.number - 1
        };
        let stamp = self.sealer.stamp(self.installation, commit);
        Token::of(self.installation, Part::Registry, stamp).encode()
    }

    /// Commits if something changed, and keeps the answer for a repeated request.
    pub(crate) async fn finish<R: Replay>(
        self,
        request: Option<RequestId>,
        answer: R,
    ) -> Result<R> {
        if self.writes() {
            feed::record(&self.txn, self.commit, &self.changes).await?;
            if let Some(request) = request {
                request.keep(&self.txn, &answer).await?;
            }
            self.txn.commit().await?;
            self.feed.wake(self.commit.number);
            return Ok(answer);
        }
        self.txn.rollback().await?;
        match request {
            Some(request) if !self.check_only => {
                keep_unchanged(&self.store, &request, answer).await
            }
            _ => Ok(answer),
        }
    }

    fn writes(&self) -> bool {
        !self.check_only && !self.changes.is_empty()
    }
}

/// Keeps the answer to a request that changed nothing, without using up a commit number.
async fn keep_unchanged<R: Replay>(store: &Store, request: &RequestId, answer: R) -> Result<R> {
    let txn = store.begin().await?;
    // The same request may have come again before this turn.
    store::commit::hold(&txn).await?;
    if let Some(kept) = request.answered::<R>(&txn).await? {
        return Ok(kept.replayed());
    }
    request.keep(&txn, &answer).await?;
    txn.commit().await?;
    Ok(answer)
}
