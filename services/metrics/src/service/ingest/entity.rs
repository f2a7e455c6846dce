//! Entities that figures name must exist, and only the registry knows.

use std::collections::{BTreeSet, HashSet};

use proto::registry::v1::registry_service_client::RegistryServiceClient;
use proto::registry::v1::{BatchGetEntitiesRequest, EntityView};
use rpc::{Error, Result, Token};

use super::session::Session;
use crate::Metrics;
use crate::ingest::{Ingest, Row};

/// Entities that are asked for with one call: with their longest names they fit into an
/// answer.
const AT_ONCE: usize = 1000;

impl Metrics {
    /// Entities that the texts of rows name and the registry does not have.
    pub(super) async fn unknown_in_texts(
        &self,
        session: &mut Session,
        rows: &[Row],
    ) -> Result<HashSet<String>> {
        let named: BTreeSet<_> = rows.iter().flat_map(Row::named).collect();
        let new: BTreeSet<_> = named
            .into_iter()
            .filter(|id| !session.entities.contains(*id))
            .collect();
        let unknown = self.check_entities(&session.ingest, &new).await?;
        session.entities.extend(
            new.iter()
                .filter(|id| !unknown.contains(**id))
                .map(|id| (*id).to_owned()),
        );
        Ok(unknown)
    }

    /// Which of these entities the registry does not have, as of a snapshot that is noted.
    pub(super) async fn check_entities(
        &self,
        ingest: &Ingest,
        named: &BTreeSet<&str>,
    ) -> Result<HashSet<String>> {
        if named.is_empty() {
            return Ok(HashSet::new());
        }
        let (unknown, seen) = self.unknown_entities(named).await?;
        if !ingest.validate_only {
            self.followed.saw(&self.store, seen).await?;
        }
        Ok(unknown.into_iter().collect())
    }

    /// Which of these entities the registry does not have, and the snapshot it looked at.
    pub(in crate::service) async fn unknown_entities(
        &self,
        named: &BTreeSet<&str>,
    ) -> Result<(Vec<String>, Token)> {
        let mut client = RegistryServiceClient::new(self.registry.clone());
        let names: Vec<_> = named.iter().map(|id| format!("entities/{id}")).collect();
        let mut unknown = Vec::new();
        let mut seen = None;
        for chunk in names.chunks(AT_ONCE) {
            let request = BatchGetEntitiesRequest {
                names: chunk.to_vec(),
                allow_missing: true,
                view: EntityView::Summary as i32,
                ..BatchGetEntitiesRequest::default()
            };
            let away = |status| rpc::peer_error("registry", &status);
            let answer = client
                .batch_get_entities(request)
                .await
                .map_err(away)?
                .into_inner();
            let deleted = answer
                .entities
                .into_iter()
                .filter(|e| e.delete_time.is_some())
                .map(|e| e.name);
            let ids = answer.missing.into_iter().chain(deleted);
            unknown
                .extend(ids.filter_map(|name| name.strip_prefix("entities/").map(str::to_owned)));
            seen = Token::decode(&answer.snapshot);
        }
        let broken = || Error::internal(anyhow::anyhow!("the registry sent no snapshot"));
        Ok((unknown, seen.ok_or_else(broken)?))
    }
}

impl Row {
    /// Entities that its text names.
    pub(super) fn named(&self) -> BTreeSet<&str> {
        let texts = self.text.iter();
        let named = texts.flat_map(|text| {
            let parts = text.locators.iter().map(|locator| locator.part.as_str());
            parts.chain([text.comparator.as_str()])
        });
        named.filter(|id| !id.is_empty()).collect()
    }
}
