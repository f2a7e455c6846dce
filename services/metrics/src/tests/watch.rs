//! The feed of changes.

use std::pin::Pin;

use futures::{Stream, StreamExt as _};
use proto::metrics::v1 as pb;
use proto::metrics::v1::RecordKind;
use proto::snapshot::v1::watch_start::Start;
use proto::snapshot::v1::{ChangeType, WatchStart};
use rpc::{Part, Reason};

use super::bench::*;

type Messages = Pin<Box<dyn Stream<Item = rpc::Result<pb::WatchChangesResponse>>>>;

async fn watch(bench: &Bench, start: Option<Start>, kinds: &[RecordKind]) -> rpc::Result<Messages> {
    let request = pb::WatchChangesRequest {
        start: start.map(|start| WatchStart { start: Some(start) }),
        kinds: kinds.iter().map(|kind| *kind as i32).collect(),
    };
    let messages = bench.metrics.clone().watch_changes_from(request).await?;
    Ok(Box::pin(messages))
}

/// Changes up to the next checkpoint, which comes last.
async fn heard(messages: &mut Messages) -> (Vec<pb::Change>, pb::WatchChangesResponse) {
    let mut changes = Vec::new();
    loop {
        let message = messages.next().await.unwrap().unwrap();
        if message.is_checkpoint {
            assert!(message.changes.is_empty());
            return (changes, message);
        }
        assert!(!message.changes.is_empty());
        changes.extend(message.changes);
    }
}

