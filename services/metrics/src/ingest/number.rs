//! Numbers that claims are stored under: of series, provenances, release commits. Given
//! under the commit lock, so that no two writers give the same one.

use std::collections::{BTreeSet, HashMap};

use rpc::Result;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult, Statement as Sql};
use store::Commit;

use super::plan::Plan;
use super::{Ingest, SourceSeries};
use crate::release::Release;
use crate::release_commits::Provenance;
use store::{Column, insert};

/// The numbers of all that a plan writes.
#[derive(Debug)]
pub(super) struct Numbers {
    /// By id of the series.
    pub series: HashMap<String, i64>,
    pub provenances: HashMap<Provenance, i64>,
    /// By number of the provenance, with the release of each; there are few of one.
    release_commits: HashMap<i64, Vec<(String, i64)>>,
}

impl Numbers {
    /// The release commit of a release and a provenance of the plan.
    pub fn release_commit(&self, release: &Release, provenance: i64) -> i64 {
        let mut release_commits = self.release_commits[&provenance].iter();
        let own = release_commits.find(|(of, _)| *of == release.id);
        own.expect("every write of a plan has a release commit").1
    }
}

/// Numbers all that a plan writes; what is new is written.
pub(super) async fn number(
    txn: &DatabaseTransaction,
    ingest: &Ingest,
    plan: &Plan,
    commit: Commit,
) -> Result<Numbers> {
    let series = number_series(txn, plan, commit).await?;
    let provenances = number_provenances(txn, plan).await?;
    let release_commits = add_release_commits(txn, ingest, plan, &provenances, commit).await?;
    Ok(Numbers {
        series,
        provenances,
        release_commits,
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

async fn number_series(
    txn: &DatabaseTransaction,
    plan: &Plan,
    commit: Commit,
) -> Result<HashMap<String, i64>> {
    let known = plan.known.series_by_id.values();
    let known = known.map(|series| (series.id.clone(), series.number));
    let mut numbers: HashMap<_, _> = known.collect();
    let mut new: Vec<&SourceSeries> = Vec::new();
    let first = highest(txn, "series").await?;
    for source_series in plan.source_series() {
        if !numbers.contains_key(&source_series.series_id) {
            new.push(source_series);
            numbers.insert(source_series.series_id.clone(), first + new.len() as i64);
        }
    }
    let texts =
        |of: fn(&SourceSeries) -> String| Column::Texts(new.iter().map(|s| of(s)).collect());
    let values = [
        Column::Numbers(following(first, new.len())),
        texts(|source_series| source_series.series_id.clone()),
        texts(|source_series| source_series.series.indicator.clone()),
        texts(|source_series| source_series.series.entity.clone()),
        texts(|source_series| source_series.series.counterpart.clone()),
        texts(|source_series| source_series.series.breakdown_text()),
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
    insert(txn, "series", (names, values), "").await?;
    Ok(numbers)
}

async fn number_provenances(
    txn: &DatabaseTransaction,
    plan: &Plan,
) -> Result<HashMap<Provenance, i64>> {
    let mut numbers = plan.known.provenances.clone();
    // Those of the source may have grown since the plan was made.
    let sources: BTreeSet<_> = plan
        .source_series()
        .map(|s| s.provenance.source.as_str())
        .collect();
    for source in sources {
        let now = crate::release_commits::of_source(txn, source).await?;
        numbers.extend(now.into_iter().map(|(id, provenance)| (provenance, id)));
    }
    let first = highest(txn, "provenance").await?;
    let mut new: Vec<&Provenance> = Vec::new();
    for source_series in plan.source_series() {
        let provenance = &source_series.provenance;
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

/// Notes which provenances have figures on which series.
pub(super) async fn add_source_series(
    txn: &DatabaseTransaction,
    plan: &Plan,
    numbers: &Numbers,
    commit: Commit,
) -> Result<()> {
    let number = |source_series: &SourceSeries| {
        let series = numbers.series[&source_series.series_id];
        (series, numbers.provenances[&source_series.provenance])
    };
    let (series_list, provenances): (Vec<_>, Vec<_>) = plan.source_series().map(number).unzip();
    let values = [
        Column::Numbers(vec![commit.number; series_list.len()]),
        Column::Numbers(series_list),
        Column::Numbers(provenances),
    ];
    let names = ["from_commit", "series", "provenance"];
    let kept = "ON CONFLICT (series, provenance) DO NOTHING";
    insert(txn, "source_series", (names, values), kept).await
}

/// One release commit for each release and provenance of the plan.
async fn add_release_commits(
    txn: &DatabaseTransaction,
    ingest: &Ingest,
    plan: &Plan,
    provenances: &HashMap<Provenance, i64>,
    commit: Commit,
) -> Result<HashMap<i64, Vec<(String, i64)>>> {
    let first = highest(txn, "release_commit").await?;
    let mut new: Vec<(&Release, i64)> = Vec::new();
    let mut release_commits: HashMap<i64, Vec<(String, i64)>> = HashMap::new();
    for writes in &plan.writes {
        let provenance = provenances[&writes.source_series.provenance];
        let of_provenance = release_commits.entry(provenance).or_default();
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
        Column::Texts(vec![ingest.id.clone(); count]),
    ];
    let names = [
        "id",
        "release",
        "provenance",
        "commit_number",
        "committed_at",
        "known_at",
        "ingest_id",
    ];
    insert(txn, "release_commit", (names, values), "").await?;
    Ok(release_commits)
}
