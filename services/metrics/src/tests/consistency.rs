//! How fresh an answer is, and what its token says.

use proto::metrics::v1 as pb;
use proto::snapshot::v1 as snapshot_pb;
use proto::snapshot::v1::consistency::Requirement;
use rpc::{Part, Reason, Token, at_least_as_fresh, at_snapshot};

use super::bench::*;
use super::registry::{INSTALLATION, sealer};
use crate::follow;

async fn snapshot(
    bench: &Bench,
    consistency: Option<snapshot_pb::Consistency>,
) -> rpc::Result<Token> {
    let request = pb::GetSnapshotRequest { consistency };
    let answer = bench.metrics.get_snapshot_of(request).await?;
    Ok(token(&answer.snapshot))
}

fn of_registry(epoch: i64, commit: i64) -> Token {
    let stamp = sealer(epoch).stamp(INSTALLATION, commit);
    Token::of(INSTALLATION, Part::Registry, stamp)
}

#[tokio::test]
async fn a_token_speaks_of_both_services_and_reads_the_same_again() {
    let bench = Bench::new().await;
    let before = snapshot(&bench, None).await.unwrap();
    assert_eq!(
        before.part(Part::Registry),
        of_registry(1, 3).part(Part::Registry)
    );
    bench.release("r", "2020-01-01").await;
    let after = snapshot(&bench, None).await.unwrap();
    let commit = |token: &Token| token.part(Part::Metrics).unwrap().commit();
    assert!(commit(&after) > commit(&before));
    let asked = at_snapshot(&before.encode());
    assert_eq!(snapshot(&bench, asked.clone()).await.unwrap(), before);
    let request = pb::GetReleaseRequest {
        name: "releases/r".to_owned(),
        consistency: asked,
    };
    let then = bench.metrics.get_release_of(request).await;
    assert_eq!(refused(then).0, Reason::ReleaseNotFound);
}

#[tokio::test]
async fn a_write_answers_with_a_token_that_holds_it() {
    let bench = Bench::new().await;
    bench.release("r", "2020-01-01").await;
    let written = bench.write("r", gdp(), vec![row("2019", "1")]).await;
    let request = pb::GetSeriesRequest {
        key: Some(key("gdp", "china")),
        consistency: at_snapshot(&written.snapshot),
        ..Default::default()
    };
    let answer = bench.metrics.get_series_of(request).await.unwrap();
    assert_eq!(answer.data.unwrap().claims.len(), 1);
    assert_eq!(answer.snapshot, written.snapshot);
    let now = snapshot(&bench, None).await.unwrap();
    assert_eq!(token(&written.snapshot), now);
}

#[tokio::test]
async fn several_tokens_are_merged_and_waited_for() {
    let bench = Bench::new().await;
    let own = snapshot(&bench, None).await.unwrap();
    let tokens = [of_registry(1, 9).encode(), own.encode()];
    let asked = at_least_as_fresh(tokens);
    let reading = snapshot(&bench, asked);
    let following = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let seen = of_registry(1, 9);
        bench.metrics.followed.saw(&bench.metrics.store, seen).await
    };
    let (read, followed) = tokio::join!(reading, following);
    followed.unwrap();
    let read = read.unwrap();
    assert_eq!(
        read.part(Part::Registry),
        of_registry(1, 9).part(Part::Registry)
    );
    assert_eq!(read.part(Part::Metrics), own.part(Part::Metrics));
}

#[tokio::test]
async fn a_state_of_the_registry_that_is_not_followed_yet_is_not_reached() {
    let bench = Bench::new().await;
    let asked = at_snapshot(&of_registry(1, 9).encode());
    assert_eq!(
        refused(snapshot(&bench, asked).await).0,
        Reason::SnapshotTokenInvalid
    );
    let asked = at_least_as_fresh([of_registry(1, 9).encode()]);
    let (reason, _) = refused(snapshot(&bench, asked).await);
    assert_eq!(reason, Reason::SnapshotNotReached);
}

#[tokio::test]
async fn tokens_of_before_the_registry_was_restored_have_expired() {
    let bench = Bench::new().await;
    let before = snapshot(&bench, None).await.unwrap();
    bench.registry.change(|state| {
        state.sealer = sealer(5);
        state.commit = 2;
    });
    // A lower number, but of another life: it counts.
    let seen = bench.registry.token();
    bench
        .metrics
        .followed
        .saw(&bench.metrics.store, seen)
        .await
        .unwrap();
    let after = snapshot(&bench, None).await.unwrap();
    assert_eq!(
        after.part(Part::Registry),
        of_registry(5, 2).part(Part::Registry)
    );
    let asked = at_least_as_fresh([after.encode(), before.encode()]);
    let (reason, fields) = refused(snapshot(&bench, asked).await);
    assert_eq!(reason, Reason::SnapshotTokenExpired);
    assert_eq!(fields, ["consistency.at_least_as_fresh.tokens[1]"]);
    let (reason, fields) = refused(snapshot(&bench, at_snapshot(&before.encode())).await);
    assert_eq!(reason, Reason::SnapshotTokenExpired);
    assert_eq!(fields, ["consistency.at_snapshot"]);
}

