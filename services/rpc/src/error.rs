use std::fmt;

pub use proto::server::v1::ErrorReason as Reason;
use tonic::Code;

mod database;
mod size;
mod status;

pub use status::row_status;

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
    /// Name of the resource it is about, if it is about one: `entities/atlantis`.
    pub resource: Option<String>,
}

impl Violation {
    /// A fault of a field.
    pub fn new(reason: Reason, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            reason,
            message: message.into(),
            resource: None,
        }
    }

    /// The same fault, told as one of the resource with this name.
    #[must_use]
    pub fn about(self, resource: impl Into<String>) -> Self {
        Self {
            resource: Some(resource.into()),
            ..self
        }
    }
}

/// An error as a client sees it. The reason decides the gRPC code: there is one for each,
/// written beside it in `error_reason.proto`, unless a protocol of others wants another.
#[derive(Debug, Clone)]
pub struct Error {
    reason: Reason,
    message: String,
    resource: Option<String>,
    violations: Vec<Violation>,
    code: Option<Code>,
    cause: Option<std::sync::Arc<anyhow::Error>>,
}

impl Error {
    /// An error about the state of things rather than about a field.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            resource: None,
            violations: Vec::new(),
            code: None,
            cause: None,
        }
    }

    /// An error about the resource with this name, `entities/atlantis`. Clients get the name
    /// as data, so that none of them has to look for it in the sentence.
    pub fn about(reason: Reason, name: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            resource: Some(name.into()),
            ..Self::new(reason, message)
        }
    }

    /// An error about one field.
    pub fn field(reason: Reason, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::from(Violation::new(reason, field, message))
    }

    /// An error about several fields; the first one gives reason, code and resource.
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
        let resource = violations.first().and_then(|first| first.resource.clone());
        Self {
            resource,
            violations,
            ..Self::new(reason, message)
        }
    }

    /// A fault of ours. The cause is logged, the client gets a fixed text.
    pub fn internal(cause: impl Into<anyhow::Error>) -> Self {
        Self {
            cause: Some(std::sync::Arc::new(cause.into())),
            ..Self::new(Reason::Internal, "internal error")
        }
    }

    /// The same error in another sentence, which says more of where it came up.
    #[must_use]
    pub fn told_as(self, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..self
        }
    }

    /// The same error under a code that a protocol of others fixes: those of health and of
    /// reflection are not ours to choose.
    #[must_use]
    pub fn under(self, code: Code) -> Self {
        Self {
            code: Some(code),
            ..self
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

    /// Name of the resource it is about, if it is about one.
    pub fn resource(&self) -> Option<&str> {
        self.resource.as_deref()
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
                resource: self.resource.clone(),
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
        self.code.unwrap_or_else(|| code(self.reason))
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

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        Self::invalid(vec![violation])
    }
}

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
        | R::SourceSeriesUndeclared
        | R::SeriesMismatch
        | R::CursorInvalid
        | R::AnswerTooLarge
        | R::TemplateInvalid
        | R::ParameterInvalid => Code::InvalidArgument,
        R::EntityNotFound
        | R::RelationNotFound
        | R::DefinitionNotFound
        | R::ReleaseNotFound
        | R::SeriesNotFound
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
        | R::IngestConflict
        | R::SiblingsJoined
        | R::SnapshotTokenExpired
        | R::FigureMissing => Code::FailedPrecondition,
        R::EtagMismatch => Code::Aborted,
        R::SequenceGap | R::ResumeTokenExpired => Code::OutOfRange,
        R::Overloaded => Code::ResourceExhausted,
        R::DeadlineExceeded => Code::DeadlineExceeded,
        R::SnapshotNotReached | R::DatabaseUnavailable | R::PeerUnavailable | R::ShuttingDown => {
            Code::Unavailable
        }
        R::OperationCancelled => Code::Cancelled,
        R::MethodUnknown | R::EncodingUnsupported => Code::Unimplemented,
        R::Unspecified | R::Internal => Code::Internal,
    }
}

/// The reason as it stands in `ErrorInfo`: without the prefix of the enum.
fn reason_text(reason: Reason) -> &'static str {
    let name = reason.as_str_name();
    name.strip_prefix("ERROR_REASON_").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

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
