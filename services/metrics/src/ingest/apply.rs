//! Writing a plan: rows, then the heads that follow from them, all in one commit.

use std::collections::{BTreeSet, HashMap};

use rpc::Result;
use sea_orm::DatabaseTransaction;
use store::Commit;

use super::Load;
use super::heads::{fold_into_heads, keep_heads, mark_contested, named};
use super::insert::insert;
use super::number::{add_series, add_sheets, number_lines, number_provenances};
use super::plan::{Plan, Write};
use super::stated::{self, Stated};
use crate::books::Books;
use crate::claim::{Columns, Text};
use crate::definition::Definitions;
use crate::line;
use crate::read;

/// Whether nobody changed the lines of the plan since it was made. Called with the commit
/// lock held, so the answer stays true.
pub(super) async fn still_holds(txn: &DatabaseTransaction, plan: &Plan) -> Result<bool> {
    let ids: BTreeSet<_> = plan
        .writes
        .iter()
        .map(|write| write.series.line_id.clone())
        .collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let lines = line::by_ids(txn, &ids).await?;
    if lines
        .iter()
        .any(|line| !plan.known.lines.contains_key(&line.id))
    {
        return Ok(false);
    }
    let numbers: Vec<_> = lines.iter().map(|line| line.number).collect();
    let heads = read::heads(txn, &numbers).await?;
    let unchanged = |(line, stored): (&i64, &read::StoredHead)| {
        let planned = plan
            .known
            .heads
            .get(line)
            .map(|(_, commit_max, _)| *commit_max);
        planned == Some(stored.commit_max)
    };
    Ok(heads.iter().all(unchanged))
}

/// A claim with the numbers it is stored under.
pub(super) struct Placed<'a> {
    pub write: &'a Write,
    pub line: i64,
    pub provenance: i64,
    pub sheet: i64,
}

/// Writes the plan in this commit.
pub(super) async fn apply(
    txn: &DatabaseTransaction,
    (load, books, definitions): (&Load, &Books, &Definitions),
    plan: &mut Plan,
    commit: Commit,
) -> Result<()> {
    let lines = number_lines(txn, plan, commit).await?;
    let provenances = number_provenances(txn, plan).await?;
    add_series(txn, plan, (&lines, &provenances), commit).await?;
    let sheets = add_sheets(txn, load, plan, &provenances, commit).await?;
    let placed: Vec<_> = plan
        .writes
        .iter()
        .map(|write| {
            let provenance = provenances[&write.series.provenance];
            Placed {
                write,
                line: lines[&write.series.line_id],
                provenance,
                sheet: sheets[&(write.release.id.clone(), provenance)],
            }
        })
        .collect();
    add_claims(txn, &placed).await?;
    add_texts(txn, &placed).await?;
    let touched = fold_into_heads(&mut plan.known.heads, &placed, commit);
    keep_heads(txn, &plan.known.heads, touched.keys().copied()).await?;
    let names = provenances
        .into_iter()
        .map(|(provenance, id)| (id, provenance))
        .collect();
    let names = named(txn, books, names, (&plan.known.heads, &touched)).await?;
    mark_contested(txn, &plan.known.heads, &touched, (&names, definitions)).await
}

/// Keeps what a complete release stated, for lines that exist by now.
pub(super) async fn keep_stated(txn: &DatabaseTransaction, load: &Load, plan: &Plan) -> Result<()> {
    if plan.stated.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = plan.stated.keys().map(|s| s.line_id.clone()).collect();
    let found = line::by_ids(txn, &ids).await?;
    let lines: HashMap<_, _> = found.into_iter().map(|l| (l.id, l.number)).collect();
    let of_source = crate::books::of_source(txn, &load.release.source).await?;
    let provenances: HashMap<_, _> = of_source.into_iter().map(|(id, p)| (p, id)).collect();
    let mut all = Stated::new();
    for (series, periods) in &plan.stated {
        let line = lines.get(&series.line_id);
        let Some((line, provenance)) = line.zip(provenances.get(&series.provenance)) else {
            continue;
        };
        let key = (*line, *provenance, load.id.clone());
        let mut together = plan.known.stated.get(&key).cloned().unwrap_or_default();
        together.release.clone_from(&load.release.id);
        together.periods.extend(periods);
        all.insert(key, together);
    }
    stated::keep(txn, &all).await
}

async fn add_claims(txn: &DatabaseTransaction, placed: &[Placed<'_>]) -> Result<()> {
    let row = |claim: &Placed<'_>| {
        let columns = Columns::from(&claim.write.statement);
        [
            claim.line.into(),
            claim.write.period.key().into(),
            claim.sheet.into(),
            columns.flags.into(),
            columns.value.map(|value| value.to_string()).into(),
            columns.upper.map(|upper| upper.to_string()).into(),
        ]
    };
    let rows = placed.iter().map(row).collect();
    insert(
        txn,
        "claim",
        ["line", "period", "sheet", "flags", "value", "upper"],
        rows,
        None,
    )
    .await
}

async fn add_texts(txn: &DatabaseTransaction, placed: &[Placed<'_>]) -> Result<()> {
    let mut rows = Vec::new();
    for claim in placed {
        let quantity = claim.write.statement.quantity.as_ref();
        let as_published = quantity.and_then(|q| q.as_published()).unwrap_or_default();
        let text = Text {
            as_published: as_published.to_owned(),
            ..claim.write.text.clone()
        };
        if text.is_empty() {
            continue;
        }
        let body = serde_json::to_string(&text).map_err(rpc::Error::internal)?;
        rows.push([
            claim.line.into(),
            claim.write.period.key().into(),
            claim.sheet.into(),
            body.into(),
        ]);
    }
    insert(
        txn,
        "claim_text",
        ["line", "period", "sheet", "body"],
        rows,
        None,
    )
    .await
}
