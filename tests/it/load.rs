//! Figures on their way in: what the suites of metrics say to the server, in few words.

use std::collections::BTreeMap;

use prost_types::Timestamp;
use proto::figure::v1::{Bound, Period, Quantity};
use proto::metrics::v1::ingest_claims_request::Message as Said;
use proto::metrics::v1::ingest_claims_response::Message as Answer;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::metrics::v1::{
    BatchAcknowledged, Claim, ClaimBatch, ClaimInput, Coverage, CreateReleaseRequest,
    DeclareSeries, FinishLoad, GetLineRequest, IngestClaimsRequest, IngestClaimsResponse, Line,
    LoadCounts, LoadFinished, LoadOpened, OpenLoad, Provenance, Release, SeriesDeclaration,
    WriteClaimsRequest, WriteClaimsResponse,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Status, Streaming};

use crate::harness::World;

/// A stream of a load, message by message.
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

    /// A stream with an open load.
    pub async fn open(world: &World, open: OpenLoad) -> (Self, LoadOpened) {
        Self::through(world.metrics(), open).await
    }

    /// A stream with an open load, through a client.
    pub async fn through(
        client: MetricsServiceClient<Channel>,
        open: OpenLoad,
    ) -> (Self, LoadOpened) {
        let mut stream = Self::start(client).await;
        let opened = stream.try_open(open).await.expect("the load opens");
        (stream, opened)
    }

    /// Opens a load on this stream.
    pub async fn try_open(&mut self, open: OpenLoad) -> Result<LoadOpened, Status> {
        self.say(Said::Open(open)).await;
        match self.hear().await? {
            Answer::Opened(opened) => Ok(opened),
            other => panic!("not opened: {other:?}"),
        }
    }

    /// Declares series.
    pub async fn declare(&self, series: Vec<SeriesDeclaration>) {
        self.say(Said::Declare(DeclareSeries { series })).await;
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

    /// Ends the load.
    pub async fn finish(&mut self) -> Result<LoadCounts, Status> {
        self.say(Said::Finish(FinishLoad::default())).await;
        match self.hear().await? {
            Answer::Finished(LoadFinished { counts, .. }) => Ok(counts.unwrap_or_default()),
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

/// Opens a load of a release, by default settings.
pub fn opening(release: &str, load_id: &str) -> OpenLoad {
    OpenLoad {
        release: format!("releases/{release}"),
        load_id: load_id.to_owned(),
        ..Default::default()
    }
}

/// Loads rows of one series through a stream to its end.
pub async fn load(
    world: &World,
    open: OpenLoad,
    series: Vec<SeriesDeclaration>,
    rows: Vec<ClaimInput>,
) -> LoadCounts {
    let (mut stream, _) = Stream::open(world, open).await;
    stream.declare(series).await;
    stream.rows(1, rows).await.expect("the rows are good");
    stream.finish().await.expect("the load finishes")
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

/// A line without counterpart and breakdown.
pub fn line(indicator: &str, entity: &str) -> Line {
    Line {
        indicator: format!("indicators/{indicator}"),
        entity: format!("entities/{entity}"),
        ..Default::default()
    }
}

/// A series of outturns in a unit.
pub fn series(number: u32, line: Line, unit: &str) -> SeriesDeclaration {
    SeriesDeclaration {
        series: number,
        line: Some(line),
        provenance: Some(Provenance {
            unit: unit.to_owned(),
            ..Default::default()
        }),
    }
}

/// An exact number.
pub fn exact(number: &str) -> Quantity {
    Quantity {
        bound: Bound::Exact.into(),
        number: number.to_owned(),
        ..Default::default()
    }
}

/// A row with any quantity.
pub fn claim(series: u32, period: &str, quantity: Quantity) -> ClaimInput {
    ClaimInput {
        series,
        period: Some(Period {
            code: period.to_owned(),
            ..Default::default()
        }),
        quantity: Some(quantity),
        ..Default::default()
    }
}

/// A row with an exact number.
pub fn row(series: u32, period: &str, number: &str) -> ClaimInput {
    claim(series, period, exact(number))
}

/// A row that takes back what stood.
pub fn withdrawal(series: u32, period: &str) -> ClaimInput {
    ClaimInput {
        quantity: None,
        withdrawn: true,
        ..row(series, period, "")
    }
}

/// Rows for a release, written by one call.
pub fn writing(
    release: &str,
    series: Vec<SeriesDeclaration>,
    claims: Vec<ClaimInput>,
) -> WriteClaimsRequest {
    WriteClaimsRequest {
        release: format!("releases/{release}"),
        series,
        claims,
        ..Default::default()
    }
}

/// Writes rows by one call.
pub async fn write(
    world: &World,
    release: &str,
    series: Vec<SeriesDeclaration>,
    claims: Vec<ClaimInput>,
) -> WriteClaimsResponse {
    let request = writing(release, series, claims);
    let written = world.metrics().write_claims(request).await;
    written.expect("the rows are good").into_inner()
}

/// The live claims of a line as a request asks for them.
pub async fn claims(world: &World, request: GetLineRequest) -> Vec<Claim> {
    let answer = world.metrics().get_line(request).await;
    let answer = answer.expect("the line has figures").into_inner();
    answer.data.expect("an answer has data").claims
}

/// Numbers of a line by period, as of a time or of now.
pub async fn numbers(
    world: &World,
    line: &Line,
    as_of: Option<Timestamp>,
) -> BTreeMap<String, String> {
    let request = GetLineRequest {
        line: Some(line.clone()),
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
        (period.code, quantity.number)
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
    at(&format!("{day}T23:59:59.999999Z"))
}

/// A time as RFC 3339 spells it.
pub fn at(time: &str) -> Timestamp {
    time.parse().expect("a time")
}

/// The commit of metrics that a token stands for. The other part of it may move by itself:
/// metrics follows the registry.
pub fn commit(token: &str) -> i64 {
    let token = rpc::Token::decode(token).expect("an answer has a token");
    token.metrics.expect("it speaks of metrics")
}

/// Counts of rows: received, written, unchanged, withdrawn.
pub fn counted(counts: Option<&LoadCounts>) -> (i64, i64, i64, i64) {
    let counts = counts.copied().unwrap_or_default();
    (
        counts.received,
        counts.written,
        counts.unchanged,
        counts.withdrawn,
    )
}
