//! Rows of a batch that cannot be taken: told as data or all at once.

use proto::figure::v1::quantity::Value;
use proto::figure::v1::{Bound, MissingReason, Nature, Quantity, Trend};
use proto::metrics::v1::{
    Block, ClaimBatch, ClaimInput, ClaimText, Locator, NatureClass, OpenIngest,
    SourceSeriesDeclaration, WriteClaimsRequest,
};
use tonic::Code;

use crate::harness::quantity::{between, exact, missing, range, scaled, trend};
use crate::harness::{Backend, on_both, refused, refused_row, seeded};
use crate::ingest::{
    Stream, claim, counted, numbers, opening, partial, release, row, said, series, source_series,
    write, writing,
};

on_both!(
    bad_rows_are_data_when_rows_are_skipped,
    bad_rows_refuse_their_batch_and_all_are_listed,
    every_fault_of_a_row_has_its_reason_and_field,
    rows_of_a_block_are_judged_like_other_rows,
    texts_name_existing_entities,
);

/// A bad row with its reason and field.
type Fault = (ClaimInput, &'static str, &'static str);

/// Rows whose source series, period or number cannot be read.
fn unreadable() -> Vec<Fault> {
    let number = |number: &str| (row(1, "2018", number), "NUMBER_INVALID", "quantity.number");
    let numbers = ["NaN", "inf", "1e3", "1,000", "", "0x1", &"9".repeat(39)];
    let mut faults: Vec<_> = numbers.map(number).to_vec();
    faults.extend([
        (
            row(7, "2018", "1"),
            "SOURCE_SERIES_UNDECLARED",
            "source_series",
        ),
        (row(1, "2018-13", "1"), "PERIOD_INVALID", "period.code"),
        (row(1, "", "1"), "FIELD_REQUIRED", "period.code"),
    ]);
    faults
}

/// Rows whose quantity contradicts itself.
fn contradictory() -> Vec<Fault> {
    let bounded = |quantity: Quantity, bound: i32| Quantity { bound, ..quantity };
    let (about, contradictory) = (Bound::About.into(), "QUANTITY_CONTRADICTORY");
    let invalid = "FIELD_INVALID";
    let (trendy, gone) = (trend(Trend::Higher), missing(MissingReason::Suppressed));
    let of = |value| Quantity {
        value: Some(value),
        ..Default::default()
    };
    let faults = [
        (range("3", "2"), "BOUNDS_REVERSED", "quantity.range.upper"),
        (
            between("2", "2", true, false),
            "BOUNDS_REVERSED",
            "quantity.range.upper",
        ),
        (range("3", ""), "NUMBER_INVALID", "quantity.range.upper"),
        (range("", "3"), "NUMBER_INVALID", "quantity.range.lower"),
        (
            bounded(range("2", "3"), about),
            contradictory,
            "quantity.bound",
        ),
        (
            bounded(trendy.clone(), about),
            contradictory,
            "quantity.bound",
        ),
        (
            bounded(gone.clone(), about),
            contradictory,
            "quantity.bound",
        ),
        (scaled(trendy, 3), contradictory, "quantity.multiplier"),
        (scaled(gone, 3), contradictory, "quantity.multiplier"),
        (Quantity::default(), contradictory, "quantity.bound"),
        (scaled(exact("3"), 31), invalid, "quantity.multiplier"),
        (bounded(exact("3"), 77), invalid, "quantity.bound"),
        (of(Value::Trend(0)), invalid, "quantity.trend"),
        (of(Value::Missing(99)), invalid, "quantity.missing"),
    ];
    let fault = |(quantity, reason, field)| (claim(1, "2018", quantity), reason, field);
    faults.map(fault).to_vec()
}

/// Rows with something wrong beside their quantity.
fn misfit() -> Vec<Fault> {
    let good = || row(1, "2018", "1");
    let flagged = |flags: &[&str]| ClaimInput {
        flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
        ..good()
    };
    let mut role = good();
    role.period.get_or_insert_default().role = 9;
    let mut quote = good();
    quote.text.get_or_insert_default().locators.push(Locator {
        quote: "word ".repeat(26),
        ..Default::default()
    });
    let silent = ClaimInput {
        quantity: None,
        ..good()
    };
    let both = ClaimInput {
        withdrawn: true,
        ..good()
    };
    let target = ClaimInput {
        nature: Nature::Target.into(),
        ..good()
    };
    vec![
        (silent, "FIELD_REQUIRED", "quantity"),
        (both, "QUANTITY_CONTRADICTORY", "quantity"),
        (flagged(&["Z"]), "FIELD_INVALID", "flags[0]"),
        (flagged(&["P", "B", "P"]), "FIELD_INVALID", "flags[2]"),
        (target, "FIELD_INVALID", "nature"),
        (role, "FIELD_INVALID", "period.role"),
        (quote, "FIELD_INVALID", "text.locators[0].quote"),
    ]
}

pub fn skipping(ingest_id: &str) -> OpenIngest {
    OpenIngest {
        on_error: proto::figure::v1::OnError::SkipRows.into(),
        ..opening("r", ingest_id)
    }
}

pub fn declared() -> Vec<SourceSeriesDeclaration> {
    vec![source_series(1, series("gdp", "china"), "usd")]
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
    errors[1].1.is(
        Code::InvalidArgument,
        "SOURCE_SERIES_UNDECLARED",
        &["source_series"],
    );
    let kept = numbers(&world, &series("gdp", "china"), None).await;
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
        "claims[2].source_series",
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
    let faults = [unreadable(), contradictory(), misfit()].concat();
    let (rows, expected): (Vec<_>, Vec<_>) = faults
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

async fn rows_of_a_block_are_judged_like_other_rows(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let (mut stream, _) = Stream::open(&world, skipping("l")).await;
    stream.declare(declared()).await;
    let block = Block {
        start_days: vec![0, 365, 730, 0, 1096],
        lengths: vec![365, 365, i32::MAX, 0, 365],
        mantissas: vec![5, 6, 7, 8, 9],
        scales: vec![0, 39, 0, 0, 0],
        source_series: vec![1, 1, 1, 1, 3],
        open_starts: vec![3],
        open_ends: vec![3],
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
        ("SOURCE_SERIES_UNDECLARED", "source_series"),
    ];
    for ((_, error), (reason, field)) in errors.iter().zip(expected) {
        error.is(Code::InvalidArgument, reason, &[field]);
    }
    let kept = numbers(&world, &series("gdp", "china"), None).await;
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
    let forecast = SourceSeriesDeclaration {
        provenance: Some(proto::metrics::v1::Provenance {
            unit: "usd".to_owned(),
            nature_class: NatureClass::Forecast.into(),
            ..Default::default()
        }),
        ..source_series(1, series("gdp", "china"), "usd")
    };
    let written = write(&world, "r", vec![forecast], vec![row(1, "2018", "2")]).await;
    assert_eq!(
        counted(written.counts.as_ref()),
        (1, 1, 0, 0),
        "another source series"
    );
}
