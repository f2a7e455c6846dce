use std::collections::{BTreeSet, HashMap, HashSet};

use async_stream::try_stream;
use futures::Stream;
use proto::metrics::v1 as pb;
use proto::metrics::v1::ingest_claims_request::Message as Said;
use proto::metrics::v1::ingest_claims_response::Message as Answer;
use proto::registry::v1::BatchGetEntitiesRequest;
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use rpc::{Error, Fields, Reason, Result, Token};
use tonic::{Status, Streaming};

use crate::convert::series::{entities, read_declaration};
use crate::convert::{block, row};
use crate::ingest::{self, Counts, Load, Row, RowErrors, SeriesKey};
use crate::{Metrics, follow, release};

const ROWS_MAX: usize = 10_000;

/// A load as one stream sees it.
struct Session {
    load: Load,
    acknowledged: i64,
    series: HashMap<u32, Result<SeriesKey>>,
    entities: HashSet<String>,
}

impl Metrics {
    /// Answers a stream of a load, message by message.
    pub(crate) fn ingest(
        self,
        mut said: Streaming<pb::IngestClaimsRequest>,
    ) -> impl Stream<Item = Result<pb::IngestClaimsResponse, Status>> {
        try_stream! {
            let mut session: Option<Session> = None;
            loop {
                let heard = tokio::select! {
                    () = self.shutdown.cancelled() => Err(stopping()),
                    message = said.message() => message,
                };
                let message = heard?;
                let Some(message) = message.and_then(|m| m.message) else { break };
                if let Some(answer) = self.hear(&mut session, message).await.map_err(Status::from)? {
                    let snapshot = self.written().await.map_err(Status::from)?;
                    yield pb::IngestClaimsResponse { message: Some(answer), snapshot };
                }
            }
        }
    }

    async fn hear(&self, session: &mut Option<Session>, message: Said) -> Result<Option<Answer>> {
        if let Said::Open(open) = message {
            if session.is_some() {
                return Err(Error::field(
                    Reason::FieldInvalid,
                    "open",
                    "comes only once, as the first message",
                ));
            }
            let (opened, answer) = self.open_load(&open).await?;
            *session = Some(opened);
            return Ok(Some(answer));
        }
        let first = || {
            Error::field(
                Reason::FieldRequired,
                "open",
                "must be the first message of a load",
            )
        };
        let session = session.as_mut().ok_or_else(first)?;
        match message {
            Said::Open(_) => Ok(None),
            Said::Declare(declare) => {
                self.declare(session, &declare.series).await?;
                Ok(None)
            }
            Said::Batch(batch) => self.batch(session, batch).await.map(Some),
            Said::Finish(_) => {
                let definitions = self.definitions(i64::MAX).await?;
                let counts =
                    ingest::finish((&self.store, &self.books), &session.load, &definitions).await?;
                let finished = pb::LoadFinished {
                    counts: Some(write(counts)),
                };
                Ok(Some(Answer::Finished(finished)))
            }
        }
    }

    async fn open_load(&self, open: &pb::OpenLoad) -> Result<(Session, Answer)> {
        let mut fields = Fields::new();
        let release = fields
            .name("open.release", "releases", &open.release)
            .unwrap_or_default()
            .to_owned();
        fields.required_text("open.load_id", &open.load_id, 100);
        fields.text("open.actor", &open.actor, 100);
        let skip_rows = read_on_error(&mut fields, "open.on_error", open.on_error);
        fields.finish()?;
        let load = Load {
            id: open.load_id.clone(),
            release: release::get(self.store.reader(), &release, i64::MAX - 1).await?,
            skip_rows,
            backfill: open.backfill,
            validate_only: open.validate_only,
            actor: open.actor.clone(),
        };
        let progress = if load.validate_only {
            ingest::reopen_at(self.store.reader(), &load).await?
        } else {
            let txn = self.store.begin().await?;
            let progress = ingest::open(&txn, &load).await?;
            txn.commit().await?;
            Some(progress)
        };
        let acknowledged = progress.map_or(0, |progress| progress.acknowledged);
        let opened = pb::LoadOpened {
            acknowledged_through: acknowledged,
            finished: progress.is_some_and(|progress| progress.finished),
            counts: Some(write(
                progress.map(|progress| progress.counts).unwrap_or_default(),
            )),
        };
        let session = Session {
            load,
            acknowledged,
            series: HashMap::new(),
            entities: HashSet::new(),
        };
        Ok((session, Answer::Opened(opened)))
    }

