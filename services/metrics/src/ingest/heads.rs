//! Heads after a write, and the index of contested cells that follows from them.

use std::collections::{BTreeMap, HashMap};

use figure::{Period, State};
use rpc::Result;
use sea_orm::DatabaseTransaction;
use store::Commit;

use super::apply::Placed;
use super::insert::{Column, insert};
use super::known::Heads;
use crate::books::{self, Books, Provenance};
use crate::claim::Columns;
use crate::definition::Definitions;
use crate::head::{self, Cell, Entry, Head};

/// Cells that changed, by line.
pub(super) type Touched = BTreeMap<i64, Vec<Period>>;

/// Folds new claims in, which come by line, period and sheet; answers which cells of which
/// lines changed.
pub(super) fn fold_into_heads(heads: &mut Heads, placed: &[Placed<'_>], commit: Commit) -> Touched {
    let mut touched = Touched::new();
    for of_line in placed.chunk_by(|a, b| a.line == b.line) {
        let line = of_line[0].line;
        let (known_max, commit_max, head) =
            heads.entry(line).or_insert((i64::MIN, 0, Head::default()));
        *commit_max = commit.number;
        let mut periods = Vec::new();
        for claims in of_line.chunk_by(|a, b| a.write.period == b.write.period) {
            let period = claims[0].write.period;
            let cell = head.cells.entry(period).or_default();
            *known_max = (*known_max).max(fold_into_cell(cell, claims));
            periods.push(period);
        }
        touched.insert(line, periods);
    }
    touched
}

/// Folds new claims of one cell in; answers when the newest of them became known.
fn fold_into_cell(cell: &mut Cell, claims: &[Placed<'_>]) -> i64 {
    for claim in claims {
        let known_at = claim.write.release.known_at;
        let mut of_series = claims.iter().filter(|c| c.provenance == claim.provenance);
        let is_newest = of_series.all(|other| other.write.release.known_at <= known_at);
        cell.recorded += 1;
        if is_newest && claim.write.newest_known <= known_at {
            cell.put(Entry {
                provenance: claim.provenance,
                sheet: claim.sheet,
                n: cell.recorded,
                columns: Columns::from(&claim.write.statement),
            });
        }
    }
    let known = claims.iter().map(|claim| claim.write.release.known_at);
    known.max().unwrap_or(i64::MIN)
}

/// Writes the heads of these lines.
pub(super) async fn keep_heads(
    txn: &DatabaseTransaction,
    heads: &Heads,
    lines: impl Iterator<Item = i64>,
) -> Result<()> {
    let (mut numbers, mut chunks) = ([vec![], vec![], vec![]], vec![]);
    for line in lines {
        let (known_max, commit_max, head) = &heads[&line];
        numbers[0].push(line);
        numbers[1].push(*known_max);
        numbers[2].push(*commit_max);
        chunks.push(head::encode(head));
    }
    let [lines, known, commits] = numbers.map(Column::Numbers);
    let values = [lines, known, commits, Column::Bytes(chunks)];
    let names = ["line", "known_max", "commit_max", "chunk"];
    let replace = "ON CONFLICT (line) DO UPDATE SET known_max = excluded.known_max, \
                   commit_max = excluded.commit_max, chunk = excluded.chunk";
    insert(txn, "line_head", (names, values), replace).await
}

/// The provenances of all claims in the touched cells that have several, those of other
/// sources included.
pub(super) async fn named(
    txn: &DatabaseTransaction,
    books: &Books,
    mut names: HashMap<i64, Provenance>,
    (heads, touched): (&Heads, &Touched),
) -> Result<HashMap<i64, Provenance>> {
    let cells = touched
        .iter()
        .flat_map(|(line, periods)| periods.iter().map(|p| &heads[line].2.cells[p]));
    // A cell with one claim contradicts nobody.
    let cells = cells.filter(|cell| cell.entries.len() > 1);
    let ids = cells.flat_map(|cell| cell.entries.iter().map(|entry| entry.provenance));
    let missing: Vec<_> = ids.filter(|id| !names.contains_key(id)).collect();
    let others = books.provenances(txn, &missing).await?;
    names.extend(
        others
            .into_iter()
            .map(|(id, other)| (id, Provenance::clone(&other))),
    );
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
    let (mut lines, mut found) = (vec![], vec![]);
    for (line, periods) in touched {
        for period in periods {
            let cell = &heads[line].2.cells[period];
            if cell.entries.len() > 1 && is_contested(cell, provenances, definitions)? {
                lines.push(*line);
                found.push(period.key());
            }
        }
    }
    let values = [lines, found].map(Column::Numbers);
    let kept = "ON CONFLICT (line, period) DO NOTHING";
    insert(txn, "contested", (["line", "period"], values), kept).await
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
