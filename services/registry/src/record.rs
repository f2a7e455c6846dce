use rpc::{Error, Reason, Result, Violation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::Commit;

/// One version of an entity or a relation.
#[derive(Debug, Clone)]
pub(crate) struct Record<T> {
    pub id: String,
    pub content: T,
    /// Microseconds since 1970-01-01 UTC, like the other times.
    pub created_at: i64,
    pub updated_at: i64,
    pub deleted_at: Option<i64>,
}

impl<T> Record<T> {
    /// The first version.
    pub(crate) fn first(id: String, content: T, commit: Commit) -> Self {
        Self {
            id,
            content,
            created_at: commit.committed_at,
            updated_at: commit.committed_at,
            deleted_at: None,
        }
    }

    /// The version that follows this one.
    pub(crate) fn next(&self, content: T, commit: Commit) -> Self {
        Self {
            id: self.id.clone(),
            content,
            created_at: self.created_at,
            updated_at: commit.committed_at,
            deleted_at: self.deleted_at,
        }
    }

    /// Changes with every version, and differs between records.
    pub(crate) fn etag(&self) -> String {
        etag(&self.id, self.updated_at)
    }

    /// Refuses an etag that is not of this version; an empty one sets no condition.
    pub(crate) fn match_etag(&self, collection: &str, etag: &str) -> Result<()> {
        if etag.is_empty() || etag == self.etag() {
            return Ok(());
        }
        let message = format!("`{}` was changed since you read it; read it again", self.id);
        let stale = Violation::new(Reason::EtagMismatch, "etag", message);
        Err(stale.about(format!("{collection}/{}", self.id)).into())
    }
}

/// The etag of what was written at a time. Commits have different times, also those of a
/// database that was restored and counts again.
pub(crate) fn etag(id: &str, updated_at: i64) -> String {
    format!("\"{id}.{updated_at}\"")
}

/// The stored form of a content.
pub(crate) fn write<T: Serialize>(content: &T) -> Result<String> {
    serde_json::to_string(content).map_err(Error::internal)
}

/// Reads the stored form of a content.
pub(crate) fn read<T: DeserializeOwned>(body: &str) -> Result<T> {
    serde_json::from_str(body).map_err(Error::internal)
}