#[tokio::test]
async fn a_token_of_a_life_that_is_not_followed_yet_is_waited_for() {
    let bench = Bench::new().await;
    bench.registry.change(|state| {
        state.sealer = sealer(5);
        state.commit = 2;
    });
    let new = bench.registry.token();
    let asked = at_least_as_fresh([new.encode()]);
    let following = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        bench.metrics.followed.saw(&bench.metrics.store, new).await
    };
    let (read, followed) = tokio::join!(snapshot(&bench, asked), following);
    followed.unwrap();
    assert_eq!(read.unwrap().part(Part::Registry), new.part(Part::Registry));
}

#[tokio::test]
async fn a_registry_that_is_made_up_or_away_is_told_apart() {
    let bench = Bench::new().await;
    let made_up = rpc::Sealer::new(Part::Registry, b"another key", 8).stamp(INSTALLATION, 1);
    let made_up = Token::of(INSTALLATION, Part::Registry, made_up);
    let asked = at_least_as_fresh([made_up.encode()]);
    let (reason, _) = refused(snapshot(&bench, asked).await);
    assert_eq!(reason, Reason::SnapshotTokenInvalid);
    let foreign = Token::of([9; 16], Part::Registry, sealer(1).stamp([9; 16], 1));
    let asked = at_least_as_fresh([foreign.encode()]);
    let (reason, _) = refused(snapshot(&bench, asked).await);
    assert_eq!(reason, Reason::SnapshotTokenInvalid);
}

#[tokio::test]
async fn all_pages_are_of_the_snapshot_of_the_first() {
    let bench = Bench::new().await;
    for id in ["a", "b", "c"] {
        bench.release(id, "2020-01-01").await;
    }
    let page = |page_token: &str| pb::ListReleasesRequest {
        page_size: 2,
        page_token: page_token.to_owned(),
        ..Default::default()
    };
    let first = bench.metrics.list_releases_of(page("")).await.unwrap();
    bench.release("bb", "2020-01-01").await;
    bench.release("d", "2020-01-01").await;
    let txn = bench.metrics.store.begin().await.unwrap();
    follow::note(&txn, of_registry(1, 12)).await.unwrap();
    txn.commit().await.unwrap();
    let next = page(&first.next_page_token);
    let second = bench.metrics.list_releases_of(next.clone()).await.unwrap();
    let names: Vec<_> = second
        .releases
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["releases/c"]);
    assert_eq!(second.snapshot, first.snapshot, "also of the registry");
    // How fresh the first page had to be is no matter of the second.
    let asked = pb::ListReleasesRequest {
        consistency: at_least_as_fresh([snapshot(&bench, None).await.unwrap().encode()]),
        ..next.clone()
    };
    let asked = bench.metrics.list_releases_of(asked).await.unwrap();
    assert_eq!(asked.releases, second.releases);
    let other = pb::ListReleasesRequest {
        filter: "coverage = PARTIAL".to_owned(),
        ..next
    };
    let other = bench.metrics.list_releases_of(other).await;
    assert_eq!(refused(other).0, Reason::PageTokenInvalid);
}

#[tokio::test]
async fn all_faults_of_a_read_are_told_at_once() {
    let bench = Bench::new().await;
    let request = pb::GetSeriesRequest {
        key: Some(pb::SeriesKey {
            indicator: "gdp".to_owned(),
            ..Default::default()
        }),
        within: "2018-13".to_owned(),
        source: "bank".to_owned(),
        view: 9,
        page_size: -1,
        as_of: Some(prost_types::Timestamp {
            seconds: 0,
            nanos: -5,
        }),
        consistency: Some(snapshot_pb::Consistency {
            requirement: Some(Requirement::Newest(false)),
        }),
        ..Default::default()
    };
    let (_, fields) = refused(bench.metrics.get_series_of(request).await);
    let expected = [
        "key.indicator",
        "key.entity",
        "within",
        "source",
        "view",
        "page_size",
        "as_of",
        "consistency.newest",
    ];
    assert_eq!(fields, expected);
    let request = pb::CalculateRequest {
        accept: vec![1, 1, 0],
        ..Default::default()
    };
    let (_, fields) = refused(bench.metrics.calculate_of(request).await);
    assert_eq!(fields, ["calculation", "accept[1]", "accept[2]", "a", "b"]);
}
