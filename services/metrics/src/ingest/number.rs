//! Numbers that claims are stored under: of lines, provenances, sheets. Given under the
//! commit lock, so that no two writers give the same one.

use std::collections::{BTreeSet, HashMap};

use rpc::Result;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult, Statement as Sql};
use store::Commit;

use super::insert::{Column, insert};
use super::plan::Plan;
use super::{Load, SeriesKey};
use crate::books::Provenance;
use crate::release::Release;

/// The numbers of all that a plan writes.
#[derive(Debug)]
pub(super) struct Numbers {
    /// By id of the line.
    pub lines: HashMap<String, i64>,
    pub provenances: HashMap<Provenance, i64>,
    /// By number of the provenance, with the release of each; there are few of one.
    sheets: HashMap<i64, Vec<(String, i64)>>,
}

impl Numbers {
    /// The sheet of a release and a provenance of the plan.
    pub fn sheet(&self, release: &Release, provenance: i64) -> i64 {
        let mut sheets = self.sheets[&provenance].iter();
        let own = sheets.find(|(of, _)| *of == release.id);
        own.expect("every write of a plan has a sheet").1
    }
}

/// Numbers all that a plan writes; what is new is written.
pub(super) async fn number(
    txn: &DatabaseTransaction,
    load: &Load,
    plan: &Plan,
    commit: Commit,
) -> Result<Numbers> {
    let lines = number_lines(txn, plan, commit).await?;
    let provenances = number_provenances(txn, plan).await?;
    let sheets = add_sheets(txn, load, plan, &provenances, commit).await?;
    Ok(Numbers {
        lines,
        provenances,
        sheets,
    })
}

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

/// Numbers from the next one on, for so many rows.
fn following(highest: i64, count: usize) -> Vec<i64> {
    (highest + 1..).take(count).collect()
}

async fn number_lines(
    txn: &DatabaseTransaction,
    plan: &Plan,
    commit: Commit,
) -> Result<HashMap<String, i64>> {
    let known = plan.known.lines.values();
    let known = known.map(|line| (line.id.clone(), line.number));
    let mut numbers: HashMap<_, _> = known.collect();
    let mut new: Vec<&SeriesKey> = Vec::new();
    let first = highest(txn, "line").await?;
    for series in plan.series() {
        if !numbers.contains_key(&series.line_id) {
            new.push(series);
            numbers.insert(series.line_id.clone(), first + new.len() as i64);
        }
    }
    let texts = |of: fn(&SeriesKey) -> String| Column::Texts(new.iter().map(|s| of(s)).collect());
    let values = [
        Column::Numbers(following(first, new.len())),
        texts(|series| series.line_id.clone()),
        texts(|series| series.line.indicator.clone()),
        texts(|series| series.line.entity.clone()),
        texts(|series| series.line.counterpart.clone()),
        texts(|series| series.line.breakdown_text()),
        Column::Numbers(vec![commit.number; new.len()]),
    ];
    let names = [
        "id",
        "name",
        "indicator",
        "entity",
        "counterpart",
        "breakdown",
        "from_commit",
    ];
    insert(txn, "line", (names, values), "").await?;
    Ok(numbers)
}

async fn number_provenances(
    txn: &DatabaseTransaction,
    plan: &Plan,
) -> Result<HashMap<Provenance, i64>> {
    let mut numbers = plan.known.provenances.clone();
    // Those of the source may have grown since the plan was made.
    let sources: BTreeSet<_> = plan
        .series()
        .map(|s| s.provenance.source.as_str())
        .collect();
    for source in sources {
        let now = crate::books::of_source(txn, source).await?;
        numbers.extend(now.into_iter().map(|(id, provenance)| (provenance, id)));
    }
    let first = highest(txn, "provenance").await?;
    let mut new: Vec<&Provenance> = Vec::new();
    for series in plan.series() {
        let provenance = &series.provenance;
        if !numbers.contains_key(provenance) {
            new.push(provenance);
            numbers.insert(provenance.clone(), first + new.len() as i64);
        }
    }
    let texts = |of: fn(&Provenance) -> &String| {
        Column::Texts(
            new.iter()
                .map(|provenance| of(provenance).clone())
                .collect(),
        )
    };
    let values = [
        Column::Numbers(following(first, new.len())),
        texts(|provenance| &provenance.source),
        texts(|provenance| &provenance.originator),
        texts(|provenance| &provenance.unit),
        Column::Numbers(new.iter().map(|p| p.nature_class).collect()),
    ];
    let names = ["id", "source", "originator", "unit", "nature_class"];
    insert(txn, "provenance", (names, values), "").await?;
    Ok(numbers)
}

/// Notes which provenances have figures on which lines.
pub(super) async fn add_series(
    txn: &DatabaseTransaction,
    plan: &Plan,
    numbers: &Numbers,
    commit: Commit,
) -> Result<()> {
    let number = |series: &SeriesKey| {
        let line = numbers.lines[&series.line_id];
        (line, numbers.provenances[&series.provenance])
    };
    let (lines, provenances): (Vec<_>, Vec<_>) = plan.series().map(number).unzip();
    let values = [
        Column::Numbers(vec![commit.number; lines.len()]),
        Column::Numbers(lines),
        Column::Numbers(provenances),
    ];
    let names = ["from_commit", "line", "provenance"];
    let kept = "ON CONFLICT (line, provenance) DO NOTHING";
    insert(txn, "series", (names, values), kept).await
}

/// One sheet for each release and provenance of the plan.
async fn add_sheets(
    txn: &DatabaseTransaction,
    load: &Load,
    plan: &Plan,
    provenances: &HashMap<Provenance, i64>,
    commit: Commit,
) -> Result<HashMap<i64, Vec<(String, i64)>>> {
    let first = highest(txn, "sheet").await?;
    let mut new: Vec<(&Release, i64)> = Vec::new();
    let mut sheets: HashMap<i64, Vec<(String, i64)>> = HashMap::new();
    for writes in &plan.writes {
        let provenance = provenances[&writes.series.provenance];
        let of_provenance = sheets.entry(provenance).or_default();
        for write in &writes.claims {
            if !of_provenance.iter().any(|(id, _)| *id == write.release.id) {
                new.push((&write.release, provenance));
                of_provenance.push((write.release.id.clone(), first + new.len() as i64));
            }
        }
    }
    let count = new.len();
    let values = [
        Column::Numbers(following(first, count)),
        Column::Texts(new.iter().map(|(release, _)| release.id.clone()).collect()),
        Column::Numbers(new.iter().map(|(_, provenance)| *provenance).collect()),
        Column::Numbers(vec![commit.number; count]),
        Column::Numbers(vec![commit.committed_at; count]),
        Column::Numbers(new.iter().map(|(release, _)| release.known_at).collect()),
        Column::Texts(vec![load.id.clone(); count]),
    ];
    let names = [
        "id",
        "release",
        "provenance",
        "commit_number",
        "committed_at",
        "known_at",
        "load_id",
    ];
    insert(txn, "sheet", (names, values), "").await?;
    Ok(sheets)
}
