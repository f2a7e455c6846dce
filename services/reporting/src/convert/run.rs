//! Requests for a run on the wire.

use proto::reporting::v1 as pb;
use rpc::{Consistency, Fields, Result, read_time};
use store::replay::RequestId;

use super::revision;
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
    let as_of = read_time("as_of", request.as_of.as_ref());
    let as_of = fields.take("", as_of).flatten();
    let request_id = RequestId::read("RunReport", &request.request_id, &request);
    let request_id = fields.take("", request_id).flatten();
    let consistency = fields.take("", Consistency::read(request.consistency.as_ref()));
    fields.finish()?;
    Ok(Wanted {
        template,
        template_revision,
        parameters: request.parameters,
        consistency: consistency.unwrap_or(Consistency::Newest),
        language: request.language,
        as_of,
        validate_only: request.validate_only,
        request_id,
    })
}
