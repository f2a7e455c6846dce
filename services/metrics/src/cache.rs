//! What was read before and is cached: all of it states of one commit, which never
//! change.

use std::collections::BTreeSet;
use std::sync::Arc;

use moka::sync;
use proto::metrics::v1::GetSeriesResponse;
use rpc::Result;
use store::{GroupRead, ResponseCache};

use crate::Metrics;
use crate::claim_set::Releases;
use crate::definition::{self, Definitions};
use crate::read::{self, ClaimRow, Figures, Position, StoredHead};
use crate::release;
use crate::series::{self, Series};
use crate::service::{Place, Wanted};

/// Reads of heads, and of rows, at the same time.
const AT_ONCE: usize = 2;

/// All that the answer about a series depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    /// Id of the series.
    pub series: String,
    /// Where the read stands.
    pub position: Position,
    /// Which figures are wanted, and how.
    pub wanted: Wanted,
    /// Where the answer begins, if it is a later page.
    pub start: Option<Place>,
    /// How many figures it has at most.
    pub size: usize,
}

/// What is cached, and what is being read. Cloning costs a few reference counts.
#[derive(Debug, Clone)]
pub struct Cache {
    /// Answers about series, without the token of their snapshot, and with the place of the
    /// next page instead of its token.
    pub answers: ResponseCache<Question, GetSeriesResponse>,
    /// Which version of the definitions a commit sees.
    versions: sync::Cache<i64, i64>,
    definitions: sync::Cache<i64, Arc<Definitions>>,
    releases: sync::Cache<(i64, String), Arc<release::Release>>,
    series: sync::Cache<String, Arc<Series>>,
    heads: GroupRead<i64, StoredHead>,
    rows: GroupRead<i64, Arc<Vec<ClaimRow>>>,
}

impl Cache {
    /// Caches up to so many megabytes of answers.
    pub fn new(megabytes: u32) -> Self {
        Self {
            answers: ResponseCache::new(megabytes),
            versions: sync::Cache::new(1000),
            definitions: sync::Cache::new(64),
            releases: sync::Cache::new(1000),
            series: sync::Cache::new(20_000),
            heads: GroupRead::new(AT_ONCE),
            rows: GroupRead::new(AT_ONCE),
        }
    }
}

impl Metrics {
    /// All definitions as of a commit.
    pub(crate) async fn definitions(&self, commit: i64) -> Result<Arc<Definitions>> {
        let db = self.store.reader();
        let version = match self.cache.versions.get(&commit) {
            Some(version) => version,
            None => {
                let version = definition::version(db, commit).await?;
                // A commit that is still to come may see another one.
                if commit != i64::MAX {
                    self.cache.versions.insert(commit, version);
                }
                version
            }
        };
        if let Some(definitions) = self.cache.definitions.get(&version) {
            return Ok(definitions);
        }
        let loaded = definition::load(db, version).await?;
        self.cache.definitions.insert(version, Arc::clone(&loaded));
        Ok(loaded)
    }

    /// The series with this id, if it had claims at the commit.
    pub(crate) async fn known_series(&self, id: &str, commit: i64) -> Result<Arc<Series>> {
        let known = self.cache.series.get(id);
        if let Some(series) = known.filter(|series| series.from_commit <= commit) {
            return Ok(series);
        }
        let series = Arc::new(series::get(self.store.reader(), id, commit).await?);
        self.cache.series.insert(id.to_owned(), Arc::clone(&series));
        Ok(series)
    }

    /// The live claims of a series. Calls at the same moment read together.
    pub(crate) async fn figures_of(&self, series: i64, position: Position) -> Result<Figures> {
        let (db, release_commits) = (self.store.reader(), &self.release_commits);
        let read = async |series_list: Vec<i64>| read::heads(db, &series_list).await;
        let Some(head) = self.cache.heads.get(series, read).await? else {
            return Ok(Figures::default());
        };
        let observations = match head.live(position)? {
            Some(live) => live,
            None => {
                let read = async |series_list: Vec<i64>| {
                    let rows = read::rows_of(db, release_commits, &series_list, i64::MAX).await?;
                    Ok(rows
                        .into_iter()
                        .map(|(series, rows)| (series, Arc::new(rows)))
                        .collect())
                };
                let rows = self.cache.rows.get(series, read).await?;
                read::fold(&rows.unwrap_or_default(), position)
            }
        };
        let mut figures =
            read::attach(db, release_commits, [(series, observations)].into()).await?;
        Ok(figures.remove(&series).unwrap_or_default())
    }

    /// Releases by id or name, as of a commit.
    pub(crate) async fn releases_named<'a>(
        &self,
        names: impl Iterator<Item = &'a str>,
        commit: i64,
    ) -> Result<Releases> {
        let ids = names.map(|name| name.strip_prefix("releases/").unwrap_or(name));
        let ids: BTreeSet<_> = ids.map(str::to_owned).collect();
        let (mut found, mut missing) = (Releases::new(), Vec::new());
        for id in ids {
            let place = (commit, id);
            match self.cache.releases.get(&place) {
                Some(release) => drop(found.insert(place.1, release)),
                None => missing.push(place.1),
            }
        }
        for release in release::get_many(self.store.reader(), &missing, commit).await? {
            let (place, release) = ((commit, release.id.clone()), Arc::new(release));
            found.insert(place.1.clone(), Arc::clone(&release));
            self.cache.releases.insert(place, release);
        }
        Ok(found)
    }
}
