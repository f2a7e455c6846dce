//! Reading claims: the head where it answers, the rows where it cannot.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use figure::{Decimal, Period};
use rpc::{Error, Result};
use sea_orm::sea_query::{Alias, Expr, Order, Query};
use sea_orm::{ConnectionTrait, ExprTrait as _, FromQueryResult, QueryResult};

use crate::claim::{Columns, Text};
use crate::head::{self, Entries, Entry, Head, Observation};
use crate::release_commits::{
    self, Provenance, Provenances, ReleaseCommit, ReleaseCommits, ReleaseCommitsById, lost,
};

/// What a read sees: commits up to a number, and what was known at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// The commit.
    pub commit: i64,
    /// The time, in microseconds.
    pub as_of: i64,
}

/// The live claims of one series with what they point to.
#[derive(Debug, Default)]
pub struct Figures {
    /// Claims by period, withdrawals left out.
    pub observations: Observations,
    /// Release commits of these claims.
    pub release_commits_by_id: ReleaseCommitsById,
    /// Provenances of these claims.
    pub provenances: Provenances,
}

impl Figures {
    /// The release commit a claim stands on.
    pub fn release_commit(&self, entry: &Entry) -> Result<&ReleaseCommit> {
        let release_commit = self.release_commits_by_id.get(&entry.release_commit);
        let release_commit =
            release_commit.ok_or_else(|| lost("release commit", entry.release_commit))?;
        Ok(release_commit)
    }

    /// Ids of the releases that these claims stand in; some more than once.
    pub fn releases(&self) -> impl Iterator<Item = &str> {
        self.release_commits_by_id
            .values()
            .map(|release_commit| release_commit.release.as_str())
    }

    /// Whose figure a claim is.
    pub fn provenance(&self, entry: &Entry) -> Result<&Provenance> {
        let provenance = self.provenances.get(&entry.provenance);
        let provenance = provenance.ok_or_else(|| lost("provenance", entry.provenance))?;
        Ok(provenance)
    }
}

/// A head as stored, with what decides whether it answers.
#[derive(Debug, Clone, FromQueryResult)]
pub struct StoredHead {
    /// Number of the series.
    pub series: i64,
    /// The latest time at which one of its claims became known.
    pub known_max: i64,
    /// The commit that last changed it.
    pub commit_max: i64,
    chunk: Vec<u8>,
}

impl StoredHead {
    /// Unpacks it.
    pub fn head(&self) -> Result<Head> {
        head::decode(&self.chunk)
    }

    /// Whether it is this head, made of these rows.
    pub fn is(&self, head: &Head, rows: &[ClaimRow]) -> bool {
        (self.known_max, self.commit_max) == newest(rows)
            && self.head().is_ok_and(|stored| stored == *head)
    }

    /// What it answers about a position, if it can: whether nothing in it is newer.
    pub fn live(&self, position: Position) -> Result<Option<Observations>> {
        if self.commit_max > position.commit || self.known_max > position.as_of {
            return Ok(None);
        }
        let observations = self.head()?.observations.into_iter();
        Ok(Some(
            observations
                .map(|(period, observation)| (period, observation.entries))
                .collect(),
        ))
    }
}

/// Heads of series, by number of the series.
pub async fn heads(
    db: &impl ConnectionTrait,
    series_list: &[i64],
) -> Result<HashMap<i64, StoredHead>> {
    let mut found = HashMap::new();
    for chunk in series_list.chunks(5000) {
        let select = Query::select()
            .columns(["series", "known_max", "commit_max", "chunk"].map(Alias::new))
            .from(Alias::new("series_head"))
            .and_where(Expr::col(Alias::new("series")).is_in(chunk.iter().copied()))
            .to_owned();
        let statement = db.get_database_backend().build(&select);
        for head in StoredHead::find_by_statement(statement).all(db).await? {
            found.insert(head.series, head);
        }
    }
    Ok(found)
}

/// The live claims of many series.
pub async fn figures(
    db: &impl ConnectionTrait,
    release_commits: &ReleaseCommits,
    series_list: &[i64],
    position: Position,
) -> Result<HashMap<i64, Figures>> {
    let mut observations = HashMap::new();
    let mut unanswered = Vec::new();
    for (series, head) in heads(db, series_list).await? {
        match head.live(position)? {
            Some(live) => drop(observations.insert(series, live)),
            None => unanswered.push(series),
        }
    }
    for (series, rows) in rows_of(db, release_commits, &unanswered, position.commit).await? {
        observations.insert(series, fold(&rows, position));
    }
    attach(db, release_commits, observations).await
}

/// Live claims by period.
pub type Observations = BTreeMap<Period, Entries>;

