//! Templates: every revision is kept.

use rpc::{Error, PageRequest, Reason, Result};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use sha2::{Digest as _, Sha256};
use store::{Store, clock, commit};

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
}

const COLUMNS: &str = "SELECT id, revision, etag, title, body, saved_at FROM template";

/// Saves a new template.
pub(crate) async fn create(
    txn: &DatabaseTransaction,
    id: &str,
    title: &str,
    body: Vec<u8>,
) -> Result<Revision> {
    if newest(txn, id).await?.is_some() {
        let message = format!("template {id} exists; update it, or choose another id");
        return Err(Error::new(Reason::TemplateExists, message));
    }
    insert(txn, id, 1, title, body).await
}

/// Saves a new revision after `current`; equal content makes none.
pub(crate) async fn replace(
    store: &Store,
    current: &Revision,
    title: &str,
    body: Vec<u8>,
) -> Result<Revision> {
    if body == current.body {
        return Ok(current.clone());
    }
    let txn = store.begin().await?;
    commit::next(&txn, "").await?;
    let newest = newest(&txn, &current.id).await?;
    if newest.is_none_or(|newest| newest.etag != current.etag) {
        return Err(stale(&current.id));
    }
    let saved = insert(&txn, &current.id, current.revision + 1, title, body).await?;
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
    Error::new(
        Reason::EtagMismatch,
        format!("template {id} has changed; read it again, then retry"),
    )
}

/// A revision, the newest one without `revision`.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: &str,
    revision: Option<i64>,
) -> Result<Revision> {
    let found = match revision {
        None => newest(db, id).await?,
        Some(revision) => {
            let sql = format!("{COLUMNS} WHERE id = $1 AND revision = $2");
            query::one(db, &sql, [id.into(), revision.into()]).await?
        }
    };
    found.ok_or_else(|| {
        let which = revision
            .map(|number| format!(" revision {number}"))
            .unwrap_or_default();
        Error::new(
            Reason::TemplateNotFound,
            format!("there is no template {id}{which}"),
        )
    })
}

/// The newest revisions of a page of templates, by id, one more than asked for.
pub(crate) async fn list(db: &impl ConnectionTrait, page: &PageRequest) -> Result<Vec<Revision>> {
    let sql = format!(
        "{COLUMNS} t WHERE id > $1 AND revision = (SELECT MAX(m.revision) FROM template m WHERE m.id = t.id) \
         ORDER BY id LIMIT $2"
    );
    let after = page
        .after
        .as_ref()
        .and_then(|keys| keys.first())
        .cloned()
        .unwrap_or_default();
    query::all(db, &sql, [after.into(), (page.size as i64 + 1).into()]).await
}

async fn newest(db: &impl ConnectionTrait, id: &str) -> Result<Option<Revision>> {
    let sql = format!("{COLUMNS} WHERE id = $1 ORDER BY revision DESC LIMIT 1");
    query::one(db, &sql, [id.into()]).await
}

async fn insert(
    txn: &DatabaseTransaction,
    id: &str,
    revision: i64,
    title: &str,
    body: Vec<u8>,
) -> Result<Revision> {
    let digest = Sha256::digest(&body);
    let short: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let saved = Revision {
        id: id.to_owned(),
        revision,
        etag: format!("\"{revision}-{short}\""),
        title: title.to_owned(),
        body,
        saved_at: clock::now_micros(),
    };
    let values = [
        saved.id.clone().into(),
        saved.revision.into(),
        saved.etag.clone().into(),
        saved.title.clone().into(),
        saved.body.clone().into(),
        saved.saved_at.into(),
    ];
    let sql = "INSERT INTO template (id, revision, etag, title, body, saved_at) VALUES ($1, $2, $3, $4, $5, $6)";
    query::run(txn, sql, values).await?;
    Ok(saved)
}
