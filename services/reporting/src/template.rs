//! Templates: every revision is kept.

use rpc::{Error, PageRequest, Reason, Result};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use sha2::{Digest as _, Sha256};
use store::Store;
use store::commit::{self, Commit};

use crate::query;

/// One revision of a template.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct Revision {
    pub(crate) id: String,
    /// 1 for the first one.
    pub(crate) revision: i64,
    pub(crate) etag: String,
    pub(crate) title: String,
    /// The content in canonical form: equal content has equal bytes.
    pub(crate) body: Vec<u8>,
    /// Microseconds since 1970-01-01 UTC.
    pub(crate) saved_at: i64,
    /// The commit that saved it.
    pub(crate) commit_number: i64,
}

/// What a revision says.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) title: String,
    /// In canonical form.
    pub(crate) body: Vec<u8>,
}

const COLUMNS: &str =
    "SELECT id, revision, etag, title, body, saved_at, commit_number FROM template";

/// Saves a new template.
pub(crate) async fn create(
    txn: &DatabaseTransaction,
    id: &str,
    content: Content,
    commit: Commit,
) -> Result<Revision> {
    if newest(txn, id, i64::MAX).await?.is_some() {
        let message = format!("template {id} exists; update it, or choose another id");
        let name = format!("templates/{id}");
        return Err(Error::about(Reason::TemplateExists, name, message));
    }
    insert(txn, (id, 1), content, commit).await
}

/// Saves a new revision after `current`; equal content makes none.
pub(crate) async fn replace(
    store: &Store,
    current: &Revision,
    content: Content,
) -> Result<Revision> {
    if content.body == current.body {
        return Ok(current.clone());
    }
    let txn = store.begin().await?;
    let commit = commit::next(&txn, "").await?;
    let newest = newest(&txn, &current.id, i64::MAX).await?;
    if newest.is_none_or(|newest| newest.etag != current.etag) {
        return Err(stale(&current.id));
    }
    let next = (current.id.as_str(), current.revision + 1);
    let saved = insert(&txn, next, content, commit).await?;
    txn.commit().await?;
    Ok(saved)
}

/// Refuses a condition that no longer holds. Empty: no condition.
pub(crate) fn check_etag(current: &Revision, etag: &str) -> Result<()> {
    if etag.is_empty() || etag == current.etag {
        Ok(())
    } else {
        Err(stale(&current.id))
    }
}

fn stale(id: &str) -> Error {
    Error::about(
        Reason::EtagMismatch,
        format!("templates/{id}"),
        format!("template {id} has changed; read it again, then retry"),
    )
}

/// A revision as of a commit, the newest one without `revision`.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: &str,
    revision: Option<i64>,
    commit: i64,
) -> Result<Revision> {
    let found = match revision {
        None => newest(db, id, commit).await?,
        Some(revision) => {
            let sql = format!("{COLUMNS} WHERE id = $1 AND revision = $2 AND commit_number <= $3");
            query::one(db, &sql, [id.into(), revision.into(), commit.into()]).await?
        }
    };
    found.ok_or_else(|| {
        let which = revision
            .map(|number| format!(" revision {number}"))
            .unwrap_or_default();
        Error::about(
            Reason::TemplateNotFound,
            format!("templates/{id}"),
            format!("there is no template {id}{which}"),
        )
    })
}

/// The newest revisions as of a commit of a page of templates, by id, one more than asked
/// for.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    commit: i64,
    page: &PageRequest,
) -> Result<Vec<Revision>> {
    let sql = format!(
        "{COLUMNS} t WHERE id > $1 AND revision = (SELECT MAX(m.revision) FROM template m \
         WHERE m.id = t.id AND m.commit_number <= $3) ORDER BY id LIMIT $2"
    );
    let after = page
        .after
        .as_ref()
        .and_then(|keys| keys.first())
        .cloned()
        .unwrap_or_default();
    let limit = page.size as i64 + 1;
    query::all(db, &sql, [after.into(), limit.into(), commit.into()]).await
}

async fn newest(db: &impl ConnectionTrait, id: &str, commit: i64) -> Result<Option<Revision>> {
    let sql =
        format!("{COLUMNS} WHERE id = $1 AND commit_number <= $2 ORDER BY revision DESC LIMIT 1");
    query::one(db, &sql, [id.into(), commit.into()]).await
}

async fn insert(
    txn: &DatabaseTransaction,
    (id, revision): (&str, i64),
    content: Content,
    commit: Commit,
) -> Result<Revision> {
    let digest = Sha256::digest(&content.body);
    let short: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let saved = Revision {
        id: id.to_owned(),
        revision,
        etag: format!("\"{revision}-{short}\""),
        title: content.title,
        body: content.body,
        saved_at: commit.committed_at,
        commit_number: commit.number,
    };
    let values = [
        saved.id.clone().into(),
        saved.revision.into(),
        saved.etag.clone().into(),
        saved.title.clone().into(),
        saved.body.clone().into(),
        saved.saved_at.into(),
        saved.commit_number.into(),
    ];
    let sql = "INSERT INTO template (id, revision, etag, title, body, saved_at, commit_number) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    query::run(txn, sql, values).await?;
    Ok(saved)
}
