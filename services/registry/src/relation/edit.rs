//! Creating, changing and withdrawing one relation.

use figure::Period;
use proto::snapshot::v1::ChangeType;
use rpc::{Fields, Reason, Result, Violation};
use uuid::Uuid;

use super::rule::Surroundings;
use super::{COLLECTION, Relation, Share, record};
use crate::citation::{Basis, Note, SourceRef};
use crate::record::Record;
use crate::version::NOW;
use crate::write::Write;

/// Changes to a relation: the parts that are set take the place of the ones it has.
#[derive(Debug, Default)]
pub(crate) struct Patch {
    /// Subject, predicate and object never change; set, they must be what they are.
    pub fixed: [Option<String>; 3],
    pub role: Option<String>,
    pub since: Option<Option<Period>>,
    pub until: Option<Option<Period>>,
    pub since_approximate: Option<bool>,
    pub as_of: Option<Option<Period>>,
    pub share: Option<Option<Share>>,
    pub basis: Option<Basis>,
    pub source: Option<SourceRef>,
    pub notes: Option<Vec<Note>>,
}

impl Patch {
    fn check_fixed(&self, relation: &Relation) -> Result<()> {
        let mut fields = Fields::new();
        let fixed = [
            ("relation.subject", &relation.subject),
            ("relation.predicate", &relation.predicate),
            ("relation.object", &relation.object),
        ];
        for ((field, has), asked) in fixed.into_iter().zip(&self.fixed) {
            if asked.as_ref().is_some_and(|asked| asked != has) {
                fields.refuse(
                    Reason::FieldImmutable,
                    field,
                    format!("is {has} and never changes"),
                );
            }
        }
        fields.finish()
    }

    fn apply(self, relation: &Relation) -> Relation {
        Relation {
            role: self.role.unwrap_or_else(|| relation.role.clone()),
            since: self.since.unwrap_or(relation.since),
            until: self.until.unwrap_or(relation.until),
            since_approximate: self.since_approximate.unwrap_or(relation.since_approximate),
            as_of: self.as_of.unwrap_or(relation.as_of),
            share: self.share.unwrap_or_else(|| relation.share.clone()),
            basis: self.basis.unwrap_or(relation.basis),
            source: self.source.unwrap_or_else(|| relation.source.clone()),
            notes: self.notes.unwrap_or_else(|| relation.notes.clone()),
            ..relation.clone()
        }
    }
}

/// Creates a relation under `id`, or under a new id.
pub(crate) async fn create(
    write: &mut Write,
    id: Option<String>,
    relation: Relation,
) -> Result<Record<Relation>> {
    let id = id.unwrap_or_else(|| Uuid::new_v4().to_string());
    if !record::used(write.db(), &[&id]).await?.is_empty() {
        let message = format!("`{id}` is or was in use; ids are never used again");
        let exists = Violation::new(Reason::RelationExists, "relation_id", message);
        return Err(exists.about(format!("{COLLECTION}/{id}")).into());
    }
    check(write, (&id, &relation), None).await?;
    let new = Record::first(id, relation, write.commit);
    record::write(write, ChangeType::Created, std::slice::from_ref(&new)).await?;
    Ok(new)
}

/// Changes a relation. Nothing is written when it is like that already.
pub(crate) async fn update(
    write: &mut Write,
    (id, etag): (&str, &str),
    patch: Patch,
) -> Result<Record<Relation>> {
    let old = record::get(write.db(), NOW, id).await?;
    old.match_etag(COLLECTION, etag)
        .map_err(|error| error.within("relation"))?;
    patch.check_fixed(&old.content)?;
    let relation = patch.apply(&old.content);
    if relation == old.content {
        return Ok(old);
    }
    check(write, (id, &relation), Some(&old.content)).await?;
    let new = old.next(relation, write.commit);
    record::write(write, ChangeType::Updated, std::slice::from_ref(&new)).await?;
    Ok(new)
}

/// Withdraws a relation; older snapshots keep it. It is answered as it was, with the time.
pub(crate) async fn delete(write: &mut Write, id: &str, etag: &str) -> Result<Record<Relation>> {
    let mut old = record::get(write.db(), NOW, id).await?;
    old.match_etag(COLLECTION, etag)?;
    record::withdraw(write, &old).await?;
    old.deleted_at = Some(write.commit.committed_at);
    Ok(old)
}

async fn check(
    write: &Write,
    (id, relation): (&str, &Relation),
    has: Option<&Relation>,
) -> Result<()> {
    let surroundings = Surroundings::load(write.db(), &[relation]).await?;
    let checked = surroundings.check(id, relation, has);
    checked.map_err(|error| error.within("relation"))
}
