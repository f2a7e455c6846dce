//! What was sent already: many rows of a table repeat one record.

use std::collections::{BTreeMap, HashMap, HashSet};

use prost::Message;
use sha2::{Digest as _, Sha256};

use super::reject::Origin;
use super::release::Kept;
use crate::cli::failure::Failure;

/// Stands for a record in the memory of what was sent.
type Print = [u8; 32];

/// Everything sent so far of a file, and what came of it.
#[derive(Debug, Default)]
pub struct Sent {
    outcomes: HashMap<Print, Option<Failure>>,
    /// Entities that are there now.
    pub entities: HashSet<String>,
    /// Rows that wrote something about entities.
    pub entity_rows: u64,
    /// Releases that are there now.
    pub releases: BTreeMap<String, Kept>,
}

/// One record, however many rows give it.
#[derive(Debug)]
pub struct Once {
    print: Print,
    /// The rows.
    pub origins: Vec<Origin>,
}

/// Records to send, and rows of records that the server refused before.
type Split<T> = (Vec<(T, Once)>, Vec<(Origin, Failure)>);

impl Sent {
    /// Of some records those that are new, each once.
    pub fn split<T: Message>(&self, records: Vec<(T, Origin)>) -> Split<T> {
        let mut new: Vec<(T, Once)> = Vec::new();
        let mut places: HashMap<Print, usize> = HashMap::new();
        let mut failed = Vec::new();
        for (record, origin) in records {
            let print: Print = Sha256::digest(record.encode_to_vec()).into();
            match (self.outcomes.get(&print), places.get(&print)) {
                (Some(Some(failure)), _) => failed.push((origin, failure.clone())),
                (Some(None), _) => {}
                (None, Some(place)) => new[*place].1.origins.push(origin),
                (None, None) => {
                    places.insert(print, new.len());
                    let origins = vec![origin];
                    new.push((record, Once { print, origins }));
                }
            }
        }
        (new, failed)
    }

    /// Remembers what came of a record.
    pub fn settle(&mut self, once: &Once, failure: Option<Failure>) {
        self.outcomes.insert(once.print, failure);
    }
}

#[cfg(test)]
mod tests {
    use proto::registry::v1::Entity;

    use super::{Failure, Origin, Sent};

    fn record(name: &str, line: u64) -> (Entity, Origin) {
        let entity = Entity {
            name: name.to_owned(),
            ..Entity::default()
        };
        let origin = Origin {
            line,
            ..Origin::default()
        };
        (entity, origin)
    }

    #[test]
    fn a_record_is_sent_once_and_every_row_of_a_bad_one_is_told() {
        let mut sent = Sent::default();
        let (new, failed) = sent.split(vec![record("a", 2), record("b", 3), record("a", 4)]);
        assert!(failed.is_empty());
        let lines = |index: usize| -> Vec<u64> {
            let once: &super::Once = &new[index].1;
            once.origins.iter().map(|origin| origin.line).collect()
        };
        assert_eq!((lines(0), lines(1)), (vec![2, 4], vec![3]));
        let failure = Failure {
            message: "no".to_owned(),
            reason: "NO".to_owned(),
            fields: Vec::new(),
        };
        sent.settle(&new[0].1, None);
        sent.settle(&new[1].1, Some(failure));
        let (new, failed) = sent.split(vec![record("a", 5), record("b", 6), record("c", 7)]);
        assert_eq!(new.len(), 1);
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0].0.line, 6);
    }
}
