//! Releases: one publication of one source, what gets cited.

use jiff::Timestamp;
use jiff::civil::DateTime;
use proto::metrics::v1::RecordKind;
use proto::snapshot::v1::ChangeType;
use rpc::{Error, Reason, Result};
use sea_orm::sea_query::{Alias, Expr, Order, Query};
use sea_orm::{
    Condition, ConnectionTrait, DatabaseTransaction, ExprTrait as _, FromQueryResult, Statement,
    Value,
};
use serde::{Deserialize, Serialize};
use store::feed::{self, Change};
use store::filter::{Field, Kind};
use store::{Commit, commit};

/// A release as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Its id.
    #[serde(skip)]
    pub id: String,
    /// The source, an entity id.
    pub source: String,
    /// What describes it and may change.
    pub about: About,
    /// Publication date as given.
    pub published: String,
    /// Retrieval date as given.
    pub retrieved: String,
    /// What is absent is withdrawn.
    pub complete: bool,
    /// Indicator ids it is complete over.
    pub scope: Vec<String>,
    /// From when on its figures count as known, in microseconds.
    pub known_at: i64,
    /// Which of the dates that is.
    pub known_at_basis: KnownBy,
    /// When it was recorded, in microseconds.
    pub created_at: i64,
    /// The commit that made this state of it.
    #[serde(skip)]
    pub commit: i64,
}

/// The describing fields of a release, in the words of its publisher.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// Title.
    pub title: String,
    /// Publisher.
    pub publisher: String,
    /// Authors.
    pub authors: Vec<String>,
    /// Where it was published.
    pub url: String,
    /// Where the publication date stands.
    pub published_basis: String,
    /// The time it speaks of.
    pub reference: String,
    /// Where that date comes from.
    pub reference_basis: String,
    /// Licence.
    pub licence: String,
    /// Digest of what was retrieved.
    pub digest: String,
    /// The source's own interest.
    pub interest: String,
    /// Language.
    pub language: String,
    /// Remark.
    pub note: String,
}

/// Which date makes a release known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KnownBy {
    /// Its publication.
    Published,
    /// Its retrieval.
    Retrieved,
    /// Its recording here.
    Recorded,
}

impl Release {
    /// The etag of this state of it.
    pub fn etag(&self) -> String {
        format!("\"{:x}\"", self.commit)
    }

    /// Sets from when on it counts as known, given the time of recording.
    pub fn date(&mut self, recorded_at: i64) {
        self.created_at = recorded_at;
        let given = [
            (&self.published, KnownBy::Published),
            (&self.retrieved, KnownBy::Retrieved),
        ];
        let dated = given
            .iter()
            .find_map(|(text, basis)| Some((end_of(text)?, *basis)));
        (self.known_at, self.known_at_basis) = dated.unwrap_or((recorded_at, KnownBy::Recorded));
    }
}

/// The instant at which the span of a date has ended, in microseconds: a time with a zone
/// is itself, all else ends with its last day in UTC.
pub fn end_of(text: &str) -> Option<i64> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.as_microsecond());
    }
    let day = match text.parse::<DateTime>() {
        Ok(local) if text.contains('T') => local.date().to_string(),
        _ => text.to_owned(),
    };
    let period: figure::Period = day.parse().ok()?;
    // The end itself belongs to the day after.
    Some(period.end_instant_micros()? - 1)
}

#[derive(FromQueryResult)]
struct Row {
    name: String,
    from_commit: i64,
    body: String,
}

impl Row {
    fn release(self) -> Result<Release> {
        let mut release: Release = serde_json::from_str(&self.body).map_err(Error::internal)?;
        release.id = self.name;
        release.commit = self.from_commit;
        Ok(release)
    }
}

const COLUMNS: &str = "SELECT name, from_commit, body FROM release";
const VISIBLE: &str = "from_commit <= $1 AND until_commit > $1";

/// The release as of a commit.
pub async fn get(db: &impl ConnectionTrait, id: &str, commit: i64) -> Result<Release> {
    let read = Statement::from_sql_and_values(
        db.get_database_backend(),
        format!("{COLUMNS} WHERE {VISIBLE} AND name = $2"),
        [commit.into(), id.into()],
    );
    match Row::find_by_statement(read).one(db).await? {
        Some(row) => row.release(),
        None => {
            let name = format!("releases/{id}");
            let message = format!("{name} does not exist");
            Err(Error::about(Reason::ReleaseNotFound, name, message))
        }
    }
}

