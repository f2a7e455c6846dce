//! Figures on their way in: what the suites of metrics say to the server, in few words.

use std::collections::BTreeMap;

use prost_types::Timestamp;
use proto::figure::v1::{Period, Quantity};
use proto::metrics::v1::ingest_claims_request::Message as Said;
use proto::metrics::v1::ingest_claims_response::Message as Answer;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::metrics::v1::{
    BatchAcknowledged, Claim, ClaimBatch, ClaimInput, Coverage, CreateReleaseRequest,
    DeclareSourceSeries, FinishIngest, GetSeriesRequest, IngestClaimsRequest, IngestClaimsResponse,
    IngestCounts, IngestFinished, IngestOpened, OpenIngest, Provenance, Release, SeriesKey,
    SourceSeriesDeclaration, WriteClaimsRequest, WriteClaimsResponse,
};
use rpc::Part;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Status, Streaming};

use crate::harness::quantity::{exact, number};
use crate::harness::{World, commit_of};

/// A stream of an ingest, message by message.
pub struct Stream {
    said: mpsc::Sender<IngestClaimsRequest>,
    heard: Streaming<IngestClaimsResponse>,
    /// Of the last answer.
    pub snapshot: String,
}

impl Stream {
    /// A stream on which nothing has been said.
    pub async fn silent(world: &World) -> Self {
        Self::start(world.metrics()).await
    }

    async fn start(mut client: MetricsServiceClient<Channel>) -> Self {
        let (said, messages) = mpsc::channel(16);
        let heard = client.ingest_claims(ReceiverStream::new(messages)).await;
        Self {
            said,
            heard: heard.expect("a stream opens").into_inner(),
            snapshot: String::new(),
        }
    }

    /// A stream with an open ingest.
    pub async fn open(world: &World, open: OpenIngest) -> (Self, IngestOpened) {
        Self::through(world.metrics(), open).await
    }

    /// A stream with an open ingest, through a client.
    pub async fn through(
        client: MetricsServiceClient<Channel>,
        open: OpenIngest,
    ) -> (Self, IngestOpened) {
        let mut stream = Self::start(client).await;
        let opened = stream.try_open(open).await.expect("the ingest opens");
        (stream, opened)
    }

    /// Opens an ingest on this stream.
    pub async fn try_open(&mut self, open: OpenIngest) -> Result<IngestOpened, Status> {
        self.say(Said::Open(open)).await;
        match self.hear().await? {
            Answer::Opened(opened) => Ok(opened),
            other => panic!("not opened: {other:?}"),
        }
    }

    /// Declares source series.
    pub async fn declare(&self, source_series: Vec<SourceSeriesDeclaration>) {
        self.say(Said::Declare(DeclareSourceSeries { source_series }))
            .await;
    }

    /// Sends a batch and waits for its acknowledgement.
    pub async fn batch(&mut self, batch: ClaimBatch) -> Result<BatchAcknowledged, Status> {
        self.say(Said::Batch(batch)).await;
        self.acknowledged().await
    }

    /// Sends rows as a batch and waits for its acknowledgement.
    pub async fn rows(
        &mut self,
        sequence: i64,
        claims: Vec<ClaimInput>,
    ) -> Result<BatchAcknowledged, Status> {
        self.batch(ClaimBatch {
            sequence,
            claims,
            ..Default::default()
        })
        .await
    }

    /// Waits for the next acknowledgement.
    pub async fn acknowledged(&mut self) -> Result<BatchAcknowledged, Status> {
        match self.hear().await? {
            Answer::Acknowledged(acknowledged) => Ok(acknowledged),
            other => panic!("not acknowledged: {other:?}"),
        }
    }

    /// Ends the ingest.
    pub async fn finish(&mut self) -> Result<IngestCounts, Status> {
        self.say(Said::Finish(FinishIngest::default())).await;
        match self.hear().await? {
            Answer::Finished(IngestFinished { counts, .. }) => Ok(counts.unwrap_or_default()),
            other => panic!("not finished: {other:?}"),
        }
    }

    /// Says something; a server that has hung up is found out when it is heard.
    pub async fn say(&self, message: Said) {
        let request = IngestClaimsRequest {
            message: Some(message),
        };
        let _hung_up = self.said.send(request).await;
    }

    /// Says nothing in particular.
    pub async fn mumble(&self) {
        let _hung_up = self.said.send(IngestClaimsRequest::default()).await;
    }

    /// Waits for an answer.
    pub async fn hear(&mut self) -> Result<Answer, Status> {
        let Some(answer) = self.heard.message().await? else {
            return Err(Status::cancelled("the stream ended"));
        };
        self.snapshot = answer.snapshot;
        Ok(answer.message.expect("an answer says something"))
    }
}

/// Opens an ingest of a release, by default settings.
pub fn opening(release: &str, ingest_id: &str) -> OpenIngest {
    OpenIngest {
        release: format!("releases/{release}"),
        ingest_id: ingest_id.to_owned(),
        ..Default::default()
    }
}

/// Ingests rows of one source series through a stream to its end.
pub async fn ingest(
    world: &World,
    open: OpenIngest,
    source_series: Vec<SourceSeriesDeclaration>,
    rows: Vec<ClaimInput>,
) -> IngestCounts {
    let (mut stream, _) = Stream::open(world, open).await;
    stream.declare(source_series).await;
    stream.rows(1, rows).await.expect("the rows are good");
    stream.finish().await.expect("the ingest finishes")
}

