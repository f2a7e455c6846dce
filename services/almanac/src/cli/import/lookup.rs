//! Entities that rows name by an identifier or by a name of theirs.

use std::collections::HashMap;

use proto::registry::v1::{
    Resolution, ResolveEntitiesRequest, ResolveQuery,
    registry_service_client::RegistryServiceClient,
};
use tonic::transport::Channel;

use super::rule::{Lookup, Reading};
use super::section::Section;
use super::text::Row;
use crate::cli::failure::Failure;

/// Queries of one call.
const BATCH: usize = 1000;

/// What a text means in the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// This entity.
    One(String),
    /// Nothing.
    None,
    /// One of these.
    Several(Vec<String>),
}

/// Everything looked up so far; each text is asked for once.
#[derive(Debug, Default)]
pub struct Lookups(HashMap<Lookup, HashMap<String, Found>>);

impl Lookup {
    /// What the text is, in words.
    pub fn words(&self) -> String {
        match self.scheme.as_str() {
            "" => "the name".to_owned(),
            scheme => format!("the {scheme} identifier"),
        }
    }
}

impl Lookups {
    /// What a text means.
    pub fn found(&self, lookup: &Lookup, text: &str) -> &Found {
        self.0
            .get(lookup)
            .and_then(|known| known.get(text))
            .unwrap_or(&Found::None)
    }

    /// Looks up all that some rows need and that is not known yet.
    pub async fn fill(
        &mut self,
        registry: &mut RegistryServiceClient<Channel>,
        sections: &[Section],
        rows: &[Row<'_>],
    ) -> Result<(), tonic::Status> {
        let mut unknown = self.unknown(sections, rows);
        unknown.sort();
        unknown.dedup();
        let mut calls: Vec<_> = unknown.chunks(BATCH).collect();
        while let Some(batch) = calls.pop() {
            let queries = batch.iter().map(|(lookup, text)| ResolveQuery {
                text: text.clone(),
                kind: lookup.kind.clone(),
                scheme: lookup.scheme.clone(),
                limit: 0,
            });
            let request = ResolveEntitiesRequest {
                queries: queries.collect(),
                ..ResolveEntitiesRequest::default()
            };
            match registry.resolve_entities(request).await {
                Ok(answer) => self.keep(batch, answer.into_inner().resolutions),
                // What half of them mean fits, or half of that.
                Err(status) if batch.len() > 1 && is_too_large(&status) => {
                    calls.extend(<[_; 2]>::from(batch.split_at(batch.len() / 2)));
                }
                Err(status) => return Err(status),
            }
        }
        Ok(())
    }

    fn keep(&mut self, asked: &[(Lookup, String)], resolutions: Vec<Resolution>) {
        for ((lookup, text), resolution) in asked.iter().zip(resolutions) {
            let found = self.0.entry(lookup.clone()).or_default();
            found.insert(text.clone(), meaning(resolution));
        }
    }

    fn unknown(&self, sections: &[Section], rows: &[Row<'_>]) -> Vec<(Lookup, String)> {
        let rules = sections
            .iter()
            .flat_map(Section::rules)
            .filter(|(_, rule)| rule.looks_up());
        let rules: Vec<_> = rules.map(|(_, rule)| rule).collect();
        let readings = rows
            .iter()
            .flat_map(|row| rules.iter().map(|rule| rule.read(row)));
        let wanted = readings.filter_map(|reading| match reading {
            Ok(Reading::Lookup(lookup, text)) => Some((lookup, text)),
            _ => None,
        });
        let known = |(lookup, text): &(Lookup, String)| {
            self.0
                .get(lookup)
                .is_some_and(|known| known.contains_key(text))
        };
        wanted.filter(|pair| !known(pair)).collect()
    }
}

/// What a text means, by what is called exactly so.
fn meaning(resolution: Resolution) -> Found {
    let candidates = resolution.candidates.into_iter();
    let equal = candidates.filter(|candidate| candidate.score == 100);
    let names: Vec<String> = equal
        .filter_map(|candidate| candidate.entity)
        .map(|entity| entity.name)
        .collect();
    match (resolution.entity, names.len()) {
        (entity, _) if !entity.is_empty() => Found::One(entity),
        (_, 0) => Found::None,
        _ => Found::Several(names),
    }
}

fn is_too_large(status: &tonic::Status) -> bool {
    Failure::from(status).reason == "ANSWER_TOO_LARGE"
}