    /// Declares series. What is wrong with one is said at the rows that use it.
    async fn declare(&self, session: &mut Session, series: &[pb::SeriesDeclaration]) -> Result<()> {
        let mut fields = Fields::new();
        fields.at_most("series", series.len(), ROWS_MAX);
        fields.finish()?;
        let definitions = self.definitions(i64::MAX).await?;
        let source = session.load.release.source.clone();
        let read = |declaration| read_declaration(declaration, &definitions, &source);
        let declared: Vec<_> = series.iter().map(|d| (d.series, read(d))).collect();
        let named = declared
            .iter()
            .filter_map(|(_, series)| series.as_ref().ok())
            .flat_map(entities);
        let named: BTreeSet<_> = named.filter(|id| !session.entities.contains(*id)).collect();
        let unknown = self.check_entities(&session.load, &named).await?;
        let known: Vec<_> = named
            .iter()
            .filter(|id| !unknown.contains(**id))
            .map(|id| (*id).to_owned())
            .collect();
        session.entities.extend(known);
        for (number, series) in declared {
            let checked = series.and_then(|series| {
                match entities(&series).iter().find(|id| unknown.contains(**id)) {
                    None => Ok(series),
                    Some(id) => {
                        let message =
                            format!("entities/{id} does not exist in the registry; add it first");
                        Err(Error::field(Reason::EntityUnknown, "series", message))
                    }
                }
            });
            session.series.insert(number, checked);
        }
        Ok(())
    }

    async fn batch(&self, session: &mut Session, batch: pb::ClaimBatch) -> Result<Answer> {
        let sequence = batch.sequence;
        if sequence <= session.acknowledged {
            // Sent again after a break: it is kept already.
            return Ok(Answer::Acknowledged(acknowledged(
                sequence,
                Counts::default(),
                RowErrors::new(),
            )));
        }
        if sequence != session.acknowledged + 1 {
            return Err(Error::field(
                Reason::SequenceGap,
                "batch.sequence",
                format!(
                    "is {sequence}; the next batch of this load is {}",
                    session.acknowledged + 1
                ),
            ));
        }
        let mut claims = batch.claims;
        if let Some(packed) = &batch.block {
            claims.extend(block::read(packed)?);
        }
        let rows = self.read_rows(session, &claims).await?;
        let definitions = self.definitions(i64::MAX).await?;
        let books = (&self.store, &self.books);
        let outcome = ingest::write(books, &session.load, &definitions, sequence, rows).await?;
        session.acknowledged = sequence;
        Ok(Answer::Acknowledged(acknowledged(
            sequence,
            outcome.counts,
            outcome.errors,
        )))
    }

