//! Heads after a write, and the index of contested observations that follows from them.

use std::collections::{BTreeMap, HashMap};

use figure::{Period, State};
use rpc::Result;
use sea_orm::DatabaseTransaction;
use store::Commit;

use super::apply::Placed;
use super::known::Heads;
use crate::claim::Columns;
use crate::definition::Definitions;
use crate::head::{self, Entry, Head, Observation};
use crate::read;
use crate::release_commits::{self, Provenance, ReleaseCommits};
use store::{Column, insert};

/// Observations that changed, by series.
pub(super) type Touched = BTreeMap<i64, Vec<Period>>;

/// Which claim of its release for its period and source series each new claim is, from 1.
/// The claims are stored already, and in no head yet.
pub(super) async fn ordinals(
    txn: &DatabaseTransaction,
    release_commits: &ReleaseCommits,
    heads: &Heads,
    placed: &[Placed<'_>],
) -> Result<Vec<i32>> {
    // Only where something is known as late as its release, that may have spoken before.
    let is_first = |claim: &Placed<'_>| {
        let Some((known_max, _, head)) = heads.get(&claim.series) else {
            return true;
        };
        let observation = head.observations.get(&claim.write.period);
        let entry = observation.and_then(|observation| observation.entry(claim.provenance));
        entry.is_none() || *known_max < claim.write.release.known_at
    };
    let others = placed.iter().filter(|claim| !is_first(claim));
    let mut series_list: Vec<_> = others.map(|claim| claim.series).collect();
    series_list.dedup();
    let rows = read::rows_of(txn, release_commits, &series_list, i64::MAX).await?;
    let ordinal = |claim: &Placed<'_>| {
        let rows = rows.get(&claim.series)?;
        let place = (claim.write.period, claim.release_commit);
        let found = rows.binary_search_by_key(&place, |row| (row.period, row.release_commit));
        Some(rows[found.ok()?].ordinal)
    };
    Ok(placed
        .iter()
        .map(|claim| ordinal(claim).unwrap_or(1))
        .collect())
}

/// What new claims did to heads.
#[derive(Debug, Default)]
pub(super) struct Folded {
    /// Observations that changed.
    pub touched: Touched,
    /// Series with a claim that is older than one already there. It may make that one
    /// redundant, or one that was redundant before live again, so these heads are to be made
    /// of their rows.
    pub backfilled: Vec<i64>,
}

