//! The tables that are derived from the content of entities and found by.

use std::collections::BTreeSet;

use rpc::Result;
use sea_orm::Value;

use super::Entity;
use crate::fold;
use crate::record::Record;
use crate::version;
use crate::write::Write;

/// What an entity is found by.
#[derive(Default)]
struct Keys {
    names: BTreeSet<String>,
    grams: BTreeSet<String>,
    identifiers: BTreeSet<(String, String)>,
}

impl Keys {
    /// Nothing is found by the keys of a deleted entity, or of none.
    fn of(record: Option<&Record<Entity>>) -> Self {
        let Some(record) = record.filter(|record| record.deleted_at.is_none()) else {
            return Self::default();
        };
        let mut keys = Self::default();
        for name in &record.content.names {
            let folded = fold::fold(&name.text);
            keys.grams
                .extend(fold::grams(&folded).into_iter().map(str::to_owned));
            keys.names.insert(fold::key(&folded).to_owned());
        }
        let identifiers = record.content.identifiers.iter();
        keys.identifiers
            .extend(identifiers.map(|i| (i.value.clone(), i.scheme.clone())));
        keys
    }
}

/// Rows to end and rows to begin.
struct Turn<const N: usize> {
    ended: Vec<[Value; N]>,
    begun: Vec<[Value; N]>,
}

impl<const N: usize> Turn<N> {
    fn new() -> Self {
        Self {
            ended: Vec::new(),
            begun: Vec::new(),
        }
    }

    fn add<T: Ord>(
        &mut self,
        old: &BTreeSet<T>,
        new: &BTreeSet<T>,
        row: impl Fn(&T) -> [Value; N],
    ) {
        self.ended.extend(old.difference(new).map(&row));
        self.begun.extend(new.difference(old).map(&row));
    }

    async fn write(self, write: &Write, table: &str, columns: [&str; N]) -> Result<()> {
        version::close(write.db(), table, columns, (write.commit, self.ended)).await?;
        version::insert(write.db(), table, columns, (write.commit, self.begun)).await
    }
}

/// Brings the derived tables from the old to the new versions.
pub(super) async fn turn(
    write: &Write,
    turns: &[(Option<&Record<Entity>>, &Record<Entity>)],
) -> Result<()> {
    let (mut names, mut grams, mut identifiers) = (Turn::new(), Turn::new(), Turn::new());
    for (old, new) in turns {
        let entity = new.id.as_str();
        let (old, new) = (Keys::of(*old), Keys::of(Some(new)));
        let row = |key: &String| [key.as_str().into(), entity.into()];
        names.add(&old.names, &new.names, row);
        grams.add(&old.grams, &new.grams, row);
        identifiers.add(&old.identifiers, &new.identifiers, |(value, scheme)| {
            [value.as_str().into(), scheme.as_str().into(), entity.into()]
        });
    }
    names
        .write(write, "entity_name", ["folded", "entity"])
        .await?;
    grams.write(write, "name_gram", ["gram", "entity"]).await?;
    identifiers
        .write(write, "identifier", ["value", "scheme", "entity"])
        .await
}