/// Releases by id as of a commit; those that do not exist are left out.
pub async fn get_many(
    db: &impl ConnectionTrait,
    ids: &[String],
    commit: i64,
) -> Result<Vec<Release>> {
    let mut found = Vec::new();
    for chunk in ids.chunks(1000) {
        let places: Vec<_> = (2..chunk.len() + 2).map(|i| format!("${i}")).collect();
        let values =
            std::iter::once(Value::from(commit)).chain(chunk.iter().map(|id| id.clone().into()));
        let read = Statement::from_sql_and_values(
            db.get_database_backend(),
            format!(
                "{COLUMNS} WHERE {VISIBLE} AND name IN ({})",
                places.join(", ")
            ),
            values,
        );
        for row in Row::find_by_statement(read).all(db).await? {
            found.push(row.release()?);
        }
    }
    Ok(found)
}

/// Fields that lists of releases can be filtered by.
pub const FILTER: &[Field] = &[
    Field::new("source", "source", Kind::Name("entities")),
    Field::new(
        "coverage",
        "coverage",
        Kind::Enum(&[("PARTIAL", 1), ("COMPLETE", 2)]),
    ),
];

/// Releases by id after `after` that meet the condition.
pub async fn list(
    db: &impl ConnectionTrait,
    condition: Condition,
    after: &str,
    limit: usize,
    commit: i64,
) -> Result<Vec<Release>> {
    let column = |name| Expr::col(Alias::new(name));
    let select = Query::select()
        .columns(["name", "from_commit", "body"].map(Alias::new))
        .from(Alias::new("release"))
        .cond_where(condition)
        .and_where(column("name").gt(after))
        .and_where(column("from_commit").lte(commit))
        .and_where(column("until_commit").gt(commit))
        .order_by(Alias::new("name"), Order::Asc)
        .limit(limit as u64)
        .to_owned();
    let rows = Row::find_by_statement(db.get_database_backend().build(&select))
        .all(db)
        .await?;
    rows.into_iter().map(Row::release).collect()
}

/// Waits for the turn among all who write this release.
pub async fn take_turn(txn: &DatabaseTransaction, id: &str) -> Result<()> {
    store::turn::take(txn, &format!("metrics/release/{id}")).await
}

/// Records a new release in a commit of its own.
pub async fn create(txn: &DatabaseTransaction, mut release: Release) -> Result<Release> {
    let commit = commit::next(txn, "create-release").await?;
    let taken = get(txn, &release.id, commit.number).await;
    if taken.is_ok() {
        let name = format!("releases/{}", release.id);
        let message = format!("{name} exists already; ids are never reused");
        return Err(Error::about(Reason::ReleaseExists, name, message));
    }
    release.date(commit.committed_at);
    release.commit = commit.number;
    insert(txn, &release).await?;
    tell(txn, (&release, ChangeType::Created), commit).await?;
    Ok(release)
}

/// Replaces the describing fields; equal ones write nothing.
pub async fn update(txn: &DatabaseTransaction, old: &Release, about: About) -> Result<Release> {
    if old.about == about {
        return Ok(old.clone());
    }
    let commit = commit::next(txn, "update-release").await?;
    let end = Statement::from_sql_and_values(
        txn.get_database_backend(),
        "UPDATE release SET until_commit = $1 WHERE name = $2 AND until_commit = $3",
        [commit.number.into(), old.id.clone().into(), i64::MAX.into()],
    );
    txn.execute_raw(end).await?;
    let release = Release {
        about,
        commit: commit.number,
        ..old.clone()
    };
    insert(txn, &release).await?;
    tell(txn, (&release, ChangeType::Updated), commit).await?;
    Ok(release)
}

/// Tells those who follow of a change.
async fn tell(
    txn: &DatabaseTransaction,
    (release, change_type): (&Release, ChangeType),
    commit: Commit,
) -> Result<()> {
    let change = Change {
        kind: RecordKind::Release as i32,
        change_type,
        name: format!("releases/{}", release.id),
        etag: release.etag(),
        about: String::new(),
        count: 0,
    };
    feed::record(txn, commit, &[change]).await
}

async fn insert(txn: &DatabaseTransaction, release: &Release) -> Result<()> {
    let body = serde_json::to_string(release).map_err(Error::internal)?;
    let insert = Statement::from_sql_and_values(
        txn.get_database_backend(),
        "INSERT INTO release (name, from_commit, until_commit, source, coverage, known_at, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            release.id.clone().into(),
            release.commit.into(),
            i64::MAX.into(),
            release.source.clone().into(),
            if release.complete { 2 } else { 1_i64 }.into(),
            release.known_at.into(),
            body.into(),
        ],
    );
    txn.execute_raw(insert).await?;
    Ok(())
}
