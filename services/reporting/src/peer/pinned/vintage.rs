//! Figures as they were said before.

use proto::metrics::v1 as metrics;
use rpc::{Result, micros};

use super::super::look_up;
use super::{Pinned, Said};
use crate::convert::timestamp;

/// A time at which a source came to say something of a series.
#[derive(Debug, Clone)]
pub(crate) struct Vintage {
    /// Microseconds since 1970-01-01 UTC.
    pub(crate) known_at: i64,
    /// `entities/{entity}`.
    pub(crate) source: String,
}

impl Pinned {
    /// All vintages of an observation that were known by then.
    pub(crate) async fn vintages(
        &mut self,
        series: &metrics::Series,
        period: &str,
        source: &str,
    ) -> Result<Option<Said>> {
        let request = metrics::ListClaimVintagesRequest {
            series: Some(series.clone()),
            period: period.to_owned(),
            source: source.to_owned(),
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let found = look_up("metrics", || {
            let (mut client, request) = (self.peers.metrics.clone(), request.clone());
            async move { client.list_claim_vintages(request).await }
        });
        let Some(answer) = found.await? else {
            return Ok(None);
        };
        self.releases.extend(answer.releases);
        let mut claims = answer.claims;
        claims.retain(|claim| self.sees(claim.known_at.as_ref()));
        Ok(Some(Said {
            series: series.clone(),
            claims,
        }))
    }

    /// When sources came to say something of a series, as far as that counts, in order.
    pub(crate) async fn vintages_of(&mut self, series: &metrics::Series) -> Result<Vec<Vintage>> {
        let request = metrics::ListVintageDatesRequest {
            series: Some(series.clone()),
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let found = look_up("metrics", || {
            let (mut client, request) = (self.peers.metrics.clone(), request.clone());
            async move { client.list_vintage_dates(request).await }
        });
        let dates = found.await?.map(|answer| answer.vintages);
        let mut vintages = Vec::new();
        for date in dates.unwrap_or_default() {
            if self.sees(date.known_at.as_ref()) {
                vintages.push(Vintage {
                    known_at: date.known_at.as_ref().map(micros).unwrap_or_default(),
                    source: self.release(&date.release).await?.source,
                });
            }
        }
        Ok(vintages)
    }

    /// What a source had said of a series when a vintage became known.
    pub(crate) async fn series_then(
        &mut self,
        series: &metrics::Series,
        within: &str,
        vintage: &Vintage,
    ) -> Result<Vec<metrics::Claim>> {
        let request = metrics::GetSeriesRequest {
            series: Some(series.clone()),
            within: within.to_owned(),
            source: vintage.source.clone(),
            as_of: Some(timestamp(vintage.known_at)),
            view: metrics::SeriesView::Claims.into(),
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let found = look_up("metrics", || {
            let (mut client, request) = (self.peers.metrics.clone(), request.clone());
            async move { client.get_series(request).await }
        });
        let Some(answer) = found.await? else {
            return Ok(Vec::new());
        };
        self.releases.extend(answer.releases);
        Ok(answer.data.unwrap_or_default().claims)
    }
}
