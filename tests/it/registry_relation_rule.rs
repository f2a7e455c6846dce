//! What may not be stated by a relation.

use proto::registry::v1::{CreateRelationRequest, DeleteEntityRequest, Relation};
use tonic::Code;

use crate::harness::quantity::exact;
use crate::harness::{Backend, Refusal, World, on_both, refused, seeded};
use crate::registry_relation::{relate, relation, state, update};

on_both!(
    the_ends_and_the_source_of_a_relation_must_exist,
    a_relation_joins_only_the_kinds_its_predicate_allows,
    an_acyclic_predicate_leads_nowhere_back,
    a_functional_predicate_has_one_object_at_a_time,
    a_relation_does_not_end_before_it_begins,
    everything_wrong_with_a_relation_is_told_at_once,
);

async fn refuses(world: &World, relation: Relation) -> Refusal {
    let status = state(world, "", relation).await;
    refused(&status.expect_err("it is not allowed"))
}

async fn the_ends_and_the_source_of_a_relation_must_exist(backend: Backend) {
    let world = seeded(backend).await;
    let mut rumour = relation("atlantis", "located-in", "mu");
    rumour.source.as_mut().expect("it has one").source = "entities/rumour".to_owned();
    let fields = [
        "relation.subject",
        "relation.object",
        "relation.source.source",
    ];
    let refusal = refuses(&world, rumour).await;
    refusal.is(Code::FailedPrecondition, "RELATION_DANGLING", &fields);
    let request = DeleteEntityRequest {
        name: "entities/france".to_owned(),
        ..Default::default()
    };
    let deleted = world.registry().delete_entity(request).await;
    deleted.expect("nothing points to it");
    let refusal = refuses(&world, relation("acme", "located-in", "france")).await;
    refusal.is(
        Code::FailedPrecondition,
        "RELATION_DANGLING",
        &["relation.object"],
    );
}

async fn a_relation_joins_only_the_kinds_its_predicate_allows(backend: Backend) {
    let world = seeded(backend).await;
    let refusal = refuses(&world, relation("china", "headquartered-in", "acme")).await;
    let fields = ["relation.subject", "relation.object"];
    refusal.is(Code::FailedPrecondition, "RELATION_NOT_ALLOWED", &fields);
    let unknown = refuses(&world, relation("china", "adores", "france")).await;
    unknown.is(
        Code::InvalidArgument,
        "VOCABULARY_UNKNOWN",
        &["relation.predicate"],
    );
    let mut mute = relation("beijing", "located-in", "china");
    mute.source.as_mut().expect("it has one").source = "entities/acme".to_owned();
    let mute = refuses(&world, mute).await;
    mute.is(
        Code::InvalidArgument,
        "FIELD_INVALID",
        &["relation.source.source"],
    );
}

async fn an_acyclic_predicate_leads_nowhere_back(backend: Backend) {
    let world = seeded(backend).await;
    relate(&world, "beijing", "located-in", "china").await;
    relate(&world, "china", "located-in", "france").await;
    for (subject, object) in [
        ("france", "beijing"),
        ("china", "beijing"),
        ("china", "china"),
    ] {
        let refusal = refuses(&world, relation(subject, "located-in", object)).await;
        refusal.is(
            Code::FailedPrecondition,
            "RELATION_CYCLE",
            &["relation.object"],
        );
    }
    relate(&world, "france", "employs", "beijing").await;
    relate(&world, "beijing", "employs", "france").await;
}

async fn a_functional_predicate_has_one_object_at_a_time(backend: Backend) {
    let world = seeded(backend).await;
    let seat = |place: &str, since: &str, until: &str| Relation {
        since: since.to_owned(),
        until: until.to_owned(),
        ..relation("acme", "headquartered-in", place)
    };
    let first = state(&world, "", seat("china", "2010", "2018")).await;
    first.expect("the first seat");
    let both = refuses(&world, seat("france", "2015", "")).await;
    both.is(
        Code::FailedPrecondition,
        "RELATION_NOT_ALLOWED",
        &["relation.object"],
    );
    let next = state(&world, "", seat("france", "2018", "")).await;
    let next = next.expect("what ended in 2018 is over");
    let longer = Relation {
        since: "2012".to_owned(),
        ..next
    };
    let status = world
        .registry()
        .update_relation(update(longer, &["since"]))
        .await;
    let refusal = refused(&status.expect_err("both at the same time"));
    refusal.is(
        Code::FailedPrecondition,
        "RELATION_NOT_ALLOWED",
        &["relation.object"],
    );
}

async fn a_relation_does_not_end_before_it_begins(backend: Backend) {
    let world = seeded(backend).await;
    let dated = |since: &str, until: &str| Relation {
        since: since.to_owned(),
        until: until.to_owned(),
        ..relation("beijing", "located-in", "china")
    };
    let refusal = refuses(&world, dated("2018-07", "2018-06")).await;
    refusal.is(
        Code::InvalidArgument,
        "BOUNDS_REVERSED",
        &["relation.until"],
    );
    let refusal = refuses(&world, dated("2018-13", "soon")).await;
    let fields = ["relation.since", "relation.until"];
    refusal.is(Code::InvalidArgument, "PERIOD_INVALID", &fields);
    let stored = state(&world, "", dated("2018", "2018-06")).await;
    let stored = stored.expect("2018 may mean its first half");
    let change = Relation {
        until: "2017".to_owned(),
        ..stored
    };
    let status = world
        .registry()
        .update_relation(update(change, &["until"]))
        .await;
    let refusal = refused(&status.expect_err("it ends before it begins"));
    refusal.is(
        Code::InvalidArgument,
        "BOUNDS_REVERSED",
        &["relation.until"],
    );
}

async fn everything_wrong_with_a_relation_is_told_at_once(backend: Backend) {
    let world = seeded(backend).await;
    let bad = Relation {
        subject: "china".to_owned(),
        role: "x".repeat(201),
        share: Some(exact("lots")),
        ..Default::default()
    };
    let refusal = refuses(&world, bad).await;
    assert_eq!(refusal.code, Code::InvalidArgument);
    for field in [
        "subject",
        "predicate",
        "object",
        "role",
        "share.number",
        "source",
    ] {
        let field = format!("relation.{field}");
        assert!(refusal.fields.contains(&field), "{field}: {refusal:?}");
    }
    let none = world
        .registry()
        .create_relation(CreateRelationRequest::default())
        .await;
    let none = refused(&none.expect_err("it is required"));
    none.is(Code::InvalidArgument, "FIELD_REQUIRED", &["relation"]);
}
