//! Units, concepts and indicators: what figures may be of. Versioned by commits, so that
//! an old snapshot answers with the old definitions.

mod apply;
mod check;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use rpc::{Error, Result};
use sea_orm::sea_query::{Alias, Expr, Order, Query};
use sea_orm::{Condition, ConnectionTrait, ExprTrait as _, FromQueryResult, Statement};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::filter::{Field, Kind};

pub use apply::{Expected, apply, take_turn};
pub use check::check;

/// A text in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// The text.
    pub text: String,
    /// Language tag; empty when none applies.
    pub language: String,
}

/// A unit of measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// What people call it.
    pub labels: Vec<Label>,
    /// Other spellings.
    pub aliases: Vec<String>,
    /// What it measures.
    pub dimension: String,
    /// Sign to print.
    pub symbol: String,
    /// It counts things.
    pub counted: bool,
}

/// A group of indicators that define one idea differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concept {
    /// What people call it.
    pub labels: Vec<Label>,
    /// What is meant, in the language of the first label.
    pub description: String,
    /// The same in other languages.
    pub descriptions: Vec<Label>,
}

/// One definition of something measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indicator {
    /// What people call it.
    pub labels: Vec<Label>,
    /// The concept it defines, an id; empty when it stands alone.
    pub concept: String,
    /// What exactly is measured, in the language of the first label.
    pub definition: String,
    /// The same in other languages.
    pub definitions: Vec<Label>,
    /// Kind of quantity, as numbered in the contract.
    pub measure: i32,
    /// What the units of its figures measure.
    pub dimension: String,
    /// Price basis of money.
    pub price_basis: String,
    /// Series name a counterpart.
    pub bilateral: bool,
    /// Dimensions besides entity and period.
    pub breakdowns: Vec<Breakdown>,
    /// Ids of the indicators it is made from, by how.
    pub graph: BTreeMap<String, String>,
}

/// A dimension besides entity and period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breakdown {
    /// Its id.
    pub id: String,
    /// Its codes.
    pub codes: Vec<String>,
    /// The code of the whole.
    pub total_code: String,
}

/// All definitions as of one commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definitions {
    /// Units by id.
    pub units: BTreeMap<String, Unit>,
    /// Concepts by id.
    pub concepts: BTreeMap<String, Concept>,
    /// Indicators by id.
    pub indicators: BTreeMap<String, Indicator>,
}

impl Definitions {
    /// The id of a unit, given by its name, its id or any alias of it. Case does not
    /// matter in aliases.
    pub fn unit_id(&self, text: &str) -> Option<&str> {
        let id = text.strip_prefix("units/").unwrap_or(text);
        if let Some((id, _)) = self.units.get_key_value(id) {
            return Some(id);
        }
        let folded = fold(id);
        let mut units = self.units.iter();
        units
            .find(|(_, unit)| unit.aliases.iter().any(|alias| fold(alias) == folded))
            .map(|(id, _)| id.as_str())
    }

    /// Indicators of the same concept, without the indicator itself.
    pub fn siblings(&self, indicator: &str) -> Vec<&str> {
        let Some(own) = self
            .indicators
            .get(indicator)
            .filter(|i| !i.concept.is_empty())
        else {
            return Vec::new();
        };
        let others = self.indicators.iter();
        others
            .filter(|(id, other)| other.concept == own.concept && id.as_str() != indicator)
            .map(|(id, _)| id.as_str())
            .collect()
    }

    /// Indicators of a concept.
    pub fn of_concept(&self, concept: &str) -> Vec<&str> {
        let all = self.indicators.iter();
        all.filter(|(_, indicator)| indicator.concept == concept)
            .map(|(id, _)| id.as_str())
            .collect()
    }

    /// Whether a unit counts things; unknown units do not.
    pub fn is_counted(&self, unit: &str) -> bool {
        self.units.get(unit).is_some_and(|unit| unit.counted)
    }
}

pub(crate) fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

#[derive(FromQueryResult)]
struct Row {
    collection: String,
    name: String,
    body: String,
}

