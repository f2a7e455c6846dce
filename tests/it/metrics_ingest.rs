//! Ingests: opened, continued, ended, and what they refuse.

use proto::metrics::v1::ingest_claims_request::Message as Said;
use proto::metrics::v1::{Block, ClaimBatch, GetSeriesRequest, IngestOpened, OpenIngest};
use tonic::Code;

use crate::harness::{Backend, at, on_both, refused, seeded};
use crate::ingest::{
    Stream, claims, counted, ingest, numbers, opening, partial, release, row, said, series,
    source_series, write, writing,
};

on_both!(
    a_batch_is_acknowledged_when_it_can_be_read,
    rows_and_block_of_a_batch_are_numbered_through,
    an_ingest_continues_where_it_is_acknowledged,
    a_batch_sent_again_is_acknowledged_and_written_once,
    a_batch_that_is_not_the_next_is_refused,
    an_ingest_id_belongs_to_one_release,
    a_finished_ingest_takes_no_more,
    a_stream_begins_with_one_opening,
    what_an_ingest_names_must_exist,
    a_batch_has_at_most_ten_thousand_rows,
);

pub fn gdp() -> Vec<proto::metrics::v1::SourceSeriesDeclaration> {
    vec![source_series(1, series("gdp", "china"), "usd")]
}

async fn a_batch_is_acknowledged_when_it_can_be_read(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let (mut stream, opened) = Stream::open(&world, opening("r", "l")).await;
    assert_eq!(opened.acknowledged_through, 0);
    assert!(!opened.finished);
    stream.declare(gdp()).await;
    for (sequence, year) in (1..).zip(["2016", "2017", "2018"]) {
        let batch = stream.rows(sequence, vec![row(1, year, "5")]).await;
        let batch = batch.expect("good");
        assert_eq!(batch.sequence, sequence);
        let request = GetSeriesRequest {
            key: Some(series("gdp", "china")),
            consistency: at(&stream.snapshot),
            ..Default::default()
        };
        assert_eq!(claims(&world, request).await.len() as i64, sequence);
    }
    let counts = stream.finish().await.expect("it ends");
    assert_eq!(counted(Some(&counts)), (3, 3, 0, 0));
}

async fn rows_and_block_of_a_batch_are_numbered_through(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let (mut stream, _) = Stream::open(&world, opening("r", "l")).await;
    stream.declare(gdp()).await;
    let block = Block {
        start_days: vec![0, 365, -365],
        lengths: vec![365, 365, 365],
        mantissas: vec![-25, 600, 0],
        scales: vec![1, 2, 0],
        source_series: vec![1, 1, 1],
        long_numbers: [(2, "12345678901234567890.50".to_owned())].into(),
        ..Default::default()
    };
    let batch = ClaimBatch {
        sequence: 1,
        claims: vec![row(1, "2018", "1"), row(1, "2019", "2")],
        block: Some(block.clone()),
    };
    let acknowledged = stream.batch(batch).await.expect("good");
    assert_eq!(counted(acknowledged.counts.as_ref()), (5, 5, 0, 0));
    let kept = numbers(&world, &series("gdp", "china"), None).await;
    let expected = [
        ("1969", "12345678901234567890.50"),
        ("1970", "-2.5"),
        ("1971", "6.00"),
        ("2018", "1"),
        ("2019", "2"),
    ];
    assert_eq!(kept, said(&expected));
    let clash = ClaimBatch {
        sequence: 2,
        claims: vec![row(1, "1971", "7")],
        block: Some(block),
    };
    let refusal = stream.batch(clash).await.expect_err("1971 has two figures");
    refused(&refusal).is(
        Code::InvalidArgument,
        "CLAIM_AMBIGUOUS",
        &["claims[0].period", "claims[2].period"],
    );
}

async fn an_ingest_continues_where_it_is_acknowledged(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let (mut stream, _) = Stream::open(&world, opening("r", "l")).await;
    stream.declare(gdp()).await;
    stream
        .rows(1, vec![row(1, "2016", "5")])
        .await
        .expect("good");
    stream
        .rows(2, vec![row(1, "2017", "5")])
        .await
        .expect("good");
    drop(stream);
    let (mut stream, opened) = Stream::open(&world, opening("r", "l")).await;
    assert_eq!(opened.acknowledged_through, 2);
    assert_eq!(counted(opened.counts.as_ref()), (2, 2, 0, 0));
    let undeclared = stream.rows(3, vec![row(1, "2018", "5")]).await;
    refused(&undeclared.expect_err("source series are declared on each stream")).is(
        Code::InvalidArgument,
        "SOURCE_SERIES_UNDECLARED",
        &["claims[0].source_series"],
    );
    let (mut stream, _) = Stream::open(&world, opening("r", "l")).await;
    stream.declare(gdp()).await;
    stream
        .rows(3, vec![row(1, "2018", "5")])
        .await
        .expect("good");
    let counts = stream.finish().await.expect("it ends");
    assert_eq!(counted(Some(&counts)), (3, 3, 0, 0), "of the whole ingest");
}

async fn a_batch_sent_again_is_acknowledged_and_written_once(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let (mut one, _) = Stream::open(&world, opening("r", "l")).await;
    let (mut two, _) = Stream::open(&world, opening("r", "l")).await;
    for stream in [&one, &two] {
        stream.declare(gdp()).await;
    }
    let rows = vec![row(1, "2016", "5"), row(1, "2017", "6")];
    let first = one.rows(1, rows.clone()).await.expect("good");
    assert_eq!(counted(first.counts.as_ref()), (2, 2, 0, 0));
    let again = one.rows(1, rows.clone()).await.expect("kept already");
    assert_eq!(
        (again.sequence, counted(again.counts.as_ref())),
        (1, (0, 0, 0, 0))
    );
    let other = two.rows(1, rows).await.expect("kept by the other stream");
    assert_eq!(
        (other.sequence, counted(other.counts.as_ref())),
        (1, (0, 0, 0, 0))
    );
    let counts = two.finish().await.expect("it ends");
    assert_eq!(counted(Some(&counts)), (2, 2, 0, 0));
}

