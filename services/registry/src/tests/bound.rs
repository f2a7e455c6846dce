//! No answer is larger than a client takes.

use prost::Message as _;
use rpc::ANSWER_BYTES;

use super::*;

on_both_databases! {
    views_show_what_they_say
    pages_end_before_they_are_too_large
    many_entities_at_once_are_refused_when_no_answer_holds_them
    texts_that_mean_too_much_are_refused
}

/// A region of about 120 kB.
fn large(id: &str) -> Entity {
    let note = proto::figure::v1::Note {
        text: "\u{2070e}".repeat(1000),
        ..proto::figure::v1::Note::default()
    };
    let mut entity = region(id, &[("Large", "en")]);
    entity.notes = vec![note; 30];
    entity
}

async fn fill(registry: &Registry, count: usize) {
    for chunk in (0..count).collect::<Vec<_>>().chunks(10) {
        let rows = chunk.iter().map(|i| large(&format!("large-{i:03}")));
        registry.add(rows.collect()).await.expect("added");
    }
}

async fn views_show_what_they_say(registry: Registry) {
    let mut draft = region("draft", &[("Draft", "en")]);
    draft.record_status = RecordStatus::Draft.into();
    registry.add(vec![draft]).await.expect("added");
    let delete = DeleteEntityRequest {
        name: "entities/draft".to_owned(),
        ..DeleteEntityRequest::default()
    };
    let full = registry.delete_entity(Request::new(delete)).await;
    let full = full.expect("deleted").into_inner().entity;
    let full = full.expect("an entity");
    let summary = Entity {
        name: full.name.clone(),
        kind: "region".to_owned(),
        display_name: "Draft".to_owned(),
        record_status: RecordStatus::Draft.into(),
        delete_time: full.delete_time,
        ..Entity::default()
    };
    for (view, shown) in [
        (EntityView::Unspecified, &full),
        (EntityView::Full, &full),
        (EntityView::Summary, &summary),
    ] {
        let batch = BatchGetEntitiesRequest {
            names: vec![full.name.clone()],
            view: view.into(),
            ..BatchGetEntitiesRequest::default()
        };
        let batch = registry.batch_get_entities(Request::new(batch)).await;
        let batch = batch.expect("found").into_inner();
        assert_eq!(batch.entities, std::slice::from_ref(shown));
        let list = ListEntitiesRequest {
            show_deleted: true,
            order_by: "update_time desc, display_name".to_owned(),
            page_size: 1,
            view: view.into(),
            ..ListEntitiesRequest::default()
        };
        let list = registry.list_entities(Request::new(list)).await;
        let list = list.expect("a page").into_inner();
        assert_eq!(list.entities, std::slice::from_ref(shown));
    }
}

async fn pages_end_before_they_are_too_large(registry: Registry) {
    fill(&registry, 70).await;
    for (page_size, order_by) in [(0, ""), (1000, "create_time desc")] {
        let mut request = ListEntitiesRequest {
            page_size,
            order_by: order_by.to_owned(),
            ..ListEntitiesRequest::default()
        };
        let mut counts = Vec::new();
        loop {
            let page = registry.list_entities(Request::new(request.clone())).await;
            let page = page.expect("a page").into_inner();
            assert!(page.encoded_len() <= ANSWER_BYTES);
            counts.push(page.entities.len());
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        assert_eq!(counts.iter().sum::<usize>(), 70, "{counts:?}");
        assert!((25..=31).contains(&counts[0]), "{counts:?}");
    }
    let summaries = ListEntitiesRequest {
        view: EntityView::Summary.into(),
        ..ListEntitiesRequest::default()
    };
    let page = registry.list_entities(Request::new(summaries)).await;
    assert_eq!(page.expect("a page").into_inner().entities.len(), 70);
    let mut search = SearchEntitiesRequest {
        query: "large".to_owned(),
        page_size: 100,
        ..SearchEntitiesRequest::default()
    };
    let mut found = 0;
    loop {
        let page = registry.search_entities(Request::new(search.clone())).await;
        let page = page.expect("a page").into_inner();
        assert!(page.encoded_len() <= ANSWER_BYTES);
        found += page.matches.len();
        search.page_token = page.next_page_token;
        if search.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(found, 70);
}

async fn many_entities_at_once_are_refused_when_no_answer_holds_them(registry: Registry) {
    fill(&registry, 40).await;
    let request = |names: Vec<String>| BatchGetEntitiesRequest {
        names,
        ..BatchGetEntitiesRequest::default()
    };
    let names: Vec<_> = (0..40).map(|i| format!("entities/large-{i:03}")).collect();
    // Repeats take their room too.
    for names in [names.clone(), vec![names[0].clone(); 10_000]] {
        let refused = registry
            .batch_get_entities(Request::new(request(names.clone())))
            .await
            .expect_err("too large");
        let told = refused.message().split_whitespace();
        let count = told
            .filter_map(|word| word.parse::<usize>().ok())
            .next_back();
        let count = count.expect("how many would fit");
        refuses::<()>(Err(refused), &[("names", "ANSWER_TOO_LARGE")]);
        let fitting = request(names[..count].to_vec());
        let fitting = registry.batch_get_entities(Request::new(fitting)).await;
        let fitting = fitting.expect("they fit").into_inner();
        assert_eq!(fitting.entities.len(), count);
        assert!(fitting.encoded_len() <= ANSWER_BYTES);
        let more = request(names[..=count].to_vec());
        let more = registry.batch_get_entities(Request::new(more)).await;
        assert_eq!(
            failure(more),
            (Code::InvalidArgument, "ANSWER_TOO_LARGE".to_owned())
        );
    }
    let summaries = BatchGetEntitiesRequest {
        view: EntityView::Summary.into(),
        ..request(vec![names[0].clone(); 10_000])
    };
    let summaries = registry.batch_get_entities(Request::new(summaries)).await;
    assert_eq!(
        summaries.expect("they fit").into_inner().entities.len(),
        10_000
    );
    let missing = (0..10_000).map(|i| format!("entities/{i}{}", "x".repeat(58)));
    let missing = BatchGetEntitiesRequest {
        allow_missing: true,
        ..request(missing.collect())
    };
    let missing = registry.batch_get_entities(Request::new(missing)).await;
    assert_eq!(
        missing.expect("they fit").into_inner().missing.len(),
        10_000
    );
}

async fn texts_that_mean_too_much_are_refused(registry: Registry) {
    fill(&registry, 20).await;
    let request = |count: usize, limit| ResolveEntitiesRequest {
        queries: (0..count)
            .map(|_| ResolveQuery {
                text: "large".to_owned(),
                limit,
                ..ResolveQuery::default()
            })
            .collect(),
        ..ResolveEntitiesRequest::default()
    };
    let refused = registry
        .resolve_entities(Request::new(request(100, 5)))
        .await
        .expect_err("too large");
    let told = refused.message().split_whitespace();
    let count = told
        .filter_map(|word| word.parse::<usize>().ok())
        .next_back();
    let count = count.expect("how many would fit");
    assert_eq!(
        failure::<()>(Err(refused)),
        (Code::InvalidArgument, "ANSWER_TOO_LARGE".to_owned())
    );
    let answer = registry
        .resolve_entities(Request::new(request(count, 5)))
        .await;
    let answer = answer.expect("they fit").into_inner();
    assert!(answer.encoded_len() <= ANSWER_BYTES);
    let more = registry
        .resolve_entities(Request::new(request(count + 1, 5)))
        .await;
    assert_eq!(failure(more).1, "ANSWER_TOO_LARGE");
}
