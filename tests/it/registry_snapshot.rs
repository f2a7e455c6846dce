//! Reads as of a snapshot, reads not older than one, and tokens that are none.

use prost_types::FieldMask;
use proto::registry::v1::{
    BatchGetEntitiesRequest, DeleteEntityRequest, DeleteRelationRequest, GetEntityRequest,
    GetRelationRequest, GetSnapshotRequest, GetVocabularyRequest, ListEntitiesRequest,
    ListRelationsRequest, ResolveEntitiesRequest, ResolveQuery, SearchEntitiesRequest,
    UpdateEntityRequest,
};
use proto::snapshot::v1::Consistency;
use rpc::Part;
use tonic::{Code, Status};

use crate::harness::forge::{altered, moved, sealed};
use crate::harness::read::token;
use crate::harness::seed::entity;
use crate::harness::{AT, Backend, FRESH, World, at, fresh, on_both, refused, seeded};
use crate::registry_relation::relate;

on_both!(
    a_snapshot_answers_as_it_was_whatever_came_later,
    a_read_is_not_older_than_the_token_it_brings,
    every_read_refuses_tokens_that_are_not_of_this_installation,
    snapshots_outlive_the_process,
);

/// A read, and the token of its answer.
async fn get(world: &World, consistency: Option<Consistency>) -> Result<(String, String), Status> {
    let request = GetEntityRequest {
        name: "entities/china".to_owned(),
        consistency,
    };
    let answer = world.registry().get_entity(request).await?.into_inner();
    let shown = answer.entity.expect("the entity").display_name;
    Ok((shown, answer.snapshot))
}

async fn rename(world: &World, display: &str) -> String {
    let request = UpdateEntityRequest {
        entity: Some(entity("china", "region", display)),
        update_mask: Some(FieldMask {
            paths: vec!["names".to_owned()],
        }),
        ..Default::default()
    };
    let renamed = world.registry().update_entity(request).await;
    renamed.expect("it is good").into_inner().snapshot
}

async fn a_snapshot_answers_as_it_was_whatever_came_later(backend: Backend) {
    let world = seeded(backend).await;
    let mut registry = world.registry();
    let capital = relate(&world, "beijing", "located-in", "china").await.name;
    let (_, then) = get(&world, None).await.expect("it is there");
    let renamed = rename(&world, "Cathay").await;
    let request = DeleteRelationRequest {
        name: capital.clone(),
        ..Default::default()
    };
    registry
        .delete_relation(request)
        .await
        .expect("it is there");
    let request = DeleteEntityRequest {
        name: "entities/china".to_owned(),
        ..Default::default()
    };
    registry
        .delete_entity(request)
        .await
        .expect("nothing points to it");
    let (shown, snapshot) = get(&world, at(&then)).await.expect("it was there");
    assert_eq!((shown.as_str(), &snapshot), ("China", &then));
    let (shown, _) = get(&world, at(&renamed)).await.expect("it was there");
    assert_eq!(shown, "Cathay");
    let request = GetRelationRequest {
        name: capital,
        consistency: at(&then),
    };
    registry.get_relation(request).await.expect("it was there");
    let request = ListRelationsRequest {
        consistency: at(&then),
        ..Default::default()
    };
    let listed = registry.list_relations(request).await.expect("a list");
    assert_eq!(listed.into_inner().relations.len(), 1);
    let request = ListEntitiesRequest {
        filter: r#"display_name = "China""#.to_owned(),
        consistency: at(&then),
        ..Default::default()
    };
    let listed = registry.list_entities(request).await.expect("a list");
    assert_eq!(listed.into_inner().entities.len(), 1);
    let request = BatchGetEntitiesRequest {
        names: vec!["entities/china".to_owned()],
        consistency: at(&then),
        ..Default::default()
    };
    let many = registry
        .batch_get_entities(request)
        .await
        .expect("it was there");
    assert_eq!(many.into_inner().entities[0].delete_time, None);
}

