//! Writing a plan: rows, then the heads that follow from them, all in one commit.

use std::collections::HashMap;

use figure::Period;
use rpc::Result;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult};
use store::Commit;

use super::Ingest;
use super::heads::{fold_into_heads, keep_heads, mark_contested, named, ordinals, refold};
use super::number::{Numbers, add_source_series, number};
use super::plan::{Plan, Write, Writes};
use super::stated::{self, Stated};
use crate::claim::{Columns, Text};
use crate::definition::Definitions;
use crate::release_commits::ReleaseCommits;
use crate::series;
use store::{Column, insert};

#[derive(FromQueryResult)]
struct Changed {
    series: i64,
    commit_max: i64,
}

/// Whether nobody changed the series of the plan since it was made. Called with the commit
/// lock held, so the answer stays true.
pub(super) async fn still_holds(txn: &DatabaseTransaction, plan: &Plan) -> Result<bool> {
    let known = &plan.known.series_by_id;
    let ids = plan
        .writes
        .iter()
        .map(|writes| &writes.source_series.series_id);
    let (known, new): (Vec<_>, Vec<_>) = ids.partition(|id| known.contains_key(*id));
    let new: Vec<_> = new.into_iter().cloned().collect();
    if !series::by_ids(txn, &new).await?.is_empty() {
        return Ok(false);
    }
    let numbers = known.iter().map(|id| plan.known.series_by_id[*id].number);
    let numbers: Vec<_> = numbers.collect();
    for chunk in numbers.chunks(5000) {
        let select = Query::select()
            .columns(["series", "commit_max"].map(Alias::new))
            .from(Alias::new("series_head"))
            .and_where(Expr::col(Alias::new("series")).is_in(chunk.iter().copied()))
            .to_owned();
        let statement = txn.get_database_backend().build(&select);
        for now in Changed::find_by_statement(statement).all(txn).await? {
            let planned = plan.known.heads.get(&now.series);
            if planned.map(|(_, commit_max, _)| *commit_max) != Some(now.commit_max) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// A claim with the numbers it is stored under.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed<'a> {
    pub series: i64,
    pub release_commit: i64,
    pub provenance: i64,
    pub write: &'a Write,
}

impl Placed<'_> {
    /// Sorts claims as they are stored: by series, then period, then release commit.
    fn key(&self) -> (i64, Period, i64) {
        (self.series, self.write.period, self.release_commit)
    }
}

/// Writes the plan in this commit.
pub(super) async fn apply(
    txn: &DatabaseTransaction,
    (ingest, release_commits, definitions): (&Ingest, &ReleaseCommits, &Definitions),
    plan: &mut Plan,
    commit: Commit,
) -> Result<()> {
    let numbers = number(txn, ingest, plan, commit).await?;
    add_source_series(txn, plan, &numbers, commit).await?;
    let placed = place(&plan.writes, &numbers);
    add_claims(txn, &placed).await?;
    add_texts(txn, &placed).await?;
    let heads = &mut plan.known.heads;
    let ordinals = ordinals(txn, release_commits, heads, &placed).await?;
    let folded = fold_into_heads(heads, (&placed, &ordinals), commit);
    refold(txn, release_commits, heads, &folded.backfilled).await?;
    let touched = folded.touched;
    keep_heads(txn, &plan.known.heads, touched.keys().copied()).await?;
    let names = numbers.provenances.into_iter();
    let names = names.map(|(provenance, id)| (id, provenance)).collect();
    let names = named(txn, release_commits, names, (&plan.known.heads, &touched)).await?;
    mark_contested(txn, &plan.known.heads, &touched, (&names, definitions)).await
}

/// All claims to be written, in the order in which they are stored.
fn place<'a>(writes: &'a [Writes], numbers: &Numbers) -> Vec<Placed<'a>> {
    let mut placed = Vec::new();
    for writes in writes {
        let series = numbers.series[&writes.source_series.series_id];
        let provenance = numbers.provenances[&writes.source_series.provenance];
        placed.extend(writes.claims.iter().map(|write| Placed {
            series,
            release_commit: numbers.release_commit(&write.release, provenance),
            provenance,
            write,
        }));
    }
    placed.sort_by_key(Placed::key);
    placed
}

/// Keeps what a complete release stated, for series that exist by now.
pub(super) async fn keep_stated(
    txn: &DatabaseTransaction,
    ingest: &Ingest,
    plan: &Plan,
) -> Result<()> {
    if plan.stated.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = plan.stated.keys().map(|s| s.series_id.clone()).collect();
    let found = series::by_ids(txn, &ids).await?;
    let numbers: HashMap<_, _> = found.into_iter().map(|one| (one.id, one.number)).collect();
    let of_source = crate::release_commits::of_source(txn, &ingest.release.source).await?;
    let provenances: HashMap<_, _> = of_source.into_iter().map(|(id, p)| (p, id)).collect();
    let mut all = Stated::new();
    for (source_series, periods) in &plan.stated {
        let series = numbers.get(&source_series.series_id);
        let Some((series, provenance)) = series.zip(provenances.get(&source_series.provenance))
        else {
            continue;
        };
        let key = (*series, *provenance, ingest.id.clone());
        let mut together = plan.known.stated.get(&key).cloned().unwrap_or_default();
        together.release.clone_from(&ingest.release.id);
        together.periods.extend(periods);
        all.insert(key, together);
    }
    stated::keep(txn, &all).await
}

async fn add_claims(txn: &DatabaseTransaction, placed: &[Placed<'_>]) -> Result<()> {
    let columns: Vec<_> = placed
        .iter()
        .map(|claim| Columns::from(&claim.write.statement))
        .collect();
    let numbers = |of: fn(&Placed<'_>) -> i64| Column::Numbers(placed.iter().map(of).collect());
    let decimals = |of: fn(&Columns) -> Option<figure::Decimal>| {
        let texts = columns.iter().map(|c| of(c).map(|n| n.to_string()));
        Column::Optional(texts.collect())
    };
    let values = [
        numbers(|claim| claim.series),
        numbers(|claim| claim.write.period.key()),
        numbers(|claim| claim.release_commit),
        Column::Numbers(columns.iter().map(|c| c.flags).collect()),
        decimals(|c| c.value),
        decimals(|c| c.upper),
    ];
    let names = [
        "series",
        "period",
        "release_commit",
        "flags",
        "value",
        "upper",
    ];
    insert(txn, "claim", (names, values), "").await
}

async fn add_texts(txn: &DatabaseTransaction, placed: &[Placed<'_>]) -> Result<()> {
    let (mut keys, mut bodies) = ([vec![], vec![], vec![]], vec![]);
    for claim in placed {
        let quantity = claim.write.statement.quantity.as_ref();
        let as_published = quantity.and_then(|q| q.as_published()).unwrap_or_default();
        if claim.write.text.is_none() && as_published.is_empty() {
            continue;
        }
        let text = Text {
            as_published: as_published.to_owned(),
            ..claim.write.text.as_deref().cloned().unwrap_or_default()
        };
        if text.is_empty() {
            continue;
        }
        keys[0].push(claim.series);
        keys[1].push(claim.write.period.key());
        keys[2].push(claim.release_commit);
        bodies.push(serde_json::to_string(&text).map_err(rpc::Error::internal)?);
    }
    let [series_list, periods, release_commits] = keys.map(Column::Numbers);
    let values = [series_list, periods, release_commits, Column::Texts(bodies)];
    let names = ["series", "period", "release_commit", "body"];
    insert(txn, "claim_text", (names, values), "").await
}
