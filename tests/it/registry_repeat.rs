//! Writes that come twice, and writes that are only checked.

use prost_types::FieldMask;
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use proto::registry::v1::{
    ApplyVocabularyRequest, ApplyVocabularyResponse, BatchAddEntitiesRequest,
    BatchAddEntitiesResponse, BatchAddRelationsRequest, BatchAddRelationsResponse,
    CreateEntityRequest, CreateEntityResponse, CreateRelationRequest, CreateRelationResponse,
    DeleteEntityRequest, DeleteEntityResponse, DeleteRelationRequest, DeleteRelationResponse,
    GetVocabularyRequest, UndeleteEntityRequest, UndeleteEntityResponse, UpdateEntityRequest,
    UpdateEntityResponse, UpdateRelationRequest, UpdateRelationResponse,
};
use tonic::Code;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::harness::seed::{entity, vocabulary};
use crate::harness::{Backend, World, on_both, refused, seeded};
use crate::registry_relation::{relate, relation};

on_both!(
    a_repeated_write_answers_as_the_first_time_and_happens_once,
    a_write_repeated_at_the_same_time_happens_once,
    a_repeated_write_is_known_after_a_crash,
    a_request_id_goes_with_one_request,
    a_request_id_is_a_uuid,
    a_checked_write_answers_as_if_and_writes_nothing,
    a_checked_relation_is_not_written_either,
    a_checked_write_does_not_use_up_its_request_id,
);

/// The snapshot of now.
async fn snapshot(world: &World) -> String {
    let request = GetVocabularyRequest::default();
    let answer = world.registry().get_vocabulary(request).await;
    answer.expect("it can be read").into_inner().snapshot
}

fn creation(id: &str, request_id: &str) -> CreateEntityRequest {
    CreateEntityRequest {
        entity_id: id.to_owned(),
        entity: Some(entity("ignored", "company", "Newcomer")),
        request_id: request_id.to_owned(),
        ..Default::default()
    }
}

fn mask(path: &str) -> Option<FieldMask> {
    Some(FieldMask {
        paths: vec![path.to_owned()],
    })
}

/// An answer that may be that of an earlier request.
trait Repeated {
    /// Whether it says that it is; says so no more.
    fn replayed(&mut self) -> bool;
}

macro_rules! repeated {
    ($($answer:ident),+ $(,)?) => {
        $(impl Repeated for $answer {
            fn replayed(&mut self) -> bool {
                std::mem::take(&mut self.replayed)
            }
        })+
    };
}

repeated!(
    ApplyVocabularyResponse,
    CreateEntityResponse,
    BatchAddEntitiesResponse,
    UpdateEntityResponse,
    DeleteEntityResponse,
    UndeleteEntityResponse,
    CreateRelationResponse,
    BatchAddRelationsResponse,
    UpdateRelationResponse,
    DeleteRelationResponse,
);

/// Calls a method twice with one request and wants one effect and one answer.
macro_rules! twice {
    ($world:expr, $method:ident, $request:expr) => {{
        let (mut registry, request) = ($world.registry(), $request);
        let first = registry.$method(request.clone()).await;
        let mut first = first.expect(stringify!($method)).into_inner();
        let after = snapshot($world).await;
        let second = registry.$method(request).await;
        let mut second = second.expect("a repeat is no fault").into_inner();
        let told = (first.replayed(), second.replayed());
        assert_eq!(told, (false, true), stringify!($method));
        assert_eq!(first, second, stringify!($method));
        assert_eq!(snapshot($world).await, after, stringify!($method));
        first
    }};
}

