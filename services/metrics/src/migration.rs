use store::migration::Migration;

/// Steps of the schema of metrics.
///
/// `claim` is the truth: append-only, one row a version. `series_head` is derived from it in
/// the same transaction and can be dropped and rebuilt; it answers the common reads and is
/// what an incoming figure is compared with.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "m20261122_000001_claims",
    statements: &[
        "CREATE TABLE definition (collection {text} NOT NULL, name {text} NOT NULL, from_commit {int} NOT NULL, \
         until_commit {int} NOT NULL, concept {text} NOT NULL, dimension {text} NOT NULL, measure {int} NOT NULL, \
         bilateral {bool} NOT NULL, body {text} NOT NULL, PRIMARY KEY (collection, name, from_commit))",
        "CREATE INDEX definition_from_commit ON definition (from_commit)",
        "CREATE TABLE release (name {text} NOT NULL, from_commit {int} NOT NULL, until_commit {int} NOT NULL, \
         source {text} NOT NULL, coverage {int} NOT NULL, known_at {int} NOT NULL, body {text} NOT NULL, PRIMARY KEY (name, from_commit))",
        "CREATE INDEX release_source ON release (source, name)",
        "CREATE TABLE series (id {int} PRIMARY KEY, name {text} NOT NULL UNIQUE, indicator {text} NOT NULL, \
         entity {text} NOT NULL, counterpart {text} NOT NULL, breakdown {text} NOT NULL, from_commit {int} NOT NULL)",
        "CREATE INDEX series_key ON series (indicator, entity, counterpart, breakdown)",
        "CREATE INDEX series_entity ON series (entity)",
        "CREATE TABLE provenance (id {int} PRIMARY KEY, source {text} NOT NULL, originator {text} NOT NULL, \
         unit {text} NOT NULL, nature_class {int} NOT NULL, UNIQUE (source, originator, unit, nature_class))",
        "CREATE TABLE source_series (series {int} NOT NULL, provenance {int} NOT NULL, from_commit {int} NOT NULL, \
         PRIMARY KEY (series, provenance)) {keyed}",
        "CREATE INDEX source_series_provenance ON source_series (provenance, series)",
        "CREATE TABLE release_commit (id {int} PRIMARY KEY, release {text} NOT NULL, provenance {int} NOT NULL, \
         commit_number {int} NOT NULL, committed_at {int} NOT NULL, known_at {int} NOT NULL, ingest_id {text} NOT NULL)",
        "CREATE TABLE claim (series {int} NOT NULL, period {int} NOT NULL, release_commit {int} NOT NULL, flags {int} NOT NULL, \
         value {text}, upper {text}, PRIMARY KEY (series, period, release_commit)) {keyed}",
        "CREATE TABLE claim_text (series {int} NOT NULL, period {int} NOT NULL, release_commit {int} NOT NULL, \
         body {text} NOT NULL, PRIMARY KEY (series, period, release_commit)) {keyed}",
        "CREATE TABLE series_head (series {int} PRIMARY KEY, known_max {int} NOT NULL, commit_max {int} NOT NULL, \
         chunk {blob} NOT NULL)",
        "CREATE TABLE contested (series {int} NOT NULL, period {int} NOT NULL, PRIMARY KEY (series, period)) {keyed}",
        "CREATE TABLE ingest (id {text} PRIMARY KEY, release {text} NOT NULL, acknowledged {int} NOT NULL, \
         finished {bool} NOT NULL, counts {text} NOT NULL)",
        "CREATE TABLE stated (ingest_id {text} NOT NULL, release {text} NOT NULL, series {int} NOT NULL, \
         provenance {int} NOT NULL, periods {blob} NOT NULL, PRIMARY KEY (series, ingest_id, provenance)) {keyed}",
        "CREATE INDEX stated_ingest_id ON stated (ingest_id)",
        "CREATE TABLE completed (release {text} PRIMARY KEY, source {text} NOT NULL, known_at {int} NOT NULL, \
         from_commit {int} NOT NULL)",
        "CREATE TABLE followed (id {int} PRIMARY KEY, installation {text} NOT NULL, registry_epoch {int} NOT NULL, \
         registry_commit {int} NOT NULL, registry_stamp {blob}, resume_token {text} NOT NULL)",
        "INSERT INTO followed (id, installation, registry_epoch, registry_commit, resume_token) VALUES (1, '', 0, 0, '')",
    ],
}];
