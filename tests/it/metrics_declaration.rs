//! Source series as an ingest declares them.

use proto::metrics::v1::{Provenance, SeriesKey, SourceSeriesDeclaration};
use tonic::Code;

use crate::harness::{Backend, on_both, refused_row, seeded};
use crate::ingest::{Stream, counted, partial, release, row, series, source_series};
use crate::metrics_row::declared;
use crate::metrics_row::skipping;

on_both!(what_is_wrong_with_a_declaration_is_told_at_its_rows,);

/// A declaration that is wrong, with its reason and field.
type Fault = (SourceSeriesDeclaration, &'static str, &'static str);

fn gdp(unit: &str) -> SourceSeriesDeclaration {
    source_series(0, series("gdp", "china"), unit)
}

fn broken_down(breakdown: &str, code: &str) -> SourceSeriesDeclaration {
    let series = SeriesKey {
        breakdown: [(breakdown.to_owned(), code.to_owned())].into(),
        ..series("size", "china")
    };
    source_series(0, series, "count")
}

fn against(indicator: &str, counterpart: &str) -> SourceSeriesDeclaration {
    let series = SeriesKey {
        counterpart: counterpart.to_owned(),
        ..series(indicator, "china")
    };
    source_series(0, series, "usd")
}

fn by(originator: &str, source: &str) -> SourceSeriesDeclaration {
    SourceSeriesDeclaration {
        provenance: Some(Provenance {
            originator: originator.to_owned(),
            source: source.to_owned(),
            unit: "usd".to_owned(),
            ..Default::default()
        }),
        ..gdp("usd")
    }
}

fn faults() -> Vec<Fault> {
    let nothing = source_series(0, series("nothing", "china"), "usd");
    let nowhere = source_series(0, series("gdp", "nowhere"), "usd");
    let misfit = "BREAKDOWN_INVALID";
    vec![
        (nothing, "INDICATOR_UNKNOWN", "series.indicator"),
        (nowhere, "ENTITY_UNKNOWN", "source_series"),
        (gdp("guilders"), "UNIT_UNKNOWN", "provenance.unit"),
        (gdp(""), "FIELD_REQUIRED", "provenance.unit"),
        (gdp("gigabyte"), "UNIT_NOT_ALLOWED", "provenance.unit"),
        (broken_down("sex", "men"), misfit, "series.breakdown.sex"),
        (
            broken_down("sector", "steel"),
            misfit,
            "series.breakdown.sector",
        ),
        (
            against("gdp", "entities/france"),
            misfit,
            "series.counterpart",
        ),
        (against("trade", ""), misfit, "series.counterpart"),
        (
            against("trade", "entities/nowhere"),
            "ENTITY_UNKNOWN",
            "source_series",
        ),
        (by("entities/nobody", ""), "ENTITY_UNKNOWN", "source_series"),
        (
            by("", "entities/dataset"),
            "FIELD_INVALID",
            "provenance.source",
        ),
    ]
}

async fn what_is_wrong_with_a_declaration_is_told_at_its_rows(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let faults = faults();
    let mut declarations = declared();
    let first = declarations.len();
    let mut rows = vec![row(1, "2018", "1")];
    for (number, (declaration, ..)) in (10..).zip(&faults) {
        declarations.push(SourceSeriesDeclaration {
            source_series: number,
            ..declaration.clone()
        });
        rows.push(row(number, "2018", "1"));
    }
    let (mut stream, _) = Stream::open(&world, skipping("l")).await;
    stream.declare(declarations).await;
    let acknowledged = stream.rows(1, rows).await.expect("bad rows are data");
    assert_eq!(counted(acknowledged.counts.as_ref()), (13, 1, 0, 0));
    assert_eq!(acknowledged.row_errors.len(), faults.len());
    let told = acknowledged.row_errors.iter().zip(&faults);
    for (i, (error, (_, reason, field))) in (first..).zip(told) {
        let field = format!("declare.source_series[{i}].{field}");
        refused_row(error)
            .1
            .is(Code::InvalidArgument, reason, &[&field]);
    }
}
