//! What a batch would change, from reads alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use figure::Period;
use rpc::{Error, Reason, Result};

use super::known::Known;
use super::{Counts, Load, Row, RowErrors, SeriesKey, Statements};
use crate::claim::{Statement, Text};
use crate::history::{self, Version};
use crate::release::Release;

/// A claim to be written.
#[derive(Debug, Clone)]
pub(super) struct Write {
    pub series: Arc<SeriesKey>,
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
    /// What a complete release states, beside what is kept already.
    pub stated: Statements,
    pub known: Known,
}

/// Plans rows of a batch.
pub(super) fn plan(load: &Load, rows: Vec<Row>, known: Known) -> Result<Plan> {
    let mut plan = Plan {
        known,
        ..Plan::default()
    };
    for same_cell in by_cell(rows) {
        let indexes: Vec<_> = same_cell.iter().map(|row| row.index).collect();
        let row = match one_statement(same_cell) {
            Ok(row) => row,
            Err(errors) => {
                plan.errors.extend(errors);
                continue;
            }
        };
        if let Err(error) = plan.admit(load, &row) {
            let errors = indexes.into_iter().map(|index| (index, error.clone()));
            plan.errors.extend(errors);
            continue;
        }
        plan.counts.unchanged += indexes.len() as i64 - 1;
        plan.add(load, row)?;
    }
    Ok(plan)
}

/// Rows by cell; within a cell in their order, one at least.
fn by_cell(rows: Vec<Row>) -> impl Iterator<Item = Vec<Row>> {
    let mut cells: BTreeMap<_, Vec<Row>> = BTreeMap::new();
    for row in rows {
        let cell = (Arc::clone(&row.series), row.period);
        cells.entry(cell).or_default().push(row);
    }
    cells.into_values()
}

/// A figure printed twice is one claim with two places; two figures for one cell are an
/// error that names both.
fn one_statement(rows: Vec<Row>) -> std::result::Result<Row, RowErrors> {
    let agrees = |row: &Row| row.statement.says_the_same(&rows[0].statement);
    if let Some(odd) = rows.iter().find(|row| !agrees(row)) {
        let error = |row: &Row| {
            let other = if agrees(row) { odd } else { &rows[0] };
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
    let mut rows = rows.into_iter();
    let mut first = rows.next().ok_or_else(RowErrors::new)?;
    for row in rows {
        first.text.locators.extend(row.text.locators);
        first.text.notes.extend(row.text.notes);
    }
    Ok(first)
}

/// A figure in few words, for a message.
fn said(row: &Row) -> String {
    let quantity = row.statement.quantity.as_ref();
    quantity.map_or_else(|| "withdrawn".to_owned(), |quantity| quantity.phrase())
}

impl Plan {
    /// Plans one statement of the release that is loaded.
    fn add(&mut self, load: &Load, row: Row) -> Result<()> {
        let release = &load.release;
        let history = self.known.history(&row.series, row.period)?;
        let next = self.known.next_complete(&row.series, row.period).cloned();
        let known_at = next.as_ref().map(|next| next.known_at);
        let placement = history::place(&history, release.known_at, &row.statement, known_at);
        let newest_known = history.iter().map(|version| version.known_at).max();
        if release.complete {
            let periods = self.stated.entry(Arc::clone(&row.series)).or_default();
            periods.insert(row.period);
        }
        if !placement.write {
            self.counts.unchanged += 1;
            self.counts.respelled += i64::from(placement.respelled);
            return Ok(());
        }
        let before = history::in_force(&history, release.known_at);
        let own = |version: &&Version| {
            let sheet = self.known.sheet(version);
            sheet.is_some_and(|sheet| sheet.release == release.id)
        };
        self.counts.corrected += i64::from(before.filter(own).is_some());
        match row.statement.is_withdrawal() {
            true => self.counts.withdrawn += 1,
            false => self.counts.written += 1,
        }
        let stated = Write {
            series: row.series,
            period: row.period,
            release: release.clone(),
            statement: row.statement,
            text: row.text,
            newest_known: newest_known.unwrap_or(i64::MIN),
        };
        if let Some((next, statement)) = next.zip(placement.carry) {
            self.counts.made_explicit += 1;
            self.writes.push(Write {
                release: next,
                statement,
                text: Text::default(),
                ..stated.clone()
            });
        }
        self.writes.push(stated);
        Ok(())
    }

    fn admit(&self, load: &Load, row: &Row) -> Result<()> {
        let release = &load.release;
        if !release.complete && !load.backfill && self.known.has_newer(&row.series, release) {
            // The same again is harmless: it writes nothing.
            let history = self.known.history(&row.series, row.period)?;
            let placement = history::place(&history, release.known_at, &row.statement, None);
            if !placement.write {
                return Ok(());
            }
            return Err(Error::new(
                Reason::ReleaseOutOfOrder,
                format!(
                    "releases/{} is partial and older than the newest release of this series; set backfill if that is meant",
                    release.id
                ),
            ));
        }
        if self.contradicts(load, row)? {
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
    fn contradicts(&self, load: &Load, row: &Row) -> Result<bool> {
        if load.id.is_empty() {
            return Ok(false);
        }
        let known = &self.known;
        let history = known.history(&row.series, row.period)?;
        let differs = |version: &Version| !version.statement.says_the_same(&row.statement);
        let of_this_load = |version: &Version| {
            let sheet = known.sheet(version);
            sheet.is_some_and(|s| s.load_id == load.id && s.release == load.release.id)
        };
        let written = history.iter().any(|v| of_this_load(v) && differs(v));
        let in_force = history::in_force(&history, load.release.known_at);
        let stated = known.has_stated(&load.id, &row.series, row.period);
        Ok(written || stated && in_force.is_some_and(differs))
    }
}

/// What of a plan has been stated, as periods by series.
pub(super) fn has(stated: &Statements, series: &SeriesKey, period: Period) -> bool {
    let periods: Option<&BTreeSet<Period>> = stated.get(series);
    periods.is_some_and(|periods| periods.contains(&period))
}
