//! What is known of the series of a batch before it is written.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use figure::Period;
use rpc::Result;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement as Sql};

use super::stated::{self, Kept, Stated};
use super::{Row, SourceSeries};
use crate::claim::{Columns, Statement};
use crate::head::Head;
use crate::history::{self, Version};
use crate::read::{self, ClaimRow, Texts};
use crate::release::{self, Release};
use crate::release_commits::{
    self, Provenance, Provenances, ReleaseCommit, ReleaseCommits, ReleaseCommitsById,
};
use crate::series::{self, Series};

/// Heads by series, with `known_max` and `commit_max`.
pub(super) type Heads = HashMap<i64, (i64, i64, Head)>;

/// All versions of the figures of a series, by period and provenance.
type Histories = BTreeMap<(Period, i64), Vec<Version>>;

/// What is known of the series of a batch.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub series_by_id: HashMap<String, Series>,
    pub heads: Heads,
    pub stated: Stated,
    pub provenances: HashMap<Provenance, i64>,
    /// Of series about which something newer than the release is known.
    histories: HashMap<i64, Histories>,
    /// The words of figures, of series that have figures in words alone.
    words: HashMap<i64, Texts>,
    /// When the newest figure of such a series and provenance became known.
    newest: HashMap<(i64, i64), i64>,
    release_commits_by_id: ReleaseCommitsById,
    /// Complete releases of the source that became known later than this one, oldest
    /// first, and whether they are finished.
    later: Vec<(Arc<Release>, bool)>,
}

impl Known {
    /// Reads what is known of these series, as far as it matters to `release`.
    pub async fn read(
        db: &impl ConnectionTrait,
        release_commits: &ReleaseCommits,
        release: &Release,
        series_ids: &[String],
    ) -> Result<Self> {
        let series_list = series::by_ids(db, series_ids).await?;
        let numbers: Vec<_> = series_list.iter().map(|series| series.number).collect();
        let mut known = Self {
            stated: stated::about(db, &numbers).await?,
            later: later_completes(db, release).await?,
            ..Self::default()
        };
        let mut newer = Vec::new();
        for (number, stored) in read::heads(db, &numbers).await? {
            if stored.known_max > release.known_at {
                newer.push(number);
            }
            let unpacked = (stored.known_max, stored.commit_max, stored.head()?);
            known.heads.insert(number, unpacked);
        }
        let rows = read::rows_of(db, release_commits, &newer, i64::MAX).await?;
        known.words = read::texts_of(db, &worded(&known.heads, &rows)).await?;
        for (number, rows) in rows {
            let words = known.words.get(&number);
            known.histories.insert(number, histories(&rows, words)?);
            for row in rows {
                let newest = known.newest.entry((number, row.provenance));
                let newest = newest.or_insert(row.known_at);
                *newest = (*newest).max(row.known_at);
            }
        }
        let heads = known.heads.values();
        let observations = heads.flat_map(|(_, _, head)| head.observations.values());
        let in_heads = observations
            .flat_map(|observation| observation.entries.iter().map(|e| e.release_commit));
        let versions = known.histories.values().flat_map(BTreeMap::values);
        let in_histories = versions.flatten().map(|version| version.release_commit);
        let ids = release_commits::runs(in_heads.chain(in_histories));
        known.release_commits_by_id = release_commits.by_id(db, &ids).await?;
        // Read before anything of this transaction is written, so all of it is committed.
        release_commits.keep(&known.release_commits_by_id, &Provenances::new());
        let of_source = release_commits::of_source(db, &release.source).await?;
        known.provenances = of_source.into_iter().map(|(id, p)| (p, id)).collect();
        known.series_by_id = series_list
            .into_iter()
            .map(|series| (series.id.clone(), series))
            .collect();
        Ok(known)
    }

