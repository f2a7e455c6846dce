//! Series as a load declares them.

use proto::metrics::v1::{Line, Provenance, SeriesDeclaration};
use tonic::Code;

use crate::harness::{Backend, on_both, refused_row, seeded};
use crate::load::{Stream, counted, line, partial, release, row, series};
use crate::metrics_row::declared;
use crate::metrics_row::skipping;

on_both!(what_is_wrong_with_a_declaration_is_told_at_its_rows,);

/// A declaration that is wrong, with its reason and field.
type Fault = (SeriesDeclaration, &'static str, &'static str);

fn gdp(unit: &str) -> SeriesDeclaration {
    series(0, line("gdp", "china"), unit)
}

fn broken_down(breakdown: &str, code: &str) -> SeriesDeclaration {
    let line = Line {
        breakdown: [(breakdown.to_owned(), code.to_owned())].into(),
        ..line("size", "china")
    };
    series(0, line, "count")
}

fn against(indicator: &str, counterpart: &str) -> SeriesDeclaration {
    let line = Line {
        counterpart: counterpart.to_owned(),
        ..line(indicator, "china")
    };
    series(0, line, "usd")
}

fn by(originator: &str, source: &str) -> SeriesDeclaration {
    SeriesDeclaration {
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
    let nothing = series(0, line("nothing", "china"), "usd");
    let nowhere = series(0, line("gdp", "nowhere"), "usd");
    let misfit = "BREAKDOWN_INVALID";
    vec![
        (nothing, "INDICATOR_UNKNOWN", "line.indicator"),
        (nowhere, "ENTITY_UNKNOWN", "series"),
        (gdp("guilders"), "UNIT_UNKNOWN", "provenance.unit"),
        (gdp(""), "FIELD_REQUIRED", "provenance.unit"),
        (gdp("gigabyte"), "UNIT_NOT_ALLOWED", "provenance.unit"),
        (broken_down("sex", "men"), misfit, "line.breakdown.sex"),
        (
            broken_down("sector", "steel"),
            misfit,
            "line.breakdown.sector",
        ),
        (
            against("gdp", "entities/france"),
            misfit,
            "line.counterpart",
        ),
        (against("trade", ""), misfit, "line.counterpart"),
        (
            against("trade", "entities/nowhere"),
            "ENTITY_UNKNOWN",
            "series",
        ),
        (by("entities/nobody", ""), "ENTITY_UNKNOWN", "series"),
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
    let mut rows = vec![row(1, "2018", "1")];
    for (number, (declaration, ..)) in (10..).zip(&faults) {
        declarations.push(SeriesDeclaration {
            series: number,
            ..declaration.clone()
        });
        rows.push(row(number, "2018", "1"));
    }
    let (mut stream, _) = Stream::open(&world, skipping("l")).await;
    stream.declare(declarations).await;
    let acknowledged = stream.rows(1, rows).await.expect("bad rows are data");
    assert_eq!(counted(acknowledged.counts.as_ref()), (13, 1, 0, 0));
    assert_eq!(acknowledged.row_errors.len(), faults.len());
    for (error, (_, reason, field)) in acknowledged.row_errors.iter().zip(&faults) {
        refused_row(error)
            .1
            .is(Code::InvalidArgument, reason, &[field]);
    }
}
