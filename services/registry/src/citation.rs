//! What entities and relations say about where they come from.

use serde::{Deserialize, Serialize};

use crate::number::numbered;

numbered! {
    /// On what a statement rests.
    pub(crate) enum Basis {
        Stated = 1,
        InferredFromPublication = 2,
        InferredFromContext = 3,
        Editorial = 4,
        Unknown = 5,
    }
}

/// Where in which source something stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SourceRef {
    /// Id of an entity.
    pub source: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub locator: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub quote: String,
}

/// A remark about one part of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ambiguous: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}
