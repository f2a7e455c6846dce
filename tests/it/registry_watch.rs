//! The feed of changes.

use proto::registry::v1::{
    Change, DeleteEntityRequest, GetEntityRequest, RecordKind, UndeleteEntityRequest,
    WatchChangesRequest, WatchChangesResponse,
};
use proto::snapshot::v1::{ChangeType, WatchStart};
use rpc::Token;
use tonic::{Code, Streaming};

use crate::harness::process::soon;
use crate::harness::read::{earliest, resumed};
use crate::harness::{Backend, World, at, on_both, refused, refused_stream, seeded};
use crate::registry_relation::relate;

on_both!(
    the_feed_tells_all_changes_in_commit_order,
    the_feed_goes_on_after_a_resume_token_without_gap_or_repeat,
    a_feed_from_now_tells_only_what_is_new,
    an_idle_feed_shows_that_it_is_alive,
    what_the_feed_tells_can_be_read_at_its_snapshot,
    a_resume_token_of_another_feed_is_refused,
    the_feed_ends_when_the_server_stops_and_goes_on_elsewhere,
);

async fn watch(world: &World, start: Option<WatchStart>) -> Streaming<WatchChangesResponse> {
    let request = WatchChangesRequest {
        start,
        ..Default::default()
    };
    let stream = world.registry().watch_changes(request).await;
    stream.expect("the feed opens").into_inner()
}

async fn next(feed: &mut Streaming<WatchChangesResponse>) -> WatchChangesResponse {
    let message = soon("the feed tells something", feed.message()).await;
    message
        .expect("the feed goes on")
        .expect("the feed has no end")
}

/// So many changes, and the token that continues after them.
async fn take(feed: &mut Streaming<WatchChangesResponse>, count: usize) -> (Vec<Change>, String) {
    let (mut changes, mut token) = (Vec::new(), String::new());
    while changes.len() < count {
        let message = next(feed).await;
        changes.extend(message.changes);
        token = message.resume_token;
    }
    (changes, token)
}

