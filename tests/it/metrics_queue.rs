//! More writers than connections: they wait for each other, and nobody waits for them.

use proto::metrics::v1::GetSeriesRequest;
use tokio::task::JoinSet;

use crate::harness::{Backend, World, on_both, seeded};
use crate::ingest::{
    Stream, counted, numbers, opening, partial, release, row, series, source_series, write,
};

on_both!(many_ingests_of_one_source_go_on_beside_readers);

/// More than there are connections to a database.
const INGESTS: i64 = 16;
const BATCHES: i64 = 3;
const ROWS: i64 = 100;

/// Each ingest writes years of its own to the same series.
async fn ingest(mut stream: Stream, number: i64) {
    let gdp = source_series(1, series("gdp", "china"), "usd");
    stream.declare(vec![gdp]).await;
    for sequence in 1..=BATCHES {
        let first = 1000 + (number * BATCHES + sequence) * ROWS;
        let rows = (first..first + ROWS).map(|year| row(1, &format!("{year}"), "5"));
        let batch = stream.rows(sequence, rows.collect()).await;
        let counts = batch.expect("its turn comes").counts;
        assert_eq!(counted(counts.as_ref()), (ROWS, ROWS, 0, 0));
    }
    stream.finish().await.expect("it ends");
}

async fn read(world: &World) {
    let request = GetSeriesRequest {
        key: Some(series("size", "china")),
        ..Default::default()
    };
    let answer = world.metrics().get_series(request).await;
    answer.expect("a reader finds a connection");
}

async fn many_ingests_of_one_source_go_on_beside_readers(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let size = source_series(1, series("size", "china"), "count");
    write(&world, "r", vec![size], vec![row(1, "2018", "5")]).await;
    let mut ingests = JoinSet::new();
    for number in 0..INGESTS {
        let (stream, _) = Stream::open(&world, opening("r", &format!("l-{number}"))).await;
        ingests.spawn(ingest(stream, number));
    }
    while !ingests.is_empty() {
        read(&world).await;
        while let Some(loaded) = ingests.try_join_next() {
            loaded.expect("an ingest does not panic");
        }
    }
    let kept = numbers(&world, &series("gdp", "china"), None).await;
    assert_eq!(kept.len() as i64, INGESTS * BATCHES * ROWS);
}
