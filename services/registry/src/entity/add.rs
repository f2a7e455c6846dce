//! Adding many entities, or what is new about them.

use std::collections::{HashMap, HashSet};

use proto::snapshot::v1::ChangeType;
use rpc::{Error, Fields, Reason, Result, Violation};

use super::edit::deleted;
use super::record::{self, Step};
use super::rule::{Surroundings, check_counts};
use super::{Entity, RecordStatus};
use crate::record::Record;
use crate::version::NOW;
use crate::write::Write;

/// One row of a batch.
#[derive(Debug)]
pub(crate) struct Row {
    pub id: String,
    pub entity: Entity,
    /// The status that the row itself states.
    pub record_status: Option<RecordStatus>,
}

/// What became of the rows of a batch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub created: usize,
    pub extended: usize,
    pub unchanged: usize,
}

/// Faults of rows, by index.
pub(crate) type Faults = Vec<(usize, Error)>;

/// Adds the good rows. Whether bad ones spoil the batch is for the caller to say: until
/// `write` is finished nothing has happened.
pub(crate) async fn add(write: &mut Write, rows: Vec<(usize, Row)>) -> Result<(Counts, Faults)> {
    let ids: Vec<_> = rows.iter().map(|(_, row)| row.id.as_str()).collect();
    let known = record::get_many(write.db(), NOW, &ids).await?;
    let entities = rows.iter().map(|(_, row)| &row.entity);
    let surroundings = Surroundings::load(write.db(), entities).await?;
    let mut batch = Batch {
        known,
        surroundings,
        faults: HashMap::new(),
    };
    let rows = batch.settle(rows);
    // A row that fails takes with it what it would have been cited or owned for.
    let merged = loop {
        let before = batch.faults.len();
        batch.check_citations(&rows);
        let merged = batch.merge(&rows);
        if batch.faults.len() == before {
            break merged;
        }
    };
    let mut faults: Faults = batch.faults.into_iter().collect();
    faults.sort_unstable_by_key(|(index, _)| *index);
    let steps = merged.steps(batch.known, write);
    record::write(write, &steps).await?;
    Ok((merged.counts, faults))
}

struct Batch {
    known: HashMap<String, Record<Entity>>,
    surroundings: Surroundings,
    faults: HashMap<usize, Error>,
}

/// Entities as they are after the rows, in the order in which they first occur.
#[derive(Default)]
struct Merged {
    order: Vec<String>,
    entities: HashMap<String, Entity>,
    counts: Counts,
}

impl Batch {
    /// Checks that need nothing but the row itself and what is stored.
    fn settle(&mut self, rows: Vec<(usize, Row)>) -> Vec<(usize, Row)> {
        let mut good = Vec::with_capacity(rows.len());
        for (index, mut row) in rows {
            let settled = self.surroundings.settle(&row.id, &mut row.entity);
            let known = self.known.get(&row.id);
            match settled.and_then(|()| known.map_or(Ok(()), |known| agree(known, &row))) {
                Ok(()) => good.push((index, row)),
                Err(error) => {
                    self.faults.insert(index, error);
                }
            }
        }
        good
    }

    /// Rows may cite each other, in any order, as long as the cited one is good itself.
    fn check_citations(&mut self, rows: &[(usize, Row)]) {
        loop {
            let good = rows
                .iter()
                .filter(|(index, _)| !self.faults.contains_key(index));
            let added: Vec<_> = good
                .clone()
                .filter(|(_, row)| !self.known.contains_key(&row.id))
                .map(|(_, row)| (row.id.clone(), row.entity.kind.clone()))
                .collect();
            let stored = self.surroundings.cited.clone();
            self.surroundings.cited.extend(added);
            let mut faults = Vec::new();
            for (index, row) in good {
                let mut fields = Fields::new();
                let has = self.known.get(&row.id).map(|record| &record.content);
                let cites = (row.id.as_str(), &row.entity);
                self.surroundings.check_citations(&mut fields, cites, has);
                if let Err(error) = fields.finish() {
                    faults.push((*index, error));
                }
            }
            self.surroundings.cited = stored;
            if faults.is_empty() {
                return;
            }
            self.faults.extend(faults);
        }
    }

