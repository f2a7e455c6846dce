use super::*;

on_both_databases! {
    everything_wrong_with_a_list_is_said_at_once
    everything_wrong_with_a_read_is_said_at_once
    everything_wrong_with_a_write_is_said_at_once
    a_text_that_no_database_keeps_is_refused
    a_mistake_is_told_although_the_database_is_away
}

const AT: (&str, &str) = ("consistency.at_snapshot", "SNAPSHOT_TOKEN_INVALID");

fn made_up() -> Option<proto::snapshot::v1::Consistency> {
    rpc::at_snapshot("made up")
}

async fn everything_wrong_with_a_list_is_said_at_once(registry: Registry) {
    let token = ("page_token", "PAGE_TOKEN_INVALID");
    let filter = ("filter", "FILTER_INVALID");
    let size = ("page_size", "FIELD_INVALID");
    let list = ListEntitiesRequest {
        filter: "nothing = 1".to_owned(),
        order_by: "nothing".to_owned(),
        page_size: -1,
        page_token: "made up".to_owned(),
        view: 7,
        consistency: made_up(),
        ..ListEntitiesRequest::default()
    };
    let order = ("order_by", "ORDER_BY_INVALID");
    refuses(
        registry.list_entities(Request::new(list.clone())).await,
        &[filter, order, size, ("view", "FIELD_INVALID"), token, AT],
    );
    let relations = ListRelationsRequest {
        filter: list.filter.clone(),
        order_by: list.order_by,
        page_size: -1,
        page_token: list.page_token.clone(),
        consistency: made_up(),
    };
    refuses(
        registry.list_relations(Request::new(relations)).await,
        &[filter, order, size, token, AT],
    );
    let search = SearchEntitiesRequest {
        filter: list.filter,
        page_size: -1,
        page_token: list.page_token,
        consistency: made_up(),
        ..SearchEntitiesRequest::default()
    };
    refuses(
        registry.search_entities(Request::new(search)).await,
        &[("query", "FIELD_REQUIRED"), filter, size, token, AT],
    );
}

async fn everything_wrong_with_a_read_is_said_at_once(registry: Registry) {
    let batch = BatchGetEntitiesRequest {
        names: vec!["entities/a".to_owned(), "A".to_owned()],
        view: -1,
        consistency: made_up(),
        ..BatchGetEntitiesRequest::default()
    };
    refuses(
        registry.batch_get_entities(Request::new(batch)).await,
        &[("names[1]", "FIELD_INVALID"), ("view", "FIELD_INVALID"), AT],
    );
    let resolve = ResolveEntitiesRequest {
        queries: vec![ResolveQuery {
            text: String::new(),
            kind: "A Kind\0".to_owned(),
            scheme: "A Scheme".to_owned(),
            limit: 21,
        }],
        consistency: made_up(),
    };
    refuses(
        registry.resolve_entities(Request::new(resolve)).await,
        &[
            ("queries[0].text", "FIELD_REQUIRED"),
            ("queries[0].kind", "FIELD_INVALID"),
            ("queries[0].scheme", "FIELD_INVALID"),
            ("queries[0].limit", "FIELD_INVALID"),
            AT,
        ],
    );
    let get = GetEntityRequest {
        consistency: made_up(),
        ..GetEntityRequest::default()
    };
    refuses(
        registry.get_entity(Request::new(get)).await,
        &[("name", "FIELD_REQUIRED"), AT],
    );
}

async fn everything_wrong_with_a_write_is_said_at_once(registry: Registry) {
    let request_id = || "no UUID".to_owned();
    let id = ("request_id", "FIELD_INVALID");
    let update = UpdateEntityRequest {
        entity: Some(Entity::default()),
        request_id: request_id(),
        ..UpdateEntityRequest::default()
    };
    refuses(
        registry.update_entity(Request::new(update)).await,
        &[
            ("update_mask", "UPDATE_MASK_INVALID"),
            ("entity.name", "FIELD_REQUIRED"),
            id,
        ],
    );
    let mut relation = relation("a", "part-of", "b");
    relation.role = "x".repeat(201);
    (relation.since, relation.until) = ("2019".to_owned(), "2018".to_owned());
    let create = CreateRelationRequest {
        relation: Some(relation),
        request_id: request_id(),
        ..CreateRelationRequest::default()
    };
    refuses(
        registry.create_relation(Request::new(create)).await,
        &[
            ("relation.role", "FIELD_INVALID"),
            ("relation.until", "BOUNDS_REVERSED"),
            id,
        ],
    );
    let batch = BatchAddEntitiesRequest {
        on_error: 9,
        request_id: request_id(),
        ..BatchAddEntitiesRequest::default()
    };
    refuses(
        registry.batch_add_entities(Request::new(batch)).await,
        &[
            ("entities", "FIELD_REQUIRED"),
            ("on_error", "FIELD_INVALID"),
            id,
        ],
    );
    let delete = DeleteRelationRequest {
        request_id: request_id(),
        ..DeleteRelationRequest::default()
    };
    refuses(
        registry.delete_relation(Request::new(delete)).await,
        &[("name", "FIELD_REQUIRED"), id],
    );
}

async fn a_text_that_no_database_keeps_is_refused(registry: Registry) {
    let list = ListEntitiesRequest {
        filter: "kind = \"a\0b\"".to_owned(),
        ..ListEntitiesRequest::default()
    };
    refuses(
        registry.list_entities(Request::new(list)).await,
        &[("filter", "FILTER_INVALID")],
    );
    let search = SearchEntitiesRequest {
        query: "a\0b".to_owned(),
        ..SearchEntitiesRequest::default()
    };
    refuses(
        registry.search_entities(Request::new(search)).await,
        &[("query", "FIELD_INVALID")],
    );
}

async fn a_mistake_is_told_although_the_database_is_away(registry: Registry) {
    registry.store.close().await;
    let strange = ListEntitiesRequest {
        order_by: "nothing".to_owned(),
        ..ListEntitiesRequest::default()
    };
    let answer = registry.list_entities(Request::new(strange)).await;
    refuses(answer, &[("order_by", "ORDER_BY_INVALID")]);
    let good = registry
        .list_entities(Request::new(ListEntitiesRequest::default()))
        .await;
    assert_eq!(failure(good).1, "DATABASE_UNAVAILABLE");
}
