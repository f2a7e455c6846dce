//! Statements as text, the same for both databases.

use rpc::Result;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};

/// Runs a statement; the answer is the number of rows it touched.
pub(crate) async fn run<const N: usize>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: [Value; N],
) -> Result<u64> {
    let done = db.execute_raw(statement(db, sql, values)).await?;
    Ok(done.rows_affected())
}

/// The first row, if there is one.
pub(crate) async fn one<T: FromQueryResult, const N: usize>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: [Value; N],
) -> Result<Option<T>> {
    Ok(T::find_by_statement(statement(db, sql, values))
        .one(db)
        .await?)
}

/// All rows.
pub(crate) async fn all<T: FromQueryResult, const N: usize>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: [Value; N],
) -> Result<Vec<T>> {
    Ok(T::find_by_statement(statement(db, sql, values))
        .all(db)
        .await?)
}

fn statement<const N: usize>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: [Value; N],
) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}
