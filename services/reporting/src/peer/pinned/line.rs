//! Figures: of a cell, of a line, of many lines, and what is computed from them.

use proto::figure::v1 as figure;
use proto::metrics::v1 as metrics;
use rpc::Result;
use tonic::Response;

use super::super::{call, look_up, pages};
use super::{PAGE, Pinned};
use crate::convert::timestamp;

/// What is said about a line in a period, or about a line as a whole.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// The line.
    pub(crate) line: metrics::Line,
    /// The claims, the preferred one of each period first.
    pub(crate) claims: Vec<metrics::Claim>,
}

impl Pinned {
    /// Everything said about a cell; nothing if nothing is.
    pub(crate) async fn claim_set(
        &mut self,
        line: &metrics::Line,
        period: &str,
    ) -> Result<Option<metrics::ClaimSet>> {
        let request = metrics::GetClaimSetRequest {
            line: Some(line.clone()),
            period: period.to_owned(),
            as_of: self.as_of.map(timestamp),
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let found = look_up("metrics", || {
            let (mut client, request) = (self.peers.metrics.clone(), request.clone());
            async move { client.get_claim_set(request).await }
        });
        let Some(answer) = found.await? else {
            return Ok(None);
        };
        self.releases.extend(answer.releases);
        Ok(answer.claim_set.filter(|set| !set.claims.is_empty()))
    }

    /// The live figures of a line; nothing if there is no such line.
    pub(crate) async fn line(
        &mut self,
        line: &metrics::Line,
        within: &str,
    ) -> Result<Option<Said>> {
        let request = metrics::GetLineRequest {
            line: Some(line.clone()),
            within: within.to_owned(),
            view: metrics::LineView::Claims.into(),
            as_of: self.as_of.map(timestamp),
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let found = look_up("metrics", || {
            let (mut client, request) = (self.peers.metrics.clone(), request.clone());
            async move { client.get_line(request).await }
        });
        let Some(answer) = found.await? else {
            return Ok(None);
        };
        self.releases.extend(answer.releases);
        let data = answer.data.unwrap_or_default();
        Ok(Some(Said {
            line: data.line.unwrap_or_else(|| line.clone()),
            claims: data.claims,
        }))
    }

    /// Claim sets of the lines that a filter lets through.
    pub(crate) async fn claim_sets(
        &mut self,
        filter: &str,
        within: &str,
        state: metrics::ClaimSetState,
    ) -> Result<Vec<metrics::ClaimSet>> {
        let request = metrics::ListClaimSetsRequest {
            filter: filter.to_owned(),
            state: state.into(),
            within: within.to_owned(),
            page_size: PAGE,
            as_of: self.as_of.map(timestamp),
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let mut found = Vec::new();
        let ask = |page_token| {
            let (mut client, mut request) = (self.peers.metrics.clone(), request.clone());
            request.page_token = page_token;
            async move { client.list_claim_sets(request).await }
        };
        let take = |page: metrics::ListClaimSetsResponse| {
            self.releases.extend(page.releases);
            found.extend(page.claim_sets);
            page.next_page_token
        };
        pages("metrics", ask, take).await?;
        Ok(found)
    }

    /// The live figures of all lines that a filter lets through.
    pub(crate) async fn lines(&self, filter: &str, within: &str) -> Result<Vec<Said>> {
        let request = metrics::StreamLinesRequest {
            filter: filter.to_owned(),
            within: within.to_owned(),
            view: metrics::LineView::Claims.into(),
            as_of: self.as_of.map(timestamp),
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let lines = call("metrics", || {
            let (mut client, request) = (self.peers.metrics.clone(), request.clone());
            async move {
                let mut stream = client.stream_lines(request).await?.into_inner();
                let mut lines = Vec::new();
                while let Some(message) = stream.message().await? {
                    lines.extend(message.lines);
                }
                Ok(Response::new(lines))
            }
        });
        let said = |data: metrics::LineData| Said {
            line: data.line.unwrap_or_default(),
            claims: data.claims,
        };
        Ok(lines.await?.into_iter().map(said).collect())
    }

    /// Computes with two claims; nothing if one of them does not exist.
    pub(crate) async fn calculate(
        &self,
        request: &metrics::CalculateRequest,
    ) -> Result<Option<figure::Result>> {
        let request = metrics::CalculateRequest {
            at_snapshot: self.snapshot.clone(),
            as_of: self.as_of.map(timestamp),
            ..request.clone()
        };
        let found = look_up("metrics", || {
            let (mut client, request) = (self.peers.metrics.clone(), request.clone());
            async move { client.calculate(request).await }
        });
        Ok(found.await?.and_then(|answer| answer.result))
    }
}
