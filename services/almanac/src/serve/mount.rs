//! A service in its place: opened when its database is ready, closed at the end.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use metrics::Metrics;
use registry::Registry;
use reporting::{Reporting, Typesetter};
use store::{Store, migration};
use tonic::service::Routes;

use crate::SET_TYPE;
use crate::config::Config;
use crate::role::Role;
use crate::serve::background::Background;
use crate::serve::peers::Peers;

/// A database that takes longer to say how it is, is not well.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(500);
/// How often changes that are too old are forgotten.
const TRIM: Duration = Duration::from_secs(3600);

/// The gRPC services of a role once they are open.
pub type Slot = Arc<OnceLock<Routes>>;

/// One role of the process. Cloning costs reference counts.
#[derive(Debug, Clone)]
pub struct Mount {
    role: Role,
    store: Store,
    slot: Slot,
}

impl Mount {
    /// A place for `role`, with its database, which need not answer yet.
    pub async fn new(role: Role, config: &Config) -> anyhow::Result<Self> {
        Ok(Self {
            role,
            store: Store::open(role.database(config), role.name()).await?,
            slot: Slot::default(),
        })
    }

    /// Which one it is.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Where its services will be.
    pub fn slot(&self) -> Slot {
        self.slot.clone()
    }

    /// Whether it is open and its database answers with a schema that is new enough.
    pub async fn is_ready(&self) -> bool {
        self.slot.get().is_some() && self.is_migrated().await
    }

    /// Closes the database.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// Opens the service in the background as soon as its database is ready.
    pub fn open(&self, peers: &Peers, background: &Background, config: &Config) {
        let opening = Opening {
            mount: self.clone(),
            peers: peers.clone(),
            background: background.clone(),
            config: config.clone(),
        };
        let stopping = background.stopping().clone();
        background.run(async move {
            tokio::select! {
                () = opening.run() => {}
                () = stopping.cancelled() => {}
            }
        });
    }

    async fn is_migrated(&self) -> bool {
        let missing = migration::missing(&self.store, self.role.migrations());
        matches!(tokio::time::timeout(PATIENCE, missing).await, Ok(Ok(0)))
    }
}

struct Opening {
    mount: Mount,
    peers: Peers,
    background: Background,
    config: Config,
}

impl Opening {
    async fn run(self) {
        let service = self.mount.role.name();
        let mut told = false;
        loop {
            if self.mount.is_migrated().await {
                match self.routes().await {
                    Ok(routes) => {
                        // Only this task fills the slot.
                        let _filled = self.mount.slot.set(routes.prepare());
                        return;
                    }
                    Err(cause) => {
                        tracing::warn!(service, cause = format!("{cause:#}"), "cannot open");
                    }
                }
            } else if !told {
                told = true;
                tracing::warn!(
                    service,
                    "the database is away or not migrated; run `almanac migrate`"
                );
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn routes(&self) -> anyhow::Result<Routes> {
        match self.mount.role {
            Role::Registry => self.registry().await,
            Role::Metrics => self.metrics().await,
            Role::Reporting => self.reporting().await,
        }
    }

    async fn registry(&self) -> anyhow::Result<Routes> {
        let stopping = self.background.stopping().clone();
        let megabytes = self.config.registry.cache_megabytes;
        let registry = Registry::open(self.mount.store.clone(), megabytes, stopping).await?;
        let service = registry
            .service()
            .max_decoding_message_size(self.config.limits.message_bytes)
            .max_encoding_message_size(rpc::ANSWER_BYTES);
        let days = self.config.change_retention_days;
        self.trim("the registry forgets old changes", move || {
            let registry = registry.clone();
            async move { registry.trim_changes(days).await }
        });
        Ok(Routes::new(service))
    }

    async fn metrics(&self) -> anyhow::Result<Routes> {
        let stopping = self.background.stopping().clone();
        let registry = self.peers.registry.clone();
        let megabytes = self.config.metrics.cache_megabytes;
        let metrics =
            Metrics::open(self.mount.store.clone(), registry, megabytes, stopping).await?;
        let service = metrics
            .service()
            .max_decoding_message_size(self.config.limits.message_bytes)
            .max_encoding_message_size(rpc::ANSWER_BYTES);
        let following = metrics.clone();
        self.background
            .keep("metrics follows the registry", move || {
                let metrics = following.clone();
                async move { metrics.follow().await.map_err(anyhow::Error::from) }
            });
        let days = self.config.change_retention_days;
        self.trim("metrics forgets old changes", move || {
            let metrics = metrics.clone();
            async move { metrics.trim_changes(days).await }
        });
        Ok(Routes::new(service))
    }

    async fn reporting(&self) -> anyhow::Result<Routes> {
        let stopping = self.background.stopping().clone();
        let peers = [self.peers.registry.clone(), self.peers.metrics.clone()];
        let typesetter = Typesetter::Apart {
            program: own_program()?,
            argument: SET_TYPE,
        };
        let store = self.mount.store.clone();
        let reporting = Reporting::open(store, peers, typesetter, stopping).await?;
        let service = reporting
            .service()
            .max_decoding_message_size(self.config.limits.message_bytes)
            .max_encoding_message_size(rpc::ANSWER_BYTES);
        let operations = reporting
            .operations()
            .max_decoding_message_size(self.config.limits.message_bytes)
            .max_encoding_message_size(rpc::ANSWER_BYTES);
        let (runs, working) = (self.config.reporting.concurrent_runs, reporting.clone());
        self.background.keep("reporting works on runs", move || {
            let reporting = working.clone();
            async move {
                reporting.work(runs).await;
                Ok(())
            }
        });
        let days = self.config.change_retention_days;
        self.trim("reporting forgets old changes", move || {
            let reporting = reporting.clone();
            async move { reporting.trim_changes(days).await }
        });
        Ok(Routes::new(service).add_service(operations))
    }

    /// Lets a service forget changes that are too old, every hour.
    fn trim<F, A>(&self, name: &'static str, forget: F)
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = rpc::Result<()>> + Send,
    {
        let (forget, stopping) = (Arc::new(forget), self.background.stopping().clone());
        self.background.keep(name, move || {
            let (forget, stopping) = (Arc::clone(&forget), stopping.clone());
            async move {
                let work = async {
                    loop {
                        forget().await?;
                        tokio::time::sleep(TRIM).await;
                    }
                };
                stopping.run_until_cancelled(work).await.unwrap_or(Ok(()))
            }
        });
    }
}

/// This very program, where the system tells it even after its file was replaced by that of
/// another version, which might set other bytes.
fn own_program() -> std::io::Result<PathBuf> {
    let own = Path::new("/proc/self/exe");
    if own.exists() {
        return Ok(own.to_owned());
    }
    std::env::current_exe()
}
