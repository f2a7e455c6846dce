//! Concepts: ideas that several indicators define.

use proto::figure::v1::Label;
use proto::metrics::v1::{ApplyDefinitionsRequest, Concept, ListConceptsRequest};
use proto::registry::v1::CreateEntityRequest;
use tonic::Code;

use crate::harness::{Backend, World, fresh, on_both, refused, seed, seeded};

on_both!(concepts_are_listed_by_name_and_pages_keep_their_snapshot);

fn concept(id: &str) -> Concept {
    Concept {
        name: format!("concepts/{id}"),
        labels: vec![Label {
            text: id.to_owned(),
            language: "en".to_owned(),
        }],
        ..Default::default()
    }
}

/// Lets metrics see a commit of the registry that it has not seen before.
async fn follow_the_registry_further(world: &World, number: usize) {
    let request = CreateEntityRequest {
        entity_id: format!("place-{number}"),
        entity: Some(seed::entity("ignored", "region", "A place")),
        ..Default::default()
    };
    let created = world.registry().create_entity(request).await;
    let request = ListConceptsRequest {
        consistency: fresh([created.expect("it is new").into_inner().snapshot]),
        ..Default::default()
    };
    let seen = world.metrics().list_concepts(request).await;
    seen.expect("the registry is followed");
}

async fn concepts_are_listed_by_name_and_pages_keep_their_snapshot(backend: Backend) {
    let world = seeded(backend).await;
    let mut metrics = world.metrics();
    let apply = |ids: &[&str]| ApplyDefinitionsRequest {
        concepts: ids.iter().map(|id| concept(id)).collect(),
        ..Default::default()
    };
    let applied = metrics.apply_definitions(apply(&["wealth", "age"])).await;
    applied.expect("they are good");
    let mut request = ListConceptsRequest {
        page_size: 1,
        ..Default::default()
    };
    let (mut names, mut snapshots) = (Vec::new(), Vec::new());
    loop {
        let page = metrics.list_concepts(request.clone()).await;
        let page = page.expect("the token is good").into_inner();
        names.extend(page.concepts.into_iter().map(|concept| concept.name));
        snapshots.push(page.snapshot);
        let applied = metrics.apply_definitions(apply(&["beauty"])).await;
        applied.expect("it is good");
        follow_the_registry_further(&world, names.len()).await;
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let ids = ["age", "digital-economy", "wealth"];
    assert_eq!(names, ids.map(|id| format!("concepts/{id}")));
    snapshots.dedup();
    assert_eq!(snapshots.len(), 1);
    request.page_token = "rubbish".to_owned();
    let status = metrics.list_concepts(request).await;
    let refusal = refused(&status.expect_err("not a token"));
    refusal.is(Code::InvalidArgument, "PAGE_TOKEN_INVALID", &["page_token"]);
}
