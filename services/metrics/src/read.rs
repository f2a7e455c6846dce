//! Reading claims: the head where it answers, the rows where it cannot.

mod row;
mod text;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use figure::Period;
use rpc::Result;
use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{ConnectionTrait, ExprTrait as _, FromQueryResult};

use crate::head::{self, Entries, Entry, Head};
use crate::release_commits::{
    self, Provenance, Provenances, ReleaseCommit, ReleaseCommits, ReleaseCommitsById, lost,
};

pub use row::{ClaimRow, fold, newest, rebuild, rows, rows_at, rows_of, vintages};
pub use text::{Texts, texts_about, texts_of};

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

    /// Id of the release that a claim stands in.
    pub fn release_of(&self, entry: &Entry) -> Option<&str> {
        let release_commit = self.release_commits_by_id.get(&entry.release_commit)?;
        Some(&release_commit.release)
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
