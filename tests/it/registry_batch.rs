//! Many entities at once.

use proto::figure::v1::OnError;
use proto::registry::v1::{
    BatchAddEntitiesRequest, BatchAddEntitiesResponse, BatchGetEntitiesRequest,
    DeleteEntityRequest, Entity, EntityView, NameType, RecordStatus,
};
use tonic::{Code, Status};

use crate::harness::seed::{entity, identifier, name};
use crate::harness::{Backend, World, on_both, refused, refused_row, seeded};

on_both!(
    many_entities_are_read_in_the_order_asked_for,
    missing_entities_fail_the_batch_unless_they_are_allowed,
    a_batch_has_at_least_one_item_and_at_most_as_many_as_documented,
    rows_create_extend_or_change_nothing,
    rows_may_cite_each_other,
    an_aborted_batch_lists_all_bad_rows_and_writes_nothing,
    a_skipping_batch_writes_the_good_rows_and_lists_the_bad_ones,
);

async fn add(
    world: &World,
    entities: Vec<Entity>,
    on_error: OnError,
) -> Result<BatchAddEntitiesResponse, Status> {
    let request = BatchAddEntitiesRequest {
        entities,
        on_error: on_error.into(),
        ..Default::default()
    };
    let answer = world.registry().batch_add_entities(request).await?;
    Ok(answer.into_inner())
}

fn names(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| format!("entities/{id}")).collect()
}

async fn many_entities_are_read_in_the_order_asked_for(backend: Backend) {
    let world = seeded(backend).await;
    let asked = names(&["france", "beijing", "france", "china"]);
    let request = BatchGetEntitiesRequest {
        names: asked.clone(),
        ..Default::default()
    };
    let full = world.registry().batch_get_entities(request.clone()).await;
    let full = full.expect("all are there").into_inner();
    let found: Vec<_> = full.entities.iter().map(|e| e.name.clone()).collect();
    assert_eq!(found, asked);
    assert!(full.missing.is_empty() && !full.entities[0].identifiers.is_empty());
    let request = BatchGetEntitiesRequest {
        view: EntityView::Summary.into(),
        ..request
    };
    let short = world.registry().batch_get_entities(request).await;
    let short = short.expect("all are there").into_inner();
    let expected = Entity {
        name: "entities/beijing".to_owned(),
        kind: "region".to_owned(),
        display_name: "Beijing".to_owned(),
        record_status: RecordStatus::Published.into(),
        ..Default::default()
    };
    assert_eq!(short.entities[1], expected);
}

async fn missing_entities_fail_the_batch_unless_they_are_allowed(backend: Backend) {
    let world = seeded(backend).await;
    let request = BatchGetEntitiesRequest {
        names: names(&["mu", "china", "atlantis"]),
        ..Default::default()
    };
    let all = world.registry().batch_get_entities(request.clone()).await;
    let all = refused(&all.expect_err("two are missing"));
    assert_eq!(
        (all.code, all.reason.as_str()),
        (Code::NotFound, "ENTITY_NOT_FOUND")
    );
    assert!(all.message.contains("entities/mu"));
    let request = BatchGetEntitiesRequest {
        allow_missing: true,
        ..request
    };
    let some = world.registry().batch_get_entities(request).await;
    let some = some.expect("missing ones are allowed").into_inner();
    assert_eq!(some.missing, names(&["mu", "atlantis"]));
    assert_eq!(some.entities.len(), 1);
}

async fn a_batch_has_at_least_one_item_and_at_most_as_many_as_documented(backend: Backend) {
    let world = seeded(backend).await;
    let read = |names: Vec<String>| {
        let request = BatchGetEntitiesRequest {
            names,
            allow_missing: true,
            view: EntityView::Summary.into(),
            ..Default::default()
        };
        let mut registry = world.registry();
        async move { registry.batch_get_entities(request).await }
    };
    let none = refused(&read(Vec::new()).await.expect_err("one at least"));
    none.is(Code::InvalidArgument, "FIELD_REQUIRED", &["names"]);
    let most: Vec<_> = (0..10_000).map(|i| format!("entities/e{i}")).collect();
    let missing = read(most.clone()).await.expect("10,000 are accepted");
    assert_eq!(missing.into_inner().missing, most);
    let more = [most, names(&["one-more"])].concat();
    let more = refused(&read(more).await.expect_err("10,000 are the most"));
    more.is(Code::InvalidArgument, "TOO_MANY_ITEMS", &["names"]);
    let bad = vec!["entities/china".to_owned(), "china".to_owned()];
    let bad = refused(&read(bad).await.expect_err("no collection"));
    bad.is(Code::InvalidArgument, "FIELD_INVALID", &["names[1]"]);
    let rows = (0..1001).map(|i| entity(&format!("e{i}"), "company", "E"));
    let rows = add(&world, rows.collect(), OnError::Abort).await;
    let rows = refused(&rows.expect_err("1,000 are the most"));
    rows.is(Code::InvalidArgument, "TOO_MANY_ITEMS", &["entities"]);
}

