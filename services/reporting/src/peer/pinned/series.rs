//! Figures: of an observation, of a series, of many series, and what is computed from them.

use proto::figure::v1 as figure;
use proto::metrics::v1 as metrics;
use rpc::Result;
use tonic::Response;

use super::super::{call, look_up, pages};
use super::{PAGE, Pinned};
use crate::convert::timestamp;

/// What is said about a series in a period, or about a series as a whole.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// The series.
    pub(crate) series: metrics::Series,
    /// The claims, the preferred one of each period first.
    pub(crate) claims: Vec<metrics::Claim>,
}

impl Pinned {
    /// Everything said about an observation; nothing if nothing is.
    pub(crate) async fn claim_set(
        &mut self,
        series: &metrics::Series,
        period: &str,
    ) -> Result<Option<metrics::ClaimSet>> {
        let request = metrics::GetClaimSetRequest {
            series: Some(series.clone()),
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

    /// The live figures of a series; nothing if there is no such series.
    pub(crate) async fn series(
        &mut self,
        series: &metrics::Series,
        within: &str,
    ) -> Result<Option<Said>> {
        let request = metrics::GetSeriesRequest {
            series: Some(series.clone()),
            within: within.to_owned(),
            view: metrics::SeriesView::Claims.into(),
            as_of: self.as_of.map(timestamp),
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let found = look_up("metrics", || {
            let (mut client, request) = (self.peers.metrics.clone(), request.clone());
            async move { client.get_series(request).await }
        });
        let Some(answer) = found.await? else {
            return Ok(None);
        };
        self.releases.extend(answer.releases);
        let data = answer.data.unwrap_or_default();
        Ok(Some(Said {
            series: data.series.unwrap_or_else(|| series.clone()),
            claims: data.claims,
        }))
    }

    /// Claim sets of the series that a filter lets through.
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

    /// The live figures of all series that a filter lets through.
    pub(crate) async fn filtered_series(&self, filter: &str, within: &str) -> Result<Vec<Said>> {
        let request = metrics::StreamSeriesRequest {
            filter: filter.to_owned(),
            within: within.to_owned(),
            view: metrics::SeriesView::Claims.into(),
            as_of: self.as_of.map(timestamp),
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let series_list = call("metrics", || {
            let (mut client, request) = (self.peers.metrics.clone(), request.clone());
            async move {
                let mut stream = client.stream_series(request).await?.into_inner();
                let mut series_list = Vec::new();
                while let Some(message) = stream.message().await? {
                    series_list.extend(message.series);
                }
                Ok(Response::new(series_list))
            }
        });
        let said = |data: metrics::SeriesData| Said {
            series: data.series.unwrap_or_default(),
            claims: data.claims,
        };
        Ok(series_list.await?.into_iter().map(said).collect())
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
