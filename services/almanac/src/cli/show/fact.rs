//! Releases, series, templates and reports in full.

use proto::metrics::v1::{GetReleaseRequest, GetSeriesRequest, Release};
use proto::reporting::v1::{GetReportRequest, GetTemplateRequest};

use super::claim::ensure_known;
use super::entity::{join, lines};
use super::{Ask, Shown};
use crate::cli::claims::time;
use crate::cli::instead;
use crate::cli::quantity::word;
use crate::cli::series;

/// A release.
pub async fn release(ask: Ask<'_>) -> anyhow::Result<Shown> {
    let request = GetReleaseRequest {
        name: ask.name,
        consistency: ask.freshness.consistency(),
    };
    let answer = ask.session.metrics().get_release(request).await?;
    let release = answer.into_inner().release.unwrap_or_default();
    ensure_known(ask.as_of, &release.name, release.known_at)?;
    let known = release.known_at.as_ref().map(time).unwrap_or_default();
    let basis = |date: &str, basis: &str| {
        if date.is_empty() {
            String::new()
        } else {
            join([date.to_owned(), basis.to_owned()])
        }
    };
    let properties = vec![
        ("release", release.name.clone()),
        ("source", release.source.clone()),
        ("title", release.title.clone()),
        ("publisher", release.publisher.clone()),
        ("authors", release.authors.join("; ")),
        ("url", release.url.clone()),
        (
            "published",
            basis(&release.published, &release.published_basis),
        ),
        (
            "reference",
            basis(&release.reference, &release.reference_basis),
        ),
        (
            "known at",
            format!("{known} ({})", known_at_basis(&release)),
        ),
        ("retrieved", release.retrieved.clone()),
        ("licence", release.licence.clone()),
        ("digest", release.digest.clone()),
        ("interest", release.interest.clone()),
        ("language", release.language.clone()),
        (
            "coverage",
            word(release.coverage().as_str_name(), "COVERAGE_"),
        ),
        ("scope", release.scope.join("\n")),
        ("note", release.note.clone()),
    ];
    Ok(Shown::new(
        properties,
        &release,
        "almanac.metrics.v1.Release",
    ))
}

fn known_at_basis(release: &Release) -> String {
    word(release.known_at_basis().as_str_name(), "KNOWN_AT_BASIS_")
}

/// A series with the periods it has figures for.
pub async fn series(ask: Ask<'_>) -> anyhow::Result<Shown> {
    let request = GetSeriesRequest {
        name: ask.name,
        as_of: ask.as_of,
        consistency: ask.freshness.consistency(),
        ..GetSeriesRequest::default()
    };
    let answer = series::whole(ask.session, request).await?;
    let data = answer.data.unwrap_or_default();
    let series = data.series.unwrap_or_default();
    let key = series.key.clone().unwrap_or_default();
    let properties = vec![
        ("series", series.name.clone()),
        ("indicator", key.indicator.clone()),
        ("entity", key.entity.clone()),
        ("counterpart", key.counterpart.clone()),
        ("breakdown", series::breakdown(&key)),
        ("periods", instead::span(&data.claims)),
    ];
    Ok(Shown::new(properties, &series, "almanac.metrics.v1.Series"))
}

/// A template with the headings of its sections.
pub async fn template(ask: Ask<'_>) -> anyhow::Result<Shown> {
    let request = GetTemplateRequest {
        name: ask.name,
        consistency: ask.freshness.consistency(),
        ..GetTemplateRequest::default()
    };
    let answer = ask.session.reporting().get_template(request).await?;
    let template = answer.into_inner().template.unwrap_or_default();
    let parameters = template.parameters.iter().map(|parameter| {
        let default = if parameter.default_value.is_empty() {
            "required".to_owned()
        } else {
            format!("default {}", parameter.default_value)
        };
        format!(
            "{}: {}",
            parameter.key,
            join([
                parameter.label.clone(),
                word(parameter.r#type().as_str_name(), "PARAMETER_TYPE_"),
                default
            ])
        )
    });
    let properties = vec![
        ("template", template.name.clone()),
        ("title", template.title.clone()),
        ("subtitle", template.subtitle.clone()),
        ("revision", template.revision.to_string()),
        ("parameters", lines(parameters)),
        (
            "sections",
            lines(
                template
                    .sections
                    .iter()
                    .map(|section| section.heading.clone()),
            ),
        ),
    ];
    Ok(Shown::new(
        properties,
        &template,
        "almanac.reporting.v1.Template",
    ))
}

/// A report with its files.
pub async fn report(ask: Ask<'_>) -> anyhow::Result<Shown> {
    let request = GetReportRequest {
        name: ask.name,
        consistency: ask.freshness.consistency(),
    };
    let answer = ask.session.reporting().get_report(request).await?;
    let report = answer.into_inner().report.unwrap_or_default();
    let as_of = report.as_of.as_ref().map(time);
    let files = report.artefacts.iter().map(|file| {
        format!(
            "{} ({}, {} bytes, {})",
            file.name, file.media_type, file.size_bytes, file.digest
        )
    });
    let properties = vec![
        ("report", report.name.clone()),
        ("title", report.title.clone()),
        (
            "template",
            format!("{}, revision {}", report.template, report.template_revision),
        ),
        (
            "parameters",
            lines(
                report
                    .parameters
                    .iter()
                    .map(|(key, value)| format!("{key}: {value}")),
            ),
        ),
        ("as of", as_of.unwrap_or_default()),
        ("figures", report.figure_count.to_string()),
        ("files", lines(files)),
        ("snapshot", report.snapshot.clone()),
        ("renderer", report.renderer.clone()),
    ];
    Ok(Shown::new(
        properties,
        &report,
        "almanac.reporting.v1.Report",
    ))
}
