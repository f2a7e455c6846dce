//! What a batch would change, from reads alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use figure::Period;
use rpc::{Error, Reason, Result};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement as Sql};

use super::stated::{self, Stated};
use super::{Counts, Load, Row, RowErrors, SeriesKey};
use crate::books::{self, Books, Provenance, Sheet};
use crate::claim::{Statement, Text};
use crate::head::Head;
use crate::history::{self, Version};
use crate::line::{self, Line};
use crate::read::{self, ClaimRow};
use crate::release::{self, Release};

/// A claim to be written.
#[derive(Debug, Clone)]
pub(super) struct Write {
    pub series: SeriesKey,
    pub period: Period,
    /// The release that states it; a later one for what that one had left implicit.
    pub release: Release,
    pub statement: Statement,
    pub text: Text,
    /// When the newest claim of its series and period became known before.
    pub newest_known: i64,
}

/// What a batch would change.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub writes: Vec<Write>,
    pub counts: Counts,
    pub errors: RowErrors,
    /// Periods that the release states, beside those kept already.
    pub stated: BTreeMap<SeriesKey, BTreeSet<Period>>,
    pub known: Known,
}

/// Heads by line, with `known_max` and `commit_max`.
pub(super) type Heads = HashMap<i64, (i64, i64, Head)>;

/// What is known of the lines of a batch.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub lines: HashMap<String, Line>,
    pub heads: Heads,
    pub stated: Stated,
    pub provenances: HashMap<Provenance, i64>,
    rows: HashMap<i64, Vec<ClaimRow>>,
    sheets: HashMap<i64, Sheet>,
    /// Complete releases of the source that became known later than this one, oldest
    /// first.
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
        for (number, stored) in read::heads(db, &numbers).await? {
            if stored.known_max > release.known_at {
                let rows = read::rows(db, number, i64::MAX).await?;
                known.rows.insert(number, rows);
            }
            let unpacked = (stored.known_max, stored.commit_max, stored.head()?);
            known.heads.insert(number, unpacked);
        }
        let entries = known
            .heads
            .values()
            .flat_map(|(_, _, head)| head.cells.values());
        let ids = entries
            .flat_map(|cell| cell.entries.iter().map(|e| e.sheet))
            .collect();
        known.sheets = books.sheets(db, &ids).await?;
        let of_source = books::of_source(db, &release.source).await?;
        known.provenances = of_source.into_iter().map(|(id, p)| (p, id)).collect();
        known.lines = lines
            .into_iter()
            .map(|line| (line.id.clone(), line))
            .collect();
        Ok(known)
    }

    fn series(&self, series: &SeriesKey) -> Option<(i64, i64)> {
        let line = self.lines.get(&series.line.id())?;
        let provenance = self.provenances.get(&series.provenance)?;
        Some((line.number, *provenance))
    }

    /// The versions of one series and period, as far as they can matter: where nothing of
    /// the line is newer than the release, the latest one is enough.
    fn history(&self, series: &SeriesKey, period: Period) -> Result<Vec<Version>> {
        let Some((line, provenance)) = self.series(series) else {
            return Ok(Vec::new());
        };
        if let Some(rows) = self.rows.get(&line) {
            let own = rows
                .iter()
                .filter(|r| r.period == period && r.provenance == provenance);
            return own.map(version).collect();
        }
        let head = self.heads.get(&line).map(|(_, _, head)| head);
        let cell = head.and_then(|head| head.cells.get(&period));
        let Some(entry) = cell.and_then(|cell| cell.entry(provenance)) else {
            return Ok(Vec::new());
        };
        let sheet = self
            .sheets
            .get(&entry.sheet)
            .ok_or_else(|| books::lost("sheet", entry.sheet))?;
        Ok(vec![Version {
            known_at: sheet.known_at,
            commit: sheet.commit_number,
            sheet: sheet.id,
            statement: entry.columns.statement(None)?,
        }])
    }

    /// When the newest figure of a series became known.
    fn newest(&self, series: &SeriesKey) -> Option<i64> {
        let (line, provenance) = self.series(series)?;
        let rows = self.rows.get(&line)?;
        rows.iter()
            .filter(|r| r.provenance == provenance)
            .map(|r| r.known_at)
            .max()
    }

    /// The next complete release that speaks of this cell, said or left implicit.
    fn next_complete(&self, series: &SeriesKey, period: Period) -> Option<&Release> {
        let speaks = |(release, finished): &&(Release, bool)| {
            if *finished {
                return release.scope.contains(&series.line.indicator);
            }
            let kept = self.series(series).and_then(|(line, provenance)| {
                self.stated.get(&(release.id.clone(), line, provenance))
            });
            kept.is_some_and(|periods| periods.contains(&period))
        };
        self.later.iter().find(speaks).map(|(release, _)| release)
    }

    /// Live figures of the release's source on a line, in force when it became known.
    pub fn in_force(
        &self,
        line: &Line,
        release: &Release,
    ) -> Result<Vec<(SeriesKey, Period, Statement)>> {
        let mut found = Vec::new();
        let Some((_, _, head)) = self.heads.get(&line.number) else {
            return Ok(found);
        };
        for (period, cell) in &head.cells {
            for (provenance, id) in &self.provenances {
                if cell.entry(*id).is_none() {
                    continue;
                }
                let series = SeriesKey {
                    line: line.key.clone(),
                    provenance: provenance.clone(),
                };
                let versions = self.history(&series, *period)?;
                let live = history::in_force(&versions, release.known_at)
                    .filter(|v| !v.statement.is_withdrawal());
                if let Some(version) = live {
                    found.push((series, *period, version.statement.clone()));
                }
            }
        }
        Ok(found)
    }

    /// Whether the release, or this load of it, has stated this cell before.
    pub fn has_stated(&self, release: &Release, series: &SeriesKey, period: Period) -> bool {
        let key = self
            .series(series)
            .map(|(line, provenance)| (release.id.clone(), line, provenance));
        let kept = key.and_then(|key| self.stated.get(&key));
        kept.is_some_and(|periods| periods.contains(&period))
    }
}

