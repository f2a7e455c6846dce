use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use proto::metrics::v1 as pb;
use rpc::{Error, Fields, Reason, Result};

use super::ROWS_MAX;
use crate::Metrics;
use crate::convert::row::{self, Input};
use crate::convert::series::{entities, read_declaration};
use crate::ingest::{Ingest, Outcome, Row, RowErrors, SourceSeries};

/// An ingest as one stream sees it.
pub(super) struct Session {
    pub ingest: Ingest,
    /// Sequence of the last batch that is kept.
    pub acknowledged: i64,
    source_series: HashMap<i32, Result<Arc<SourceSeries>>>,
    /// Entities that exist.
    pub entities: HashSet<String>,
    /// What an ingest that is only checked would have done so far.
    pub checked: Outcome,
}

impl Session {
    pub fn new(ingest: Ingest, acknowledged: i64) -> Self {
        Self {
            ingest,
            acknowledged,
            source_series: HashMap::new(),
            entities: HashSet::new(),
            checked: Outcome::default(),
        }
    }

    /// Whether another source series was declared under this number.
    fn is_other(&self, number: i32, declared: &Result<Arc<SourceSeries>>) -> bool {
        match (self.source_series.get(&number), declared) {
            (Some(Ok(before)), Ok(now)) => before != now,
            _ => false,
        }
    }

    /// The source series that was declared under this number.
    fn declared(&self, number: i32) -> Result<&Arc<SourceSeries>> {
        match self.source_series.get(&number) {
            Some(Ok(source_series)) => Ok(source_series),
            Some(Err(error)) => Err(error.clone()),
            None => {
                let message = format!("source series {number} was not declared in this stream");
                Err(Error::field(
                    Reason::SourceSeriesUndeclared,
                    "source_series",
                    message,
                ))
            }
        }
    }
}

impl Metrics {
    /// Declares source series. What is wrong with one is said at the rows that use it.
    pub(super) async fn declare(
        &self,
        session: &mut Session,
        (field, wire): (&str, &[pb::SourceSeriesDeclaration]),
    ) -> Result<()> {
        let definitions = self.definitions(i64::MAX).await?;
        let source = session.ingest.release.source.clone();
        let path = |i: usize| format!("{field}[{i}]");
        let read = |(i, one): (usize, &pb::SourceSeriesDeclaration)| {
            let read = read_declaration(one, &definitions, &source);
            (
                i,
                one.source_series,
                read.map_err(|error| error.within(&path(i))),
            )
        };
        let declared: Vec<_> = wire.iter().enumerate().map(read).collect();
        let good = declared
            .iter()
            .filter_map(|(_, _, read)| read.as_ref().ok());
        let named = good.flat_map(|one| entities(one)).map(|(_, id)| id);
        let named: BTreeSet<_> = named.filter(|id| !session.entities.contains(*id)).collect();
        let unknown = self.check_entities(&session.ingest, &named).await?;
        let known = named.iter().filter(|id| !unknown.contains(**id));
        session.entities.extend(known.map(|id| (*id).to_owned()));
        let mut fields = Fields::new();
        for (i, number, read) in declared {
            let checked = read.and_then(|one| known_entities(one, &unknown, &path(i)));
            let number_path = format!("{}.source_series", path(i));
            if number < 0 {
                fields.refuse(Reason::FieldInvalid, number_path, "is negative");
            } else if session.is_other(number, &checked) {
                let message = format!("{number} was declared before, as another source series");
                fields.refuse(Reason::FieldInvalid, number_path, message);
            } else {
                session.source_series.insert(number, checked);
            }
        }
        fields.finish()
    }

    /// Rows that can be read, and what is wrong with the others.
    pub(super) async fn read_rows(
        &self,
        session: &mut Session,
        claims: impl Iterator<Item = Result<Input>>,
    ) -> Result<(Vec<Row>, RowErrors)> {
        let (mut rows, mut errors) = (Vec::new(), RowErrors::new());
        for (index, claim) in claims.enumerate() {
            let row = claim.and_then(|claim| {
                let source_series = session.declared(claim.source_series())?;
                row::read(index, &claim, source_series)
            });
            match row {
                Ok(row) => rows.push(row),
                Err(error) => drop(errors.insert(index, error)),
            }
        }
        let unknown = self.unknown_in_texts(session, &rows).await?;
        rows.retain(|row| {
            let lost = row.named().into_iter().find(|id| unknown.contains(*id));
            let Some(id) = lost else { return true };
            let message = format!("entities/{id} does not exist in the registry; add it first");
            errors.insert(
                row.index,
                Error::field(Reason::EntityUnknown, "text", message),
            );
            false
        });
        Ok((rows, errors))
    }
}

/// How many source series a message declares.
pub(super) fn read_count(
    fields: &mut Fields,
    (field, wire): (&str, &[pb::SourceSeriesDeclaration]),
) {
    if wire.is_empty() {
        let message = "needs at least one source series";
        fields.refuse(Reason::FieldRequired, field, message);
    }
    fields.at_most(field, wire.len(), ROWS_MAX);
}

/// The source series of a declaration, if the entities that it names exist.
fn known_entities(
    source_series: Arc<SourceSeries>,
    unknown: &HashSet<String>,
    path: &str,
) -> Result<Arc<SourceSeries>> {
    let mut fields = Fields::new();
    for (field, id) in entities(&source_series).filter(|(_, id)| unknown.contains(*id)) {
        let message = format!("entities/{id} does not exist in the registry; add it first");
        fields.refuse(Reason::EntityUnknown, format!("{path}.{field}"), message);
    }
    fields.finish()?;
    Ok(source_series)
}
