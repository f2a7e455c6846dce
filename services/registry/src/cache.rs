use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use proto::registry::v1::Entity;
use rpc::Result;
use sea_orm::ConnectionTrait;
use store::{GroupRead, ResponseCache};

use crate::entity::record;

/// Reads of entities at the same time.
const AT_ONCE: usize = 2;

/// An entity as of a commit.
type Place = (i64, String);

/// Entities as they were answered, and those that are being read.
#[derive(Debug, Clone)]
pub(crate) struct Cache {
    answers: ResponseCache<Place, Entity>,
    reading: GroupRead<Place, Arc<Entity>>,
}

impl Cache {
    /// Keeps up to so many megabytes.
    pub(crate) fn new(megabytes: u32) -> Self {
        Self {
            answers: ResponseCache::new(megabytes),
            reading: GroupRead::new(AT_ONCE),
        }
    }

    /// The entity with this id as of a commit, deleted or not.
    pub(crate) async fn entity(
        &self,
        db: &impl ConnectionTrait,
        commit: i64,
        id: String,
    ) -> Result<Arc<Entity>> {
        let place = (commit, id);
        if let Some(entity) = self.answers.get(&place) {
            return Ok(entity);
        }
        let found = self.reading.get(place.clone(), |places| read(db, places));
        let entity = found.await?.ok_or_else(|| record::unknown(&place.1))?;
        self.answers.keep(place, &entity);
        Ok(entity)
    }
}

async fn read(
    db: &impl ConnectionTrait,
    places: Vec<Place>,
) -> Result<HashMap<Place, Arc<Entity>>> {
    let mut ids: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for (commit, id) in places {
        ids.entry(commit).or_default().push(id);
    }
    let mut found = HashMap::new();
    for (commit, ids) in ids {
        for (id, record) in record::get_many(db, commit, &ids).await? {
            found.insert((commit, id), Arc::new(record.into()));
        }
    }
    Ok(found)
}
