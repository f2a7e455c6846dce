//! Reports on the wire.

use prost::Message as _;
use proto::reporting::v1 as pb;
use rpc::{Error, Fields, Reason, Result};

use super::{id, timestamp};
use crate::artefact::Artefact;
use crate::report::{FigureRow, Report, parameters_read};

/// Id of a report.
pub(crate) fn report_id<'a>(field: &str, name: &'a str) -> Result<&'a str> {
    id(field, "reports", name)
}

/// Report and format of `reports/{report}/artefacts/{format}`.
pub(crate) fn artefact_id(name: &str) -> Result<(&str, &str)> {
    if name.is_empty() {
        return Err(Error::field(Reason::FieldRequired, "name", "is required"));
    }
    let parts = name.split_once("/artefacts/").filter(|(_, format)| {
        (1..=20).contains(&format.len())
            && format
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    });
    let Some((report, format)) = parts else {
        let shown: String = name.chars().take(120).collect();
        let message =
            format!("`{shown}` is not a name of the form `reports/REPORT/artefacts/FORMAT`");
        return Err(Error::field(Reason::FieldInvalid, "name", message));
    };
    Ok((report_id("name", report)?, format))
}

/// Id of the template that a list is narrowed to; empty for none.
pub(crate) fn template_filter(template: &str) -> Result<&str> {
    let mut fields = Fields::new();
    let id = fields.optional_name("template", "templates", template);
    fields.finish()?;
    Ok(id.unwrap_or_default())
}

/// A report as clients see it.
pub(crate) fn answer(report: &Report, artefacts: &[Artefact]) -> Result<pb::Report> {
    let artefact = |one: &Artefact| pb::Artefact {
        name: format!("reports/{}/artefacts/{}", one.report, one.format),
        media_type: one.media_type.clone(),
        size_bytes: one.size_bytes,
        digest: one.digest.clone(),
    };
    Ok(pb::Report {
        name: format!("reports/{}", report.id),
        template: format!("templates/{}", report.template),
        template_revision: report.template_revision as i32,
        parameters: parameters_read(&report.parameters)?,
        title: report.title.clone(),
        snapshot: report.snapshot.clone(),
        renderer: report.renderer.clone(),
        figure_count: report.figure_count as i32,
        artefacts: artefacts.iter().map(artefact).collect(),
        create_time: Some(timestamp(report.created_at)),
        as_of: report.as_of.map(timestamp),
        language: report.language.clone(),
    })
}

/// A figure as clients see it.
pub(crate) fn figure(row: &FigureRow) -> Result<pb::Figure> {
    pb::Figure::decode(row.body.as_slice()).map_err(Error::internal)
}
