//! Entities found by what people call them.

use prost_types::FieldMask;
use proto::registry::v1::{
    BatchAddEntitiesRequest, DeleteEntityRequest, Entity, EntityMatch, MatchReason, NameType,
    Resolution, ResolveEntitiesRequest, ResolveQuery, SearchEntitiesRequest,
    SearchEntitiesResponse, UpdateEntityRequest,
};
use tonic::{Code, Status};

use crate::harness::seed::{entity, name};
use crate::harness::{Backend, World, at, on_both, refused, seeded};

on_both!(
    two_chinese_characters_find_an_entity,
    case_width_and_accents_do_not_matter,
    better_matches_come_first_and_say_why,
    matches_come_in_pages_and_each_once,
    what_is_renamed_or_deleted_is_found_as_it_was_at_its_snapshot,
    texts_resolve_to_entities_by_name_or_identifier,
    a_text_without_doubt_resolves_and_one_with_doubt_does_not,
    what_cannot_be_looked_for_is_refused,
);

async fn search(
    world: &World,
    request: SearchEntitiesRequest,
) -> Result<SearchEntitiesResponse, Status> {
    let answer = world.registry().search_entities(request).await?;
    Ok(answer.into_inner())
}

fn query(text: &str) -> SearchEntitiesRequest {
    SearchEntitiesRequest {
        query: text.to_owned(),
        ..Default::default()
    }
}

fn id(found: &EntityMatch) -> &str {
    let name = &found.entity.as_ref().expect("a match has its entity").name;
    name.trim_start_matches("entities/")
}

async fn found(world: &World, text: &str) -> Vec<EntityMatch> {
    let answer = search(world, query(text)).await;
    answer
        .unwrap_or_else(|status| panic!("{text}: {status}"))
        .matches
}

async fn ids(world: &World, text: &str) -> Vec<String> {
    found(world, text)
        .await
        .iter()
        .map(|m| id(m).to_owned())
        .collect()
}

async fn add(world: &World, entities: Vec<Entity>) {
    let request = BatchAddEntitiesRequest {
        entities,
        ..Default::default()
    };
    let added = world.registry().batch_add_entities(request).await;
    added.expect("they are good");
}

fn called(id: &str, names: &[&str]) -> Entity {
    let mut called = entity(id, "company", names[0]);
    let more = names[1..]
        .iter()
        .map(|text| name(text, "", NameType::Alias));
    called.names.extend(more);
    called
}

async fn two_chinese_characters_find_an_entity(backend: Backend) {
    let world = seeded(backend).await;
    add(
        &world,
        vec![
            called("university", &["北京大学"]),
            called("bank", &["中国人民银行"]),
        ],
    )
    .await;
    assert_eq!(ids(&world, "北京").await, ["beijing", "university"]);
    assert_eq!(ids(&world, "中国").await, ["china", "bank"]);
    assert_eq!(ids(&world, "人民").await, ["bank"]);
    assert_eq!(ids(&world, "京市").await, ["beijing"]);
    assert_eq!(
        ids(&world, "国").await,
        ["china", "bank"],
        "one is enough, too"
    );
    assert!(ids(&world, "京北").await.is_empty());
}

async fn case_width_and_accents_do_not_matter(backend: Backend) {
    let world = seeded(backend).await;
    add(
        &world,
        vec![called("spring", &["Électricité de ＡＢＣ 100%"])],
    )
    .await;
    for text in [
        "electricite",
        "ÉLECTRICITÉ",
        "abc",
        "ＡＢＣ",
        "0%",
        " electricite  DE ",
    ] {
        assert_eq!(ids(&world, text).await, ["spring"], "{text}");
    }
    for text in ["%", "_"] {
        let hits = ids(&world, text).await;
        assert!(hits.iter().all(|id| id == "spring"), "{text}: {hits:?}");
    }
}

