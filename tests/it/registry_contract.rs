//! What the contract of the registry promises of every answer: how fresh it is, that it fits
//! into a message, and that a repeat is told.

use prost::Message as _;
use proto::figure::v1::Note;
use proto::registry::v1::{
    ApplyVocabularyRequest, BatchAddEntitiesRequest, BatchGetEntitiesRequest,
    DeleteRelationRequest, Entity, EntityView, GetSnapshotRequest, GetVocabularyRequest,
    IdentifierValidator, ListEntitiesRequest, MatchReason, RecordStatus, ResolveEntitiesRequest,
    ResolveQuery, SearchEntitiesRequest, Vocabulary,
};
use proto::server::v1::GetServerInfoRequest;
use tonic::Code;
use uuid::Uuid;

use crate::harness::seed::entity;
use crate::harness::{Backend, World, on_both, refused, seeded};
use crate::registry_relation::relate;

on_both!(
    no_page_is_larger_than_the_server_says,
    what_fits_into_no_answer_is_refused_with_what_would,
    a_summary_shows_what_it_says,
    several_snapshots_are_merged_into_one,
    the_vocabulary_is_not_overwritten_unseen,
    a_batch_that_comes_again_says_so,
    a_withdrawn_relation_is_answered_as_it_was,
    everything_wrong_with_a_list_is_said_at_once,
    a_match_says_why,
);

/// An entity of about 120 kB.
fn large(id: &str) -> Entity {
    let note = Note {
        text: "\u{2070e}".repeat(1000),
        ..Default::default()
    };
    Entity {
        notes: vec![note; 30],
        ..entity(id, "company", "Large")
    }
}

/// Adds so many large entities, in batches that fit into a request.
async fn fill(world: &World, count: usize) -> Vec<String> {
    let names = |i: &usize| format!("large-{i:03}");
    let ids: Vec<_> = (0..count).collect();
    for some in ids.chunks(20) {
        let request = BatchAddEntitiesRequest {
            entities: some.iter().map(|i| large(&names(i))).collect(),
            ..Default::default()
        };
        let added = world.registry().batch_add_entities(request).await;
        added.expect("they are good");
    }
    ids.iter()
        .map(|i| format!("entities/{}", names(i)))
        .collect()
}

async fn snapshot(world: &World) -> String {
    let request = GetSnapshotRequest::default();
    let answer = world.registry().get_snapshot(request).await;
    answer.expect("there is one").into_inner().snapshot
}

async fn vocabulary(world: &World) -> Vocabulary {
    let request = GetVocabularyRequest::default();
    let answer = world.registry().get_vocabulary(request).await;
    let answer = answer.expect("it can be read").into_inner();
    answer.vocabulary.expect("one was applied")
}

