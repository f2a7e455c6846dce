//! Lists of entities: filter, order, pages.

use proto::registry::v1::{
    BatchAddEntitiesRequest, DeleteEntityRequest, Entity, EntityView, Lifecycle, LifecycleState,
    ListEntitiesRequest, ListEntitiesResponse, RecordStatus,
};
use tonic::{Code, Status};

use crate::harness::seed::entity;
use crate::harness::{Backend, World, at, on_both, refused, seeded};

on_both!(
    filters_mean_what_they_say,
    orders_sort_by_bytes_and_break_ties_by_name,
    pages_hold_every_entity_once_whatever_happens_between_them,
    a_page_token_goes_with_its_arguments_only,
    entities_are_listed_in_short_where_that_is_asked_for,
    deleted_entities_are_listed_on_demand,
    what_cannot_be_listed_by_is_refused,
);

async fn add(world: &World, entities: Vec<Entity>) {
    let request = BatchAddEntitiesRequest {
        entities,
        ..Default::default()
    };
    let added = world.registry().batch_add_entities(request).await;
    added.expect("they are good");
}

async fn list(world: &World, request: ListEntitiesRequest) -> Result<ListEntitiesResponse, Status> {
    let answer = world.registry().list_entities(request).await?;
    Ok(answer.into_inner())
}

fn ids(answer: &ListEntitiesResponse) -> Vec<&str> {
    let names = answer.entities.iter().map(|e| e.name.as_str());
    names
        .map(|name| name.trim_start_matches("entities/"))
        .collect()
}

fn filtered(filter: &str) -> ListEntitiesRequest {
    ListEntitiesRequest {
        filter: filter.to_owned(),
        ..Default::default()
    }
}

fn ordered(order_by: &str) -> ListEntitiesRequest {
    ListEntitiesRequest {
        order_by: order_by.to_owned(),
        filter: "kind = \"region\" OR kind = \"company\"".to_owned(),
        ..Default::default()
    }
}