    /// What is known of a source series. `ingest_id` is that of the ingest that asks.
    pub fn about<'a>(&'a self, source_series: &'a SourceSeries, ingest_id: &str) -> About<'a> {
        let series = self
            .series_by_id
            .get(&source_series.series_id)
            .map(|series| series.number);
        let numbers = series.zip(self.provenances.get(&source_series.provenance).copied());
        let stated = numbers.and_then(|(series, provenance)| {
            // Most ingests are partial and keep nothing: no key is made for them.
            let any = !self.stated.is_empty();
            any.then(|| (series, provenance, ingest_id.to_owned()))
        });
        About {
            known: self,
            source_series,
            numbers,
            head: series.and_then(|series| Some(&self.heads.get(&series)?.2)),
            histories: series.and_then(|series| self.histories.get(&series)),
            stated: stated.and_then(|key| self.stated.get(&key)),
        }
    }

    /// Live figures of the release's source on a series, in force when it became known.
    pub fn in_force(
        &self,
        series: &Series,
        release: &Release,
    ) -> Result<Vec<(Arc<SourceSeries>, Period, Statement)>> {
        let mut found = Vec::new();
        let Some((_, _, head)) = self.heads.get(&series.number) else {
            return Ok(found);
        };
        for (provenance, id) in &self.provenances {
            let source_series = SourceSeries::new(series.key.clone(), provenance.clone());
            let about = self.about(&source_series, "");
            let observations = head.observations.iter();
            for (period, _) in
                observations.filter(|(_, observation)| observation.entry(*id).is_some())
            {
                let versions = about.history(*period)?;
                let live = history::in_force(&versions, release.known_at)
                    .filter(|v| !v.statement.is_withdrawal());
                if let Some(version) = live {
                    found.push((
                        Arc::clone(&source_series),
                        *period,
                        version.statement.clone(),
                    ));
                }
            }
        }
        Ok(found)
    }

    /// Whether an ingest has stated an observation before.
    pub fn has_stated(
        &self,
        ingest_id: &str,
        source_series: &SourceSeries,
        period: Period,
    ) -> bool {
        self.about(source_series, ingest_id).has_stated(period)
    }
}

/// What is known of one source series.
pub(super) struct About<'a> {
    known: &'a Known,
    source_series: &'a SourceSeries,
    /// Of its series and its provenance, once both have them.
    numbers: Option<(i64, i64)>,
    head: Option<&'a Head>,
    /// Where something newer than the release is known of the series.
    histories: Option<&'a Histories>,
    /// What the ingest has stated before.
    stated: Option<&'a Kept>,
}

impl<'a> About<'a> {
    /// Whether a plain number is in force already, and if so whether it is spelled
    /// otherwise. Answers nothing where only a look at the history can tell.
    pub fn is_already_so(&self, row: &Row, release: &Release) -> Option<bool> {
        let (_, provenance) = self.numbers.filter(|_| self.histories.is_none())?;
        let entry = self
            .head?
            .observations
            .get(&row.period)?
            .entry(provenance)?;
        let known = entry.columns.plain()?;
        let said = Columns::from(&row.statement).plain()?;
        let release_commit = self
            .known
            .release_commits_by_id
            .get(&entry.release_commit)?;
        let same = known == said && release_commit.known_at <= release.known_at;
        same.then(|| !known.same_spelling(&said))
    }

