//! One installation for each test: the real binary, a database of its own, the wire.
//!
//! A suite file lists its claims in one [`on_both!`] and so runs them on SQLite and on
//! PostgreSQL. Nothing waits for a time: what has to happen first is awaited.

pub mod database;
pub mod forge;
pub mod naming;
pub mod path;
pub mod plain;
pub mod process;
pub mod proxy;
pub mod quantity;
pub mod read;
pub mod refusal;
pub mod seed;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, ExitStatus};

use proto::longrunning::operations_client::OperationsClient;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use proto::reporting::v1::reporting_service_client::ReportingServiceClient;
use proto::server::v1::server_service_client::ServerServiceClient;
use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};

use crate::postgres;
use process::{Process, almanac};

pub use read::{AT, FRESH, at, commit_of, fresh};
pub use refusal::{Refusal, refused, refused_row, refused_stream};

/// Makes of each claim, an `async fn(Backend)`, one test on SQLite and one on PostgreSQL.
macro_rules! on_both {
    ($($claim:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $claim() {
                    super::$claim($crate::harness::Backend::Sqlite).await;
                }
            )+
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $claim() {
                    super::$claim($crate::harness::Backend::Postgres).await;
                }
            )+
        }
    };
}
pub(crate) use on_both;

/// The keys of the three database URLs.
pub const DATABASES: [&str; 3] = [
    "ALMANAC__REGISTRY__DATABASE__URL",
    "ALMANAC__METRICS__DATABASE__URL",
    "ALMANAC__REPORTING__DATABASE__URL",
];

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// Files below the data directory.
    Sqlite,
    /// A database of its own on the server of the test run.
    Postgres,
}

/// Where an installation keeps its data.
pub struct Home {
    folder: TempDir,
    /// URL of the database, if it is not files in the folder.
    url: Option<String>,
}

impl Home {
    /// An empty one.
    pub async fn new(backend: Backend) -> Self {
        let url = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => {
                let create = || postgres::server().create_database();
                let created = tokio::task::spawn_blocking(create).await;
                Some(created.expect("a database for the test"))
            }
        };
        let folder = tempfile::Builder::new().prefix("almanac-it-").tempdir();
        Self {
            folder: folder.expect("a folder for the test"),
            url,
        }
    }

    /// The data directory.
    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    /// URL of the PostgreSQL database, if it is one.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// The binary with these arguments and this data, and nothing of our own environment;
    /// run it with [`process::output`].
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = almanac();
        command
            .args(arguments)
            .env("ALMANAC_DATA_DIR", self.data_dir())
            .env("ALMANAC__LISTEN", "127.0.0.1:0")
            .env("ALMANAC__TELEMETRY__LOG_FORMAT", "json");
        if let Some(url) = &self.url {
            command.envs(DATABASES.map(|key| (key, url)));
        }
        command
    }
}

/// One installation at work. Killed when dropped; its log is told if the test failed.
pub struct World {
    home: Home,
    settings: Vec<(String, String)>,
    process: Process,
    channel: Channel,
}

impl World {
    /// Starts one with the default settings and waits until it serves.
    pub async fn start(backend: Backend) -> Self {
        Self::start_with(backend, &[]).await
    }

    /// Starts one with some settings, as environment variables.
    pub async fn start_with(backend: Backend, settings: &[(&str, &str)]) -> Self {
        Self::start_at(Home::new(backend).await, settings).await
    }

    /// Starts one on data that may be there already.
    pub async fn start_at(home: Home, settings: &[(&str, &str)]) -> Self {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let settings: Vec<_> = settings.iter().map(owned).collect();
        let process = serve(&home, &settings).await;
        let channel = connect(process.address());
        process.serving().await;
        Self {
            home,
            settings,
            process,
            channel,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.process.address()
    }

    /// A connection to it, shared by all clients until the next restart.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// A client of the registry.
    pub fn registry(&self) -> RegistryServiceClient<Channel> {
        RegistryServiceClient::new(self.channel())
    }

    /// A client of metrics.
    pub fn metrics(&self) -> MetricsServiceClient<Channel> {
        MetricsServiceClient::new(self.channel())
    }

    /// A client of reporting.
    pub fn reporting(&self) -> ReportingServiceClient<Channel> {
        ReportingServiceClient::new(self.channel())
    }

    /// A client of the operations of reporting.
    pub fn operations(&self) -> OperationsClient<Channel> {
        OperationsClient::new(self.channel())
    }

    /// A client of what the server says about itself.
    pub fn server(&self) -> ServerServiceClient<Channel> {
        ServerServiceClient::new(self.channel())
    }

    /// Ends the process as a crash would (SIGKILL).
    pub async fn kill(&mut self) {
        self.process.kill().await;
    }

    /// Asks the process to stop (SIGTERM) and waits until it has.
    pub async fn terminate(&mut self) -> ExitStatus {
        self.process.terminate();
        self.process.ended().await
    }

    /// The process itself.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Waits until the process has ended by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        self.process.ended().await
    }

    /// Starts it anew on the same data, at another address: take new clients. Ends the old
    /// process first if it still runs.
    pub async fn restart(&mut self) {
        self.process.kill().await;
        self.process = serve(&self.home, &self.settings).await;
        self.channel = connect(self.process.address());
        self.process.serving().await;
    }

    /// The binary as a client of this installation; run it with [`process::output`].
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(arguments);
        command.env("ALMANAC_SERVER", format!("http://{}", self.address()));
        command
    }

    /// The data directory.
    pub fn data_dir(&self) -> &Path {
        self.home.data_dir()
    }

    /// Where its data is.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// What the process has logged so far.
    pub fn logs(&self) -> String {
        self.process.logs()
    }
}

/// An installation with a small vocabulary, definitions and entities: see [`seed`].
pub async fn seeded(backend: Backend) -> World {
    let world = World::start(backend).await;
    seed::all(&world).await;
    world
}

/// A connection that is made at the first call.
pub fn connect(address: SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{address}"))
        .expect("an address makes a URL")
        .tcp_nodelay(true)
        .connect_lazy()
}

async fn serve(home: &Home, settings: &[(String, String)]) -> Process {
    let mut command = home.command(&["serve", "--migrate"]);
    command.envs(settings.iter().cloned());
    Process::start(command).await
}