async fn filters_mean_what_they_say(backend: Backend) {
    let world = seeded(backend).await;
    let state = |state: LifecycleState, since: &str| Lifecycle {
        state: state.into(),
        since: since.to_owned(),
        ..Default::default()
    };
    let mut closed = entity("closed", "company", "Été 100% Works");
    closed.lifecycle = vec![
        state(LifecycleState::Closed, "2020"),
        state(LifecycleState::Active, "2018"),
    ];
    let mut draft = entity("draft", "company", "draft works");
    draft.record_status = RecordStatus::Draft.into();
    draft.placeholder = true;
    add(&world, vec![closed, draft]).await;
    let check = async |filter: &str, expected: &[&str]| {
        let answer = list(&world, filtered(filter)).await;
        let answer = answer.unwrap_or_else(|status| panic!("{filter}: {status}"));
        assert_eq!(ids(&answer), expected, "{filter}");
    };
    check(r#"kind = "region""#, &["beijing", "china", "france"]).await;
    check(
        r#"kind = "region" AND name != "entities/china""#,
        &["beijing", "france"],
    )
    .await;
    check(
        r#"NOT kind = "region" AND NOT kind = "company""#,
        &["article", "dataset", "second-article"],
    )
    .await;
    check(
        r#"name = "entities/china" OR name = "entities/acme""#,
        &["acme", "china"],
    )
    .await;
    check(r#"display_name = "*Works""#, &["acme", "closed"]).await;
    check(r#"display_name = "*works""#, &["draft"]).await;
    check(r#"display_name = "*100%*""#, &["closed"]).await;
    check(r#"display_name = "China""#, &["china"]).await;
    check("lifecycle_state = CLOSED", &["closed"]).await;
    check("lifecycle_state = ACTIVE", &[]).await;
    check("record_status = DRAFT", &["draft"]).await;
    check("placeholder = true", &["draft"]).await;
    check(r#"create_time > "2999-01-01T00:00:00Z""#, &[]).await;
    check(r#"update_time < "2001-01-01T00:00:00Z""#, &[]).await;
    let all = list(&world, filtered(r#"create_time > "2001-01-01T00:00:00Z""#)).await;
    assert_eq!(ids(&all.expect("a time")).len(), 9);
}

async fn orders_sort_by_bytes_and_break_ties_by_name(backend: Backend) {
    let world = seeded(backend).await;
    let more = [
        ("b-one", "zebra"),
        ("a-two", "Zebra"),
        ("c-three", "Österreich"),
    ];
    add(
        &world,
        more.map(|(id, shown)| entity(id, "company", shown))
            .to_vec(),
    )
    .await;
    let check = async |order_by: &str, expected: &[&str]| {
        let answer = list(&world, ordered(order_by)).await;
        assert_eq!(ids(&answer.expect(order_by)), expected, "{order_by}");
    };
    let by_name = [
        "a-two", "acme", "b-one", "beijing", "c-three", "china", "france",
    ];
    check("", &by_name).await;
    check("name", &by_name).await;
    let mut backwards = by_name;
    backwards.reverse();
    check("name desc", &backwards).await;
    let shown = [
        "acme", "beijing", "china", "france", "a-two", "b-one", "c-three",
    ];
    check("display_name", &shown).await;
    let by_kind = [
        "beijing", "china", "france", "a-two", "acme", "b-one", "c-three",
    ];
    check("kind desc", &by_kind).await;
    let two = [
        "france", "china", "beijing", "c-three", "b-one", "acme", "a-two",
    ];
    check("kind desc, name desc", &two).await;
    let newest = [
        "a-two", "b-one", "c-three", "acme", "beijing", "china", "france",
    ];
    check("create_time desc", &newest).await;
}

async fn pages_hold_every_entity_once_whatever_happens_between_them(backend: Backend) {
    let world = seeded(backend).await;
    let many = (0..7).map(|i| entity(&format!("e{i}"), "company", "Same"));
    add(&world, many.collect()).await;
    let first = ListEntitiesRequest {
        page_size: 3,
        order_by: "display_name desc".to_owned(),
        ..Default::default()
    };
    let mut expected = list(
        &world,
        ListEntitiesRequest {
            page_size: 1000,
            ..first.clone()
        },
    )
    .await
    .expect("it fits one page");
    assert!(expected.next_page_token.is_empty());
    let (mut found, mut request, mut pages) = (Vec::new(), first, 0);
    loop {
        let page = list(&world, request.clone())
            .await
            .expect("the token is good");
        assert_eq!(page.snapshot, expected.snapshot, "every page sees the same");
        found.extend(page.entities);
        pages += 1;
        add(
            &world,
            vec![entity(&format!("between-{pages}"), "company", "Same")],
        )
        .await;
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
        // The size alone may change.
        request.page_size = 4;
    }
    assert_eq!(found, std::mem::take(&mut expected.entities));
    assert_eq!(pages, 4);
}

async fn a_page_token_goes_with_its_arguments_only(backend: Backend) {
    let world = seeded(backend).await;
    let first = ListEntitiesRequest {
        page_size: 2,
        ..Default::default()
    };
    let page = list(&world, first.clone()).await.expect("the first page");
    let next = ListEntitiesRequest {
        page_token: page.next_page_token,
        ..first
    };
    let with = |change: &dyn Fn(&mut ListEntitiesRequest)| {
        let mut request = next.clone();
        change(&mut request);
        request
    };
    let mut damaged = next.page_token.clone();
    damaged.replace_range(9..10, if &damaged[9..10] == "A" { "B" } else { "A" });
    for request in [
        with(&|r| r.filter = "placeholder = false".to_owned()),
        with(&|r| r.order_by = "name desc".to_owned()),
        with(&|r| r.show_deleted = true),
        with(&|r| r.view = EntityView::Summary.into()),
        with(&|r| r.page_token.clone_from(&damaged)),
        with(&|r| r.page_token = "rubbish".to_owned()),
    ] {
        let shown = format!("{request:?}");
        let status = list(&world, request).await.expect_err(&shown);
        let refusal = refused(&status);
        refusal.is(Code::InvalidArgument, "PAGE_TOKEN_INVALID", &["page_token"]);
    }
    let other = seeded(backend).await;
    let status = list(&other, next.clone())
        .await
        .expect_err("a token of another installation");
    refused(&status).is(Code::InvalidArgument, "PAGE_TOKEN_INVALID", &["page_token"]);
    let second = list(&world, next.clone())
        .await
        .expect("with the same arguments it is good");
    // How fresh the list is was decided by its first page.
    add(&world, vec![entity("zulu", "company", "Zulu")]).await;
    let newest = list(&world, ListEntitiesRequest::default()).await;
    for token in [&page.snapshot, &newest.expect("a page").snapshot] {
        let again = list(&world, with(&|r| r.consistency = at(token))).await;
        assert_eq!(again.expect("the same page"), second);
    }
}

async fn entities_are_listed_in_short_where_that_is_asked_for(backend: Backend) {
    let world = seeded(backend).await;
    let viewed = |view: i32| ListEntitiesRequest {
        view,
        ..filtered(r#"kind = "region""#)
    };
    let full = list(&world, viewed(EntityView::Full.into())).await;
    let full = full.expect("a list").entities;
    assert!(full.iter().all(|entity| !entity.names.is_empty()));
    let unasked = list(&world, viewed(EntityView::Unspecified.into())).await;
    assert_eq!(unasked.expect("a list").entities, full);
    let short = list(&world, viewed(EntityView::Summary.into())).await;
    let summaries = full.into_iter().map(|entity| Entity {
        name: entity.name,
        kind: entity.kind,
        display_name: entity.display_name,
        record_status: entity.record_status,
        ..Default::default()
    });
    assert_eq!(
        short.expect("a list").entities,
        summaries.collect::<Vec<_>>()
    );
    let unknown = list(&world, viewed(99)).await.expect_err("no such view");
    refused(&unknown).is(Code::InvalidArgument, "FIELD_INVALID", &["view"]);
}

async fn deleted_entities_are_listed_on_demand(backend: Backend) {
    let world = seeded(backend).await;
    let request = DeleteEntityRequest {
        name: "entities/china".to_owned(),
        ..Default::default()
    };
    let deleted = world.registry().delete_entity(request).await;
    deleted.expect("nothing points to it");
    let regions = filtered(r#"kind = "region""#);
    let live = list(&world, regions.clone()).await.expect("a list");
    assert_eq!(ids(&live), ["beijing", "france"]);
    let request = ListEntitiesRequest {
        show_deleted: true,
        ..regions
    };
    let all = list(&world, request).await.expect("a list");
    assert_eq!(ids(&all), ["beijing", "china", "france"]);
    assert!(all.entities[1].delete_time.is_some());
}

async fn what_cannot_be_listed_by_is_refused(backend: Backend) {
    let world = seeded(backend).await;
    let long = format!("kind = \"{}\"", "中".repeat(2000));
    let longest = filtered(&format!("kind = \"{}\"", "中".repeat(1991)));
    list(&world, longest).await.expect("2,000 characters");
    for filter in [
        "kind =",
        "colour = \"red\"",
        "kind = \"a\" AND (",
        "placeholder = 7",
        &long,
    ] {
        let status = list(&world, filtered(filter)).await.expect_err(filter);
        refused(&status).is(Code::InvalidArgument, "FILTER_INVALID", &["filter"]);
    }
    for order_by in ["colour", "name sideways", "name,,kind"] {
        let status = list(&world, ordered(order_by)).await.expect_err(order_by);
        refused(&status).is(Code::InvalidArgument, "ORDER_BY_INVALID", &["order_by"]);
    }
    let request = ListEntitiesRequest {
        page_size: -1,
        ..Default::default()
    };
    let status = list(&world, request).await.expect_err("a negative page");
    refused(&status).is(Code::InvalidArgument, "FIELD_INVALID", &["page_size"]);
}
