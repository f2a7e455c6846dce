//! Rows of a batch that cannot be taken: told as data or all at once.

use proto::figure::v1::{Bound, MissingReason, Nature, Period, Quantity, Trend};
use proto::metrics::v1::{
    Block, ClaimBatch, ClaimInput, ClaimText, Locator, NatureClass, OpenLoad, SeriesDeclaration,
    WriteClaimsRequest,
};
use tonic::Code;

use crate::harness::{Backend, on_both, refused, refused_row, seeded};
use crate::load::{
    Stream, claim, counted, exact, line, numbers, opening, partial, release, row, said, series,
    withdrawal, write, writing,
};

on_both!(
    bad_rows_are_data_when_rows_are_skipped,
    bad_rows_refuse_their_batch_and_all_are_listed,
    every_fault_of_a_row_has_its_reason_and_field,
    what_is_wrong_with_a_declaration_is_told_at_its_rows,
    rows_of_a_block_are_judged_like_other_rows,
    a_figure_printed_twice_is_one_claim_with_two_places,
    two_figures_for_one_cell_are_an_error_that_names_both,
    an_earlier_batch_of_a_load_is_not_contradicted,
    texts_name_existing_entities,
);

/// Rows that are bad, with reason and field of each.
fn faults() -> Vec<(ClaimInput, &'static str, &'static str)> {
    let quantity = |quantity| claim(1, "2018", quantity);
    let bound = |bound: Bound, number: &str| Quantity {
        bound: bound.into(),
        ..exact(number)
    };
    let between = |lower: &str, upper: &str| Quantity {
        upper: upper.to_owned(),
        ..bound(Bound::Between, lower)
    };
    let flagged = |flags: &[&str]| ClaimInput {
        flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
        ..row(1, "2018", "1")
    };
    let in_words = Quantity {
        bound: Bound::None.into(),
        ..exact("")
    };
    vec![
        (row(7, "2018", "1"), "SERIES_UNDECLARED", "series"),
        (row(1, "2018-13", "1"), "PERIOD_INVALID", "period.code"),
        (row(1, "", "1"), "FIELD_REQUIRED", "period.code"),
        (row(1, "2018", "NaN"), "NUMBER_INVALID", "quantity.number"),
        (row(1, "2018", "inf"), "NUMBER_INVALID", "quantity.number"),
        (row(1, "2018", "1e3"), "NUMBER_INVALID", "quantity.number"),
        (row(1, "2018", "1,000"), "NUMBER_INVALID", "quantity.number"),
        (row(1, "2018", ""), "NUMBER_INVALID", "quantity.number"),
        (
            row(1, "2018", &"9".repeat(39)),
            "NUMBER_INVALID",
            "quantity.number",
        ),
        (
            quantity(between("3", "2")),
            "BOUNDS_REVERSED",
            "quantity.upper",
        ),
        (
            quantity(between("3", "")),
            "NUMBER_INVALID",
            "quantity.upper",
        ),
        (
            quantity(Quantity {
                upper: "4".to_owned(),
                ..exact("3")
            }),
            "QUANTITY_CONTRADICTORY",
            "quantity.upper",
        ),
        (
            quantity(Quantity {
                trend: Trend::Higher.into(),
                ..exact("3")
            }),
            "QUANTITY_CONTRADICTORY",
            "quantity.trend",
        ),
        (
            quantity(Quantity {
                missing: MissingReason::Suppressed.into(),
                trend: Trend::Stable.into(),
                ..in_words.clone()
            }),
            "QUANTITY_CONTRADICTORY",
            "quantity.missing",
        ),
        (
            quantity(in_words),
            "QUANTITY_CONTRADICTORY",
            "quantity.bound",
        ),
        (
            quantity(Quantity {
                multiplier: 31,
                ..exact("3")
            }),
            "FIELD_INVALID",
            "quantity.multiplier",
        ),
        (
            quantity(Quantity {
                bound: 77,
                ..exact("3")
            }),
            "FIELD_INVALID",
            "quantity.bound",
        ),
        (
            ClaimInput {
                quantity: None,
                ..row(1, "2018", "")
            },
            "FIELD_REQUIRED",
            "quantity",
        ),
        (
            ClaimInput {
                withdrawn: true,
                ..row(1, "2018", "1")
            },
            "QUANTITY_CONTRADICTORY",
            "quantity",
        ),
        (flagged(&["Z"]), "FIELD_INVALID", "flags[0]"),
        (flagged(&["P", "B", "P"]), "FIELD_INVALID", "flags[2]"),
        (
            ClaimInput {
                nature: Nature::Target.into(),
                ..row(1, "2018", "1")
            },
            "FIELD_INVALID",
            "nature",
        ),
        (
            ClaimInput {
                period: Some(Period {
                    code: "2018".to_owned(),
                    role: 9,
                    ..Default::default()
                }),
                ..row(1, "2018", "1")
            },
            "FIELD_INVALID",
            "period.role",
        ),
        (
            ClaimInput {
                text: Some(ClaimText {
                    locators: vec![Locator {
                        quote: "word ".repeat(26),
                        ..Default::default()
                    }],
                    ..Default::default()
                }),
                ..row(1, "2018", "1")
            },
            "FIELD_INVALID",
            "text.locators[0].quote",
        ),
    ]
}

