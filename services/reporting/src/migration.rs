//! The schema of this service.

use store::migration::Migration;

/// All steps, oldest first.
pub const MIGRATIONS: &[Migration] = &[TABLES, AS_OF, SNAPSHOT];

const TABLES: Migration = Migration {
    name: "m20261122_000001_reporting",
    statements: &[
        "CREATE TABLE template (id {text} NOT NULL, revision {int} NOT NULL, etag {text} NOT NULL, \
         title {text} NOT NULL, body {blob} NOT NULL, saved_at {int} NOT NULL, PRIMARY KEY (id, revision))",
        "CREATE TABLE operation (id {text} PRIMARY KEY, state {text} NOT NULL, template {text} NOT NULL, \
         template_revision {int} NOT NULL, parameters {text} NOT NULL, snapshot {text} NOT NULL, \
         report {text} NOT NULL, steps_done {int} NOT NULL, steps_total {int} NOT NULL, step {text} NOT NULL, \
         error {blob}, cancel_requested {bool} NOT NULL, deleted {bool} NOT NULL, attempts {int} NOT NULL, \
         lease_owner {text} NOT NULL, lease_until {int} NOT NULL, created_at {int} NOT NULL)",
        "CREATE INDEX operation_queue ON operation (state, created_at, id)",
        "CREATE INDEX operation_created_at ON operation (created_at, id)",
        "CREATE TABLE report (id {text} PRIMARY KEY, template {text} NOT NULL, template_revision {int} NOT NULL, \
         parameters {text} NOT NULL, title {text} NOT NULL, snapshot {text} NOT NULL, renderer {text} NOT NULL, \
         figure_count {int} NOT NULL, created_at {int} NOT NULL)",
        "CREATE INDEX report_created_at ON report (created_at, id)",
        "CREATE TABLE figure (report {text} NOT NULL, number {int} NOT NULL, body {blob} NOT NULL, \
         PRIMARY KEY (report, number))",
        "CREATE TABLE artefact (report {text} NOT NULL, format {text} NOT NULL, media_type {text} NOT NULL, \
         size_bytes {int} NOT NULL, digest {text} NOT NULL, PRIMARY KEY (report, format))",
        "CREATE TABLE chunk (digest {text} NOT NULL, number {int} NOT NULL, content {blob} NOT NULL, \
         PRIMARY KEY (digest, number))",
    ],
};

/// Runs and reports of what the sources had said by some time.
const AS_OF: Migration = Migration {
    name: "m20261123_000001_as_of",
    statements: &[
        "ALTER TABLE operation ADD COLUMN as_of {int}",
        "ALTER TABLE report ADD COLUMN as_of {int}",
    ],
};

/// What was saved at which commit, in which language, and whose commits these are. No token
/// spoke of this service before this step, so all that was there then counts as there from
/// the beginning; and all that was written was English.
const SNAPSHOT: Migration = Migration {
    name: "m20261123_000002_snapshot",
    statements: &[
        "ALTER TABLE template ADD COLUMN commit_number {int} NOT NULL DEFAULT 0",
        "ALTER TABLE report ADD COLUMN commit_number {int} NOT NULL DEFAULT 0",
        "ALTER TABLE report ADD COLUMN language {text} NOT NULL DEFAULT 'en'",
        "ALTER TABLE operation ADD COLUMN language {text} NOT NULL DEFAULT 'en'",
        "CREATE TABLE followed (installation {text} PRIMARY KEY)",
    ],
};

#[cfg(test)]
mod tests {
    use store::{DatabaseConfig, Store};

    use super::*;
    use crate::{NAME, operation, query, report, template};

    #[tokio::test]
    async fn what_the_version_before_has_saved_was_there_from_the_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let config = DatabaseConfig {
            url: format!("sqlite:{}", folder.path().join("reporting.db").display()).into(),
            max_connections: 2,
            acquire_timeout_secs: 5,
            statement_timeout_secs: 5,
        };
        let before = &MIGRATIONS[..2];
        store::migration::migrate(&config, NAME, before)
            .await
            .unwrap();
        let store = Store::open(&config, NAME).await.unwrap();
        let txn = store.begin().await.unwrap();
        for row in [
            "INSERT INTO template (id, revision, etag, title, body, saved_at) VALUES ('old', 1, 'e', 't', X'', 5)",
            "INSERT INTO report (id, template, template_revision, parameters, title, snapshot, renderer, \
             figure_count, created_at) VALUES ('made', 'old', 1, '{}', 't', 's', 'r', 0, 6)",
            "INSERT INTO operation (id, state, template, template_revision, parameters, snapshot, report, steps_done, \
             steps_total, step, cancel_requested, deleted, attempts, lease_owner, lease_until, created_at) \
             VALUES ('run', 'QUEUED', 'old', 1, '{}', 's', 'made', 0, 0, 'waiting', 0, 0, 0, '', 0, 6)",
        ] {
            query::run(&txn, row, []).await.unwrap();
        }
        txn.commit().await.unwrap();
        store.close().await;

        let steps = store::migration::migrate(&config, NAME, MIGRATIONS).await;
        assert_eq!(steps.unwrap(), MIGRATIONS.len() - before.len());
        let store = Store::open(&config, NAME).await.unwrap();
        let db = store.reader();
        let saved = template::find(db, "old", None, 0).await.unwrap();
        assert_eq!((saved.revision, saved.commit_number), (1, 0));
        let made = report::find(db, "made", 0).await.unwrap();
        assert_eq!(made.language, "en");
        let queued = operation::find(db, "run").await.unwrap();
        assert_eq!(queued.recipe().unwrap().language, "en");
    }
}
