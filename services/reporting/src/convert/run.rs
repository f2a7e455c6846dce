//! Requests for a run on the wire.

use proto::reporting::v1 as pb;
use rpc::{Fields, Result};
use store::replay::RequestId;

use super::{revision, time};
use crate::run::Wanted;

/// Most parameters of a run.
const PARAMETERS: usize = 20;

/// Reads what is to be made.
pub(crate) fn wanted(request: pb::RunReportRequest) -> Result<Wanted> {
    let mut fields = Fields::new();
    let template = fields
        .name("template", "templates", &request.template)
        .unwrap_or_default()
        .to_owned();
    let template_revision = revision("template_revision", request.template_revision, &mut fields);
    fields.at_most("parameters", request.parameters.len(), PARAMETERS);
    let as_of = time("as_of", request.as_of.as_ref(), &mut fields);
    let request_id = match RequestId::read("RunReport", &request.request_id, &request) {
        Ok(request_id) => request_id,
        Err(error) => {
            for violation in error.violations() {
                fields.refuse(
                    violation.reason,
                    violation.field.clone(),
                    violation.message.clone(),
                );
            }
            None
        }
    };
    fields.finish()?;
    Ok(Wanted {
        template,
        template_revision,
        parameters: request.parameters,
        at_snapshot: request.at_snapshot,
        as_of,
        request_id,
    })
}
