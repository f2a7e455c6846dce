//! What a complete release has stated so far, packed per line: needed until it is
//! finished, to know what it leaves out.

use std::collections::{BTreeMap, BTreeSet};

use figure::Period;
use rpc::{Error, Result};
use sea_orm::sea_query::{Alias, Expr, OnConflict, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, ExprTrait as _, FromQueryResult, Statement};

/// Periods stated, by release, line and provenance.
pub(super) type Stated = BTreeMap<(String, i64, i64), BTreeSet<Period>>;

#[derive(FromQueryResult)]
struct Row {
    release: String,
    line: i64,
    provenance: i64,
    periods: Vec<u8>,
}

/// What unfinished complete releases have stated about these lines.
pub(super) async fn about(db: &impl ConnectionTrait, lines: &[i64]) -> Result<Stated> {
    let mut stated = Stated::new();
    for chunk in lines.chunks(5000) {
        let select = Query::select()
            .columns(["release", "line", "provenance", "periods"].map(Alias::new))
            .from(Alias::new("stated"))
            .and_where(Expr::col(Alias::new("line")).is_in(chunk.iter().copied()))
            .to_owned();
        let statement = db.get_database_backend().build(&select);
        for row in Row::find_by_statement(statement).all(db).await? {
            let periods = unpack(&row.periods).ok_or_else(|| {
                Error::internal(anyhow::anyhow!("stated periods cannot be unpacked"))
            })?;
            stated.insert((row.release, row.line, row.provenance), periods);
        }
    }
    Ok(stated)
}

/// Replaces what is kept for these keys.
pub(super) async fn keep(txn: &DatabaseTransaction, stated: &Stated) -> Result<()> {
    let rows: Vec<_> = stated.iter().collect();
    for chunk in rows.chunks(2000) {
        let mut insert = Query::insert()
            .into_table(Alias::new("stated"))
            .columns(["release", "line", "provenance", "periods"].map(Alias::new))
            .to_owned();
        for ((release, line, provenance), periods) in chunk {
            insert.values_panic([
                release.as_str().into(),
                (*line).into(),
                (*provenance).into(),
                pack(periods).into(),
            ]);
        }
        let keys = ["line", "release", "provenance"].map(Alias::new);
        insert.on_conflict(
            OnConflict::columns(keys)
                .update_column(Alias::new("periods"))
                .to_owned(),
        );
        txn.execute_raw(txn.get_database_backend().build(&insert))
            .await?;
    }
    Ok(())
}

/// Forgets what a release had stated: it is finished.
pub(super) async fn forget(txn: &DatabaseTransaction, release: &str) -> Result<()> {
    let delete = Statement::from_sql_and_values(
        txn.get_database_backend(),
        "DELETE FROM stated WHERE release = $1",
        [release.into()],
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
