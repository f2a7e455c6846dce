//! Many relations at once: lists and batches.

use proto::figure::v1::OnError;
use proto::registry::v1::{
    BatchAddRelationsRequest, BatchAddRelationsResponse, ListRelationsRequest,
    ListRelationsResponse, Relation,
};
use tonic::{Code, Status};

use crate::harness::{Backend, World, fresh, on_both, refused, refused_row, seeded};
use crate::registry_relation::relation;

on_both!(
    relations_are_found_by_their_ends,
    pages_of_relations_keep_the_snapshot_of_the_first,
    relations_are_not_listed_by_unknown_fields,
    adding_the_same_relations_twice_writes_nothing,
    an_aborted_batch_of_relations_lists_all_bad_rows,
    a_skipping_batch_of_relations_writes_the_good_rows,
    rows_of_one_batch_close_no_cycle_together,
);

async fn add(
    world: &World,
    relations: Vec<Relation>,
    on_error: OnError,
) -> Result<BatchAddRelationsResponse, Status> {
    let request = BatchAddRelationsRequest {
        relations,
        on_error: on_error.into(),
        ..Default::default()
    };
    let answer = world.registry().batch_add_relations(request).await?;
    Ok(answer.into_inner())
}

async fn list(
    world: &World,
    request: ListRelationsRequest,
) -> Result<ListRelationsResponse, Status> {
    let answer = world.registry().list_relations(request).await?;
    Ok(answer.into_inner())
}

/// Relations with the names `a`, `b`, `c`, `d`.
async fn four(backend: Backend) -> World {
    let world = seeded(backend).await;
    let four = [
        ("a", "beijing", "located-in", "china"),
        ("b", "acme", "located-in", "beijing"),
        ("c", "acme", "employs", "france"),
        ("d", "france", "part-of", "china"),
    ];
    let rows = four.map(|(id, subject, predicate, object)| Relation {
        name: format!("relations/{id}"),
        ..relation(subject, predicate, object)
    });
    let added = add(&world, rows.to_vec(), OnError::Abort).await;
    assert_eq!(added.expect("all are good").created_count, 4);
    world
}

fn ids(relations: &[Relation]) -> String {
    let names = relations.iter().map(|relation| relation.name.as_str());
    names
        .map(|name| name.trim_start_matches("relations/"))
        .collect()
}

