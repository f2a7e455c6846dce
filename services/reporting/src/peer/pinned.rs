//! Reads of one snapshot, each asked for once.

mod bulk;

use std::collections::BTreeMap;
use std::sync::Arc;

use prost_types::Timestamp;
use proto::figure::v1 as figure;
use proto::metrics::v1 as metrics;
use proto::registry::v1 as registry;
use rpc::Result;

use super::{Peers, call, look_up};
use crate::convert::{micros, timestamp};

pub(crate) use bulk::Vintage;

/// Most rows of a page.
const PAGE: i32 = 1000;

/// What is said about a line in a period, or about a line as a whole.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// The line.
    pub(crate) line: metrics::Line,
    /// The claims, the preferred one of each period first.
    pub(crate) claims: Vec<metrics::Claim>,
}

/// The two services at one snapshot.
#[derive(Debug)]
pub(crate) struct Pinned {
    peers: Peers,
    snapshot: String,
    /// What the sources had said by then, in microseconds since 1970-01-01 UTC.
    as_of: Option<i64>,
    entities: BTreeMap<String, Option<Arc<registry::Entity>>>,
    indicators: BTreeMap<String, Option<(metrics::Indicator, Vec<String>)>>,
    units: BTreeMap<String, Option<metrics::Unit>>,
    releases: BTreeMap<String, metrics::Release>,
    only_releases: BTreeMap<String, Option<String>>,
    vocabulary: Option<Arc<registry::Vocabulary>>,
}

impl Pinned {
    pub(super) fn new(peers: Peers, snapshot: String) -> Self {
        Self {
            peers,
            snapshot,
            as_of: None,
            entities: BTreeMap::new(),
            indicators: BTreeMap::new(),
            units: BTreeMap::new(),
            releases: BTreeMap::new(),
            only_releases: BTreeMap::new(),
            vocabulary: None,
        }
    }

    /// Figures are those that the sources had stated by this time; all of them for nothing.
    pub(crate) fn stated_by(self, as_of: Option<i64>) -> Self {
        Self { as_of, ..self }
    }

    /// The time by which figures were stated, if it is not all the time there was.
    pub(crate) fn known_by(&self) -> Option<i64> {
        self.as_of
    }

    /// Whether something that became known then is to be seen.
    fn sees(&self, known_at: Option<&Timestamp>) -> bool {
        self.as_of
            .is_none_or(|as_of| known_at.is_some_and(|at| micros(at) <= as_of))
    }

