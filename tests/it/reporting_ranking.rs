//! Rankings: who is in them, in which order, and what is cited.

use std::collections::BTreeSet;

use proto::metrics::v1::{NatureClass, Provenance, SourceSeriesDeclaration};
use proto::reporting::v1::Ranking;
use proto::reporting::v1::section::Body;
use tonic::Code;

use crate::harness::{Backend, on_both};
use crate::ingest::{partial, release, row, series, source_series, write};
use crate::reporting::{figures, page};
use crate::reporting_drawing::{failed, ranking, regions, report_of, rows, state, texts, world};

on_both!(
    equal_figures_share_a_rank_and_highlights_have_their_true_one,
    figures_of_another_unit_than_most_have_no_rank,
    a_ranking_cites_what_contradicts_a_figure_and_marks_what_is_expected,
    a_bar_of_three_contradicting_sources_cites_all_and_reaches_over_all,
    a_ranking_can_be_that_of_one_source,
    a_ranking_finds_everybody_the_filter_lets_through,
    a_ranking_without_its_figures_fails,
);

/// Ranks and names of the rows of a ranking.
fn ranked(page: &str) -> Vec<String> {
    let short = |row: String| {
        let cells: Vec<_> = row.split('|').filter(|cell| !cell.is_empty()).collect();
        let [rank, name, ..] = cells.as_slice() else {
            return None;
        };
        let rank = rank.trim_end_matches('.').parse::<u32>().ok()?;
        Some(format!("{rank} {name}"))
    };
    rows(page).into_iter().filter_map(short).collect()
}

async fn equal_figures_share_a_rank_and_highlights_have_their_true_one(backend: Backend) {
    let world = world(backend).await;
    state(
        &world,
        "article",
        &[
            ("japan", "2020", "3", "usd"),
            ("china", "2020", "9", "usd"),
            ("france", "2020", "7.0", "usd"),
            ("beijing", "2020", "7", "usd"),
            ("kenya", "2020", "1", "usd"),
            // Of another kind, and of other periods.
            ("acme", "2020", "100", "usd"),
            ("kenya", "2019", "200", "usd"),
            ("kenya", "2020-06", "300", "usd"),
        ],
    )
    .await;
    let body = Body::Ranking(Ranking {
        limit: 2,
        highlights: vec!["entities/kenya".to_owned()],
        ..ranking()
    });
    let report = report_of(&world, body).await;
    let page = page(&world, &report).await;
    assert_eq!(
        ranked(&page),
        ["1 China 中国", "2 Beijing 北京市", "2 France", "5 kenya"]
    );
    assert!(page.contains("4 shown of 5 ranked"), "{page}");
    let cited = figures(&world, &report).await;
    assert_eq!(texts(&cited), ["9 usd", "7 usd", "7.0 usd", "1 usd"]);
    assert!(
        cited
            .iter()
            .all(|one| one.claims.len() == 1 && one.section == "it")
    );
    assert!(
        !page.contains("300 usd") && !page.contains("3 usd"),
        "{page}"
    );
}

async fn figures_of_another_unit_than_most_have_no_rank(backend: Backend) {
    let world = world(backend).await;
    state(
        &world,
        "article",
        &[
            ("china", "2020", "900", "cny"),
            ("france", "2020", "7", "usd"),
            ("japan", "2020", "3", "usd"),
        ],
    )
    .await;
    let report = report_of(&world, Body::Ranking(ranking())).await;
    let page = page(&world, &report).await;
    assert_eq!(ranked(&page), ["1 France", "2 japan"]);
    let cited = figures(&world, &report).await;
    assert_eq!(texts(&cited), ["7 usd", "3 usd", "900 cny"]);
    assert!(
        page.contains("Not drawn") && page.contains("(China, An article)"),
        "{page}"
    );
}

async fn a_ranking_cites_what_contradicts_a_figure_and_marks_what_is_expected(backend: Backend) {
    let world = world(backend).await;
    state(&world, "article", &[("china", "2020", "9", "usd")]).await;
    state(&world, "second-article", &[("china", "2020", "11", "usd")]).await;
    let expected = SourceSeriesDeclaration {
        provenance: Some(Provenance {
            unit: "usd".to_owned(),
            nature_class: NatureClass::Forecast.into(),
            ..Default::default()
        }),
        ..source_series(0, series("gdp", "france"), "usd")
    };
    write(&world, "article", vec![expected], vec![row(0, "2020", "7")]).await;
    let report = report_of(&world, Body::Ranking(ranking())).await;
    let cited = figures(&world, &report).await;
    assert_eq!(cited.len(), 3);
    let mut all = texts(&cited);
    all.sort_unstable();
    assert_eq!(all, ["11 usd", "7 usd", "9 usd"]);
    assert!(cited.iter().any(|one| one.alternatives == 1));
    let page = page(&world, &report).await;
    assert_eq!(ranked(&page), ["1 China 中国", "2 France"]);
    let told = rows(&page);
    let france = told
        .iter()
        .find(|row| row.contains("France|7"))
        .expect("it is in the table");
    let china = told
        .iter()
        .find(|row| row.contains("China 中国|"))
        .expect("it is in the table");
    let nature = |row: &str| row.rsplit('|').next().map(str::to_owned);
    assert_ne!(nature(france), nature(china), "{told:?}");
    assert!(page.contains("class=\"bracket\""), "the range is drawn");
}