async fn a_repeated_write_answers_as_the_first_time_and_happens_once(backend: Backend) {
    let world = &seeded(backend).await;
    let request_id = || Uuid::new_v4().to_string();
    let mut wider = vocabulary();
    wider.kinds[0].citable = true;
    let applied = twice!(
        world,
        apply_vocabulary,
        ApplyVocabularyRequest {
            vocabulary: Some(wider),
            request_id: request_id(),
            ..Default::default()
        }
    );
    assert!(applied.changed, "the second time it was there already");
    let added = twice!(
        world,
        batch_add_entities,
        BatchAddEntitiesRequest {
            entities: vec![entity("many", "company", "Many")],
            request_id: request_id(),
            ..Default::default()
        }
    );
    assert_eq!(added.created_count, 1);
    let added = twice!(
        world,
        batch_add_relations,
        BatchAddRelationsRequest {
            relations: vec![relation("many", "located-in", "china")],
            request_id: request_id(),
            ..Default::default()
        }
    );
    assert_eq!(added.created_count, 1);
    // Without an id of its own, each creation that is not recognised makes one more.
    let made = twice!(world, create_entity, creation("", &request_id()));
    let name = made.entity.expect("the entity").name;
    twice!(
        world,
        update_entity,
        UpdateEntityRequest {
            entity: Some(proto::registry::v1::Entity {
                name: name.clone(),
                ..entity("ignored", "company", "Renamed")
            }),
            update_mask: mask("names"),
            request_id: request_id(),
            ..Default::default()
        }
    );
    twice!(
        world,
        delete_entity,
        DeleteEntityRequest {
            name: name.clone(),
            request_id: request_id(),
            ..Default::default()
        }
    );
    twice!(
        world,
        undelete_entity,
        UndeleteEntityRequest {
            name,
            request_id: request_id(),
        }
    );
    let made = twice!(
        world,
        create_relation,
        CreateRelationRequest {
            relation: Some(relation("beijing", "located-in", "china")),
            request_id: request_id(),
            ..Default::default()
        }
    );
    let stated = made.relation.expect("the relation");
    twice!(
        world,
        update_relation,
        UpdateRelationRequest {
            relation: Some(proto::registry::v1::Relation {
                role: "capital".to_owned(),
                ..stated.clone()
            }),
            update_mask: mask("role"),
            request_id: request_id(),
            ..Default::default()
        }
    );
    twice!(
        world,
        delete_relation,
        DeleteRelationRequest {
            name: stated.name,
            request_id: request_id(),
            ..Default::default()
        }
    );
}

async fn a_write_repeated_at_the_same_time_happens_once(backend: Backend) {
    let world = seeded(backend).await;
    let request = creation("", &Uuid::new_v4().to_string());
    let call = |mut registry: RegistryServiceClient<Channel>| {
        let request = request.clone();
        async move { registry.create_entity(request).await }
    };
    let calls = (0..8).map(|_| call(world.registry()));
    let answers = futures::future::join_all(calls).await;
    let answers: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.expect("one writes, the others repeat").into_inner())
        .collect();
    let written = answers.iter().filter(|answer| !answer.replayed);
    assert_eq!(written.count(), 1);
    let mut names: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.entity.expect("the entity").name)
        .collect();
    names.dedup();
    assert_eq!(names.len(), 1);
}

async fn a_repeated_write_is_known_after_a_crash(backend: Backend) {
    let mut world = seeded(backend).await;
    let request = creation("newcomer", &Uuid::new_v4().to_string());
    let first = world.registry().create_entity(request.clone()).await;
    world.kill().await;
    world.restart().await;
    let second = world.registry().create_entity(request).await;
    let mut first = first.expect("it is new").into_inner();
    let mut second = second.expect("it is a repeat").into_inner();
    assert_eq!((first.replayed(), second.replayed()), (false, true));
    assert_eq!(first, second);
}

async fn a_request_id_goes_with_one_request(backend: Backend) {
    let world = seeded(backend).await;
    let request_id = Uuid::new_v4().to_string();
    let first = world
        .registry()
        .create_entity(creation("one", &request_id))
        .await;
    first.expect("it is new");
    let other = world
        .registry()
        .create_entity(creation("two", &request_id))
        .await;
    let other = refused(&other.expect_err("the id is used"));
    other.is(Code::InvalidArgument, "REQUEST_ID_REUSED", &["request_id"]);
    let request = DeleteEntityRequest {
        name: "entities/one".to_owned(),
        request_id,
        ..Default::default()
    };
    let other = world.registry().delete_entity(request).await;
    let other = refused(&other.expect_err("the id is used by another method"));
    other.is(Code::InvalidArgument, "REQUEST_ID_REUSED", &["request_id"]);
}

