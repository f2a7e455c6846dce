//! A series that its source says breaks: seen in the drawing, read in the tables and in the
//! record.

use proto::metrics::v1::ClaimInput;
use proto::reporting::v1::section::Body;
use proto::reporting::v1::{FigureTable, Template};

use crate::harness::{Backend, World, on_both, seeded};
use crate::ingest::{partial, release, row, series, source_series, write};
use crate::reporting::{create, made, page, template, wanted};
use crate::reporting_drawing::{chart, rows, showing};

on_both!(
    a_break_in_a_series_is_drawn_and_told_wherever_its_figure_stands,
    a_series_without_a_break_has_no_sign_of_one,
);

/// A chart of the years and a table of the same.
fn drawn() -> Template {
    let table = FigureTable {
        filter: "indicator = \"indicators/gdp\"".to_owned(),
        ..Default::default()
    };
    let mut sections = [
        showing(Body::Chart(chart(&[("gdp", "china")]))),
        showing(Body::Table(table)),
    ];
    sections[1].id = "figures".to_owned();
    template(sections.to_vec())
}

/// Seven years by one source, of which one is marked.
async fn page_of(backend: Backend, flags: &[&str]) -> String {
    let world: World = seeded(backend).await;
    release(&world, "article", partial("article", "2021-01-01")).await;
    let claim = |year: u32| ClaimInput {
        flags: match year {
            2017 => flags.iter().map(|flag| (*flag).to_owned()).collect(),
            _ => Vec::new(),
        },
        ..row(0, &year.to_string(), &format!("{}", year - 2000))
    };
    let claims = (2014..2021).map(claim).collect();
    write(
        &world,
        "article",
        vec![source_series(0, series("gdp", "china"), "usd")],
        claims,
    )
    .await;
    create(&world, "it", drawn()).await.expect("it is good");
    let report = made(&world, wanted("it", &[])).await;
    page(&world, &report).await
}

async fn a_break_in_a_series_is_drawn_and_told_wherever_its_figure_stands(backend: Backend) {
    let page = page_of(backend, &["B"]).await;
    // Once in each of the two drawings, and once in the legend.
    assert_eq!(page.matches("class=\"break\"").count(), 3, "{page}");
    let told = rows(&page);
    let behind_the_drawing = "the series breaks here";
    let marked: Vec<_> = told
        .iter()
        .filter(|row| row.contains(behind_the_drawing))
        .collect();
    assert!(
        matches!(marked.as_slice(), [row] if row.contains("2017|17|")),
        "{told:?}"
    );
    let marked: Vec<_> = told
        .iter()
        .filter(|row| row.contains("break in series"))
        .collect();
    assert!(
        matches!(marked.as_slice(), [row] if row.contains("2017|17|")),
        "{told:?}"
    );
    let record = page
        .split("<li id=\"c")
        .find(|record| record.contains("<strong>17 usd</strong>"));
    let record = record.expect("the figure has a record");
    assert!(
        record.contains("marked by the source: break in series"),
        "{record}"
    );
}

async fn a_series_without_a_break_has_no_sign_of_one(backend: Backend) {
    let page = page_of(backend, &["P"]).await;
    assert!(!page.contains("class=\"break\""), "{page}");
    for sign in ["the series breaks here", "break in series"] {
        assert!(!page.contains(sign), "{sign}: {page}");
    }
    assert!(page.contains("marked by the source: provisional"), "{page}");
}
