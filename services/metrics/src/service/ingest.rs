mod entity;
mod session;
mod write;

use std::sync::Arc;

use async_stream::try_stream;
use futures::Stream;
use proto::metrics::v1 as pb;
use proto::metrics::v1::ingest_claims_request::Message as Said;
use proto::metrics::v1::ingest_claims_response::Message as Answer;
use rpc::{Error, Fields, Reason, Result};
use tonic::{Status, Streaming};

use self::session::{Session, read_count};
use crate::convert::block;
use crate::convert::ingest::{acknowledged, read_on_error, write};
use crate::convert::row::Input;
use crate::ingest::{self, Ingest, Outcome, Progress};
use crate::{Metrics, release};

const ROWS_MAX: usize = 10_000;

impl Metrics {
    /// Answers a stream of an ingest, message by message.
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
                let Some(message) = message else { break };
                if let Some(answer) = self.hear(&mut session, message.message).await.map_err(Status::from)? {
                    let snapshot = self.written().await.map_err(Status::from)?;
                    yield pb::IngestClaimsResponse { message: Some(answer), snapshot };
                }
            }
        }
    }

    async fn hear(
        &self,
        session: &mut Option<Session>,
        message: Option<Said>,
    ) -> Result<Option<Answer>> {
        let required = |field, message: &str| Error::field(Reason::FieldRequired, field, message);
        let message = message
            .ok_or_else(|| required("message", "is none of open, declare, batch and finish"))?;
        if let Said::Open(open) = message {
            if session.is_some() {
                return Err(Error::field(
                    Reason::FieldInvalid,
                    "open",
                    "comes only once, as the first message",
                ));
            }
            let (opened, answer) = self.open_ingest(&open).await?;
            *session = Some(opened);
            return Ok(Some(answer));
        }
        let session = session
            .as_mut()
            .ok_or_else(|| required("open", "must be the first message of an ingest"))?;
        match message {
            Said::Open(_) => Ok(None),
            Said::Declare(declare) => {
                let declared = ("declare.source_series", declare.source_series.as_slice());
                let mut fields = Fields::new();
                read_count(&mut fields, declared);
                fields.finish()?;
                self.declare(session, declared).await?;
                Ok(None)
            }
            Said::Batch(batch) => self.batch(session, batch).await.map(Some),
            Said::Finish(finish) => self.finish(session, finish).await.map(Some),
        }
    }

    async fn finish(&self, session: &Session, finish: pb::FinishIngest) -> Result<Answer> {
        if finish.unread < 0 {
            return Err(Error::field(
                Reason::FieldInvalid,
                "finish.unread",
                "is a count of rows, so 0 or more",
            ));
        }
        let definitions = self.definitions(i64::MAX).await?;
        let stored = (&self.store, &self.release_commits);
        let (ingest, checked) = (&session.ingest, &session.checked);
        let unread = finish.unread > 0 || checked.counts.rejected > 0;
        let what = (&checked.stated, unread);
        let mut finished = ingest::finish(stored, ingest, &definitions, what).await?;
        finished.counts.add(checked.counts);
        Ok(Answer::Finished(pb::IngestFinished {
            counts: Some(write(finished.counts)),
            withheld: finished.withheld,
        }))
    }

    async fn open_ingest(&self, open: &pb::OpenIngest) -> Result<(Session, Answer)> {
        let mut fields = Fields::new();
        let release = fields
            .name("open.release", "releases", &open.release)
            .unwrap_or_default()
            .to_owned();
        fields.required_text("open.ingest_id", &open.ingest_id, 100);
        fields.text("open.actor", &open.actor, 100);
        let skip_rows = read_on_error(&mut fields, "open.on_error", open.on_error);
        fields.finish()?;
        let ingest = Ingest {
            id: open.ingest_id.clone(),
            release: Arc::new(release::get(self.store.reader(), &release, i64::MAX - 1).await?),
            skip_rows,
            backfill: open.backfill,
            validate_only: open.validate_only,
            actor: open.actor.clone(),
        };
        let progress = if ingest.validate_only {
            // Every row is checked, so it starts from the beginning.
            ingest::reopen_at(self.store.reader(), &ingest).await?;
            Progress::default()
        } else {
            let txn = self.store.begin().await?;
            let progress = ingest::open(&txn, &ingest).await?;
            txn.commit().await?;
            progress
        };
        let opened = pb::IngestOpened {
            acknowledged_through: progress.acknowledged,
            finished: progress.finished,
            counts: Some(write(progress.counts)),
        };
        let session = Session::new(ingest, progress.acknowledged);
        Ok((session, Answer::Opened(opened)))
    }

    async fn batch(&self, session: &mut Session, batch: pb::ClaimBatch) -> Result<Answer> {
        let sequence = batch.sequence;
        if sequence < 1 {
            return Err(Error::field(
                Reason::FieldRequired,
                "batch.sequence",
                "is required: 1 for the first batch of an ingest, then one more each",
            ));
        }
        if sequence <= session.acknowledged {
            // Sent again after a break: it is kept already.
            return Ok(acknowledged(sequence, Outcome::default()));
        }
        if sequence != session.acknowledged + 1 {
            return Err(Error::field(
                Reason::SequenceGap,
                "batch.sequence",
                format!(
                    "is {sequence}; the next batch of this ingest is {}",
                    session.acknowledged + 1
                ),
            ));
        }
        let packed = batch.block.unwrap_or_default();
        let count = batch.claims.len() + block::rows(&packed)?;
        let mut fields = Fields::new();
        fields.at_most("batch", count, ROWS_MAX);
        fields.finish()?;
        let claims = batch.claims.into_iter().map(|claim| Ok(Input::from(claim)));
        let claims = claims.chain(block::read(&packed));
        let rows = self.read_rows(session, claims).await?;
        let definitions = self.definitions(i64::MAX).await?;
        let stored = (&self.store, &self.release_commits);
        let mut outcome =
            ingest::write(stored, &session.ingest, &definitions, sequence, rows).await?;
        session.acknowledged = sequence;
        if session.ingest.validate_only {
            let checked = &mut session.checked;
            checked.counts.add(outcome.counts);
            for (source_series, periods) in std::mem::take(&mut outcome.stated) {
                checked
                    .stated
                    .entry(source_series)
                    .or_default()
                    .extend(periods);
            }
        }
        Ok(acknowledged(sequence, outcome))
    }
}

fn stopping() -> Status {
    let text = "the server is shutting down; open the ingest again elsewhere";
    Error::new(Reason::ShuttingDown, text).into()
}
