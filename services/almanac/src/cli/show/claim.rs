//! Claims in full.

use prost_types::Timestamp;
use proto::metrics::v1::{Claim, GetClaimRequest, GetClaimSetRequest, Locator};

use super::entity::{join, lines, notes};
use super::{Ask, Shown};
use crate::cli::claims::{time, whole_set};
use crate::cli::quantity::{self, Units, word};
use crate::cli::series;

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
pub fn ensure_known(
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