async fn a_bar_of_three_contradicting_sources_cites_all_and_reaches_over_all(backend: Backend) {
    let world = world(backend).await;
    release(&world, "third", partial("dataset", "2021-01-01")).await;
    state(
        &world,
        "article",
        &[
            ("china", "2020", "9", "usd"),
            ("france", "2020", "16", "usd"),
        ],
    )
    .await;
    state(&world, "second-article", &[("china", "2020", "12", "usd")]).await;
    state(&world, "third", &[("china", "2020", "6", "usd")]).await;
    let report = report_of(&world, Body::Ranking(ranking())).await;
    let cited = figures(&world, &report).await;
    let mut all = texts(&cited);
    all.sort_unstable();
    assert_eq!(all, ["12 usd", "16 usd", "6 usd", "9 usd"]);
    let of_china = cited.iter().filter(|one| one.text != "16 usd");
    assert!(of_china.clone().all(|one| one.alternatives == 2));
    let releases: BTreeSet<_> = of_china.map(|one| one.releases[0].as_str()).collect();
    let three = [
        "releases/article",
        "releases/second-article",
        "releases/third",
    ];
    assert_eq!(releases, BTreeSet::from(three));
    let page = page(&world, &report).await;
    let told = rows(&page);
    let china = told
        .iter()
        .find(|row| row.contains("China 中国|"))
        .expect("it is in the table");
    for part in ["|9; 6; 12|", "An article", "A second article", "A dataset"] {
        assert!(china.contains(part), "{part}: {china}");
    }
    // The bracket stands three pixels off at each side.
    let (band, whole) = (wide(&page, "band") - 6.0, wide(&page, "bar f0"));
    assert!((band - whole * 6.0 / 16.0).abs() < 1.0, "{band} {whole}");
}

/// Width of the widest rectangle of a class.
fn wide(page: &str, class: &str) -> f64 {
    let begin = format!("<rect class=\"{class}\"");
    let width = |rest: &str| {
        let width = rest.split("width=\"").nth(1).unwrap_or_default();
        let width = width.split('"').next().unwrap_or_default();
        width.parse::<f64>().expect("a number of pixels")
    };
    let widths = page.split(&begin).skip(1).map(width);
    widths.reduce(f64::max).expect("it is drawn")
}

async fn a_ranking_can_be_that_of_one_source(backend: Backend) {
    let world = world(backend).await;
    state(
        &world,
        "article",
        &[
            ("china", "2020", "9", "usd"),
            ("france", "2020", "7", "usd"),
            ("japan", "2020", "20", "usd"),
        ],
    )
    .await;
    state(
        &world,
        "second-article",
        &[
            ("china", "2020", "6", "usd"),
            ("france", "2020", "8", "usd"),
        ],
    )
    .await;
    let body = Body::Ranking(Ranking {
        source: "entities/second-article".to_owned(),
        ..ranking()
    });
    let report = report_of(&world, body).await;
    assert_eq!(
        ranked(&page(&world, &report).await),
        ["1 France", "2 China 中国"]
    );
    let first = &figures(&world, &report).await[0];
    assert_eq!(
        (first.text.as_str(), first.releases[0].as_str()),
        ("8 usd", "releases/second-article")
    );
}

async fn a_ranking_finds_everybody_the_filter_lets_through(backend: Backend) {
    let world = world(backend).await;
    // More than a page of entities, and those with figures at both ends of it.
    let many: Vec<_> = (0..1100)
        .map(|number| format!("place-{number:04}"))
        .collect();
    regions(&world, &many).await;
    let numbers: Vec<_> = (0..1100).map(|number| format!("{number}")).collect();
    let said = many
        .iter()
        .zip(&numbers)
        .map(|(id, number)| (id.as_str(), "2020", number.as_str(), "usd"));
    let said: Vec<_> = said.collect();
    state(&world, "article", &said).await;
    let body = Body::Ranking(Ranking {
        limit: 3,
        highlights: vec!["entities/place-0000".to_owned()],
        filter: "kind = \"region\" AND name != \"entities/place-1099\"".to_owned(),
        ..ranking()
    });
    let report = report_of(&world, body).await;
    let page = page(&world, &report).await;
    assert_eq!(
        ranked(&page),
        [
            "1 place-1098",
            "2 place-1097",
            "3 place-1096",
            "1099 place-0000"
        ]
    );
    assert!(page.contains("4 shown of 1099 ranked"), "{page}");
}

async fn a_ranking_without_its_figures_fails(backend: Backend) {
    let world = world(backend).await;
    let nobody = failed(&world, "nobody", Body::Ranking(ranking())).await;
    nobody.is(Code::FailedPrecondition, "FIGURE_MISSING", &[]);
    state(
        &world,
        "article",
        &[("china", "2020", "9", "usd"), ("acme", "2020", "9", "usd")],
    )
    .await;
    for (id, highlight, reason) in [
        ("silent", "entities/france", "FIGURE_MISSING"),
        ("stranger", "entities/acme", "TEMPLATE_INVALID"),
    ] {
        let body = Body::Ranking(Ranking {
            highlights: vec![highlight.to_owned()],
            ..ranking()
        });
        let refusal = failed(&world, id, body).await;
        assert_eq!(refusal.reason, reason);
        assert!(refusal.message.contains(highlight), "{refusal:?}");
    }
}
