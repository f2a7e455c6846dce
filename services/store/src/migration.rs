//! Migrations: plain SQL for both databases, applied under a lock.

use std::fs::File;

use anyhow::{Context as _, bail};
use sea_orm::{ConnectionTrait as _, DbErr, DynIden, FromQueryResult, Statement};
use sea_orm_migration::sea_orm::sea_query::IntoIden as _;
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTraitSelf, SchemaManager};
use secrecy::ExposeSecret as _;
use sqlx::Connection as _;

use crate::{DatabaseConfig, Engine, Store};

const TABLE: &str = "almanac_migration";
/// Any number will do, as long as no other program takes the same advisory lock.
const LOCK: i64 = 0x616c_6d61_6e61_6301;

/// One step of a schema. Statements use `{text}`, `{int}`, `{bool}`, `{blob}` for types and
/// `{keyed}` after a table that is stored by its primary key. Steps only ever expand:
/// the version before must go on working on the result.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// `mYYYYMMDD_NNNNNN_what`, unique and rising.
    pub name: &'static str,
    /// Statements, in order; applied in one transaction with the record of the step.
    pub statements: &'static [&'static str],
}

/// Tables that this crate needs in every service.
pub const BASE: Migration = Migration {
    name: "m20261122_000000_base",
    statements: &[
        "CREATE TABLE commit_head (id {int} PRIMARY KEY, number {int} NOT NULL, committed_at {int} NOT NULL, \
         epoch {int} NOT NULL, changes_from {int} NOT NULL)",
        "INSERT INTO commit_head (id, number, committed_at, epoch, changes_from) VALUES (1, 0, 0, 1, 0)",
        "CREATE TABLE seal_key (key {blob} NOT NULL)",
        "CREATE TABLE commit_log (number {int} PRIMARY KEY, committed_at {int} NOT NULL, actor {text} NOT NULL)",
        "CREATE TABLE request (id {text} PRIMARY KEY, digest {blob} NOT NULL, response {blob} NOT NULL, recorded_at {int} NOT NULL)",
        "CREATE INDEX request_recorded_at ON request (recorded_at)",
        "CREATE TABLE installation (id {text} PRIMARY KEY)",
        "CREATE TABLE change (commit_number {int} NOT NULL, ordinal {int} NOT NULL, kind {int} NOT NULL, \
         type {int} NOT NULL, name {text} NOT NULL, etag {text} NOT NULL, about {text} NOT NULL, \
         count {int} NOT NULL, PRIMARY KEY (commit_number, ordinal)) {keyed}",
    ],
};

