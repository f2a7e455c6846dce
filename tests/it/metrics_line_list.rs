//! Lines, listed.

use proto::metrics::v1::{Line, ListLinesRequest};
use tonic::{Code, Status};

use crate::harness::{Backend, World, on_both, refused, seeded};
use crate::load::{line, partial, release, row, series, write};

on_both!(
    lines_are_filtered_by_what_they_are_about,
    a_list_of_lines_continues_where_it_stopped,
    an_old_snapshot_does_not_know_later_sources_of_a_line,
);

async fn list(world: &World, request: ListLinesRequest) -> Result<(Vec<Line>, String), Status> {
    let answer = world.metrics().list_lines(request).await?.into_inner();
    Ok((answer.lines, answer.next_page_token))
}

fn filtered(filter: &str) -> ListLinesRequest {
    ListLinesRequest {
        filter: filter.to_owned(),
        ..Default::default()
    }
}

/// Four lines; one has figures of two sources.
async fn four_lines(backend: Backend) -> World {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    release(&world, "s", partial("dataset", "2020-01-01")).await;
    let declared = vec![
        series(1, line("gdp", "china"), "usd"),
        series(2, line("gdp", "france"), "usd"),
        series(3, line("size", "china"), "count"),
        series(4, line("digital-core", "china"), "usd"),
    ];
    let rows = (1..=4).map(|series| row(series, "2018", "1"));
    write(&world, "r", declared.clone(), rows.collect()).await;
    write(&world, "s", declared, vec![row(2, "2018", "1")]).await;
    world
}

async fn lines_are_filtered_by_what_they_are_about(backend: Backend) {
    let world = four_lines(backend).await;
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
        let names: Vec<_> = found.iter().map(|line| &line.name).collect();
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

async fn a_list_of_lines_continues_where_it_stopped(backend: Backend) {
    let world = four_lines(backend).await;
    let (all, _) = list(&world, filtered("")).await.expect("a page");
    let mut paged = Vec::new();
    let mut request = ListLinesRequest {
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
    let other = ListLinesRequest {
        filter: "entity = \"entities/china\"".to_owned(),
        ..request
    };
    let refusal = list(&world, other).await.expect_err("another filter");
    refused(&refusal).is(Code::InvalidArgument, "PAGE_TOKEN_INVALID", &["page_token"]);
}

async fn an_old_snapshot_does_not_know_later_sources_of_a_line(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    release(&world, "s", partial("dataset", "2020-01-01")).await;
    let gdp = vec![series(1, line("gdp", "china"), "usd")];
    let first = write(&world, "r", gdp.clone(), vec![row(1, "2018", "1")]).await;
    let second = write(&world, "s", gdp, vec![row(1, "2018", "1")]).await;
    for (snapshot, count) in [(first.snapshot, 0), (second.snapshot, 1)] {
        let request = ListLinesRequest {
            at_snapshot: snapshot,
            ..filtered("source = \"entities/dataset\"")
        };
        assert_eq!(list(&world, request).await.expect("a page").0.len(), count);
    }
}
