mod list;

use proto::metrics::v1 as pb;
use rpc::{Error, Fields, Reason, Result};
use store::replay::RequestId;

use super::read_consistency;
use crate::Metrics;
use crate::convert::definition as convert;
use crate::definition;

/// Most names of related definitions in an answer.
const MOST_NAMES: usize = 1000;

impl Metrics {
    pub(crate) async fn apply_definitions_of(
        &self,
        request: pb::ApplyDefinitionsRequest,
    ) -> Result<pb::ApplyDefinitionsResponse> {
        let mut fields = Fields::new();
        let new = fields.take("", convert::read(&request));
        let request_id = RequestId::read("ApplyDefinitions", &request.request_id, &request);
        let request_id = fields.take("", request_id).flatten();
        fields.finish()?;
        let (new, expected) = new.unwrap_or_default();
        let write = !request.validate_only;
        let token = self.commits.newest().await?.token;
        let txn = self.store.begin().await?;
        definition::take_turn(&txn).await?;
        if let Some(request_id) = &request_id {
            let before: Option<pb::ApplyDefinitionsResponse> = request_id.answered(&txn).await?;
            if let Some(answer) = before {
                return Ok(pb::ApplyDefinitionsResponse {
                    replayed: true,
                    ..answer
                });
            }
        }
        let (applied, commit) = definition::apply(&txn, &new, &expected, write).await?;
        let answer = pb::ApplyDefinitionsResponse {
            created_count: applied.created as i32,
            updated_count: applied.updated as i32,
            unchanged_count: applied.unchanged as i32,
            snapshot: self.token_at(token, commit.number).await?.encode(),
            replayed: false,
        };
        if write {
            if let Some(request_id) = &request_id {
                request_id.keep(&txn, &answer).await?;
            }
            txn.commit().await?;
            self.feed.wake(commit.number);
        }
        Ok(answer)
    }

    pub(crate) async fn get_unit_of(
        &self,
        request: pb::GetUnitRequest,
    ) -> Result<pb::GetUnitResponse> {
        let mut fields = Fields::new();
        fields.required_text("name", &request.name, 100);
        let asked = read_consistency(&mut fields, request.consistency.as_ref());
        fields.finish()?;
        let view = self.view(&asked).await?;
        let definitions = self.definitions(view.commit).await?;
        let found = definitions
            .unit_id(&request.name)
            .and_then(|id| definitions.units.get_key_value(id));
        let (id, unit) = found.ok_or_else(|| missing(&request.name))?;
        Ok(pb::GetUnitResponse {
            unit: Some(convert::write_unit(id, unit)?),
            snapshot: view.token.encode(),
        })
    }

    pub(crate) async fn get_concept_of(
        &self,
        request: pb::GetConceptRequest,
    ) -> Result<pb::GetConceptResponse> {
        let mut fields = Fields::new();
        let id = fields.name("name", "concepts", &request.name);
        let asked = read_consistency(&mut fields, request.consistency.as_ref());
        fields.finish()?;
        let view = self.view(&asked).await?;
        let definitions = self.definitions(view.commit).await?;
        let found = id.and_then(|id| definitions.concepts.get_key_value(id));
        let (id, concept) = found.ok_or_else(|| missing(&request.name))?;
        Ok(pb::GetConceptResponse {
            concept: Some(convert::write_concept(id, concept)?),
            indicators: names("indicators", definitions.of_concept(id)),
            snapshot: view.token.encode(),
        })
    }

    pub(crate) async fn get_indicator_of(
        &self,
        request: pb::GetIndicatorRequest,
    ) -> Result<pb::GetIndicatorResponse> {
        let mut fields = Fields::new();
        let id = fields.name("name", "indicators", &request.name);
        let asked = read_consistency(&mut fields, request.consistency.as_ref());
        fields.finish()?;
        let view = self.view(&asked).await?;
        let definitions = self.definitions(view.commit).await?;
        let found = id.and_then(|id| definitions.indicators.get_key_value(id));
        let (id, indicator) = found.ok_or_else(|| missing(&request.name))?;
        Ok(pb::GetIndicatorResponse {
            indicator: Some(convert::write_indicator(id, indicator)?),
            siblings: names("indicators", definitions.siblings(id)),
            snapshot: view.token.encode(),
        })
    }
}

fn names(collection: &str, ids: Vec<&str>) -> Vec<String> {
    let first = ids.into_iter().take(MOST_NAMES);
    first.map(|id| format!("{collection}/{id}")).collect()
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
