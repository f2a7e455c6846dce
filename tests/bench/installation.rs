//! An installation to measure: the real binary on a folder or a database of its own.

// The suite uses more of it.
#[path = "../it/harness/process.rs"]
#[expect(dead_code, reason = "the suite uses the rest of it")]
mod process;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use sea_orm::sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};

use crate::load;
use crate::postgres;
use process::Process;

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Files.
    Sqlite,
    /// The server of this run.
    Postgres,
}

impl Engine {
    /// Its name in the options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// Where data are, and the server on them while there is one.
pub struct Installation {
    /// Its engine.
    pub engine: Engine,
    folder: TempDir,
    url: Option<String>,
    process: Option<Process>,
}

impl Installation {
    /// An empty one, without a server.
    pub async fn empty(engine: Engine) -> anyhow::Result<Self> {
        let url = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => {
                let create = || postgres::server().create_database();
                Some(tokio::task::spawn_blocking(create).await?)
            }
        };
        let folder = tempfile::Builder::new()
            .prefix("almanac-bench-")
            .tempdir()?;
        Ok(Self {
            engine,
            folder,
            url,
            process: None,
        })
    }

    /// The binary with this data.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = process::almanac();
        command
            .args(arguments)
            .env("ALMANAC_DATA_DIR", self.folder.path())
            .env("ALMANAC__LISTEN", "127.0.0.1:0")
            .env("ALMANAC__TELEMETRY__LOG_FORMAT", "json");
        for service in ["REGISTRY", "METRICS", "REPORTING"] {
            if let Some(url) = &self.url {
                command.env(format!("ALMANAC__{service}__DATABASE__URL"), url);
            }
        }
        command
    }

    /// Runs the binary to its end and answers how long that took.
    pub async fn run(&self, arguments: &[&str]) -> anyhow::Result<Duration> {
        let mut command = self.command(arguments);
        let begun = Instant::now();
        let output = tokio::task::spawn_blocking(move || command.output()).await??;
        let took = begun.elapsed();
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "almanac {arguments:?}: {said}");
        Ok(took)
    }

    /// Starts the server; answers how long it took to say SERVING. `arguments` follow
    /// `serve`.
    pub async fn serve(&mut self, arguments: &[&str]) -> anyhow::Result<Duration> {
        self.start(self.command(&[&["serve"], arguments].concat()))
            .await
    }

    /// Starts the server with these settings.
    pub async fn serve_with(&mut self, settings: &[(&str, &str)]) -> anyhow::Result<Duration> {
        let mut command = self.command(&["serve"]);
        command.envs(settings.iter().copied());
        self.start(command).await
    }

    async fn start(&mut self, command: Command) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        let process = Process::start(command).await;
        process.serving().await;
        let took = begun.elapsed();
        self.process = Some(process);
        Ok(took)
    }

    /// Stops the server, as an operator would.
    pub async fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.terminate();
            process.ended().await;
        }
    }

    /// The number of the server's process.
    pub fn id(&self) -> anyhow::Result<u32> {
        Ok(self.server()?.id())
    }

    /// Connections to the server.
    pub async fn channels(&self, count: usize) -> anyhow::Result<Vec<Channel>> {
        load::channels(self.server()?.address(), count).await
    }

    /// One connection to the server.
    pub async fn channel(&self) -> anyhow::Result<Channel> {
        let channel = self.channels(1).await?.pop();
        channel.context("no connection")
    }

    /// URL of the database on a server.
    pub fn url(&self) -> anyhow::Result<&str> {
        self.url.as_deref().context("files have no URL")
    }

    /// The file of a service, on SQLite.
    pub fn file(&self, service: &str) -> PathBuf {
        self.folder.path().join(format!("{service}.db"))
    }

    /// A folder for what is passed to other programs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn server(&self) -> anyhow::Result<&Process> {
        self.process.as_ref().context("no server is running")
    }
}

/// Lets the server of this run commit to the disk as one that is relied upon does, and do
/// its housekeeping when it is told to. One that was given is left as it is.
pub async fn prepare_postgres() -> anyhow::Result<()> {
    if std::env::var_os(postgres::URL_VARIABLE).is_some_and(|url| !url.is_empty()) {
        return Ok(());
    }
    let url = tokio::task::spawn_blocking(|| postgres::server().url("postgres")).await?;
    let mut connection = PgConnection::connect(&url).await?;
    for setting in [
        "fsync = on",
        "synchronous_commit = on",
        "full_page_writes = on",
        "max_wal_size = '4GB'",
        "autovacuum = off",
    ] {
        let statement = format!("ALTER SYSTEM SET {setting}");
        connection.execute(AssertSqlSafe(statement)).await?;
    }
    connection.execute("SELECT pg_reload_conf()").await?;
    Ok(connection.close().await?)
}

/// A connection that is made at the first call.
fn connect(address: SocketAddr) -> Channel {
    let endpoint = Endpoint::from_shared(format!("http://{address}"));
    endpoint
        .expect("an address makes a URL")
        .tcp_nodelay(true)
        .connect_lazy()
}
