//! Reports on the wire.

use prost::Message as _;
use proto::reporting::v1 as pb;
use rpc::{Error, Fields, Reason, Result};

use super::timestamp;
use crate::artefact::Artefact;
use crate::operation::Operation;
use crate::report::{FigureRow, Report, parameters_read};

/// Id of a report.
pub(crate) fn report_id<'a>(field: &str, name: &'a str, fields: &mut Fields) -> &'a str {
    fields.name(field, "reports", name).unwrap_or_default()
}

/// Report and format of `reports/{report}/artefacts/{format}`.
pub(crate) fn artefact_id<'a>(name: &'a str, fields: &mut Fields) -> (&'a str, &'a str) {
    if name.is_empty() {
        fields.refuse(Reason::FieldRequired, "name", "is required");
        return ("", "");
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
        fields.refuse(Reason::FieldInvalid, "name", message);
        return ("", "");
    };
    (report_id("name", report, fields), format)
}

/// Where a download begins.
pub(crate) fn offset(offset: i64, fields: &mut Fields) -> i64 {
    if offset < 0 {
        let message = "is negative; use 0 for the whole file";
        fields.refuse(Reason::FieldInvalid, "offset", message);
    }
    offset
}

/// Refuses a beginning behind the end of a file.
pub(crate) fn check_offset(offset: i64, file: &Artefact) -> Result<()> {
    if offset <= file.size_bytes {
        return Ok(());
    }
    let message = format!("is {offset}; the file has {} bytes", file.size_bytes);
    Err(Error::field(Reason::FieldInvalid, "offset", message))
}

/// The report that a run would make, as far as it is known without making it.
pub(crate) fn planned(run: &Operation) -> Result<pb::Report> {
    Ok(pb::Report {
        name: format!("reports/{}", run.report),
        template: format!("templates/{}", run.template),
        template_revision: run.template_revision as i32,
        parameters: parameters_read(&run.parameters)?,
        snapshot: run.snapshot.clone(),
        renderer: render::VERSION.to_owned(),
        as_of: run.as_of.map(timestamp),
        language: run.language.clone(),
        ..Default::default()
    })
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
