use super::*;

on_both_databases! {
    a_repeated_request_answers_as_the_first_time
    every_write_tells_that_it_was_repeated
    a_write_that_changes_nothing_may_come_several_times_at_once
    a_check_keeps_nothing
}

fn request_id(number: u8) -> String {
    format!("6f1c9a52-3b0e-4e0f-9f6d-2a4b8f1f7c{number:02}")
}

/// Calls a method twice with one request and wants one effect and one answer.
macro_rules! twice {
    ($registry:expr, $method:ident, $request:expr) => {{
        let request = $request;
        let first = $registry.$method(Request::new(request.clone())).await;
        let mut first = first.expect(stringify!($method)).into_inner();
        let again = $registry.$method(Request::new(request)).await;
        let again = again.expect("replayed").into_inner();
        assert!(again.replayed && !first.replayed, stringify!($method));
        first.replayed = true;
        assert_eq!(again, first, stringify!($method));
        first
    }};
}

async fn every_write_tells_that_it_was_repeated(registry: Registry) {
    let mut changed = vocabulary();
    changed.kinds[1].citable = true;
    changed.kinds[0].labels = labels("a region");
    let apply = ApplyVocabularyRequest {
        vocabulary: Some(changed),
        request_id: request_id(1),
        ..ApplyVocabularyRequest::default()
    };
    assert!(twice!(registry, apply_vocabulary, apply).changed);
    let add = BatchAddEntitiesRequest {
        entities: vec![
            region("a", &[("A", "en")]),
            region("b", &[("B", "en")]),
            entity("atlas", "report", &[("Atlas", "en")]),
            region("a", &[]),
        ],
        on_error: proto::figure::v1::OnError::SkipRows.into(),
        request_id: request_id(2),
        ..BatchAddEntitiesRequest::default()
    };
    let added = twice!(registry, batch_add_entities, add);
    assert_eq!((added.created_count, added.row_errors.len()), (3, 1));
    let relate = BatchAddRelationsRequest {
        relations: vec![relation("a", "part-of", "b")],
        request_id: request_id(3),
        ..BatchAddRelationsRequest::default()
    };
    twice!(registry, batch_add_relations, relate);
    let create = CreateRelationRequest {
        relation: Some(relation("a", "capital", "b")),
        request_id: request_id(4),
        ..CreateRelationRequest::default()
    };
    let stated = twice!(registry, create_relation, create);
    let mut relation = stated.relation.expect("a relation");
    relation.role = "seat".to_owned();
    let update = UpdateRelationRequest {
        relation: Some(relation.clone()),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["role".to_owned()],
        }),
        request_id: request_id(5),
        ..UpdateRelationRequest::default()
    };
    twice!(registry, update_relation, update);
    let delete = DeleteRelationRequest {
        name: relation.name,
        request_id: request_id(6),
        ..DeleteRelationRequest::default()
    };
    let deleted = twice!(registry, delete_relation, delete);
    assert!(deleted.relation.expect("a relation").delete_time.is_some());
    let delete = DeleteEntityRequest {
        name: "entities/b".to_owned(),
        force: true,
        request_id: request_id(7),
        ..DeleteEntityRequest::default()
    };
    twice!(registry, delete_entity, delete);
    let undelete = UndeleteEntityRequest {
        name: "entities/b".to_owned(),
        request_id: request_id(8),
    };
    twice!(registry, undelete_entity, undelete);
}

async fn a_write_that_changes_nothing_may_come_several_times_at_once(registry: Registry) {
    let request = ApplyVocabularyRequest {
        vocabulary: Some(vocabulary()),
        request_id: request_id(1),
        ..ApplyVocabularyRequest::default()
    };
    let calls = (0..8).map(|_| {
        let (registry, request) = (registry.clone(), request.clone());
        tokio::spawn(async move { registry.apply_vocabulary(Request::new(request)).await })
    });
    let mut written = 0;
    for answer in futures::future::join_all(calls).await {
        let answer = answer.expect("a call").expect("an answer").into_inner();
        assert!(!answer.changed);
        written += usize::from(!answer.replayed);
    }
    assert_eq!(written, 1);
}

async fn a_check_keeps_nothing(registry: Registry) {
    let mut other = vocabulary();
    other.kinds[0].labels = labels("a region");
    let request = ApplyVocabularyRequest {
        vocabulary: Some(other),
        validate_only: true,
        request_id: request_id(1),
    };
    for _ in 0..2 {
        let answer = registry
            .apply_vocabulary(Request::new(request.clone()))
            .await;
        let answer = answer.expect("checked").into_inner();
        assert!(answer.changed && !answer.replayed);
    }
    let applied = ApplyVocabularyRequest {
        validate_only: false,
        ..request
    };
    let answer = registry.apply_vocabulary(Request::new(applied)).await;
    assert!(answer.expect("applied").into_inner().changed);
}

async fn a_repeated_request_answers_as_the_first_time(registry: Registry) {
    let mut request = CreateEntityRequest {
        entity: Some(region("", &[("Shaanxi", "en")])),
        request_id: "6f1c9a52-3b0e-4e0f-9f6d-2a4b8f1f7c11".to_owned(),
        ..CreateEntityRequest::default()
    };
    let first = registry
        .create_entity(Request::new(request.clone()))
        .await
        .expect("created")
        .into_inner();
    let again = registry
        .create_entity(Request::new(request.clone()))
        .await
        .expect("replayed")
        .into_inner();
    assert!(again.replayed && !first.replayed);
    assert_eq!(again, replayed(&first));
    request.entity = Some(region("", &[("Shanxi", "en")]));
    let other = registry.create_entity(Request::new(request)).await;
    assert_eq!(
        failure(other),
        (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned())
    );
    let entity = first.entity.expect("an entity");
    let update = UpdateEntityRequest {
        entity: Some(entity),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["names".to_owned()],
        }),
        request_id: "6f1c9a52-3b0e-4e0f-9f6d-2a4b8f1f7c12".to_owned(),
        ..UpdateEntityRequest::default()
    };
    let unchanged = registry
        .update_entity(Request::new(update.clone()))
        .await
        .expect("unchanged")
        .into_inner();
    assert_eq!(unchanged.snapshot, first.snapshot);
    registry
        .update_entity(Request::new(update))
        .await
        .expect("replayed");
}

fn replayed(first: &CreateEntityResponse) -> CreateEntityResponse {
    CreateEntityResponse {
        replayed: true,
        ..first.clone()
    }
}
