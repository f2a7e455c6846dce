//! Templates: every revision is kept.

use rpc::{ANSWER_BYTES, Error, PageRequest, Reason, Result};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use sha2::{Digest as _, Sha256};
use store::commit::Commit;
use store::feed;

use crate::{change, query};

/// One revision of a template.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct Revision {
    pub(crate) id: String,
    /// 1 for the first one.
    pub(crate) revision: i64,
    pub(crate) etag: String,
    /// The content in canonical form: equal content has equal bytes. Of a list in its basic
    /// view the part that this shows.
    pub(crate) body: Vec<u8>,
    /// Microseconds since 1970-01-01 UTC.
    pub(crate) saved_at: i64,
    /// The commit that saved it.
    pub(crate) commit_number: i64,
}

/// What a revision says.
#[derive(Debug, Default)]
pub(crate) struct Content {
    /// In canonical form.
    pub(crate) body: Vec<u8>,
    /// The part of it that lists show.
    pub(crate) summary: Vec<u8>,
}

impl Revision {
    /// A revision as it is saved by a commit.
    pub(crate) fn of((id, revision): (&str, i64), body: &[u8], commit: Commit) -> Self {
        let digest = Sha256::digest(body);
        let short: String = digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self {
            id: id.to_owned(),
            revision,
            etag: format!("\"{revision}-{short}\""),
            body: body.to_vec(),
            saved_at: commit.committed_at,
            commit_number: commit.number,
        }
    }
}

const COLUMNS: &str = "SELECT id, revision, etag, body, saved_at, commit_number FROM template";

/// Saves a new template.
pub(crate) async fn create(
    txn: &DatabaseTransaction,
    id: &str,
    content: Content,
    commit: Commit,
) -> Result<Revision> {
    if newest(txn, id, i64::MAX).await?.is_some() {
        return Err(exists(id));
    }
    insert(txn, (id, 1), content, commit).await
}

/// The error of a template whose id is in use.
pub(crate) fn exists(id: &str) -> Error {
    let message = format!("template {id} exists; update it, or choose another id");
    Error::about(Reason::TemplateExists, format!("templates/{id}"), message)
}

/// Saves a new revision after `current`.
pub(crate) async fn replace(
    txn: &DatabaseTransaction,
    current: &Revision,
    content: Content,
    commit: Commit,
) -> Result<Revision> {
    let newest = newest(txn, &current.id, i64::MAX).await?;
    if newest.is_none_or(|newest| newest.etag != current.etag) {
        return Err(stale(&current.id));
    }
    let next = (current.id.as_str(), current.revision + 1);
    insert(txn, next, content, commit).await
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

/// The newest revisions as of a commit of a page of templates, by id, whole or as lists show
/// them: one more than asked for, or than an answer holds. What is left out is not read.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    commit: i64,
    page: &PageRequest,
    is_full: bool,
) -> Result<Vec<Revision>> {
    let column = if is_full { "body" } else { "summary" };
    let sql = format!(
        "SELECT t.id, t.revision, t.etag, t.{column} AS body, t.saved_at, t.commit_number FROM \
         (SELECT id, revision, SUM(bytes) OVER (ORDER BY id) - bytes AS bytes_before FROM \
         (SELECT id, revision, LENGTH({column}) AS bytes FROM template o WHERE id > $1 AND revision = \
         (SELECT MAX(m.revision) FROM template m WHERE m.id = o.id AND m.commit_number <= $3) \
         ORDER BY id LIMIT $2) page) sized JOIN template t ON t.id = sized.id AND t.revision = sized.revision \
         WHERE sized.bytes_before <= {ANSWER_BYTES} ORDER BY t.id"
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
    place: (&str, i64),
    content: Content,
    commit: Commit,
) -> Result<Revision> {
    let saved = Revision::of(place, &content.body, commit);
    let values = [
        saved.id.clone().into(),
        saved.revision.into(),
        saved.etag.clone().into(),
        content.summary.into(),
        content.body.into(),
        saved.saved_at.into(),
        saved.commit_number.into(),
    ];
    let sql = "INSERT INTO template (id, revision, etag, summary, body, saved_at, commit_number) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    query::run(txn, sql, values).await?;
    feed::record(txn, commit, &[change::of_template(&saved)]).await?;
    Ok(saved)
}
