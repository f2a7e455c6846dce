use rpc::Result;
use sea_orm::sea_query::ArrayType;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

/// Rows per statement on SQLite, whose values are bound one by one.
const ROWS: usize = 500;

/// The values of one column, in the order of the rows.
#[derive(Debug)]
pub enum Column {
    /// Whole numbers.
    Numbers(Vec<i64>),
    /// Texts.
    Texts(Vec<String>),
    /// Texts that may be absent, and are never empty.
    Optional(Vec<Option<String>>),
    /// Blobs.
    Bytes(Vec<Vec<u8>>),
}

/// Inserts all rows; `conflict` says what to do about those that are there already.
pub async fn insert<const N: usize>(
    db: &impl ConnectionTrait,
    table: &str,
    (names, columns): ([&str; N], [Column; N]),
    conflict: &str,
) -> Result<()> {
    let rows = columns.iter().map(Column::len).max().unwrap_or(0);
    if rows == 0 {
        return Ok(());
    }
    let head = format!("INSERT INTO {table} ({})", names.join(", "));
    match db.get_database_backend() {
        DbBackend::Postgres => {
            let sql = format!("{head} {} {conflict}", unnested(&columns));
            let values = columns.map(Column::array);
            let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
            db.execute_raw(statement).await?;
        }
        backend => {
            let mut values = columns.map(Column::values);
            for start in (0..rows).step_by(ROWS) {
                let count = ROWS.min(rows - start);
                let sql = format!("{head} VALUES {} {conflict}", places(N, count));
                // Row by row: a value of each column.
                let next = (0..count * N).filter_map(|i| values[i % N].next());
                let next: Vec<_> = next.collect();
                let statement = Statement::from_sql_and_values(backend, sql, next);
                db.execute_raw(statement).await?;
            }
        }
    }
    Ok(())
}

/// All rows as one array a column: one message however many there are, and one statement
/// to prepare. The arrays are unfolded side by side in the select list; in a FROM clause
/// each would be written out before it is read, which takes twice as long.
fn unnested<const N: usize>(columns: &[Column; N]) -> String {
    let values = (1..).zip(columns).map(|(i, column)| match column {
        Column::Numbers(_) => format!("unnest(${i}::bigint[])"),
        Column::Texts(_) => format!("unnest(${i}::text[])"),
        Column::Optional(_) => format!("NULLIF(unnest(${i}::text[]), '')"),
        Column::Bytes(_) => format!("unnest(${i}::bytea[])"),
    });
    format!("SELECT {}", values.collect::<Vec<_>>().join(", "))
}

/// `(?, ?), (?, ?)` for two rows of two columns.
fn places(columns: usize, rows: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(", "));
    vec![row.as_str(); rows].join(", ")
}

impl Column {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Texts(values) => values.len(),
            Self::Optional(values) => values.len(),
            Self::Bytes(values) => values.len(),
        }
    }

    /// An array; what is absent is an empty text in it.
    fn array(self) -> Value {
        let (kind, values): (_, Vec<Value>) = match self {
            Self::Numbers(values) => (ArrayType::BigInt, all(values)),
            Self::Texts(values) => (ArrayType::String, all(values)),
            Self::Optional(values) => {
                let values = values.into_iter().map(Option::unwrap_or_default);
                (ArrayType::String, all(values))
            }
            Self::Bytes(values) => (ArrayType::Bytes, all(values)),
        };
        Value::Array(kind, Some(Box::new(values)))
    }

    fn values(self) -> std::vec::IntoIter<Value> {
        let values: Vec<Value> = match self {
            Self::Numbers(values) => all(values),
            Self::Texts(values) => all(values),
            Self::Optional(values) => all(values),
            Self::Bytes(values) => all(values),
        };
        values.into_iter()
    }
}

fn all<T: Into<Value>>(values: impl IntoIterator<Item = T>) -> Vec<Value> {
    values.into_iter().map(Into::into).collect()
}
