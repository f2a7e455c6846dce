//! What the methods of the contract do, by noun: read the request, call the domain, make
//! the answer.

mod claim;
mod claim_set;
mod definition;
mod ingest;
mod release;
mod series;

use rpc::{PageRequest, Part, Result, Snapshot};

use crate::Metrics;
use crate::snapshot::{self, View};

impl Metrics {
    /// Where a read stands.
    async fn view(&self, at_snapshot: &str, at_least_as_fresh: &str) -> Result<View> {
        let asked = Snapshot::read(at_snapshot, at_least_as_fresh)?;
        snapshot::view(&self.commits, &self.followed, asked, None).await
    }

    /// Where a page of a list stands, and which rows it has. `list` names the list and its
    /// other arguments.
    async fn page(
        &self,
        list: &[&str],
        (page_size, page_token): (i32, &str),
        (at_snapshot, at_least_as_fresh): (&str, &str),
    ) -> Result<(View, PageRequest)> {
        let asked = Snapshot::read(at_snapshot, at_least_as_fresh)?;
        let size = rpc::page_size(page_size)?;
        let secret = self.commits.newest().await?.installation;
        let mut arguments = list.to_vec();
        arguments.push(at_snapshot);
        let mut page = PageRequest::read(size, page_token, &arguments, &secret)?;
        let mut view = snapshot::view(&self.commits, &self.followed, asked, page.commit).await?;
        match page.beside {
            // The registry may be followed further by now; all pages are of one snapshot.
            Some(_) => view.token = view.token.with(Part::Registry, page.beside),
            None => page.beside = view.token.registry,
        }
        Ok((view, page))
    }

    /// The token of an answer to a write.
    async fn written(&self) -> Result<String> {
        Ok(self.commits.newest().await?.encode())
    }
}

/// The text a page continues after.
fn after(page: &PageRequest) -> &str {
    let keys = page.after.as_ref();
    keys.and_then(|keys| keys.first())
        .map(String::as_str)
        .unwrap_or_default()
}
