//! Figures by the stream, over the wire.

use proto::figure::v1::OnError;
use proto::metrics::v1 as pb;
use proto::metrics::v1::ingest_claims_request::Message as Said;
use proto::metrics::v1::ingest_claims_response::Message as Answer;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Server};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::bench::*;

async fn client(bench: &Bench) -> MetricsServiceClient<Channel> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = Server::builder().add_service(bench.metrics.service());
    tokio::spawn(serving.serve_with_incoming(TcpListenerStream::new(listener)));
    let address = format!("http://{address}");
    MetricsServiceClient::connect(address).await.unwrap()
}

/// What the server answers to all of these, up to an error.
async fn told(
    client: &mut MetricsServiceClient<Channel>,
    said: Vec<Said>,
) -> (Vec<Answer>, Option<Status>) {
    let said = said.into_iter().map(|message| pb::IngestClaimsRequest {
        message: Some(message),
    });
    let said: Vec<_> = said.collect();
    let answers = client.ingest_claims(futures::stream::iter(said)).await;
    let (mut answers, mut heard) = (answers.unwrap().into_inner(), Vec::new());
    loop {
        match answers.message().await {
            Ok(Some(answer)) => {
                assert!(!answer.snapshot.is_empty());
                heard.push(answer.message.unwrap());
            }
            Ok(None) => return (heard, None),
            Err(status) => return (heard, Some(status)),
        }
    }
}

fn open(on_error: OnError) -> Said {
    Said::Open(pb::OpenIngest {
        release: "releases/r".to_owned(),
        ingest_id: format!("{on_error:?}"),
        on_error: on_error.into(),
        ..Default::default()
    })
}

fn declare(source_series: Vec<pb::SourceSeriesDeclaration>) -> Said {
    Said::Declare(pb::DeclareSourceSeries { source_series })
}

fn batch(block: pb::Block) -> Said {
    Said::Batch(pb::ClaimBatch {
        sequence: 1,
        claims: vec![row("2019", "1")],
        block: Some(block),
    })
}

/// Two years, of the source series 0 and 1.
fn block() -> pb::Block {
    pb::Block {
        start_days: vec![0, 0],
        lengths: vec![365, 0],
        mantissas: vec![15, 16],
        scales: vec![1, 0],
        source_series: vec![0, 1],
        open_ends: vec![1],
        ..Default::default()
    }
}

#[tokio::test]
async fn a_stream_takes_rows_and_blocks_and_tells_of_declarations_by_their_path() {
    let bench = Bench::new().await;
    bench.release("r", "2015-01-01").await;
    let mut client = client(&bench).await;
    let unknown = pb::SourceSeriesDeclaration {
        source_series: 1,
        ..source_series(key("gdp", "china"), "guilders")
    };
    let declared = || declare(vec![gdp(), unknown.clone()]);
    let finish = || Said::Finish(pb::FinishIngest::default());
    let said = vec![
        open(OnError::SkipRows),
        declared(),
        batch(block()),
        finish(),
    ];
    let (answers, error) = told(&mut client, said).await;
    assert!(error.is_none(), "{error:?}");
    let [
        Answer::Opened(_),
        Answer::Acknowledged(batched),
        Answer::Finished(finished),
    ] = answers.as_slice()
    else {
        panic!("{answers:?}");
    };
    assert_eq!(batched.counts.unwrap().written, 2);
    let status = batched.row_errors[0].status.clone().unwrap();
    assert_eq!(
        (batched.row_errors[0].index, status.code),
        (2, Code::InvalidArgument as i32)
    );
    assert!(
        status
            .message
            .starts_with("declare.source_series[1].provenance.unit")
    );
    assert_eq!(finished.counts.unwrap().rejected, 1);
    let expected = [("1970", "1.5"), ("2019", "1")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(said_now(&bench).await, expected);

    let said = vec![open(OnError::Abort), declared(), batch(block())];
    let (answers, error) = told(&mut client, said).await;
    assert_eq!(answers.len(), 1);
    let details = error.unwrap().get_error_details();
    let fields = &details.bad_request().unwrap().field_violations;
    let fields: Vec<_> = fields
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    assert_eq!(fields, ["declare.source_series[1].provenance.unit"]);

    let said = vec![open(OnError::Abort), declare(Vec::new())];
    let (_, error) = told(&mut client, said).await;
    let details = error.unwrap().get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "FIELD_REQUIRED");
}

async fn said_now(bench: &Bench) -> Vec<(String, String)> {
    said(&bench.claims(key("gdp", "china")).await)
}

#[tokio::test]
async fn an_answer_at_its_largest_passes_a_client_with_default_settings() {
    let bench = Bench::new().await;
    bench.release("r", "2015-01-01").await;
    for decade in 0..2 {
        let rows = (0..10_000).map(|day| {
            let day = 10_000 * decade + day;
            let period = figure::Period::new(Some(day), Some(day + 1)).unwrap();
            row(&period.to_string(), "1")
        });
        bench.write("r", gdp(), rows.collect()).await;
    }
    let mut client = client(&bench).await;
    let request = pb::GetSeriesRequest {
        key: Some(key("gdp", "china")),
        ..Default::default()
    };
    let answer = client.get_series(request).await.unwrap().into_inner();
    let bytes = prost::Message::encoded_len(&answer);
    assert!(!answer.next_page_token.is_empty());
    let room = rpc::ANSWER_BYTES - bytes;
    assert!(
        room < 200_000,
        "{room} bytes are left although there is more"
    );
}
