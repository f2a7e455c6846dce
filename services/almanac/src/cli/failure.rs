//! Failed calls, told to a person: the sentence, the fields, the reason, what to do.

use std::fmt;

use tonic_types::{ErrorDetails, RpcStatusExt as _, StatusExt as _};

/// What a server said went wrong with a call or with one row.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The sentence.
    pub message: String,
    /// The reason, a word of the contract.
    pub reason: String,
    /// Path and message of each field concerned.
    pub fields: Vec<(String, String)>,
}

impl Failure {
    fn from_details(message: &str, code: tonic::Code, details: &ErrorDetails) -> Self {
        let reason = details.error_info().map(|info| info.reason.clone());
        let fields = details
            .bad_request()
            .map(|bad| bad.field_violations.clone())
            .unwrap_or_default();
        Self {
            message: message.to_owned(),
            reason: reason.unwrap_or_else(|| code_word(code).to_owned()),
            fields: fields
                .into_iter()
                .map(|field| (field.field, field.description))
                .collect(),
        }
    }

    /// Whether the sentence is that of the only field concerned, so that a list would say it
    /// twice.
    fn is_told_by_its_sentence(&self) -> bool {
        match self.fields.as_slice() {
            [(_, message)] => self.message.contains(message),
            _ => false,
        }
    }

    /// What a person can do about it, if there is more to say than the sentence.
    fn advice(&self) -> Option<&'static str> {
        let advice = match self.reason.as_str() {
            "UNAVAILABLE" => "check that the server runs and that --server names it",
            "DATABASE_UNAVAILABLE"
            | "PEER_UNAVAILABLE"
            | "SNAPSHOT_NOT_REACHED"
            | "SHUTTING_DOWN"
            | "OVERLOADED" => {
                "nothing is wrong with the request: run the command again in a moment"
            }
            "ENTITY_NOT_FOUND" => "`almanac search TEXT` finds entities by any part of their names",
            "ENTITY_UNKNOWN" | "RELATION_DANGLING" => {
                "import the entities first; `almanac search TEXT` tells which there are"
            }
            "VOCABULARY_UNKNOWN" => {
                "add it to the vocabulary file and run `almanac apply vocabulary FILE`"
            }
            "INDICATOR_UNKNOWN" | "UNIT_UNKNOWN" => {
                "add it to the definitions file and run `almanac apply definitions FILE`"
            }
            "DEFINITION_NOT_FOUND" => {
                "`almanac list indicators`, `list units` and `list concepts` tell which there are"
            }
            "RELEASE_OUT_OF_ORDER" => {
                "import the releases from the oldest to the newest, or pass --backfill if this is meant"
            }
            "SNAPSHOT_TOKEN_INVALID" => "pass a snapshot token as this installation printed it",
            "SNAPSHOT_TOKEN_EXPIRED" => {
                "leave the token out: what it named may be gone; `almanac snapshot` prints a new one"
            }
            "RESUME_TOKEN_INVALID" => "pass the resume token of a watch of this same service",
            "RESUME_TOKEN_EXPIRED" => {
                "list anew, then `almanac watch --after-snapshot TOKEN` with the snapshot of the list"
            }
            "ETAG_MISMATCH" => {
                "somebody else changed it: look at what it is now with `almanac show NAME`, and give that etag"
            }
            "ANSWER_TOO_LARGE" => "ask for less at once",
            "SERIES_NOT_FOUND" | "CLAIM_NOT_FOUND" => {
                "`almanac show ENTITY` and `almanac list series` tell what there are figures of"
            }
            "TEMPLATE_NOT_FOUND" => "save it with `almanac template FILE`",
            "METHOD_UNKNOWN" => {
                "check that --server names a process of this version that plays all roles"
            }
            "DEADLINE_EXCEEDED" => {
                "run the command again: what was written stays and is not written twice"
            }
            "INTERNAL" => "this is a fault of the server: look into its log",
            _ => return None,
        };
        Some(advice)
    }
}

impl From<&tonic::Status> for Failure {
    fn from(status: &tonic::Status) -> Self {
        let mut failure =
            Self::from_details(status.message(), status.code(), &status.get_error_details());
        if failure.message.is_empty() {
            code_word(status.code()).clone_into(&mut failure.message);
        }
        failure
    }
}

impl From<&tonic_types::Status> for Failure {
    fn from(status: &tonic_types::Status) -> Self {
        Self::from_details(
            &status.message,
            tonic::Code::from(status.code),
            &status.get_error_details(),
        )
    }
}

impl std::error::Error for Failure {}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        for (field, message) in self
            .fields
            .iter()
            .filter(|_| !self.is_told_by_its_sentence())
        {
            write!(f, "\n  {field}: {message}")?;
        }
        write!(f, "\n  reason: {}", self.reason)?;
        match self.advice() {
            Some(advice) => write!(f, "\n  what to do: {advice}"),
            None => Ok(()),
        }
    }
}

/// Prints an error to standard error, without the innards of statuses.
pub fn print(error: &anyhow::Error) {
    let mut lines = Vec::new();
    for cause in error.chain() {
        match cause.downcast_ref::<tonic::Status>() {
            Some(status) => {
                lines.push(Failure::from(status).to_string());
                break;
            }
            None => lines.push(cause.to_string()),
        }
    }
    crate::cli::table::complain(&format!("almanac: {}", lines.join(": ")));
}

fn code_word(code: tonic::Code) -> &'static str {
    match code {
        tonic::Code::Unavailable => "UNAVAILABLE",
        tonic::Code::Unimplemented => "UNIMPLEMENTED",
        tonic::Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        tonic::Code::Cancelled => "CANCELLED",
        tonic::Code::InvalidArgument => "INVALID_ARGUMENT",
        tonic::Code::PermissionDenied => "PERMISSION_DENIED",
        tonic::Code::Unauthenticated => "UNAUTHENTICATED",
        tonic::Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        _ => "UNKNOWN",
    }
}

#[cfg(test)]
mod tests {
    use super::Failure;

    fn failure(message: &str, fields: &[&str]) -> String {
        let fields = fields
            .iter()
            .map(|text| ("f".to_owned(), (*text).to_owned()));
        let failure = Failure {
            message: message.to_owned(),
            reason: "R".to_owned(),
            fields: fields.collect(),
        };
        failure.to_string()
    }

    #[test]
    fn a_single_fault_is_said_once_and_several_are_listed() {
        assert_eq!(failure("f: is bad", &["is bad"]), "f: is bad\n  reason: R");
        let two = failure("f: is bad", &["is bad", "is worse"]);
        assert_eq!(two, "f: is bad\n  f: is bad\n  f: is worse\n  reason: R");
        let other = failure("no", &["is bad"]);
        assert_eq!(other, "no\n  f: is bad\n  reason: R");
    }
}
