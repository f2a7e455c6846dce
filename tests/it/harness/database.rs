//! The database of a service, behind its back.

use sea_orm::sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _, SqliteConnection,
};

use super::Home;

/// A connection of its own to the tables of one service.
pub enum Database {
    /// To a file.
    Sqlite(SqliteConnection),
    /// To a schema.
    Postgres(PgConnection),
}

impl Database {
    /// Connects to the tables of `service`.
    pub async fn of(home: &Home, service: &str) -> Self {
        match home.url() {
            None => {
                let file = home.data_dir().join(format!("{service}.db"));
                let url = format!("sqlite:{}", file.display());
                let connection = SqliteConnection::connect(&url).await;
                Self::Sqlite(connection.expect("the file is there"))
            }
            Some(url) => {
                let connection = PgConnection::connect(url).await;
                let mut database = Self::Postgres(connection.expect("the server is there"));
                database
                    .execute(&format!("SET search_path TO {service}"))
                    .await;
                database
            }
        }
    }

    /// Keeps everybody from writing until [`Self::release`].
    pub async fn hold(home: &Home, service: &str) -> Self {
        let mut database = Self::of(home, service).await;
        match database {
            Self::Sqlite(_) => database.execute("BEGIN IMMEDIATE").await,
            Self::Postgres(_) => {
                database.execute("BEGIN").await;
                let lock = "LOCK TABLE commit_head IN ACCESS EXCLUSIVE MODE";
                database.execute(lock).await;
            }
        }
        database
    }

    /// Lets go.
    pub async fn release(mut self) {
        self.execute("ROLLBACK").await;
    }

    /// Runs a statement.
    pub async fn execute(&mut self, statement: &str) {
        let sql = AssertSqlSafe(statement.to_owned());
        let done = match self {
            Self::Sqlite(connection) => connection.execute(sql).await.map(drop),
            Self::Postgres(connection) => connection.execute(sql).await.map(drop),
        };
        done.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }

    /// The bytes that a query finds.
    pub async fn bytes(&mut self, query: &str) -> Vec<u8> {
        let sql = AssertSqlSafe(query.to_owned());
        let found = match self {
            Self::Sqlite(connection) => connection.fetch_one(sql).await.map(|row| row.get(0)),
            Self::Postgres(connection) => connection.fetch_one(sql).await.map(|row| row.get(0)),
        };
        found.unwrap_or_else(|error| panic!("{query}: {error}"))
    }
}