    /// Rows that can be read, and what is wrong with the others.
    async fn read_rows(
        &self,
        session: &mut Session,
        claims: &[pb::ClaimInput],
    ) -> Result<(Vec<Row>, RowErrors)> {
        let mut fields = Fields::new();
        fields.at_most("batch.claims", claims.len(), ROWS_MAX);
        fields.finish()?;
        let mut rows = Vec::with_capacity(claims.len());
        let mut errors = RowErrors::new();
        for (index, claim) in claims.iter().enumerate() {
            let undeclared = || {
                let message = format!("series {} was not declared in this stream", claim.series);
                Error::field(Reason::SeriesUndeclared, "series", message)
            };
            let series = session
                .series
                .get(&claim.series)
                .cloned()
                .unwrap_or_else(|| Err(undeclared()));
            match series.and_then(|series| row::read(index, claim, &series)) {
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

    async fn unknown_in_texts(
        &self,
        session: &mut Session,
        rows: &[Row],
    ) -> Result<HashSet<String>> {
        let named: BTreeSet<_> = rows.iter().flat_map(Row::named).collect();
        let new: BTreeSet<_> = named
            .into_iter()
            .filter(|id| !session.entities.contains(*id))
            .collect();
        let unknown = self.check_entities(&session.load, &new).await?;
        session.entities.extend(
            new.iter()
                .filter(|id| !unknown.contains(**id))
                .map(|id| (*id).to_owned()),
        );
        Ok(unknown)
    }

    async fn check_entities(&self, load: &Load, named: &BTreeSet<&str>) -> Result<HashSet<String>> {
        if named.is_empty() {
            return Ok(HashSet::new());
        }
        let (unknown, seen) = self.unknown_entities(named).await?;
        if !load.validate_only {
            let txn = self.store.begin().await?;
            follow::note(&txn, seen).await?;
            txn.commit().await?;
        }
        Ok(unknown.into_iter().collect())
    }

    /// Which of these entities the registry does not have, and the snapshot it looked at.
    pub(super) async fn unknown_entities(
        &self,
        named: &BTreeSet<&str>,
    ) -> Result<(Vec<String>, Token)> {
        let mut client = RegistryServiceClient::new(self.registry.clone());
        let names: Vec<_> = named.iter().map(|id| format!("entities/{id}")).collect();
        let mut unknown = Vec::new();
        let mut seen = None;
        for chunk in names.chunks(ROWS_MAX) {
            let request = BatchGetEntitiesRequest {
                names: chunk.to_vec(),
                allow_missing: true,
                summary_only: true,
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

    pub(crate) async fn write_claims_of(
        &self,
        request: pb::WriteClaimsRequest,
    ) -> Result<pb::WriteClaimsResponse> {
        let mut fields = Fields::new();
        let release = fields
            .name("release", "releases", &request.release)
            .unwrap_or_default()
            .to_owned();
        fields.text("actor", &request.actor, 100);
        let skip_rows = read_on_error(&mut fields, "on_error", request.on_error);
        if request.claims.is_empty() {
            fields.refuse(Reason::FieldRequired, "claims", "needs at least one row");
        }
        fields.finish()?;
        let release = release::get(self.store.reader(), &release, i64::MAX - 1).await?;
        if release.complete {
            let message = "is complete: load it with IngestClaims, so that what it leaves out can be withdrawn";
            return Err(Error::field(Reason::FieldInvalid, "release", message));
        }
        let load = Load {
            id: String::new(),
            release,
            skip_rows,
            backfill: request.backfill,
            validate_only: request.validate_only,
            actor: request.actor.clone(),
        };
        let mut session = Session {
            load,
            acknowledged: 0,
            series: HashMap::new(),
            entities: HashSet::new(),
        };
        self.declare(&mut session, &request.series).await?;
        let rows = self.read_rows(&mut session, &request.claims).await?;
        let definitions = self.definitions(i64::MAX).await?;
        let outcome = ingest::write(
            (&self.store, &self.books),
            &session.load,
            &definitions,
            0,
            rows,
        )
        .await?;
        let answer = acknowledged(0, outcome.counts, outcome.errors);
        Ok(pb::WriteClaimsResponse {
            counts: answer.counts,
            row_errors: answer.row_errors,
            snapshot: self.written().await?,
        })
    }
}

fn stopping() -> Status {
    let text = "the server is shutting down; open the load again elsewhere";
    Error::new(Reason::ShuttingDown, text).into()
}

impl Row {
    /// Entities that its text names.
    fn named(&self) -> BTreeSet<&str> {
        let parts = self
            .text
            .locators
            .iter()
            .map(|locator| locator.part.as_str());
        parts
            .chain([self.text.comparator.as_str()])
            .filter(|id| !id.is_empty())
            .collect()
    }
}

fn read_on_error(fields: &mut Fields, field: &str, on_error: i32) -> bool {
    use proto::figure::v1::OnError;
    match OnError::try_from(on_error) {
        Ok(choice) => choice == OnError::SkipRows,
        Err(_) => {
            fields.refuse(
                Reason::FieldInvalid,
                field,
                format!("has no value {on_error}"),
            );
            false
        }
    }
}

fn acknowledged(sequence: i64, counts: Counts, errors: RowErrors) -> pb::BatchAcknowledged {
    let row_error = |(index, error): (usize, Error)| proto::figure::v1::RowError {
        index: index as i32,
        status: Some(rpc::row_status(error)),
    };
    pb::BatchAcknowledged {
        sequence,
        counts: Some(write(counts)),
        row_errors: errors.into_iter().map(row_error).collect(),
    }
}

fn write(counts: Counts) -> pb::LoadCounts {
    pb::LoadCounts {
        received: counts.received,
        written: counts.written,
        unchanged: counts.unchanged,
        respelled: counts.respelled,
        rejected: counts.rejected,
        withdrawn: counts.withdrawn,
        made_explicit: counts.made_explicit,
    }
}
