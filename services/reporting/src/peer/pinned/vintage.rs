//! Figures as they were said before.

use proto::metrics::v1 as metrics;
use proto::metrics::v1::KnownAtBasis;
use rpc::{Result, micros};

use super::super::look_up_pages;
use super::{PAGE, Pinned, Said};
use crate::convert::timestamp;

/// A time at which a source came to say something of a series.
#[derive(Debug, Clone)]
pub(crate) struct Vintage {
    /// Microseconds since 1970-01-01 UTC.
    pub(crate) known_at: i64,
    /// It is that of a publication, and not that at which this installation recorded it.
    pub(crate) is_dated: bool,
    /// `entities/{entity}`.
    pub(crate) source: String,
}

impl Pinned {
    /// All vintages of an observation that were known by then, in the order in which they
    /// became known; of one moment by what they say. Those that nobody dates come last: when
    /// they were recorded says nothing of when they were published.
    pub(crate) async fn vintages(
        &mut self,
        series: &metrics::SeriesKey,
        period: &str,
        source: &str,
    ) -> Result<Option<Said>> {
        let request = metrics::ListClaimVintagesRequest {
            series_key: Some(series.clone()),
            period: period.to_owned(),
            source: source.to_owned(),
            page_size: PAGE,
            consistency: self.consistency(),
            ..Default::default()
        };
        let mut claims = Vec::new();
        let ask = |page_token| {
            let (mut client, mut request) = (self.peers.metrics.clone(), request.clone());
            request.page_token = page_token;
            async move { client.list_claim_vintages(request).await }
        };
        let take = |page: metrics::ListClaimVintagesResponse| {
            self.releases.extend(page.releases);
            claims.extend(page.claims);
            page.next_page_token
        };
        if !look_up_pages("metrics", ask, take).await? {
            return Ok(None);
        }
        claims.retain(|claim| self.sees(claim.known_at.as_ref()));
        let mut keyed = Vec::with_capacity(claims.len());
        for claim in claims {
            keyed.push((self.place(&claim).await?, claim));
        }
        keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(Some(Said {
            series: series.clone(),
            claims: keyed.into_iter().map(|(_, claim)| claim).collect(),
        }))
    }

    /// What orders a claim among the vintages of its observation.
    async fn place(&mut self, claim: &metrics::Claim) -> Result<impl Ord + use<>> {
        let known_at = self.published(claim).await?;
        let known_at = (known_at.is_none(), known_at);
        let series = claim.source_series.clone();
        Ok((known_at, series, claim.release.clone(), claim.ordinal))
    }

    /// When a claim was published, in microseconds since 1970-01-01 UTC; nothing where nobody
    /// says.
    pub(crate) async fn published(&mut self, claim: &metrics::Claim) -> Result<Option<i64>> {
        let release = self.release(&claim.release).await?;
        let known_at = claim.known_at.as_ref().map(micros);
        Ok(known_at.filter(|_| is_dated(&release)))
    }

    /// When sources came to say something of a series, as far as that counts, in order.
    pub(crate) async fn vintages_of(
        &mut self,
        series: &metrics::SeriesKey,
    ) -> Result<Vec<Vintage>> {
        let request = metrics::ListVintageDatesRequest {
            series_key: Some(series.clone()),
            page_size: PAGE,
            consistency: self.consistency(),
            ..Default::default()
        };
        let mut dates = Vec::new();
        let ask = |page_token| {
            let (mut client, mut request) = (self.peers.metrics.clone(), request.clone());
            request.page_token = page_token;
            async move { client.list_vintage_dates(request).await }
        };
        let take = |page: metrics::ListVintageDatesResponse| {
            dates.extend(page.vintages);
            page.next_page_token
        };
        look_up_pages("metrics", ask, take).await?;
        let mut vintages = Vec::new();
        for date in dates {
            if self.sees(date.known_at.as_ref()) {
                let release = self.release(&date.release).await?;
                vintages.push(Vintage {
                    known_at: date.known_at.as_ref().map(micros).unwrap_or_default(),
                    is_dated: is_dated(&release),
                    source: release.source,
                });
            }
        }
        Ok(vintages)
    }

    /// What a source had said of a series when a vintage became known.
    pub(crate) async fn series_then(
        &mut self,
        series: &metrics::SeriesKey,
        within: &str,
        vintage: &Vintage,
    ) -> Result<Vec<metrics::Claim>> {
        let request = metrics::GetSeriesRequest {
            key: Some(series.clone()),
            within: within.to_owned(),
            source: vintage.source.clone(),
            as_of: Some(timestamp(vintage.known_at)),
            view: metrics::SeriesView::Claims.into(),
            consistency: self.consistency(),
            ..Default::default()
        };
        Ok(self.claims(request).await?.unwrap_or_default())
    }
}

/// Whether it is known when a release was published, or at least retrieved.
fn is_dated(release: &metrics::Release) -> bool {
    release.known_at_basis() != KnownAtBasis::Recorded
}
