//! The same data in two installations that were loaded in another order: the documents are the
//! same, byte for byte.

mod world;

use proto::reporting::v1 as pb;
use proto::reporting::v1::section::Body;

use super::*;
use world::World;

/// A template that shows all of it.
fn everything() -> Template {
    let observation = pb::ObservationRef {
        indicator: "indicators/gdp".to_owned(),
        entity: "entities/china".to_owned(),
        period: "2010".to_owned(),
        ..Default::default()
    };
    let line = pb::ChartLine {
        indicators: vec!["indicators/gdp".to_owned()],
        entity: "entities/china".to_owned(),
        ..Default::default()
    };
    let bodies = [
        Body::Table(pb::FigureTable {
            filter: "entity = \"entities/china\"".to_owned(),
            ..Default::default()
        }),
        Body::Contradictions(pb::Contradictions::default()),
        Body::Chart(pb::Chart {
            lines: vec![line],
            description: "what it shows".to_owned(),
            vintages: true,
            ..Default::default()
        }),
        Body::Revisions(pb::Revisions {
            observations: vec![observation.clone()],
            ..Default::default()
        }),
        Body::Profiles(pb::Profiles {
            entities: vec!["entities/china".to_owned()],
            predicates: vec!["located-in".to_owned()],
            figures: true,
            ..Default::default()
        }),
        Body::Bibliography(pb::Bibliography {}),
    ];
    let section = |(number, body)| Section {
        id: format!("s{number}"),
        heading: "What is known".to_owned(),
        body: Some(body),
        ..Default::default()
    };
    let mut sections: Vec<_> = (1..).zip(bodies).map(section).collect();
    sections[0].paragraphs = vec!["It came to {gdp}.".to_owned()];
    sections[0].bindings = vec![pb::Binding {
        key: "gdp".to_owned(),
        value: Some(pb::binding::Value::Observation(observation)),
        ..Default::default()
    }];
    Template {
        title: "All of it".to_owned(),
        sections,
        ..Default::default()
    }
}

/// What an installation makes: page and print, and the records of the figures.
async fn made(world: World) -> (Vec<Vec<u8>>, Vec<pb::Figure>) {
    let house = house_with(world.fake().serve().await).await;
    house.save("everything", everything()).await;
    let request = RunReportRequest {
        template: "templates/everything".to_owned(),
        ..Default::default()
    };
    let begun = house.reporting.run_report(Request::new(request)).await;
    let made = report(&house.finished(&begun.unwrap().into_inner().name).await);
    let request = pb::ListFiguresRequest {
        report: made.name.clone(),
        page_size: 1000,
        ..Default::default()
    };
    let figures = house.reporting.list_figures(Request::new(request)).await;
    let mut files = Vec::new();
    for file in &made.artefacts {
        let of_file = Report {
            artefacts: vec![file.clone()],
            ..made.clone()
        };
        files.push(house.download(&of_file).await);
    }
    (files, figures.unwrap().into_inner().figures)
}

#[tokio::test]
async fn the_order_of_loading_leaves_no_trace_in_a_document() {
    let here = World {
        commit: 7,
        recorded: 20_000,
        backwards: false,
    };
    // Recorded before anything was published, and all the other way round.
    let there = World {
        commit: 99,
        recorded: 10_000,
        backwards: true,
    };
    let (files, figures) = made(here).await;
    let (others, other_figures) = made(there).await;
    assert_eq!(figures, other_figures);
    let [page, other] = [&files[0], &others[0]].map(|file| text(file.clone()));
    assert_eq!(page, other);
    assert!(files == others, "the printed reports differ");
    // It shows what it is to show, by names that are the same everywhere.
    for said in [
        "series/a/claims/2010.releases-late",
        "2010.releases-early",
        "undated",
        "the newest publication first",
        "the units differ and are not converted",
        "since 2018",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains("words that no document has"));
}
