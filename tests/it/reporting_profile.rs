//! Who somebody is, and who is there.

use proto::registry::v1::{Attribute, BatchAddEntitiesRequest, Entity};
use proto::reporting::v1::section::Body;
use proto::reporting::v1::{Profiles, Template};
use tonic::Code;

use crate::harness::{Backend, World, on_both, refused, seed, seeded};
use crate::registry_relation::relate;
use crate::reporting::{create, made, page, template, wanted};
use crate::reporting_format::with;

on_both!(
    a_profile_tells_who_is_there_and_leaves_out_what_goes_without_saying,
    attributes_that_are_hidden_are_not_told,
);

fn of(entity: &str, predicates: &[&str], hidden: &[&str]) -> Template {
    let names = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
    let profiles = Profiles {
        entities: vec![format!("entities/{entity}")],
        predicates: names(predicates),
        figures: false,
        hidden_attributes: names(hidden),
    };
    template(vec![with("it", Body::Profiles(profiles))])
}

/// The text of the page of a report, without its tags.
async fn told(world: &World, id: &str, wish: Template) -> String {
    create(world, id, wish).await.expect("it is good");
    let page = page(world, &made(world, wanted(id, &[])).await).await;
    let body = page.split("class=\"profile\"").nth(1).expect("a profile");
    let body = body.split("</article>").next().unwrap_or_default();
    let texts = body.split('<').filter_map(|part| part.split_once('>'));
    let texts = texts
        .map(|(_, text)| text.trim())
        .filter(|text| !text.is_empty());
    texts.collect::<Vec<_>>().join("|")
}

async fn a_profile_tells_who_is_there_and_leaves_out_what_goes_without_saying(backend: Backend) {
    let world = seeded(backend).await;
    relate(&world, "beijing", "located-in", "china").await;
    relate(&world, "acme", "located-in", "beijing").await;
    relate(&world, "acme", "headquartered-in", "beijing").await;
    let both = ["located-in", "headquartered-in"];
    let near = told(&world, "near", of("beijing", &both, &[])).await;
    assert!(near.contains("|company|"), "the kind is named: {near}");
    assert!(near.contains("headquartered-in"), "{near}");
    assert!(!near.contains("located-in"), "being there says it: {near}");
    let far = told(&world, "far", of("china", &both, &[])).await;
    assert!(far.contains("located-in Beijing"), "by way of it: {far}");
    let turned = ["headquartered-in", "located-in"];
    let turned = told(&world, "turned", of("beijing", &turned, &[])).await;
    assert!(
        turned.contains("located-in"),
        "the first one is plain: {turned}"
    );
}

async fn attributes_that_are_hidden_are_not_told(backend: Backend) {
    let world = seeded(backend).await;
    let attribute = |key: &str, value: &str| Attribute {
        key: key.to_owned(),
        value: value.to_owned(),
        ..Default::default()
    };
    let beta = Entity {
        attributes: vec![
            attribute("sector", "software"),
            attribute("founded", "1999"),
        ],
        ..seed::entity("beta", "company", "Beta")
    };
    let request = BatchAddEntitiesRequest {
        entities: vec![beta],
        ..Default::default()
    };
    let added = world.registry().batch_add_entities(request).await;
    added.expect("it is good");
    let all = told(&world, "all", of("beta", &[], &[])).await;
    assert!(all.contains("software") && all.contains("1999"), "{all}");
    let some = told(&world, "some", of("beta", &[], &["sector"])).await;
    assert!(
        !some.contains("software") && some.contains("1999"),
        "{some}"
    );
    let many = vec!["x"; 51];
    let status = create(&world, "many", of("beta", &[], &many)).await;
    let refusal = refused(&status.expect_err("they are too many"));
    let at = "template.sections[0].profiles.hidden_attributes";
    assert_eq!(
        (refusal.code, &refusal.fields[..]),
        (Code::InvalidArgument, &[at.to_owned()][..])
    );
}
