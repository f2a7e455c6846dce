//! What is known of the lines of a batch before it is written.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use figure::Period;
use rpc::Result;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement as Sql};

use super::stated::{self, Kept, Stated};
use super::{Row, SeriesKey};
use crate::books::{self, Books, Provenance, Provenances, Sheet, Sheets};
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
    sheets: Sheets,
    /// Complete releases of the source that became known later than this one, oldest
    /// first, and whether they are finished.
    later: Vec<(Arc<Release>, bool)>,
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
        let ids = books::runs(in_heads.chain(in_histories));
        known.sheets = books.sheets(db, &ids).await?;
        // Read before anything of this transaction is written, so all of it is committed.
        books.keep(&known.sheets, &Provenances::new());
        let of_source = books::of_source(db, &release.source).await?;
        known.provenances = of_source.into_iter().map(|(id, p)| (p, id)).collect();
        known.lines = lines
            .into_iter()
            .map(|line| (line.id.clone(), line))
            .collect();
        Ok(known)
    }

    /// What is known of a series. `load_id` is that of the load that asks.
    pub fn about<'a>(&'a self, series: &'a SeriesKey, load_id: &str) -> About<'a> {
        let line = self.lines.get(&series.line_id).map(|line| line.number);
        let numbers = line.zip(self.provenances.get(&series.provenance).copied());
        let stated = numbers.and_then(|(line, provenance)| {
            // Most loads are partial and keep nothing: no key is made for them.
            let any = !self.stated.is_empty();
            any.then(|| (line, provenance, load_id.to_owned()))
        });
        About {
            known: self,
            series,
            numbers,
            head: line.and_then(|line| Some(&self.heads.get(&line)?.2)),
            histories: line.and_then(|line| self.histories.get(&line)),
            stated: stated.and_then(|key| self.stated.get(&key)),
        }
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
            let about = self.about(&series, "");
            let cells = head.cells.iter();
            for (period, _) in cells.filter(|(_, cell)| cell.entry(*id).is_some()) {
                let versions = about.history(*period)?;
                let live = history::in_force(&versions, release.known_at)
                    .filter(|v| !v.statement.is_withdrawal());
                if let Some(version) = live {
                    found.push((Arc::clone(&series), *period, version.statement.clone()));
                }
            }
        }
        Ok(found)
    }

    /// Whether a load has stated a cell before.
    pub fn has_stated(&self, load_id: &str, series: &SeriesKey, period: Period) -> bool {
        self.about(series, load_id).has_stated(period)
    }
}

/// What is known of one series.
pub(super) struct About<'a> {
    known: &'a Known,
    series: &'a SeriesKey,
    /// Of its line and its provenance, once both have them.
    numbers: Option<(i64, i64)>,
    head: Option<&'a Head>,
    /// Where something newer than the release is known of the line.
    histories: Option<&'a Histories>,
    /// What the load has stated before.
    stated: Option<&'a Kept>,
}

impl<'a> About<'a> {
    /// Whether a plain number is in force already, and if so whether it is spelled
    /// otherwise. Answers nothing where only a look at the history can tell.
    pub fn is_already_so(&self, row: &Row, release: &Release) -> Option<bool> {
        let (_, provenance) = self.numbers.filter(|_| self.histories.is_none())?;
        let entry = self.head?.cells.get(&row.period)?.entry(provenance)?;
        let known = entry.columns.plain()?;
        let said = Columns::from(&row.statement).plain()?;
        let sheet = self.known.sheets.get(&entry.sheet)?;
        let same = known == said && sheet.known_at <= release.known_at;
        same.then(|| !known.same_spelling(&said))
    }

    /// The versions of a period, as far as they can matter: where nothing of the line is
    /// newer than the release, the latest one is enough.
    pub fn history(&self, period: Period) -> Result<Cow<'a, [Version]>> {
        let Some((line, provenance)) = self.numbers else {
            return Ok(Cow::default());
        };
        if let Some(histories) = self.histories {
            let own = histories.get(&(period, provenance));
            return Ok(own.map(Vec::as_slice).unwrap_or_default().into());
        }
        let cell = self.head.and_then(|head| head.cells.get(&period));
        let Some(entry) = cell.and_then(|cell| cell.entry(provenance)) else {
            return Ok(Cow::default());
        };
        let known = self.known;
        let lost = || books::lost("sheet", entry.sheet);
        let sheet = known.sheets.get(&entry.sheet).ok_or_else(lost)?;
        let words = said(known.words.get(&line), &entry.columns, (period, sheet.id));
        let latest = Version {
            known_at: sheet.known_at,
            commit: sheet.commit_number,
            sheet: sheet.id,
            statement: entry.columns.statement(words)?,
        };
        Ok(vec![latest].into())
    }

    /// The sheet a version stands on.
    pub fn sheet(&self, version: &Version) -> Option<&Sheet> {
        self.known.sheets.get(&version.sheet).map(Arc::as_ref)
    }

    /// Whether figures of the series are known that are newer than the release.
    pub fn has_newer(&self, release: &Release) -> bool {
        let newest = self.numbers.and_then(|at| self.known.newest.get(&at));
        newest.is_some_and(|newest| *newest > release.known_at)
    }

    /// The next complete release that speaks of a cell, said or left implicit.
    pub fn next_complete(&self, period: Period) -> Option<&Arc<Release>> {
        let speaks = |(release, finished): &&(Arc<Release>, bool)| {
            let named = *finished && release.scope.contains(&self.series.line.indicator);
            let said = |at| stated::by_release(&self.known.stated, at, &release.id, period);
            named || self.numbers.is_some_and(said)
        };
        let next = self.known.later.iter().find(speaks);
        next.map(|(release, _)| release)
    }

    /// Whether the load has stated this cell before.
    pub fn has_stated(&self, period: Period) -> bool {
        self.stated
            .is_some_and(|kept| kept.periods.contains(&period))
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
