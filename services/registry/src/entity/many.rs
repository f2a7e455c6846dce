//! Reading many entities in the order asked for.

use std::collections::HashMap;

use prost::Message as _;
use proto::registry::v1 as pb;
use rpc::{Result, Room};
use sea_orm::ConnectionTrait;

use super::record::{self, Summary, TABLE};
use super::{COLLECTION, Entity, View};
use crate::answer::{self, Measure};
use crate::stored::{Row, within};

/// Entities, and the names of those that do not exist, both in the order asked for.
#[derive(Debug, Default)]
pub(crate) struct Many {
    pub entities: Vec<pb::Entity>,
    pub missing: Vec<String>,
}

/// An entity that was read, until it has its place in the answer.
struct Found {
    read: Option<pb::Entity>,
    place: usize,
}

impl Found {
    fn new(read: pb::Entity) -> Self {
        Self {
            read: Some(read),
            place: 0,
        }
    }
}

impl Many {
    /// The entities with these ids, deleted ones too. Refused when one does not exist, unless
    /// it may be missing, and when an answer has no room for all.
    pub(crate) async fn get(
        db: &impl ConnectionTrait,
        commit: i64,
        (ids, view): (&[String], View),
        may_miss: bool,
    ) -> Result<Self> {
        let (mut room, mut measure) = (Room::default(), Measure::default());
        let (mut many, mut done) = (Self::default(), 0);
        while done < ids.len() {
            let end = match view {
                View::Full => ids.len().min(done + measure.portion(&room)),
                // They are small.
                View::Summary => ids.len(),
            };
            let mut found = read(db, commit, (&ids[done..end], view)).await?;
            for (i, id) in ids.iter().enumerate().take(end).skip(done) {
                let fits = match found.get_mut(id) {
                    Some(found) => many.place(found, &mut room, &mut measure),
                    None if may_miss => many.miss(id, &mut room),
                    None => return Err(record::unknown(id)),
                };
                if !fits {
                    return Err(answer::too_large("names", i));
                }
            }
            done = end;
        }
        Ok(many)
    }

    fn place(&mut self, found: &mut Found, room: &mut Room, measure: &mut Measure) -> bool {
        let entity = match found.read.take() {
            Some(entity) => {
                found.place = self.entities.len();
                entity
            }
            None => self.entities[found.place].clone(),
        };
        let bytes = entity.encoded_len();
        measure.add(bytes);
        self.entities.push(entity);
        room.take(bytes)
    }

    fn miss(&mut self, id: &str, room: &mut Room) -> bool {
        let name = format!("{COLLECTION}/{id}");
        let fits = room.take(name.len());
        self.missing.push(name);
        fits
    }
}

async fn read(
    db: &impl ConnectionTrait,
    commit: i64,
    (ids, view): (&[String], View),
) -> Result<HashMap<String, Found>> {
    let mut found = HashMap::with_capacity(ids.len());
    match view {
        View::Full => {
            for row in within::<Row, _>(db, TABLE.at(commit), "name", ids).await? {
                let record = row.record::<Entity>()?;
                found.insert(record.id.clone(), Found::new(record.into()));
            }
        }
        View::Summary => {
            let select = TABLE.columns_at(Summary::COLUMNS, commit);
            for row in within::<Summary, _>(db, select, "name", ids).await? {
                found.insert(row.name.clone(), Found::new(row.into()));
            }
        }
    }
    Ok(found)
}
