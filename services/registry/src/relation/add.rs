//! Adding many relations.

use std::collections::HashMap;

use proto::snapshot::v1::ChangeType;
use rpc::{Error, Reason, Result, Violation};

use super::rule::Surroundings;
use super::{COLLECTION, Relation, record};
use crate::record::Record;
use crate::write::Write;

/// One row of a batch.
#[derive(Debug)]
pub(crate) struct Row {
    /// Without one, it follows from the content.
    pub id: Option<String>,
    pub relation: Relation,
}

/// What became of the rows of a batch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub created: usize,
    pub unchanged: usize,
}

/// Faults of rows, by index.
pub(crate) type Faults = Vec<(usize, Error)>;

/// Adds the good rows. Whether bad ones spoil the batch is for the caller to say: until
/// `write` is finished nothing has happened.
pub(crate) async fn add(write: &mut Write, rows: Vec<(usize, Row)>) -> Result<(Counts, Faults)> {
    let mut named = Vec::with_capacity(rows.len());
    for (index, row) in rows {
        let id = match row.id {
            Some(id) => id,
            None => row.relation.content_id()?,
        };
        named.push((index, id, row.relation));
    }
    let ids: Vec<_> = named.iter().map(|(_, id, _)| id.as_str()).collect();
    let known = record::get_many(write.db(), &ids).await?;
    let used = record::used(write.db(), &ids).await?;
    let relations: Vec<_> = named.iter().map(|(_, _, relation)| relation).collect();
    let mut surroundings = Surroundings::load(write.db(), &relations).await?;
    let (mut counts, mut faults) = (Counts::default(), Faults::new());
    let mut accepted: Vec<Record<Relation>> = Vec::new();
    let mut places = HashMap::new();
    for (index, id, relation) in named {
        let added = places
            .get(&id)
            .map(|place: &usize| &accepted[*place].content);
        match added.or(known.get(&id).map(|record| &record.content)) {
            Some(has) if *has == relation => counts.unchanged += 1,
            Some(_) => faults.push((index, in_use(&id))),
            None if used.contains(&id) => faults.push((index, in_use(&id))),
            None => match surroundings.check(&id, &relation, None) {
                Ok(()) => {
                    surroundings.accept(&id, &relation);
                    counts.created += 1;
                    places.insert(id.clone(), accepted.len());
                    accepted.push(Record::first(id, relation, write.commit));
                }
                Err(error) => faults.push((index, error)),
            },
        }
    }
    record::write(write, ChangeType::Created, &accepted).await?;
    Ok((counts, faults))
}

fn in_use(id: &str) -> Error {
    let name = format!("{COLLECTION}/{id}");
    let message = format!("`{name}` is or was another statement; ids are never used again");
    Violation::new(Reason::RelationExists, "name", message)
        .about(name)
        .into()
}
