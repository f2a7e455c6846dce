use store::migration::Migration;

/// Steps of the schema of the registry, after the ones that all services share.
///
/// Every table is versioned: a row is in force for the commits from
/// `from_commit` up to and without `until_commit`, which is the largest number there is
/// while nothing has taken its place.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "m20261122_000001_registry",
    statements: &[
        "CREATE TABLE vocabulary (from_commit {int} PRIMARY KEY, until_commit {int} NOT NULL, \
         updated_at {int} NOT NULL, body {text} NOT NULL)",
        "CREATE TABLE entity (name {text} NOT NULL, from_commit {int} NOT NULL, until_commit {int} NOT NULL, \
         kind {text} NOT NULL, record_status {int} NOT NULL, lifecycle_state {int} NOT NULL, \
         placeholder {bool} NOT NULL, display_name {text} NOT NULL, created_at {int} NOT NULL, \
         updated_at {int} NOT NULL, deleted_at {int}, body {text} NOT NULL, PRIMARY KEY (name, from_commit))",
        "CREATE INDEX entity_kind ON entity (kind, name)",
        // Texts are folded and cut; the whole ones stand in the bodies.
        "CREATE TABLE entity_name (folded {text} NOT NULL, entity {text} NOT NULL, from_commit {int} NOT NULL, \
         until_commit {int} NOT NULL, PRIMARY KEY (folded, entity, from_commit)) {keyed}",
        "CREATE TABLE name_gram (gram {text} NOT NULL, entity {text} NOT NULL, from_commit {int} NOT NULL, \
         until_commit {int} NOT NULL, PRIMARY KEY (gram, entity, from_commit)) {keyed}",
        "CREATE TABLE identifier (value {text} NOT NULL, scheme {text} NOT NULL, entity {text} NOT NULL, \
         from_commit {int} NOT NULL, until_commit {int} NOT NULL, \
         PRIMARY KEY (value, scheme, entity, from_commit)) {keyed}",
        "CREATE TABLE relation (name {text} NOT NULL, from_commit {int} NOT NULL, until_commit {int} NOT NULL, \
         subject {text} NOT NULL, predicate {text} NOT NULL, object {text} NOT NULL, source {text} NOT NULL, \
         basis {int} NOT NULL, created_at {int} NOT NULL, updated_at {int} NOT NULL, body {text} NOT NULL, \
         PRIMARY KEY (name, from_commit))",
        "CREATE INDEX relation_subject ON relation (subject, predicate)",
        "CREATE INDEX relation_object ON relation (object, predicate)",
        "CREATE INDEX relation_predicate ON relation (predicate, name)",
        "CREATE INDEX relation_source ON relation (source)",
    ],
}];
