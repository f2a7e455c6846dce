//! What the methods of the contract do, by noun: read the request, call the domain, make
//! the answer.

mod calculate;
mod claim;
mod claim_set;
mod definition;
mod ingest;
mod part;
mod release;
mod series;
mod stream;
mod vintage;
mod watch;

use proto::metrics::v1 as pb;
use proto::snapshot::v1 as snapshot_pb;
use rpc::{Consistency, Error, Fields, PageRequest, Part, Reason, Result};

use crate::Metrics;
use crate::snapshot::View;

pub(crate) use part::{Place, Wanted};

impl Metrics {
    pub(crate) async fn get_snapshot_of(
        &self,
        request: pb::GetSnapshotRequest,
    ) -> Result<pb::GetSnapshotResponse> {
        let asked = Consistency::read(request.consistency.as_ref())?;
        let view = self.view(&asked).await?;
        Ok(pb::GetSnapshotResponse {
            snapshot: view.token.encode(),
        })
    }

    /// Where a page of a list stands, and which rows it has. `list` names the list and its
    /// other arguments.
    async fn page(
        &self,
        list: &[&str],
        (size, token): (usize, &str),
        asked: &Consistency,
    ) -> Result<(View, PageRequest)> {
        let sealer = self.commits.sealer().await?;
        let mut page = PageRequest::read(size, token, list, sealer)?;
        let view = match page.commit {
            Some(commit) => self.view_of(asked, page.beside, (commit, ahead)).await?,
            None => self.view(asked).await?,
        };
        page.beside = view.token.part(Part::Registry);
        Ok((view, page))
    }

    /// Like [`Self::page`], of a list whose rows depend on what counts as now: later pages
    /// keep that as well.
    async fn timed_page(
        &self,
        list: &[&str],
        (size, token): (usize, &str),
        asked: &Consistency,
    ) -> Result<TimedPage> {
        let (view, page) = self.page(list, (size, token), asked).await?;
        Ok(TimedPage::new(view, page))
    }

    /// The token of an answer to a message of a stream.
    async fn written(&self) -> Result<String> {
        let newest = self.commits.newest().await?;
        self.feed.wake(newest.commit);
        Ok(newest.token.encode())
    }
}

/// A page of a list whose rows depend on what counts as now.
struct TimedPage {
    view: View,
    page: PageRequest,
    /// Keys of the last row of the page before.
    after: Vec<String>,
}

impl TimedPage {
    fn new(mut view: View, mut page: PageRequest) -> Self {
        let mut keys = page.after.take().unwrap_or_default().into_iter();
        if let Some(now) = keys.next().and_then(|now| now.parse().ok()) {
            view.now = now;
        }
        Self {
            view,
            page,
            after: keys.collect(),
        }
    }

    /// A token that continues after these keys.
    fn token(&self, keys: &[String]) -> String {
        let now = self.view.now.to_string();
        let keys: Vec<_> = std::iter::once(now).chain(keys.iter().cloned()).collect();
        self.page.token(self.view.commit, &keys)
    }
}

fn ahead() -> Error {
    let message = "is ahead of this installation; start again without it";
    Error::field(Reason::PageTokenInvalid, "page_token", message)
}

/// How fresh an answer must be.
fn read_consistency(fields: &mut Fields, asked: Option<&snapshot_pb::Consistency>) -> Consistency {
    let read = fields.take("", Consistency::read(asked));
    read.unwrap_or(Consistency::Newest)
}

/// The time that an answer is as of.
fn read_as_of(fields: &mut Fields, as_of: Option<&prost_types::Timestamp>) -> Option<i64> {
    let read = fields.take("", rpc::read_time("as_of", as_of));
    read.flatten()
}

/// How many rows a page of a list has.
fn read_size(fields: &mut Fields, page_size: i32) -> usize {
    let read = fields.take("", rpc::page_size(page_size));
    read.unwrap_or_default()
}

/// Which series a list has.
fn read_filter(
    fields: &mut Fields,
    filter: &str,
    known: &[store::filter::Field],
) -> sea_orm::Condition {
    let read = fields.take("", store::filter::condition(filter, known));
    read.unwrap_or_else(sea_orm::Condition::all)
}

/// The text a page continues after.
fn after(page: &PageRequest) -> &str {
    let keys = page.after.as_ref();
    keys.and_then(|keys| keys.first())
        .map(String::as_str)
        .unwrap_or_default()
}
