//! Many rows in few statements.

use rpc::Result;
use sea_orm::sea_query::{Alias, OnConflict, Query, SimpleExpr};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction};

/// Rows per statement, so that binds stay below what SQLite takes.
const ROWS: usize = 2000;

/// Inserts all rows.
pub(super) async fn insert<const N: usize>(
    txn: &DatabaseTransaction,
    table: &str,
    columns: [&str; N],
    rows: Vec<[SimpleExpr; N]>,
    conflict: Option<OnConflict>,
) -> Result<()> {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut insert = Query::insert()
            .into_table(Alias::new(table))
            .columns(columns.map(Alias::new))
            .to_owned();
        for row in rows.by_ref().take(ROWS) {
            insert.values_panic(row);
        }
        if let Some(conflict) = &conflict {
            insert.on_conflict(conflict.clone());
        }
        txn.execute_raw(txn.get_database_backend().build(&insert))
            .await?;
    }
    Ok(())
}
