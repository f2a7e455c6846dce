//! Creating, changing, deleting and undeleting one entity.

use proto::snapshot::v1::ChangeType;
use rpc::{Error, Fields, Reason, Result, Violation};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{Condition, ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::record::{self, Step};
use super::rule::Surroundings;
use super::{Attribute, COLLECTION, Entity, Identifier, Lifecycle, Name, RecordStatus};
use crate::citation::{Note, SourceRef};
use crate::record::Record;
use crate::version::{self, NOW};
use crate::write::Write;

/// Changes to an entity: the parts that are set take the place of the ones it has.
#[derive(Debug, Default)]
pub(crate) struct Patch {
    /// Never changes; set, it must be the one the entity has.
    pub kind: Option<String>,
    pub names: Option<Vec<Name>>,
    pub identifiers: Option<Vec<Identifier>>,
    pub attributes: Option<Vec<Attribute>>,
    pub lifecycle: Option<Vec<Lifecycle>>,
    pub record_status: Option<RecordStatus>,
    pub placeholder: Option<bool>,
    pub sources: Option<Vec<SourceRef>>,
    pub notes: Option<Vec<Note>>,
}

impl Patch {
    fn apply(self, entity: &Entity) -> Entity {
        Entity {
            kind: entity.kind.clone(),
            names: self.names.unwrap_or_else(|| entity.names.clone()),
            identifiers: self
                .identifiers
                .unwrap_or_else(|| entity.identifiers.clone()),
            attributes: self.attributes.unwrap_or_else(|| entity.attributes.clone()),
            lifecycle: self.lifecycle.unwrap_or_else(|| entity.lifecycle.clone()),
            record_status: self.record_status.unwrap_or(entity.record_status),
            placeholder: self.placeholder.unwrap_or(entity.placeholder),
            sources: self.sources.unwrap_or_else(|| entity.sources.clone()),
            notes: self.notes.unwrap_or_else(|| entity.notes.clone()),
        }
    }
}

/// Creates an entity under `id`, or under a new id.
pub(crate) async fn create(
    write: &mut Write,
    id: Option<String>,
    entity: Entity,
) -> Result<Record<Entity>> {
    let id = id.unwrap_or_else(|| Uuid::new_v4().to_string());
    if !record::summaries(write.db(), NOW, &[&id]).await?.is_empty() {
        let message = format!("`{id}` is or was in use; ids are never used again");
        let exists = Violation::new(Reason::EntityExists, "entity_id", message);
        return Err(exists.about(format!("{COLLECTION}/{id}")).into());
    }
    let entity = settle(write.db(), (&id, entity), None).await?;
    let new = Record::first(id, entity, write.commit);
    store(write, None, new, ChangeType::Created).await
}

/// Changes an entity. Nothing is written when it is like that already.
pub(crate) async fn update(
    write: &mut Write,
    (id, etag): (&str, &str),
    patch: Patch,
) -> Result<Record<Entity>> {
    let old = record::get(write.db(), NOW, id).await?;
    old.match_etag(COLLECTION, etag)
        .map_err(|error| error.within("entity"))?;
    if old.deleted_at.is_some() {
        return Err(deleted(id));
    }
    if patch
        .kind
        .as_ref()
        .is_some_and(|kind| *kind != old.content.kind)
    {
        let message = format!("is {} and never changes", old.content.kind);
        return Err(Error::field(Reason::FieldImmutable, "entity.kind", message));
    }
    let entity = patch.apply(&old.content);
    let entity = settle(write.db(), (id, entity), Some(&old.content)).await?;
    if entity == old.content {
        return Ok(old);
    }
    let new = old.next(entity, write.commit);
    store(write, Some(old), new, ChangeType::Updated).await
}

/// Marks an entity as deleted.
pub(crate) async fn delete(
    write: &mut Write,
    (id, etag): (&str, &str),
    force: bool,
) -> Result<Record<Entity>> {
    let old = record::get(write.db(), NOW, id).await?;
    old.match_etag(COLLECTION, etag)?;
    if old.deleted_at.is_some() {
        return Err(deleted(id));
    }
    if !force && is_related(write.db(), id).await? {
        let name = format!("{COLLECTION}/{id}");
        let message = format!("relations point to `{name}`; delete them first, or set force");
        return Err(Error::about(Reason::EntityInUse, name, message));
    }
    let mut new = old.next(old.content.clone(), write.commit);
    new.deleted_at = Some(write.commit.committed_at);
    store(write, Some(old), new, ChangeType::Deleted).await
}

/// Takes a deletion back.
pub(crate) async fn undelete(write: &mut Write, id: &str) -> Result<Record<Entity>> {
    let old = record::get(write.db(), NOW, id).await?;
    if old.deleted_at.is_none() {
        let name = format!("{COLLECTION}/{id}");
        let message = format!("`{name}` is not deleted");
        return Err(Error::about(Reason::EntityNotDeleted, name, message));
    }
    let surroundings = Surroundings::load(write.db(), std::iter::once(&old.content)).await?;
    // The sources it cites may be gone by now; that was no fault when it cited them.
    surroundings.settle(id, &mut old.content.clone())?;
    let mut new = old.next(old.content.clone(), write.commit);
    new.deleted_at = None;
    store(write, Some(old), new, ChangeType::Created).await
}

/// The error for a write to a deleted entity.
pub(super) fn deleted(id: &str) -> Error {
    let name = format!("{COLLECTION}/{id}");
    let message = format!("`{name}` is deleted; undelete it first");
    Error::about(Reason::EntityDeleted, name, message)
}

async fn settle(
    db: &impl ConnectionTrait,
    (id, mut entity): (&str, Entity),
    has: Option<&Entity>,
) -> Result<Entity> {
    let surroundings = Surroundings::load(db, std::iter::once(&entity)).await?;
    let mut fields = Fields::new();
    let settled = surroundings.settle(id, &mut entity);
    fields.take("entity", settled);
    let mut cited = Fields::new();
    surroundings.check_citations(&mut cited, (id, &entity), has);
    fields.take("entity", cited.finish());
    fields.finish()?;
    Ok(entity)
}

async fn store(
    write: &mut Write,
    old: Option<Record<Entity>>,
    new: Record<Entity>,
    change_type: ChangeType,
) -> Result<Record<Entity>> {
    let stored = new.clone();
    let step = Step {
        old,
        new,
        change_type,
    };
    record::write(write, &[step]).await?;
    Ok(stored)
}

#[derive(FromQueryResult)]
struct Found {
    #[expect(dead_code, reason = "only whether there is one matters")]
    name: String,
}

async fn is_related(db: &impl ConnectionTrait, id: &str) -> Result<bool> {
    let ends = ["subject", "object", "source"].map(|end| Expr::cust(end).eq(id));
    let mut select = Query::select();
    select
        .expr(Expr::cust("name"))
        .from("relation")
        .cond_where(version::at(NOW))
        .cond_where(ends.into_iter().fold(Condition::any(), Condition::add))
        .limit(1);
    Ok(!version::select::<Found>(db, &select).await?.is_empty())
}
