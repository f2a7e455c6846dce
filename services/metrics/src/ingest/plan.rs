//! What a batch would change, from reads alone.

use std::collections::{BTreeSet, HashMap};
use std::ptr;
use std::sync::Arc;

use figure::Period;
use rpc::{Error, Reason, Result};

use super::known::{About, Known};
use super::{Counts, Load, Row, RowErrors, SeriesKey, Statements};
use crate::claim::{Statement, Text};
use crate::history::{self, Version};
use crate::release::Release;

/// The claims of one series that are to be written.
#[derive(Debug)]
pub(super) struct Writes {
    pub series: Arc<SeriesKey>,
    pub claims: Vec<Write>,
}

/// A claim to be written.
#[derive(Debug, Clone)]
pub(super) struct Write {
    pub period: Period,
    /// The release that states it; a later one for what that one had left implicit.
    pub release: Arc<Release>,
    pub statement: Statement,
    pub text: Option<Box<Text>>,
    /// When the newest claim of its series and period became known before.
    pub newest_known: i64,
}

/// What a batch would change.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub writes: Vec<Writes>,
    pub counts: Counts,
    pub errors: RowErrors,
    /// What a complete release states, beside what is kept already.
    pub stated: Statements,
    pub known: Known,
}

impl Plan {
    /// The series that get claims.
    pub fn series(&self) -> impl Iterator<Item = &SeriesKey> {
        self.writes.iter().map(|writes| writes.series.as_ref())
    }
}

/// Plans rows of a batch.
pub(super) fn plan(load: &Load, rows: &[Row], known: Known) -> Result<Plan> {
    let mut plan = Plan::default();
    for rows in by_series(rows) {
        let series = &rows[0].series;
        let mut planned = Planned {
            load,
            about: known.about(series, &load.id),
            claims: Vec::new(),
            stated: BTreeSet::new(),
            plan: &mut plan,
        };
        for same_cell in rows.chunk_by(|a, b| a.period == b.period) {
            planned.cell(same_cell)?;
        }
        let (claims, stated) = (planned.claims, planned.stated);
        if !claims.is_empty() {
            let series = Arc::clone(series);
            plan.writes.push(Writes { series, claims });
        }
        if !stated.is_empty() {
            plan.stated.insert(Arc::clone(series), stated);
        }
    }
    plan.known = known;
    Ok(plan)
}

/// Rows by series, of each by period and then in their order; one at least.
fn by_series(rows: &[Row]) -> Vec<Vec<&Row>> {
    let mut series: Vec<Vec<&Row>> = Vec::new();
    let mut places: HashMap<&SeriesKey, usize> = HashMap::new();
    let mut last: Option<(&SeriesKey, usize)> = None;
    for row in rows {
        // Most rows follow one of the same series, which a look at its address tells.
        let key = row.series.as_ref();
        let place = match last {
            Some((known, place)) if ptr::eq(known, key) => place,
            _ => *places.entry(key).or_insert(series.len()),
        };
        last = Some((key, place));
        match series.get_mut(place) {
            Some(rows) => rows.push(row),
            None => series.push(vec![row]),
        }
    }
    for rows in &mut series {
        if !rows.is_sorted_by_key(|row| row.period) {
            rows.sort_by_key(|row| row.period);
        }
    }
    series
}

/// Planning the rows of one series.
struct Planned<'a> {
    load: &'a Load,
    about: About<'a>,
    claims: Vec<Write>,
    stated: BTreeSet<Period>,
    plan: &'a mut Plan,
}

