//! Batches of entities, relations and releases.

use prost::Message as _;
use proto::figure::v1::{OnError, RowError};
use proto::registry::v1::{BatchAddEntitiesRequest, BatchAddRelationsRequest, Entity, Relation};

use super::file::Import;
use super::input::Line;
use super::reject::Origin;
use super::release::Kept;
use super::section::Section;
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
        let records = self.records(sections, (lines, columns), entity::build)?;
        for (entities, origins) in calls(records, Entity::encoded_len) {
            if self.terms.dry_run {
                self.planned
                    .extend(entities.iter().map(|entity| entity.name.clone()));
            }
            let request = BatchAddEntitiesRequest {
                entities,
                on_error: OnError::SkipRows as i32,
                validate_only: self.terms.dry_run,
            };
            let answer = self
                .session
                .registry()
                .batch_add_entities(request)
                .await?
                .into_inner();
            self.counts.of(Noun::Entities).written +=
                whole(answer.created_count) + whole(answer.extended_count);
            self.counts.of(Noun::Entities).unchanged += whole(answer.unchanged_count);
            self.reject_rows(answer.row_errors, &origins, sections)?;
        }
        Ok(())
    }

    /// Adds the relations of some rows.
    pub async fn relations(&mut self, lines: &[Line], columns: &Columns) -> anyhow::Result<()> {
        let sections = &self.mapping.relations;
        let records = self.records(sections, (lines, columns), relation::build)?;
        for (relations, origins) in calls(records, Relation::encoded_len) {
            let ends: Vec<[String; 3]> = relations.iter().map(ends).collect();
            let request = BatchAddRelationsRequest {
                relations,
                on_error: OnError::SkipRows as i32,
                validate_only: self.terms.dry_run,
            };
            let answer = self
                .session
                .registry()
                .batch_add_relations(request)
                .await?
                .into_inner();
            self.counts.of(Noun::Relations).written += whole(answer.created_count);
            self.counts.of(Noun::Relations).unchanged += whole(answer.unchanged_count);
            let mut errors = answer.row_errors;
            let before = errors.len();
            // In a dry run the entities of this very file are not there yet.
            errors.retain(|error| {
                let ends = usize::try_from(error.index)
                    .ok()
                    .and_then(|index| ends.get(index));
                !ends.is_some_and(|ends| ends.iter().any(|end| self.planned.contains(end)))
            });
            self.counts.of(Noun::Relations).written += (before - errors.len()) as u64;
            self.reject_rows(errors, &origins, sections)?;
        }
        Ok(())
    }

    /// Creates the releases of some rows, or brings them up to date.
    pub async fn releases(&mut self, lines: &[Line], columns: &Columns) -> anyhow::Result<()> {
        let sections = &self.mapping.releases;
        let mut records = self.records(sections, (lines, columns), release::build)?;
        records.dedup_by(|(a, _), (b, _)| a == b);
        for (record, origin) in records {
            match release::keep(&mut self.session.metrics(), &record, self.terms.dry_run).await? {
                Ok(Kept::Written) => {
                    self.counts.of(Noun::Releases).written += 1;
                    self.planned.insert(record.name);
                }
                Ok(Kept::Unchanged) => self.counts.of(Noun::Releases).unchanged += 1,
                Err(failure) => self.failed(&origin, &sections[origin.section], &failure)?,
            }
        }
        Ok(())
    }

    fn reject_rows(
        &mut self,
        errors: Vec<RowError>,
        origins: &[Origin],
        sections: &[Section],
    ) -> anyhow::Result<()> {
        for error in errors {
            let origin = usize::try_from(error.index)
                .ok()
                .and_then(|index| origins.get(index));
            if let Some(origin) = origin {
                let failure = Failure::from(&error.status.unwrap_or_default());
                self.failed(origin, &sections[origin.section], &failure)?;
            }
        }
        Ok(())
    }
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
fn calls<T>(records: Vec<(T, Origin)>, size: impl Fn(&T) -> usize) -> Vec<(Vec<T>, Vec<Origin>)> {
    let mut calls: Vec<(Vec<T>, Vec<Origin>)> = Vec::new();
    let mut bytes = 0;
    for (record, origin) in records {
        bytes += size(&record) + 4;
        match calls.last_mut() {
            Some((records, origins)) if records.len() < ROWS && bytes <= BYTES => {
                records.push(record);
                origins.push(origin);
            }
            _ => {
                bytes = size(&record) + 4;
                calls.push((vec![record], vec![origin]));
            }
        }
    }
    calls
}
