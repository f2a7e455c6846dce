//! Indicators, concepts and units.

use proto::metrics::v1 as metrics;
use rpc::Result;

use super::super::look_up;
use super::Pinned;

impl Pinned {
    /// An indicator by name.
    pub(crate) async fn indicator(&mut self, name: &str) -> Result<Option<metrics::Indicator>> {
        if let Some(known) = self.indicators.get(name) {
            return Ok(known.clone());
        }
        let request = metrics::GetIndicatorRequest {
            name: name.to_owned(),
            consistency: self.consistency(),
        };
        let found = look_up("metrics", || {
            let (mut client, request) = (self.peers.metrics.clone(), request.clone());
            async move { client.get_indicator(request).await }
        });
        let indicator = found.await?.and_then(|answer| answer.indicator);
        self.indicators.insert(name.to_owned(), indicator.clone());
        Ok(indicator)
    }

    /// A concept by name.
    pub(crate) async fn concept(&self, name: &str) -> Result<Option<metrics::Concept>> {
        let request = metrics::GetConceptRequest {
            name: name.to_owned(),
            consistency: self.consistency(),
        };
        let found = look_up("metrics", || {
            let (mut client, request) = (self.peers.metrics.clone(), request.clone());
            async move { client.get_concept(request).await }
        });
        Ok(found.await?.and_then(|answer| answer.concept))
    }

    /// A unit by name; an empty one for no name.
    pub(crate) async fn unit(&mut self, name: &str) -> Result<metrics::Unit> {
        if name.is_empty() {
            return Ok(metrics::Unit::default());
        }
        if let Some(known) = self.units.get(name) {
            return Ok(known.clone().unwrap_or_default());
        }
        let request = metrics::GetUnitRequest {
            name: name.to_owned(),
            consistency: self.consistency(),
        };
        let found = look_up("metrics", || {
            let (mut client, request) = (self.peers.metrics.clone(), request.clone());
            async move { client.get_unit(request).await }
        });
        let unit = found.await?.and_then(|answer| answer.unit);
        self.units.insert(name.to_owned(), unit.clone());
        Ok(unit.unwrap_or_default())
    }
}

/// Whether two indicators define one concept: they stand beside each other, never joined.
pub(crate) fn are_siblings(a: &metrics::Indicator, b: &metrics::Indicator) -> bool {
    a.name != b.name && !a.concept.is_empty() && a.concept == b.concept
}