async fn a_request_id_is_a_uuid(backend: Backend) {
    let world = seeded(backend).await;
    let status = world
        .registry()
        .create_entity(creation("one", "again"))
        .await;
    let refusal = refused(&status.expect_err("not a UUID"));
    refusal.is(Code::InvalidArgument, "FIELD_INVALID", &["request_id"]);
}

async fn a_checked_write_answers_as_if_and_writes_nothing(backend: Backend) {
    let world = seeded(backend).await;
    let (mut registry, before) = (world.registry(), snapshot(&world).await);
    let request = CreateEntityRequest {
        validate_only: true,
        ..creation("newcomer", "")
    };
    let created = registry.create_entity(request).await.expect("it is good");
    let created = created.into_inner().entity.expect("the entity");
    assert_eq!(created.name, "entities/newcomer");
    let request = UpdateEntityRequest {
        entity: Some(entity("china", "region", "Cathay")),
        update_mask: mask("names"),
        validate_only: true,
        ..Default::default()
    };
    let updated = registry.update_entity(request).await.expect("it is good");
    let updated = updated.into_inner().entity.expect("the entity");
    assert_eq!(updated.display_name, "Cathay");
    let request = BatchAddEntitiesRequest {
        entities: vec![entity("newcomer", "company", "Newcomer")],
        validate_only: true,
        ..Default::default()
    };
    let added = registry
        .batch_add_entities(request)
        .await
        .expect("it is good");
    assert_eq!(added.into_inner().created_count, 1);
    assert_eq!(snapshot(&world).await, before);
    let request = CreateEntityRequest {
        validate_only: true,
        ..creation("china", "")
    };
    let exists = registry.create_entity(request).await;
    let exists = refused(&exists.expect_err("a check finds what a write would"));
    exists.is(Code::AlreadyExists, "ENTITY_EXISTS", &["entity_id"]);
}

async fn a_checked_relation_is_not_written_either(backend: Backend) {
    let world = seeded(backend).await;
    let stated = relate(&world, "beijing", "located-in", "china").await;
    let (mut registry, before) = (world.registry(), snapshot(&world).await);
    let request = CreateRelationRequest {
        relation: Some(relation("acme", "located-in", "china")),
        validate_only: true,
        ..Default::default()
    };
    registry.create_relation(request).await.expect("it is good");
    let request = UpdateRelationRequest {
        relation: Some(proto::registry::v1::Relation {
            role: "capital".to_owned(),
            ..stated
        }),
        update_mask: mask("role"),
        validate_only: true,
        ..Default::default()
    };
    let updated = registry.update_relation(request).await.expect("it is good");
    assert_eq!(
        updated.into_inner().relation.expect("the relation").role,
        "capital"
    );
    let request = BatchAddRelationsRequest {
        relations: vec![relation("acme", "located-in", "china")],
        validate_only: true,
        ..Default::default()
    };
    let added = registry
        .batch_add_relations(request)
        .await
        .expect("it is good");
    assert_eq!(added.into_inner().created_count, 1);
    assert_eq!(snapshot(&world).await, before);
}

async fn a_checked_write_does_not_use_up_its_request_id(backend: Backend) {
    let world = seeded(backend).await;
    let request = creation("newcomer", &Uuid::new_v4().to_string());
    let checked = CreateEntityRequest {
        validate_only: true,
        ..request.clone()
    };
    let checked = world.registry().create_entity(checked).await;
    checked.expect("it is good");
    let made = world.registry().create_entity(request).await;
    made.expect("the id is still unused");
}
