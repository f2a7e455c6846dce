//! Entities of which more is known than fits into an answer, and what is refused because it
//! cannot be cut.

use prost::Message;
use proto::figure::v1::Label;
use proto::registry::v1::{
    ApplyVocabularyRequest, BatchAddEntitiesRequest, BatchGetEntitiesRequest, Entity, EntityView,
    Kind, ListEntitiesRequest, NameType, ResolveEntitiesRequest, ResolveQuery,
    SearchEntitiesRequest,
};
use proto::reporting::v1::CreateTemplateRequest;
use proto::server::v1::GetServerInfoRequest;
use tonic::Code;

use crate::answers::{ANSWER, fits};
use crate::harness::seed::{entity, name, vocabulary};
use crate::harness::{Backend, World, on_both, refused, seeded};
use crate::reporting::{prose, template};

on_both!(
    entities_with_many_names_come_in_pages,
    what_cannot_be_cut_is_refused,
    what_no_answer_could_hold_is_not_written,
);

/// Entities with long names, how many each has, and those that one call adds.
const ENTITIES: usize = 1000;
const NAMES: usize = 60;
const ADDED: usize = 250;

/// An entity with many names; all have the word and its number.
fn named(i: usize) -> Entity {
    let called = (0..NAMES).map(|n| {
        let text = format!("Emporium {i:04} {n:02} {}", "z".repeat(100));
        name(&text, "en", NameType::Alias)
    });
    Entity {
        names: called.collect(),
        ..entity(&format!("emporium-{i:04}"), "company", "")
    }
}

async fn renowned(backend: Backend) -> World {
    let world = seeded(backend).await;
    let all: Vec<_> = (0..ENTITIES).map(named).collect();
    for entities in all.chunks(ADDED) {
        let request = BatchAddEntitiesRequest {
            entities: entities.to_vec(),
            ..Default::default()
        };
        let added = world.registry().batch_add_entities(request).await;
        added.expect("the entities are good");
    }
    world
}

async fn entities_with_many_names_come_in_pages(backend: Backend) {
    let world = renowned(backend).await;
    for page_size in [0, 1000] {
        let mut request = ListEntitiesRequest {
            filter: "kind = \"company\"".to_owned(),
            page_size,
            ..Default::default()
        };
        let (mut found, mut pages, mut bytes) = (Vec::new(), 0, 0);
        loop {
            let page = world.registry().list_entities(request.clone()).await;
            let page = fits(page.expect("a page").into_inner());
            bytes += page.encoded_len();
            pages += 1;
            found.extend(page.entities);
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert!(bytes > ANSWER && pages > 1, "it would not fit");
        let ids = (0..ENTITIES).map(|i| format!("entities/emporium-{i:04}"));
        let expected = std::iter::once("entities/acme".to_owned()).chain(ids);
        assert!(found.iter().map(|one| one.name.clone()).eq(expected));
        let whole = found.iter().skip(1).all(|one| one.names.len() == NAMES);
        assert!(whole, "page size {page_size}");
    }
    let request = SearchEntitiesRequest {
        query: "emporium".to_owned(),
        page_size: 100,
        ..Default::default()
    };
    let found = world.registry().search_entities(request).await;
    let found = fits(found.expect("a page").into_inner());
    assert!(!found.matches.is_empty() && !found.next_page_token.is_empty());
}

async fn what_cannot_be_cut_is_refused(backend: Backend) {
    let world = renowned(backend).await;
    let all: Vec<_> = (0..ENTITIES)
        .map(|i| format!("entities/emporium-{i:04}"))
        .collect();
    let get = async |names: &[String], view: EntityView| {
        let request = BatchGetEntitiesRequest {
            names: names.to_vec(),
            view: view.into(),
            ..Default::default()
        };
        let answer = world.registry().batch_get_entities(request).await;
        answer.map(|answer| fits(answer.into_inner()).entities)
    };
    let refusal = refused(&get(&all, EntityView::Full).await.expect_err("too large"));
    assert_eq!(
        (refusal.code, refusal.reason.as_str()),
        (Code::InvalidArgument, "ANSWER_TOO_LARGE")
    );
    let fewer = get(&all[..100], EntityView::Full).await;
    assert_eq!(fewer.expect("a part of it").len(), 100);
    let short = get(&all, EntityView::Summary).await;
    assert_eq!(short.expect("less of each").len(), ENTITIES);
    let resolve = async |count: usize, limit: i32| {
        let query = ResolveQuery {
            text: "emporium".to_owned(),
            limit,
            ..Default::default()
        };
        let request = ResolveEntitiesRequest {
            queries: vec![query; count],
            ..Default::default()
        };
        let answer = world.registry().resolve_entities(request).await;
        answer.map(|answer| fits(answer.into_inner()).resolutions)
    };
    let refusal = refused(&resolve(50, 20).await.expect_err("too large"));
    assert_eq!(
        (refusal.code, refusal.reason.as_str()),
        (Code::InvalidArgument, "ANSWER_TOO_LARGE")
    );
    let fewer = resolve(5, 20).await.expect("a part of it");
    assert!(fewer.iter().all(|one| one.candidates.len() == 20));
}

async fn what_no_answer_could_hold_is_not_written(backend: Backend) {
    let world = seeded(backend).await;
    let mut server = world.server();
    let told = server.get_server_info(GetServerInfoRequest {}).await;
    let limits = told.expect("never fails").into_inner().limits;
    assert_eq!(limits.expect("limits").answer_bytes as usize, ANSWER);
    // Between 3 MiB, the largest that is kept, and 4 MiB, the largest that is read.
    let mut wide = vocabulary();
    let labels = (0..100).map(|i| Label {
        text: format!("{i:03}{}", "x".repeat(290)),
        language: "en".to_owned(),
    });
    let labels: Vec<_> = labels.collect();
    wide.kinds.extend((0..115).map(|i| Kind {
        id: format!("kind-{i}"),
        labels: labels.clone(),
        ..Default::default()
    }));
    let request = ApplyVocabularyRequest {
        vocabulary: Some(wide),
        ..Default::default()
    };
    let status = world.registry().apply_vocabulary(request).await;
    refused(&status.expect_err("it could not be read back")).is(
        Code::InvalidArgument,
        "FIELD_INVALID",
        &["vocabulary"],
    );
    let mut sections = Vec::new();
    for i in 0..45 {
        let mut section = prose(&format!("section-{i}"), "", Vec::new());
        section.paragraphs = vec!["x".repeat(3900); 20];
        sections.push(section);
    }
    let request = CreateTemplateRequest {
        template_id: "wide".to_owned(),
        template: Some(template(sections)),
        ..Default::default()
    };
    let status = world.reporting().create_template(request).await;
    refused(&status.expect_err("it could not be read back")).is(
        Code::InvalidArgument,
        "FIELD_INVALID",
        &["template"],
    );
}
