//! One ingest: the figures of one release, streamed and acknowledged batch by batch.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use proto::figure::v1::OnError;
use proto::metrics::v1::ingest_claims_request::Message as Say;
use proto::metrics::v1::ingest_claims_response::Message as Answer;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::metrics::v1::{
    BatchAcknowledged, DeclareSourceSeries, FinishIngest, IngestClaimsRequest,
    IngestClaimsResponse, IngestCounts, IngestOpened, OpenIngest,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::transport::Channel;

use super::batch::Batch;
use super::claim::{SourceSeries, Stated};
use super::reject::Origin;
use crate::cli::failure::Failure;

/// Batches sent ahead of the acknowledgements.
const AHEAD: usize = 4;
/// Source series of one message at most.
const DECLARED: usize = 2000;

/// How ingests are opened.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Check only.
    pub dry_run: bool,
    /// Accept releases older than the newest of their source series.
    pub backfill: bool,
    /// Who writes.
    pub actor: String,
    /// Rows of figures that the server has stored so far.
    pub stored: Arc<AtomicU64>,
    /// What a dry run finds missing.
    pub awaits: Awaits,
}

/// Files of the mapping that a dry run would apply first, so that what needs them cannot be
/// checked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Awaits {
    /// The vocabulary.
    pub vocabulary: bool,
    /// The definitions.
    pub definitions: bool,
}

/// An ingest that is open.
pub struct Ingest {
    send: mpsc::Sender<IngestClaimsRequest>,
    answers: Streaming<IngestClaimsResponse>,
    numbers: HashMap<SourceSeries, i32>,
    declared: HashSet<i32>,
    undeclared: Vec<(SourceSeries, i32)>,
    batch: Batch,
    sequence: i64,
    sent: VecDeque<(i64, Vec<Origin>)>,
    checked: IngestCounts,
    dry_run: bool,
    stored: Arc<AtomicU64>,
    opened: IngestOpened,
    /// Last line that an earlier run had stored.
    kept_through: u64,
    /// Good rows of the file, sent or not.
    good: i64,
}

/// A row that the server rejected, with where it came from.
#[derive(Debug)]
pub struct Rejected {
    /// The row.
    pub origin: Origin,
    /// What the server said.
    pub failure: Failure,
    /// Indicator and unit as the row gives them.
    pub names: Option<[String; 2]>,
}

impl Ingest {
    /// Opens an ingest, or finds it again.
    pub async fn open(
        mut metrics: MetricsServiceClient<Channel>,
        release: &str,
        ingest_id: String,
        terms: &Terms,
    ) -> anyhow::Result<Self> {
        let (send, receive) = mpsc::channel(AHEAD);
        let open = OpenIngest {
            release: release.to_owned(),
            ingest_id,
            on_error: OnError::SkipRows as i32,
            backfill: terms.backfill,
            validate_only: terms.dry_run,
            actor: terms.actor.clone(),
        };
        send.send(IngestClaimsRequest {
            message: Some(Say::Open(open)),
        })
        .await?;
        let mut answers = metrics
            .ingest_claims(ReceiverStream::new(receive))
            .await?
            .into_inner();
        let opened = match answers.message().await?.and_then(|answer| answer.message) {
            Some(Answer::Opened(opened)) => opened,
            _ => anyhow::bail!("the server did not open the ingest of {release}"),
        };
        Ok(Self {
            send,
            answers,
            numbers: HashMap::new(),
            declared: HashSet::new(),
            undeclared: Vec::new(),
            batch: Batch::default(),
            sequence: 0,
            sent: VecDeque::new(),
            checked: IngestCounts::default(),
            dry_run: terms.dry_run,
            stored: Arc::clone(&terms.stored),
            opened,
            kept_through: 0,
            good: 0,
        })
    }

    /// Counts a row of the file before it is read, whether it turns out good or not.
    pub fn count(&mut self, origin: &Origin) {
        self.batch.count(origin);
        if self.is_kept() && !self.opened.finished {
            self.kept_through = self.kept_through.max(origin.line);
        }
    }

