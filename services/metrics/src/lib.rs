//! Who said how much: indicators, and figures kept as claims with every vintage.
//!
//! Invariants: a claim is never updated or deleted, a later one supersedes it; what is
//! known of a series is decided by (`known_at`, commit) alone, so the order of ingesting does
//! not matter; `series_head` is a fold of `claim` and is written in the same transaction; no
//! value is ever a float. Two definitions of one concept are never joined, contradicting
//! figures never averaged.
//!
//! It knows entities only by name and asks the registry whether they exist.

mod cache;
mod calculate;
mod claim;
mod claim_name;
mod claim_set;
mod convert;
mod definition;
mod follow;
mod grpc;
mod head;
mod history;
mod ingest;
mod migration;
mod read;
mod release;
mod release_commits;
mod repair;
mod series;
mod service;
mod snapshot;
#[cfg(test)]
mod tests;

use proto::metrics::v1::metrics_service_server::MetricsServiceServer;
use rpc::{Peer, Result};
use serde::Deserialize;
use store::feed::Feed;
use store::{DatabaseConfig, Store};
use tokio_util::sync::CancellationToken;
use tonic::codec::CompressionEncoding;

use crate::cache::Cache;
use crate::follow::Followed;
use crate::release_commits::ReleaseCommits;
use crate::snapshot::Commits;

pub use migration::MIGRATIONS;
pub use repair::{Repaired, repair};

/// Name of the service: its schema on PostgreSQL and its role.
pub const NAME: &str = "metrics";

/// Largest message that is decoded; what is accepted is less and checked before.
const DECODED_BYTES_MAX: usize = 8 << 20;

/// What the service is told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where its tables are.
    pub database: DatabaseConfig,
    /// Cache for figures that are asked for again.
    pub cache_megabytes: u32,
}

/// The service. Cloning costs a few reference counts.
#[derive(Debug, Clone)]
pub struct Metrics {
    store: Store,
    registry: Peer,
    shutdown: CancellationToken,
    release_commits: ReleaseCommits,
    followed: Followed,
    commits: Commits,
    cache: Cache,
    feed: Feed,
}

impl Metrics {
    /// Makes the service, which keeps so many megabytes of answers. Neither the database
    /// nor the registry need to be there yet.
    pub async fn open(
        store: Store,
        registry: Peer,
        cache_megabytes: u32,
        shutdown: CancellationToken,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            commits: Commits::new(store.clone()),
            feed: Feed::new(store.clone(), shutdown.clone()),
            store,
            registry,
            shutdown,
            release_commits: ReleaseCommits::default(),
            followed: Followed::default(),
            cache: Cache::new(cache_megabytes),
        })
    }

    /// The service as tonic mounts it.
    pub fn service(&self) -> MetricsServiceServer<Self> {
        MetricsServiceServer::new(self.clone())
            .max_decoding_message_size(DECODED_BYTES_MAX)
            .max_encoding_message_size(rpc::ANSWER_BYTES)
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip)
    }

    /// Follows the registry until shutdown, or until it goes away.
    pub async fn follow(&self) -> Result<()> {
        self.followed
            .follow(&self.store, self.registry.clone(), &self.shutdown)
            .await
    }

    /// Forgets changes for watches that are older than so many days; keeps all for 0.
    pub async fn trim_changes(&self, days: u32) -> Result<()> {
        self.feed.trim(days).await
    }
}
