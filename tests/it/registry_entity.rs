//! One entity: created, read, changed, deleted, taken back.

use prost_types::FieldMask;
use proto::registry::v1::{
    Attribute, CreateEntityRequest, DeleteEntityRequest, Entity, GetEntityRequest, Lifecycle,
    LifecycleState, Name, NameType, RecordStatus, UndeleteEntityRequest, UpdateEntityRequest,
};
use tonic::{Code, Status};

use crate::harness::seed::{entity, identifier, name};
use crate::harness::{Backend, World, on_both, refused, seeded};

on_both!(
    a_created_entity_is_read_back_as_it_was_given,
    an_entity_without_an_id_gets_one,
    an_id_is_a_dns_label,
    creating_an_entity_twice_returns_already_exists,
    everything_wrong_with_a_new_entity_is_told_at_once,
    an_identifier_of_a_unique_scheme_belongs_to_one_entity,
    a_source_must_exist_and_be_citable,
    only_the_fields_in_the_mask_change,
    a_mask_that_is_empty_or_names_no_field_is_refused,
    what_never_changes_is_refused_unless_it_is_the_same,
    a_stale_etag_aborts_an_update_and_a_deletion,
    a_deleted_entity_is_kept_and_can_be_taken_back,
    the_name_of_a_deleted_entity_is_never_used_again,
    an_entity_in_relations_is_deleted_only_by_force,
);

fn creation(id: &str, entity: Entity) -> CreateEntityRequest {
    CreateEntityRequest {
        entity_id: id.to_owned(),
        entity: Some(entity),
        ..Default::default()
    }
}

