//! Figures of partial releases: what is written, and what is not.

use proto::figure::v1::OnError;
use proto::metrics::v1::{ClaimInput, GetSeriesRequest, WriteClaimsRequest, WriteClaimsResponse};
use tonic::Code;

use crate::harness::quantity::wordless;
use crate::harness::{Backend, at, on_both, refused, seeded};
use crate::ingest::{
    claims, commit, complete, counted, numbers, partial, release, row, said, series, source_series,
    time, withdrawal, write, writing,
};
use crate::metrics_ingest::gdp;

on_both!(
    equal_figures_write_nothing_and_respelled_ones_are_counted,
    a_stated_withdrawal_takes_a_figure_back,
    an_older_partial_release_needs_backfill,
    a_correction_is_a_later_row_of_the_same_release,
    one_call_writes_a_complete_release_whole,
    one_call_withdraws_nothing_where_rows_were_rejected,
    a_write_that_is_only_checked_writes_nothing,
    a_repeated_write_happens_once,
    what_a_write_needs_must_be_there,
    figures_in_words_alone_are_told_apart_by_their_words,
);

async fn figures_in_words_alone_are_told_apart_by_their_words(backend: Backend) {
    let world = seeded(backend).await;
    for (id, published) in [
        ("r", "2020-01-01"),
        ("s", "2020-02-01"),
        ("t", "2020-03-01"),
    ] {
        release(&world, id, partial("article", published)).await;
    }
    let worded = |text: &str| ClaimInput {
        quantity: Some(wordless(text)),
        ..row(1, "2016", "")
    };
    let first = write(&world, "r", gdp(), vec![worded("a handful")]).await;
    assert_eq!(counted(first.counts.as_ref()), (1, 1, 0, 0));
    let same = write(&world, "s", gdp(), vec![worded("a handful")]).await;
    assert_eq!(counted(same.counts.as_ref()), (1, 0, 1, 0));
    let other = write(&world, "s", gdp(), vec![worded("several dozen")]).await;
    assert_eq!(counted(other.counts.as_ref()), (1, 1, 0, 0));
    let said: Vec<_> = claims(
        &world,
        GetSeriesRequest {
            key: Some(series("gdp", "china")),
            ..Default::default()
        },
    )
    .await
    .into_iter()
    .map(|claim| claim.quantity.unwrap_or_default().as_published)
    .collect();
    assert_eq!(said, ["several dozen"]);
    // Older than what is known by now: read from the rows, not from the head.
    let between = writing("r", gdp(), vec![worded("a handful")]);
    let answer = world
        .metrics()
        .write_claims(between)
        .await
        .expect("the same again");
    assert_eq!(counted(answer.into_inner().counts.as_ref()), (1, 0, 1, 0));
}

async fn equal_figures_write_nothing_and_respelled_ones_are_counted(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    release(&world, "s", partial("article", "2020-02-01")).await;
    let rows = vec![
        row(1, "2016", "12"),
        row(1, "2017", "0.50"),
        row(1, "2018", "3"),
    ];
    let first = write(&world, "r", gdp(), rows.clone()).await;
    let again = write(&world, "r", gdp(), rows).await;
    assert_eq!(counted(again.counts.as_ref()), (3, 0, 3, 0));
    let commits = [&first.snapshot, &again.snapshot].map(|token| commit(token));
    assert_eq!(commits[0], commits[1], "nothing was committed");
    let rows = vec![
        row(1, "2016", "12.0"),
        row(1, "2017", "0.5"),
        row(1, "2018", "3"),
    ];
    let later = write(&world, "s", gdp(), rows).await;
    assert_eq!(counted(later.counts.as_ref()), (3, 0, 3, 0));
    assert_eq!(later.counts.unwrap_or_default().respelled, 2);
    let kept = numbers(&world, &series("gdp", "china"), None).await;
    let first_spelling = [("2016", "12"), ("2017", "0.50"), ("2018", "3")];
    assert_eq!(kept, said(&first_spelling));
}