/// All definitions as of a commit.
pub async fn load(db: &impl ConnectionTrait, commit: i64) -> Result<Arc<Definitions>> {
    let read = Statement::from_sql_and_values(
        db.get_database_backend(),
        "SELECT collection, name, body FROM definition WHERE from_commit <= $1 AND until_commit > $1",
        [commit.into()],
    );
    let mut all = Definitions::default();
    for row in Row::find_by_statement(read).all(db).await? {
        match row.collection.as_str() {
            "units" => drop(all.units.insert(row.name, parse(&row.body)?)),
            "concepts" => drop(all.concepts.insert(row.name, parse(&row.body)?)),
            _ => drop(all.indicators.insert(row.name, parse(&row.body)?)),
        }
    }
    Ok(Arc::new(all))
}

#[derive(FromQueryResult)]
struct Version {
    version: Option<i64>,
}

/// The last commit up to this one that changed a definition.
pub async fn version(db: &impl ConnectionTrait, commit: i64) -> Result<i64> {
    let read = Statement::from_sql_and_values(
        db.get_database_backend(),
        "SELECT MAX(from_commit) AS version FROM definition WHERE from_commit <= $1",
        [commit.into()],
    );
    let row = Version::find_by_statement(read).one(db).await?;
    Ok(row.and_then(|row| row.version).unwrap_or(0))
}

/// Fields that lists of units can be filtered by.
pub const UNIT_FILTER: &[Field] = &[Field::new("dimension", "dimension", Kind::Text)];

/// Fields that lists of indicators can be filtered by.
pub const INDICATOR_FILTER: &[Field] = &[
    Field::new("concept", "concept", Kind::Name("concepts")),
    Field::new("dimension", "dimension", Kind::Text),
    Field::new("measure", "measure", Kind::Enum(MEASURES)),
    Field::new("bilateral", "bilateral", Kind::Bool),
];

const MEASURES: &[(&str, i64)] = &[
    ("VALUE_ADDED", 1),
    ("REVENUE", 2),
    ("FLOW", 3),
    ("STOCK", 4),
    ("COUNT", 5),
    ("SHARE", 6),
    ("CHANGE", 7),
    ("RANK", 8),
    ("DURATION", 9),
    ("UNKNOWN", 10),
];

#[derive(FromQueryResult)]
struct Id {
    name: String,
}

/// Ids of the definitions of a collection after `after` that meet the condition, as of a
/// commit.
pub async fn ids(
    db: &impl ConnectionTrait,
    (collection, condition): (&str, Condition),
    after: &str,
    limit: usize,
    commit: i64,
) -> Result<Vec<String>> {
    let column = |name| Expr::col(Alias::new(name));
    let select = Query::select()
        .column(Alias::new("name"))
        .from(Alias::new("definition"))
        .cond_where(condition)
        .and_where(column("collection").eq(collection))
        .and_where(column("name").gt(after))
        .and_where(column("from_commit").lte(commit))
        .and_where(column("until_commit").gt(commit))
        .order_by(Alias::new("name"), Order::Asc)
        .limit(limit as u64)
        .to_owned();
    let found = Id::find_by_statement(db.get_database_backend().build(&select))
        .all(db)
        .await?;
    Ok(found.into_iter().map(|id| id.name).collect())
}

/// The etag of a state of a definition: a hash of what it says.
pub fn etag(definition: &impl Serialize) -> Result<String> {
    Ok(etag_of(&body(definition)?))
}

fn etag_of(body: &str) -> String {
    let mut etag = "\"".to_owned();
    for byte in &Sha256::digest(body)[..8] {
        // Writing to a string cannot fail.
        let _ = write!(etag, "{byte:02x}");
    }
    etag.push('"');
    etag
}

fn body(definition: &impl Serialize) -> Result<String> {
    serde_json::to_string(definition).map_err(Error::internal)
}

fn parse<T: for<'a> Deserialize<'a>>(body: &str) -> Result<T> {
    serde_json::from_str(body).map_err(Error::internal)
}
