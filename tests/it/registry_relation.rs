//! One relation: stated, changed, withdrawn, and what may not be stated.

use prost_types::FieldMask;
use proto::figure::v1::{Basis, Bound, SourceRef};
use proto::registry::v1::{
    CreateRelationRequest, DeleteEntityRequest, DeleteRelationRequest, GetRelationRequest,
    Relation, UpdateRelationRequest,
};
use tonic::{Code, Status};

use crate::harness::quantity::{bounded, printed};
use crate::harness::{Backend, World, on_both, refused, seeded};

on_both!(
    a_relation_is_read_back_as_it_was_stated,
    a_relation_id_is_used_once,
    only_the_fields_in_the_mask_of_a_relation_change,
    a_stale_etag_aborts_changing_and_withdrawing_a_relation,
    a_withdrawn_relation_is_gone_and_its_id_too,
);

/// A relation as the article states it.
pub fn relation(subject: &str, predicate: &str, object: &str) -> Relation {
    Relation {
        subject: format!("entities/{subject}"),
        predicate: predicate.to_owned(),
        object: format!("entities/{object}"),
        source: Some(SourceRef {
            source: "entities/article".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// States a relation that is good.
pub async fn relate(world: &World, subject: &str, predicate: &str, object: &str) -> Relation {
    let stated = state(world, "", relation(subject, predicate, object)).await;
    stated.expect("the relation is good")
}

/// States a relation under an id.
pub async fn state(world: &World, id: &str, relation: Relation) -> Result<Relation, Status> {
    let request = CreateRelationRequest {
        relation_id: id.to_owned(),
        relation: Some(relation),
        ..Default::default()
    };
    let answer = world.registry().create_relation(request).await?;
    Ok(answer
        .into_inner()
        .relation
        .expect("the relation as stored"))
}

async fn get(world: &World, name: &str) -> Result<Relation, Status> {
    let request = GetRelationRequest {
        name: name.to_owned(),
        ..Default::default()
    };
    let answer = world.registry().get_relation(request).await?.into_inner();
    Ok(answer.relation.expect("the relation"))
}

/// Changes some fields of a relation.
pub fn update(relation: Relation, paths: &[&str]) -> UpdateRelationRequest {
    UpdateRelationRequest {
        relation: Some(relation),
        update_mask: Some(FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
        ..Default::default()
    }
}

async fn a_relation_is_read_back_as_it_was_stated(backend: Backend) {
    let world = seeded(backend).await;
    let given = Relation {
        role: "wholly-owned".to_owned(),
        since: "1995".to_owned(),
        until: "2018-06".to_owned(),
        since_approximate: true,
        as_of: "2017-Q3".to_owned(),
        share: Some(printed(
            bounded(Bound::GreaterThan, "25.0"),
            "more than 25.0 percent",
        )),
        basis: Basis::InferredFromContext.into(),
        ..relation("acme", "part-of", "france")
    };
    let stored = state(&world, "one", given.clone()).await;
    let stored = stored.expect("it is good");
    assert_eq!(stored.name, "relations/one");
    let as_given = Relation {
        name: String::new(),
        etag: String::new(),
        create_time: None,
        update_time: None,
        ..stored.clone()
    };
    assert_eq!(as_given, given);
    assert_eq!(
        get(&world, "relations/one").await.expect("it is there"),
        stored
    );
    let plain = relate(&world, "acme", "employs", "france").await;
    assert_eq!(plain.basis(), Basis::Stated, "the default");
    let missing = get(&world, "relations/none").await;
    let missing = refused(&missing.expect_err("nobody stated it"));
    missing.is(Code::NotFound, "RELATION_NOT_FOUND", &[]);
}

async fn a_relation_id_is_used_once(backend: Backend) {
    let world = seeded(backend).await;
    let first = state(&world, "one", relation("beijing", "located-in", "china")).await;
    first.expect("it is good");
    let second = state(&world, "one", relation("acme", "located-in", "china")).await;
    let second = refused(&second.expect_err("the id is in use"));
    second.is(Code::AlreadyExists, "RELATION_EXISTS", &["relation_id"]);
    // Two statements of the same are two relations.
    relate(&world, "beijing", "located-in", "china").await;
}

async fn only_the_fields_in_the_mask_of_a_relation_change(backend: Backend) {
    let world = seeded(backend).await;
    let before = Relation {
        role: "capital".to_owned(),
        ..relation("beijing", "located-in", "china")
    };
    let before = state(&world, "", before).await.expect("it is good");
    let change = Relation {
        role: "ignored".to_owned(),
        since: "1949".to_owned(),
        subject: "entities/beijing".to_owned(),
        ..before.clone()
    };
    let request = update(change, &["since", "subject", "etag"]);
    let after = world.registry().update_relation(request).await;
    let after = after.expect("the etag is current").into_inner().relation;
    let after = after.expect("the relation");
    assert_eq!(
        (after.role.as_str(), after.since.as_str()),
        ("capital", "1949")
    );
    assert_ne!(after.etag, before.etag);
    assert_eq!(get(&world, &after.name).await.expect("it is there"), after);
    let moved = Relation {
        object: "entities/france".to_owned(),
        ..after.clone()
    };
    let moved = world
        .registry()
        .update_relation(update(moved, &["object"]))
        .await;
    let moved = refused(&moved.expect_err("the ends never change"));
    moved.is(
        Code::InvalidArgument,
        "FIELD_IMMUTABLE",
        &["relation.object"],
    );
    for paths in [&[][..], &["colour"], &["source.locator"]] {
        let request = update(after.clone(), paths);
        let status = world.registry().update_relation(request).await;
        let refusal = refused(&status.expect_err("no such field"));
        refusal.is(
            Code::InvalidArgument,
            "UPDATE_MASK_INVALID",
            &["update_mask"],
        );
    }
}

async fn a_stale_etag_aborts_changing_and_withdrawing_a_relation(backend: Backend) {
    let world = seeded(backend).await;
    let stale = relate(&world, "beijing", "located-in", "china").await;
    let change = Relation {
        role: "capital".to_owned(),
        ..stale.clone()
    };
    let request = update(change.clone(), &["role"]);
    let first = world.registry().update_relation(request.clone()).await;
    first.expect("the etag is current");
    let again = update(
        Relation {
            role: "seat".to_owned(),
            ..change
        },
        &["role"],
    );
    let second = world.registry().update_relation(again).await;
    let second = refused(&second.expect_err("somebody was faster"));
    second.is(Code::Aborted, "ETAG_MISMATCH", &["relation.etag"]);
    let request = DeleteRelationRequest {
        name: stale.name,
        etag: stale.etag,
        ..Default::default()
    };
    let third = world.registry().delete_relation(request).await;
    let third = refused(&third.expect_err("somebody was faster"));
    third.is(Code::Aborted, "ETAG_MISMATCH", &["etag"]);
}

async fn a_withdrawn_relation_is_gone_and_its_id_too(backend: Backend) {
    let world = seeded(backend).await;
    let given = relation("beijing", "located-in", "china");
    state(&world, "one", given.clone())
        .await
        .expect("it is good");
    let request = DeleteRelationRequest {
        name: "relations/one".to_owned(),
        ..Default::default()
    };
    let before = get(&world, "relations/one").await.expect("it is there");
    let withdrawn = world.registry().delete_relation(request.clone()).await;
    let withdrawn = withdrawn.expect("it is there").into_inner();
    assert!(!withdrawn.snapshot.is_empty());
    let relation = withdrawn.relation.expect("as it was");
    assert!(relation.delete_time.is_some());
    let as_it_was = Relation {
        etag: before.etag.clone(),
        update_time: before.update_time,
        delete_time: None,
        ..relation
    };
    assert_eq!(as_it_was, before);
    let read = get(&world, "relations/one").await;
    let read = refused(&read.expect_err("it is withdrawn"));
    read.is(Code::NotFound, "RELATION_NOT_FOUND", &[]);
    let again = world.registry().delete_relation(request).await;
    let again = refused(&again.expect_err("it is withdrawn"));
    again.is(Code::NotFound, "RELATION_NOT_FOUND", &[]);
    let reused = state(&world, "one", given).await;
    let reused = refused(&reused.expect_err("ids are never used again"));
    reused.is(Code::AlreadyExists, "RELATION_EXISTS", &["relation_id"]);
    let free = DeleteEntityRequest {
        name: "entities/china".to_owned(),
        ..Default::default()
    };
    let free = world.registry().delete_entity(free).await;
    free.expect("nothing points to it any more");
}