fn version(row: &ClaimRow) -> Result<Version> {
    Ok(Version {
        known_at: row.known_at,
        commit: row.commit,
        sheet: row.sheet,
        statement: row.columns.statement(None)?,
    })
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

/// Plans rows of a batch.
pub(super) fn plan(load: &Load, rows: Vec<Row>, known: Known) -> Result<Plan> {
    let mut plan = Plan {
        known,
        ..Plan::default()
    };
    for (_, same_cell) in by_cell(rows) {
        match one_statement(same_cell) {
            Ok((row, repeats)) => {
                plan.counts.unchanged += repeats;
                plan.add(load, row)?;
            }
            Err(errors) => plan.errors.extend(errors),
        }
    }
    Ok(plan)
}

fn by_cell(rows: Vec<Row>) -> BTreeMap<(SeriesKey, Period), Vec<Row>> {
    let mut cells: BTreeMap<_, Vec<Row>> = BTreeMap::new();
    for row in rows {
        cells
            .entry((row.series.clone(), row.period))
            .or_default()
            .push(row);
    }
    cells
}

/// A figure printed twice is one claim with two places; two figures for one cell are an
/// error that names both.
fn one_statement(rows: Vec<Row>) -> std::result::Result<(Row, i64), RowErrors> {
    let mut rest = rows.into_iter();
    let Some(mut first) = rest.next() else {
        return Err(RowErrors::new());
    };
    let mut errors = RowErrors::new();
    let mut repeats = 0;
    for row in rest {
        if row.statement.says_the_same(&first.statement) {
            repeats += 1;
            first.text.locators.extend(row.text.locators);
            continue;
        }
        for (index, other) in [(first.index, row.index), (row.index, first.index)] {
            let message = format!(
                "row {other} gives another figure for the same series and period {}; the release must say which holds",
                first.period
            );
            errors.insert(
                index,
                Error::field(Reason::ClaimAmbiguous, "period", message),
            );
        }
    }
    if errors.is_empty() {
        Ok((first, repeats))
    } else {
        Err(errors)
    }
}

impl Plan {
    /// Plans one statement of the release that is loaded.
    pub fn add(&mut self, load: &Load, row: Row) -> Result<()> {
        let release = &load.release;
        if let Err(error) = self.admit(load, &row) {
            self.errors.insert(row.index, error);
            return Ok(());
        }
        let history = self.known.history(&row.series, row.period)?;
        let next = self.known.next_complete(&row.series, row.period).cloned();
        let known_at = next.as_ref().map(|next| next.known_at);
        let placement = history::place(&history, release.known_at, &row.statement, known_at);
        if release.complete {
            self.stated
                .entry(row.series.clone())
                .or_default()
                .insert(row.period);
        }
        if !placement.write {
            self.counts.unchanged += 1;
            self.counts.respelled += i64::from(placement.respelled);
            return Ok(());
        }
        match row.statement.is_withdrawal() {
            true => self.counts.withdrawn += 1,
            false => self.counts.written += 1,
        }
        let newest_known = history
            .iter()
            .map(|version| version.known_at)
            .max()
            .unwrap_or(i64::MIN);
        if let Some((next, statement)) = next.zip(placement.carry) {
            self.counts.made_explicit += 1;
            self.writes.push(Write {
                series: row.series.clone(),
                period: row.period,
                release: next,
                statement,
                text: Text::default(),
                newest_known,
            });
        }
        self.writes.push(Write {
            series: row.series,
            period: row.period,
            release: release.clone(),
            statement: row.statement,
            text: row.text,
            newest_known,
        });
        Ok(())
    }

    fn admit(&self, load: &Load, row: &Row) -> Result<()> {
        let release = &load.release;
        let newest = self.known.newest(&row.series);
        if !release.complete
            && !load.backfill
            && newest.is_some_and(|newest| newest > release.known_at)
        {
            return Err(Error::new(
                Reason::ReleaseOutOfOrder,
                format!(
                    "releases/{} is partial and older than the newest release of this series; set backfill if that is meant",
                    release.id
                ),
            ));
        }
        let before = self.known.history(&row.series, row.period)?;
        let own_load = |version: &Version| {
            let sheet = self.known.sheets.get(&version.sheet);
            sheet.is_some_and(|s| {
                !load.id.is_empty() && s.load_id == load.id && s.release == release.id
            })
        };
        let contradicts = |version: &&Version| {
            own_load(version) && !version.statement.says_the_same(&row.statement)
        };
        match before.iter().find(contradicts) {
            None => Ok(()),
            Some(_) => Err(Error::field(
                Reason::ClaimAmbiguous,
                "period",
                format!(
                    "an earlier batch of this load gave another figure for this series and period {}",
                    row.period
                ),
            )),
        }
    }
}
