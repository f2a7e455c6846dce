//! The feed of the registry begun anywhere and narrowed to what somebody wants to know.

use std::collections::BTreeMap;

use proto::registry::v1::{
    Change, CreateEntityRequest, ListEntitiesRequest, RecordKind, WatchChangesRequest,
    WatchChangesResponse,
};
use proto::snapshot::v1::watch_start::Start;
use proto::snapshot::v1::{ChangeType, WatchStart};
use tonic::{Code, Streaming};

use crate::harness::process::soon;
use crate::harness::seed::entity;
use crate::harness::{Backend, World, on_both, refused, seeded};
use crate::registry_relation::relate;

on_both!(
    a_list_and_the_feed_after_it_miss_nothing,
    a_feed_tells_only_the_kinds_asked_for,
);

type Feed = Streaming<WatchChangesResponse>;

async fn watch(world: &World, start: Start, kinds: &[RecordKind]) -> Feed {
    let request = WatchChangesRequest {
        start: Some(WatchStart { start: Some(start) }),
        kinds: kinds.iter().map(|kind| i32::from(*kind)).collect(),
    };
    let stream = world.registry().watch_changes(request).await;
    stream.expect("the feed opens").into_inner()
}

/// What a feed tells up to its first checkpoint.
async fn told(feed: &mut Feed) -> Vec<Change> {
    let mut changes = Vec::new();
    loop {
        let message = soon("the feed tells something", feed.message()).await;
        let message = message.expect("it goes on").expect("it has no end");
        assert_eq!(message.is_checkpoint, message.changes.is_empty());
        if message.is_checkpoint {
            return changes;
        }
        changes.extend(message.changes);
    }
}

async fn a_list_and_the_feed_after_it_miss_nothing(backend: Backend) {
    let world = seeded(backend).await;
    let listed = world
        .registry()
        .list_entities(ListEntitiesRequest::default())
        .await;
    let listed = listed.expect("a list").into_inner();
    for id in ["first", "second", "third"] {
        let request = CreateEntityRequest {
            entity_id: id.to_owned(),
            entity: Some(entity(id, "company", id)),
            ..Default::default()
        };
        let created = world.registry().create_entity(request).await;
        created.expect("it is new");
    }
    let start = Start::AfterSnapshot(listed.snapshot);
    let later = told(&mut watch(&world, start, &[]).await).await;
    let count = listed.entities.len() + later.len();
    let known = listed.entities.into_iter().map(|entity| entity.etag);
    let etags: Vec<_> = known
        .chain(later.into_iter().map(|change| change.etag))
        .collect();
    let now = world
        .registry()
        .list_entities(ListEntitiesRequest::default())
        .await;
    let mut now: Vec<_> = now.expect("a list").into_inner().entities;
    now.sort_by_key(|entity| etags.iter().position(|etag| *etag == entity.etag));
    let now: Vec<_> = now.into_iter().map(|entity| entity.etag).collect();
    assert_eq!((now.len(), now), (count, etags));
}

async fn a_feed_tells_only_the_kinds_asked_for(backend: Backend) {
    let world = seeded(backend).await;
    let stated = relate(&world, "beijing", "located-in", "china").await;
    let mut counts = BTreeMap::new();
    for change in told(&mut watch(&world, Start::Earliest(true), &[]).await).await {
        *counts.entry(change.kind).or_insert(0) += 1;
        assert_eq!(change.r#type(), ChangeType::Created);
        let is_entity = change.kind() == RecordKind::Entity;
        assert_eq!(change.entity_kind.is_empty(), !is_entity, "{change:?}");
        assert!(change.commit_time.is_some() && !change.etag.is_empty());
    }
    assert_eq!(counts.into_values().collect::<Vec<_>>(), [7, 1, 1]);
    let only = &[RecordKind::Relation];
    let mut feed = watch(&world, Start::Earliest(true), only).await;
    let changes = told(&mut feed).await;
    let [change] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert_eq!((&change.name, &change.etag), (&stated.name, &stated.etag));
    assert_eq!(change.commit_time, stated.create_time);
    let request = WatchChangesRequest {
        kinds: vec![0, 2, 2],
        ..Default::default()
    };
    let strange = world.registry().watch_changes(request).await;
    let strange = refused(&strange.expect_err("none of these"));
    strange.is(
        Code::InvalidArgument,
        "FIELD_INVALID",
        &["kinds[0]", "kinds[2]"],
    );
}
