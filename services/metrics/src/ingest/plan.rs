//! What a batch would change, from reads alone.

use std::collections::{BTreeSet, HashMap};
use std::ptr;
use std::sync::Arc;

use figure::Period;
use rpc::{Error, Reason, Result};

use super::known::{About, Known};
use super::{Counts, Ingest, Row, RowErrors, SourceSeries, Statements};
use crate::claim::{Statement, Text};
use crate::history::{self, Version};
use crate::release::Release;

/// The claims of one source series that are to be written.
#[derive(Debug)]
pub(super) struct Writes {
    pub source_series: Arc<SourceSeries>,
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
    /// When the newest claim of its source series and period became known before.
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
    /// The source series that get claims.
    pub fn source_series(&self) -> impl Iterator<Item = &SourceSeries> {
        self.writes
            .iter()
            .map(|writes| writes.source_series.as_ref())
    }
}

/// Plans rows of a batch.
pub(super) fn plan(ingest: &Ingest, rows: &[Row], known: Known) -> Result<Plan> {
    let mut plan = Plan::default();
    for rows in by_source_series(rows) {
        let source_series = &rows[0].source_series;
        let mut planned = Planned {
            ingest,
            about: known.about(source_series, &ingest.id),
            claims: Vec::new(),
            stated: BTreeSet::new(),
            plan: &mut plan,
        };
        for same_observation in rows.chunk_by(|a, b| a.period == b.period) {
            planned.observation(same_observation)?;
        }
        let (claims, stated) = (planned.claims, planned.stated);
        if !claims.is_empty() {
            let source_series = Arc::clone(source_series);
            plan.writes.push(Writes {
                source_series,
                claims,
            });
        }
        if !stated.is_empty() {
            plan.stated.insert(Arc::clone(source_series), stated);
        }
    }
    plan.known = known;
    Ok(plan)
}

/// Rows by source series, of each by period and then in their order; one at least.
fn by_source_series(rows: &[Row]) -> Vec<Vec<&Row>> {
    let mut groups: Vec<Vec<&Row>> = Vec::new();
    let mut places: HashMap<&SourceSeries, usize> = HashMap::new();
    let mut last: Option<(&SourceSeries, usize)> = None;
    for row in rows {
        // Most rows follow one of the same source series, which a look at its address tells.
        let key = row.source_series.as_ref();
        let place = match last {
            Some((known, place)) if ptr::eq(known, key) => place,
            _ => *places.entry(key).or_insert(groups.len()),
        };
        last = Some((key, place));
        match groups.get_mut(place) {
            Some(rows) => rows.push(row),
            None => groups.push(vec![row]),
        }
    }
    for rows in &mut groups {
        if !rows.is_sorted_by_key(|row| row.period) {
            rows.sort_by_key(|row| row.period);
        }
    }
    groups
}

/// Planning the rows of one source series.
struct Planned<'a> {
    ingest: &'a Ingest,
    about: About<'a>,
    claims: Vec<Write>,
    stated: BTreeSet<Period>,
    plan: &'a mut Plan,
}

impl Planned<'_> {
    /// Plans what is said of one observation.
    fn observation(&mut self, rows: &[&Row]) -> Result<()> {
        let counts = &mut self.plan.counts;
        if let [row] = rows
            && let Some(respelled) = self.about.is_already_so(row, &self.ingest.release)
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

    /// Plans one statement of the release that is ingested.
    fn add(&mut self, row: Row, history: &[Version]) {
        let release = &self.ingest.release;
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
        let before = history::latest(history, release.known_at);
        let own = |version: &&Version| {
            let release_commit = self.about.release_commit(version);
            release_commit.is_some_and(|release_commit| release_commit.release == release.id)
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
        if self.ingest.release.complete {
            self.stated.insert(period);
        }
    }

    fn admit(&self, row: &Row, history: &[Version]) -> Result<()> {
        let (ingest, release) = (self.ingest, &self.ingest.release);
        if !release.complete && !ingest.backfill && self.about.has_newer(release) {
            // The same again is harmless: it writes nothing.
            let placement = history::place(history, release.known_at, &row.statement, None);
            if !placement.write {
                return Ok(());
            }
            let name = ingest.release_name();
            let message = format!(
                "{name} is partial and older than the newest release of this source series; set backfill if that is meant"
            );
            return Err(Error::about(Reason::ReleaseOutOfOrder, name, message));
        }
        if self.contradicts(row, history) {
            return Err(Error::field(
                Reason::ClaimAmbiguous,
                "period",
                format!(
                    "an earlier batch of this ingest gave another figure for this source series and period {}",
                    row.period
                ),
            ));
        }
        Ok(())
    }

    /// Whether an earlier batch of the ingest gave another figure for this observation: it
    /// wrote one, or stated the one that was in force.
    fn contradicts(&self, row: &Row, history: &[Version]) -> bool {
        let ingest = self.ingest;
        if ingest.id.is_empty() {
            return false;
        }
        let differs = |version: &Version| !version.statement.says_the_same(&row.statement);
        let of_this_ingest = |version: &Version| {
            let release_commit = self.about.release_commit(version);
            release_commit
                .is_some_and(|of| of.ingest_id == ingest.id && of.release == ingest.release.id)
        };
        let written = history.iter().any(|v| of_this_ingest(v) && differs(v));
        let in_force = || history::in_force(history, ingest.release.known_at);
        written || self.about.has_stated(row.period) && in_force().is_some_and(differs)
    }
}

/// A figure printed twice is one claim with two places; two figures for one observation are
/// an error that names both.
fn one_statement(rows: &[&Row]) -> std::result::Result<Row, RowErrors> {
    let first = rows[0];
    let agrees = |row: &Row| row.statement.says_the_same(&first.statement);
    if let Some(odd) = rows.iter().find(|row| !agrees(row)) {
        let error = |row: &Row| {
            let other = if agrees(row) { odd } else { first };
            let message = format!(
                "is {} here and {} in row {} of this batch, for the same source series and period {}; keep one of them",
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
    if one.text.as_ref().is_some_and(|text| text.is_too_large()) {
        let message =
            "places and notes of the rows for this figure are too large together; leave some out";
        let error = Error::field(Reason::FieldInvalid, "text", message);
        let of_row = |row: &&Row| (row.index, error.clone());
        return Err(rows.iter().map(of_row).collect());
    }
    Ok(one)
}

/// A figure in few words, for a message.
fn said(row: &Row) -> String {
    let quantity = row.statement.quantity.as_ref();
    quantity.map_or_else(|| "withdrawn".to_owned(), |quantity| quantity.phrase())
}

/// What of a plan has been stated, as periods by source series.
pub(super) fn has(stated: &Statements, source_series: &SourceSeries, period: Period) -> bool {
    let periods: Option<&BTreeSet<Period>> = stated.get(source_series);
    periods.is_some_and(|periods| periods.contains(&period))
}
