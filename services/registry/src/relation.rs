//! Relations: one source's statement that a subject stands in a relation to an object.

pub(crate) mod add;
pub(crate) mod edit;
mod graph;
pub(crate) mod record;
mod rule;
mod share;

use figure::Period;
pub(crate) use graph::Edges;
use rpc::Result;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
pub(crate) use share::Share;

use crate::citation::{Basis, Note, SourceRef};
use crate::period;

/// Collection of the resource names.
pub(crate) const COLLECTION: &str = "relations";

/// What a source says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Relation {
    /// Id of an entity, like the object.
    pub subject: String,
    pub predicate: String,
    pub object: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub role: String,
    #[serde(default, with = "period", skip_serializing_if = "Option::is_none")]
    pub since: Option<Period>,
    #[serde(default, with = "period", skip_serializing_if = "Option::is_none")]
    pub until: Option<Period>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub since_approximate: bool,
    #[serde(default, with = "period", skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Period>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    pub basis: Basis,
    pub source: SourceRef,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

impl Relation {
    /// An id that follows from the content, so that the same statement keeps it.
    pub(crate) fn content_id(&self) -> Result<String> {
        use std::fmt::Write as _;
        let digest = Sha256::digest(crate::record::write(self)?);
        let mut id = String::with_capacity(32);
        for byte in digest.iter().take(16) {
            // Writing to a String cannot fail.
            let _ = write!(id, "{byte:02x}");
        }
        Ok(id)
    }
}

#[cfg(test)]
mod tests;
