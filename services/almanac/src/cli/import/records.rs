//! Batches of entities, relations and releases.

use std::collections::HashMap;

use prost::Message as _;
use proto::figure::v1::{OnError, RowError};
use proto::registry::v1::{BatchAddEntitiesRequest, BatchAddRelationsRequest, Entity, Relation};

use super::file::Import;
use super::input::Line;
use super::reject::Origin;
use super::release::Kept;
use super::section::Section;
use super::sent::Once;
use super::summary::Noun;
use super::text::Columns;
use super::{entity, relation, release};
use crate::cli::failure::Failure;

/// Records of one call.
const ROWS: usize = 1000;
/// Bytes of one call.
const BYTES: usize = 900_000;

impl Import<'_> {
    /// Adds the entities of some rows.
    pub async fn entities(&mut self, lines: &[Line], columns: &Columns) -> anyhow::Result<()> {
        let sections = &self.mapping.entities;
        let records = self.records((Noun::Entities, sections), (lines, columns), entity::build);
        let new = self.new_of(Noun::Entities, sections, records);
        for (entities, onces) in calls(new, Entity::encoded_len) {
            let names: Vec<String> = entities.iter().map(|one| one.name.clone()).collect();
            let request = BatchAddEntitiesRequest {
                entities,
                on_error: OnError::SkipRows as i32,
                validate_only: self.terms.dry_run,
                ..BatchAddEntitiesRequest::default()
            };
            let mut registry = self.session.registry();
            let answer = registry.batch_add_entities(request).await?.into_inner();
            self.plans_entities |= self.terms.dry_run && answer.created_count > 0;
            self.sent.entity_rows += whole(answer.created_count) + whole(answer.extended_count);
            let failures = by_index(answer.row_errors);
            for (index, (once, name)) in onces.iter().zip(names).enumerate() {
                let failure = failures.get(&index).cloned();
                if self.terms.dry_run {
                    self.planned.insert(name.clone());
                }
                if failure.is_none() {
                    self.sent.entities.insert(name);
                }
                self.settle((Noun::Entities, sections), once, failure);
            }
            // Several rows may tell of one entity, which counts once.
            let all = self.sent.entities.len() as u64;
            let written = self.sent.entity_rows.min(all);
            let tally = self.counts.of(Noun::Entities);
            (tally.written, tally.unchanged) = (written, all - written);
        }
        Ok(())
    }

    /// Adds the relations of some rows.
    pub async fn relations(&mut self, lines: &[Line], columns: &Columns) -> anyhow::Result<()> {
        let sections = &self.mapping.relations;
        let records = self.records(
            (Noun::Relations, sections),
            (lines, columns),
            relation::build,
        );
        let new = self.new_of(Noun::Relations, sections, records);
        for (relations, onces) in calls(new, Relation::encoded_len) {
            let ends: Vec<[String; 3]> = relations.iter().map(ends).collect();
            let request = BatchAddRelationsRequest {
                relations,
                on_error: OnError::SkipRows as i32,
                validate_only: self.terms.dry_run,
                ..BatchAddRelationsRequest::default()
            };
            let mut registry = self.session.registry();
            let answer = registry.batch_add_relations(request).await?.into_inner();
            let tally = self.counts.of(Noun::Relations);
            tally.written += whole(answer.created_count);
            tally.unchanged += whole(answer.unchanged_count);
            let failures = by_index(answer.row_errors);
            for (index, (once, ends)) in onces.iter().zip(ends).enumerate() {
                let failure = failures.get(&index).cloned();
                // In a dry run the entities of this very file are not there yet.
                let planned = ends.iter().any(|end| self.planned.contains(end));
                let dangles = |failure: &Failure| failure.reason == "RELATION_DANGLING";
                if planned && failure.as_ref().is_some_and(dangles) {
                    self.counts.of(Noun::Relations).unchecked += 1;
                    self.sent.settle(once, None);
                } else {
                    self.settle((Noun::Relations, sections), once, failure);
                }
            }
        }
        Ok(())
    }

    /// Creates the releases of some rows, or brings them up to date.
    pub async fn releases(&mut self, lines: &[Line], columns: &Columns) -> anyhow::Result<()> {
        let sections = &self.mapping.releases;
        let records = self.records((Noun::Releases, sections), (lines, columns), release::build);
        for (record, once) in self.new_of(Noun::Releases, sections, records) {
            let mut metrics = self.session.metrics();
            let kept = release::keep(&mut metrics, &record, self.terms.dry_run).await?;
            let failure = match kept {
                Ok(kept) => {
                    if kept == Kept::Created && self.terms.dry_run {
                        self.planned.insert(record.name.clone());
                    }
                    let known = self.sent.releases.entry(record.name).or_insert(kept);
                    if kept != Kept::Unchanged && *known == Kept::Unchanged {
                        *known = kept;
                    }
                    None
                }
                Err(failure) => Some(failure),
            };
            self.settle((Noun::Releases, sections), &once, failure);
        }
        let all = self.sent.releases.len() as u64;
        let unchanged = self.sent.releases.values();
        let unchanged = unchanged.filter(|kept| **kept == Kept::Unchanged).count() as u64;
        let tally = self.counts.of(Noun::Releases);
        (tally.written, tally.unchanged) = (all - unchanged, unchanged);
        Ok(())
    }

    /// The records that were not sent yet, each once. Rows of a record that the server
    /// refused before are rejected as well.
    fn new_of<T: prost::Message>(
        &mut self,
        noun: Noun,
        sections: &[Section],
        records: Vec<(T, Origin)>,
    ) -> Vec<(T, Once)> {
        let (new, failed) = self.sent.split(records);
        for (origin, failure) in failed {
            if !self.is_excused(&failure.reason) {
                self.failed(noun, (&origin, &sections[origin.section]), &failure);
            }
        }
        new
    }

    /// Remembers what came of a record and rejects its rows if it failed.
    fn settle(
        &mut self,
        (noun, sections): (Noun, &[Section]),
        once: &Once,
        failure: Option<Failure>,
    ) {
        if let Some(failure) = &failure {
            let rows = match self.is_excused(&failure.reason) {
                true => 1,
                false => once.origins.len(),
            };
            for origin in &once.origins[..rows] {
                self.failed(noun, (origin, &sections[origin.section]), failure);
            }
        }
        self.sent.settle(once, failure);
    }
}

fn by_index(errors: Vec<RowError>) -> HashMap<usize, Failure> {
    let failures = errors.into_iter().filter_map(|error| {
        let index = usize::try_from(error.index).ok()?;
        Some((index, Failure::from(&error.status.unwrap_or_default())))
    });
    failures.collect()
}

fn ends(relation: &Relation) -> [String; 3] {
    let source = relation.source.as_ref().map(|source| source.source.clone());
    [
        relation.subject.clone(),
        relation.object.clone(),
        source.unwrap_or_default(),
    ]
}

fn whole(count: i32) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// Splits records into calls that the server takes.
fn calls<T>(records: Vec<(T, Once)>, size: impl Fn(&T) -> usize) -> Vec<(Vec<T>, Vec<Once>)> {
    let mut calls: Vec<(Vec<T>, Vec<Once>)> = Vec::new();
    let mut bytes = 0;
    for (record, once) in records {
        bytes += size(&record) + 4;
        match calls.last_mut() {
            Some((records, onces)) if records.len() < ROWS && bytes <= BYTES => {
                records.push(record);
                onces.push(once);
            }
            _ => {
                bytes = size(&record) + 4;
                calls.push((vec![record], vec![once]));
            }
        }
    }
    calls
}
