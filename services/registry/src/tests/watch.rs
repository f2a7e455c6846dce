use futures::{Stream, StreamExt as _};
use proto::snapshot::v1::watch_start::Start;
use proto::snapshot::v1::{ChangeType, WatchStart};

use super::*;

on_both_databases! {
    changes_arrive_in_order_and_go_on_after_a_token
    a_change_says_what_happened_to_what_and_when
    only_the_kinds_asked_for_are_told
    a_watch_begins_where_it_is_told_to
    a_watch_that_cannot_begin_says_all_that_is_wrong
    changes_that_were_forgotten_cannot_be_asked_for
    a_stream_ends_when_the_server_stops
}

type Changes = <Registry as RegistryService>::WatchChangesStream;

use proto::registry::v1::registry_service_server::RegistryService;

async fn watch(registry: &Registry, request: WatchChangesRequest) -> Result<Changes, Status> {
    let stream = registry.watch_changes(Request::new(request)).await?;
    Ok(stream.into_inner())
}

fn from(start: Start) -> WatchChangesRequest {
    WatchChangesRequest {
        start: Some(WatchStart { start: Some(start) }),
        ..WatchChangesRequest::default()
    }
}

async fn next(
    stream: &mut (impl Stream<Item = Result<WatchChangesResponse, Status>> + Unpin),
) -> WatchChangesResponse {
    let message = stream.next().await.expect("a message").expect("no error");
    assert_eq!(message.is_checkpoint, message.changes.is_empty());
    message
}

fn names(message: &WatchChangesResponse) -> Vec<&str> {
    let names = message.changes.iter().map(|change| change.name.as_str());
    names.collect()
}

async fn changes_arrive_in_order_and_go_on_after_a_token(registry: Registry) {
    let rows = (0..700)
        .map(|i| region(&format!("r{i}"), &[("Region", "en")]))
        .collect();
    registry.add(rows).await.expect("added");
    let mut stream = watch(&registry, from(Start::Earliest(true)))
        .await
        .expect("a stream");
    let first = next(&mut stream).await;
    assert_eq!(first.changes.len(), 500);
    assert_eq!(first.changes[0].name, "vocabulary");
    let resumed = from(Start::ResumeToken(first.resume_token));
    let mut stream = watch(&registry, resumed).await.expect("a stream");
    let second = next(&mut stream).await;
    assert_eq!(second.changes.len(), 201);
    assert_eq!(second.changes[0].name, "entities/r499");
    assert!(next(&mut stream).await.is_checkpoint);
    registry
        .create("later", region("", &[("Later", "en")]))
        .await
        .expect("created");
    let news = next(&mut stream).await;
    assert_eq!(names(&news), ["entities/later"]);
    let at = registry.get("later", &news.snapshot).await;
    at.expect("the snapshot holds it");
}

