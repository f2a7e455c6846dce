//! A server that is killed in the middle of an ingest.

use std::collections::BTreeMap;

use proto::metrics::v1::ingest_claims_request::Message as Said;
use proto::metrics::v1::ingest_claims_response::Message as Answer;
use proto::metrics::v1::{ClaimBatch, ClaimInput, FinishIngest, IngestCounts, IngestOpened};

use crate::harness::quantity::number;
use crate::harness::{Backend, World, on_both, seeded};
use crate::ingest::{
    Stream, complete, counted, ingest, numbers, opening, release, row, said, series, source_series,
};

on_both!(an_ingest_survives_the_death_of_the_server);

/// Batches of the ingest, and rows of each.
const BATCHES: i64 = 40;
const ROWS: i64 = 60;
/// How often the server dies, at the least.
const DEATHS: u32 = 6;

/// Rows of a batch: months that no other batch has.
fn rows(sequence: i64) -> Vec<ClaimInput> {
    let months = (sequence - 1) * ROWS..sequence * ROWS;
    let row = |month: i64| {
        let period = format!("{:04}-{:02}", 1800 + month / 12, month % 12 + 1);
        row(1, &period, &month.to_string())
    };
    months.map(row).collect()
}

fn declared() -> Vec<proto::metrics::v1::SourceSeriesDeclaration> {
    vec![source_series(1, series("gdp", "china"), "usd")]
}

/// A number below `end`, another one each time.
fn any_below(end: u128) -> u128 {
    uuid::Uuid::new_v4().as_u128() % end
}

async fn an_ingest_survives_the_death_of_the_server(backend: Backend) {
    let mut world = seeded(backend).await;
    release(&world, "old", complete("dataset", "2019-01-01")).await;
    release(&world, "new", complete("dataset", "2020-01-01")).await;
    let years = (1500..1560).map(|year| row(1, &format!("{year}"), "1"));
    ingest(&world, opening("old", "old"), declared(), years.collect()).await;
    let mut deaths = 0;
    loop {
        let (stream, opened) = Stream::open(&world, opening("new", "l")).await;
        let IngestOpened {
            acknowledged_through,
            finished,
            counts,
        } = opened;
        let kept = counted(counts.as_ref());
        if finished {
            assert_eq!(kept, (BATCHES * ROWS, BATCHES * ROWS, 0, 60));
            break;
        }
        let rows = acknowledged_through * ROWS;
        assert_eq!(
            (kept.0, kept.1, kept.2),
            (rows, rows, 0),
            "each batch once, as a whole"
        );
        assert!(
            kept.3 == 0 || acknowledged_through == BATCHES,
            "withdrawn at the end"
        );
        if deaths < DEATHS {
            go_on(stream, acknowledged_through, &mut world).await;
            deaths += 1;
            world.restart().await;
        } else {
            finish(stream, acknowledged_through).await;
        }
    }
    assert_eq!(deaths, DEATHS);
    everything_is_there_once(&world).await;
}

/// Sends batches without waiting for each, and kills the server somewhere among them.
async fn go_on(mut stream: Stream, through: i64, world: &mut World) {
    stream.declare(declared()).await;
    let left = (BATCHES - through) as u128;
    let patience = any_below(left.min(8) + 1);
    for sequence in through + 1..=BATCHES.min(through + 12) {
        stream.say(Said::Batch(batch(sequence))).await;
    }
    if left <= 12 {
        stream.say(Said::Finish(FinishIngest::default())).await;
    }
    for _ in 0..patience {
        if stream.hear().await.is_err() {
            break;
        }
    }
    for _ in 0..any_below(2000) {
        tokio::task::yield_now().await;
    }
    world.kill().await;
}

async fn finish(mut stream: Stream, through: i64) -> IngestCounts {
    stream.declare(declared()).await;
    for sequence in through + 1..=BATCHES {
        let acknowledged = stream.batch(batch(sequence)).await.expect("it is the next");
        assert_eq!(counted(acknowledged.counts.as_ref()), (ROWS, ROWS, 0, 0));
    }
    stream.say(Said::Finish(FinishIngest::default())).await;
    match stream.hear().await.expect("it ends") {
        Answer::Finished(finished) => finished.counts.unwrap_or_default(),
        other => panic!("not finished: {other:?}"),
    }
}

fn batch(sequence: i64) -> ClaimBatch {
    ClaimBatch {
        sequence,
        claims: rows(sequence),
        ..Default::default()
    }
}

async fn everything_is_there_once(world: &World) {
    let all = (1..=BATCHES).flat_map(rows);
    let expected: BTreeMap<_, _> = all
        .map(|row| {
            let (period, quantity) = row.period.zip(row.quantity).unwrap_or_default();
            (period.code, number(&quantity).to_owned())
        })
        .collect();
    assert_eq!(expected.len() as i64, BATCHES * ROWS);
    let series = series("gdp", "china");
    assert_eq!(numbers(world, &series, None).await, expected);
    let request = proto::metrics::v1::ListVintageDatesRequest {
        series_key: Some(series.clone()),
        ..Default::default()
    };
    let dates = world.metrics().list_vintage_dates(request).await;
    let dates = dates.expect("the series has figures").into_inner().vintages;
    let brought: Vec<_> = dates.iter().map(|date| date.claim_count as i64).collect();
    assert_eq!(brought, [60, BATCHES * ROWS + 60], "no claim twice");
    let then = numbers(world, &series, Some(crate::ingest::end_of("2019-06-01"))).await;
    assert_eq!(then.len(), 60);
    assert_ne!(then, said(&[]));
}