fn skipping(load_id: &str) -> OpenLoad {
    OpenLoad {
        on_error: proto::figure::v1::OnError::SkipRows.into(),
        ..opening("r", load_id)
    }
}

fn declared() -> Vec<SeriesDeclaration> {
    vec![series(1, line("gdp", "china"), "usd")]
}

async fn bad_rows_are_data_when_rows_are_skipped(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let (mut stream, _) = Stream::open(&world, skipping("l")).await;
    stream.declare(declared()).await;
    let rows = vec![
        row(1, "2016", "6"),
        row(1, "2017", "seven"),
        row(1, "2018", "8"),
        row(9, "2019", "9"),
    ];
    let acknowledged = stream
        .rows(1, rows)
        .await
        .expect("the good rows are written");
    assert_eq!(counted(acknowledged.counts.as_ref()), (4, 2, 0, 0));
    assert_eq!(acknowledged.counts.unwrap_or_default().rejected, 2);
    let errors: Vec<_> = acknowledged.row_errors.iter().map(refused_row).collect();
    assert_eq!(
        errors.iter().map(|(index, _)| *index).collect::<Vec<_>>(),
        [1, 3]
    );
    errors[0].1.is(
        Code::InvalidArgument,
        "NUMBER_INVALID",
        &["quantity.number"],
    );
    errors[1]
        .1
        .is(Code::InvalidArgument, "SERIES_UNDECLARED", &["series"]);
    let kept = numbers(&world, &line("gdp", "china"), None).await;
    assert_eq!(kept, said(&[("2016", "6"), ("2018", "8")]));
    let next = stream.rows(2, vec![row(1, "2017", "7")]).await;
    next.expect("the stream goes on");
}

async fn bad_rows_refuse_their_batch_and_all_are_listed(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let (mut stream, _) = Stream::open(&world, opening("r", "l")).await;
    stream.declare(declared()).await;
    let rows = vec![
        row(1, "2016", "6"),
        row(1, "2017-00", "seven"),
        row(9, "2018", "8"),
    ];
    let fields = [
        "claims[1].period.code",
        "claims[1].quantity.number",
        "claims[2].series",
    ];
    let refusal = stream
        .rows(1, rows.clone())
        .await
        .expect_err("two rows are bad");
    refused(&refusal).is(Code::InvalidArgument, "PERIOD_INVALID", &fields);
    let refusal = world
        .metrics()
        .write_claims(writing("r", declared(), rows))
        .await;
    let refusal = refusal.expect_err("two rows are bad");
    refused(&refusal).is(Code::InvalidArgument, "PERIOD_INVALID", &fields);
    let (mut stream, opened) = Stream::open(&world, opening("r", "l")).await;
    assert_eq!(
        opened.acknowledged_through, 0,
        "nothing of the batch is kept"
    );
    stream.declare(declared()).await;
    let mended = stream.rows(1, vec![row(1, "2016", "6")]).await;
    assert_eq!(counted(mended.expect("good").counts.as_ref()), (1, 1, 0, 0));
}

async fn every_fault_of_a_row_has_its_reason_and_field(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let (rows, expected): (Vec<_>, Vec<_>) = faults()
        .into_iter()
        .map(|(row, reason, field)| (row, (reason, field)))
        .unzip();
    let request = WriteClaimsRequest {
        on_error: proto::figure::v1::OnError::SkipRows.into(),
        ..writing("r", declared(), rows)
    };
    let answer = world.metrics().write_claims(request).await;
    let answer = answer.expect("bad rows are data").into_inner();
    assert_eq!(answer.row_errors.len(), expected.len());
    for (error, (reason, field)) in answer.row_errors.iter().zip(expected) {
        refused_row(error)
            .1
            .is(Code::InvalidArgument, reason, &[field]);
    }
    assert_eq!(counted(answer.counts.as_ref()).1, 0);
}