/// Gives claims what they point to.
pub async fn attach(
    db: &impl ConnectionTrait,
    release_commits: &ReleaseCommits,
    mut observations: HashMap<i64, Observations>,
) -> Result<HashMap<i64, Figures>> {
    for observations in observations.values_mut() {
        observations.retain(|_, entries| {
            entries.retain(|entry| !entry.columns.is_withdrawn());
            !entries.is_empty()
        });
    }
    let (named_release_commits, named_provenances) = named(observations.values());
    let release_commits_by_id = release_commits.by_id(db, &named_release_commits).await?;
    let provenances = release_commits.provenances(db, &named_provenances).await?;
    release_commits.keep(&release_commits_by_id, &provenances);
    let figures = |observations: Observations| {
        let (named_release_commits, named_provenances) = named(std::iter::once(&observations));
        Figures {
            release_commits_by_id: pick(&release_commits_by_id, &named_release_commits),
            provenances: pick(&provenances, &named_provenances),
            observations,
        }
    };
    let all = observations.into_iter();
    Ok(all
        .map(|(series, observations)| (series, figures(observations)))
        .collect())
}

/// Numbers of the release commits and of the provenances of claims.
fn named<'a>(observations: impl Iterator<Item = &'a Observations> + Clone) -> (Vec<i64>, Vec<i64>) {
    let entries = || observations.clone().flat_map(BTreeMap::values).flatten();
    let release_commits_by_id = release_commits::runs(entries().map(|entry| entry.release_commit));
    (
        release_commits_by_id,
        release_commits::runs(entries().map(|entry| entry.provenance)),
    )
}

fn pick<T>(from: &HashMap<i64, Arc<T>>, ids: &[i64]) -> HashMap<i64, Arc<T>> {
    let found = ids
        .iter()
        .filter_map(|id| Some((*id, Arc::clone(from.get(id)?))));
    found.collect()
}

/// One row of the truth, with the release commit it stands on.
#[derive(Debug, Clone)]
pub struct ClaimRow {
    /// The period.
    pub period: Period,
    /// The release commit.
    pub release_commit: i64,
    /// Number of the provenance.
    pub provenance: i64,
    /// The commit that recorded it.
    pub commit: i64,
    /// From when on it counts as known.
    pub known_at: i64,
    /// Its number within the observation.
    pub n: u32,
    /// What it says.
    pub columns: Columns,
}

/// All claims of a series up to a commit, by period and number.
pub async fn rows(
    db: &impl ConnectionTrait,
    release_commits: &ReleaseCommits,
    series: i64,
    commit: i64,
) -> Result<Vec<ClaimRow>> {
    let mut all = rows_of(db, release_commits, &[series], commit).await?;
    Ok(all.remove(&series).unwrap_or_default())
}

/// All claims of series up to a commit; of each series by period and number.
pub async fn rows_of(
    db: &impl ConnectionTrait,
    release_commits: &ReleaseCommits,
    series_list: &[i64],
    commit: i64,
) -> Result<HashMap<i64, Vec<ClaimRow>>> {
    let mut found = HashMap::new();
    for chunk in series_list.chunks(SERIES_AT_ONCE) {
        let stored = stored_rows(db, chunk).await?;
        let ids = release_commits::runs(stored.iter().map(|row| row.release_commit));
        let release_commits_by_id = release_commits.by_id(db, &ids).await?;
        for row in stored {
            let release_commit = release_commits_by_id
                .get(&row.release_commit)
                .ok_or_else(|| lost("release commit", row.release_commit))?;
            if release_commit.commit_number > commit {
                continue;
            }
            let rows: &mut Vec<ClaimRow> = found.entry(row.series).or_default();
            let row = row.placed(release_commit, rows.last())?;
            rows.push(row);
        }
    }
    Ok(found)
}

/// Series whose claims are read with one statement.
const SERIES_AT_ONCE: usize = 50;

struct StoredRow {
    series: i64,
    period: i64,
    release_commit: i64,
    flags: i64,
    value: Option<String>,
    upper: Option<String>,
}

/// Columns are taken by their place: there are many rows, and finding a column by its name
/// in each would take most of the time.
async fn stored_rows(db: &impl ConnectionTrait, series_list: &[i64]) -> Result<Vec<StoredRow>> {
    let columns = [
        "series",
        "period",
        "release_commit",
        "flags",
        "value",
        "upper",
    ];
    let order = ["series", "period", "release_commit"];
    let mut select = Query::select()
        .columns(columns.map(Alias::new))
        .from(Alias::new("claim"))
        .and_where(Expr::col(Alias::new("series")).is_in(series_list.iter().copied()))
        .to_owned();
    for column in order {
        select.order_by(Alias::new(column), Order::Asc);
    }
    let statement = db.get_database_backend().build(&select);
    let stored = db.query_all_raw(statement).await?;
    let row = |row: &QueryResult| {
        Ok(StoredRow {
            series: row.try_get_by_index(0)?,
            period: row.try_get_by_index(1)?,
            release_commit: row.try_get_by_index(2)?,
            flags: row.try_get_by_index(3)?,
            value: row.try_get_by_index(4)?,
            upper: row.try_get_by_index(5)?,
        })
    };
    stored.iter().map(row).collect()
}