fn update(entity: Entity, paths: &[&str]) -> UpdateEntityRequest {
    UpdateEntityRequest {
        entity: Some(entity),
        update_mask: Some(FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
        ..Default::default()
    }
}

fn deletion(id: &str) -> DeleteEntityRequest {
    DeleteEntityRequest {
        name: format!("entities/{id}"),
        ..Default::default()
    }
}

fn undeletion(id: &str) -> UndeleteEntityRequest {
    UndeleteEntityRequest {
        name: format!("entities/{id}"),
        ..Default::default()
    }
}

async fn create(world: &World, id: &str, entity: Entity) -> Result<Entity, Status> {
    let answer = world.registry().create_entity(creation(id, entity)).await?;
    Ok(answer.into_inner().entity.expect("the entity as stored"))
}

async fn get(world: &World, id: &str) -> Result<Entity, Status> {
    let request = GetEntityRequest {
        name: format!("entities/{id}"),
        ..Default::default()
    };
    let answer = world.registry().get_entity(request).await?.into_inner();
    assert!(!answer.snapshot.is_empty());
    Ok(answer.entity.expect("the entity"))
}

async fn a_created_entity_is_read_back_as_it_was_given(backend: Backend) {
    let world = seeded(backend).await;
    let given = Entity {
        kind: "company".to_owned(),
        names: vec![
            name("北京一轻", "zh", NameType::Display),
            name("First Light", "en", NameType::Display),
            Name {
                source: "entities/article".to_owned(),
                period: "2018".to_owned(),
                ..name("Old Light", "en", NameType::Former)
            },
        ],
        identifiers: vec![identifier("wikidata", "Q9")],
        attributes: vec![
            attribute("sector", "energy"),
            attribute("founded", "195X"),
            attribute("website", "https://example.org/a"),
        ],
        lifecycle: vec![Lifecycle {
            state: LifecycleState::Active.into(),
            since: "1958-06".to_owned(),
            event: "opened".to_owned(),
            ..Default::default()
        }],
        record_status: RecordStatus::Draft.into(),
        placeholder: true,
        ..Default::default()
    };
    let stored = create(&world, "light", given.clone()).await;
    let stored = stored.expect("it is good");
    assert_eq!(stored.name, "entities/light");
    assert_eq!(stored.display_name, "First Light");
    assert!(!stored.etag.is_empty() && stored.create_time == stored.update_time);
    assert_eq!(stored.delete_time, None);
    let as_given = Entity {
        name: String::new(),
        display_name: String::new(),
        etag: String::new(),
        create_time: None,
        update_time: None,
        ..stored.clone()
    };
    assert_eq!(as_given, given);
    let read = get(&world, "light").await;
    assert_eq!(read.expect("it is there"), stored);
    let missing = get(&world, "atlantis").await;
    let missing = refused(&missing.expect_err("nobody made it"));
    missing.is(Code::NotFound, "ENTITY_NOT_FOUND", &[]);
    assert!(missing.message.contains("entities/atlantis"));
}

fn attribute(key: &str, value: &str) -> Attribute {
    Attribute {
        key: key.to_owned(),
        value: value.to_owned(),
        ..Default::default()
    }
}

async fn an_entity_without_an_id_gets_one(backend: Backend) {
    let world = seeded(backend).await;
    let mut made = Vec::new();
    for _ in 0..2 {
        let stored = create(&world, "", entity("ignored", "company", "Twin")).await;
        made.push(stored.expect("an id is made").name);
    }
    assert_ne!(made[0], made[1]);
    assert!(made.iter().all(|name| name.starts_with("entities/")));
}

async fn an_id_is_a_dns_label(backend: Backend) {
    let world = seeded(backend).await;
    let longest = "x".repeat(63);
    for id in ["9", "4paradigm", "a-b", "a--b", &longest] {
        let made = create(&world, id, entity("ignored", "company", "Newcomer")).await;
        let made = made.unwrap_or_else(|status| panic!("{id}: {status}"));
        assert_eq!(made.name, format!("entities/{id}"));
    }
    let long = "x".repeat(64);
    for id in ["-", "-a", "a-", "--a", "A", "a_b", "é", "a.b", "a/b", &long] {
        let status = create(&world, id, entity("ignored", "company", "Newcomer")).await;
        let refusal = refused(&status.expect_err(id));
        refusal.is(Code::InvalidArgument, "FIELD_INVALID", &["entity_id"]);
        let status = get(&world, id).await.expect_err(id);
        refused(&status).is(Code::InvalidArgument, "FIELD_INVALID", &["name"]);
    }
}

async fn creating_an_entity_twice_returns_already_exists(backend: Backend) {
    let world = seeded(backend).await;
    let again = create(&world, "china", entity("china", "region", "China")).await;
    let again = refused(&again.expect_err("it exists"));
    again.is(Code::AlreadyExists, "ENTITY_EXISTS", &["entity_id"]);
}

async fn everything_wrong_with_a_new_entity_is_told_at_once(backend: Backend) {
    let world = seeded(backend).await;
    let mut bad = entity("x", "", "");
    bad.lifecycle = vec![Lifecycle {
        since: "2018-13".to_owned(),
        ..Default::default()
    }];
    let status = create(&world, "Upper_Case", bad).await;
    let all = refused(&status.expect_err("nothing is right"));
    assert_eq!(all.code, Code::InvalidArgument);
    for field in [
        "entity_id",
        "entity.kind",
        "entity.names[0].text",
        "entity.lifecycle[0].state",
        "entity.lifecycle[0].since",
    ] {
        assert!(all.fields.iter().any(|f| f == field), "{field}: {all:?}");
    }
    let none = world
        .registry()
        .create_entity(CreateEntityRequest::default())
        .await;
    let none = refused(&none.expect_err("it is required"));
    none.is(Code::InvalidArgument, "FIELD_REQUIRED", &["entity"]);
    let mut crowd = entity("x", "company", "X");
    crowd.names = (0..201)
        .map(|i| name(&i.to_string(), "", NameType::Alias))
        .collect();
    let crowd = create(&world, "x", crowd).await;
    let crowd = refused(&crowd.expect_err("200 names are the most"));
    crowd.is(Code::InvalidArgument, "TOO_MANY_ITEMS", &["entity.names"]);
    let mut strange = entity("x", "planet", "X");
    let kind = create(&world, "x", strange.clone()).await;
    let kind = refused(&kind.expect_err("there is no such kind"));
    kind.is(
        Code::InvalidArgument,
        "VOCABULARY_UNKNOWN",
        &["entity.kind"],
    );
    strange.kind = "company".to_owned();
    strange.identifiers = vec![identifier("passport", "1"), identifier("wikidata", "148")];
    strange.attributes = vec![attribute("colour", "red"), attribute("sector", "magic")];
    let status = create(&world, "x", strange).await;
    refused(&status.expect_err("nothing is known")).is(
        Code::InvalidArgument,
        "VOCABULARY_UNKNOWN",
        &[
            "entity.attributes[0].key",
            "entity.attributes[1].value",
            "entity.identifiers[0].scheme",
            "entity.identifiers[1].value",
        ],
    );
}

async fn an_identifier_of_a_unique_scheme_belongs_to_one_entity(backend: Backend) {
    let world = seeded(backend).await;
    let mut twin = entity("twin", "region", "Twin");
    twin.identifiers = vec![identifier("wikidata", "Q148")];
    let shared = create(&world, "twin", twin.clone()).await;
    shared.expect("wikidata is not unique");
    twin.identifiers = vec![identifier("iso3166-1-alpha3", "CHN")];
    let taken = create(&world, "other", twin.clone()).await;
    let taken = refused(&taken.expect_err("China has it"));
    let field = "entity.identifiers[0].value";
    taken.is(Code::AlreadyExists, "IDENTIFIER_TAKEN", &[field]);
    let deleted = world.registry().delete_entity(deletion("china")).await;
    deleted.expect("nothing points to it");
    let free = create(&world, "other", twin).await;
    free.expect("a deleted entity holds nothing");
    let back = world.registry().undelete_entity(undeletion("china")).await;
    let back = refused(&back.expect_err("another one has it now"));
    assert_eq!(
        (back.code, back.reason.as_str()),
        (Code::AlreadyExists, "IDENTIFIER_TAKEN")
    );
}

async fn a_source_must_exist_and_be_citable(backend: Backend) {
    let world = seeded(backend).await;
    let citing = |source: &str| {
        let mut citing = entity("x", "company", "X");
        citing.names[0].source = source.to_owned();
        citing
    };
    let unknown = create(&world, "x", citing("entities/rumour")).await;
    let unknown = refused(&unknown.expect_err("it does not exist"));
    let field = "entity.names[0].source";
    unknown.is(Code::InvalidArgument, "ENTITY_UNKNOWN", &[field]);
    let mute = create(&world, "x", citing("entities/china")).await;
    let mute = refused(&mute.expect_err("regions are not cited"));
    mute.is(Code::InvalidArgument, "FIELD_INVALID", &[field]);
    let good = create(&world, "x", citing("entities/dataset")).await;
    good.expect("datasets are cited");
}

async fn only_the_fields_in_the_mask_change(backend: Backend) {
    let world = seeded(backend).await;
    let before = get(&world, "china").await.expect("it is there");
    let mut change = entity("china", "", "Middle Kingdom");
    change.etag = before.etag.clone();
    let request = update(change, &["names", "etag", "update_time"]);
    let after = world.registry().update_entity(request).await;
    let after = after.expect("the etag is current").into_inner().entity;
    let after = after.expect("the entity");
    assert_eq!(after.display_name, "Middle Kingdom");
    assert_eq!(after.identifiers, before.identifiers);
    assert_eq!(after.create_time, before.create_time);
    assert_ne!(after.etag, before.etag);
    assert_eq!(get(&world, "china").await.expect("it is there"), after);
    let all = update(entity("china", "region", "China"), &["*"]);
    let all = world.registry().update_entity(all).await;
    let all = all
        .expect("it is good")
        .into_inner()
        .entity
        .expect("the entity");
    assert!(all.identifiers.is_empty(), "all fields are replaced");
    let same = update(all.clone(), &["*"]);
    let same = world.registry().update_entity(same).await;
    let same = same.expect("nothing changes").into_inner().entity;
    assert_eq!(
        same.expect("the entity"),
        all,
        "nothing new is no new version"
    );
}

async fn a_mask_that_is_empty_or_names_no_field_is_refused(backend: Backend) {
    let world = seeded(backend).await;
    for paths in [&[][..], &["colour"], &["names.text"], &["names", "Kind"]] {
        let request = update(entity("china", "region", "China"), paths);
        let status = world.registry().update_entity(request).await;
        let refusal = refused(&status.expect_err("no such field"));
        refusal.is(
            Code::InvalidArgument,
            "UPDATE_MASK_INVALID",
            &["update_mask"],
        );
    }
    let request = update(entity("atlantis", "region", "Atlantis"), &["names"]);
    let status = world.registry().update_entity(request).await;
    let refusal = refused(&status.expect_err("it does not exist"));
    assert_eq!(
        (refusal.code, refusal.reason.as_str()),
        (Code::NotFound, "ENTITY_NOT_FOUND")
    );
}

async fn what_never_changes_is_refused_unless_it_is_the_same(backend: Backend) {
    let world = seeded(backend).await;
    let same = update(entity("china", "region", "China"), &["kind", "names"]);
    let same = world.registry().update_entity(same).await;
    same.expect("the kind is the same");
    let other = update(entity("china", "company", "China"), &["kind"]);
    let other = world.registry().update_entity(other).await;
    let other = refused(&other.expect_err("a region stays one"));
    other.is(Code::InvalidArgument, "FIELD_IMMUTABLE", &["entity.kind"]);
}

async fn a_stale_etag_aborts_an_update_and_a_deletion(backend: Backend) {
    let world = seeded(backend).await;
    let stale = get(&world, "china").await.expect("it is there");
    let request = update(entity("china", "", "First"), &["names"]);
    let first = world.registry().update_entity(request).await;
    first.expect("without an etag the last one wins");
    let request = update(stale.clone(), &["names"]);
    let second = world.registry().update_entity(request).await;
    let second = refused(&second.expect_err("somebody was faster"));
    second.is(Code::Aborted, "ETAG_MISMATCH", &["entity.etag"]);
    let request = DeleteEntityRequest {
        etag: stale.etag,
        ..deletion("china")
    };
    let third = world.registry().delete_entity(request).await;
    let third = refused(&third.expect_err("somebody was faster"));
    third.is(Code::Aborted, "ETAG_MISMATCH", &["etag"]);
    assert_eq!(
        get(&world, "china")
            .await
            .expect("it is there")
            .display_name,
        "First"
    );
}

async fn a_deleted_entity_is_kept_and_can_be_taken_back(backend: Backend) {
    let world = seeded(backend).await;
    let deleted = world.registry().delete_entity(deletion("acme")).await;
    let deleted = deleted.expect("nothing points to it").into_inner().entity;
    assert!(deleted.expect("the entity").delete_time.is_some());
    let read = get(&world, "acme").await.expect("it is still read");
    assert!(read.delete_time.is_some());
    let again = world.registry().delete_entity(deletion("acme")).await;
    let again = refused(&again.expect_err("it is gone"));
    again.is(Code::FailedPrecondition, "ENTITY_DELETED", &[]);
    let request = update(entity("acme", "", "New"), &["names"]);
    let change = world.registry().update_entity(request).await;
    let change = refused(&change.expect_err("it is gone"));
    change.is(Code::FailedPrecondition, "ENTITY_DELETED", &[]);
    let back = world.registry().undelete_entity(undeletion("acme")).await;
    let back = back.expect("it was deleted").into_inner().entity;
    assert_eq!(back.expect("the entity").delete_time, None);
    let back = world.registry().undelete_entity(undeletion("acme")).await;
    let back = refused(&back.expect_err("it is there"));
    back.is(Code::FailedPrecondition, "ENTITY_NOT_DELETED", &[]);
    let never = world
        .registry()
        .undelete_entity(undeletion("atlantis"))
        .await;
    let never = refused(&never.expect_err("it never was"));
    never.is(Code::NotFound, "ENTITY_NOT_FOUND", &[]);
}

async fn the_name_of_a_deleted_entity_is_never_used_again(backend: Backend) {
    let world = seeded(backend).await;
    let deleted = world.registry().delete_entity(deletion("acme")).await;
    deleted.expect("nothing points to it");
    let again = create(&world, "acme", entity("acme", "company", "Acme")).await;
    let again = refused(&again.expect_err("it was in use"));
    again.is(Code::AlreadyExists, "ENTITY_EXISTS", &["entity_id"]);
}

async fn an_entity_in_relations_is_deleted_only_by_force(backend: Backend) {
    let world = seeded(backend).await;
    crate::registry_relation::relate(&world, "beijing", "located-in", "china").await;
    for id in ["beijing", "china", "article"] {
        let used = world.registry().delete_entity(deletion(id)).await;
        let used = refused(&used.expect_err("a relation points to it"));
        used.is(Code::FailedPrecondition, "ENTITY_IN_USE", &[]);
    }
    let request = DeleteEntityRequest {
        force: true,
        ..deletion("china")
    };
    let forced = world.registry().delete_entity(request).await;
    forced.expect("force was set");
}