async fn a_change_says_what_happened_to_what_and_when(registry: Registry) {
    let mut stream = watch(&registry, WatchChangesRequest::default())
        .await
        .expect("a stream");
    assert!(next(&mut stream).await.is_checkpoint);
    registry
        .add(vec![
            region("a", &[("A", "en")]),
            region("b", &[("B", "en")]),
            entity("atlas", "report", &[("Atlas", "en")]),
        ])
        .await
        .expect("added");
    registry
        .relate(vec![relation("a", "part-of", "b")])
        .await
        .expect("related");
    let mut renamed = registry.get("a", "").await.expect("there");
    renamed.names.push(name("甲", "zh"));
    let renamed = registry.update(renamed, &["names"]).await.expect("renamed");
    let renamed = renamed.entity.expect("an entity");
    let mut told = Vec::new();
    while told.len() < 5 {
        told.extend(next(&mut stream).await.changes);
    }
    let shown: Vec<_> = told
        .iter()
        .map(|change| (change.kind(), change.r#type(), change.entity_kind.as_str()))
        .collect();
    let created = ChangeType::Created;
    assert_eq!(
        shown,
        [
            (RecordKind::Entity, created, "region"),
            (RecordKind::Entity, created, "region"),
            (RecordKind::Entity, created, "report"),
            (RecordKind::Relation, created, ""),
            (RecordKind::Entity, ChangeType::Updated, "region"),
        ]
    );
    assert_eq!(told[4].etag, renamed.etag);
    assert_eq!(told[4].commit_time, renamed.update_time);
    let relation = GetRelationRequest {
        name: told[3].name.clone(),
        ..GetRelationRequest::default()
    };
    let relation = registry.get_relation(Request::new(relation)).await;
    let relation = relation.expect("there").into_inner().relation;
    let relation = relation.expect("a relation");
    assert_eq!(told[3].etag, relation.etag);
    let delete = DeleteRelationRequest {
        name: relation.name.clone(),
        ..DeleteRelationRequest::default()
    };
    let gone = registry.delete_relation(Request::new(delete)).await;
    let gone = gone.expect("deleted").into_inner().relation;
    let told = next(&mut stream).await.changes.remove(0);
    assert_eq!(told.r#type(), ChangeType::Deleted);
    assert_eq!(told.commit_time, gone.expect("a relation").delete_time);
}

async fn only_the_kinds_asked_for_are_told(registry: Registry) {
    let request = WatchChangesRequest {
        kinds: vec![RecordKind::Vocabulary.into(), RecordKind::Relation.into()],
        ..from(Start::Earliest(true))
    };
    registry
        .add(vec![
            region("a", &[("A", "en")]),
            region("b", &[("B", "en")]),
            entity("atlas", "report", &[("Atlas", "en")]),
        ])
        .await
        .expect("added");
    let added = registry
        .relate(vec![relation("a", "part-of", "b")])
        .await
        .expect("related");
    let mut stream = watch(&registry, request).await.expect("a stream");
    let told = next(&mut stream).await;
    let kinds: Vec<_> = told.changes.iter().map(Change::kind).collect();
    assert_eq!(kinds, [RecordKind::Vocabulary, RecordKind::Relation]);
    let checkpoint = next(&mut stream).await;
    assert_eq!(
        (checkpoint.is_checkpoint, checkpoint.snapshot),
        (true, added.snapshot)
    );
}

async fn a_watch_begins_where_it_is_told_to(registry: Registry) {
    let before = registry
        .create("before", region("", &[("Before", "en")]))
        .await
        .expect("created");
    registry
        .create("after", region("", &[("After", "en")]))
        .await
        .expect("created");
    let after = from(Start::AfterSnapshot(before.snapshot));
    let mut stream = watch(&registry, after).await.expect("a stream");
    assert_eq!(names(&next(&mut stream).await), ["entities/after"]);
    let mut stream = watch(&registry, from(Start::Earliest(true)))
        .await
        .expect("a stream");
    assert_eq!(names(&next(&mut stream).await)[0], "vocabulary");
    // An empty start is one with the next commit.
    let next_commit = WatchChangesRequest {
        start: Some(WatchStart::default()),
        ..WatchChangesRequest::default()
    };
    let mut stream = watch(&registry, next_commit).await.expect("a stream");
    assert!(next(&mut stream).await.is_checkpoint);
    registry
        .create("new", region("", &[("New", "en")]))
        .await
        .expect("created");
    assert_eq!(names(&next(&mut stream).await), ["entities/new"]);
}

async fn a_watch_that_cannot_begin_says_all_that_is_wrong(registry: Registry) {
    let refused = async |start, kinds: &[i32]| {
        let request = WatchChangesRequest {
            kinds: kinds.to_vec(),
            ..from(start)
        };
        watch(&registry, request).await.map(|_| ())
    };
    refuses(
        refused(Start::ResumeToken("strange".to_owned()), &[1, 0, 9, 1]).await,
        &[
            ("kinds[1]", "FIELD_INVALID"),
            ("kinds[2]", "FIELD_INVALID"),
            ("kinds[3]", "FIELD_INVALID"),
            ("start.resume_token", "RESUME_TOKEN_INVALID"),
        ],
    );
    refuses(
        refused(Start::AfterSnapshot("strange".to_owned()), &[]).await,
        &[("start.after_snapshot", "SNAPSHOT_TOKEN_INVALID")],
    );
    refuses(
        refused(Start::Earliest(false), &[]).await,
        &[("start.earliest", "FIELD_INVALID")],
    );
}

async fn changes_that_were_forgotten_cannot_be_asked_for(registry: Registry) {
    let mut stream = watch(&registry, from(Start::Earliest(true)))
        .await
        .expect("a stream");
    let first = next(&mut stream).await;
    let created = registry
        .create("old", region("", &[("Old", "en")]))
        .await
        .expect("created");
    registry.trim_changes(0).await.expect("nothing to do");
    registry.trim_changes(1).await.expect("all are young");
    let resumed = from(Start::ResumeToken(first.resume_token));
    let mut stream = watch(&registry, resumed.clone()).await.expect("kept");
    assert_eq!(names(&next(&mut stream).await), ["entities/old"]);
    age(&registry).await;
    registry.trim_changes(1).await.expect("all are old");
    for start in [resumed, from(Start::AfterSnapshot(first.snapshot))] {
        let answer = watch(&registry, start).await.map(|_| ());
        assert_eq!(
            failure(answer),
            (Code::OutOfRange, "RESUME_TOKEN_EXPIRED".to_owned())
        );
    }
    let mut stream = watch(&registry, from(Start::AfterSnapshot(created.snapshot)))
        .await
        .expect("nothing is missing");
    assert!(next(&mut stream).await.is_checkpoint);
    let mut stream = watch(&registry, from(Start::Earliest(true)))
        .await
        .expect("there is an earliest");
    assert!(next(&mut stream).await.is_checkpoint);
}

/// Makes all commits two days old.
async fn age(registry: &Registry) {
    use sea_orm::ConnectionTrait as _;
    let txn = registry.store.begin().await.expect("a transaction");
    let two_days = 2 * 24 * 3600 * 1_000_000_i64;
    let age = format!("UPDATE commit_log SET committed_at = committed_at - {two_days}");
    txn.execute_unprepared(&age).await.expect("aged");
    txn.commit().await.expect("committed");
}

async fn a_stream_ends_when_the_server_stops(registry: Registry) {
    let shutdown = CancellationToken::new();
    let stopping = Registry::open(registry.store.clone(), 0, shutdown.clone())
        .await
        .expect("a registry");
    let mut stream = watch(&stopping, WatchChangesRequest::default())
        .await
        .expect("a stream");
    assert!(next(&mut stream).await.is_checkpoint);
    shutdown.cancel();
    let end = stream.next().await.expect("an end");
    assert_eq!(
        failure(end),
        (Code::Unavailable, "SHUTTING_DOWN".to_owned())
    );
    assert!(stream.next().await.is_none());
}
