//! Indicators, units and concepts.

use proto::figure::v1::Label;
use proto::metrics::v1::{
    ListConceptsRequest, ListConceptsResponse, ListIndicatorsRequest, ListIndicatorsResponse,
    ListUnitsRequest, ListUnitsResponse,
};

use super::{Ask, Listed, Page, pages};
use crate::cli::json;
use crate::cli::name::id;
use crate::cli::quantity::word;
use crate::cli::table::Table;

/// Indicators.
pub async fn indicators(ask: Ask<'_>) -> anyhow::Result<Listed> {
    let page = pages(ask.limit, async |page_size, page_token| {
        let request = ListIndicatorsRequest {
            filter: ask.filter.to_owned(),
            page_size,
            page_token,
            consistency: ask.freshness.consistency(),
        };
        let answer = ask.session.metrics().list_indicators(request).await?;
        let answer = answer.into_inner();
        Ok(Page {
            items: answer.indicators,
            next_page_token: answer.next_page_token,
            snapshot: answer.snapshot,
        })
    });
    let page = page.await?;
    let mut table = Table::new(&["indicator", "labels", "concept", "measure", "dimension"]);
    for indicator in &page.items {
        table.row([
            id(&indicator.name).to_owned(),
            labels(&indicator.labels),
            id(&indicator.concept).to_owned(),
            word(indicator.measure().as_str_name(), "MEASURE_"),
            indicator.dimension.clone(),
        ]);
    }
    let message = ListIndicatorsResponse {
        indicators: page.items,
        next_page_token: page.next_page_token,
        snapshot: page.snapshot,
    };
    Ok(Listed {
        table,
        json: json::write(&message, "almanac.metrics.v1.ListIndicatorsResponse"),
        more: !message.next_page_token.is_empty(),
    })
}

/// Units.
pub async fn units(ask: Ask<'_>) -> anyhow::Result<Listed> {
    let page = pages(ask.limit, async |page_size, page_token| {
        let request = ListUnitsRequest {
            filter: ask.filter.to_owned(),
            page_size,
            page_token,
            consistency: ask.freshness.consistency(),
        };
        let answer = ask.session.metrics().list_units(request).await?;
        let answer = answer.into_inner();
        Ok(Page {
            items: answer.units,
            next_page_token: answer.next_page_token,
            snapshot: answer.snapshot,
        })
    });
    let page = page.await?;
    let mut table = Table::new(&["unit", "symbol", "labels", "aliases", "dimension"]);
    for unit in &page.items {
        table.row([
            id(&unit.name).to_owned(),
            unit.symbol.clone(),
            labels(&unit.labels),
            unit.aliases.join(", "),
            unit.dimension.clone(),
        ]);
    }
    let message = ListUnitsResponse {
        units: page.items,
        next_page_token: page.next_page_token,
        snapshot: page.snapshot,
    };
    Ok(Listed {
        table,
        json: json::write(&message, "almanac.metrics.v1.ListUnitsResponse"),
        more: !message.next_page_token.is_empty(),
    })
}

/// Concepts.
pub async fn concepts(ask: Ask<'_>) -> anyhow::Result<Listed> {
    let page = pages(ask.limit, async |page_size, page_token| {
        let request = ListConceptsRequest {
            page_size,
            page_token,
            consistency: ask.freshness.consistency(),
        };
        let answer = ask.session.metrics().list_concepts(request).await?;
        let answer = answer.into_inner();
        Ok(Page {
            items: answer.concepts,
            next_page_token: answer.next_page_token,
            snapshot: answer.snapshot,
        })
    });
    let page = page.await?;
    let mut table = Table::new(&["concept", "labels", "description"]);
    for concept in &page.items {
        table.row([
            id(&concept.name).to_owned(),
            labels(&concept.labels),
            concept.description.clone(),
        ]);
    }
    let message = ListConceptsResponse {
        concepts: page.items,
        next_page_token: page.next_page_token,
        snapshot: page.snapshot,
    };
    Ok(Listed {
        table,
        json: json::write(&message, "almanac.metrics.v1.ListConceptsResponse"),
        more: !message.next_page_token.is_empty(),
    })
}

fn labels(labels: &[Label]) -> String {
    let texts: Vec<_> = labels.iter().map(|label| label.text.as_str()).collect();
    texts.join(", ")
}
