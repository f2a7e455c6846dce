//! Adding and replacing definitions.

use std::collections::{BTreeMap, BTreeSet};

use proto::snapshot::v1::ChangeType;
use rpc::{Error, Fields, Reason, Result, Violation};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult, Statement, Value};
use serde::Serialize;
use store::feed::{self, Change};
use store::{Commit, commit};

use super::{Concept, Definitions, Indicator, Unit, body, check, etag_of, load};
use crate::convert::change::kind;

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

/// A state that the caller expects a definition to be in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Path of the field that says so.
    pub field: String,
    /// Resource name of the definition.
    pub name: String,
    /// The etag of that state.
    pub etag: String,
}

/// A definition that is kept in a table.
trait Stored: PartialEq + Serialize {
    /// Where it stands in the table, and its kind in the feed of changes.
    const COLLECTION: &'static str;

    /// What lists are filtered by: concept, dimension, measure, bilateral.
    fn keys(&self) -> (&str, &str, i32, bool);
}

impl Stored for Unit {
    const COLLECTION: &'static str = "units";

    fn keys(&self) -> (&str, &str, i32, bool) {
        ("", &self.dimension, 0, false)
    }
}

impl Stored for Concept {
    const COLLECTION: &'static str = "concepts";

    fn keys(&self) -> (&str, &str, i32, bool) {
        ("", "", 0, false)
    }
}

impl Stored for Indicator {
    const COLLECTION: &'static str = "indicators";

    fn keys(&self) -> (&str, &str, i32, bool) {
        (&self.concept, &self.dimension, self.measure, self.bilateral)
    }
}

/// What differs between old and new definitions.
struct Difference<'a> {
    applied: Applied,
    rows: Vec<Row<'a>>,
    /// Etags of the old ones that somebody expects something of, by resource name.
    etags: BTreeMap<String, String>,
}

/// A row to write.
struct Row<'a> {
    collection: &'static str,
    id: &'a str,
    keys: (&'a str, &'a str, i32, bool),
    body: String,
    is_new: bool,
}

impl<'a> Difference<'a> {
    fn collect<T: Stored>(
        &mut self,
        old: &BTreeMap<String, T>,
        new: &'a BTreeMap<String, T>,
        expected: &BTreeSet<&str>,
    ) -> Result<()> {
        for (id, item) in new {
            let known = old.get(id);
            let name = format!("{}/{id}", T::COLLECTION);
            if let Some(known) = known.filter(|_| expected.contains(name.as_str())) {
                self.etags.insert(name, etag_of(&body(known)?));
            }
            if known == Some(item) {
                self.applied.unchanged += 1;
                continue;
            }
            match known {
                Some(_) => self.applied.updated += 1,
                None => self.applied.created += 1,
            }
            self.rows.push(Row {
                collection: T::COLLECTION,
                id,
                keys: item.keys(),
                body: body(item)?,
                is_new: known.is_none(),
            });
        }
        Ok(())
    }

    fn refuse_unexpected(&self, expected: &[Expected]) -> Result<()> {
        let mut fields = Fields::new();
        for Expected { field, name, etag } in expected {
            let message = match self.etags.get(name) {
                Some(known) if known == etag => continue,
                Some(_) => {
                    format!("{name} has changed since it was read; read it again, then retry")
                }
                None => format!("{name} does not exist; leave the etag of a new definition empty"),
            };
            fields.note(Violation::new(Reason::EtagMismatch, field, message).about(name));
        }
        fields.finish()
    }
}

/// Adds or replaces definitions in one commit; equal ones write nothing. Answers the commit,
/// or else the newest one, of which nothing is to be changed. The caller has the turn of
/// [`take_turn`].
pub async fn apply(
    txn: &DatabaseTransaction,
    new: &Definitions,
    expected: &[Expected],
    write: bool,
) -> Result<(Applied, Commit)> {
    let newest = commit::newest(txn).await?;
    let old = load(txn, newest.number).await?;
    let mut difference = Difference {
        applied: Applied::default(),
        rows: Vec::new(),
        etags: BTreeMap::new(),
    };
    let names = expected.iter().map(|expected| expected.name.as_str());
    let names: BTreeSet<_> = names.collect();
    difference.collect(&old.units, &new.units, &names)?;
    difference.collect(&old.concepts, &new.concepts, &names)?;
    difference.collect(&old.indicators, &new.indicators, &names)?;
    difference.refuse_unexpected(expected)?;
    check(&old, new)?;
    refuse_changed_meaning(txn, &old, new).await?;
    refuse_changed_dimension(txn, &old, new).await?;
    if difference.rows.is_empty() || !write {
        return Ok((difference.applied, newest));
    }
    let commit = commit::next(txn, "apply-definitions").await?;
    let changes: Vec<_> = difference.rows.iter().map(Row::change).collect();
    for row in difference.rows {
        replace(txn, row, commit.number).await?;
    }
    feed::record(txn, commit, &changes).await?;
    Ok((difference.applied, commit))
}

/// Takes the turn among all who change definitions: an alias that two add at once would
/// otherwise mean two units.
pub async fn take_turn(txn: &DatabaseTransaction) -> Result<()> {
    store::turn::take(txn, "metrics/definitions").await
}

impl Row<'_> {
    fn change(&self) -> Change {
        Change {
            kind: kind(self.collection) as i32,
            change_type: match self.is_new {
                true => ChangeType::Created,
                false => ChangeType::Updated,
            },
            name: format!("{}/{}", self.collection, self.id),
            etag: etag_of(&self.body),
            about: String::new(),
            count: 0,
        }
    }
}

async fn replace(txn: &DatabaseTransaction, row: Row<'_>, commit: i64) -> Result<()> {
    let backend = txn.get_database_backend();
    let end = "UPDATE definition SET until_commit = $1 WHERE collection = $2 AND name = $3 AND until_commit = $4";
    let values: [Value; 4] = [
        commit.into(),
        row.collection.into(),
        row.id.into(),
        i64::MAX.into(),
    ];
    txn.execute_raw(Statement::from_sql_and_values(backend, end, values))
        .await?;
    let begin = "INSERT INTO definition (collection, name, from_commit, until_commit, concept, dimension, measure, bilateral, body) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let (concept, dimension, measure, bilateral) = row.keys;
    let values: [Value; 9] = [
        row.collection.into(),
        row.id.into(),
        commit.into(),
        i64::MAX.into(),
        concept.into(),
        dimension.into(),
        i64::from(measure).into(),
        bilateral.into(),
        row.body.into(),
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
