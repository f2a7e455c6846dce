//! Where a read stands: which commits of this service it sees, and the token that says so.

use rpc::{Error, PageRequest, Part, Reason, Result, Snapshot, Token, page_size};
use store::commit;

use crate::Reporting;

/// What a read sees.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The commit that is read.
    pub(crate) commit: i64,
    newest: i64,
    installation: [u8; 16],
    asked: Snapshot,
}

impl Seen {
    /// The snapshot token of the answer.
    pub(crate) fn token(&self) -> String {
        self.after(self.commit)
    }

    /// The snapshot token of an answer that tells of this commit.
    pub(crate) fn after(&self, commit: i64) -> String {
        let seen = Token::of(self.installation, Part::Reporting, commit);
        let answered = self.asked.answered(seen);
        // A later page stands where the first one did, however fresh it was asked to be.
        answered.with(Part::Reporting, Some(commit)).encode()
    }

    /// Lets a later page of a list see what the first one saw.
    pub(crate) fn keep(&mut self, page: &PageRequest) -> Result<()> {
        match page.commit {
            Some(commit) if commit > self.newest => Err(Error::field(
                Reason::PageTokenInvalid,
                "page_token",
                "is ahead of this installation; start again without it",
            )),
            Some(commit) => {
                self.commit = commit;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Reporting {
    /// What a read with these two fields sees.
    pub(crate) async fn see(&self, at_snapshot: &str, at_least_as_fresh: &str) -> Result<Seen> {
        let asked = Snapshot::read(at_snapshot, at_least_as_fresh)?;
        let installation = self.installation().await?;
        let newest = commit::newest(self.store.reader()).await?.number;
        Ok(Seen {
            commit: asked.commit(installation, Part::Reporting, newest)?,
            newest,
            installation,
            asked,
        })
    }

    /// Size and position of a page of a list. `arguments` names the list and what narrows
    /// it: its tokens are good only with the same.
    pub(crate) async fn page(
        &self,
        size: i32,
        token: &str,
        arguments: &[&str],
    ) -> Result<PageRequest> {
        PageRequest::read(page_size(size)?, token, arguments, self.secret().await?)
    }
}
