//! Where a read stands: which commits of this service it sees, and the token that says so.

use proto::snapshot::v1 as pb;
use rpc::{
    Consistency, Error, Fields, Newest, Page, PageRequest, Part, Reason, Result, Sealer, Token,
    page_size,
};

use crate::Reporting;

/// The newest state of this service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct State<'a> {
    pub(crate) installation: [u8; 16],
    pub(crate) commit: i64,
    pub(crate) sealer: &'a Sealer,
}

impl<'a> State<'a> {
    pub(crate) fn newest(&self) -> Newest<'a> {
        Newest {
            installation: self.installation,
            commit: self.commit,
            sealer: self.sealer,
        }
    }

    /// A token of a commit of this service.
    fn at(&self, commit: i64) -> Token {
        let stamp = self.sealer.stamp(self.installation, commit);
        Token::of(self.installation, Part::Reporting, stamp)
    }
}

/// A page of a list, as it is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'r> {
    pub(crate) size: i32,
    pub(crate) token: &'r str,
    /// The name of the list and what narrows it: tokens are good only with the same.
    pub(crate) arguments: &'r [&'r str],
}

impl Asked<'_> {
    /// Size and position. What is wrong with them is among `fields` as well.
    fn read(self, sealer: &Sealer, fields: &mut Fields) -> Result<PageRequest> {
        let size = fields.take("", page_size(self.size)).unwrap_or_default();
        let page = PageRequest::read(size, self.token, self.arguments, sealer);
        if let Err(fault) = &page {
            fields.take::<()>("", Err(fault.clone()));
        }
        page
    }
}

/// What a read sees.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    /// The commit that is read.
    pub(crate) commit: i64,
    state: State<'a>,
    asked: Consistency,
    /// The token of the first page, on later ones.
    kept: Option<Token>,
}

impl Seen<'_> {
    /// The snapshot token of the answer.
    pub(crate) fn token(&self) -> String {
        match self.kept {
            Some(first) => first.encode(),
            None => self.after(self.commit),
        }
    }

    /// The snapshot token of an answer that tells of this commit.
    pub(crate) fn after(&self, commit: i64) -> String {
        let seen = self.state.at(commit);
        let answered = self.asked.answered(seen);
        answered
            .with(Part::Reporting, seen.part(Part::Reporting))
            .encode()
    }

    /// The rows of a page and where the next one begins, which keeps this snapshot.
    pub(crate) fn page<T>(
        &self,
        asked: &PageRequest,
        rows: Vec<T>,
        keys: impl Fn(&T) -> Vec<String>,
        bytes: impl Fn(&T) -> usize,
    ) -> Page<T> {
        let snapshot = self.token();
        let with_snapshot = |row: &T| {
            let mut keys = keys(row);
            keys.push(snapshot.clone());
            keys
        };
        asked.page(rows, self.commit, with_snapshot, bytes)
    }

    /// Lets a later page see what the first one saw, however fresh it is asked to be.
    fn keep(&mut self, page: &mut PageRequest) -> Result<()> {
        let Some(commit) = page.commit else {
            return Ok(());
        };
        let kept = page.after.as_mut().and_then(Vec::pop);
        self.kept = kept.and_then(|text| Token::decode(&text));
        if commit > self.state.commit || self.kept.is_none() {
            let message = "is ahead of this installation; start again without it";
            return Err(Error::field(
                Reason::PageTokenInvalid,
                "page_token",
                message,
            ));
        }
        self.commit = commit;
        Ok(())
    }
}

impl Reporting {
    /// What seals the tokens of this service.
    pub(crate) async fn sealer(&self) -> Result<&Sealer> {
        self.store.sealer(Part::Reporting).await
    }

    /// The newest state.
    pub(crate) async fn state(&self) -> Result<State<'_>> {
        Ok(State {
            sealer: self.sealer().await?,
            commit: self.store.newest().await?.number,
            installation: self.installation().await?,
        })
    }

    /// What a read with this consistency sees. All that is wrong with the request is told
    /// together, and before anything that is wrong here.
    pub(crate) async fn see(
        &self,
        consistency: Option<&pb::Consistency>,
        mut fields: Fields,
    ) -> Result<Seen<'_>> {
        let asked = fields.take("", Consistency::read(consistency));
        let asked = asked.unwrap_or(Consistency::Newest);
        let state = self.state().await;
        let state = or_faults(state, &mut fields)?;
        let commit = fields.take("", asked.commit(state.newest()));
        fields.finish()?;
        Ok(Seen {
            commit: commit.unwrap_or_default(),
            state,
            asked,
            kept: None,
        })
    }

    /// What a page of a list with this consistency sees: later pages what the first one saw.
    pub(crate) async fn see_page(
        &self,
        consistency: Option<&pb::Consistency>,
        asked: Asked<'_>,
        mut fields: Fields,
    ) -> Result<(Seen<'_>, PageRequest)> {
        let sealer = or_faults(self.sealer().await, &mut fields)?;
        let page = asked.read(sealer, &mut fields);
        let mut seen = self.see(consistency, fields).await?;
        let mut page = page?;
        seen.keep(&mut page)?;
        Ok((seen, page))
    }

    /// A page of a list that no snapshot holds.
    pub(crate) async fn page(&self, asked: Asked<'_>, mut fields: Fields) -> Result<PageRequest> {
        let sealer = or_faults(self.sealer().await, &mut fields)?;
        let page = asked.read(sealer, &mut fields);
        fields.finish()?;
        page
    }
}

/// What was found; else what is wrong with the request, else why nothing was found.
pub(crate) fn or_faults<T>(found: Result<T>, fields: &mut Fields) -> Result<T> {
    if found.is_err() {
        std::mem::take(fields).finish()?;
    }
    found
}
