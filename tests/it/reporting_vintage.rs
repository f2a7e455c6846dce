//! What was said of the lines of a chart before.

use proto::metrics::v1::ClaimInput;
use proto::reporting::v1::section::Body;
use proto::reporting::v1::{Chart, RunReportRequest};

use crate::harness::{Backend, World, on_both};
use crate::ingest::{partial, release, row, series, source_series, time, write};
use crate::reporting::{create, figures, made, page, template, wanted};
use crate::reporting_drawing::{chart, report_of, showing, texts, world};

on_both!(
    a_chart_draws_what_was_said_before,
    few_of_many_vintages_are_drawn,
);

/// A release of the article on a day with the GDP of China in years.
async fn publish(world: &World, day: &str, numbers: &[(&str, &str)]) {
    let id = format!("of-{day}");
    release(world, &id, partial("article", day)).await;
    let rows = numbers.iter().map(|(year, number)| row(0, year, number));
    let rows: Vec<ClaimInput> = rows.collect();
    write(
        world,
        &id,
        vec![source_series(0, series("gdp", "china"), "usd")],
        rows,
    )
    .await;
}

fn with_vintages(vintages: bool) -> Body {
    Body::Chart(Chart {
        vintages,
        ..chart(&[("gdp", "china")])
    })
}

async fn a_chart_draws_what_was_said_before(backend: Backend) {
    let world = world(backend).await;
    publish(&world, "2012-09-20", &[("2010", "50"), ("2011", "60")]).await;
    publish(&world, "2014-09-20", &[("2010", "52"), ("2012", "70")]).await;
    publish(&world, "2016-09-20", &[("2010", "53"), ("2013", "80")]).await;
    // It only adds: nothing is said otherwise than before.
    publish(&world, "2018-09-20", &[("2014", "90")]).await;
    let before = report_of(&world, with_vintages(true)).await;
    let cited = figures(&world, &before).await;
    let now = ["53 usd", "60 usd", "70 usd", "80 usd", "90 usd"];
    assert_eq!(texts(&cited), [&now[..], &["50 usd", "52 usd"]].concat());
    let told = page(&world, &before).await;
    for day in ["2012-09-20", "2014-09-20"] {
        assert!(told.contains(&format!("known on {day}")), "{day}: {told}");
    }
    assert!(
        !told.contains("known on 2016-09-20"),
        "it says what is said now"
    );
    let plain = template(vec![showing(with_vintages(false))]);
    create(&world, "plain", plain).await.expect("it is good");
    let plain = made(&world, wanted("plain", &[])).await;
    assert_eq!(texts(&figures(&world, &plain).await), now);
    // As of 2015 the second vintage is what is said now.
    let then = RunReportRequest {
        as_of: Some(time("2015-12-31T23:59:59.999999Z")),
        ..wanted("it", &[])
    };
    let then = made(&world, then).await;
    let cited = figures(&world, &then).await;
    assert_eq!(texts(&cited), ["52 usd", "60 usd", "70 usd", "50 usd"]);
}

async fn few_of_many_vintages_are_drawn(backend: Backend) {
    let world = world(backend).await;
    for year in 2001..2014 {
        let number = format!("{year}.5");
        publish(&world, &format!("{year}-06-30"), &[("2000", &number)]).await;
    }
    let report = report_of(&world, with_vintages(true)).await;
    let cited = figures(&world, &report).await;
    // The figure of now, and eight of twelve before: the first and the last of them.
    assert_eq!(cited.len(), 9);
    let texts = texts(&cited);
    assert_eq!(
        (texts[0], texts[1], texts[8]),
        ("2,013.5 usd", "2,001.5 usd", "2,012.5 usd")
    );
}