impl MigrationName for Migration {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let postgres = db.get_database_backend() == sea_orm::DbBackend::Postgres;
        for statement in self.statements {
            db.execute_unprepared(&dialect(statement, postgres)).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn dialect(statement: &str, postgres: bool) -> String {
    let (text, int, boolean, blob, keyed) = if postgres {
        (r#"TEXT COLLATE "C""#, "BIGINT", "BOOLEAN", "BYTEA", "")
    } else {
        ("TEXT", "INTEGER", "INTEGER", "BLOB", "WITHOUT ROWID")
    };
    statement
        .replace("{text}", text)
        .replace("{int}", int)
        .replace("{bool}", boolean)
        .replace("{blob}", blob)
        .replace("{keyed}", keyed)
}

/// The migrations of one service as sea-orm runs them.
struct Migrator(&'static [Migration]);

impl MigratorTraitSelf for Migrator {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        let own = self.0.iter().copied();
        std::iter::once(BASE)
            .chain(own)
            .map(|m| Box::new(m) as Box<dyn MigrationTrait>)
            .collect()
    }

    fn migration_table_name(&self) -> DynIden {
        TABLE.into_iden()
    }
}

/// Brings the schema of `service` up to date. Ten at once do it once; one that is killed
/// leaves whole steps.
pub async fn migrate(
    config: &DatabaseConfig,
    service: &'static str,
    migrations: &'static [Migration],
) -> anyhow::Result<usize> {
    let url = config.url.expose_secret();
    match url.strip_prefix("sqlite:") {
        Some(path) => {
            let lock = File::create(format!("{path}.migrate"))
                .context("the lock beside the database file")?;
            // Held until the end of this arm.
            let _held = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await??;
            run(config, service, migrations).await
        }
        None => {
            let mut session = sqlx::PgConnection::connect(url).await?;
            let lock = sqlx::query("SELECT pg_advisory_lock($1)").bind(LOCK);
            lock.execute(&mut session).await?;
            let schema = format!("CREATE SCHEMA IF NOT EXISTS {service}");
            sqlx::raw_sql(sqlx::AssertSqlSafe(schema))
                .execute(&mut session)
                .await?;
            let done = run(config, service, migrations).await;
            session.close().await?;
            done
        }
    }
}

async fn run(
    config: &DatabaseConfig,
    service: &'static str,
    migrations: &'static [Migration],
) -> anyhow::Result<usize> {
    let store = Store::open(config, service).await?;
    let before = missing(&store, migrations).await?;
    match newer(&store, migrations).await? {
        // A newer version was here; steps only expand, so this one works on the result and
        // can be rolled back to.
        Some(step) if before == 0 => {
            tracing::info!(service, step, "the schema is newer than this version needs");
        }
        Some(step) => bail!(
            "the schema of {service} has the step {step}, which this version does not know, and lacks {before} that it needs; use the version that made it"
        ),
        None => Migrator(migrations).up(store.writer(), None).await?,
    }
    store.close().await;
    Ok(before)
}

/// Lets `role` read and write the tables of `service` on PostgreSQL, and change neither
/// the schema nor the record of its steps: what a server needs and no more.
pub async fn grant(
    config: &DatabaseConfig,
    service: &'static str,
    role: &str,
) -> anyhow::Result<()> {
    let store = Store::open(config, service).await?;
    if store.engine() != Engine::Postgres {
        bail!("SQLite has no roles");
    }
    let role = format!("\"{}\"", role.replace('"', "\"\""));
    let statements = format!(
        "GRANT USAGE ON SCHEMA {service} TO {role}; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {service} TO {role}; \
         GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {service} TO {role}; \
         REVOKE INSERT, UPDATE, DELETE ON {service}.{TABLE} FROM {role}"
    );
    store.writer().execute_unprepared(&statements).await?;
    store.close().await;
    Ok(())
}

/// How many steps the database lacks for this version to work; a newer database lacks none.
pub async fn missing(store: &Store, migrations: &[Migration]) -> rpc::Result<usize> {
    let applied = applied(store).await?;
    let needed = std::iter::once(&BASE).chain(migrations);
    Ok(needed
        .filter(|m| !applied.iter().any(|a| a == m.name))
        .count())
}

async fn newer(store: &Store, migrations: &[Migration]) -> rpc::Result<Option<String>> {
    let known = |name: &String| name == BASE.name || migrations.iter().any(|m| m.name == name);
    Ok(applied(store).await?.into_iter().find(|name| !known(name)))
}

#[derive(FromQueryResult)]
struct Applied {
    version: String,
}

async fn applied(store: &Store) -> rpc::Result<Vec<String>> {
    let db = store.reader();
    let exists = match store.engine() {
        Engine::Sqlite => "SELECT name AS version FROM sqlite_master WHERE name = $1",
        Engine::Postgres => {
            "SELECT table_name::text AS version FROM information_schema.tables \
             WHERE table_schema = current_schema() AND table_name = $1"
        }
    };
    let backend = db.get_database_backend();
    let exists = Statement::from_sql_and_values(backend, exists, [TABLE.into()]);
    if Applied::find_by_statement(exists).one(db).await?.is_none() {
        return Ok(Vec::new());
    }
    let read = Statement::from_string(backend, format!("SELECT version FROM {TABLE}"));
    let rows = Applied::find_by_statement(read).all(db).await?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}