async fn a_batch_that_is_not_the_next_is_refused(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let refusals = [
        (2, Code::OutOfRange, "SEQUENCE_GAP"),
        (0, Code::InvalidArgument, "FIELD_REQUIRED"),
        (-1, Code::InvalidArgument, "FIELD_REQUIRED"),
    ];
    for (sequence, code, reason) in refusals {
        let (mut stream, _) = Stream::open(&world, opening("r", "l")).await;
        stream.declare(gdp()).await;
        let refusal = stream.rows(sequence, vec![row(1, "2016", "5")]).await;
        refused(&refusal.expect_err("not the next")).is(code, reason, &["batch.sequence"]);
    }
    let (_, opened) = Stream::open(&world, opening("r", "l")).await;
    assert_eq!(opened.acknowledged_through, 0);
}

async fn an_ingest_id_belongs_to_one_release(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    release(&world, "s", partial("article", "2020-01-01")).await;
    Stream::open(&world, opening("r", "l")).await;
    for validate_only in [false, true] {
        let mut stream = Stream::silent(&world).await;
        let open = OpenIngest {
            validate_only,
            ..opening("s", "l")
        };
        let refusal = stream.try_open(open).await.expect_err("it is of another");
        refused(&refusal).is(
            Code::FailedPrecondition,
            "INGEST_CONFLICT",
            &["open.ingest_id"],
        );
    }
}

async fn a_finished_ingest_takes_no_more(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    ingest(&world, opening("r", "l"), gdp(), vec![row(1, "2016", "5")]).await;
    let (mut stream, opened) = Stream::open(&world, opening("r", "l")).await;
    let IngestOpened {
        acknowledged_through,
        finished,
        counts,
    } = opened;
    assert_eq!((acknowledged_through, finished), (1, true));
    assert_eq!(counted(counts.as_ref()), (1, 1, 0, 0));
    stream.declare(gdp()).await;
    stream
        .rows(1, vec![row(1, "2016", "5")])
        .await
        .expect("kept already");
    let refusal = stream.rows(2, vec![row(1, "2017", "5")]).await;
    refused(&refusal.expect_err("it is finished")).is(
        Code::FailedPrecondition,
        "INGEST_CONFLICT",
        &["batch.sequence"],
    );
}

async fn a_stream_begins_with_one_opening(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let mut stream = Stream::silent(&world).await;
    let refusal = stream
        .rows(1, Vec::new())
        .await
        .expect_err("nothing is open");
    refused(&refusal).is(Code::InvalidArgument, "FIELD_REQUIRED", &["open"]);
    let mut stream = Stream::silent(&world).await;
    stream.mumble().await;
    let refusal = stream.hear().await.expect_err("it says nothing");
    refused(&refusal).is(Code::InvalidArgument, "FIELD_REQUIRED", &["message"]);
    let (mut stream, _) = Stream::open(&world, opening("r", "l")).await;
    stream.say(Said::Open(opening("r", "l"))).await;
    let refusal = stream.hear().await.expect_err("it is open");
    refused(&refusal).is(Code::InvalidArgument, "FIELD_INVALID", &["open"]);
}

async fn what_an_ingest_names_must_exist(backend: Backend) {
    let world = seeded(backend).await;
    let mut stream = Stream::silent(&world).await;
    let refusal = stream
        .try_open(opening("r", "l"))
        .await
        .expect_err("no such release");
    refused(&refusal).is(Code::NotFound, "RELEASE_NOT_FOUND", &[]);
    let mut stream = Stream::silent(&world).await;
    let refusal = stream.try_open(OpenIngest::default()).await;
    refused(&refusal.expect_err("it names nothing")).is(
        Code::InvalidArgument,
        "FIELD_REQUIRED",
        &["open.release", "open.ingest_id"],
    );
    let request = writing("r", gdp(), vec![row(1, "2016", "5")]);
    let refusal = world.metrics().write_claims(request).await;
    refused(&refusal.expect_err("no such release")).is(Code::NotFound, "RELEASE_NOT_FOUND", &[]);
}

async fn a_batch_has_at_most_ten_thousand_rows(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let many = vec![row(1, "2016", "5"); 10_000];
    let (mut stream, _) = Stream::open(&world, opening("r", "l")).await;
    stream.declare(gdp()).await;
    let block = Block {
        start_days: vec![0],
        lengths: vec![365],
        mantissas: vec![5],
        scales: vec![0],
        source_series: vec![1],
        ..Default::default()
    };
    let batch = ClaimBatch {
        sequence: 1,
        claims: many.clone(),
        block: Some(block),
    };
    let refusal = stream.batch(batch).await.expect_err("one too many");
    refused(&refusal).is(Code::InvalidArgument, "TOO_MANY_ITEMS", &["batch"]);
    let mut more = many.clone();
    more.push(row(1, "2017", "5"));
    let refusal = world
        .metrics()
        .write_claims(writing("r", gdp(), more))
        .await;
    let refusal = refusal.expect_err("one too many");
    refused(&refusal).is(Code::InvalidArgument, "TOO_MANY_ITEMS", &["claims"]);
    let written = write(&world, "r", gdp(), many).await;
    assert_eq!(counted(written.counts.as_ref()), (10_000, 1, 9_999, 0));
}