fn short(change: &pb::Change) -> (String, RecordKind, ChangeType) {
    let name = match change.kind() {
        RecordKind::Series => "series".to_owned(),
        _ => change.name.clone(),
    };
    (name, change.kind(), change.r#type())
}

#[tokio::test]
async fn definitions_are_told_with_their_etags() {
    let bench = Bench::new().await;
    let mut all = watch(&bench, Some(Start::Earliest(true)), &[])
        .await
        .unwrap();
    let (defined, _) = heard(&mut all).await;
    assert_eq!(defined.len(), 10);
    assert!(
        defined
            .iter()
            .all(|change| change.r#type() == ChangeType::Created)
    );
    let unit = bench.metrics.get_unit_of(pb::GetUnitRequest {
        name: "units/usd".to_owned(),
        ..Default::default()
    });
    let told = defined.iter().find(|change| change.name == "units/usd");
    assert_eq!(told.unwrap().etag, unit.await.unwrap().unit.unwrap().etag);
}

#[tokio::test]
async fn figures_are_told_by_series_and_commit() {
    let bench = Bench::new().await;
    let before = all_tokens(&bench).await;
    bench.release("r", "2015-01-01").await;
    bench
        .write("r", gdp(), vec![row("2018", "1"), row("2019", "2")])
        .await;
    bench
        .write("r", gdp(), vec![row("2018", "1"), row("2019", "3")])
        .await;
    let update = pb::UpdateReleaseRequest {
        release: Some(pb::Release {
            name: "releases/r".to_owned(),
            title: "R".to_owned(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["title".to_owned()],
        }),
        ..Default::default()
    };
    let updated = bench.metrics.update_release_of(update).await.unwrap();
    let after = Some(Start::AfterSnapshot(before));
    let mut since = watch(&bench, after.clone(), &[]).await.unwrap();
    let (changes, checkpoint) = heard(&mut since).await;
    let expected = [
        (
            "releases/r".to_owned(),
            RecordKind::Release,
            ChangeType::Created,
        ),
        ("series".to_owned(), RecordKind::Series, ChangeType::Created),
        ("series".to_owned(), RecordKind::Series, ChangeType::Updated),
        (
            "releases/r".to_owned(),
            RecordKind::Release,
            ChangeType::Updated,
        ),
    ];
    assert_eq!(changes.iter().map(short).collect::<Vec<_>>(), expected);
    let counts = changes
        .iter()
        .map(|change| (change.release.as_str(), change.claim_count));
    let expected = [("", 0), ("releases/r", 2), ("releases/r", 1), ("", 0)];
    assert_eq!(counts.collect::<Vec<_>>(), expected);
    assert_eq!(
        changes[1].name,
        bench.claims(key("gdp", "china")).await[0].series
    );
    assert!(changes.iter().all(|change| change.commit_time.is_some()));
    assert_eq!(changes[3].etag, updated.release.unwrap().etag);
    assert_eq!(checkpoint.snapshot, all_tokens(&bench).await);
    assert!(token(&checkpoint.snapshot).part(Part::Registry).is_some());

    let mut series = watch(&bench, after, &[RecordKind::Series]).await.unwrap();
    let (changes, _) = heard(&mut series).await;
    assert_eq!(changes.len(), 2);
    let resume = Some(Start::ResumeToken(checkpoint.resume_token));
    let mut rest = watch(&bench, resume, &[]).await.unwrap();
    assert!(heard(&mut rest).await.0.is_empty());
}

async fn all_tokens(bench: &Bench) -> String {
    let request = pb::GetSnapshotRequest::default();
    let answer = bench.metrics.get_snapshot_of(request).await;
    answer.unwrap().snapshot
}

#[tokio::test]
async fn a_watch_hears_of_writes_of_this_process_at_once() {
    let bench = Bench::new().await;
    let mut messages = watch(&bench, None, &[]).await.unwrap();
    assert!(heard(&mut messages).await.0.is_empty());
    let (message, _) = tokio::join!(messages.next(), bench.release("r", "2015-01-01"));
    let message = message.unwrap().unwrap();
    assert_eq!(message.changes[0].name, "releases/r");
    bench.shutdown.cancel();
    let ended = messages.next().await.unwrap();
    assert_eq!(ended.unwrap_err().reason(), Reason::ShuttingDown);
}

#[tokio::test]
async fn a_batch_about_thousands_of_series_is_told_whole() {
    let bench = Bench::new().await;
    bench.release("r", "2015-01-01").await;
    let of = |i: i32| pb::SourceSeriesDeclaration {
        source_series: i,
        ..source_series(key("gdp", &format!("e-{i}")), "usd")
    };
    let claim = |i: i32| pb::ClaimInput {
        source_series: i,
        ..row("2019", "1")
    };
    let before = all_tokens(&bench).await;
    let request = writing(
        "r",
        (0..1600).map(of).collect(),
        (0..1600).map(claim).collect(),
    );
    bench.metrics.write_claims_of(request).await.unwrap();
    let mut messages = watch(&bench, Some(Start::AfterSnapshot(before)), &[])
        .await
        .unwrap();
    let (changes, _) = heard(&mut messages).await;
    assert_eq!(changes.len(), 1600);
    assert!(changes.iter().all(|change| change.claim_count == 1));
}

#[tokio::test]
async fn changes_that_were_forgotten_are_said_to_be() {
    let bench = Bench::new().await;
    let before = all_tokens(&bench).await;
    bench.release("r", "2015-01-01").await;
    bench.metrics.trim_changes(0).await.unwrap();
    bench.metrics.trim_changes(30).await.unwrap();
    let after = || Some(Start::AfterSnapshot(before.clone()));
    let mut kept = watch(&bench, after(), &[]).await.unwrap();
    assert_eq!(heard(&mut kept).await.0.len(), 1);
    let age = "UPDATE commit_log SET committed_at = committed_at - 5000000000000";
    let txn = bench.metrics.store.begin().await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&txn, age)
        .await
        .unwrap();
    txn.commit().await.unwrap();
    bench.metrics.trim_changes(30).await.unwrap();
    let refusal = watch(&bench, after(), &[]).await.err().unwrap();
    assert_eq!(refusal.reason(), Reason::ResumeTokenExpired);
}

#[tokio::test]
async fn kinds_are_named_once_each() {
    let bench = Bench::new().await;
    let request = pb::WatchChangesRequest {
        kinds: vec![1, 0, 1, 9],
        ..Default::default()
    };
    let refusal = bench
        .metrics
        .clone()
        .watch_changes_from(request)
        .await
        .err()
        .unwrap();
    let fields: Vec<_> = refusal
        .violations()
        .iter()
        .map(|v| v.field.as_str())
        .collect();
    assert_eq!(fields, ["kinds[1]", "kinds[2]", "kinds[3]"]);
}
