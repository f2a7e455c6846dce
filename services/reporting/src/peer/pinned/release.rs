//! Releases.

use proto::metrics::v1 as metrics;
use rpc::Result;

use super::super::{look_up, pages};
use super::{PAGE, Pinned};

impl Pinned {
    /// A release by name.
    pub(crate) async fn release(&mut self, name: &str) -> Result<metrics::Release> {
        if let Some(known) = self.releases.get(name) {
            return Ok(known.clone());
        }
        let request = metrics::GetReleaseRequest {
            name: name.to_owned(),
            consistency: self.consistency(),
        };
        let found = look_up("metrics", || {
            let (mut client, request) = (self.peers.metrics.clone(), request.clone());
            async move { client.get_release(request).await }
        });
        let release = found
            .await?
            .and_then(|answer| answer.release)
            .unwrap_or_else(|| metrics::Release {
                name: name.to_owned(),
                ..Default::default()
            });
        self.releases.insert(name.to_owned(), release.clone());
        Ok(release)
    }

    /// The only release of a source; nothing where it has none or several.
    pub(crate) async fn only_release(&mut self, source: &str) -> Result<Option<String>> {
        if let Some(known) = self.only_releases.get(source) {
            return Ok(known.clone());
        }
        let request = metrics::ListReleasesRequest {
            filter: format!("source = \"{source}\""),
            // Two tell one from several, unless some of them are not known yet.
            page_size: self.as_of.map_or(2, |_| PAGE),
            consistency: self.consistency(),
            ..Default::default()
        };
        let mut seen = Vec::new();
        let ask = |page_token| {
            let (mut client, mut request) = (self.peers.metrics.clone(), request.clone());
            request.page_token = page_token;
            async move { client.list_releases(request).await }
        };
        let take = |page: metrics::ListReleasesResponse| {
            let known = |release: &metrics::Release| self.sees(release.known_at.as_ref());
            seen.extend(page.releases.into_iter().filter(known));
            match seen.len() {
                0 | 1 => page.next_page_token,
                // More of them would not make it the only one.
                _ => String::new(),
            }
        };
        pages("metrics", ask, take).await?;
        let only = match seen.as_slice() {
            [release] => Some(release.name.clone()),
            _ => None,
        };
        self.only_releases.insert(source.to_owned(), only.clone());
        Ok(only)
    }
}
