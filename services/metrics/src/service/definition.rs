use std::collections::BTreeMap;

use proto::metrics::v1 as pb;
use rpc::{Error, Fields, Page, Reason, Result};

use super::after;
use crate::Metrics;
use crate::convert::definition as convert;
use crate::definition;

impl Metrics {
    pub(crate) async fn apply_definitions_of(
        &self,
        request: pb::ApplyDefinitionsRequest,
    ) -> Result<pb::ApplyDefinitionsResponse> {
        let new = convert::read(&request)?;
        let txn = self.store.begin().await?;
        let (applied, commit) = definition::apply(&txn, &new, !request.validate_only).await?;
        if commit.is_some() {
            txn.commit().await?;
        }
        Ok(pb::ApplyDefinitionsResponse {
            created_count: applied.created as i32,
            updated_count: applied.updated as i32,
            unchanged_count: applied.unchanged as i32,
            snapshot: self.written().await?,
        })
    }

    pub(crate) async fn get_unit_of(
        &self,
        request: pb::GetUnitRequest,
    ) -> Result<pb::GetUnitResponse> {
        let mut fields = Fields::new();
        fields.required_text("name", &request.name, 100);
        fields.finish()?;
        let view = self
            .view(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let definitions = self.definitions(view.commit).await?;
        let found = definitions
            .unit_id(&request.name)
            .and_then(|id| definitions.units.get_key_value(id));
        let (id, unit) = found.ok_or_else(|| missing(&request.name))?;
        Ok(pb::GetUnitResponse {
            unit: Some(convert::write_unit(id, unit)),
            snapshot: view.token.encode(),
        })
    }

    pub(crate) async fn get_concept_of(
        &self,
        request: pb::GetConceptRequest,
    ) -> Result<pb::GetConceptResponse> {
        let id = id("concepts", &request.name)?;
        let view = self
            .view(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let definitions = self.definitions(view.commit).await?;
        let concept = definitions
            .concepts
            .get(&id)
            .ok_or_else(|| missing(&request.name))?;
        Ok(pb::GetConceptResponse {
            concept: Some(convert::write_concept(&id, concept)),
            indicators: names("indicators", definitions.of_concept(&id)),
            snapshot: view.token.encode(),
        })
    }

    pub(crate) async fn get_indicator_of(
        &self,
        request: pb::GetIndicatorRequest,
    ) -> Result<pb::GetIndicatorResponse> {
        let id = id("indicators", &request.name)?;
        let view = self
            .view(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let definitions = self.definitions(view.commit).await?;
        let indicator = definitions
            .indicators
            .get(&id)
            .ok_or_else(|| missing(&request.name))?;
        Ok(pb::GetIndicatorResponse {
            indicator: Some(convert::write_indicator(&id, indicator)),
            siblings: names("indicators", definitions.siblings(&id)),
            snapshot: view.token.encode(),
        })
    }

    pub(crate) async fn list_units_of(
        &self,
        request: pb::ListUnitsRequest,
    ) -> Result<pb::ListUnitsResponse> {
        let asked = (request.page_size, request.page_token.as_str());
        let snapshot = (
            request.at_snapshot.as_str(),
            request.at_least_as_fresh.as_str(),
        );
        let (view, page) = self.page(&["units"], asked, snapshot).await?;
        let definitions = self.definitions(view.commit).await?;
        let Page {
            rows,
            next_page_token,
        } = slice(&definitions.units, &page, view.commit);
        Ok(pb::ListUnitsResponse {
            units: rows
                .into_iter()
                .map(|(id, unit)| convert::write_unit(id, unit))
                .collect(),
            next_page_token,
            snapshot: view.token.encode(),
        })
    }

    pub(crate) async fn list_concepts_of(
        &self,
        request: pb::ListConceptsRequest,
    ) -> Result<pb::ListConceptsResponse> {
        let asked = (request.page_size, request.page_token.as_str());
        let snapshot = (
            request.at_snapshot.as_str(),
            request.at_least_as_fresh.as_str(),
        );
        let (view, page) = self.page(&["concepts"], asked, snapshot).await?;
        let definitions = self.definitions(view.commit).await?;
        let Page {
            rows,
            next_page_token,
        } = slice(&definitions.concepts, &page, view.commit);
        Ok(pb::ListConceptsResponse {
            concepts: rows
                .into_iter()
                .map(|(id, concept)| convert::write_concept(id, concept))
                .collect(),
            next_page_token,
            snapshot: view.token.encode(),
        })
    }

    pub(crate) async fn list_indicators_of(
        &self,
        request: pb::ListIndicatorsRequest,
    ) -> Result<pb::ListIndicatorsResponse> {
        let asked = (request.page_size, request.page_token.as_str());
        let snapshot = (
            request.at_snapshot.as_str(),
            request.at_least_as_fresh.as_str(),
        );
        let (view, page) = self.page(&["indicators"], asked, snapshot).await?;
        let definitions = self.definitions(view.commit).await?;
        let Page {
            rows,
            next_page_token,
        } = slice(&definitions.indicators, &page, view.commit);
        Ok(pb::ListIndicatorsResponse {
            indicators: rows
                .into_iter()
                .map(|(id, i)| convert::write_indicator(id, i))
                .collect(),
            next_page_token,
            snapshot: view.token.encode(),
        })
    }
}

/// One page of a map that is in memory as a whole.
fn slice<'a, T>(
    all: &'a BTreeMap<String, T>,
    page: &rpc::PageRequest,
    commit: i64,
) -> Page<(&'a String, &'a T)> {
    let start = after(page);
    let rows = all
        .iter()
        .filter(|(id, _)| id.as_str() > start)
        .take(page.size + 1);
    page.page(rows.collect(), commit, |(id, _)| vec![(*id).clone()])
}

fn id(collection: &str, name: &str) -> Result<String> {
    let mut fields = Fields::new();
    let id = fields
        .name("name", collection, name)
        .unwrap_or_default()
        .to_owned();
    fields.finish()?;
    Ok(id)
}

fn names(collection: &str, ids: Vec<&str>) -> Vec<String> {
    ids.into_iter()
        .map(|id| format!("{collection}/{id}"))
        .collect()
}

fn missing(name: &str) -> Error {
    let shown: String = name.chars().take(100).collect();
    let message = format!("{shown} does not exist");
    // Units, and only they, are also asked for by a bare alias.
    let resource = match shown.contains('/') {
        true => shown,
        false => format!("units/{shown}"),
    };
    Error::about(Reason::DefinitionNotFound, resource, message)
}