    /// Reads once from either service, so that a snapshot that is not theirs is refused
    /// before anything rests on it.
    pub(crate) async fn reach(&mut self) -> Result<()> {
        self.vocabulary().await?;
        let request = metrics::ListUnitsRequest {
            page_size: 1,
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let reached = call("metrics", || {
            let (mut client, request) = (self.peers.metrics.clone(), request.clone());
            async move { client.list_units(request).await }
        });
        reached.await?;
        Ok(())
    }

    /// An entity by name.
    pub(crate) async fn entity(&mut self, name: &str) -> Result<Option<Arc<registry::Entity>>> {
        if let Some(known) = self.entities.get(name) {
            return Ok(known.clone());
        }
        let request = registry::GetEntityRequest {
            name: name.to_owned(),
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let found = look_up("registry", || {
            let (mut client, request) = (self.peers.registry.clone(), request.clone());
            async move { client.get_entity(request).await }
        });
        let entity = found.await?.and_then(|answer| answer.entity).map(Arc::new);
        self.entities.insert(name.to_owned(), entity.clone());
        Ok(entity)
    }

    /// The vocabulary of the registry.
    pub(crate) async fn vocabulary(&mut self) -> Result<Arc<registry::Vocabulary>> {
        if let Some(known) = &self.vocabulary {
            return Ok(known.clone());
        }
        let request = registry::GetVocabularyRequest {
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let found = call("registry", || {
            let (mut client, request) = (self.peers.registry.clone(), request.clone());
            async move { client.get_vocabulary(request).await }
        });
        let vocabulary = Arc::new(found.await?.vocabulary.unwrap_or_default());
        self.vocabulary = Some(vocabulary.clone());
        Ok(vocabulary)
    }

    /// Relations that a filter lets through, by subject.
    pub(crate) async fn relations(&self, filter: &str) -> Result<Vec<registry::Relation>> {
        let mut request = registry::ListRelationsRequest {
            filter: filter.to_owned(),
            order_by: "subject, predicate".to_owned(),
            page_size: PAGE,
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let mut found = Vec::new();
        loop {
            let page = call("registry", || {
                let (mut client, request) = (self.peers.registry.clone(), request.clone());
                async move { client.list_relations(request).await }
            });
            let page = page.await?;
            found.extend(page.relations);
            if page.next_page_token.is_empty() {
                return Ok(found);
            }
            request.page_token = page.next_page_token;
        }
    }

    /// An indicator by name, with the names of its siblings.
    pub(crate) async fn indicator(
        &mut self,
        name: &str,
    ) -> Result<Option<(metrics::Indicator, Vec<String>)>> {
        if let Some(known) = self.indicators.get(name) {
            return Ok(known.clone());
        }
        let request = metrics::GetIndicatorRequest {
            name: name.to_owned(),
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let found = look_up("metrics", || {
            let (mut client, request) = (self.peers.metrics.clone(), request.clone());
            async move { client.get_indicator(request).await }
        });
        let found = found.await?;
        let indicator = found.and_then(|answer| Some((answer.indicator?, answer.siblings)));
        self.indicators.insert(name.to_owned(), indicator.clone());
        Ok(indicator)
    }

    /// A concept by name.
    pub(crate) async fn concept(&self, name: &str) -> Result<Option<metrics::Concept>> {
        let request = metrics::GetConceptRequest {
            name: name.to_owned(),
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
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
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let found = look_up("metrics", || {
            let (mut client, request) = (self.peers.metrics.clone(), request.clone());
            async move { client.get_unit(request).await }
        });
        let unit = found.await?.and_then(|answer| answer.unit);
        self.units.insert(name.to_owned(), unit.clone());
        Ok(unit.unwrap_or_default())
    }

    /// A release by name.
    pub(crate) async fn release(&mut self, name: &str) -> Result<metrics::Release> {
        if let Some(known) = self.releases.get(name) {
            return Ok(known.clone());
        }
        let request = metrics::GetReleaseRequest {
            name: name.to_owned(),
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
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
        let mut request = metrics::ListReleasesRequest {
            source: source.to_owned(),
            // Two tell one from several, unless some of them are not known yet.
            page_size: self.as_of.map_or(2, |_| PAGE),
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let mut seen = Vec::new();
        loop {
            let page = call("metrics", || {
                let (mut client, request) = (self.peers.metrics.clone(), request.clone());
                async move { client.list_releases(request).await }
            });
            let page = page.await?;
            let known = |release: &metrics::Release| self.sees(release.known_at.as_ref());
            seen.extend(page.releases.into_iter().filter(known));
            if seen.len() > 1 || page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        let only = match seen.as_slice() {
            [release] => Some(release.name.clone()),
            _ => None,
        };
        self.only_releases.insert(source.to_owned(), only.clone());
        Ok(only)
    }

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
        let mut request = metrics::ListClaimSetsRequest {
            filter: filter.to_owned(),
            state: state.into(),
            within: within.to_owned(),
            page_size: PAGE,
            as_of: self.as_of.map(timestamp),
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let mut found = Vec::new();
        loop {
            let page = call("metrics", || {
                let (mut client, request) = (self.peers.metrics.clone(), request.clone());
                async move { client.list_claim_sets(request).await }
            });
            let page = page.await?;
            self.releases.extend(page.releases);
            found.extend(page.claim_sets);
            if page.next_page_token.is_empty() {
                return Ok(found);
            }
            request.page_token = page.next_page_token;
        }
    }

    /// All vintages of a cell that were known by then.
    pub(crate) async fn vintages(
        &mut self,
        line: &metrics::Line,
        period: &str,
        source: &str,
    ) -> Result<Option<Said>> {
        let request = metrics::ListClaimVintagesRequest {
            line: Some(line.clone()),
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
            line: line.clone(),
            claims,
        }))
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
