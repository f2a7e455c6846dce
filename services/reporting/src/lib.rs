//! Makes documents out of what the registry and the metrics know, every number cited.
//!
//! Invariants: a run is pinned to one snapshot of both services and is recorded before it
//! is answered; the same template revision, language, parameters, snapshot and renderer give
//! the same bytes; a document says nothing of the installation that made it, nor of the order
//! in which that was loaded; a figure that does not exist fails the run; a run ends exactly
//! once, on whichever replica holds its lease.
//!
//! Deliberately absent: figures and names of its own. This service reaches the other two
//! only through their contract, and its tables hold templates, runs and finished files.

mod artefact;
mod change;
mod compose;
mod convert;
mod grpc;
mod installation;
mod migration;
mod operation;
mod parameter;
mod peer;
mod print;
mod query;
mod report;
mod run;
mod snapshot;
mod template;
mod typesetter;
mod word;
mod write;

use std::sync::Arc;

use proto::longrunning::operations_server::OperationsServer;
use proto::reporting::v1::reporting_service_server::ReportingServiceServer;
use rpc::ANSWER_BYTES;
use serde::Deserialize;
use store::feed::Feed;
use store::{DatabaseConfig, Store};
use tokio::sync::{Notify, OnceCell};
use tokio_util::sync::CancellationToken;
use tonic::codec::CompressionEncoding;

pub use migration::MIGRATIONS;
use peer::Peers;
pub use typesetter::{Typesetter, set_here};

/// Name of the service: of its schema, its role, its part in operation names.
pub const NAME: &str = "reporting";

/// Settings of the service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where its tables are.
    pub database: DatabaseConfig,
    /// Reports made at the same time by one process.
    #[serde(default = "two")]
    pub concurrent_runs: u32,
}

fn two() -> u32 {
    2
}

/// The service. Cloning costs a reference count.
#[derive(Debug, Clone)]
pub struct Reporting {
    store: Store,
    peers: Peers,
    typesetter: Typesetter,
    shutdown: CancellationToken,
    wake: Arc<Notify>,
    feed: Feed,
    installation: Arc<OnceCell<[u8; 16]>>,
}

impl Reporting {
    /// The service over its tables and its two peers, none of which need be there yet.
    pub async fn open(
        store: Store,
        [registry, metrics]: [rpc::Peer; 2],
        typesetter: Typesetter,
        shutdown: CancellationToken,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            feed: Feed::new(store.clone(), shutdown.clone()),
            store,
            peers: Peers::new(registry, metrics),
            typesetter,
            shutdown,
            wake: Arc::default(),
            installation: Arc::default(),
        })
    }

    /// ReportingService of the contract.
    pub fn service(&self) -> ReportingServiceServer<Self> {
        ReportingServiceServer::new(self.clone())
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip)
            .max_encoding_message_size(ANSWER_BYTES)
    }

    /// google.longrunning.Operations for the runs of this service.
    pub fn operations(&self) -> OperationsServer<Self> {
        OperationsServer::new(self.clone())
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip)
            .max_encoding_message_size(ANSWER_BYTES)
    }

    /// Makes queued reports, so many at a time, until the shutdown; a run that is
    /// interrupted goes back into the queue.
    pub async fn work(self, concurrent_runs: u32) {
        run::work(self, concurrent_runs).await;
    }

    /// Forgets changes of more than so many days ago; none with 0.
    pub async fn trim_changes(&self, days: u32) -> rpc::Result<()> {
        self.feed.trim(days).await
    }

    async fn installation(&self) -> rpc::Result<[u8; 16]> {
        let id = self
            .installation
            .get_or_try_init(|| installation::id(&self.store, &self.peers));
        id.await.copied()
    }
}