    /// The versions of a period, as far as they can matter: where nothing of the series is
    /// newer than the release, the latest one is enough.
    pub fn history(&self, period: Period) -> Result<Cow<'a, [Version]>> {
        let Some((series, provenance)) = self.numbers else {
            return Ok(Cow::default());
        };
        if let Some(histories) = self.histories {
            let own = histories.get(&(period, provenance));
            return Ok(own.map(Vec::as_slice).unwrap_or_default().into());
        }
        let observation = self.head.and_then(|head| head.observations.get(&period));
        let Some(entry) = observation.and_then(|observation| observation.entry(provenance)) else {
            return Ok(Cow::default());
        };
        let known = self.known;
        let lost = || release_commits::lost("release commit", entry.release_commit);
        let release_commit = known
            .release_commits_by_id
            .get(&entry.release_commit)
            .ok_or_else(lost)?;
        let words = said(
            known.words.get(&series),
            &entry.columns,
            (period, release_commit.id),
        );
        let latest = Version {
            known_at: release_commit.known_at,
            commit: release_commit.commit_number,
            release_commit: release_commit.id,
            statement: entry.columns.statement(words)?,
        };
        Ok(vec![latest].into())
    }

    /// The release commit a version stands on.
    pub fn release_commit(&self, version: &Version) -> Option<&ReleaseCommit> {
        self.known
            .release_commits_by_id
            .get(&version.release_commit)
            .map(Arc::as_ref)
    }

    /// Whether figures of the source series are known that are newer than the release.
    pub fn has_newer(&self, release: &Release) -> bool {
        let newest = self.numbers.and_then(|at| self.known.newest.get(&at));
        newest.is_some_and(|newest| *newest > release.known_at)
    }

    /// The next complete release that speaks of an observation, said or left implicit.
    pub fn next_complete(&self, period: Period) -> Option<&Arc<Release>> {
        let speaks = |(release, finished): &&(Arc<Release>, bool)| {
            let named = *finished && release.scope.contains(&self.source_series.series.indicator);
            let said = |at| stated::by_release(&self.known.stated, at, &release.id, period);
            named || self.numbers.is_some_and(said)
        };
        let next = self.known.later.iter().find(speaks);
        next.map(|(release, _)| release)
    }

    /// Whether the ingest has stated this observation before.
    pub fn has_stated(&self, period: Period) -> bool {
        self.stated
            .is_some_and(|kept| kept.periods.contains(&period))
    }
}

/// Series that have figures in words alone.
fn worded(heads: &Heads, rows: &HashMap<i64, Vec<ClaimRow>>) -> Vec<i64> {
    let in_head = |head: &Head| {
        let mut entries = head
            .observations
            .values()
            .flat_map(|observation| &observation.entries);
        entries.any(|entry| entry.columns.is_worded())
    };
    let in_rows = |series: &i64| {
        let mut rows = rows.get(series).into_iter().flatten();
        rows.any(|row| row.columns.is_worded())
    };
    let series_list = heads.iter();
    let series_list = series_list.filter(|(series, (_, _, head))| in_head(head) || in_rows(series));
    series_list.map(|(series, _)| *series).collect()
}

/// The words of a figure that has nothing else.
fn said(words: Option<&Texts>, columns: &Columns, place: (Period, i64)) -> Option<String> {
    let text = words.filter(|_| columns.is_worded())?.get(&place)?;
    Some(text.as_published.clone())
}

fn histories(rows: &[ClaimRow], words: Option<&Texts>) -> Result<Histories> {
    let mut histories = Histories::new();
    for row in rows {
        let version = Version {
            known_at: row.known_at,
            commit: row.commit,
            release_commit: row.release_commit,
            statement: row.columns.statement(said(
                words,
                &row.columns,
                (row.period, row.release_commit),
            ))?,
        };
        let observation = histories.entry((row.period, row.provenance)).or_default();
        observation.push(version);
    }
    Ok(histories)
}

#[derive(FromQueryResult)]
struct Later {
    release: String,
    finished: bool,
}

async fn later_completes(
    db: &impl ConnectionTrait,
    release: &Release,
) -> Result<Vec<(Arc<Release>, bool)>> {
    let read = Sql::from_sql_and_values(
        db.get_database_backend(),
        "SELECT r.name AS release, \
         EXISTS (SELECT 1 FROM completed WHERE completed.release = r.name) AS finished \
         FROM release r WHERE r.source = $1 AND r.known_at > $2 AND r.until_commit = $3 ORDER BY r.known_at, r.name",
        [
            release.source.clone().into(),
            release.known_at.into(),
            i64::MAX.into(),
        ],
    );
    let names = Later::find_by_statement(read).all(db).await?;
    let ids: Vec<_> = names.iter().map(|later| later.release.clone()).collect();
    let all = release::get_many(db, &ids, i64::MAX - 1).await?;
    let mut by_id: HashMap<_, _> = all.into_iter().map(|r| (r.id.clone(), r)).collect();
    let complete = names.into_iter().filter_map(|later| {
        let release = by_id.remove(&later.release).filter(|r| r.complete)?;
        Some((Arc::new(release), later.finished))
    });
    Ok(complete.collect())
}