async fn what_is_wrong_with_a_declaration_is_told_at_its_rows(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let broken = |mut of: SeriesDeclaration, key: &str, code: &str| {
        let line = of.line.as_mut().expect("it has a line");
        line.breakdown.insert(key.to_owned(), code.to_owned());
        of
    };
    let counterpart = |mut of: SeriesDeclaration, counterpart: &str| {
        let line = of.line.as_mut().expect("it has a line");
        line.counterpart = counterpart.to_owned();
        of
    };
    let provenance = |mut of: SeriesDeclaration, originator: &str, source: &str| {
        let provenance = of.provenance.as_mut().expect("it has a provenance");
        provenance.originator = originator.to_owned();
        provenance.source = source.to_owned();
        of
    };
    let gdp = |unit: &str| series(0, line("gdp", "china"), unit);
    let size = series(0, line("size", "china"), "count");
    let wrong = [
        (
            series(0, line("nothing", "china"), "usd"),
            "INDICATOR_UNKNOWN",
            "line.indicator",
        ),
        (
            series(0, line("gdp", "nowhere"), "usd"),
            "ENTITY_UNKNOWN",
            "series",
        ),
        (gdp("guilders"), "UNIT_UNKNOWN", "provenance.unit"),
        (gdp(""), "FIELD_REQUIRED", "provenance.unit"),
        (gdp("gigabyte"), "UNIT_NOT_ALLOWED", "provenance.unit"),
        (
            broken(size.clone(), "sex", "men"),
            "BREAKDOWN_INVALID",
            "line.breakdown.sex",
        ),
        (
            broken(size, "sector", "steel"),
            "BREAKDOWN_INVALID",
            "line.breakdown.sector",
        ),
        (
            counterpart(gdp("usd"), "entities/france"),
            "BREAKDOWN_INVALID",
            "line.counterpart",
        ),
        (
            series(0, line("trade", "china"), "usd"),
            "BREAKDOWN_INVALID",
            "line.counterpart",
        ),
        (
            counterpart(series(0, line("trade", "china"), "usd"), "entities/nowhere"),
            "ENTITY_UNKNOWN",
            "series",
        ),
        (
            provenance(gdp("usd"), "entities/nobody", ""),
            "ENTITY_UNKNOWN",
            "series",
        ),
        (
            provenance(gdp("usd"), "", "entities/dataset"),
            "FIELD_INVALID",
            "provenance.source",
        ),
    ];
    let mut declarations = declared();
    let mut rows = vec![row(1, "2018", "1")];
    for (i, (declaration, ..)) in wrong.iter().enumerate() {
        let number = i as u32 + 10;
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
    for (error, (_, reason, field)) in acknowledged.row_errors.iter().zip(&wrong) {
        refused_row(error)
            .1
            .is(Code::InvalidArgument, reason, &[field]);
    }
}

async fn rows_of_a_block_are_judged_like_other_rows(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let (mut stream, _) = Stream::open(&world, skipping("l")).await;
    stream.declare(declared()).await;
    let block = Block {
        start_days: vec![0, 365, 730, i32::MIN, 1096],
        lengths: vec![365, 365, u32::MAX, 0, 365],
        mantissas: vec![5, 6, 7, 8, 9],
        scales: vec![0, 39, 0, 0, 0],
        provenance: vec![1, 1, 1, 1, 3],
        ..Default::default()
    };
    let batch = |block| ClaimBatch {
        sequence: 1,
        claims: vec![row(1, "2018", "1"), row(1, "2019", "x")],
        block: Some(block),
    };
    let acknowledged = stream.batch(batch(block.clone())).await;
    let acknowledged = acknowledged.expect("bad rows are data");
    assert_eq!(counted(acknowledged.counts.as_ref()), (7, 2, 0, 0));
    let errors: Vec<_> = acknowledged.row_errors.iter().map(refused_row).collect();
    let indexes: Vec<_> = errors.iter().map(|(index, _)| *index).collect();
    assert_eq!(indexes, [1, 3, 4, 5, 6]);
    let expected = [
        ("NUMBER_INVALID", "quantity.number"),
        ("NUMBER_INVALID", "quantity.number"),
        ("PERIOD_INVALID", "period"),
        ("PERIOD_INVALID", "period"),
        ("SERIES_UNDECLARED", "series"),
    ];
    for ((_, error), (reason, field)) in errors.iter().zip(expected) {
        error.is(Code::InvalidArgument, reason, &[field]);
    }
    let kept = numbers(&world, &line("gdp", "china"), None).await;
    assert_eq!(kept, said(&[("1970", "5"), ("2018", "1")]));
    let ragged = Block {
        scales: vec![0],
        ..block
    };
    let refusal = stream
        .batch(ClaimBatch {
            sequence: 2,
            ..batch(ragged)
        })
        .await;
    refused(&refusal.expect_err("no rows at all")).is(
        Code::InvalidArgument,
        "FIELD_INVALID",
        &["block"],
    );
}

async fn a_figure_printed_twice_is_one_claim_with_two_places(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let placed = |place: &str, number: &str| ClaimInput {
        text: Some(ClaimText {
            locators: vec![Locator {
                place: place.to_owned(),
                ..Default::default()
            }],
            ..Default::default()
        }),
        ..row(1, "2018", number)
    };
    let rows = vec![placed("page 1", "12"), placed("table 2", "12.0")];
    let written = write(&world, "r", declared(), rows).await;
    assert_eq!(counted(written.counts.as_ref()), (2, 1, 1, 0));
    let request = proto::metrics::v1::GetLineRequest {
        line: Some(line("gdp", "china")),
        ..Default::default()
    };
    let claims = crate::load::claims(&world, request).await;
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].quantity, Some(exact("12")));
    let text = claims[0].text.clone().unwrap_or_default();
    let places: Vec<_> = text.locators.iter().map(|l| l.place.as_str()).collect();
    assert_eq!(places, ["page 1", "table 2"]);
}

