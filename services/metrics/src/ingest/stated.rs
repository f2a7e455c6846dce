//! What an ingest of a complete release has stated so far, packed per series: needed until it
//! is finished, to know what it leaves out.

use std::collections::{BTreeMap, BTreeSet};

use figure::Period;
use rpc::{Error, Result};
use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, ExprTrait as _, FromQueryResult, Statement};

use store::{Column, insert};

const COLUMNS: [&str; 5] = ["series", "provenance", "ingest_id", "release", "periods"];

/// What one ingest has stated of one source series.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    pub release: String,
    pub periods: BTreeSet<Period>,
}

/// What ingests have stated, by series, provenance and id of the ingest.
pub(super) type Stated = BTreeMap<(i64, i64, String), Kept>;

#[derive(FromQueryResult)]
struct Row {
    series: i64,
    provenance: i64,
    ingest_id: String,
    release: String,
    periods: Vec<u8>,
}

/// What unfinished ingests of complete releases have stated about these series.
pub(super) async fn about(db: &impl ConnectionTrait, series_list: &[i64]) -> Result<Stated> {
    let mut stated = Stated::new();
    for chunk in series_list.chunks(5000) {
        let select = Query::select()
            .columns(COLUMNS.map(Alias::new))
            .from(Alias::new("stated"))
            .and_where(Expr::col(Alias::new("series")).is_in(chunk.iter().copied()))
            .to_owned();
        let statement = db.get_database_backend().build(&select);
        for row in Row::find_by_statement(statement).all(db).await? {
            let periods = unpack(&row.periods).ok_or_else(|| {
                Error::internal(anyhow::anyhow!("stated periods cannot be unpacked"))
            })?;
            let kept = Kept {
                release: row.release,
                periods,
            };
            stated.insert((row.series, row.provenance, row.ingest_id), kept);
        }
    }
    Ok(stated)
}

/// Whether any ingest of a release has stated this observation.
pub(super) fn by_release(
    stated: &Stated,
    (series, provenance): (i64, i64),
    release: &str,
    period: Period,
) -> bool {
    let from = (series, provenance, String::new());
    let of_source_series = stated
        .range(from..)
        .take_while(|((s, p, _), _)| (*s, *p) == (series, provenance));
    of_source_series
        .filter(|(_, kept)| kept.release == release)
        .any(|(_, kept)| kept.periods.contains(&period))
}

/// Replaces what is kept for these keys.
pub(super) async fn keep(txn: &DatabaseTransaction, stated: &Stated) -> Result<()> {
    let numbers =
        |of: fn(&(i64, i64, String)) -> i64| Column::Numbers(stated.keys().map(of).collect());
    let values = [
        numbers(|(series, _, _)| *series),
        numbers(|(_, provenance, _)| *provenance),
        Column::Texts(
            stated
                .keys()
                .map(|(_, _, ingest_id)| ingest_id.clone())
                .collect(),
        ),
        Column::Texts(stated.values().map(|kept| kept.release.clone()).collect()),
        Column::Bytes(stated.values().map(|kept| pack(&kept.periods)).collect()),
    ];
    let replace =
        "ON CONFLICT (series, ingest_id, provenance) DO UPDATE SET periods = excluded.periods";
    insert(txn, "stated", (COLUMNS, values), replace).await
}

/// Forgets what an ingest had stated: it is finished.
pub(super) async fn forget(txn: &DatabaseTransaction, ingest_id: &str) -> Result<()> {
    let delete = Statement::from_sql_and_values(
        txn.get_database_backend(),
        "DELETE FROM stated WHERE ingest_id = $1",
        [ingest_id.into()],
    );
    txn.execute_raw(delete).await?;
    Ok(())
}

fn pack(periods: &BTreeSet<Period>) -> Vec<u8> {
    periods
        .iter()
        .flat_map(|period| period.key().to_be_bytes())
        .collect()
}

fn unpack(bytes: &[u8]) -> Option<BTreeSet<Period>> {
    let keys = bytes.chunks_exact(8);
    let whole = keys.remainder().is_empty();
    let period = |key: &[u8]| Period::from_key(i64::from_be_bytes(key.try_into().ok()?));
    keys.map(period).collect::<Option<_>>().filter(|_| whole)
}
