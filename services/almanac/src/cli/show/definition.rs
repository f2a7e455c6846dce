//! Indicators, units and concepts in full.

use proto::figure::v1::Label;
use proto::metrics::v1::{GetConceptRequest, GetIndicatorRequest, GetUnitRequest};
use proto::registry::v1::GetVocabularyRequest;

use super::entity::{join, lines};
use super::{Ask, Shown};
use crate::cli::quantity::word;

/// An indicator with its siblings.
pub async fn indicator(ask: Ask<'_>) -> anyhow::Result<Shown> {
    let request = GetIndicatorRequest {
        name: ask.name,
        consistency: ask.freshness.consistency(),
    };
    let answer = ask.session.metrics().get_indicator(request).await?;
    let answer = answer.into_inner();
    let indicator = answer.indicator.clone().unwrap_or_default();
    let bilateral = if indicator.bilateral {
        "yes: every series names a counterpart"
    } else {
        ""
    };
    let breakdowns = indicator
        .breakdowns
        .iter()
        .map(|breakdown| format!("{}: {}", breakdown.id, breakdown.codes.join(", ")));
    let properties = vec![
        ("indicator", indicator.name.clone()),
        ("labels", labels(&indicator.labels)),
        (
            "definition",
            texts(
                &indicator.definition,
                &indicator.labels,
                &indicator.definitions,
            ),
        ),
        ("concept", indicator.concept.clone()),
        ("defined otherwise", answer.siblings.join("\n")),
        (
            "measure",
            word(indicator.measure().as_str_name(), "MEASURE_"),
        ),
        ("dimension", indicator.dimension.clone()),
        ("price basis", indicator.price_basis.clone()),
        ("bilateral", bilateral.to_owned()),
        ("breakdowns", lines(breakdowns)),
        ("share of", indicator.share_of.clone()),
        ("change of", indicator.change_of.clone()),
        ("difference of", indicator.difference_of.clone()),
        ("rank by", indicator.rank_by.clone()),
        ("subset of", indicator.subset_of.clone()),
        ("etag", indicator.etag.clone()),
    ];
    Ok(Shown::new(
        properties,
        &answer,
        "almanac.metrics.v1.GetIndicatorResponse",
    ))
}

/// A unit.
pub async fn unit(ask: Ask<'_>) -> anyhow::Result<Shown> {
    let request = GetUnitRequest {
        name: ask.name,
        consistency: ask.freshness.consistency(),
    };
    let answer = ask.session.metrics().get_unit(request).await?;
    let unit = answer.into_inner().unit.unwrap_or_default();
    let properties = vec![
        ("unit", unit.name.clone()),
        ("labels", labels(&unit.labels)),
        ("aliases", unit.aliases.join(", ")),
        ("dimension", unit.dimension.clone()),
        ("symbol", unit.symbol.clone()),
        (
            "counted",
            if unit.counted {
                "a number without a scale word is exact".to_owned()
            } else {
                String::new()
            },
        ),
        ("etag", unit.etag.clone()),
    ];
    Ok(Shown::new(properties, &unit, "almanac.metrics.v1.Unit"))
}

/// A concept with its indicators.
pub async fn concept(ask: Ask<'_>) -> anyhow::Result<Shown> {
    let request = GetConceptRequest {
        name: ask.name,
        consistency: ask.freshness.consistency(),
    };
    let answer = ask.session.metrics().get_concept(request).await?;
    let answer = answer.into_inner();
    let concept = answer.concept.clone().unwrap_or_default();
    let properties = vec![
        ("concept", concept.name.clone()),
        ("labels", labels(&concept.labels)),
        (
            "description",
            texts(&concept.description, &concept.labels, &concept.descriptions),
        ),
        ("indicators", answer.indicators.join("\n")),
        ("etag", concept.etag.clone()),
    ];
    Ok(Shown::new(
        properties,
        &answer,
        "almanac.metrics.v1.GetConceptResponse",
    ))
}

/// The vocabulary, as `almanac apply vocabulary` takes it.
pub async fn vocabulary(ask: Ask<'_>) -> anyhow::Result<Shown> {
    let request = GetVocabularyRequest {
        consistency: ask.freshness.consistency(),
    };
    let answer = ask.session.registry().get_vocabulary(request).await?;
    let vocabulary = answer.into_inner().vocabulary.unwrap_or_default();
    let ids = |ids: &mut dyn Iterator<Item = &String>| join(ids.cloned());
    let properties = vec![
        (
            "kinds",
            ids(&mut vocabulary.kinds.iter().map(|one| &one.id)),
        ),
        (
            "predicates",
            ids(&mut vocabulary.predicates.iter().map(|one| &one.id)),
        ),
        (
            "identifier schemes",
            ids(&mut vocabulary.schemes.iter().map(|one| &one.id)),
        ),
        (
            "code lists",
            ids(&mut vocabulary.code_lists.iter().map(|one| &one.id)),
        ),
        ("etag", vocabulary.etag.clone()),
    ];
    Ok(Shown::new(
        properties,
        &vocabulary,
        "almanac.registry.v1.Vocabulary",
    ))
}

/// A text in the language of the first label, and in others.
fn texts(own: &str, of: &[Label], others: &[Label]) -> String {
    if others.is_empty() {
        return own.to_owned();
    }
    let language = of.first().map(|label| label.language.clone());
    let own = Label {
        text: own.to_owned(),
        language: language.unwrap_or_default(),
    };
    let all = std::iter::once(own).chain(others.iter().cloned());
    let said: Vec<_> = all.filter(|one| !one.text.is_empty()).collect();
    labels(&said)
}

fn labels(labels: &[Label]) -> String {
    lines(
        labels
            .iter()
            .map(|label| match join([label.language.clone()]).as_str() {
                "" => label.text.clone(),
                language => format!("{} ({language})", label.text),
            }),
    )
}
