//! The feed of changes.

use proto::registry::v1::{
    Change, ChangeType, DeleteEntityRequest, GetEntityRequest, UndeleteEntityRequest,
    WatchChangesRequest, WatchChangesResponse,
};
use rpc::Token;
use tonic::{Code, Status, Streaming};

use crate::harness::process::soon;
use crate::harness::{Backend, World, on_both, refused, seeded};
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

async fn watch(
    world: &World,
    resume_token: &str,
    from_now: bool,
) -> Streaming<WatchChangesResponse> {
    let request = WatchChangesRequest {
        resume_token: resume_token.to_owned(),
        from_now,
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

fn told(changes: &[Change]) -> Vec<(&str, ChangeType, &str)> {
    changes
        .iter()
        .map(|change| (change.name.as_str(), change.r#type(), change.kind.as_str()))
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
    let mut feed = watch(&world, "", false).await;
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
    let mut feed = watch(&world, "", false).await;
    let (_, token) = take(&mut feed, SEEDED).await;
    drop(feed);
    delete(&world, "acme").await;
    world.restart().await;
    delete(&world, "france").await;
    let mut feed = watch(&world, &token, false).await;
    let (missed, token) = take(&mut feed, 2).await;
    let names: Vec<_> = missed.iter().map(|change| change.name.as_str()).collect();
    assert_eq!(names, ["entities/acme", "entities/france"]);
    let mut feed = watch(&world, &token, false).await;
    delete(&world, "beijing").await;
    let (rest, _) = take(&mut feed, 1).await;
    assert_eq!(rest[0].name, "entities/beijing", "nothing is told again");
}

async fn a_feed_from_now_tells_only_what_is_new(backend: Backend) {
    let world = seeded(backend).await;
    let mut feed = watch(&world, "", true).await;
    delete(&world, "acme").await;
    let (changes, _) = take(&mut feed, 1).await;
    assert_eq!(
        told(&changes),
        [("entities/acme", ChangeType::Deleted, "company")]
    );
}

async fn an_idle_feed_shows_that_it_is_alive(backend: Backend) {
    let world = seeded(backend).await;
    let mut feed = watch(&world, "", true).await;
    let (first, second) = (next(&mut feed).await, next(&mut feed).await);
    for checkpoint in [&first, &second] {
        assert!(checkpoint.changes.is_empty() && !checkpoint.resume_token.is_empty());
    }
    assert_eq!(first.snapshot, second.snapshot);
    let mut feed = watch(&world, &first.resume_token, false).await;
    delete(&world, "acme").await;
    let (changes, _) = take(&mut feed, 1).await;
    assert_eq!(changes.len(), 1, "a checkpoint can be resumed from");
}

async fn what_the_feed_tells_can_be_read_at_its_snapshot(backend: Backend) {
    let world = seeded(backend).await;
    let mut feed = watch(&world, "", true).await;
    delete(&world, "acme").await;
    let message = loop {
        let message = next(&mut feed).await;
        if !message.changes.is_empty() {
            break message;
        }
    };
    let request = GetEntityRequest {
        name: message.changes[0].name.clone(),
        at_snapshot: message.snapshot,
        ..Default::default()
    };
    let read = world.registry().get_entity(request).await;
    let read = read.expect("it is there").into_inner().entity;
    assert!(read.expect("the entity").delete_time.is_some());
}

async fn a_resume_token_of_another_feed_is_refused(backend: Backend) {
    let world = seeded(backend).await;
    let other = seeded(backend).await;
    let (_, foreign) = take(&mut watch(&other, "", false).await, SEEDED).await;
    let snapshot = next(&mut watch(&world, "", false).await).await.snapshot;
    for token in [foreign, snapshot, "rubbish".to_owned()] {
        let request = WatchChangesRequest {
            resume_token: token,
            from_now: false,
        };
        let status = first(world.registry().watch_changes(request).await).await;
        let refusal = refused(&status);
        refusal.is(
            Code::InvalidArgument,
            "RESUME_TOKEN_INVALID",
            &["resume_token"],
        );
    }
}

/// The refusal of a stream, at once or as its first message.
async fn first(answer: Result<tonic::Response<Streaming<WatchChangesResponse>>, Status>) -> Status {
    match answer {
        Ok(stream) => stream
            .into_inner()
            .message()
            .await
            .expect_err("it is refused"),
        Err(status) => status,
    }
}

async fn the_feed_ends_when_the_server_stops_and_goes_on_elsewhere(backend: Backend) {
    let mut world = seeded(backend).await;
    let mut feed = watch(&world, "", false).await;
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
    let (changes, token) = take(&mut watch(&world, &token, false).await, 1).await;
    assert_eq!(changes[0].name, "entities/acme");
    assert_eq!(
        Token::decode(&token),
        None,
        "a resume token is no snapshot token"
    );
}