impl StoredRow {
    /// The row with its place after the one before on the same series.
    fn placed(self, release_commit: &ReleaseCommit, before: Option<&ClaimRow>) -> Result<ClaimRow> {
        let period = Period::from_key(self.period).ok_or_else(|| lost("period", self.period))?;
        let before = before.filter(|before| before.period == period);
        Ok(ClaimRow {
            period,
            release_commit: self.release_commit,
            provenance: release_commit.provenance,
            commit: release_commit.commit_number,
            known_at: release_commit.known_at,
            n: before.map_or(1, |before| before.n + 1),
            columns: Columns {
                flags: self.flags,
                value: decimal(self.value)?,
                upper: decimal(self.upper)?,
            },
        })
    }
}

fn decimal(text: Option<String>) -> Result<Option<Decimal>> {
    text.map(|text| text.parse().map_err(Error::internal))
        .transpose()
}

/// The claims in force at a position, one per period and provenance.
pub fn fold(rows: &[ClaimRow], position: Position) -> Observations {
    let mut latest: BTreeMap<(Period, i64), &ClaimRow> = BTreeMap::new();
    let seen = |row: &&ClaimRow| row.commit <= position.commit && row.known_at <= position.as_of;
    for row in rows.iter().filter(seen) {
        let order = |row: &ClaimRow| (row.known_at, row.commit, row.release_commit);
        let kept = latest.entry((row.period, row.provenance)).or_insert(row);
        if order(row) > order(kept) {
            *kept = row;
        }
    }
    let mut observations = Observations::new();
    for ((period, provenance), row) in latest {
        observations.entry(period).or_default().push(Entry {
            provenance,
            release_commit: row.release_commit,
            n: row.n,
            columns: row.columns.clone(),
        });
    }
    observations
}

/// The head that the claims of a series make: what the stored one must equal.
pub fn rebuild(rows: &[ClaimRow]) -> Head {
    let everything = Position {
        commit: i64::MAX,
        as_of: i64::MAX,
    };
    let mut head = Head::default();
    for (period, entries) in fold(rows, everything) {
        let recorded = rows.iter().filter(|row| row.period == period).count() as u32;
        head.observations
            .insert(period, Observation { recorded, entries });
    }
    head
}

/// When the newest of these claims became known, and their last commit.
pub fn newest(rows: &[ClaimRow]) -> (i64, i64) {
    let known = rows.iter().map(|row| row.known_at).max();
    let commit = rows.iter().map(|row| row.commit).max();
    (known.unwrap_or(i64::MIN), commit.unwrap_or(0))
}

#[derive(FromQueryResult)]
struct StoredText {
    series: i64,
    period: i64,
    release_commit: i64,
    body: String,
}

/// Texts of a series, by period and release commit.
pub type Texts = HashMap<(Period, i64), Text>;

/// The texts of a series.
pub async fn texts(db: &impl ConnectionTrait, series: i64) -> Result<Texts> {
    let mut all = texts_of(db, &[series]).await?;
    Ok(all.remove(&series).unwrap_or_default())
}

/// The texts of series, by series.
pub async fn texts_of(
    db: &impl ConnectionTrait,
    series_list: &[i64],
) -> Result<HashMap<i64, Texts>> {
    let mut texts: HashMap<i64, Texts> = HashMap::new();
    for chunk in series_list.chunks(SERIES_AT_ONCE) {
        let select = Query::select()
            .columns(["series", "period", "release_commit", "body"].map(Alias::new))
            .from(Alias::new("claim_text"))
            .and_where(Expr::col(Alias::new("series")).is_in(chunk.iter().copied()))
            .to_owned();
        let statement = db.get_database_backend().build(&select);
        for row in StoredText::find_by_statement(statement).all(db).await? {
            let period = Period::from_key(row.period).ok_or_else(|| lost("period", row.period))?;
            let text = serde_json::from_str(&row.body).map_err(Error::internal)?;
            let of_series = texts.entry(row.series).or_default();
            of_series.insert((period, row.release_commit), text);
        }
    }
    Ok(texts)
}