    fn merge(&mut self, rows: &[(usize, Row)]) -> Merged {
        let stored_owners = self.surroundings.owners.clone();
        let mut merged = Merged::default();
        for (index, row) in rows {
            if self.faults.contains_key(index) {
                continue;
            }
            match self.merge_row(&merged, row) {
                Ok(entity) => merged.take(row, entity, self.known.get(&row.id)),
                Err(error) => {
                    self.faults.insert(*index, error);
                    continue;
                }
            }
            for identifier in &row.entity.identifiers {
                let vocabulary = &self.surroundings.vocabulary;
                if vocabulary
                    .scheme(&identifier.scheme)
                    .is_some_and(|s| s.unique)
                {
                    let key = (identifier.scheme.clone(), identifier.value.clone());
                    self.surroundings.owners.insert(key, row.id.clone());
                }
            }
        }
        self.surroundings.owners = stored_owners;
        merged
    }

    fn merge_row(&self, merged: &Merged, row: &Row) -> Result<Entity> {
        let mut fields = Fields::new();
        self.surroundings
            .check_owners(&mut fields, &row.id, &row.entity);
        let stored = self.known.get(&row.id).map(|record| &record.content);
        let entity = match merged.entities.get(&row.id).or(stored) {
            Some(have) => {
                agree_with(have, row)?;
                let mut entity = have.clone();
                entity.extend(&row.entity);
                check_counts(&mut fields, &entity);
                entity
            }
            None => row.entity.clone(),
        };
        fields.finish()?;
        Ok(entity)
    }
}

impl Merged {
    fn take(&mut self, row: &Row, entity: Entity, known: Option<&Record<Entity>>) {
        let have = self
            .entities
            .get(&row.id)
            .or(known.map(|record| &record.content));
        match have {
            None => self.counts.created += 1,
            Some(have) if *have == entity => self.counts.unchanged += 1,
            Some(_) => self.counts.extended += 1,
        }
        if self.entities.insert(row.id.clone(), entity).is_none() {
            self.order.push(row.id.clone());
        }
    }

    fn steps(&self, mut known: HashMap<String, Record<Entity>>, write: &Write) -> Vec<Step> {
        let mut seen = HashSet::new();
        let mut steps = Vec::new();
        for id in self.order.iter().filter(|id| seen.insert(*id)) {
            let Some(entity) = self.entities.get(id) else {
                continue;
            };
            let step = match known.remove(id) {
                Some(old) if old.content == *entity => continue,
                Some(old) => Step {
                    new: old.next(entity.clone(), write.commit),
                    old: Some(old),
                    change_type: ChangeType::Updated,
                },
                None => Step {
                    old: None,
                    new: Record::first(id.clone(), entity.clone(), write.commit),
                    change_type: ChangeType::Created,
                },
            };
            steps.push(step);
        }
        steps
    }
}

/// Whether a row may add to a stored entity.
fn agree(known: &Record<Entity>, row: &Row) -> Result<()> {
    if known.deleted_at.is_some() {
        return Err(deleted(&row.id));
    }
    agree_with(&known.content, row)
}

/// Whether a row contradicts what an entity has.
fn agree_with(have: &Entity, row: &Row) -> Result<()> {
    let mut fields = Fields::new();
    let mut conflict = |field: &str, message: String| {
        let conflict = Violation::new(Reason::EntityConflict, field, message);
        fields.note(conflict.about(format!("entities/{}", row.id)));
    };
    if have.kind != row.entity.kind {
        let message = format!("`entities/{}` is of kind {} already", row.id, have.kind);
        conflict("kind", message);
    }
    if row
        .record_status
        .is_some_and(|status| status != have.record_status)
    {
        let message = format!(
            "`entities/{}` has the status {:?} already",
            row.id, have.record_status
        );
        conflict("record_status", message);
    }
    if row.entity.placeholder && !have.placeholder {
        let message = format!("`entities/{}` is no placeholder", row.id);
        conflict("placeholder", message);
    }
    fields.finish()
}
