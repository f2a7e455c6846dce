//! An error as it goes out.

use std::collections::HashMap;
use std::time::Duration;

use prost::Message as _;
use tonic::Status;
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use super::{Error, Reason, Violation, reason_text, size};
use crate::Work;

/// What a refused caller should wait at the least.
const RETRY_DELAY: Duration = Duration::from_millis(500);

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let trace = error.cause.as_ref().and_then(|cause| {
            tracing::error!(cause = format!("{cause:#}"), "internal error");
            Work::current(Work::trace_id)
        });
        let tail = trace.map_or_else(String::new, |trace| {
            format!("; the log has more under trace {trace}")
        });
        size::largest(error.violations.len(), |listed| {
            told(&error, &error.violations[..listed], &tail)
        })
    }
}

/// The status that lists these violations of an error and says how many it does not.
fn told(error: &Error, listed: &[Violation], tail: &str) -> Status {
    let mut message = size::cut_message(&error.message);
    let all = error.violations.len();
    if listed.len() < all {
        let left = all - listed.len();
        message.push_str(&format!("; {left} of {all} faults are not listed"));
    }
    message.push_str(tail);
    let mut details = ErrorDetails::new();
    let resource = error.resource.as_deref().map(size::cut_name);
    let metadata = resource
        .iter()
        .map(|name| ("resource".to_owned(), name.clone()));
    details.set_error_info(
        reason_text(error.reason),
        proto::ERROR_DOMAIN,
        metadata.collect::<HashMap<_, _>>(),
    );
    if error.reason == Reason::Overloaded {
        details.set_retry_info(Some(RETRY_DELAY));
    }
    if let Some(name) = &resource
        && let Some(kind) = error.resource.as_deref().and_then(kind)
    {
        details.set_resource_info(kind, name, "", size::cut_text(&error.message));
    }
    if !listed.is_empty() {
        details.set_bad_request(listed.iter().map(field).collect::<Vec<_>>());
    }
    Status::with_error_details(error.code(), message, details)
}

fn field(violation: &Violation) -> FieldViolation {
    FieldViolation {
        reason: reason_text(violation.reason).to_owned(),
        ..FieldViolation::new(
            size::cut_name(&violation.field),
            size::cut_text(&violation.message),
        )
    }
}

/// The type of the resource with this name, by the collection it is in.
fn kind(name: &str) -> Option<&'static str> {
    let mut parts = name.rsplit('/');
    let (last, collection) = (parts.next()?, parts.next());
    Some(match collection.unwrap_or(last) {
        "vocabulary" => "almanac.dev/Vocabulary",
        "entities" => "almanac.dev/Entity",
        "relations" => "almanac.dev/Relation",
        "units" => "almanac.dev/Unit",
        "concepts" => "almanac.dev/Concept",
        "indicators" => "almanac.dev/Indicator",
        "releases" => "almanac.dev/Release",
        "series" => "almanac.dev/Series",
        "sourceSeries" => "almanac.dev/SourceSeries",
        "claims" => "almanac.dev/Claim",
        "templates" => "almanac.dev/Template",
        "reports" => "almanac.dev/Report",
        "artefacts" => "almanac.dev/Artefact",
        "operations" => "almanac.dev/Operation",
        _ => return None,
    })
}

/// The error as data: the status of one row of a batch.
pub fn row_status(error: Error) -> tonic_types::Status {
    let status = Status::from(error);
    tonic_types::Status::decode(status.details()).unwrap_or_default()
}
