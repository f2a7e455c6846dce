//! Heads after a write, and the index of contested cells that follows from them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use figure::{Period, State};
use rpc::Result;
use sea_orm::DatabaseTransaction;
use sea_orm::sea_query::{Alias, OnConflict, SimpleExpr};
use store::Commit;

use super::apply::Placed;
use super::insert::insert;
use super::known::Heads;
use crate::books::{self, Books, Provenance};
use crate::claim::Columns;
use crate::definition::Definitions;
use crate::head::{self, Cell, Entry, Head};

/// Cells that changed, by line.
pub(super) type Touched = BTreeMap<i64, BTreeSet<Period>>;

/// Folds the new claims in; answers which cells of which lines changed.
pub(super) fn fold_into_heads(heads: &mut Heads, placed: &[Placed<'_>], commit: Commit) -> Touched {
    let mut by_sheet: Vec<_> = placed.iter().collect();
    by_sheet.sort_by_key(|claim| claim.sheet);
    let mut touched: Touched = BTreeMap::new();
    let mut latest: HashMap<(i64, Period, i64), i64> = HashMap::new();
    for claim in &by_sheet {
        let known_at = claim.write.release.known_at;
        let newest = latest
            .entry((claim.line, claim.write.period, claim.provenance))
            .or_insert(i64::MIN);
        *newest = (*newest).max(known_at);
    }
    for claim in by_sheet {
        let (line, period, known_at) =
            (claim.line, claim.write.period, claim.write.release.known_at);
        let (known_max, commit_max, head) =
            heads.entry(line).or_insert((i64::MIN, 0, Head::default()));
        let newest_here = latest[&(line, period, claim.provenance)] == known_at;
        let cell: &mut Cell = head.cells.entry(period).or_default();
        cell.recorded += 1;
        if newest_here && claim.write.newest_known <= known_at {
            cell.put(Entry {
                provenance: claim.provenance,
                sheet: claim.sheet,
                n: cell.recorded,
                columns: Columns::from(&claim.write.statement),
            });
        }
        *known_max = (*known_max).max(known_at);
        *commit_max = commit.number;
        touched.entry(line).or_default().insert(period);
    }
    touched
}

/// Writes the heads of these lines.
pub(super) async fn keep_heads(
    txn: &DatabaseTransaction,
    heads: &Heads,
    lines: impl Iterator<Item = i64>,
) -> Result<()> {
    let row = |line: i64| {
        let (known_max, commit_max, head) = &heads[&line];
        [
            line.into(),
            (*known_max).into(),
            (*commit_max).into(),
            head::encode(head).into(),
        ]
    };
    let rows = lines.map(row).collect();
    let updated = ["known_max", "commit_max", "chunk"].map(Alias::new);
    let conflict = OnConflict::column(Alias::new("line"))
        .update_columns(updated)
        .to_owned();
    insert(
        txn,
        "line_head",
        ["line", "known_max", "commit_max", "chunk"],
        rows,
        Some(conflict),
    )
    .await
}

/// The provenances of all claims in the touched cells, those of other sources included.
pub(super) async fn named(
    txn: &DatabaseTransaction,
    books: &Books,
    mut names: HashMap<i64, Provenance>,
    (heads, touched): (&Heads, &Touched),
) -> Result<HashMap<i64, Provenance>> {
    let cells = touched
        .iter()
        .flat_map(|(line, periods)| periods.iter().map(|p| &heads[line].2.cells[p]));
    let ids = cells.flat_map(|cell| cell.entries.iter().map(|entry| entry.provenance));
    let missing = ids.filter(|id| !names.contains_key(id)).collect();
    names.extend(books.provenances(txn, &missing).await?);
    Ok(names)
}

/// Adds cells whose live claims exclude each other to the index of contested cells. It is
/// only an index: whether they still do is judged when they are read.
pub(super) async fn mark_contested(
    txn: &DatabaseTransaction,
    heads: &Heads,
    touched: &Touched,
    (provenances, definitions): (&HashMap<i64, Provenance>, &Definitions),
) -> Result<()> {
    let mut rows: Vec<[SimpleExpr; 2]> = Vec::new();
    for (line, periods) in touched {
        for period in periods {
            let cell = &heads[line].2.cells[period];
            if cell.entries.len() > 1 && is_contested(cell, provenances, definitions)? {
                rows.push([(*line).into(), period.key().into()]);
            }
        }
    }
    let conflict = OnConflict::columns(["line", "period"].map(Alias::new))
        .do_nothing()
        .to_owned();
    insert(txn, "contested", ["line", "period"], rows, Some(conflict)).await
}

fn is_contested(
    cell: &Cell,
    provenances: &HashMap<i64, Provenance>,
    definitions: &Definitions,
) -> Result<bool> {
    let mut readings: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for entry in &cell.entries {
        let lost = || books::lost("provenance", entry.provenance);
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
