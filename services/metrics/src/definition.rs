//! Units, concepts and indicators: what figures may be of. Versioned by commits, so that
//! an old snapshot answers with the old definitions.

mod check;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rpc::{Error, Reason, Result};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Statement, Value};
use serde::{Deserialize, Serialize};
use store::Commit;

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
    /// The same in other languages; what was stored before there were any has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
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
    /// The same in other languages; what was stored before there were any has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
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

fn parse<T: for<'a> Deserialize<'a>>(body: &str) -> Result<T> {
    serde_json::from_str(body).map_err(Error::internal)
}

/// How many definitions were new, changed, and there already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// New ones.
    pub created: usize,
    /// Changed ones.
    pub updated: usize,
    /// Equal ones.
    pub unchanged: usize,
}

/// What differs between `old` and `new`, as rows to write.
struct Difference {
    applied: Applied,
    rows: Vec<(&'static str, String, String)>,
}

impl Difference {
    fn collect<T: PartialEq + Serialize>(
        &mut self,
        collection: &'static str,
        old: &BTreeMap<String, T>,
        new: &BTreeMap<String, T>,
    ) -> Result<()> {
        for (id, item) in new {
            match old.get(id) {
                Some(known) if known == item => {
                    self.applied.unchanged += 1;
                    continue;
                }
                Some(_) => self.applied.updated += 1,
                None => self.applied.created += 1,
            }
            let body = serde_json::to_string(item).map_err(Error::internal)?;
            self.rows.push((collection, id.clone(), body));
        }
        Ok(())
    }
}

/// Adds or replaces definitions in one commit; equal ones write nothing.
pub async fn apply(
    txn: &DatabaseTransaction,
    new: &Definitions,
    write: bool,
) -> Result<(Applied, Option<Commit>)> {
    // An alias that two add at once would otherwise mean two units.
    store::turn::take(txn, "metrics/definitions").await?;
    let newest = store::commit::newest(txn).await?;
    let old = load(txn, newest.number).await?;
    check(&old, new)?;
    refuse_changed_meaning(txn, &old, new).await?;
    refuse_changed_dimension(txn, &old, new).await?;
    let mut difference = Difference {
        applied: Applied::default(),
        rows: Vec::new(),
    };
    difference.collect("units", &old.units, &new.units)?;
    difference.collect("concepts", &old.concepts, &new.concepts)?;
    difference.collect("indicators", &old.indicators, &new.indicators)?;
    if difference.rows.is_empty() || !write {
        return Ok((difference.applied, None));
    }
    let commit = store::commit::next(txn, "apply-definitions").await?;
    for (collection, name, body) in difference.rows {
        replace(txn, collection, name, body, commit.number).await?;
    }
    Ok((difference.applied, Some(commit)))
}

async fn replace(
    txn: &DatabaseTransaction,
    collection: &str,
    name: String,
    body: String,
    commit: i64,
) -> Result<()> {
    let backend = txn.get_database_backend();
    let end = "UPDATE definition SET until_commit = $1 WHERE collection = $2 AND name = $3 AND until_commit = $4";
    let values: [Value; 4] = [
        commit.into(),
        collection.into(),
        name.clone().into(),
        i64::MAX.into(),
    ];
    txn.execute_raw(Statement::from_sql_and_values(backend, end, values))
        .await?;
    let begin = "INSERT INTO definition (collection, name, from_commit, until_commit, body) VALUES ($1, $2, $3, $4, $5)";
    let values: [Value; 5] = [
        collection.into(),
        name.into(),
        commit.into(),
        i64::MAX.into(),
        body.into(),
    ];
    txn.execute_raw(Statement::from_sql_and_values(backend, begin, values))
        .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Used {
    id: String,
}

/// Stored series rest on what identifies them: whether they are bilateral, the breakdowns,
/// the dimension. These may not change under them.
async fn refuse_changed_meaning(
    txn: &DatabaseTransaction,
    old: &Definitions,
    new: &Definitions,
) -> Result<()> {
    let meaning = |i: &Indicator| (i.bilateral, i.dimension.clone(), i.breakdowns.clone());
    let changed: BTreeSet<_> = new
        .indicators
        .iter()
        .filter(|(id, indicator)| {
            old.indicators
                .get(*id)
                .is_some_and(|known| meaning(known) != meaning(indicator))
        })
        .map(|(id, _)| id.as_str())
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let read = Statement::from_string(
        txn.get_database_backend(),
        "SELECT DISTINCT indicator AS id FROM series",
    );
    let used = Used::find_by_statement(read).all(txn).await?;
    match used.iter().find(|used| changed.contains(used.id.as_str())) {
        None => Ok(()),
        Some(used) => Err(Error::about(
            Reason::DefinitionConflict,
            format!("indicators/{}", used.id),
            format!(
                "indicators/{} has figures: dimension, bilateral and breakdowns can no longer change; make another indicator of the same concept",
                used.id
            ),
        )),
    }
}

/// A unit that figures are in keeps its dimension: it decided for which indicators they
/// were accepted.
async fn refuse_changed_dimension(
    txn: &DatabaseTransaction,
    old: &Definitions,
    new: &Definitions,
) -> Result<()> {
    let changed = |id: &str| {
        let (old, new) = (old.units.get(id), new.units.get(id));
        old.zip(new)
            .is_some_and(|(old, new)| old.dimension != new.dimension)
    };
    if !new.units.keys().any(|id| changed(id)) {
        return Ok(());
    }
    let read = Statement::from_string(
        txn.get_database_backend(),
        "SELECT DISTINCT unit AS id FROM provenance",
    );
    let used = Used::find_by_statement(read).all(txn).await?;
    match used.iter().find(|used| changed(&used.id)) {
        None => Ok(()),
        Some(used) => Err(Error::about(
            Reason::DefinitionConflict,
            format!("units/{}", used.id),
            format!(
                "figures are in units/{}: its dimension can no longer change; make another unit",
                used.id
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_before_there_were_texts_in_several_languages_reads_and_stays_as_it_is() {
        let concept = r#"{"labels":[{"text":"size","language":"en"}],"description":"How large."}"#;
        let read: Concept = parse(concept).unwrap();
        assert!(read.descriptions.is_empty());
        assert_eq!(serde_json::to_string(&read).unwrap(), concept);
        let indicator = r#"{"labels":[],"concept":"","definition":"How large.","measure":0,"dimension":"money","price_basis":"","bilateral":false,"breakdowns":[],"graph":{}}"#;
        let read: Indicator = parse(indicator).unwrap();
        assert!(read.definitions.is_empty());
        assert_eq!(serde_json::to_string(&read).unwrap(), indicator);
    }
}
