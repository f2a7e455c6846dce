//! Series, listed.

use proto::metrics::v1::{ListSeriesRequest, Series};
use tonic::{Code, Status};

use crate::harness::{Backend, World, on_both, refused, seeded};
use crate::ingest::{partial, release, row, series, source_series, write};

on_both!(
    series_are_filtered_by_what_they_are_about,
    a_list_of_series_continues_where_it_stopped,
    an_old_snapshot_does_not_know_later_sources_of_a_series,
);

async fn list(world: &World, request: ListSeriesRequest) -> Result<(Vec<Series>, String), Status> {
    let answer = world.metrics().list_series(request).await?.into_inner();
    Ok((answer.series, answer.next_page_token))
}

fn filtered(filter: &str) -> ListSeriesRequest {
    ListSeriesRequest {
        filter: filter.to_owned(),
        ..Default::default()
    }
}

/// Four series; one has figures of two sources.
async fn four_series(backend: Backend) -> World {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    release(&world, "s", partial("dataset", "2020-01-01")).await;
    let declared = vec![
        source_series(1, series("gdp", "china"), "usd"),
        source_series(2, series("gdp", "france"), "usd"),
        source_series(3, series("size", "china"), "count"),
        source_series(4, series("digital-core", "china"), "usd"),
    ];
    let rows = (1..=4).map(|source_series| row(source_series, "2018", "1"));
    write(&world, "r", declared.clone(), rows.collect()).await;
    write(&world, "s", declared, vec![row(2, "2018", "1")]).await;
    world
}

async fn series_are_filtered_by_what_they_are_about(backend: Backend) {
    let world = four_series(backend).await;
    let counts = [
        ("", 4),
        ("indicator = \"indicators/gdp\"", 2),
        (
            "indicator = \"indicators/gdp\" AND entity = \"entities/france\"",
            1,
        ),
        (
            "entity = \"entities/china\" AND NOT indicator = \"indicators/gdp\"",
            2,
        ),
        ("source = \"entities/dataset\"", 1),
        ("source != \"entities/dataset\"", 3),
        ("entity = \"entities/beijing\"", 0),
    ];
    for (filter, count) in counts {
        let (found, token) = list(&world, filtered(filter)).await.expect("a page");
        assert_eq!((found.len(), token.as_str()), (count, ""), "{filter}");
        let names: Vec<_> = found.iter().map(|series| &series.name).collect();
        assert!(names.is_sorted());
    }
    for filter in [
        "colour = red",
        "indicator = gdp",
        "indicator = ",
        "entity > \"entities/a\"",
    ] {
        let refusal = list(&world, filtered(filter))
            .await
            .expect_err("no such filter");
        refused(&refusal).is(Code::InvalidArgument, "FILTER_INVALID", &["filter"]);
    }
}

async fn a_list_of_series_continues_where_it_stopped(backend: Backend) {
    let world = four_series(backend).await;
    let (all, _) = list(&world, filtered("")).await.expect("a page");
    let mut paged = Vec::new();
    let mut request = ListSeriesRequest {
        page_size: 3,
        ..Default::default()
    };
    loop {
        let (page, token) = list(&world, request.clone()).await.expect("a page");
        paged.extend(page);
        if token.is_empty() {
            break;
        }
        request.page_token = token;
    }
    assert_eq!(paged, all);
    let other = ListSeriesRequest {
        filter: "entity = \"entities/china\"".to_owned(),
        ..request
    };
    let refusal = list(&world, other).await.expect_err("another filter");
    refused(&refusal).is(Code::InvalidArgument, "PAGE_TOKEN_INVALID", &["page_token"]);
}

async fn an_old_snapshot_does_not_know_later_sources_of_a_series(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    release(&world, "s", partial("dataset", "2020-01-01")).await;
    let gdp = vec![source_series(1, series("gdp", "china"), "usd")];
    let first = write(&world, "r", gdp.clone(), vec![row(1, "2018", "1")]).await;
    let second = write(&world, "s", gdp, vec![row(1, "2018", "1")]).await;
    for (snapshot, count) in [(first.snapshot, 0), (second.snapshot, 1)] {
        let request = ListSeriesRequest {
            at_snapshot: snapshot,
            ..filtered("source = \"entities/dataset\"")
        };
        assert_eq!(list(&world, request).await.expect("a page").0.len(), count);
    }
}