    /// Adds a claim.
    pub fn add(&mut self, stated: Stated, origin: Origin) {
        let next = i32::try_from(self.numbers.len()).unwrap_or(i32::MAX);
        let number = *self
            .numbers
            .entry(stated.source_series.clone())
            .or_insert(next);
        let mut input = stated.input;
        input.source_series = number;
        self.good += 1;
        self.batch.add(input, origin);
        if !self.is_kept() && self.declared.insert(number) {
            self.undeclared.push((stated.source_series, number));
        }
    }

    /// Sends the batch if it is full.
    pub async fn flush_full(&mut self) -> anyhow::Result<Vec<Rejected>> {
        if self.batch.is_full() {
            self.flush().await
        } else {
            Ok(Vec::new())
        }
    }

    /// Whether the server has the batch that is being filled from an earlier run.
    fn is_kept(&self) -> bool {
        self.opened.finished || self.sequence < self.opened.acknowledged_through
    }

    async fn flush(&mut self) -> anyhow::Result<Vec<Rejected>> {
        let batch = std::mem::take(&mut self.batch);
        let kept = self.is_kept();
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        self.sequence += 1;
        if kept {
            return Ok(Vec::new());
        }
        let undeclared = std::mem::take(&mut self.undeclared);
        for source_series in undeclared.chunks(DECLARED) {
            let source_series = source_series
                .iter()
                .map(|(source_series, number)| source_series.declaration(*number))
                .collect();
            self.say(Say::Declare(DeclareSourceSeries { source_series }))
                .await?;
        }
        let (message, origins) = batch.message(self.sequence);
        self.sent.push_back((self.sequence, origins));
        self.say(Say::Batch(message)).await?;
        if self.sent.len() < AHEAD {
            Ok(Vec::new())
        } else {
            self.acknowledged().await
        }
    }

    async fn say(&mut self, message: Say) -> anyhow::Result<()> {
        if self
            .send
            .send(IngestClaimsRequest {
                message: Some(message),
            })
            .await
            .is_err()
        {
            // The server has ended the stream; what it answers says why.
            while self.answers.message().await?.is_some() {}
            anyhow::bail!("the server ended the ingest without a word");
        }
        Ok(())
    }

    /// Waits for the next acknowledgement.
    async fn acknowledged(&mut self) -> anyhow::Result<Vec<Rejected>> {
        let answer = self
            .answers
            .message()
            .await?
            .and_then(|answer| answer.message);
        let Some(Answer::Acknowledged(BatchAcknowledged {
            sequence,
            row_errors,
            counts,
        })) = answer
        else {
            anyhow::bail!("the server ended the ingest without acknowledging all of it");
        };
        let (sent, origins) = self
            .sent
            .pop_front()
            .context("the server acknowledged what was not sent")?;
        anyhow::ensure!(
            sent == sequence,
            "the server acknowledged batch {sequence} where {sent} was due"
        );
        let counts = counts.unwrap_or_default();
        self.checked.received += counts.received;
        self.checked.written += counts.written;
        self.checked.unchanged += counts.unchanged;
        self.checked.respelled += counts.respelled;
        if !self.dry_run {
            let rows = u64::try_from(counts.received).unwrap_or(0);
            self.stored.fetch_add(rows, Ordering::Relaxed);
        }
        let rejected = row_errors.into_iter().filter_map(|error| {
            let origin = origins.get(usize::try_from(error.index).ok()?)?.clone();
            let mut failure = Failure::from(&error.status.unwrap_or_default());
            failure.message = in_lines(&failure.message, &origins);
            for (_, message) in &mut failure.fields {
                *message = in_lines(message, &origins);
            }
            let names = self.names(&origin, &failure);
            Some(Rejected {
                origin,
                failure,
                names,
            })
        });
        Ok(rejected.collect())
    }

