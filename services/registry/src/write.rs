use std::sync::Arc;

use prost::Message;
use rpc::{Part, Result, Token};
use sea_orm::DatabaseTransaction;
use store::replay::RequestId;
use store::{Commit, Store};
use tokio::sync::watch;

use crate::Registry;
use crate::feed::{self, Change};

/// A writing transaction with the number its commit will have. Dropped, it leaves nothing.
pub(crate) struct Write {
    txn: DatabaseTransaction,
    /// The commit to be.
    pub commit: Commit,
    check_only: bool,
    changes: Vec<Change>,
    store: Store,
    installation: [u8; 16],
    head: Arc<watch::Sender<i64>>,
}

impl Registry {
    /// Begins a write. Its number is taken at once: what it then reads stays true until
    /// it ends.
    pub(crate) async fn begin(&self, check_only: bool) -> Result<Write> {
        let installation = self.installation().await?;
        let txn = self.store.begin().await?;
        let commit = store::commit::next(&txn, "").await?;
        Ok(Write {
            txn,
            commit,
            check_only,
            changes: Vec::new(),
            store: self.store.clone(),
            installation,
            head: Arc::clone(&self.head),
        })
    }
}

impl Write {
    /// The database as this write sees it.
    pub(crate) fn db(&self) -> &DatabaseTransaction {
        &self.txn
    }

    /// Notes what changed, for those who follow.
    pub(crate) fn note(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// The answer that the same request got before.
    pub(crate) async fn answered<R: Message + Default>(
        &self,
        request: Option<&RequestId>,
    ) -> Result<Option<R>> {
        match request {
            Some(request) => request.answered(&self.txn).await,
            None => Ok(None),
        }
    }

    /// Snapshot token after this write.
    pub(crate) fn snapshot(&self) -> String {
        let registry = if self.writes() {
            self.commit.number
        } else {
            self.commit.number - 1
        };
        Token::of(self.installation, Part::Registry, registry).encode()
    }

    /// Commits if something changed, and keeps the answer for a repeated request.
    pub(crate) async fn finish<R: Message>(
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
            let made = self.commit.number;
            self.head.send_if_modified(|head| {
                let newer = made > *head;
                *head = made.max(*head);
                newer
            });
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
async fn keep_unchanged<R: Message>(store: &Store, request: &RequestId, answer: R) -> Result<R> {
    let txn = store.begin().await?;
    request.keep(&txn, &answer).await?;
    txn.commit().await?;
    Ok(answer)
}
