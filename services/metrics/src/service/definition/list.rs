use std::collections::BTreeMap;

use prost::Message as _;
use proto::metrics::v1 as pb;
use rpc::{Fields, Page, PageRequest, Result};
use sea_orm::Condition;

use crate::Metrics;
use crate::convert::definition as convert;
use crate::definition::{self, INDICATOR_FILTER, UNIT_FILTER};
use crate::service::{after, read_consistency, read_filter, read_size};

impl Metrics {
    pub(crate) async fn list_units_of(
        &self,
        request: pb::ListUnitsRequest,
    ) -> Result<pb::ListUnitsResponse> {
        let mut fields = Fields::new();
        let condition = read_filter(&mut fields, &request.filter, UNIT_FILTER);
        let size = read_size(&mut fields, request.page_size);
        let asked = read_consistency(&mut fields, request.consistency.as_ref());
        fields.finish()?;
        let list = ["units", request.filter.as_str()];
        let (view, page) = self
            .page(&list, (size, &request.page_token), &asked)
            .await?;
        let definitions = self.definitions(view.commit).await?;
        let filter = ("units", condition, request.filter.as_str());
        let rows = self
            .listed(filter, (&page, view.commit), &definitions.units)
            .await?;
        let rows = rows.into_iter();
        let rows = rows.map(|(id, unit)| convert::write_unit(id, unit));
        let Page {
            rows,
            next_page_token,
        } = page.page(
            rows.collect::<Result<_>>()?,
            view.commit,
            |unit: &pb::Unit| key("units/", &unit.name),
            |unit| unit.encoded_len(),
        );
        Ok(pb::ListUnitsResponse {
            units: rows,
            next_page_token,
            snapshot: view.token.encode(),
        })
    }

    pub(crate) async fn list_concepts_of(
        &self,
        request: pb::ListConceptsRequest,
    ) -> Result<pb::ListConceptsResponse> {
        let mut fields = Fields::new();
        let size = read_size(&mut fields, request.page_size);
        let asked = read_consistency(&mut fields, request.consistency.as_ref());
        fields.finish()?;
        let (view, page) = self
            .page(&["concepts"], (size, &request.page_token), &asked)
            .await?;
        let definitions = self.definitions(view.commit).await?;
        let filter = ("concepts", Condition::all(), "");
        let rows = self
            .listed(filter, (&page, view.commit), &definitions.concepts)
            .await?;
        let rows = rows.into_iter();
        let rows = rows.map(|(id, concept)| convert::write_concept(id, concept));
        let Page {
            rows,
            next_page_token,
        } = page.page(
            rows.collect::<Result<_>>()?,
            view.commit,
            |concept: &pb::Concept| key("concepts/", &concept.name),
            |concept| concept.encoded_len(),
        );
        Ok(pb::ListConceptsResponse {
            concepts: rows,
            next_page_token,
            snapshot: view.token.encode(),
        })
    }

    pub(crate) async fn list_indicators_of(
        &self,
        request: pb::ListIndicatorsRequest,
    ) -> Result<pb::ListIndicatorsResponse> {
        let mut fields = Fields::new();
        let condition = read_filter(&mut fields, &request.filter, INDICATOR_FILTER);
        let size = read_size(&mut fields, request.page_size);
        let asked = read_consistency(&mut fields, request.consistency.as_ref());
        fields.finish()?;
        let list = ["indicators", request.filter.as_str()];
        let (view, page) = self
            .page(&list, (size, &request.page_token), &asked)
            .await?;
        let definitions = self.definitions(view.commit).await?;
        let filter = ("indicators", condition, request.filter.as_str());
        let rows = self
            .listed(filter, (&page, view.commit), &definitions.indicators)
            .await?;
        let rows = rows.into_iter();
        let rows = rows.map(|(id, indicator)| convert::write_indicator(id, indicator));
        let Page {
            rows,
            next_page_token,
        } = page.page(
            rows.collect::<Result<_>>()?,
            view.commit,
            |indicator: &pb::Indicator| key("indicators/", &indicator.name),
            |indicator| indicator.encoded_len(),
        );
        Ok(pb::ListIndicatorsResponse {
            indicators: rows,
            next_page_token,
            snapshot: view.token.encode(),
        })
    }

    /// The rows of a page, and one more, of a collection that is in memory as a whole. Only
    /// which of them meet a filter is asked the database.
    async fn listed<'a, T>(
        &self,
        (collection, condition, filter): (&str, Condition, &str),
        (page, commit): (&PageRequest, i64),
        all: &'a BTreeMap<String, T>,
    ) -> Result<Vec<(&'a String, &'a T)>> {
        let (start, limit) = (after(page), page.size + 1);
        if filter.is_empty() {
            let rows = all.iter().filter(|(id, _)| id.as_str() > start);
            return Ok(rows.take(limit).collect());
        }
        let wanted = (collection, condition);
        let ids = definition::ids(self.store.reader(), wanted, start, limit, commit).await?;
        let rows = ids.iter().filter_map(|id| all.get_key_value(id));
        Ok(rows.collect())
    }
}

fn key(collection: &str, name: &str) -> Vec<String> {
    let id = name.strip_prefix(collection).unwrap_or(name);
    vec![id.to_owned()]
}
