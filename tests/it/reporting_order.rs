//! Documents do not tell in which order an installation was loaded, also where nobody dates a
//! release and where names are made up when something is recorded.

use prost_types::FieldMask;
use proto::figure::v1::SourceRef;
use proto::metrics::v1::{CreateReleaseRequest, Release, WriteClaimsRequest};
use proto::registry::v1::{CreateRelationRequest, Relation, UpdateEntityRequest};
use proto::reporting::v1::section::Body;
use proto::reporting::v1::{Bibliography, Profiles, Report, Revisions, Section};

use crate::harness::seed::{entity, name};
use crate::harness::{Backend, World, on_both, seeded};
use crate::ingest::{row, series, source_series};
use crate::reporting::{create, figures, made, observation, page, prose, template, wanted};

on_both!(the_order_of_loading_leaves_no_trace);

/// A release that nobody dates, so that it counts as known from when it is recorded.
async fn undated(world: &World, id: &str, source: &str, number: &str) {
    let request = CreateReleaseRequest {
        release_id: id.to_owned(),
        release: Some(Release {
            source: format!("entities/{source}"),
            title: format!("The release {id}"),
            ..Default::default()
        }),
        ..Default::default()
    };
    let created = world.metrics().create_release(request).await;
    created.expect("the id is free");
    let request = WriteClaimsRequest {
        release: format!("releases/{id}"),
        source_series: vec![source_series(1, series("gdp", "china"), "usd")],
        claims: vec![row(1, "2010", number)],
        ..Default::default()
    };
    let written = world.metrics().write_claims(request).await;
    written.expect("they are good");
}

/// A statement under a name that is made up when it is recorded.
async fn located(world: &World, since: &str) {
    let request = CreateRelationRequest {
        relation: Some(Relation {
            subject: "entities/beijing".to_owned(),
            predicate: "located-in".to_owned(),
            object: "entities/china".to_owned(),
            since: since.to_owned(),
            source: Some(SourceRef {
                source: "entities/article".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        }),
        ..Default::default()
    };
    let created = world.registry().create_relation(request).await;
    created.expect("it is good");
}

/// Names in the order in which they came.
async fn named(world: &World, names: &[&str]) {
    use proto::registry::v1::NameType::Display;
    let mut beijing = entity("beijing", "region", "Beijing");
    let names = names.iter().map(|text| name(text, "en", Display));
    beijing.names = names.collect();
    let request = UpdateEntityRequest {
        entity: Some(beijing),
        update_mask: Some(FieldMask {
            paths: vec!["names".to_owned()],
        }),
        ..Default::default()
    };
    let updated = world.registry().update_entity(request).await;
    updated.expect("they are good");
}

async fn loaded(backend: Backend, backwards: bool) -> (World, Report) {
    let world = seeded(backend).await;
    let mut releases = [
        ("one", "article", "5930"),
        ("two", "second-article", "6039"),
    ];
    let mut since = ["2018", "2019"];
    let mut names = ["Beijing", "Peking"];
    if backwards {
        releases.reverse();
        since.reverse();
        names.reverse();
    }
    for (id, source, number) in releases {
        undated(&world, id, source, number).await;
    }
    for since in since {
        located(&world, since).await;
    }
    named(&world, &names).await;
    let showing = |id: &str, body| Section {
        body: Some(body),
        ..prose(id, "What is known.", Vec::new())
    };
    let sections = vec![
        showing(
            "revisions",
            Body::Revisions(Revisions {
                observations: vec![observation("gdp", "2010")],
                ..Default::default()
            }),
        ),
        showing(
            "profiles",
            Body::Profiles(Profiles {
                entities: vec!["entities/china".to_owned(), "entities/beijing".to_owned()],
                predicates: vec!["located-in".to_owned()],
                ..Default::default()
            }),
        ),
        showing("sources", Body::Bibliography(Bibliography {})),
    ];
    create(&world, "it", template(sections))
        .await
        .expect("it is good");
    let made = made(&world, wanted("it", &[])).await;
    (world, made)
}

async fn the_order_of_loading_leaves_no_trace(backend: Backend) {
    let (one, of_one) = loaded(backend, false).await;
    let (other, of_other) = loaded(backend, true).await;
    assert_eq!(page(&one, &of_one).await, page(&other, &of_other).await);
    assert_eq!(
        figures(&one, &of_one).await,
        figures(&other, &of_other).await
    );
    let digests = |made: &Report| {
        let files = made.artefacts.iter();
        files.map(|file| file.digest.clone()).collect::<Vec<_>>()
    };
    assert_eq!(digests(&of_one), digests(&of_other));
    assert!(page(&one, &of_one).await.contains("undated"));
}
