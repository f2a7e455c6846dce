use proto::figure::v1::quantity::Value;

use super::*;

on_both_databases! {
    a_cycle_is_refused
    a_functional_predicate_has_one_object_at_a_time
    the_same_statement_is_added_once
    ends_and_sources_must_exist
    relations_are_listed_changed_and_withdrawn
}

async fn ground(registry: &Registry) {
    let mut rows: Vec<_> = ["a", "b", "c"].map(|id| region(id, &[(id, "en")])).into();
    rows.push(entity("atlas", "report", &[("Atlas", "en")]));
    registry.add(rows).await.expect("added");
}

async fn a_cycle_is_refused(registry: Registry) {
    ground(&registry).await;
    let chain = vec![relation("a", "part-of", "b"), relation("b", "part-of", "c")];
    registry.relate(chain).await.expect("added");
    let closing = registry.relate(vec![relation("c", "part-of", "a")]).await;
    assert_eq!(
        failure(closing),
        (Code::FailedPrecondition, "RELATION_CYCLE".to_owned())
    );
    let itself = registry.relate(vec![relation("a", "part-of", "a")]).await;
    assert_eq!(
        failure(itself),
        (Code::FailedPrecondition, "RELATION_CYCLE".to_owned())
    );
    let request = CreateRelationRequest {
        relation: Some(relation("c", "part-of", "a")),
        ..CreateRelationRequest::default()
    };
    let created = registry.create_relation(Request::new(request)).await;
    assert_eq!(
        failure(created),
        (Code::FailedPrecondition, "RELATION_CYCLE".to_owned())
    );
}

async fn a_functional_predicate_has_one_object_at_a_time(registry: Registry) {
    ground(&registry).await;
    let mut first = relation("a", "capital", "b");
    first.until = "1949".to_owned();
    let mut second = relation("a", "capital", "c");
    second.since = "1949".to_owned();
    registry
        .relate(vec![first, second.clone()])
        .await
        .expect("added");
    second.object = "entities/b".to_owned();
    let third = registry.relate(vec![second]).await;
    assert_eq!(
        failure(third),
        (Code::FailedPrecondition, "RELATION_NOT_ALLOWED".to_owned())
    );
}

async fn the_same_statement_is_added_once(registry: Registry) {
    ground(&registry).await;
    let one = relation("a", "part-of", "b");
    let first = registry
        .relate(vec![one.clone(), one.clone()])
        .await
        .expect("added");
    assert_eq!((first.created_count, first.unchanged_count), (1, 1));
    let again = registry.relate(vec![one]).await.expect("added");
    assert_eq!((again.created_count, again.unchanged_count), (0, 1));
    assert_eq!(again.snapshot, first.snapshot);
}

async fn ends_and_sources_must_exist(registry: Registry) {
    ground(&registry).await;
    let dangling = registry
        .relate(vec![relation("a", "part-of", "nowhere")])
        .await;
    assert_eq!(
        failure(dangling),
        (Code::FailedPrecondition, "RELATION_DANGLING".to_owned())
    );
    let mut uncited = relation("a", "part-of", "b");
    uncited.source = None;
    let uncited = registry.relate(vec![uncited]).await;
    assert_eq!(
        failure(uncited),
        (Code::InvalidArgument, "FIELD_REQUIRED".to_owned())
    );
    let mut reversed = relation("a", "part-of", "b");
    (reversed.since, reversed.until) = ("2019".to_owned(), "2018".to_owned());
    let reversed = registry.relate(vec![reversed]).await;
    assert_eq!(
        failure(reversed),
        (Code::InvalidArgument, "BOUNDS_REVERSED".to_owned())
    );
    let unknown = registry.relate(vec![relation("a", "eats", "b")]).await;
    assert_eq!(
        failure(unknown),
        (Code::InvalidArgument, "VOCABULARY_UNKNOWN".to_owned())
    );
}

async fn relations_are_listed_changed_and_withdrawn(registry: Registry) {
    ground(&registry).await;
    let mut held = relation("a", "part-of", "b");
    held.share = Some(proto::figure::v1::Quantity {
        bound: proto::figure::v1::Bound::GreaterThan.into(),
        value: Some(Value::Number("25.0".to_owned())),
        ..proto::figure::v1::Quantity::default()
    });
    let added = registry
        .relate(vec![held, relation("b", "part-of", "c")])
        .await
        .expect("added");
    let request = ListRelationsRequest {
        filter: r#"subject = "entities/a" AND basis = STATED AND source = "entities/atlas""#
            .to_owned(),
        order_by: "object desc".to_owned(),
        ..ListRelationsRequest::default()
    };
    let page = registry
        .list_relations(Request::new(request))
        .await
        .expect("a page")
        .into_inner();
    let [found] = page.relations.as_slice() else {
        panic!("{page:?}")
    };
    let share = found.share.as_ref().expect("a share");
    assert_eq!(share.value, Some(Value::Number("25.0".to_owned())));
    let mut change = found.clone();
    change.until = "2018-01/2018-12".to_owned();
    let update = UpdateRelationRequest {
        relation: Some(change.clone()),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["until".to_owned()],
        }),
        ..UpdateRelationRequest::default()
    };
    let updated = registry
        .update_relation(Request::new(update))
        .await
        .expect("updated")
        .into_inner();
    let updated = updated.relation.expect("a relation");
    assert_eq!(updated.until, "2018");
    withdrawn(&registry, updated, change.etag, added.snapshot).await;
}

async fn withdrawn(registry: &Registry, relation: Relation, stale: String, before: String) {
    let mut delete = DeleteRelationRequest {
        name: relation.name.clone(),
        etag: stale,
        ..DeleteRelationRequest::default()
    };
    let stale = registry.delete_relation(Request::new(delete.clone())).await;
    assert_eq!(failure(stale), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
    delete.etag.clear();
    let deleted = registry.delete_relation(Request::new(delete)).await;
    let deleted = deleted.expect("deleted").into_inner().relation;
    let mut deleted = deleted.expect("a relation");
    assert!(deleted.delete_time.take().is_some());
    assert_eq!(deleted, relation);
    let mut get = GetRelationRequest {
        name: relation.name,
        ..GetRelationRequest::default()
    };
    let gone = registry.get_relation(Request::new(get.clone())).await;
    assert_eq!(
        failure(gone),
        (Code::NotFound, "RELATION_NOT_FOUND".to_owned())
    );
    get.consistency = rpc::at_snapshot(&before);
    registry
        .get_relation(Request::new(get))
        .await
        .expect("as it was");
}
