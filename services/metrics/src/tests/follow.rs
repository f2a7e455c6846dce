//! Following the registry.

use std::time::Duration;

use proto::metrics::v1 as pb;
use proto::snapshot::v1::watch_start::Start;
use rpc::{Part, Token};

use super::bench::*;
use super::registry::sealer;

async fn stamp(bench: &Bench) -> (i64, i64) {
    let answer = bench
        .metrics
        .get_snapshot_of(pb::GetSnapshotRequest::default())
        .await;
    let token: Token = token(&answer.unwrap().snapshot);
    let stamp = token.part(Part::Registry).unwrap();
    (stamp.epoch(), stamp.commit())
}

async fn until(bench: &Bench, expected: (i64, i64)) {
    for _ in 0..200 {
        if stamp(bench).await == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("followed to {:?} and not {expected:?}", stamp(bench).await);
}

#[tokio::test]
async fn the_registry_is_followed_from_its_first_change_and_over_a_restore() {
    let bench = Bench::unset().await;
    let follow = |bench: &Bench| {
        let metrics = bench.metrics.clone();
        tokio::spawn(async move { metrics.follow().await })
    };
    let following = follow(&bench);
    // The first read waits for the first message.
    until(&bench, (1, 3)).await;
    bench.registry.change(|state| state.commit = 4);
    until(&bench, (1, 4)).await;
    following.abort();
    let following = follow(&bench);
    until(&bench, (1, 4)).await;
    let resumed = || bench.registry.state().starts.len() == 2;
    while !resumed() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    following.abort();
    bench.registry.change(|state| {
        state.sealer = sealer(6);
        state.commit = 1;
        state.resume_token = "second".to_owned();
    });
    let following = follow(&bench);
    until(&bench, (6, 1)).await;
    let starts = bench.registry.state().starts.clone();
    let expected = [
        Some(Start::Earliest(true)),
        Some(Start::ResumeToken("first".to_owned())),
        None,
    ];
    assert_eq!(starts, expected);
    bench.shutdown.cancel();
    following.await.unwrap().unwrap();
}