async fn a_read_is_not_older_than_the_token_it_brings(backend: Backend) {
    let world = seeded(backend).await;
    let (_, before) = get(&world, None).await.expect("it is there");
    let renamed = rename(&world, "Cathay").await;
    for token in [&before, &renamed] {
        let (shown, snapshot) = get(&world, fresh([token])).await.expect("it is there");
        assert_eq!((shown.as_str(), &snapshot), ("Cathay", &renamed));
    }
    // A token of metrics says how far metrics has come, too; an answer does not lose that.
    let request = proto::metrics::v1::ListUnitsRequest {
        consistency: fresh([renamed]),
        ..Default::default()
    };
    let units = world.metrics().list_units(request).await;
    let theirs = units.expect("metrics follows").into_inner().snapshot;
    let (_, ours) = get(&world, fresh([&theirs])).await.expect("it is there");
    assert_eq!(token(&ours), token(&theirs));
}

async fn every_read_refuses_tokens_that_are_not_of_this_installation(backend: Backend) {
    let world = seeded(backend).await;
    let (_, good) = get(&world, None).await.expect("it is there");
    let other = World::start(backend).await;
    let request = GetVocabularyRequest::default();
    let foreign = other.registry().get_vocabulary(request).await;
    let foreign = foreign.expect("it is empty").into_inner().snapshot;
    let ahead = sealed(world.home(), &good, Part::Registry, 1).await;
    let mut damaged = good.clone();
    damaged.replace_range(20..21, if &good[20..21] == "A" { "B" } else { "A" });
    for (what, token) in [
        ("foreign", foreign),
        ("moved", moved(&good)),
        ("ahead", ahead),
        ("made up", altered(&good, Part::Registry, 1)),
        ("made up of before", altered(&good, Part::Registry, -1)),
        ("damaged", damaged),
        ("rubbish", "rubbish".to_owned()),
    ] {
        for (asked, field) in [(at(&token), AT), (fresh([&token]), FRESH)] {
            let refusal = refused(&get(&world, asked).await.expect_err(what));
            refusal.is(Code::InvalidArgument, "SNAPSHOT_TOKEN_INVALID", &[field]);
        }
    }
    for (asked, field) in [(at("rubbish"), AT), (fresh(["rubbish"]), FRESH)] {
        for status in all_reads(&world, asked).await {
            refused(&status).is(Code::InvalidArgument, "SNAPSHOT_TOKEN_INVALID", &[field]);
        }
    }
}

/// What each of the other reads says to a token.
async fn all_reads(world: &World, consistency: Option<Consistency>) -> Vec<Status> {
    let mut registry = world.registry();
    let asked = || consistency.clone();
    let request = GetVocabularyRequest {
        consistency: asked(),
    };
    let mut told = vec![
        registry
            .get_vocabulary(request)
            .await
            .expect_err("vocabulary"),
    ];
    let request = ListEntitiesRequest {
        consistency: asked(),
        ..Default::default()
    };
    told.push(registry.list_entities(request).await.expect_err("entities"));
    let request = BatchGetEntitiesRequest {
        names: vec!["entities/china".to_owned()],
        consistency: asked(),
        ..Default::default()
    };
    told.push(
        registry
            .batch_get_entities(request)
            .await
            .expect_err("batch"),
    );
    let request = SearchEntitiesRequest {
        query: "china".to_owned(),
        consistency: asked(),
        ..Default::default()
    };
    told.push(registry.search_entities(request).await.expect_err("search"));
    let request = ResolveEntitiesRequest {
        queries: vec![ResolveQuery {
            text: "china".to_owned(),
            ..Default::default()
        }],
        consistency: asked(),
    };
    told.push(
        registry
            .resolve_entities(request)
            .await
            .expect_err("resolve"),
    );
    let request = GetRelationRequest {
        name: "relations/one".to_owned(),
        consistency: asked(),
    };
    told.push(registry.get_relation(request).await.expect_err("relation"));
    let request = ListRelationsRequest {
        consistency: asked(),
        ..Default::default()
    };
    told.push(
        registry
            .list_relations(request)
            .await
            .expect_err("relations"),
    );
    let request = GetSnapshotRequest {
        consistency: asked(),
    };
    told.push(registry.get_snapshot(request).await.expect_err("snapshot"));
    told
}

async fn snapshots_outlive_the_process(backend: Backend) {
    let mut world = seeded(backend).await;
    let (_, then) = get(&world, None).await.expect("it is there");
    rename(&world, "Cathay").await;
    world.kill().await;
    world.restart().await;
    let (shown, _) = get(&world, at(&then)).await.expect("it was there");
    assert_eq!(shown, "China");
    let (shown, _) = get(&world, None).await.expect("it is there");
    assert_eq!(shown, "Cathay", "what was acknowledged is kept");
}
