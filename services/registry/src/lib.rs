//! The registry: who is who.
//!
//! Entities with their names, identifiers and history, the relations between them, and
//! the vocabulary that says what may be said at all.
//!
//! Invariants: nothing is overwritten; every row is in force from one commit until
//! another, so that reading an old snapshot is one predicate and never another code path,
//! in searches too. Ids are never used again. Writers take the commit number before
//! anything else and so follow one another, which makes the checks across rows exact. A
//! write that changes nothing uses up no number. No answer is larger than clients take:
//! pages end early, batches that cannot are refused.
//!
//! Deliberately absent: figures, calls to the other services, tasks that outlive a request.

mod answer;
mod cache;
mod citation;
mod convert;
mod entity;
mod fold;
mod grpc;
mod identifier;
mod migration;
mod number;
mod period;
mod record;
mod relation;
mod search;
mod snapshot;
mod stored;
#[cfg(test)]
mod tests;
mod version;
mod vocabulary;
mod write;

use std::sync::Arc;

pub use migration::MIGRATIONS;
use proto::registry::v1::registry_service_server::RegistryServiceServer;
use serde::Deserialize;
use store::Store;
use store::feed::Feed;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use tonic::codec::CompressionEncoding;

use crate::cache::Cache;

/// Name of the service, and of its schema on PostgreSQL.
pub const NAME: &str = "registry";

const LARGEST_REQUEST: usize = 8 << 20;

/// Configuration of the registry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where it keeps its tables.
    pub database: store::DatabaseConfig,
    /// Cache for entities that are asked for again.
    pub cache_megabytes: u32,
}

/// The registry over its database. Cloning costs a few reference counts.
#[derive(Debug, Clone)]
pub struct Registry {
    store: Store,
    /// Read at the first call, because the database may be away at the start.
    installation: Arc<OnceCell<[u8; 16]>>,
    feed: Feed,
    cache: Cache,
}

impl Registry {
    /// A registry over `store`, which need be neither reachable nor migrated yet, that keeps
    /// so many megabytes of answers. Streams end when `shutdown` is cancelled.
    #[expect(
        clippy::unused_async,
        reason = "services are opened alike, whatever they have to wait for"
    )]
    pub async fn open(
        store: Store,
        cache_megabytes: u32,
        shutdown: CancellationToken,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            feed: Feed::new(store.clone(), shutdown),
            store,
            installation: Arc::default(),
            cache: Cache::new(cache_megabytes),
        })
    }

    /// Forgets changes that are older than so many days; keeps all for 0. To be called now
    /// and then.
    pub async fn trim_changes(&self, days: u32) -> rpc::Result<()> {
        self.feed.trim(days).await
    }

    /// The gRPC service to mount.
    pub fn service(&self) -> RegistryServiceServer<Self> {
        RegistryServiceServer::new(self.clone())
            .max_decoding_message_size(LARGEST_REQUEST)
            .max_encoding_message_size(rpc::ANSWER_BYTES)
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip)
    }
}
