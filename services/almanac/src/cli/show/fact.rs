//! Releases, claims, templates and reports in full.

use prost_types::Timestamp;
use proto::metrics::v1::{
    Claim, GetClaimRequest, GetClaimSetRequest, GetReleaseRequest, Locator, Series,
};
use proto::reporting::v1::{GetReportRequest, GetTemplateRequest};

use super::entity::{join, lines, notes};
use super::{Ask, Shown};
use crate::cli::claims::time;
use crate::cli::quantity::{self, Units, word};

/// A release.
pub async fn release(ask: Ask<'_>) -> anyhow::Result<Shown> {
    let request = GetReleaseRequest {
        name: ask.name,
        at_snapshot: ask.at_snapshot,
        at_least_as_fresh: String::new(),
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
    Ok(Shown::new(
        properties,
        &release,
        "almanac.metrics.v1.Release",
    ))
}

/// A claim with what one needs to cite it.
pub async fn claim(ask: Ask<'_>) -> anyhow::Result<Shown> {
    let request = GetClaimRequest {
        name: ask.name.clone(),
        at_snapshot: ask.at_snapshot.clone(),
        at_least_as_fresh: String::new(),
    };
    let answer = ask.session.metrics().get_claim(request).await?;
    let answer = answer.into_inner();
    let claim = answer.claim.clone().unwrap_or_default();
    let series = answer.series.clone().unwrap_or_default();
    ensure_known(ask.as_of, &claim.name, claim.known_at)?;
    let standing = standing(&ask, &claim).await?;
    let release = answer.release.clone().unwrap_or_default();
    let provenance = claim.provenance.clone().unwrap_or_default();
    let text = claim.text.clone().unwrap_or_default();
    let units = Units::of(ask.session, std::slice::from_ref(&claim), &ask.at_snapshot).await?;
    let quantity = claim.quantity.clone().unwrap_or_default();
    let expanded = claim.interval.as_ref();
    let expanded = expanded.map(|interval| quantity::interval(interval, 0));
    let cited = join([release.name, release.title, release.published]);
    let [known_at, recorded] = [&claim.known_at, &claim.record_time]
        .map(|instant| instant.as_ref().map(time).unwrap_or_default());
    let properties = vec![
        ("claim", claim.name.clone()),
        ("figure", units.figure(&claim)),
        ("as published", quantity.as_published),
        ("expanded", expanded.unwrap_or_default()),
        ("unit", provenance.unit),
        ("indicator", series.indicator),
        ("entity", series.entity),
        ("counterpart", series.counterpart),
        ("period", quantity::period(claim.period.as_ref())),
        ("nature", word(claim.nature().as_str_name(), "NATURE_")),
        ("source", provenance.source),
        ("originator", provenance.originator),
        ("release", cited),
        ("flags", claim.flags.join(", ")),
        ("where", lines(text.locators.iter().map(place))),
        ("base", text.base),
        ("comparator", text.comparator),
        ("restates", text.restates),
        ("key", text.key),
        ("notes", notes(&text.notes)),
        ("known at", known_at),
        ("in force then", standing),
        ("recorded", recorded),
    ];
    Ok(Shown::new(
        properties,
        &answer,
        "almanac.metrics.v1.GetClaimResponse",
    ))
}

/// Refuses what became known later.
fn ensure_known(
    as_of: Option<Timestamp>,
    name: &str,
    known_at: Option<Timestamp>,
) -> anyhow::Result<()> {
    let (Some(as_of), Some(known_at)) = (as_of, known_at) else {
        return Ok(());
    };
    let moment = |at: Timestamp| (at.seconds, at.nanos);
    let known = time(&known_at);
    anyhow::ensure!(
        moment(known_at) <= moment(as_of),
        "{name} was not known then: it is known since {known}"
    );
    Ok(())
}

/// Whether a claim was in force at the time that was asked for, and what was instead.
async fn standing(ask: &Ask<'_>, claim: &Claim) -> anyhow::Result<String> {
    let (Some(_), Some(period)) = (&ask.as_of, &claim.period) else {
        return Ok(String::new());
    };
    let series = claim.name.split("/claims/").next().unwrap_or_default();
    let request = GetClaimSetRequest {
        series: Some(Series {
            name: series.to_owned(),
            ..Series::default()
        }),
        period: period.code.clone(),
        as_of: ask.as_of,
        at_snapshot: ask.at_snapshot.clone(),
        ..GetClaimSetRequest::default()
    };
    let answer = ask.session.metrics().get_claim_set(request).await?;
    let set = answer.into_inner().claim_set.unwrap_or_default();
    if set.claims.iter().any(|other| other.name == claim.name) {
        return Ok("yes".to_owned());
    }
    let same = |other: &&Claim| other.provenance == claim.provenance;
    Ok(match set.claims.iter().find(same) {
        Some(other) => format!("no, but {}", other.name),
        None => "no".to_owned(),
    })
}

fn place(locator: &Locator) -> String {
    let quote = if locator.quote.is_empty() {
        String::new()
    } else {
        format!("“{}”", locator.quote)
    };
    join([locator.place.clone(), quote, locator.part.clone()])
}

/// A template with the headings of its sections.
pub async fn template(ask: Ask<'_>) -> anyhow::Result<Shown> {
    let request = GetTemplateRequest {
        name: ask.name,
        at_snapshot: ask.at_snapshot,
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
        at_snapshot: ask.at_snapshot,
        ..GetReportRequest::default()
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
