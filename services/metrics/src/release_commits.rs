//! Release commits and provenances: what a claim's row only points to. Both never change once
//! written, so they are cached.

use std::collections::HashMap;
use std::sync::Arc;

use moka::sync::Cache;
use rpc::{Error, Result};
use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{ConnectionTrait, ExprTrait as _, FromQueryResult};

use crate::claim_name;

/// Whose figures, and of what kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, FromQueryResult)]
pub struct Provenance {
    /// The source, an entity id.
    pub source: String,
    /// Whom it quotes; empty for nobody.
    pub originator: String,
    /// Unit id.
    pub unit: String,
    /// Class of nature, as numbered in the contract.
    pub nature_class: i64,
}

impl Provenance {
    /// Id of the source series that it makes with a series.
    pub fn id(&self) -> String {
        claim_name::source_series_id(
            &self.source,
            &self.originator,
            &self.unit,
            self.nature_class,
        )
    }
}

/// One commit of one release for one provenance.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct ReleaseCommit {
    /// Its number; later release commits have higher ones.
    pub id: i64,
    /// Release id.
    pub release: String,
    /// Number of the provenance.
    pub provenance: i64,
    /// The commit.
    pub commit_number: i64,
    /// Its time, in microseconds.
    pub committed_at: i64,
    /// From when on its figures count as known, in microseconds.
    pub known_at: i64,
    /// The ingest that brought it; empty for single writes.
    pub ingest_id: String,
}

/// The release commits and provenances read so far.
#[derive(Debug, Clone)]
pub struct ReleaseCommits {
    release_commits: Cache<i64, Arc<ReleaseCommit>>,
    provenances: Cache<i64, Arc<Provenance>>,
}

/// Release commits by number.
pub type ReleaseCommitsById = HashMap<i64, Arc<ReleaseCommit>>;

/// Provenances by number.
pub type Provenances = HashMap<i64, Arc<Provenance>>;

impl Default for ReleaseCommits {
    fn default() -> Self {
        Self {
            release_commits: Cache::new(100_000),
            provenances: Cache::new(100_000),
        }
    }
}

impl ReleaseCommits {
    /// Release commits by number. A number may be asked for more than once.
    pub async fn by_id(
        &self,
        db: &impl ConnectionTrait,
        ids: &[i64],
    ) -> Result<ReleaseCommitsById> {
        let (mut found, missing) = known(&self.release_commits, ids);
        for chunk in missing.chunks(5000) {
            let columns = [
                "id",
                "release",
                "provenance",
                "commit_number",
                "committed_at",
                "known_at",
                "ingest_id",
            ];
            let select = Query::select()
                .columns(columns.map(Alias::new))
                .from(Alias::new("release_commit"))
                .and_where(Expr::col(Alias::new("id")).is_in(chunk.iter().copied()))
                .to_owned();
            let statement = db.get_database_backend().build(&select);
            for release_commit in ReleaseCommit::find_by_statement(statement).all(db).await? {
                found.insert(release_commit.id, Arc::new(release_commit));
            }
        }
        Ok(found)
    }

    /// Provenances by number. A number may be asked for more than once.
    pub async fn provenances(&self, db: &impl ConnectionTrait, ids: &[i64]) -> Result<Provenances> {
        let (mut found, missing) = known(&self.provenances, ids);
        for chunk in missing.chunks(5000) {
            let condition = Expr::col(Alias::new("id")).is_in(chunk.iter().copied());
            for (id, provenance) in read(db, condition).await? {
                found.insert(id, Arc::new(provenance));
            }
        }
        Ok(found)
    }

    /// Keeps what a read at a committed state returned. What a transaction has written
    /// itself must not come here before it is committed.
    pub fn keep(&self, release_commits: &ReleaseCommitsById, provenances: &Provenances) {
        keep(&self.release_commits, release_commits);
        keep(&self.provenances, provenances);
    }
}

/// Numbers that mostly come many times in a row, once each time.
pub fn runs(ids: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut runs: Vec<i64> = Vec::new();
    for id in ids {
        if runs.last() != Some(&id) {
            runs.push(id);
        }
    }
    runs
}

/// Those that are cached, and the numbers of the others.
fn known<T: Send + Sync + 'static>(
    cache: &Cache<i64, Arc<T>>,
    ids: &[i64],
) -> (HashMap<i64, Arc<T>>, Vec<i64>) {
    let (mut found, mut missing) = (HashMap::new(), Vec::new());
    for id in ids {
        if found.contains_key(id) {
            continue;
        }
        match cache.get(id) {
            Some(item) => drop(found.insert(*id, item)),
            None => missing.push(*id),
        }
    }
    missing.sort_unstable();
    missing.dedup();
    (found, missing)
}

fn keep<T: Send + Sync + 'static>(cache: &Cache<i64, Arc<T>>, items: &HashMap<i64, Arc<T>>) {
    for (id, item) in items {
        // Putting one in costs much more than a look.
        if !cache.contains_key(id) {
            cache.insert(*id, Arc::clone(item));
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    source: String,
    originator: String,
    unit: String,
    nature_class: i64,
}

/// All provenances of a source, with their numbers.
pub async fn of_source(db: &impl ConnectionTrait, source: &str) -> Result<Vec<(i64, Provenance)>> {
    read(db, Expr::col(Alias::new("source")).eq(source)).await
}

async fn read(
    db: &impl ConnectionTrait,
    condition: sea_orm::sea_query::SimpleExpr,
) -> Result<Vec<(i64, Provenance)>> {
    let columns = ["id", "source", "originator", "unit", "nature_class"];
    let select = Query::select()
        .columns(columns.map(Alias::new))
        .from(Alias::new("provenance"))
        .and_where(condition)
        .to_owned();
    let rows = Row::find_by_statement(db.get_database_backend().build(&select))
        .all(db)
        .await?;
    let provenance = |row: Row| {
        let provenance = Provenance {
            source: row.source,
            originator: row.originator,
            unit: row.unit,
            nature_class: row.nature_class,
        };
        (row.id, provenance)
    };
    Ok(rows.into_iter().map(provenance).collect())
}

/// What is not there although a claim points to it.
pub fn lost(what: &str, id: i64) -> Error {
    Error::internal(anyhow::anyhow!("{what} {id} is missing"))
}
