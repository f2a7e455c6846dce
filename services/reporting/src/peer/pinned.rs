//! Reads of one snapshot, each asked for once.

mod definition;
mod entity;
mod order;
mod release;
mod series;
mod vintage;

use std::collections::BTreeMap;
use std::sync::Arc;

use prost_types::Timestamp;
use proto::metrics::v1 as metrics;
use proto::registry::v1 as registry;
use proto::snapshot::v1::Consistency;
use rpc::{Result, micros};

use super::Peers;

pub(crate) use definition::are_siblings;
pub(crate) use series::Said;
pub(crate) use vintage::Vintage;

/// Most rows of a page.
const PAGE: i32 = 1000;

/// The two services at one snapshot.
#[derive(Debug)]
pub(crate) struct Pinned {
    peers: Peers,
    snapshot: String,
    /// What the sources had said by then, in microseconds since 1970-01-01 UTC.
    as_of: Option<i64>,
    entities: BTreeMap<String, Option<Arc<registry::Entity>>>,
    indicators: BTreeMap<String, Option<metrics::Indicator>>,
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

    /// What every read asks for.
    fn consistency(&self) -> Option<Consistency> {
        rpc::at_snapshot(&self.snapshot)
    }

    /// Shows the snapshot to either service, so that one that is not theirs is refused before
    /// anything rests on it.
    pub(crate) async fn reach(&self) -> Result<()> {
        self.peers.registry_snapshot(self.consistency()).await?;
        self.peers.metrics_snapshot(self.consistency()).await?;
        Ok(())
    }
}
