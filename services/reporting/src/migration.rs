//! The schema of this service.

use store::migration::Migration;

/// All steps, oldest first.
pub const MIGRATIONS: &[Migration] = &[TABLES];

const TABLES: Migration = Migration {
    name: "m20261122_000001_reporting",
    statements: &[
        "CREATE TABLE template (id {text} NOT NULL, revision {int} NOT NULL, etag {text} NOT NULL, \
         summary {blob} NOT NULL, body {blob} NOT NULL, saved_at {int} NOT NULL, commit_number {int} NOT NULL, \
         PRIMARY KEY (id, revision))",
        "CREATE TABLE operation (id {text} PRIMARY KEY, state {text} NOT NULL, template {text} NOT NULL, \
         template_revision {int} NOT NULL, language {text} NOT NULL, parameters {text} NOT NULL, \
         snapshot {text} NOT NULL, as_of {int}, report {text} NOT NULL, steps_done {int} NOT NULL, \
         steps_total {int} NOT NULL, step {text} NOT NULL, error {blob}, cancel_requested {bool} NOT NULL, \
         deleted {bool} NOT NULL, attempts {int} NOT NULL, lease_owner {text} NOT NULL, \
         lease_until {int} NOT NULL, created_at {int} NOT NULL)",
        "CREATE INDEX operation_queue ON operation (state, created_at, id)",
        "CREATE INDEX operation_created_at ON operation (created_at, id)",
        "CREATE TABLE report (id {text} PRIMARY KEY, template {text} NOT NULL, template_revision {int} NOT NULL, \
         language {text} NOT NULL, parameters {text} NOT NULL, title {text} NOT NULL, snapshot {text} NOT NULL, \
         as_of {int}, renderer {text} NOT NULL, figure_count {int} NOT NULL, created_at {int} NOT NULL, \
         commit_number {int} NOT NULL)",
        "CREATE INDEX report_created_at ON report (created_at, id)",
        "CREATE INDEX report_template ON report (template, created_at, id)",
        "CREATE INDEX report_language ON report (language, created_at, id)",
        "CREATE TABLE figure (report {text} NOT NULL, number {int} NOT NULL, body {blob} NOT NULL, \
         PRIMARY KEY (report, number))",
        "CREATE TABLE artefact (report {text} NOT NULL, format {text} NOT NULL, media_type {text} NOT NULL, \
         size_bytes {int} NOT NULL, digest {text} NOT NULL, PRIMARY KEY (report, format))",
        "CREATE TABLE chunk (digest {text} NOT NULL, number {int} NOT NULL, content {blob} NOT NULL, \
         PRIMARY KEY (digest, number))",
        "CREATE TABLE followed (installation {text} PRIMARY KEY)",
    ],
};
