//! Releases, claims, templates and reports in full.

use proto::metrics::v1::{GetClaimResponse, Release};
use proto::reporting::v1::{Report, Template};

use super::Shown;
use super::entity::{join, lines, notes};
use crate::cli::claims::time;
use crate::cli::connect::Session;
use crate::cli::quantity::{self, Units, word};

/// A release.
pub fn release(release: &Release) -> Shown {
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
            format!("{known} ({})", release.known_at_basis.to_lowercase()),
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
    Shown::new(properties, release, "almanac.metrics.v1.Release")
}

/// A claim with what one needs to cite it.
pub async fn claim(
    session: &Session,
    answer: &GetClaimResponse,
    at_snapshot: &str,
) -> anyhow::Result<Shown> {
    let claim = answer.claim.clone().unwrap_or_default();
    let line = answer.line.clone().unwrap_or_default();
    let release = answer.release.clone().unwrap_or_default();
    let provenance = claim.provenance.clone().unwrap_or_default();
    let text = claim.text.clone().unwrap_or_default();
    let units = Units::of(session, std::slice::from_ref(&claim), at_snapshot).await?;
    let locators = text.locators.iter().map(|locator| {
        let quote = if locator.quote.is_empty() {
            String::new()
        } else {
            format!("“{}”", locator.quote)
        };
        join([locator.place.clone(), quote, locator.part.clone()])
    });
    let properties = vec![
        ("claim", claim.name.clone()),
        ("figure", units.figure(&claim)),
        (
            "as published",
            claim
                .quantity
                .as_ref()
                .map(|quantity| quantity.as_published.clone())
                .unwrap_or_default(),
        ),
        (
            "expanded",
            claim
                .interval
                .as_ref()
                .map(quantity::interval)
                .unwrap_or_default(),
        ),
        ("unit", provenance.unit),
        ("indicator", line.indicator),
        ("entity", line.entity),
        ("counterpart", line.counterpart),
        ("period", quantity::period(claim.period.as_ref())),
        ("nature", word(claim.nature().as_str_name(), "NATURE_")),
        ("source", provenance.source),
        ("originator", provenance.originator),
        (
            "release",
            join([release.name, release.title, release.published]),
        ),
        ("flags", claim.flags.join(", ")),
        ("where", lines(locators)),
        ("base", text.base),
        ("comparator", text.comparator),
        ("restates", text.restates),
        ("key", text.key),
        ("notes", notes(&text.notes)),
        (
            "known at",
            claim.known_at.as_ref().map(time).unwrap_or_default(),
        ),
        (
            "recorded",
            claim.record_time.as_ref().map(time).unwrap_or_default(),
        ),
    ];
    Ok(Shown::new(
        properties,
        answer,
        "almanac.metrics.v1.GetClaimResponse",
    ))
}

/// A template with the headings of its sections.
pub fn template(template: &Template) -> Shown {
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
    Shown::new(properties, template, "almanac.reporting.v1.Template")
}

/// A report with its files.
pub fn report(report: &Report) -> Shown {
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
        ("figures", report.figure_count.to_string()),
        ("files", lines(files)),
        ("snapshot", report.snapshot.clone()),
        ("renderer", report.renderer.clone()),
    ];
    Shown::new(properties, report, "almanac.reporting.v1.Report")
}
