//! Figures on their way in, over the bidirectional stream.

use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use proto::metrics::v1::ingest_claims_request::Message as Said;
use proto::metrics::v1::ingest_claims_response::Message as Answer;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::metrics::v1::{
    ClaimBatch, DeclareSourceSeries, FinishIngest, IngestClaimsRequest, IngestCounts, OpenIngest,
};
use tonic::transport::Channel;

use crate::observation::{self, SERIES_PER_BATCH};
use crate::seed;

/// Which figures are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    /// Those of the first release.
    First,
    /// Those of the release that revises one in a hundred.
    Revised,
}

/// What an ingest did.
#[derive(Debug, Clone, Copy)]
pub struct Ingested {
    /// From the first message to the last answer.
    pub took: Duration,
    /// What happened to the rows.
    pub counts: IngestCounts,
}

impl Ingested {
    /// Rows a second.
    pub fn per_second(&self) -> f64 {
        self.counts.received as f64 / self.took.as_secs_f64()
    }
}

/// Ingests the figures of some series to the end. `ingest_id` must be new.
pub async fn ingest(
    channel: Channel,
    ingest_id: &str,
    range: Range<usize>,
    feed: Feed,
) -> anyhow::Result<Ingested> {
    let messages = messages(ingest_id, range, feed);
    let mut client = MetricsServiceClient::new(channel);
    let begun = Instant::now();
    let answers = client.ingest_claims(tokio_stream::iter(messages)).await?;
    let mut answers = answers.into_inner();
    let mut finished = None;
    while let Some(answer) = answers.message().await? {
        match answer.message.context("an answer says nothing")? {
            Answer::Finished(done) => finished = done.counts,
            Answer::Acknowledged(batch) if !batch.row_errors.is_empty() => {
                bail!("rows were refused: {:?}", batch.row_errors)
            }
            Answer::Opened(_) | Answer::Acknowledged(_) => {}
        }
    }
    let took = begun.elapsed();
    let counts = finished.context("the ingest did not finish")?;
    Ok(Ingested { took, counts })
}

/// All messages of an ingest, made beforehand so that making them is not measured.
fn messages(ingest_id: &str, range: Range<usize>, feed: Feed) -> Vec<IngestClaimsRequest> {
    let release = match feed {
        Feed::First => seed::FIRST,
        Feed::Revised => seed::REVISED,
    };
    let mut said = vec![Said::Open(OpenIngest {
        release: format!("releases/{release}"),
        ingest_id: ingest_id.to_owned(),
        ..OpenIngest::default()
    })];
    let starts = range.clone().step_by(SERIES_PER_BATCH);
    for (sequence, start) in (1..).zip(starts) {
        let some = start..range.end.min(start + SERIES_PER_BATCH);
        said.push(Said::Declare(DeclareSourceSeries {
            source_series: some.clone().map(observation::source_series).collect(),
        }));
        said.push(Said::Batch(ClaimBatch {
            sequence,
            block: Some(observation::block(some, feed == Feed::Revised)),
            ..ClaimBatch::default()
        }));
    }
    said.push(Said::Finish(FinishIngest::default()));
    let request = |message| IngestClaimsRequest {
        message: Some(message),
    };
    said.into_iter().map(request).collect()
}
