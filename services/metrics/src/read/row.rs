//! Rows of claims, and what they come to at a position.

use std::collections::{BTreeMap, HashMap};

use figure::{Decimal, Period};
use rpc::{Error, Result};
use sea_orm::sea_query::{Alias, Expr, Order, Query, SimpleExpr};
use sea_orm::{ConnectionTrait, ExprTrait as _, QueryResult};
use smallvec::SmallVec;

use super::{Observations, Position};
use crate::claim::Columns;
use crate::head::{Entry, Head, Observation};
use crate::release_commits::{self, ReleaseCommit, ReleaseCommits, ReleaseCommitsById, lost};

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
    /// Which of the claims of its release for this source series and period, from 1.
    pub ordinal: i32,
    /// What it says.
    pub columns: Columns,
}

impl ClaimRow {
    /// Sorts claims of one source series and period as they became known.
    fn order(&self) -> (i64, i64, i64) {
        (self.known_at, self.commit, self.release_commit)
    }
}

/// All claims of a series up to a commit, by period and release commit.
pub async fn rows(
    db: &impl ConnectionTrait,
    release_commits: &ReleaseCommits,
    series: i64,
    commit: i64,
) -> Result<Vec<ClaimRow>> {
    let mut all = rows_of(db, release_commits, &[series], commit).await?;
    Ok(all.remove(&series).unwrap_or_default())
}

/// All claims of one observation up to a commit, by release commit.
pub async fn rows_at(
    db: &impl ConnectionTrait,
    release_commits: &ReleaseCommits,
    (series, period): (i64, Period),
    commit: i64,
) -> Result<Vec<ClaimRow>> {
    let of_series = Expr::col(Alias::new("series")).eq(series);
    let condition = of_series.and(Expr::col(Alias::new("period")).eq(period.key()));
    let stored = stored_rows(db, condition).await?;
    let mut found = HashMap::new();
    place((db, release_commits), stored, commit, &mut found).await?;
    Ok(found.remove(&series).unwrap_or_default())
}

/// All claims of series up to a commit; of each series by period and release commit.
pub async fn rows_of(
    db: &impl ConnectionTrait,
    release_commits: &ReleaseCommits,
    series_list: &[i64],
    commit: i64,
) -> Result<HashMap<i64, Vec<ClaimRow>>> {
    let mut found = HashMap::new();
    for chunk in series_list.chunks(SERIES_AT_ONCE) {
        let of_series = Expr::col(Alias::new("series")).is_in(chunk.iter().copied());
        let stored = stored_rows(db, of_series).await?;
        place((db, release_commits), stored, commit, &mut found).await?;
    }
    Ok(found)
}

/// Gives rows the release commits they stand on, and their ordinals.
async fn place(
    (db, release_commits): (&impl ConnectionTrait, &ReleaseCommits),
    stored: Vec<StoredRow>,
    commit: i64,
    found: &mut HashMap<i64, Vec<ClaimRow>>,
) -> Result<()> {
    let ids = release_commits::runs(stored.iter().map(|row| row.release_commit));
    let release_commits_by_id = release_commits.by_id(db, &ids).await?;
    let mut placed: HashMap<i64, Vec<ClaimRow>> = HashMap::new();
    for row in stored {
        let release_commit = release_commits_by_id
            .get(&row.release_commit)
            .ok_or_else(|| lost("release commit", row.release_commit))?;
        if release_commit.commit_number <= commit {
            let rows = placed.entry(row.series).or_default();
            rows.push(row.placed(release_commit)?);
        }
    }
    for rows in placed.values_mut() {
        number(rows, &release_commits_by_id);
    }
    found.extend(placed);
    Ok(())
}

/// Counts what each release said of a period and source series, in commit order.
fn number(rows: &mut [ClaimRow], release_commits_by_id: &ReleaseCommitsById) {
    for same_period in rows.chunk_by_mut(|a, b| a.period == b.period) {
        // Most observations have one claim, which is the first of its release.
        if same_period.len() == 1 {
            continue;
        }
        let mut counts: HashMap<(i64, &str), i32> = HashMap::new();
        for row in same_period {
            let release_commit = release_commits_by_id.get(&row.release_commit);
            let release = release_commit.map_or("", |of| of.release.as_str());
            let count = counts.entry((row.provenance, release)).or_default();
            *count += 1;
            row.ordinal = *count;
        }
    }
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
async fn stored_rows(db: &impl ConnectionTrait, condition: SimpleExpr) -> Result<Vec<StoredRow>> {
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
        .and_where(condition)
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
    /// The row with the release commit it stands on, as if it were the first of its release.
    fn placed(self, release_commit: &ReleaseCommit) -> Result<ClaimRow> {
        let period = Period::from_key(self.period).ok_or_else(|| lost("period", self.period))?;
        Ok(ClaimRow {
            period,
            release_commit: self.release_commit,
            provenance: release_commit.provenance,
            commit: release_commit.commit_number,
            known_at: release_commit.known_at,
            ordinal: 1,
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
    let seen = |row: &&ClaimRow| row.commit <= position.commit && row.known_at <= position.as_of;
    let mut observations = Observations::new();
    for history in histories(rows.iter().filter(seen)) {
        if let Some(row) = in_force(&history) {
            observations.entry(row.period).or_default().push(Entry {
                provenance: row.provenance,
                release_commit: row.release_commit,
                ordinal: row.ordinal,
                columns: row.columns.clone(),
            });
        }
    }
    observations
}

/// What became known of one period of a source series, oldest first.
type History<'a> = SmallVec<[&'a ClaimRow; 2]>;

/// Rows by period and provenance.
fn histories<'a>(rows: impl Iterator<Item = &'a ClaimRow>) -> impl Iterator<Item = History<'a>> {
    let mut histories: BTreeMap<(Period, i64), History<'a>> = BTreeMap::new();
    for row in rows {
        let history = histories.entry((row.period, row.provenance)).or_default();
        history.push(row);
    }
    histories.into_values().map(|mut history| {
        history.sort_unstable_by_key(|row| row.order());
        history
    })
}

/// The claim in force: of those at the end that say the same, the first. Which of them were
/// stored depends on the order of loading, which one was first does not.
fn in_force<'a>(history: &[&'a ClaimRow]) -> Option<&'a ClaimRow> {
    let (latest, before) = history.split_last()?;
    let same = |row: &&&ClaimRow| row.columns.says_the_same(&latest.columns);
    let first = before.iter().rev().take_while(same).last();
    Some(first.unwrap_or(latest))
}

/// The vintages among rows: claims that say something else than the one before them of their
/// source series and period.
pub fn vintages(rows: &[ClaimRow]) -> Vec<ClaimRow> {
    let mut kept = Vec::with_capacity(rows.len());
    for mut history in histories(rows.iter()) {
        history.dedup_by(|row, before| row.columns.says_the_same(&before.columns));
        kept.extend(history.into_iter().cloned());
    }
    kept
}

/// The head that the claims of a series make: what the stored one must equal.
pub fn rebuild(rows: &[ClaimRow]) -> Head {
    let everything = Position {
        commit: i64::MAX,
        as_of: i64::MAX,
    };
    let mut head = Head::default();
    for (period, entries) in fold(rows, everything) {
        head.observations.insert(period, Observation { entries });
    }
    head
}

/// When the newest of these claims became known, and their last commit.
pub fn newest(rows: &[ClaimRow]) -> (i64, i64) {
    let known = rows.iter().map(|row| row.known_at).max();
    let commit = rows.iter().map(|row| row.commit).max();
    (known.unwrap_or(i64::MIN), commit.unwrap_or(0))
}
