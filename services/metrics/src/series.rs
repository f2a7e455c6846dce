//! Series: what figures are about.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use rpc::{Error, Reason, Result};
use sea_orm::sea_query::{Alias, Expr, Order, Query, SimpleExpr};
use sea_orm::{Condition, ConnectionTrait, ExprTrait as _, FromQueryResult};
use sha2::{Digest as _, Sha256};
use store::filter::{Field, Kind};

/// What identifies a series.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Indicator id.
    pub indicator: String,
    /// Entity id.
    pub entity: String,
    /// Entity id of the other side; empty unless the indicator is bilateral.
    pub counterpart: String,
    /// Codes by breakdown id, without those at their total.
    pub breakdown: BTreeMap<String, String>,
}

impl Key {
    /// The id of the series: a hash of the key, the same in every installation.
    pub fn id(&self) -> String {
        let mut hash = Sha256::new();
        let breakdown = self.breakdown_text();
        for part in [&self.indicator, &self.entity, &self.counterpart, &breakdown] {
            hash.update((part.len() as u32).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize()[..16]
            .iter()
            .fold(String::new(), |mut text, byte| {
                // Writing to a string cannot fail.
                let _ = write!(text, "{byte:02x}");
                text
            })
    }

    /// The breakdown as one text: `id=code;id=code`, sorted.
    pub fn breakdown_text(&self) -> String {
        let parts: Vec<_> = self
            .breakdown
            .iter()
            .map(|(id, code)| format!("{id}={code}"))
            .collect();
        parts.join(";")
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "indicators/{} about entities/{}",
            self.indicator, self.entity
        )?;
        if !self.counterpart.is_empty() {
            write!(f, " and entities/{}", self.counterpart)?;
        }
        match self.breakdown_text() {
            none if none.is_empty() => Ok(()),
            breakdown => write!(f, " by {breakdown}"),
        }
    }
}

/// A series as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Its number in this database.
    pub number: i64,
    /// Its id.
    pub id: String,
    /// What it is about.
    pub key: Key,
    /// The commit of its first claim.
    pub from_commit: i64,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    name: String,
    indicator: String,
    entity: String,
    counterpart: String,
    breakdown: String,
    from_commit: i64,
}

impl From<Row> for Series {
    fn from(row: Row) -> Self {
        let pairs = row
            .breakdown
            .split(';')
            .filter_map(|pair| pair.split_once('='));
        Self {
            number: row.id,
            id: row.name,
            key: Key {
                indicator: row.indicator,
                entity: row.entity,
                counterpart: row.counterpart,
                breakdown: pairs
                    .map(|(id, code)| (id.to_owned(), code.to_owned()))
                    .collect(),
            },
            from_commit: row.from_commit,
        }
    }
}

const COLUMNS: [&str; 7] = [
    "id",
    "name",
    "indicator",
    "entity",
    "counterpart",
    "breakdown",
    "from_commit",
];

/// Fields that lists of series can be filtered by.
pub const FILTER: &[Field] = &[
    Field {
        name: "indicator",
        column: "series.indicator",
        kind: Kind::Name("indicators"),
    },
    Field {
        name: "entity",
        column: "series.entity",
        kind: Kind::Name("entities"),
    },
    Field {
        name: "counterpart",
        column: "series.counterpart",
        kind: Kind::Name("entities"),
    },
    Field {
        name: "source",
        column: "",
        kind: Kind::Among(
            "entities",
            "(SELECT provenance.source FROM source_series JOIN provenance ON provenance.id = source_series.provenance \
             WHERE source_series.series = series.id AND source_series.from_commit <= seen.commit_number)",
        ),
    },
];

/// Series after `after` that meet the condition and existed at the commit, by id. In the
/// condition `seen.commit_number` is the commit.
pub async fn list(
    db: &impl ConnectionTrait,
    condition: Condition,
    after: &str,
    limit: usize,
    commit: i64,
) -> Result<Vec<Series>> {
    let condition = Condition::all()
        .add(condition)
        .add(column("name").gt(after));
    select(db, condition, &["name"], limit, commit).await
}

/// What series are listed by for people.
const KEY: [&str; 4] = ["indicator", "entity", "counterpart", "breakdown"];

/// Like [`list`], by what they are about: indicator, entity, counterpart, breakdown.
pub async fn list_by_key(
    db: &impl ConnectionTrait,
    condition: Condition,
    after: Option<&[String]>,
    limit: usize,
    commit: i64,
) -> Result<Vec<Series>> {
    let mut condition = Condition::all().add(condition);
    if let Some(after) = after.filter(|after| after.len() == KEY.len()) {
        let texts = after.iter().map(|text| Expr::val(text.as_str()));
        condition = condition.add(Expr::tuple(KEY.map(column)).gt(Expr::tuple(texts)));
    }
    select(db, condition, &KEY, limit, commit).await
}

impl Series {
    /// Where the series stands in a list by key.
    pub fn place(&self) -> Vec<String> {
        let key = &self.key;
        let names = [&key.indicator, &key.entity, &key.counterpart];
        let names = names.into_iter().cloned();
        names.chain([key.breakdown_text()]).collect()
    }
}

async fn select(
    db: &impl ConnectionTrait,
    condition: Condition,
    order: &[&'static str],
    limit: usize,
    commit: i64,
) -> Result<Vec<Series>> {
    let seen = Query::select()
        .expr_as(Expr::cust(commit.to_string()), Alias::new("commit_number"))
        .to_owned();
    let mut select = Query::select()
        .columns(COLUMNS.map(Alias::new))
        .from(Alias::new("series"))
        .from_subquery(seen, Alias::new("seen"))
        .cond_where(condition)
        .and_where(column("from_commit").lte(commit))
        .limit(limit as u64)
        .to_owned();
    for name in order {
        select.order_by(Alias::new(*name), Order::Asc);
    }
    let rows = Row::find_by_statement(db.get_database_backend().build(&select))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Series::from).collect())
}

fn column(name: &'static str) -> SimpleExpr {
    Expr::col(Alias::new(name))
}

/// Series by id; those that do not exist are left out.
pub async fn by_ids(db: &impl ConnectionTrait, ids: &[String]) -> Result<Vec<Series>> {
    let mut found = Vec::new();
    for chunk in ids.chunks(5000) {
        let select = Query::select()
            .columns(COLUMNS.map(Alias::new))
            .from(Alias::new("series"))
            .and_where(Expr::col(Alias::new("name")).is_in(chunk.iter().map(String::as_str)))
            .to_owned();
        let rows = Row::find_by_statement(db.get_database_backend().build(&select))
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(Series::from));
    }
    Ok(found)
}

/// The series with this id, if it had claims at the commit.
pub async fn get(db: &impl ConnectionTrait, id: &str, commit: i64) -> Result<Series> {
    let found = by_ids(db, &[id.to_owned()]).await?.pop();
    found
        .filter(|series| series.from_commit <= commit)
        .ok_or_else(|| {
            let name = format!("series/{id}");
            let message =
                format!("{name} has no figures; list series with a filter to find those that have");
            Error::about(Reason::SeriesNotFound, name, message)
        })
}