/// Folds new claims in, which come by series, period and release commit, and their ordinals.
pub(super) fn fold_into_heads(
    heads: &mut Heads,
    (placed, ordinals): (&[Placed<'_>], &[i32]),
    commit: Commit,
) -> Folded {
    let claims: Vec<_> = placed.iter().zip(ordinals.iter().copied()).collect();
    let mut folded = Folded::default();
    for of_series in claims.chunk_by(|(a, _), (b, _)| a.series == b.series) {
        let series = of_series[0].0.series;
        let (known_max, commit_max, head) =
            heads
                .entry(series)
                .or_insert((i64::MIN, 0, Head::default()));
        *commit_max = commit.number;
        let mut periods = Vec::new();
        for claims in of_series.chunk_by(|(a, _), (b, _)| a.write.period == b.write.period) {
            let period = claims[0].0.write.period;
            let observation = head.observations.entry(period).or_default();
            *known_max = (*known_max).max(fold_into_observation(observation, claims));
            periods.push(period);
        }
        folded.touched.insert(series, periods);
        let older = |claim: &Placed<'_>| claim.write.release.known_at < claim.write.newest_known;
        if of_series.iter().any(|(claim, _)| older(claim)) {
            folded.backfilled.push(series);
        }
    }
    folded
}

/// Makes heads of these series anew of their rows, those of this transaction included.
pub(super) async fn refold(
    txn: &DatabaseTransaction,
    release_commits: &ReleaseCommits,
    heads: &mut Heads,
    series_list: &[i64],
) -> Result<()> {
    for (series, rows) in read::rows_of(txn, release_commits, series_list, i64::MAX).await? {
        let (known_max, commit_max) = read::newest(&rows);
        heads.insert(series, (known_max, commit_max, read::rebuild(&rows)));
    }
    Ok(())
}

/// Folds new claims of one observation in; answers when the newest of them became known.
fn fold_into_observation(observation: &mut Observation, claims: &[(&Placed<'_>, i32)]) -> i64 {
    for (claim, ordinal) in claims {
        let known_at = claim.write.release.known_at;
        let mut of_source_series = claims
            .iter()
            .filter(|(other, _)| other.provenance == claim.provenance);
        let is_newest = of_source_series.all(|(other, _)| other.write.release.known_at <= known_at);
        if is_newest && claim.write.newest_known <= known_at {
            observation.put(Entry {
                provenance: claim.provenance,
                release_commit: claim.release_commit,
                ordinal: *ordinal,
                columns: Columns::from(&claim.write.statement),
            });
        }
    }
    let known = claims.iter().map(|(claim, _)| claim.write.release.known_at);
    known.max().unwrap_or(i64::MIN)
}

/// Writes the heads of these series.
pub(super) async fn keep_heads(
    txn: &DatabaseTransaction,
    heads: &Heads,
    series_list: impl Iterator<Item = i64>,
) -> Result<()> {
    let (mut numbers, mut chunks) = ([vec![], vec![], vec![]], vec![]);
    for series in series_list {
        let (known_max, commit_max, head) = &heads[&series];
        numbers[0].push(series);
        numbers[1].push(*known_max);
        numbers[2].push(*commit_max);
        chunks.push(head::encode(head));
    }
    let [series_list, known, commits] = numbers.map(Column::Numbers);
    let values = [series_list, known, commits, Column::Bytes(chunks)];
    let names = ["series", "known_max", "commit_max", "chunk"];
    let replace = "ON CONFLICT (series) DO UPDATE SET known_max = excluded.known_max, \
                   commit_max = excluded.commit_max, chunk = excluded.chunk";
    insert(txn, "series_head", (names, values), replace).await
}

/// The provenances of all claims in the touched observations that have several, those of
/// other sources included.
pub(super) async fn named(
    txn: &DatabaseTransaction,
    release_commits: &ReleaseCommits,
    mut names: HashMap<i64, Provenance>,
    (heads, touched): (&Heads, &Touched),
) -> Result<HashMap<i64, Provenance>> {
    let observations = touched
        .iter()
        .flat_map(|(series, periods)| periods.iter().map(|p| &heads[series].2.observations[p]));
    // An observation with one claim contradicts nobody.
    let observations = observations.filter(|observation| observation.entries.len() > 1);
    let ids = observations
        .flat_map(|observation| observation.entries.iter().map(|entry| entry.provenance));
    let missing: Vec<_> = ids.filter(|id| !names.contains_key(id)).collect();
    let others = release_commits.provenances(txn, &missing).await?;
    names.extend(
        others
            .into_iter()
            .map(|(id, other)| (id, Provenance::clone(&other))),
    );
    Ok(names)
}

/// Adds observations whose live claims exclude each other to the index of contested
/// observations. It is only an index: whether they still do is judged when they are read.
pub(super) async fn mark_contested(
    txn: &DatabaseTransaction,
    heads: &Heads,
    touched: &Touched,
    (provenances, definitions): (&HashMap<i64, Provenance>, &Definitions),
) -> Result<()> {
    let (mut series_list, mut found) = (vec![], vec![]);
    for (series, periods) in touched {
        for period in periods {
            let observation = &heads[series].2.observations[period];
            if observation.entries.len() > 1 && is_contested(observation, provenances, definitions)?
            {
                series_list.push(*series);
                found.push(period.key());
            }
        }
    }
    let values = [series_list, found].map(Column::Numbers);
    let kept = "ON CONFLICT (series, period) DO NOTHING";
    insert(txn, "contested", (["series", "period"], values), kept).await
}

fn is_contested(
    observation: &Observation,
    provenances: &HashMap<i64, Provenance>,
    definitions: &Definitions,
) -> Result<bool> {
    let mut readings: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for entry in &observation.entries {
        let lost = || release_commits::lost("provenance", entry.provenance);
        let provenance = provenances.get(&entry.provenance).ok_or_else(lost)?;
        let statement = entry.columns.statement(None)?;
        if let Some(quantity) = &statement.quantity {
            let counted = definitions.is_counted(&provenance.unit);
            let class = (provenance.unit.as_str(), provenance.nature_class);
            readings
                .entry(class)
                .or_default()
                .push(quantity.interval(counted));
        }
    }
    Ok(readings
        .values()
        .any(|group| figure::agreement(group) == State::Contested))
}
