use proto::metrics::v1 as pb;
use rpc::Result;

use crate::convert::series::name;
use crate::definition::{Breakdown, Concept, Indicator, Label, Unit, etag};

fn write_labels(labels: &[Label]) -> Vec<proto::figure::v1::Label> {
    let label = |label: &Label| proto::figure::v1::Label {
        text: label.text.clone(),
        language: label.language.clone(),
    };
    labels.iter().map(label).collect()
}

/// A unit as it goes out.
pub(crate) fn write_unit(id: &str, unit: &Unit) -> Result<pb::Unit> {
    Ok(pb::Unit {
        name: format!("units/{id}"),
        labels: write_labels(&unit.labels),
        aliases: unit.aliases.clone(),
        dimension: unit.dimension.clone(),
        symbol: unit.symbol.clone(),
        counted: unit.counted,
        etag: etag(unit)?,
    })
}

/// A concept as it goes out.
pub(crate) fn write_concept(id: &str, concept: &Concept) -> Result<pb::Concept> {
    Ok(pb::Concept {
        name: format!("concepts/{id}"),
        labels: write_labels(&concept.labels),
        description: concept.description.clone(),
        descriptions: write_labels(&concept.descriptions),
        etag: etag(concept)?,
    })
}

/// An indicator as it goes out.
pub(crate) fn write_indicator(id: &str, indicator: &Indicator) -> Result<pb::Indicator> {
    let edge = |how: &str| {
        let other = indicator.graph.get(how);
        name("indicators", other.map_or("", String::as_str))
    };
    let breakdown = |breakdown: &Breakdown| pb::Breakdown {
        id: breakdown.id.clone(),
        codes: breakdown.codes.clone(),
        total_code: breakdown.total_code.clone(),
    };
    Ok(pb::Indicator {
        name: format!("indicators/{id}"),
        labels: write_labels(&indicator.labels),
        concept: name("concepts", &indicator.concept),
        definition: indicator.definition.clone(),
        definitions: write_labels(&indicator.definitions),
        measure: indicator.measure,
        dimension: indicator.dimension.clone(),
        price_basis: indicator.price_basis.clone(),
        bilateral: indicator.bilateral,
        breakdowns: indicator.breakdowns.iter().map(breakdown).collect(),
        share_of: edge("share_of"),
        change_of: edge("change_of"),
        difference_of: edge("difference_of"),
        rank_by: edge("rank_by"),
        subset_of: edge("subset_of"),
        etag: etag(indicator)?,
    })
}
