//! Numbers that claims are stored under: of lines, provenances, sheets. Given under the
//! commit lock, so that no two writers give the same one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rpc::Result;
use sea_orm::sea_query::{Alias, OnConflict};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult, Statement as Sql};
use store::Commit;

use super::insert::insert;
use super::plan::Plan;
use super::{Load, SeriesKey};
use crate::books::Provenance;

#[derive(FromQueryResult)]
struct Highest {
    highest: Option<i64>,
}

/// The highest number given so far; the commit lock makes the next ones ours.
async fn highest(txn: &DatabaseTransaction, table: &str) -> Result<i64> {
    let read = Sql::from_string(
        txn.get_database_backend(),
        format!("SELECT MAX(id) AS highest FROM {table}"),
    );
    let row = Highest::find_by_statement(read).one(txn).await?;
    Ok(row.and_then(|row| row.highest).unwrap_or(0))
}

/// Numbers of the lines of a plan; new ones are written.
pub(super) async fn number_lines(
    txn: &DatabaseTransaction,
    plan: &Plan,
    commit: Commit,
) -> Result<HashMap<String, i64>> {
    let known = plan
        .known
        .lines
        .values()
        .map(|line| (line.id.clone(), line.number));
    let mut numbers: HashMap<_, _> = known.collect();
    let mut next = highest(txn, "line").await?;
    let mut rows = Vec::new();
    for write in &plan.writes {
        let (key, id) = (&write.series.line, write.series.line_id.clone());
        if numbers.contains_key(&id) {
            continue;
        }
        next += 1;
        numbers.insert(id.clone(), next);
        rows.push([
            next.into(),
            id.into(),
            key.indicator.clone().into(),
            key.entity.clone().into(),
            key.counterpart.clone().into(),
            key.breakdown_text().into(),
            commit.number.into(),
        ]);
    }
    let columns = [
        "id",
        "name",
        "indicator",
        "entity",
        "counterpart",
        "breakdown",
        "from_commit",
    ];
    insert(txn, "line", columns, rows, None).await?;
    Ok(numbers)
}

/// Numbers of the provenances of a plan; new ones are written.
pub(super) async fn number_provenances(
    txn: &DatabaseTransaction,
    plan: &Plan,
) -> Result<HashMap<Provenance, i64>> {
    let mut numbers = plan.known.provenances.clone();
    // Those of the source may have grown since the plan was made.
    let sources: BTreeSet<_> = plan
        .writes
        .iter()
        .map(|w| w.series.provenance.source.as_str())
        .collect();
    for source in sources {
        let now = crate::books::of_source(txn, source).await?;
        numbers.extend(now.into_iter().map(|(id, provenance)| (provenance, id)));
    }
    let mut next = highest(txn, "provenance").await?;
    let mut rows = Vec::new();
    for write in &plan.writes {
        let provenance = &write.series.provenance;
        if numbers.contains_key(provenance) {
            continue;
        }
        next += 1;
        numbers.insert(provenance.clone(), next);
        rows.push([
            next.into(),
            provenance.source.clone().into(),
            provenance.originator.clone().into(),
            provenance.unit.clone().into(),
            provenance.nature_class.into(),
        ]);
    }
    let columns = ["id", "source", "originator", "unit", "nature_class"];
    insert(txn, "provenance", columns, rows, None).await?;
    Ok(numbers)
}

/// Notes which provenances have figures on which lines.
pub(super) async fn add_series(
    txn: &DatabaseTransaction,
    plan: &Plan,
    (lines, provenances): (&HashMap<String, i64>, &HashMap<Provenance, i64>),
    commit: Commit,
) -> Result<()> {
    let series: BTreeSet<&SeriesKey> = plan
        .writes
        .iter()
        .map(|write| write.series.as_ref())
        .collect();
    let row = |series: &SeriesKey| {
        let (line, provenance) = (lines[&series.line_id], provenances[&series.provenance]);
        [line.into(), provenance.into(), commit.number.into()]
    };
    let rows = series.into_iter().map(row).collect();
    let conflict = OnConflict::columns(["line", "provenance"].map(Alias::new))
        .do_nothing()
        .to_owned();
    insert(
        txn,
        "series",
        ["line", "provenance", "from_commit"],
        rows,
        Some(conflict),
    )
    .await
}

/// One sheet for each release and provenance of the plan.
pub(super) async fn add_sheets(
    txn: &DatabaseTransaction,
    load: &Load,
    plan: &Plan,
    provenances: &HashMap<Provenance, i64>,
    commit: Commit,
) -> Result<BTreeMap<(String, i64), i64>> {
    let mut next = highest(txn, "sheet").await?;
    let mut sheets = BTreeMap::new();
    let mut rows = Vec::new();
    for write in &plan.writes {
        let provenance = provenances[&write.series.provenance];
        let key = (write.release.id.clone(), provenance);
        if sheets.contains_key(&key) {
            continue;
        }
        next += 1;
        sheets.insert(key, next);
        rows.push([
            next.into(),
            write.release.id.clone().into(),
            provenance.into(),
            commit.number.into(),
            commit.committed_at.into(),
            write.release.known_at.into(),
            load.id.clone().into(),
        ]);
    }
    let columns = [
        "id",
        "release",
        "provenance",
        "commit_number",
        "committed_at",
        "known_at",
        "load_id",
    ];
    insert(txn, "sheet", columns, rows, None).await?;
    Ok(sheets)
}