async fn better_matches_come_first_and_say_why(backend: Backend) {
    let world = seeded(backend).await;
    add(
        &world,
        vec![
            called("indochina", &["Indochina"]),
            called("china-post", &["China Post"]),
            called("chine", &["Chinas"]),
        ],
    )
    .await;
    let found = found(&world, "china").await;
    let why: Vec<_> = found.iter().map(|m| (id(m), m.reason())).collect();
    let expected = [
        ("china", MatchReason::EqualName),
        ("chine", MatchReason::NameStartsWith),
        ("china-post", MatchReason::NameStartsWith),
        ("indochina", MatchReason::NameContains),
    ];
    assert_eq!(why[..4], expected);
    assert_eq!((found[0].score, found[0].matched.as_str()), (100, "China"));
    assert!(found.is_sorted_by(|a, b| a.score >= b.score));
    let by_code = self::found(&world, "CHN").await;
    assert_eq!(
        (id(&by_code[0]), by_code[0].reason()),
        ("china", MatchReason::EqualIdentifier)
    );
    let typo = self::found(&world, "Frrance").await;
    assert_eq!(
        (id(&typo[0]), typo[0].reason()),
        ("france", MatchReason::SimilarName)
    );
    let request = SearchEntitiesRequest {
        filter: r#"kind = "company""#.to_owned(),
        ..query("china")
    };
    let companies = search(&world, request).await.expect("a filter").matches;
    assert!(companies.iter().all(|m| id(m) != "china") && !companies.is_empty());
}

async fn matches_come_in_pages_and_each_once(backend: Backend) {
    let world = seeded(backend).await;
    let many = (10..35).map(|i| called(&format!("e{i}"), &[&format!("Equal {i}")]));
    add(&world, many.collect()).await;
    let first = search(&world, query("equal")).await.expect("matches");
    assert_eq!(first.matches.len(), 20, "the default");
    let next = SearchEntitiesRequest {
        page_token: first.next_page_token.clone(),
        ..query("equal")
    };
    add(&world, vec![called("e36", &["Equal 36"])]).await;
    let second = search(&world, next.clone())
        .await
        .expect("the token is good");
    assert!(second.next_page_token.is_empty() && second.snapshot == first.snapshot);
    let all: Vec<_> = first
        .matches
        .iter()
        .chain(&second.matches)
        .map(id)
        .collect();
    let expected: Vec<_> = (10..35).map(|i| format!("e{i}")).collect();
    assert_eq!(all, expected, "ties by name, and nothing from later");
    let other = SearchEntitiesRequest {
        query: "equals".to_owned(),
        ..next.clone()
    };
    let status = search(&world, other).await.expect_err("another query");
    refused(&status).is(Code::InvalidArgument, "PAGE_TOKEN_INVALID", &["page_token"]);
    let other = SearchEntitiesRequest {
        filter: "placeholder = false".to_owned(),
        ..next
    };
    let status = search(&world, other).await.expect_err("another filter");
    refused(&status).is(Code::InvalidArgument, "PAGE_TOKEN_INVALID", &["page_token"]);
}

async fn what_is_renamed_or_deleted_is_found_as_it_was_at_its_snapshot(backend: Backend) {
    let world = seeded(backend).await;
    let before = search(&world, query("acme works"))
        .await
        .expect("matches")
        .snapshot;
    let request = UpdateEntityRequest {
        entity: Some(entity("acme", "company", "Zenith")),
        update_mask: Some(FieldMask {
            paths: vec!["names".to_owned()],
        }),
        ..Default::default()
    };
    let renamed = world.registry().update_entity(request).await;
    let between = renamed.expect("it is good").into_inner().snapshot;
    assert!(ids(&world, "acme works").await.is_empty());
    assert_eq!(ids(&world, "zenith").await, ["acme"]);
    let request = DeleteEntityRequest {
        name: "entities/acme".to_owned(),
        ..Default::default()
    };
    let deleted = world.registry().delete_entity(request).await;
    deleted.expect("nothing points to it");
    assert!(ids(&world, "zenith").await.is_empty());
    for (at_snapshot, text, hits) in [
        (&before, "acme works", 1),
        (&between, "acme works", 0),
        (&between, "zenith", 1),
    ] {
        let request = SearchEntitiesRequest {
            consistency: at(at_snapshot),
            ..query(text)
        };
        let answer = search(&world, request).await.expect("an older snapshot");
        assert_eq!(answer.matches.len(), hits, "{text}");
        assert_eq!(answer.snapshot, *at_snapshot);
        let request = ResolveEntitiesRequest {
            queries: vec![text_query(text)],
            consistency: at(at_snapshot),
        };
        let resolved = world.registry().resolve_entities(request).await;
        let resolved = resolved
            .expect("an older snapshot")
            .into_inner()
            .resolutions;
        assert_eq!(resolved[0].entity.is_empty(), hits == 0, "{text}");
    }
}

fn text_query(text: &str) -> ResolveQuery {
    ResolveQuery {
        text: text.to_owned(),
        ..Default::default()
    }
}