/// A partial release of a source, published on a day.
pub fn partial(source: &str, published: &str) -> Release {
    Release {
        source: format!("entities/{source}"),
        published: published.to_owned(),
        ..Default::default()
    }
}

/// A release that is complete over `indicators/gdp`.
pub fn complete(source: &str, published: &str) -> Release {
    Release {
        coverage: Coverage::Complete.into(),
        scope: vec!["indicators/gdp".to_owned()],
        ..partial(source, published)
    }
}

/// Records a release.
pub async fn release(world: &World, id: &str, release: Release) -> Release {
    let request = CreateReleaseRequest {
        release_id: id.to_owned(),
        release: Some(release),
        ..Default::default()
    };
    let created = world.metrics().create_release(request).await;
    let created = created.expect("the release is good").into_inner();
    created.release.expect("a created release is answered")
}

/// The key of a series without counterpart and breakdown.
pub fn series(indicator: &str, entity: &str) -> SeriesKey {
    SeriesKey {
        indicator: format!("indicators/{indicator}"),
        entity: format!("entities/{entity}"),
        ..Default::default()
    }
}

/// A source series of outturns in a unit.
pub fn source_series(number: i32, series: SeriesKey, unit: &str) -> SourceSeriesDeclaration {
    SourceSeriesDeclaration {
        source_series: number,
        series: Some(series),
        provenance: Some(Provenance {
            unit: unit.to_owned(),
            ..Default::default()
        }),
    }
}

/// A row with any quantity.
pub fn claim(source_series: i32, period: &str, quantity: Quantity) -> ClaimInput {
    ClaimInput {
        source_series,
        period: Some(Period {
            code: period.to_owned(),
            ..Default::default()
        }),
        quantity: Some(quantity),
        ..Default::default()
    }
}

/// A row with an exact number.
pub fn row(source_series: i32, period: &str, number: &str) -> ClaimInput {
    claim(source_series, period, exact(number))
}

/// A row that takes back what stood.
pub fn withdrawal(source_series: i32, period: &str) -> ClaimInput {
    ClaimInput {
        quantity: None,
        withdrawn: true,
        ..row(source_series, period, "")
    }
}

/// Rows for a release, written by one call.
pub fn writing(
    release: &str,
    source_series: Vec<SourceSeriesDeclaration>,
    claims: Vec<ClaimInput>,
) -> WriteClaimsRequest {
    WriteClaimsRequest {
        release: format!("releases/{release}"),
        source_series,
        claims,
        ..Default::default()
    }
}

/// Writes rows by one call.
pub async fn write(
    world: &World,
    release: &str,
    source_series: Vec<SourceSeriesDeclaration>,
    claims: Vec<ClaimInput>,
) -> WriteClaimsResponse {
    let request = writing(release, source_series, claims);
    let written = world.metrics().write_claims(request).await;
    written.expect("the rows are good").into_inner()
}

/// The live claims of a series as a request asks for them, all on one page.
pub async fn claims(world: &World, request: GetSeriesRequest) -> Vec<Claim> {
    let answer = world.metrics().get_series(request).await;
    let answer = answer.expect("the series has figures").into_inner();
    assert_eq!(answer.next_page_token, "", "they fit on a page");
    let data = answer.data.expect("an answer has data");
    assert!(!data.continued, "nothing follows");
    data.claims
}

/// Numbers of a series by period, as of a time or of now.
pub async fn numbers(
    world: &World,
    series: &SeriesKey,
    as_of: Option<Timestamp>,
) -> BTreeMap<String, String> {
    let request = GetSeriesRequest {
        key: Some(series.clone()),
        as_of,
        ..Default::default()
    };
    by_period(&claims(world, request).await)
}

/// Numbers by period, of claims with one a period.
pub fn by_period(claims: &[Claim]) -> BTreeMap<String, String> {
    let pair = |claim: &Claim| {
        let period = claim.period.clone().unwrap_or_default();
        let quantity = claim.quantity.clone().unwrap_or_default();
        (period.code, number(&quantity).to_owned())
    };
    claims.iter().map(pair).collect()
}

/// What [`numbers`] should answer.
pub fn said(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(period, number): &(&str, &str)| ((*period).to_owned(), (*number).to_owned());
    pairs.iter().map(owned).collect()
}

/// The end of a day in UTC, in the last microsecond of which it is known.
pub fn end_of(day: &str) -> Timestamp {
    time(&format!("{day}T23:59:59.999999Z"))
}

/// A time as RFC 3339 spells it.
pub fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// The commit of metrics that a token stands for. The other part of it may move by itself:
/// metrics follows the registry.
pub fn commit(token: &str) -> i64 {
    commit_of(token, Part::Metrics).expect("it speaks of metrics")
}

/// Counts of rows: received, written, unchanged, withdrawn.
pub fn counted(counts: Option<&IngestCounts>) -> (i64, i64, i64, i64) {
    let counts = counts.copied().unwrap_or_default();
    (
        counts.received,
        counts.written,
        counts.unchanged,
        counts.withdrawn,
    )
}