async fn two_figures_for_one_cell_are_an_error_that_names_both(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let rows = vec![
        row(1, "2018", "12"),
        row(1, "2019", "1"),
        row(1, "2018-01/2018-12", "13"),
        row(1, "2018", "12"),
    ];
    let refusal = world
        .metrics()
        .write_claims(writing("r", declared(), rows.clone()))
        .await;
    refused(&refusal.expect_err("which of them?")).is(
        Code::InvalidArgument,
        "CLAIM_AMBIGUOUS",
        &["claims[0].period", "claims[2].period", "claims[3].period"],
    );
    let request = WriteClaimsRequest {
        on_error: proto::figure::v1::OnError::SkipRows.into(),
        ..writing("r", declared(), rows)
    };
    let answer = world.metrics().write_claims(request).await;
    let answer = answer.expect("bad rows are data").into_inner();
    assert_eq!(counted(answer.counts.as_ref()), (4, 1, 0, 0));
    let named: Vec<_> = answer.row_errors.iter().map(refused_row).collect();
    for ((index, error), (row, other)) in
        named.iter().zip([(0, "row 2"), (2, "row 0"), (3, "row 2")])
    {
        assert_eq!(*index, row);
        error.is(Code::InvalidArgument, "CLAIM_AMBIGUOUS", &["period"]);
        assert!(error.message.contains(other), "{}", error.message);
    }
}

async fn an_earlier_batch_of_a_load_is_not_contradicted(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", crate::load::complete("article", "2020-01-01")).await;
    release(
        &world,
        "old",
        crate::load::complete("article", "2019-01-01"),
    )
    .await;
    crate::load::load(
        &world,
        opening("old", "old"),
        declared(),
        vec![row(1, "2019", "9")],
    )
    .await;
    let (mut stream, _) = Stream::open(&world, skipping("l")).await;
    stream.declare(declared()).await;
    let first = vec![row(1, "2018", "12"), row(1, "2019", "9")];
    stream.rows(1, first).await.expect("good");
    let second = vec![
        row(1, "2018", "13"),
        row(1, "2019", "10"),
        withdrawal(1, "2018-12"),
    ];
    let acknowledged = stream.rows(2, second).await.expect("bad rows are data");
    assert_eq!(
        acknowledged.row_errors.len(),
        2,
        "written or not, it was stated"
    );
    for error in &acknowledged.row_errors {
        refused_row(error)
            .1
            .is(Code::InvalidArgument, "CLAIM_AMBIGUOUS", &["period"]);
    }
    let again = stream
        .rows(3, vec![row(1, "2018", "12.0")])
        .await
        .expect("the same");
    assert_eq!(counted(again.counts.as_ref()), (1, 0, 1, 0));
}

async fn texts_name_existing_entities(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let text = |part: &str, comparator: &str| ClaimInput {
        text: Some(ClaimText {
            locators: vec![Locator {
                part: part.to_owned(),
                ..Default::default()
            }],
            comparator: comparator.to_owned(),
            ..Default::default()
        }),
        ..row(1, "2018", "1")
    };
    for unknown in [text("entities/nowhere", ""), text("", "entities/nowhere")] {
        let refusal = world
            .metrics()
            .write_claims(writing("r", declared(), vec![unknown]))
            .await;
        refused(&refusal.expect_err("no such entity")).is(
            Code::InvalidArgument,
            "ENTITY_UNKNOWN",
            &["claims[0].text"],
        );
    }
    let known = text("entities/second-article", "entities/france");
    let written = write(&world, "r", declared(), vec![known]).await;
    assert_eq!(counted(written.counts.as_ref()), (1, 1, 0, 0));
    let forecast = SeriesDeclaration {
        provenance: Some(proto::metrics::v1::Provenance {
            unit: "usd".to_owned(),
            nature_class: NatureClass::Forecast.into(),
            ..Default::default()
        }),
        ..series(1, line("gdp", "china"), "usd")
    };
    let written = write(&world, "r", vec![forecast], vec![row(1, "2018", "2")]).await;
    assert_eq!(
        counted(written.counts.as_ref()),
        (1, 1, 0, 0),
        "another series"
    );
}
