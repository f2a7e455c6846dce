//! Rows in force from one commit until another.

use rpc::Result;
use sea_orm::sea_query::{Expr, ExprTrait as _, PostgresQueryBuilder, SelectStatement};
use sea_orm::{Condition, ConnectionTrait, FromQueryResult, Order, Statement, Value};
use store::{Commit, order};

/// `until_commit` of a row that nothing has taken the place of.
pub(crate) const OPEN: i64 = i64::MAX;

/// A reader of the newest state inside a write.
pub(crate) const NOW: i64 = OPEN - 1;

/// Most values bound in one statement.
pub(crate) const MOST_VALUES: usize = 20_000;

/// Rows in force at `commit`.
pub(crate) fn at(commit: i64) -> Condition {
    Condition::all()
        .add(Expr::cust("from_commit").lte(commit))
        .add(Expr::cust("until_commit").gt(commit))
}

/// Sorts a select by the keys of a list.
pub(crate) fn sort(select: &mut SelectStatement, keys: &[order::Key]) {
    for key in keys {
        let direction = if key.descending {
            Order::Desc
        } else {
            Order::Asc
        };
        select.order_by_expr(Expr::cust(key.field.column), direction);
    }
}

/// Runs a select. Both databases understand PostgreSQL's spelling of it, also of the
/// numbered placeholders in conditions.
pub(crate) async fn select<R: FromQueryResult>(
    db: &impl ConnectionTrait,
    select: &SelectStatement,
) -> Result<Vec<R>> {
    let (sql, values) = select.build(PostgresQueryBuilder);
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(R::find_by_statement(statement).all(db).await?)
}

/// Inserts rows that are in force from `commit` on, many to a statement.
pub(crate) async fn insert<const N: usize>(
    db: &impl ConnectionTrait,
    table: &str,
    columns: [&str; N],
    (commit, rows): (Commit, Vec<[Value; N]>),
) -> Result<()> {
    let columns = columns.join(", ");
    let head = format!("INSERT INTO {table} (from_commit, until_commit, {columns}) VALUES ");
    for chunk in chunks(rows) {
        let tuples = tuples(N, chunk.len(), &format!("$1, {OPEN}, "));
        execute(db, format!("{head}{tuples}"), commit.number, chunk).await?;
    }
    Ok(())
}

/// Ends the rows in force that have these keys.
pub(crate) async fn close<const N: usize>(
    db: &impl ConnectionTrait,
    table: &str,
    columns: [&str; N],
    (commit, keys): (Commit, Vec<[Value; N]>),
) -> Result<()> {
    let columns = columns.join(", ");
    let head = format!(
        "UPDATE {table} SET until_commit = $1 WHERE until_commit = {OPEN} AND ({columns}) IN "
    );
    for chunk in chunks(keys) {
        let sql = format!("{head}(VALUES {})", tuples(N, chunk.len(), ""));
        execute(db, sql, commit.number, chunk).await?;
    }
    Ok(())
}

/// Chunks of one size make one text, which is prepared once. They are small because SQLite
/// walks along all placeholders of a statement to find the name of each one.
fn chunks<const N: usize>(rows: Vec<[Value; N]>) -> Vec<Vec<[Value; N]>> {
    const ROWS: usize = 100;
    let mut rows = rows.into_iter();
    let mut chunks = Vec::new();
    loop {
        let chunk: Vec<_> = rows.by_ref().take(ROWS).collect();
        if chunk.is_empty() {
            return chunks;
        }
        chunks.push(chunk);
    }
}

async fn execute<const N: usize>(
    db: &impl ConnectionTrait,
    sql: String,
    commit: i64,
    rows: Vec<[Value; N]>,
) -> Result<()> {
    let values = std::iter::once(commit.into()).chain(rows.into_iter().flatten());
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.execute_raw(statement).await?;
    Ok(())
}

/// `(lead$2, $3), (lead$4, $5)` for two rows of two columns.
fn tuples(columns: usize, rows: usize, lead: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(rows * (lead.len() + columns * 8 + 4));
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        text.push_str(lead);
        for column in 0..columns {
            let separator = if column == 0 { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(text, "{separator}${}", 2 + row * columns + column);
        }
        text.push(')');
    }
    text
}
