use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use prost::Message as _;
pub use proto::server::v1::ErrorReason as Reason;
use sea_orm::{DbErr, RuntimeErr};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use crate::Work;

/// What a refused caller should wait at the least.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// Bytes of violations that an error carries. Details travel in HTTP headers, and clients
/// drop the whole error when these are larger than they accept, 8 KiB in some.
const LISTED_BYTES: usize = 4000;
/// Characters of a message, for the same reason: it may quote what a client sent.
const LONGEST_MESSAGE: usize = 400;

/// Result of everything a handler calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One thing wrong with one field of a request.
#[derive(Debug, Clone)]
pub struct Violation {
    /// Path of the field as the contract spells it: `entity.names[2].language`.
    pub field: String,
    /// Why it is refused.
    pub reason: Reason,
    /// A sentence a person can act on.
    pub message: String,
}

/// An error as a client sees it. The reason decides the gRPC code: there is one for each,
/// written beside it in `error_reason.proto`.
#[derive(Debug, Clone)]
pub struct Error {
    reason: Reason,
    message: String,
    violations: Vec<Violation>,
    cause: Option<std::sync::Arc<anyhow::Error>>,
}

impl Error {
    /// An error about the state of things rather than about a field.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            violations: Vec::new(),
            cause: None,
        }
    }

    /// An error about one field.
    pub fn field(reason: Reason, field: impl Into<String>, message: impl Into<String>) -> Self {
        let (field, message) = (field.into(), message.into());
        Self::invalid(vec![Violation {
            field,
            reason,
            message,
        }])
    }

    /// An error about several fields; the first one gives reason and code.
    pub fn invalid(violations: Vec<Violation>) -> Self {
        let (reason, message) = match violations.as_slice() {
            [] => (
                Reason::FieldInvalid,
                "the request cannot be read".to_owned(),
            ),
            [only] => (only.reason, format!("{}: {}", only.field, only.message)),
            [first, rest @ ..] => (
                first.reason,
                format!(
                    "{}: {}; and {} more",
                    first.field,
                    first.message,
                    rest.len()
                ),
            ),
        };
        Self {
            reason,
            message,
            violations,
            cause: None,
        }
    }

    /// A fault of ours. The cause is logged, the client gets a fixed text.
    pub fn internal(cause: impl Into<anyhow::Error>) -> Self {
        Self {
            cause: Some(std::sync::Arc::new(cause.into())),
            ..Self::new(Reason::Internal, "internal error")
        }
    }

    /// Why.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// The sentence for a person.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The fields concerned, if the error is about fields.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// The same error with the fields below `path`: a row of a batch, a part of a message.
    /// An empty path leaves the fields as they are.
    pub fn within(mut self, path: &str) -> Self {
        if self.violations.is_empty() {
            self.violations.push(Violation {
                field: path.to_owned(),
                reason: self.reason,
                message: self.message.clone(),
            });
        } else {
            for violation in &mut self.violations {
                violation.field = match (path, violation.field.as_str()) {
                    (path, "") => path.to_owned(),
                    ("", field) => field.to_owned(),
                    (path, field) => format!("{path}.{field}"),
                };
            }
        }
        let cause = self.cause.take();
        Self {
            cause,
            ..Self::invalid(self.violations)
        }
    }

    fn code(&self) -> Code {
        code(self.reason)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Some(cause) => write!(f, "{}: {cause:#}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Error {}

/// The only place that chooses a gRPC code. Every reason is listed, so that a new one cannot
/// be forgotten here.
fn code(reason: Reason) -> Code {
    use Reason as R;
    match reason {
        R::FieldRequired
        | R::FieldInvalid
        | R::TooManyItems
        | R::PageTokenInvalid
        | R::FilterInvalid
        | R::OrderByInvalid
        | R::UpdateMaskInvalid
        | R::FieldImmutable
        | R::RequestIdReused
        | R::SnapshotTokenInvalid
        | R::ResumeTokenInvalid
        | R::MessageTooLarge
        | R::VocabularyUnknown
        | R::NumberInvalid
        | R::PeriodInvalid
        | R::BoundsReversed
        | R::QuantityContradictory
        | R::UnitUnknown
        | R::UnitNotAllowed
        | R::IndicatorUnknown
        | R::BreakdownInvalid
        | R::ClaimAmbiguous
        | R::EntityUnknown
        | R::SeriesUndeclared
        | R::TemplateInvalid
        | R::ParameterInvalid => Code::InvalidArgument,
        R::EntityNotFound
        | R::RelationNotFound
        | R::DefinitionNotFound
        | R::ReleaseNotFound
        | R::LineNotFound
        | R::ClaimNotFound
        | R::TemplateNotFound
        | R::ReportNotFound
        | R::OperationNotFound => Code::NotFound,
        R::EntityExists
        | R::IdentifierTaken
        | R::RelationExists
        | R::ReleaseExists
        | R::TemplateExists => Code::AlreadyExists,
        R::EntityDeleted
        | R::EntityNotDeleted
        | R::EntityInUse
        | R::EntityConflict
        | R::VocabularyInUse
        | R::RelationDangling
        | R::RelationCycle
        | R::RelationNotAllowed
        | R::DefinitionConflict
        | R::ReleaseOutOfOrder
        | R::LoadConflict
        | R::SiblingsJoined
        | R::FigureMissing => Code::FailedPrecondition,
        R::EtagMismatch => Code::Aborted,
        R::SequenceGap => Code::OutOfRange,
        R::Overloaded => Code::ResourceExhausted,
        R::DeadlineExceeded => Code::DeadlineExceeded,
        R::SnapshotNotReached | R::DatabaseUnavailable | R::PeerUnavailable | R::ShuttingDown => {
            Code::Unavailable
        }
        R::OperationCancelled => Code::Cancelled,
        R::Unspecified | R::Internal => Code::Internal,
    }
}

/// The reason as it stands in `ErrorInfo`: without the prefix of the enum.
fn reason_text(reason: Reason) -> &'static str {
    let name = reason.as_str_name();
    name.strip_prefix("ERROR_REASON_").unwrap_or(name)
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let mut message = cut(&error.message);
        if let Some(cause) = &error.cause {
            tracing::error!(cause = format!("{cause:#}"), "internal error");
            if let Some(trace) = Work::current(Work::trace_id) {
                message = format!("{message}; the log has more under trace {trace}");
            }
        }
        let listed = listed(&error.violations);
        if listed.len() < error.violations.len() {
            message = format!("{message}; the first {} are listed", listed.len());
        }
        let metadata: HashMap<_, _> = listed
            .iter()
            .map(|v| (v.field.clone(), reason_text(v.reason).to_owned()))
            .collect();
        let mut details = ErrorDetails::new();
        details.set_error_info(reason_text(error.reason), proto::ERROR_DOMAIN, metadata);
        if error.reason == Reason::Overloaded {
            details.set_retry_info(Some(RETRY_DELAY));
        }
        if !listed.is_empty() {
            details.set_bad_request(
                listed
                    .iter()
                    .map(|v| FieldViolation::new(&v.field, cut(&v.message)))
                    .collect::<Vec<_>>(),
            );
        }
        Status::with_error_details(error.code(), message, details)
    }
}