    /// The names of a row that may be mistyped.
    fn names(&self, origin: &Origin, failure: &Failure) -> Option<[String; 2]> {
        if !["INDICATOR_UNKNOWN", "UNIT_UNKNOWN"].contains(&failure.reason.as_str()) {
            return None;
        }
        let mut all = self.numbers.iter();
        let found = all.find(|(_, number)| **number == origin.source_series)?;
        Some(found.0.names())
    }

    /// Sends the rest and ends the ingest, with the number of lines of the file that could
    /// not be read.
    pub async fn finish(mut self, unread: u64) -> anyhow::Result<Finished> {
        let mut rejected = self.flush().await?;
        if self.opened.finished {
            return Ok(Finished {
                counts: self.opened.counts.unwrap_or_default(),
                rejected,
                before: true,
                good: self.good,
                earlier: IngestCounts::default(),
                kept_through: None,
                withheld: false,
            });
        }
        while !self.sent.is_empty() {
            rejected.extend(self.acknowledged().await?);
        }
        self.say(Say::Finish(FinishIngest {
            unread: i64::try_from(unread).unwrap_or(i64::MAX),
        }))
        .await?;
        match self
            .answers
            .message()
            .await?
            .and_then(|answer| answer.message)
        {
            Some(Answer::Finished(finished)) => {
                let counts = finished.counts.unwrap_or_default();
                // An ingest that is only checked is not kept, so the server has no total of
                // it.
                let withdrawn = counts.withdrawn;
                let counts = match self.dry_run {
                    true => IngestCounts {
                        withdrawn,
                        ..self.checked
                    },
                    false => counts,
                };
                Ok(Finished {
                    counts,
                    rejected,
                    before: false,
                    good: self.good,
                    kept_through: (self.kept_through > 0).then_some(self.kept_through),
                    earlier: self.opened.counts.unwrap_or_default(),
                    withheld: finished.withheld,
                })
            }
            _ => anyhow::bail!("the server ended the ingest without finishing it"),
        }
    }
}

/// An ingest that has ended.
#[derive(Debug)]
pub struct Finished {
    /// Counts of the whole ingest.
    pub counts: IngestCounts,
    /// Rows rejected that were not told before.
    pub rejected: Vec<Rejected>,
    /// It was finished by an earlier run.
    pub before: bool,
    /// Good rows of the file.
    pub good: i64,
    /// Counts of what an earlier run did of this ingest before it was broken off.
    pub earlier: IngestCounts,
    /// Last line of what an earlier run had stored.
    pub kept_through: Option<u64>,
    /// What the release leaves out was not withdrawn, because lines could not be read.
    pub withheld: bool,
}

impl Finished {
    /// Whether rows of the file are missing that an earlier run rejected: they may be good
    /// now.
    pub fn is_incomplete(&self) -> bool {
        let before = if self.before {
            &self.counts
        } else {
            &self.earlier
        };
        before.rejected > 0 || self.counts.received != self.good
    }
}

/// What the server says of rows of a batch, said of lines of the file.
fn in_lines(message: &str, origins: &[Origin]) -> String {
    const BEFORE: &str = "row ";
    const AFTER: &str = " of this batch";
    let message = message.replace("an earlier batch of this ingest", "an earlier line");
    let found = message.find(AFTER).and_then(|end| {
        let start = message[..end].rfind(BEFORE)?;
        let index: usize = message[start + BEFORE.len()..end].parse().ok()?;
        let line = origins.get(index)?.line;
        let after = &message[end + AFTER.len()..];
        Some(format!("{}line {line}{after}", &message[..start]))
    });
    found.unwrap_or(message)
}

#[cfg(test)]
mod tests {
    use super::{Origin, in_lines};

    #[test]
    fn rows_of_a_batch_are_told_as_lines_of_the_file() {
        let origins = [5, 9].map(|line| Origin {
            line,
            ..Origin::default()
        });
        assert_eq!(
            in_lines("is 1 here and 2 in row 1 of this batch, keep one", &origins),
            "is 1 here and 2 in line 9, keep one"
        );
        let beyond = "is 1 here and 2 in row 7 of this batch";
        assert_eq!(in_lines(beyond, &origins), beyond);
    }
}