/// Name of the record, what happened, and the kind of the entity.
fn told(changes: &[Change]) -> Vec<(&str, ChangeType, &str)> {
    let told = |change: &Change| {
        let kind = match change.name.split('/').next() {
            Some("entities") => RecordKind::Entity,
            Some("relations") => RecordKind::Relation,
            _ => RecordKind::Vocabulary,
        };
        assert_eq!(change.kind(), kind, "{change:?}");
        assert!(change.commit_time.is_some(), "{change:?}");
        assert!(!change.etag.is_empty(), "{change:?}");
    };
    changes.iter().for_each(told);
    changes
        .iter()
        .map(|change| {
            let kind = change.entity_kind.as_str();
            (change.name.as_str(), change.r#type(), kind)
        })
        .collect()
}

/// Changes that the seed makes: the vocabulary and seven entities.
const SEEDED: usize = 8;

async fn delete(world: &World, id: &str) {
    let request = DeleteEntityRequest {
        name: format!("entities/{id}"),
        ..Default::default()
    };
    let deleted = world.registry().delete_entity(request).await;
    deleted.expect("nothing points to it");
}

async fn the_feed_tells_all_changes_in_commit_order(backend: Backend) {
    let world = seeded(backend).await;
    let mut feed = watch(&world, earliest()).await;
    let (seeds, _) = take(&mut feed, SEEDED).await;
    let seeds = told(&seeds);
    assert_eq!(seeds[0].0, "vocabulary");
    assert_eq!(seeds[1], ("entities/china", ChangeType::Created, "region"));
    assert_eq!(
        seeds[SEEDED - 1],
        ("entities/dataset", ChangeType::Created, "dataset")
    );
    delete(&world, "acme").await;
    let request = UndeleteEntityRequest {
        name: "entities/acme".to_owned(),
        ..Default::default()
    };
    let back = world.registry().undelete_entity(request).await;
    back.expect("it was deleted");
    let stated = relate(&world, "beijing", "located-in", "china").await.name;
    let (more, _) = take(&mut feed, 3).await;
    let expected = [
        ("entities/acme", ChangeType::Deleted, "company"),
        ("entities/acme", ChangeType::Created, "company"),
        (stated.as_str(), ChangeType::Created, ""),
    ];
    assert_eq!(told(&more), expected);
}

async fn the_feed_goes_on_after_a_resume_token_without_gap_or_repeat(backend: Backend) {
    let mut world = seeded(backend).await;
    let mut feed = watch(&world, earliest()).await;
    let (_, token) = take(&mut feed, SEEDED).await;
    drop(feed);
    delete(&world, "acme").await;
    world.restart().await;
    delete(&world, "france").await;
    let mut feed = watch(&world, resumed(&token)).await;
    let (missed, token) = take(&mut feed, 2).await;
    let names: Vec<_> = missed.iter().map(|change| change.name.as_str()).collect();
    assert_eq!(names, ["entities/acme", "entities/france"]);
    let mut feed = watch(&world, resumed(&token)).await;
    delete(&world, "beijing").await;
    let (rest, _) = take(&mut feed, 1).await;
    assert_eq!(rest[0].name, "entities/beijing", "nothing is told again");
}

async fn a_feed_from_now_tells_only_what_is_new(backend: Backend) {
    let world = seeded(backend).await;
    let mut feed = watch(&world, None).await;
    delete(&world, "acme").await;
    let (changes, _) = take(&mut feed, 1).await;
    assert_eq!(
        told(&changes),
        [("entities/acme", ChangeType::Deleted, "company")]
    );
}

async fn an_idle_feed_shows_that_it_is_alive(backend: Backend) {
    let world = seeded(backend).await;
    let mut feed = watch(&world, None).await;
    let (first, second) = (next(&mut feed).await, next(&mut feed).await);
    for checkpoint in [&first, &second] {
        assert!(checkpoint.is_checkpoint && checkpoint.changes.is_empty());
        assert!(!checkpoint.resume_token.is_empty());
    }
    assert_eq!(first.snapshot, second.snapshot);
    let mut feed = watch(&world, resumed(&first.resume_token)).await;
    delete(&world, "acme").await;
    let (changes, _) = take(&mut feed, 1).await;
    assert_eq!(changes.len(), 1, "a checkpoint can be resumed from");
}

async fn what_the_feed_tells_can_be_read_at_its_snapshot(backend: Backend) {
    let world = seeded(backend).await;
    let mut feed = watch(&world, None).await;
    delete(&world, "acme").await;
    let message = loop {
        let message = next(&mut feed).await;
        assert_eq!(message.is_checkpoint, message.changes.is_empty());
        if !message.changes.is_empty() {
            break message;
        }
    };
    let request = GetEntityRequest {
        name: message.changes[0].name.clone(),
        consistency: at(&message.snapshot),
    };
    let read = world.registry().get_entity(request).await;
    let read = read.expect("it is there").into_inner().entity;
    let read = read.expect("the entity");
    assert!(read.delete_time.is_some());
    assert_eq!(read.etag, message.changes[0].etag);
    assert_eq!(read.delete_time, message.changes[0].commit_time);
}

async fn a_resume_token_of_another_feed_is_refused(backend: Backend) {
    let world = seeded(backend).await;
    let other = seeded(backend).await;
    let (_, foreign) = take(&mut watch(&other, earliest()).await, SEEDED).await;
    let snapshot = next(&mut watch(&world, earliest()).await).await.snapshot;
    for token in [foreign, snapshot, "rubbish".to_owned()] {
        let request = WatchChangesRequest {
            start: resumed(&token),
            ..Default::default()
        };
        let status = refused_stream(world.registry().watch_changes(request).await).await;
        let refusal = refused(&status);
        refusal.is(
            Code::InvalidArgument,
            "RESUME_TOKEN_INVALID",
            &["start.resume_token"],
        );
    }
}

async fn the_feed_ends_when_the_server_stops_and_goes_on_elsewhere(backend: Backend) {
    let mut world = seeded(backend).await;
    let mut feed = watch(&world, earliest()).await;
    let (_, token) = take(&mut feed, SEEDED).await;
    world.process().terminate();
    let end = loop {
        match soon("the feed ends", feed.message()).await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the feed ended without a reason"),
            Err(status) => break refused(&status),
        }
    };
    end.is(Code::Unavailable, "SHUTTING_DOWN", &[]);
    world.restart().await;
    delete(&world, "acme").await;
    let (changes, token) = take(&mut watch(&world, resumed(&token)).await, 1).await;
    assert_eq!(changes[0].name, "entities/acme");
    assert_eq!(
        Token::decode(&token),
        None,
        "a resume token is no snapshot token"
    );
}
