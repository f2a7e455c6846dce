//! The tables of a service, behind its back.

use sea_orm::sqlx::{
    self, AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection,
};

use crate::installation::{Engine, Installation};

/// A connection to the tables of a service.
pub enum Storage {
    /// To a file.
    Sqlite(SqliteConnection),
    /// To a schema.
    Postgres(PgConnection),
}

impl Storage {
    /// Connects.
    pub async fn open(installation: &Installation, service: &str) -> anyhow::Result<Self> {
        match installation.engine {
            Engine::Sqlite => {
                let url = format!("sqlite:{}", installation.file(service).display());
                Ok(Self::Sqlite(SqliteConnection::connect(&url).await?))
            }
            Engine::Postgres => {
                let connection = PgConnection::connect(installation.url()?).await?;
                let mut storage = Self::Postgres(connection);
                storage
                    .run(&format!("SET search_path TO {service}"))
                    .await?;
                Ok(storage)
            }
        }
    }

    /// Runs a statement.
    pub async fn run(&mut self, statement: &str) -> anyhow::Result<()> {
        let sql = AssertSqlSafe(statement.to_owned());
        match self {
            Self::Sqlite(connection) => connection.execute(sql).await.map(drop)?,
            Self::Postgres(connection) => connection.execute(sql).await.map(drop)?,
        }
        Ok(())
    }

    /// The one number that a query answers.
    pub async fn number(&mut self, query: &str) -> anyhow::Result<i64> {
        let sql = sqlx::query_scalar(AssertSqlSafe(query.to_owned()));
        Ok(match self {
            Self::Sqlite(connection) => sql.fetch_one(connection).await?,
            Self::Postgres(connection) => {
                let sql = sqlx::query_scalar(AssertSqlSafe(query.to_owned()));
                sql.fetch_one(connection).await?
            }
        })
    }

    /// Does what autovacuum would do some time.
    pub async fn settle(&mut self) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(_) => self.run("PRAGMA wal_checkpoint(PASSIVE)").await,
            Self::Postgres(_) => self.run("VACUUM ANALYZE").await,
        }
    }

    /// Bytes on the disk of a table with its indexes.
    pub async fn bytes(&mut self, table: &str) -> anyhow::Result<i64> {
        let query = match self {
            Self::Sqlite(_) => format!(
                "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name IN \
                 (SELECT name FROM sqlite_schema WHERE tbl_name = '{table}')"
            ),
            Self::Postgres(_) => format!("SELECT pg_total_relation_size('{table}')"),
        };
        self.number(&query).await
    }
}
