//! Releases, claims, templates and reports in full.

use prost_types::Timestamp;
use proto::metrics::v1::{
    Claim, GetClaimRequest, GetClaimSetRequest, GetReleaseRequest, GetSeriesRequest, Locator,
    Release,
};
use proto::reporting::v1::{GetReportRequest, GetTemplateRequest};

use super::entity::{join, lines, notes};
use super::{Ask, Shown};
use crate::cli::claims::{time, whole_set};
use crate::cli::meant;
use crate::cli::quantity::{self, Units, word};
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
        ("periods", meant::span(&data.claims)),
    ];
    Ok(Shown::new(properties, &series, "almanac.metrics.v1.Series"))
}

/// A claim with what one needs to cite it.
pub async fn claim(ask: Ask<'_>) -> anyhow::Result<Shown> {
    let request = GetClaimRequest {
        name: ask.name.clone(),
        consistency: ask.freshness.consistency(),
    };
    let answer = ask.session.metrics().get_claim(request).await?;
    let answer = answer.into_inner();
    let claim = answer.claim.clone().unwrap_or_default();
    let series = answer.series.clone().unwrap_or_default();
    let key = series.key.unwrap_or_default();
    ensure_known(ask.as_of, &claim.name, claim.known_at)?;
    let standing = standing(&ask, &claim).await?;
    let release = answer.release.clone().unwrap_or_default();
    let provenance = claim.provenance.clone().unwrap_or_default();
    let text = claim.text.clone().unwrap_or_default();
    let units = Units::of(ask.session, std::slice::from_ref(&claim), ask.freshness).await?;
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
        ("indicator", key.indicator.clone()),
        ("entity", key.entity.clone()),
        ("counterpart", key.counterpart.clone()),
        ("breakdown", series::breakdown(&key)),
        ("period", quantity::period(claim.period.as_ref())),
        ("nature", word(claim.nature().as_str_name(), "NATURE_")),
        ("source", provenance.source),
        ("originator", provenance.originator),
        ("source series", claim.source_series.clone()),
        ("release", cited),
        ("correction", correction(claim.ordinal)),
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

/// Says of a claim that corrects another one of its release which correction it is.
fn correction(ordinal: i32) -> String {
    match ordinal {
        ..=1 => String::new(),
        2 => "the first within its release".to_owned(),
        later => format!("number {} within its release", later - 1),
    }
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
        series: series.to_owned(),
        period: period.code.clone(),
        as_of: ask.as_of,
        consistency: ask.freshness.consistency(),
        ..GetClaimSetRequest::default()
    };
    let answer = whole_set(ask.session, request).await?;
    let set = answer.claim_set.unwrap_or_default();
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
