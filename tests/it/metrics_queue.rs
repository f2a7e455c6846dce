//! More writers than connections: they wait for each other, and nobody waits for them.

use proto::metrics::v1::GetLineRequest;
use tokio::task::JoinSet;

use crate::harness::{Backend, World, on_both, seeded};
use crate::load::{Stream, counted, line, numbers, opening, partial, release, row, series, write};

on_both!(many_loads_of_one_source_go_on_beside_readers);

/// More than there are connections to a database.
const LOADS: i64 = 16;
const BATCHES: i64 = 3;
const ROWS: i64 = 100;

/// Each load writes years of its own to the same line.
async fn load(mut stream: Stream, number: i64) {
    let gdp = series(1, line("gdp", "china"), "usd");
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
    let request = GetLineRequest {
        line: Some(line("size", "china")),
        ..Default::default()
    };
    let answer = world.metrics().get_line(request).await;
    answer.expect("a reader finds a connection");
}

async fn many_loads_of_one_source_go_on_beside_readers(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let size = series(1, line("size", "china"), "count");
    write(&world, "r", vec![size], vec![row(1, "2018", "5")]).await;
    let mut loads = JoinSet::new();
    for number in 0..LOADS {
        let (stream, _) = Stream::open(&world, opening("r", &format!("l-{number}"))).await;
        loads.spawn(load(stream, number));
    }
    while !loads.is_empty() {
        read(&world).await;
        while let Some(loaded) = loads.try_join_next() {
            loaded.expect("a load does not panic");
        }
    }
    let kept = numbers(&world, &line("gdp", "china"), None).await;
    assert_eq!(kept.len() as i64, LOADS * BATCHES * ROWS);
}
