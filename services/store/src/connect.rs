use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use rpc::{Error, Result, Sealer};
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, SqlxPostgresConnector,
    SqlxSqliteConnector, TransactionOptions, TransactionTrait as _,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};

use crate::{Commit, GroupRead};

/// Where a service keeps its tables.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `sqlite:PATH` or `postgresql://…`; the latter gets one schema a service.
    pub url: SecretString,
    /// Connections kept to PostgreSQL; SQLite has one writer and four readers.
    pub max_connections: u32,
    /// How long a call may wait for a connection.
    pub acquire_timeout_secs: u64,
    /// Longest statement on PostgreSQL.
    pub statement_timeout_secs: u64,
}

/// The database behind a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, one file a service.
    Sqlite,
    /// A server, one schema a service.
    Postgres,
}

/// The tables of one service. Cloning costs a reference count.
#[derive(Debug, Clone)]
pub struct Store {
    read: DatabaseConnection,
    write: DatabaseConnection,
    engine: Engine,
    long_writes: Arc<Semaphore>,
    pub(crate) newest: GroupRead<(), Commit>,
    pub(crate) sealer: Arc<OnceCell<Sealer>>,
}

impl Store {
    /// Opens the database of `service`. PostgreSQL is not contacted before the first use,
    /// so that a server can start, and say that it is not ready, while it is away.
    pub async fn open(config: &DatabaseConfig, service: &'static str) -> anyhow::Result<Self> {
        let url = config.url.expose_secret();
        match url.strip_prefix("sqlite:") {
            Some(path) => open_sqlite(Path::new(path), config).await,
            None => open_postgres(url, config, service),
        }
    }

    /// For reads outside a write.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Which database this is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Opens a writing transaction. On SQLite it holds the only write lock from the start:
    /// a transaction that reads first and writes later would fail whenever another one
    /// wrote in between.
    pub async fn begin(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.write.begin_with_options(options).await?)
    }

    /// Waits for a turn among writes that may take long, and keeps it until the answer is
    /// dropped. There are fewer turns than connections: writers that wait for each other's
    /// locks must not keep readers from a connection. To be taken before [`Self::begin`].
    pub async fn long_write(&self) -> Option<OwnedSemaphorePermit> {
        // Only a semaphore that is closed refuses, and nobody closes this one.
        Arc::clone(&self.long_writes).acquire_owned().await.ok()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.read.ping().await.map_err(Error::from)
    }

    /// Closes all connections; open transactions are rolled back.
    pub async fn close(&self) {
        for connection in [&self.write, &self.read] {
            if let Err(cause) = connection.clone().close().await {
                tracing::warn!(%cause, "closing the database");
            }
        }
    }

    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.write
    }
}

async fn open_sqlite(path: &Path, config: &DatabaseConfig) -> anyhow::Result<Store> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(config.acquire_timeout_secs.max(5)))
        .pragma("cache_size", "-16384")
        .pragma("temp_store", "memory");
    let pool = |connections| {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .test_before_acquire(false)
            .acquire_timeout(Duration::from_secs(config.acquire_timeout_secs))
    };
    // The writer creates the file and switches it to WAL before a reader looks at it.
    let write = pool(1).connect_with(options.clone()).await?;
    let read = pool(4).connect_lazy_with(options.read_only(false));
    Ok(Store {
        read: SqlxSqliteConnector::from_sqlx_sqlite_pool(read),
        write: SqlxSqliteConnector::from_sqlx_sqlite_pool(write),
        engine: Engine::Sqlite,
        long_writes: Arc::new(Semaphore::new(1)),
        newest: GroupRead::new(1),
        sealer: Arc::default(),
    })
}

fn open_postgres(
    url: &str,
    config: &DatabaseConfig,
    service: &'static str,
) -> anyhow::Result<Store> {
    let statement_timeout = format!("{}s", config.statement_timeout_secs);
    let options = PgConnectOptions::from_str(url)?
        .application_name(&format!("almanac-{service}"))
        .options([
            ("search_path", service),
            ("statement_timeout", &statement_timeout),
            ("lock_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "30s"),
        ]);
    let pool = PgPoolOptions::new()
        .max_connections(config.max_connections)
        .acquire_timeout(Duration::from_secs(config.acquire_timeout_secs))
        .connect_lazy_with(options);
    let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
    let turns = (config.max_connections as usize / 2).max(1);
    Ok(Store {
        read: connection.clone(),
        write: connection,
        engine: Engine::Postgres,
        long_writes: Arc::new(Semaphore::new(turns)),
        newest: GroupRead::new(1),
        sealer: Arc::default(),
    })
}
