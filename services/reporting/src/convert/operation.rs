//! Operations on the wire.

use prost::Message as _;
use prost_types::Any;
use proto::longrunning as lro;
use proto::longrunning::operation::Result as Outcome;
use proto::reporting::v1 as pb;
use rpc::{Error, Fields, Reason, Result};
use std::time::Duration;
use tonic_types::Status;

use crate::operation::Operation;

const PREFIX: &str = "operations/reporting.";
/// Longest wait of one call, well within the time that a request may take; whoever wants to
/// wait longer calls again.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// Name of an operation.
pub(crate) fn name(id: &str) -> String {
    format!("{PREFIX}{id}")
}

/// Id of an operation of this service.
pub(crate) fn id(name: &str) -> Result<&str> {
    match name.strip_prefix(PREFIX) {
        Some(id)
            if !id.is_empty()
                && id.len() <= 63
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) =>
        {
            Ok(id)
        }
        _ if name.is_empty() => Err(Error::field(Reason::FieldRequired, "name", "is required")),
        _ => {
            let shown: String = name.chars().take(120).collect();
            let message = format!("`{shown}` is not a name of the form `{PREFIX}ID`");
            Err(Error::field(Reason::FieldInvalid, "name", message))
        }
    }
}

/// The collection that ListOperations lists.
pub(crate) fn collection(name: &str, fields: &mut Fields) {
    if !matches!(name, "" | "operations") {
        let message = "is not a collection of operations; use `operations`";
        fields.refuse(Reason::FieldInvalid, "name", message);
    }
}

/// How long to wait: as long as asked, but bounded.
pub(crate) fn wait(timeout: Option<&prost_types::Duration>) -> Duration {
    let asked = timeout.and_then(|timeout| {
        let nanos = u32::try_from(timeout.nanos).ok()?;
        Some(Duration::new(
            u64::try_from(timeout.seconds).ok()?,
            nanos.min(999_999_999),
        ))
    });
    match (timeout, asked) {
        (None, _) => LONGEST_WAIT,
        (Some(_), None) => Duration::ZERO,
        (Some(_), Some(asked)) => asked.min(LONGEST_WAIT),
    }
}

/// An operation as clients see it; `report` is what it made.
pub(crate) fn answer(operation: &Operation, report: Option<pb::Report>) -> Result<lro::Operation> {
    let metadata = pb::RunReportMetadata {
        template: format!("templates/{}", operation.template),
        snapshot: operation.snapshot.clone(),
        steps_done: operation.steps_done as i32,
        steps_total: operation.steps_total as i32,
        step: operation.step.clone(),
    };
    let result = match (&operation.error, report) {
        (Some(error), _) => Some(Outcome::Error(
            Status::decode(error.as_slice()).map_err(Error::internal)?,
        )),
        (None, Some(report)) => Some(Outcome::Response(any(
            "RunReportResponse",
            &pb::RunReportResponse {
                report: Some(report),
            },
        ))),
        (None, None) => None,
    };
    Ok(lro::Operation {
        name: name(&operation.id),
        metadata: Some(any("RunReportMetadata", &metadata)),
        done: operation.is_done(),
        result,
    })
}

fn any(message: &str, content: &impl prost::Message) -> Any {
    Any {
        type_url: format!("type.googleapis.com/almanac.reporting.v1.{message}"),
        value: content.encode_to_vec(),
    }
}
