//! Figures on their way in, over the bidirectional stream.

use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use proto::metrics::v1::ingest_claims_request::Message as Said;
use proto::metrics::v1::ingest_claims_response::Message as Answer;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::metrics::v1::{
    ClaimBatch, DeclareSeries, FinishLoad, IngestClaimsRequest, LoadCounts, OpenLoad,
};
use tonic::transport::Channel;

use crate::observation::{self, LINES_PER_BATCH};
use crate::seed;

/// Which figures are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    /// Those of the first release.
    First,
    /// Those of the release that revises one in a hundred.
    Revised,
}

/// What a load did.
#[derive(Debug, Clone, Copy)]
pub struct Loaded {
    /// From the first message to the last answer.
    pub took: Duration,
    /// What happened to the rows.
    pub counts: LoadCounts,
}

impl Loaded {
    /// Rows a second.
    pub fn per_second(&self) -> f64 {
        self.counts.received as f64 / self.took.as_secs_f64()
    }
}

/// Loads the figures of some lines to the end. `load_id` must be new.
pub async fn load(
    channel: Channel,
    load_id: &str,
    lines: Range<usize>,
    feed: Feed,
) -> anyhow::Result<Loaded> {
    let messages = messages(load_id, lines, feed);
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
    let counts = finished.context("the load did not finish")?;
    Ok(Loaded { took, counts })
}

/// All messages of a load, made beforehand so that making them is not measured.
fn messages(load_id: &str, lines: Range<usize>, feed: Feed) -> Vec<IngestClaimsRequest> {
    let release = match feed {
        Feed::First => seed::FIRST,
        Feed::Revised => seed::REVISED,
    };
    let mut said = vec![Said::Open(OpenLoad {
        release: format!("releases/{release}"),
        load_id: load_id.to_owned(),
        ..OpenLoad::default()
    })];
    let starts = lines.clone().step_by(LINES_PER_BATCH);
    for (sequence, start) in (1..).zip(starts) {
        let some = start..lines.end.min(start + LINES_PER_BATCH);
        said.push(Said::Declare(DeclareSeries {
            series: some.clone().map(observation::series).collect(),
        }));
        said.push(Said::Batch(ClaimBatch {
            sequence,
            block: Some(observation::block(some, feed == Feed::Revised)),
            ..ClaimBatch::default()
        }));
    }
    said.push(Said::Finish(FinishLoad::default()));
    let request = |message| IngestClaimsRequest {
        message: Some(message),
    };
    said.into_iter().map(request).collect()
}