async fn a_stated_withdrawal_takes_a_figure_back(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    release(&world, "s", partial("article", "2020-02-01")).await;
    let rows = vec![row(1, "2016", "12"), row(1, "2017", "13")];
    write(&world, "r", gdp(), rows).await;
    let rows = vec![withdrawal(1, "2016"), withdrawal(1, "2018")];
    let written = write(&world, "s", gdp(), rows).await;
    assert_eq!(counted(written.counts.as_ref()), (2, 0, 1, 1));
    let now = numbers(&world, &series("gdp", "china"), None).await;
    assert_eq!(now, said(&[("2017", "13")]));
    let before = numbers(
        &world,
        &series("gdp", "china"),
        Some(time("2020-01-31T00:00:00Z")),
    )
    .await;
    assert_eq!(before, said(&[("2016", "12"), ("2017", "13")]));
}

async fn an_older_partial_release_needs_backfill(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "new", partial("article", "2020-02-01")).await;
    release(&world, "old", partial("article", "2020-01-01")).await;
    write(&world, "new", gdp(), vec![row(1, "2016", "12")]).await;
    let request = writing(
        "old",
        gdp(),
        vec![row(1, "2017", "9"), row(1, "2016", "10")],
    );
    let refusal = world.metrics().write_claims(request.clone()).await;
    refused(&refusal.expect_err("it is older")).is(
        Code::FailedPrecondition,
        "RELEASE_OUT_OF_ORDER",
        &["claims[0]", "claims[1]"],
    );
    let other = vec![source_series(1, series("gdp", "france"), "usd")];
    write(&world, "old", other, vec![row(1, "2016", "1")]).await;
    let request = WriteClaimsRequest {
        backfill: true,
        ..request
    };
    let written = world.metrics().write_claims(request).await;
    let written = written.expect("it is meant").into_inner();
    assert_eq!(counted(written.counts.as_ref()), (2, 2, 0, 0));
    let now = numbers(&world, &series("gdp", "china"), None).await;
    assert_eq!(now, said(&[("2016", "12"), ("2017", "9")]));
    let then = numbers(
        &world,
        &series("gdp", "china"),
        Some(time("2020-01-02T00:00:00Z")),
    )
    .await;
    assert_eq!(then, said(&[("2016", "10"), ("2017", "9")]));
}

async fn a_correction_is_a_later_row_of_the_same_release(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let wrong = write(&world, "r", gdp(), vec![row(1, "2016", "21")]).await;
    let right = write(&world, "r", gdp(), vec![row(1, "2016", "12")]).await;
    assert_eq!(counted(right.counts.as_ref()), (1, 1, 0, 0));
    let known = Some(time("2020-01-02T00:00:00Z"));
    for as_of in [None, known] {
        let kept = numbers(&world, &series("gdp", "china"), as_of).await;
        assert_eq!(kept, said(&[("2016", "12")]));
    }
    let request = GetSeriesRequest {
        key: Some(series("gdp", "china")),
        consistency: at(&wrong.snapshot),
        ..Default::default()
    };
    let then = claims(&world, request).await;
    assert_eq!(crate::ingest::by_period(&then), said(&[("2016", "21")]));
}

async fn one_call_writes_a_complete_release_whole(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "old", complete("article", "2019-01-01")).await;
    release(&world, "new", complete("article", "2020-01-01")).await;
    let rows = ["2015", "2016", "2017"].map(|year| row(1, year, "5"));
    let old = write(&world, "old", gdp(), rows.to_vec()).await;
    assert_eq!(counted(old.counts.as_ref()), (3, 3, 0, 0));
    assert!(!old.withheld);
    let rows = vec![row(1, "2015", "5"), row(1, "2016", "6")];
    let new = write(&world, "new", gdp(), rows.clone()).await;
    assert_eq!(counted(new.counts.as_ref()), (2, 1, 1, 1));
    assert!(!new.withheld);
    let now = numbers(&world, &series("gdp", "china"), None).await;
    assert_eq!(now, said(&[("2015", "5"), ("2016", "6")]));
    let before = numbers(
        &world,
        &series("gdp", "china"),
        Some(time("2019-06-01T00:00:00Z")),
    )
    .await;
    assert_eq!(before.len(), 3, "then it stood");
    let again = write(&world, "new", gdp(), rows).await;
    assert_eq!(counted(again.counts.as_ref()), (2, 0, 2, 0));
    assert_eq!(commit(&again.snapshot), commit(&new.snapshot));
}