async fn resolve(world: &World, queries: Vec<ResolveQuery>) -> Result<Vec<Resolution>, Status> {
    let request = ResolveEntitiesRequest {
        queries,
        ..Default::default()
    };
    let answer = world.registry().resolve_entities(request).await?;
    Ok(answer.into_inner().resolutions)
}

async fn texts_resolve_to_entities_by_name_or_identifier(backend: Backend) {
    let world = seeded(backend).await;
    let of_scheme = |text: &str, scheme: &str| ResolveQuery {
        scheme: scheme.to_owned(),
        ..text_query(text)
    };
    let of_kind = |text: &str, kind: &str| ResolveQuery {
        kind: kind.to_owned(),
        ..text_query(text)
    };
    let queries = vec![
        text_query("中国"),
        text_query("北京市"),
        text_query("FRA"),
        of_scheme("Q142", "wikidata"),
        of_scheme("Q142", "iso3166-1-alpha3"),
        of_scheme("France", "wikidata"),
        text_query(" france "),
        of_kind("France", "company"),
        text_query("nobody at all"),
    ];
    let answers = resolve(&world, queries).await.expect("texts");
    let entities: Vec<_> = answers
        .iter()
        .map(|answer| answer.entity.as_str())
        .collect();
    let (china, beijing, france) = ("entities/china", "entities/beijing", "entities/france");
    assert_eq!(
        entities,
        [china, beijing, france, france, "", "", france, "", ""]
    );
    assert_eq!(
        answers[3].candidates[0].reason(),
        MatchReason::EqualIdentifier
    );
    assert_eq!(answers[0].candidates[0].matched, "中国");
}

async fn a_text_without_doubt_resolves_and_one_with_doubt_does_not(backend: Backend) {
    let world = seeded(backend).await;
    add(
        &world,
        vec![
            called("georgia-1", &["Georgia"]),
            called("georgia-2", &["Georgia"]),
        ],
    )
    .await;
    let one = ResolveQuery {
        limit: 1,
        ..text_query("georgia")
    };
    let queries = vec![text_query("georgia"), one, text_query("北京")];
    let answers = resolve(&world, queries).await.expect("texts");
    assert_eq!(answers[0].entity, "");
    let both: Vec<_> = answers[0]
        .candidates
        .iter()
        .map(|m| (id(m), m.score))
        .collect();
    assert_eq!(both, [("georgia-1", 100), ("georgia-2", 100)]);
    assert_eq!(
        (answers[1].candidates.len(), answers[1].entity.as_str()),
        (1, "")
    );
    assert_eq!(answers[2].entity, "", "a part of a name leaves doubt");
    assert_eq!(id(&answers[2].candidates[0]), "beijing");
}

async fn what_cannot_be_looked_for_is_refused(backend: Backend) {
    let world = seeded(backend).await;
    for (text, reason) in [("", "FIELD_REQUIRED"), ("  ", "FIELD_REQUIRED")] {
        let status = search(&world, query(text)).await.expect_err("nothing");
        refused(&status).is(Code::InvalidArgument, reason, &["query"]);
    }
    let longest = "中".repeat(200);
    search(&world, query(&longest))
        .await
        .expect("200 characters");
    let status = search(&world, query(&format!("{longest}中"))).await;
    let refusal = refused(&status.expect_err("201 characters"));
    refusal.is(Code::InvalidArgument, "FIELD_INVALID", &["query"]);
    let request = SearchEntitiesRequest {
        filter: "colour = 1".to_owned(),
        ..query("x")
    };
    let status = search(&world, request).await.expect_err("no such field");
    refused(&status).is(Code::InvalidArgument, "FILTER_INVALID", &["filter"]);
    let status = resolve(&world, Vec::new()).await.expect_err("one at least");
    refused(&status).is(Code::InvalidArgument, "FIELD_REQUIRED", &["queries"]);
    let status = resolve(&world, vec![text_query("x"), text_query("")]).await;
    let refusal = refused(&status.expect_err("an empty text"));
    refusal.is(
        Code::InvalidArgument,
        "FIELD_REQUIRED",
        &["queries[1].text"],
    );
    let many = vec![text_query("x"); 1001];
    let status = resolve(&world, many).await.expect_err("1,000 are the most");
    refused(&status).is(Code::InvalidArgument, "TOO_MANY_ITEMS", &["queries"]);
}
