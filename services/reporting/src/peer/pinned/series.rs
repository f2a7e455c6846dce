//! Figures: of an observation, of a series, of many series, and what is computed from them.

mod stream;

use proto::figure::v1 as figure;
use proto::metrics::v1 as metrics;
use rpc::Result;

use super::super::{look_up, look_up_pages, pages};
use super::{PAGE, Pinned};
use crate::convert::timestamp;

/// What is said about a series in a period, or about a series as a whole.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    /// What the series is about.
    pub(crate) series: metrics::SeriesKey,
    /// The claims, the preferred one of each period first.
    pub(crate) claims: Vec<metrics::Claim>,
}

impl Pinned {
    /// Everything said about an observation; nothing if nothing is.
    pub(crate) async fn claim_set(
        &mut self,
        series: &metrics::SeriesKey,
        period: &str,
    ) -> Result<Option<metrics::ClaimSet>> {
        let request = metrics::GetClaimSetRequest {
            series_key: Some(series.clone()),
            period: period.to_owned(),
            as_of: self.as_of.map(timestamp),
            consistency: self.consistency(),
            ..Default::default()
        };
        let mut whole: Option<metrics::ClaimSet> = None;
        let ask = |page_token| {
            let (mut client, mut request) = (self.peers.metrics.clone(), request.clone());
            request.page_token = page_token;
            async move { client.get_claim_set(request).await }
        };
        let take = |page: metrics::GetClaimSetResponse| {
            self.releases.extend(page.releases);
            let part = page.claim_set.unwrap_or_default();
            match &mut whole {
                None => whole = Some(part),
                Some(whole) => {
                    whole.claims.extend(part.claims);
                    whole.reasons.extend(part.reasons);
                }
            }
            page.next_page_token
        };
        look_up_pages("metrics", ask, take).await?;
        Ok(whole.filter(|set| !set.claims.is_empty()))
    }

    /// The live figures of a series; nothing if there is no such series.
    pub(crate) async fn series(
        &mut self,
        series: &metrics::SeriesKey,
        within: &str,
    ) -> Result<Option<Said>> {
        let request = metrics::GetSeriesRequest {
            key: Some(series.clone()),
            within: within.to_owned(),
            view: metrics::SeriesView::Claims.into(),
            as_of: self.as_of.map(timestamp),
            consistency: self.consistency(),
            ..Default::default()
        };
        let claims = self.claims(request).await?;
        Ok(claims.map(|claims| Said {
            series: series.clone(),
            claims,
        }))
    }

    /// The figures that a request for a series asks for, of all pages.
    pub(super) async fn claims(
        &mut self,
        request: metrics::GetSeriesRequest,
    ) -> Result<Option<Vec<metrics::Claim>>> {
        let mut claims = Vec::new();
        let ask = |page_token| {
            let (mut client, mut request) = (self.peers.metrics.clone(), request.clone());
            request.page_token = page_token;
            async move { client.get_series(request).await }
        };
        let take = |page: metrics::GetSeriesResponse| {
            self.releases.extend(page.releases);
            claims.extend(page.data.unwrap_or_default().claims);
            page.next_page_token
        };
        let exists = look_up_pages("metrics", ask, take).await?;
        Ok(exists.then_some(claims))
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
            consistency: self.consistency(),
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
        for set in &mut found {
            self.complete(set).await?;
        }
        Ok(found)
    }

    /// Reads the claims of a set that the list had no room for.
    async fn complete(&mut self, set: &mut metrics::ClaimSet) -> Result<()> {
        let there = i32::try_from(set.claims.len()).unwrap_or(i32::MAX);
        if there >= set.claim_count {
            return Ok(());
        }
        let series = set.series.clone().unwrap_or_default();
        let period = set.period.clone().unwrap_or_default();
        let key = series.key.unwrap_or_default();
        if let Some(whole) = self.claim_set(&key, &period.code).await? {
            *set = whole;
        }
        Ok(())
    }

    /// Computes with two claims; nothing if one of them does not exist.
    pub(crate) async fn calculate(
        &self,
        request: &metrics::CalculateRequest,
    ) -> Result<Option<figure::Result>> {
        let request = metrics::CalculateRequest {
            consistency: self.consistency(),
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