async fn one_call_withdraws_nothing_where_rows_were_rejected(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "old", complete("article", "2019-01-01")).await;
    release(&world, "new", complete("article", "2020-01-01")).await;
    let rows = ["2015", "2016"].map(|year| row(1, year, "5"));
    write(&world, "old", gdp(), rows.to_vec()).await;
    let request = WriteClaimsRequest {
        on_error: OnError::SkipRows.into(),
        ..writing(
            "new",
            gdp(),
            vec![row(1, "2015", "7"), row(1, "2016", "six")],
        )
    };
    let answer = world.metrics().write_claims(request).await;
    let answer = answer.expect("bad rows are data").into_inner();
    assert!(
        answer.withheld,
        "2016 may stand in the row that was rejected"
    );
    assert_eq!(counted(answer.counts.as_ref()), (2, 1, 0, 0));
    let now = numbers(&world, &series("gdp", "china"), None).await;
    assert_eq!(now, said(&[("2015", "7"), ("2016", "5")]));
    let whole = write(&world, "new", gdp(), vec![row(1, "2015", "7")]).await;
    assert_eq!(counted(whole.counts.as_ref()), (1, 0, 1, 1));
    assert!(!whole.withheld);
}

async fn a_write_that_is_only_checked_writes_nothing(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let good = write(&world, "r", gdp(), vec![row(1, "2015", "5")]).await;
    let request = WriteClaimsRequest {
        validate_only: true,
        ..writing("r", gdp(), vec![row(1, "2015", "5"), row(1, "2016", "6")])
    };
    let checked = world.metrics().write_claims(request).await;
    let checked = checked.expect("good").into_inner();
    assert_eq!(counted(checked.counts.as_ref()), (2, 1, 1, 0));
    assert_eq!(commit(&checked.snapshot), commit(&good.snapshot));
    let now = numbers(&world, &series("gdp", "china"), None).await;
    assert_eq!(now, said(&[("2015", "5")]));
}

async fn a_repeated_write_happens_once(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let request = |number: &str| WriteClaimsRequest {
        request_id: "6f1c9a52-3b0e-4e0f-9f6d-2a4b8f1f7c14".to_owned(),
        ..writing("r", gdp(), vec![row(1, "2016", number)])
    };
    let mut metrics = world.metrics();
    let first = metrics.write_claims(request("1")).await;
    let first = first.expect("good").into_inner();
    write(&world, "r", gdp(), vec![row(1, "2016", "2")]).await;
    // Written again it would be a correction back to what stood before.
    let again = metrics.write_claims(request("1")).await;
    let again = again.expect("a replay").into_inner();
    assert_eq!((first.replayed, again.replayed), (false, true));
    let as_first = WriteClaimsResponse {
        replayed: false,
        ..again
    };
    assert_eq!(as_first, first);
    let now = numbers(&world, &series("gdp", "china"), None).await;
    assert_eq!(now, said(&[("2016", "2")]));
    let other = metrics.write_claims(request("3")).await;
    let refusal = refused(&other.expect_err("another request"));
    refusal.is(Code::InvalidArgument, "REQUEST_ID_REUSED", &["request_id"]);
}

async fn what_a_write_needs_must_be_there(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    for (request, field) in [
        (writing("r", gdp(), Vec::new()), "claims"),
        (
            writing("r", Vec::new(), vec![row(1, "2016", "1")]),
            "source_series",
        ),
    ] {
        let refusal = world.metrics().write_claims(request).await;
        refused(&refusal.expect_err("something is missing")).is(
            Code::InvalidArgument,
            "FIELD_REQUIRED",
            &[field],
        );
    }
}
