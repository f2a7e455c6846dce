//! Series, listed.

use proto::metrics::v1::{ListSeriesRequest, Series, SeriesKey};
use tonic::{Code, Status};

use crate::harness::{Backend, World, at, on_both, refused, seeded};
use crate::ingest::{partial, release, row, series, source_series, write};

on_both!(
    series_are_filtered_by_what_they_are_about,
    series_are_ordered_by_what_they_are_about,
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

/// What series are ordered by.
fn order(series: &Series) -> (String, String, String, Vec<(String, String)>) {
    let key = series.key.clone().expect("a series has a key");
    let breakdown = key.breakdown.into_iter().collect();
    (key.indicator, key.entity, key.counterpart, breakdown)
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
        assert!(found.is_sorted_by_key(order), "{found:?}");
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

async fn series_are_ordered_by_what_they_are_about(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let trade = |entity: &str, counterpart: &str| SeriesKey {
        counterpart: format!("entities/{counterpart}"),
        ..series("trade", entity)
    };
    let broken_down = |code: &str| SeriesKey {
        breakdown: [("sector".to_owned(), code.to_owned())].into(),
        ..series("size", "china")
    };
    let keys = [
        series("digital-core", "france"),
        series("gdp", "beijing"),
        series("gdp", "china"),
        series("size", "china"),
        broken_down("energy"),
        broken_down("software"),
        series("size", "france"),
        trade("china", "beijing"),
        trade("china", "france"),
        trade("france", "china"),
    ];
    // The other way round, so that their order of arrival is another one.
    let declared: Vec<_> = (1..)
        .zip(keys.iter().rev())
        .map(|(number, key)| {
            let unit = if key.indicator.ends_with("size") {
                "count"
            } else {
                "usd"
            };
            source_series(number, key.clone(), unit)
        })
        .collect();
    let rows = declared
        .iter()
        .map(|one| row(one.source_series, "2018", "1"));
    write(&world, "r", declared.clone(), rows.collect()).await;
    for page_size in [0, 1, 3] {
        let (mut found, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListSeriesRequest {
                page_size,
                page_token,
                ..Default::default()
            };
            let (page, token) = list(&world, request).await.expect("a page");
            found.extend(page);
            page_token = token;
            if page_token.is_empty() {
                break;
            }
        }
        let listed: Vec<_> = found
            .iter()
            .filter_map(|series| series.key.clone())
            .collect();
        assert_eq!(listed, keys, "pages of {page_size}");
        assert!(found.is_sorted_by_key(order));
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
            consistency: at(&snapshot),
            ..filtered("source = \"entities/dataset\"")
        };
        assert_eq!(list(&world, request).await.expect("a page").0.len(), count);
    }
}