async fn rows_create_extend_or_change_nothing(backend: Backend) {
    let world = seeded(backend).await;
    let mut china = entity("china", "region", "China");
    china.names.push(name("PRC", "en", NameType::Acronym));
    china.identifiers = vec![identifier("wikidata", "Q148")];
    let rows = vec![
        china,
        entity("france", "region", "France"),
        entity("newcomer", "company", "Newcomer"),
    ];
    let first = add(&world, rows.clone(), OnError::Abort).await;
    let first = first.expect("all are good");
    assert_eq!(
        (
            first.created_count,
            first.extended_count,
            first.unchanged_count
        ),
        (1, 1, 1)
    );
    let again = add(&world, rows, OnError::Abort).await;
    let again = again.expect("all are good");
    assert_eq!(
        (
            again.created_count,
            again.extended_count,
            again.unchanged_count
        ),
        (0, 0, 3)
    );
    assert_eq!(
        again.snapshot, first.snapshot,
        "repeating it makes no commit"
    );
    let request = BatchGetEntitiesRequest {
        names: names(&["china"]),
        ..Default::default()
    };
    let read = world.registry().batch_get_entities(request).await;
    let china = &read.expect("it is there").into_inner().entities[0];
    let called: Vec<_> = china.names.iter().map(|n| n.text.as_str()).collect();
    assert_eq!(called, ["China", "中国", "PRC"]);
    assert_eq!(china.identifiers.len(), 2, "nothing is removed");
}

async fn rows_may_cite_each_other(backend: Backend) {
    let world = seeded(backend).await;
    let mut citing = entity("citing", "company", "Citing");
    citing.names[0].source = "entities/cited".to_owned();
    let rows = vec![citing, entity("cited", "article", "Cited")];
    let added = add(&world, rows, OnError::Abort).await;
    assert_eq!(added.expect("the source comes with it").created_count, 2);
}

/// One good row between bad ones of every sort.
fn mixed() -> Vec<Entity> {
    let mut taken = entity("taken", "region", "Taken");
    taken.identifiers = vec![identifier("iso3166-1-alpha3", "FRA")];
    let mut citing = entity("citing", "company", "Citing");
    citing.names[0].source = "entities/rumour".to_owned();
    vec![
        entity("UPPER", "company", "Upper"),
        entity("good", "company", "Good"),
        entity("china", "company", "China"),
        entity("acme", "company", "Acme"),
        taken,
        citing,
        entity("planet", "planet", "Planet"),
    ]
}

/// Index, field and reason of what is wrong with [`mixed`], once `acme` is deleted.
const FAULTS: [(i32, &str, &str); 6] = [
    (0, "entities[0].name", "FIELD_INVALID"),
    (2, "entities[2].kind", "ENTITY_CONFLICT"),
    (3, "entities[3]", "ENTITY_DELETED"),
    (4, "entities[4].identifiers[0].value", "IDENTIFIER_TAKEN"),
    (5, "entities[5].names[0].source", "ENTITY_UNKNOWN"),
    (6, "entities[6].kind", "VOCABULARY_UNKNOWN"),
];

async fn without_acme(backend: Backend) -> World {
    let world = seeded(backend).await;
    let request = DeleteEntityRequest {
        name: "entities/acme".to_owned(),
        ..Default::default()
    };
    let deleted = world.registry().delete_entity(request).await;
    deleted.expect("nothing points to it");
    world
}

async fn is_there(world: &World, id: &str) -> bool {
    let request = BatchGetEntitiesRequest {
        names: names(&[id]),
        allow_missing: true,
        ..Default::default()
    };
    let read = world.registry().batch_get_entities(request).await;
    read.expect("missing is allowed")
        .into_inner()
        .missing
        .is_empty()
}

async fn an_aborted_batch_lists_all_bad_rows_and_writes_nothing(backend: Backend) {
    let world = without_acme(backend).await;
    let status = add(&world, mixed(), OnError::Unspecified).await;
    let refusal = refused(&status.expect_err("most rows are bad"));
    let fields = FAULTS.map(|(_, field, _)| field);
    refusal.is(Code::InvalidArgument, "FIELD_INVALID", &fields);
    assert!(!is_there(&world, "good").await);
}

async fn a_skipping_batch_writes_the_good_rows_and_lists_the_bad_ones(backend: Backend) {
    let world = without_acme(backend).await;
    let added = add(&world, mixed(), OnError::SkipRows).await;
    let added = added.expect("bad rows are skipped");
    assert_eq!(added.created_count, 1);
    let found: Vec<_> = added.row_errors.iter().map(refused_row).collect();
    let found: Vec<_> = found
        .iter()
        .map(|(index, refusal)| (*index, refusal.fields[0].as_str(), refusal.reason.as_str()))
        .collect();
    assert_eq!(found, FAULTS);
    assert!(is_there(&world, "good").await);
}