async fn relations_are_found_by_their_ends(backend: Backend) {
    let world = four(backend).await;
    let check = async |filter: &str, order_by: &str, expected: &str| {
        let request = ListRelationsRequest {
            filter: filter.to_owned(),
            order_by: order_by.to_owned(),
            ..Default::default()
        };
        let answer = list(&world, request).await;
        let answer = answer.unwrap_or_else(|status| panic!("{filter}: {status}"));
        assert_eq!(ids(&answer.relations), expected, "{filter} by {order_by}");
    };
    check("", "", "abcd").await;
    check(r#"subject = "entities/acme""#, "", "bc").await;
    check(r#"subject = "entities/acme""#, "name desc", "cb").await;
    check(
        r#"object = "entities/china" AND predicate = "part-of""#,
        "",
        "d",
    )
    .await;
    check(
        r#"subject = "entities/china" OR object = "entities/china""#,
        "",
        "ad",
    )
    .await;
    check(r#"source = "entities/article""#, "", "abcd").await;
    check(r#"source = "entities/dataset""#, "", "").await;
    check("basis = STATED", "predicate, name", "cabd").await;
    check("basis = UNKNOWN", "", "").await;
    check(r#"name = "relations/c""#, "", "c").await;
    check("", "subject, object", "bcad").await;
    check("", "object desc, name desc", "cdab").await;
    check(r#"create_time < "2001-01-01T00:00:00Z""#, "update_time", "").await;
}

async fn pages_of_relations_keep_the_snapshot_of_the_first(backend: Backend) {
    let world = four(backend).await;
    let mut request = ListRelationsRequest {
        page_size: 1,
        order_by: "object desc".to_owned(),
        ..Default::default()
    };
    let (mut found, mut snapshots) = (Vec::new(), Vec::new());
    loop {
        let page = list(&world, request.clone())
            .await
            .expect("the token is good");
        found.extend(page.relations);
        snapshots.push(page.snapshot);
        crate::registry_relation::relate(&world, "china", "employs", "acme").await;
        // As from another connection, which has seen later answers.
        let latest = list(&world, ListRelationsRequest::default()).await;
        request.consistency = fresh([latest.expect("a page").snapshot]);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(ids(&found), "cadb");
    snapshots.dedup();
    assert_eq!(snapshots.len(), 1);
    request.filter = "basis = STATED".to_owned();
    let status = list(&world, request).await.expect_err("another filter");
    refused(&status).is(Code::InvalidArgument, "PAGE_TOKEN_INVALID", &["page_token"]);
}

async fn relations_are_not_listed_by_unknown_fields(backend: Backend) {
    let world = seeded(backend).await;
    for filter in ["role = \"x\"", "subject = \"china\"", "basis = PERHAPS"] {
        let request = ListRelationsRequest {
            filter: filter.to_owned(),
            ..Default::default()
        };
        let status = list(&world, request).await.expect_err(filter);
        refused(&status).is(Code::InvalidArgument, "FILTER_INVALID", &["filter"]);
    }
    let request = ListRelationsRequest {
        order_by: "role".to_owned(),
        ..Default::default()
    };
    let status = list(&world, request)
        .await
        .expect_err("roles have no order");
    refused(&status).is(Code::InvalidArgument, "ORDER_BY_INVALID", &["order_by"]);
    let request = ListRelationsRequest {
        page_size: -5,
        ..Default::default()
    };
    let status = list(&world, request).await.expect_err("a negative page");
    refused(&status).is(Code::InvalidArgument, "FIELD_INVALID", &["page_size"]);
}

async fn adding_the_same_relations_twice_writes_nothing(backend: Backend) {
    let world = seeded(backend).await;
    let rows = vec![
        relation("beijing", "located-in", "china"),
        relation("acme", "employs", "france"),
        relation("beijing", "located-in", "china"),
    ];
    let first = add(&world, rows.clone(), OnError::Abort).await;
    let first = first.expect("all are good");
    assert_eq!((first.created_count, first.unchanged_count), (2, 1));
    let again = add(&world, rows, OnError::Abort)
        .await
        .expect("all are good");
    assert_eq!((again.created_count, again.unchanged_count), (0, 3));
    assert_eq!(again.snapshot, first.snapshot, "no commit");
    let other = Relation {
        name: list(&world, ListRelationsRequest::default())
            .await
            .expect("a list")
            .relations[0]
            .name
            .clone(),
        ..relation("acme", "employs", "china")
    };
    let other = add(&world, vec![other], OnError::Abort).await;
    let other = refused(&other.expect_err("the name is of another statement"));
    other.is(
        Code::AlreadyExists,
        "RELATION_EXISTS",
        &["relations[0].name"],
    );
}

fn mixed() -> Vec<Relation> {
    vec![
        relation("atlantis", "located-in", "china"),
        relation("beijing", "located-in", "china"),
        relation("china", "headquartered-in", "france"),
        relation("china", "located-in", "china"),
        Relation::default(),
    ]
}

async fn an_aborted_batch_of_relations_lists_all_bad_rows(backend: Backend) {
    let world = seeded(backend).await;
    let status = add(&world, mixed(), OnError::Abort).await;
    let refusal = refused(&status.expect_err("most rows are bad"));
    let fields = [
        "relations[0].subject",
        "relations[2].subject",
        "relations[3].object",
        "relations[4].subject",
        "relations[4].predicate",
        "relations[4].object",
        "relations[4].source",
    ];
    refusal.is(Code::FailedPrecondition, "RELATION_DANGLING", &fields);
    let all = list(&world, ListRelationsRequest::default()).await;
    assert!(all.expect("a list").relations.is_empty());
}

async fn a_skipping_batch_of_relations_writes_the_good_rows(backend: Backend) {
    let world = seeded(backend).await;
    let added = add(&world, mixed(), OnError::SkipRows).await;
    let added = added.expect("bad rows are skipped");
    assert_eq!(added.created_count, 1);
    let found: Vec<_> = added.row_errors.iter().map(refused_row).collect();
    let found: Vec<_> = found
        .iter()
        .map(|(index, r)| (*index, r.reason.as_str()))
        .collect();
    let expected = [
        (0, "RELATION_DANGLING"),
        (2, "RELATION_NOT_ALLOWED"),
        (3, "RELATION_CYCLE"),
        (4, "FIELD_REQUIRED"),
    ];
    assert_eq!(found, expected);
    let all = list(&world, ListRelationsRequest::default()).await;
    assert_eq!(all.expect("a list").relations.len(), 1);
}

async fn rows_of_one_batch_close_no_cycle_together(backend: Backend) {
    let world = seeded(backend).await;
    let rows = vec![
        relation("beijing", "located-in", "china"),
        relation("china", "located-in", "beijing"),
    ];
    let status = add(&world, rows, OnError::Abort).await;
    let refusal = refused(&status.expect_err("a circle"));
    refusal.is(
        Code::FailedPrecondition,
        "RELATION_CYCLE",
        &["relations[1].object"],
    );
    let rows = vec![
        relation("acme", "headquartered-in", "china"),
        relation("acme", "headquartered-in", "france"),
    ];
    let status = add(&world, rows, OnError::Abort).await;
    let refusal = refused(&status.expect_err("two seats"));
    refusal.is(
        Code::FailedPrecondition,
        "RELATION_NOT_ALLOWED",
        &["relations[1].object"],
    );
}