fn cut(message: &str) -> String {
    message.chars().take(LONGEST_MESSAGE).collect()
}

/// As many violations as an error carries, one at least.
fn listed(violations: &[Violation]) -> &[Violation] {
    // The field stands in two details, with its reason and with its message.
    const FRAME: usize = 32;
    let mut bytes = 0;
    let fit = violations.iter().take_while(|violation| {
        bytes += 2 * violation.field.len() + violation.message.len() + FRAME;
        bytes <= LISTED_BYTES
    });
    let count = fit.count().max(1).min(violations.len());
    &violations[..count]
}

/// The error as data: the status of one row of a batch.
pub fn row_status(error: Error) -> tonic_types::Status {
    let status = Status::from(error);
    tonic_types::Status::decode(status.details()).unwrap_or_default()
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        let gone = match &error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
            DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => is_away(&cause.to_string()),
            _ => false,
        };
        if gone {
            tracing::warn!(cause = %error, "database unavailable");
            return Self::new(
                Reason::DatabaseUnavailable,
                "the database cannot be reached; retry in a moment",
            );
        }
        Self::internal(error)
    }
}

/// sqlx gives no classes, so the texts of its connection-level errors are what there is.
fn is_away(cause: &str) -> bool {
    const SIGNS: [&str; 9] = [
        "error communicating with database",
        "pool timed out",
        "PoolClosed",
        "closed pool",
        "terminating connection",
        "the database system is",
        "statement timeout",
        "lock timeout",
        "database is locked",
    ];
    SIGNS.iter().any(|sign| cause.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_with_many_violations_still_fits_into_headers() {
        let violation = |row: usize| Violation {
            field: format!("rows[{row}].name"),
            reason: Reason::FieldInvalid,
            message: "京".repeat(1000),
        };
        let status = Status::from(Error::invalid((0..1000).map(violation).collect()));
        assert!(status.details().len() < 8000, "{}", status.details().len());
        assert_eq!(
            status
                .get_error_details()
                .bad_request()
                .map(|b| b.field_violations.len()),
            Some(1)
        );
    }

    /// `code` lists what it knows; that it says of each what the contract says, only the
    /// contract can tell.
    #[test]
    fn every_reason_has_the_code_that_stands_beside_it() {
        let contract = include_str!("../../../proto/almanac/server/v1/error_reason.proto");
        let mut told = String::new();
        let mut checked = 0;
        for line in contract.lines().map(str::trim) {
            if let Some(words) = line.strip_prefix("// ") {
                told.push_str(words);
                continue;
            }
            let name = line.split(' ').next().unwrap_or_default();
            if let Some(reason) = Reason::from_str_name(name)
                && reason != Reason::Unspecified
            {
                let end = told.find([':', ',']).unwrap();
                let said = format!("{:?}", code(reason)).to_uppercase();
                assert_eq!(said, told[..end].replace('_', ""), "{name}");
                checked += 1;
            }
            told.clear();
        }
        assert!(checked > 60, "{checked}");
    }
}
