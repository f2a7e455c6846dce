//! What is known of the lines of a batch before it is written.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use figure::Period;
use rpc::Result;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement as Sql};

use super::SeriesKey;
use super::stated::{self, Stated};
use crate::books::{self, Books, Provenance, Sheet};
use crate::claim::{Columns, Statement};
use crate::head::Head;
use crate::history::{self, Version};
use crate::line::{self, Line};
use crate::read::{self, ClaimRow, Texts};
use crate::release::{self, Release};

/// Heads by line, with `known_max` and `commit_max`.
pub(super) type Heads = HashMap<i64, (i64, i64, Head)>;

/// All versions of the figures of a line, by period and provenance.
type Histories = BTreeMap<(Period, i64), Vec<Version>>;

/// What is known of the lines of a batch.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub lines: HashMap<String, Line>,
    pub heads: Heads,
    pub stated: Stated,
    pub provenances: HashMap<Provenance, i64>,
    /// Of lines about which something newer than the release is known.
    histories: HashMap<i64, Histories>,
    /// The words of figures, of lines that have figures in words alone.
    words: HashMap<i64, Texts>,
    /// When the newest figure of such a line and provenance became known.
    newest: HashMap<(i64, i64), i64>,
    sheets: HashMap<i64, Sheet>,
    /// Complete releases of the source that became known later than this one, oldest
    /// first, and whether they are finished.
    later: Vec<(Release, bool)>,
}

impl Known {
    /// Reads what is known of these lines, as far as it matters to `release`.
    pub async fn read(
        db: &impl ConnectionTrait,
        books: &Books,
        release: &Release,
        line_ids: &[String],
    ) -> Result<Self> {
        let lines = line::by_ids(db, line_ids).await?;
        let numbers: Vec<_> = lines.iter().map(|line| line.number).collect();
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
        let rows = read::rows_of(db, books, &newer, i64::MAX).await?;
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
        let cells = heads.flat_map(|(_, _, head)| head.cells.values());
        let in_heads = cells.flat_map(|cell| cell.entries.iter().map(|e| e.sheet));
        let versions = known.histories.values().flat_map(BTreeMap::values);
        let in_histories = versions.flatten().map(|version| version.sheet);
        let ids = in_heads.chain(in_histories).collect();
        known.sheets = books.sheets(db, &ids).await?;
        let of_source = books::of_source(db, &release.source).await?;
        known.provenances = of_source.into_iter().map(|(id, p)| (p, id)).collect();
        known.lines = lines
            .into_iter()
            .map(|line| (line.id.clone(), line))
            .collect();
        Ok(known)
    }

    fn numbers(&self, series: &SeriesKey) -> Option<(i64, i64)> {
        let line = self.lines.get(&series.line_id)?;
        let provenance = self.provenances.get(&series.provenance)?;
        Some((line.number, *provenance))
    }

    /// The versions of one series and period, as far as they can matter: where nothing of
    /// the line is newer than the release, the latest one is enough.
    pub fn history(&self, series: &SeriesKey, period: Period) -> Result<Cow<'_, [Version]>> {
        let Some((line, provenance)) = self.numbers(series) else {
            return Ok(Cow::default());
        };
        if let Some(histories) = self.histories.get(&line) {
            let own = histories.get(&(period, provenance));
            return Ok(own.map(Vec::as_slice).unwrap_or_default().into());
        }
        let head = self.heads.get(&line).map(|(_, _, head)| head);
        let cell = head.and_then(|head| head.cells.get(&period));
        let Some(entry) = cell.and_then(|cell| cell.entry(provenance)) else {
            return Ok(Cow::default());
        };
        let sheet = self
            .sheets
            .get(&entry.sheet)
            .ok_or_else(|| books::lost("sheet", entry.sheet))?;
        let latest = Version {
            known_at: sheet.known_at,
            commit: sheet.commit_number,
            sheet: sheet.id,
            statement: entry.columns.statement(said(
                self.words.get(&line),
                &entry.columns,
                (period, sheet.id),
            ))?,
        };
        Ok(vec![latest].into())
    }

    /// The sheet a version stands on.
    pub fn sheet(&self, version: &Version) -> Option<&Sheet> {
        self.sheets.get(&version.sheet)
    }

    /// Whether figures of a series are known that are newer than the release.
    pub fn has_newer(&self, series: &SeriesKey, release: &Release) -> bool {
        let newest = self
            .numbers(series)
            .and_then(|numbers| self.newest.get(&numbers));
        newest.is_some_and(|newest| *newest > release.known_at)
    }

    /// The next complete release that speaks of this cell, said or left implicit.
    pub fn next_complete(&self, series: &SeriesKey, period: Period) -> Option<&Release> {
        let speaks = |(release, finished): &&(Release, bool)| {
            let named = *finished && release.scope.contains(&series.line.indicator);
            let numbers = self.numbers(series);
            named
                || numbers.is_some_and(|(line, provenance)| {
                    stated::by_release(&self.stated, (line, provenance), &release.id, period)
                })
        };
        self.later.iter().find(speaks).map(|(release, _)| release)
    }

    /// Live figures of the release's source on a line, in force when it became known.
    pub fn in_force(
        &self,
        line: &Line,
        release: &Release,
    ) -> Result<Vec<(Arc<SeriesKey>, Period, Statement)>> {
        let mut found = Vec::new();
        let Some((_, _, head)) = self.heads.get(&line.number) else {
            return Ok(found);
        };
        for (provenance, id) in &self.provenances {
            let series = SeriesKey::new(line.key.clone(), provenance.clone());
            let cells = head.cells.iter();
            for (period, _) in cells.filter(|(_, cell)| cell.entry(*id).is_some()) {
                let versions = self.history(&series, *period)?;
                let live = history::in_force(&versions, release.known_at)
                    .filter(|v| !v.statement.is_withdrawal());
                if let Some(version) = live {
                    found.push((Arc::clone(&series), *period, version.statement.clone()));
                }
            }
        }
        Ok(found)
    }

    /// Whether this load has stated this cell before.
    pub fn has_stated(&self, load_id: &str, series: &SeriesKey, period: Period) -> bool {
        self.numbers(series).is_some_and(|(line, provenance)| {
            let kept = self.stated.get(&(line, provenance, load_id.to_owned()));
            kept.is_some_and(|kept| kept.periods.contains(&period))
        })
    }
}

/// Lines that have figures in words alone.
fn worded(heads: &Heads, rows: &HashMap<i64, Vec<ClaimRow>>) -> Vec<i64> {
    let in_head = |head: &Head| {
        let mut entries = head.cells.values().flat_map(|cell| &cell.entries);
        entries.any(|entry| entry.columns.is_worded())
    };
    let in_rows = |line: &i64| {
        let mut rows = rows.get(line).into_iter().flatten();
        rows.any(|row| row.columns.is_worded())
    };
    let lines = heads.iter();
    let lines = lines.filter(|(line, (_, _, head))| in_head(head) || in_rows(line));
    lines.map(|(line, _)| *line).collect()
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
            sheet: row.sheet,
            statement: row
                .columns
                .statement(said(words, &row.columns, (row.period, row.sheet)))?,
        };
        let cell = histories.entry((row.period, row.provenance)).or_default();
        cell.push(version);
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
) -> Result<Vec<(Release, bool)>> {
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
        Some((release, later.finished))
    });
    Ok(complete.collect())
}
