//! What may stand in one observation: one figure of a release, printed once or more.

use proto::metrics::v1::{ClaimInput, ClaimText, Locator, WriteClaimsRequest};
use tonic::Code;

use crate::harness::quantity::exact;
use crate::harness::{Backend, on_both, refused, refused_row, seeded};
use crate::ingest::{
    Stream, counted, opening, partial, release, row, series, withdrawal, write, writing,
};
use crate::metrics_row::declared;
use crate::metrics_row::skipping;

on_both!(
    a_figure_printed_twice_is_one_claim_with_two_places,
    two_figures_for_one_observation_are_an_error_that_names_both,
    an_earlier_batch_of_an_ingest_is_not_contradicted,
);

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
    let request = proto::metrics::v1::GetSeriesRequest {
        key: Some(series("gdp", "china")),
        ..Default::default()
    };
    let claims = crate::ingest::claims(&world, request).await;
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].quantity, Some(exact("12")));
    let text = claims[0].text.clone().unwrap_or_default();
    let places: Vec<_> = text.locators.iter().map(|l| l.place.as_str()).collect();
    assert_eq!(places, ["page 1", "table 2"]);
}

async fn two_figures_for_one_observation_are_an_error_that_names_both(backend: Backend) {
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

async fn an_earlier_batch_of_an_ingest_is_not_contradicted(backend: Backend) {
    let world = seeded(backend).await;
    release(
        &world,
        "r",
        crate::ingest::complete("article", "2020-01-01"),
    )
    .await;
    release(
        &world,
        "old",
        crate::ingest::complete("article", "2019-01-01"),
    )
    .await;
    crate::ingest::ingest(
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