impl Planned<'_> {
    /// Plans what is said of one cell.
    fn cell(&mut self, rows: &[&Row]) -> Result<()> {
        let counts = &mut self.plan.counts;
        if let [row] = rows
            && let Some(respelled) = self.about.is_already_so(row, &self.load.release)
        {
            counts.unchanged += 1;
            counts.respelled += i64::from(respelled);
            self.note_stated(row.period);
            return Ok(());
        }
        let row = match one_statement(rows) {
            Ok(row) => row,
            Err(errors) => {
                self.plan.errors.extend(errors);
                return Ok(());
            }
        };
        let history = self.about.history(row.period)?;
        if let Err(error) = self.admit(&row, &history) {
            let errors = rows.iter().map(|row| (row.index, error.clone()));
            self.plan.errors.extend(errors);
            return Ok(());
        }
        self.plan.counts.unchanged += rows.len() as i64 - 1;
        self.add(row, &history);
        Ok(())
    }

    /// Plans one statement of the release that is loaded.
    fn add(&mut self, row: Row, history: &[Version]) {
        let release = &self.load.release;
        let next = self.about.next_complete(row.period).cloned();
        let known_at = next.as_ref().map(|next| next.known_at);
        let placement = history::place(history, release.known_at, &row.statement, known_at);
        self.note_stated(row.period);
        let counts = &mut self.plan.counts;
        if !placement.write {
            counts.unchanged += 1;
            counts.respelled += i64::from(placement.respelled);
            return;
        }
        let before = history::in_force(history, release.known_at);
        let own = |version: &&Version| {
            let sheet = self.about.sheet(version);
            sheet.is_some_and(|sheet| sheet.release == release.id)
        };
        counts.corrected += i64::from(before.filter(own).is_some());
        match row.statement.is_withdrawal() {
            true => counts.withdrawn += 1,
            false => counts.written += 1,
        }
        let newest_known = history.iter().map(|version| version.known_at).max();
        let stated = Write {
            period: row.period,
            release: Arc::clone(release),
            statement: row.statement,
            text: row.text,
            newest_known: newest_known.unwrap_or(i64::MIN),
        };
        if let Some((next, statement)) = next.zip(placement.carry) {
            counts.made_explicit += 1;
            self.claims.push(Write {
                release: next,
                statement,
                text: None,
                ..stated
            });
        }
        self.claims.push(stated);
    }

    fn note_stated(&mut self, period: Period) {
        if self.load.release.complete {
            self.stated.insert(period);
        }
    }

    fn admit(&self, row: &Row, history: &[Version]) -> Result<()> {
        let (load, release) = (self.load, &self.load.release);
        if !release.complete && !load.backfill && self.about.has_newer(release) {
            // The same again is harmless: it writes nothing.
            let placement = history::place(history, release.known_at, &row.statement, None);
            if !placement.write {
                return Ok(());
            }
            let name = load.release_name();
            let message = format!(
                "{name} is partial and older than the newest release of this series; set backfill if that is meant"
            );
            return Err(Error::about(Reason::ReleaseOutOfOrder, name, message));
        }
        if self.contradicts(row, history) {
            return Err(Error::field(
                Reason::ClaimAmbiguous,
                "period",
                format!(
                    "an earlier batch of this load gave another figure for this series and period {}",
                    row.period
                ),
            ));
        }
        Ok(())
    }

    /// Whether an earlier batch of the load gave another figure for this cell: it wrote
    /// one, or stated the one that was in force.
    fn contradicts(&self, row: &Row, history: &[Version]) -> bool {
        let load = self.load;
        if load.id.is_empty() {
            return false;
        }
        let differs = |version: &Version| !version.statement.says_the_same(&row.statement);
        let of_this_load = |version: &Version| {
            let sheet = self.about.sheet(version);
            sheet.is_some_and(|s| s.load_id == load.id && s.release == load.release.id)
        };
        let written = history.iter().any(|v| of_this_load(v) && differs(v));
        let in_force = || history::in_force(history, load.release.known_at);
        written || self.about.has_stated(row.period) && in_force().is_some_and(differs)
    }
}

/// A figure printed twice is one claim with two places; two figures for one cell are an
/// error that names both.
fn one_statement(rows: &[&Row]) -> std::result::Result<Row, RowErrors> {
    let first = rows[0];
    let agrees = |row: &Row| row.statement.says_the_same(&first.statement);
    if let Some(odd) = rows.iter().find(|row| !agrees(row)) {
        let error = |row: &Row| {
            let other = if agrees(row) { odd } else { first };
            let message = format!(
                "is {} here and {} in row {} of this batch, for the same series and period {}; keep one of them",
                said(row),
                said(other),
                other.index,
                row.period
            );
            Error::field(Reason::ClaimAmbiguous, "period", message)
        };
        return Err(rows.iter().map(|row| (row.index, error(row))).collect());
    }
    let mut one = first.clone();
    for text in rows[1..].iter().filter_map(|row| row.text.as_ref()) {
        let together = one.text.get_or_insert_default();
        together.locators.extend(text.locators.iter().cloned());
        together.notes.extend(text.notes.iter().cloned());
    }
    Ok(one)
}

/// A figure in few words, for a message.
fn said(row: &Row) -> String {
    let quantity = row.statement.quantity.as_ref();
    quantity.map_or_else(|| "withdrawn".to_owned(), |quantity| quantity.phrase())
}

/// What of a plan has been stated, as periods by series.
pub(super) fn has(stated: &Statements, series: &SeriesKey, period: Period) -> bool {
    let periods: Option<&BTreeSet<Period>> = stated.get(series);
    periods.is_some_and(|periods| periods.contains(&period))
}