async fn no_page_is_larger_than_the_server_says(backend: Backend) {
    let world = seeded(backend).await;
    fill(&world, 40).await;
    let info = world
        .server()
        .get_server_info(GetServerInfoRequest {})
        .await;
    let limits = info.expect("it tells").into_inner().limits;
    let bytes = limits.expect("it has limits").answer_bytes;
    let most = usize::try_from(bytes).expect("a size");
    let mut request = ListEntitiesRequest {
        page_size: 1000,
        ..Default::default()
    };
    let mut counts = Vec::new();
    loop {
        let page = world.registry().list_entities(request.clone()).await;
        let page = page.expect("a page").into_inner();
        assert!(page.encoded_len() <= most, "{}", page.encoded_len());
        counts.push(page.entities.len());
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(counts.iter().sum::<usize>(), 47, "{counts:?}");
    assert!(counts.len() > 1, "{counts:?}");
}

/// The last number in a sentence.
fn number(message: &str) -> usize {
    let words = message.split_whitespace();
    let mut numbers = words.filter_map(|word| word.parse().ok());
    numbers.next_back().expect("it says how many")
}

async fn what_fits_into_no_answer_is_refused_with_what_would(backend: Backend) {
    let world = seeded(backend).await;
    let names = fill(&world, 40).await;
    let request = |names: &[String]| BatchGetEntitiesRequest {
        names: names.to_vec(),
        ..Default::default()
    };
    let all = world.registry().batch_get_entities(request(&names)).await;
    let all = refused(&all.expect_err("they do not fit"));
    all.is(Code::InvalidArgument, "ANSWER_TOO_LARGE", &["names"]);
    let some = &names[..number(&all.message)];
    let some = world.registry().batch_get_entities(request(some)).await;
    some.expect("they fit");
    let query = ResolveQuery {
        text: "large".to_owned(),
        limit: 20,
        ..Default::default()
    };
    let request = |count| ResolveEntitiesRequest {
        queries: vec![query.clone(); count],
        ..Default::default()
    };
    let all = world.registry().resolve_entities(request(9)).await;
    let all = refused(&all.expect_err("they do not fit"));
    all.is(Code::InvalidArgument, "ANSWER_TOO_LARGE", &["queries"]);
    let some = request(number(&all.message));
    let some = world.registry().resolve_entities(some).await;
    some.expect("they fit");
}

async fn a_summary_shows_what_it_says(backend: Backend) {
    let world = seeded(backend).await;
    let request = ListEntitiesRequest {
        filter: r#"name = "entities/china""#.to_owned(),
        view: EntityView::Summary.into(),
        ..Default::default()
    };
    let listed = world.registry().list_entities(request).await;
    let listed = listed.expect("a list").into_inner().entities;
    let request = BatchGetEntitiesRequest {
        names: vec!["entities/china".to_owned()],
        view: EntityView::Summary.into(),
        ..Default::default()
    };
    let many = world.registry().batch_get_entities(request).await;
    let many = many.expect("it is there").into_inner().entities;
    let expected = Entity {
        name: "entities/china".to_owned(),
        kind: "region".to_owned(),
        display_name: "China".to_owned(),
        record_status: RecordStatus::Published.into(),
        ..Default::default()
    };
    assert_eq!((listed, many), (vec![expected.clone()], vec![expected]));
}

async fn several_snapshots_are_merged_into_one(backend: Backend) {
    let world = seeded(backend).await;
    let older = snapshot(&world).await;
    relate(&world, "beijing", "located-in", "china").await;
    let newer = snapshot(&world).await;
    assert_ne!(older, newer);
    let request = GetSnapshotRequest {
        consistency: rpc::at_least_as_fresh([&older, &newer]),
    };
    let merged = world.registry().get_snapshot(request).await;
    assert_eq!(merged.expect("both are ours").into_inner().snapshot, newer);
    let request = GetSnapshotRequest {
        consistency: rpc::at_snapshot(&older),
    };
    let then = world.registry().get_snapshot(request).await;
    assert_eq!(then.expect("it is ours").into_inner().snapshot, older);
}

async fn the_vocabulary_is_not_overwritten_unseen(backend: Backend) {
    let world = seeded(backend).await;
    let stale = vocabulary(&world).await;
    let apply = |vocabulary: Vocabulary| {
        let request = ApplyVocabularyRequest {
            vocabulary: Some(vocabulary),
            ..Default::default()
        };
        let mut registry = world.registry();
        async move { registry.apply_vocabulary(request).await }
    };
    let mut mine = stale.clone();
    mine.schemes[0].validator = IdentifierValidator::None.into();
    let first = apply(mine.clone())
        .await
        .expect("it is current")
        .into_inner();
    assert!(first.changed && first.etag != stale.etag);
    let second = apply(mine.clone()).await.expect_err("it is stale");
    refused(&second).is(Code::Aborted, "ETAG_MISMATCH", &["vocabulary.etag"]);
    mine.etag = first.etag.clone();
    let third = apply(mine).await.expect("it is current").into_inner();
    assert_eq!((third.changed, third.etag), (false, first.etag));
    let now = vocabulary(&world).await;
    assert_eq!(now.schemes[0].validator(), IdentifierValidator::None);
}

async fn a_batch_that_comes_again_says_so(backend: Backend) {
    let world = seeded(backend).await;
    let request = BatchAddEntitiesRequest {
        entities: vec![entity("newcomer", "company", "Newcomer")],
        request_id: Uuid::new_v4().to_string(),
        ..Default::default()
    };
    let mut registry = world.registry();
    let first = registry.batch_add_entities(request.clone()).await;
    let first = first.expect("it is good").into_inner();
    let again = registry.batch_add_entities(request).await;
    let mut again = again.expect("a repeat is no fault").into_inner();
    assert!(!first.replayed && again.replayed);
    again.replayed = false;
    assert_eq!((again.created_count, again), (1, first));
}

async fn a_withdrawn_relation_is_answered_as_it_was(backend: Backend) {
    let world = seeded(backend).await;
    let stated = relate(&world, "beijing", "located-in", "china").await;
    let request = DeleteRelationRequest {
        name: stated.name.clone(),
        etag: stated.etag.clone(),
        request_id: Uuid::new_v4().to_string(),
    };
    let mut registry = world.registry();
    let gone = registry.delete_relation(request.clone()).await;
    let gone = gone.expect("it is there").into_inner();
    let mut relation = gone.relation.clone().expect("it is answered");
    assert!(relation.delete_time.take().is_some());
    assert_eq!(relation, stated);
    let again = registry.delete_relation(request).await;
    let again = again.expect("a repeat is no fault").into_inner();
    assert_eq!((again.replayed, again.relation), (true, gone.relation));
}

async fn everything_wrong_with_a_list_is_said_at_once(backend: Backend) {
    let world = seeded(backend).await;
    let request = ListEntitiesRequest {
        filter: "nothing = 1".to_owned(),
        order_by: "nothing".to_owned(),
        page_size: -1,
        page_token: "made up".to_owned(),
        view: 9,
        consistency: rpc::at_snapshot("made up"),
        ..Default::default()
    };
    let list = world.registry().list_entities(request).await;
    let mut list = refused(&list.expect_err("nothing of it is right"));
    list.fields.sort();
    let fields = [
        "consistency.at_snapshot",
        "filter",
        "order_by",
        "page_size",
        "page_token",
        "view",
    ];
    list.is(Code::InvalidArgument, "FILTER_INVALID", &fields);
}

async fn a_match_says_why(backend: Backend) {
    let world = seeded(backend).await;
    for (query, name, reason) in [
        ("CHN", "entities/china", MatchReason::EqualIdentifier),
        ("chINA", "entities/china", MatchReason::EqualName),
        ("北京", "entities/beijing", MatchReason::NameStartsWith),
        ("works", "entities/acme", MatchReason::NameContains),
        ("Beijng", "entities/beijing", MatchReason::SimilarName),
    ] {
        let request = SearchEntitiesRequest {
            query: query.to_owned(),
            ..Default::default()
        };
        let found = world.registry().search_entities(request).await;
        let found = found.expect("an answer").into_inner().matches;
        let first = found.into_iter().next().expect("a match");
        let reason_told = first.reason();
        let entity = first.entity.expect("an entity");
        assert_eq!(
            (entity.name.as_str(), reason_told),
            (name, reason),
            "{query}"
        );
    }
}
