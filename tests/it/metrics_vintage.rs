//! What the sources had said by a time, and what this system knew of it.

use prost_types::Timestamp;
use proto::metrics::v1::{
    Claim, GetClaimSetRequest, GetSeriesRequest, ListClaimVintagesRequest, ListVintageDatesRequest,
    SourceSeriesDeclaration, WriteClaimsRequest,
};
use tonic::Code;

use crate::harness::quantity::number;
use crate::harness::{Backend, World, at, on_both, refused, seeded};
use crate::ingest::{
    by_period, claims, complete, counted, end_of, ingest, numbers, opening, partial, release, row,
    said, series, source_series, time, withdrawal, write, writing,
};

on_both!(
    a_read_as_of_a_time_knows_what_was_published_by_then,
    a_observation_keeps_all_its_vintages,
    vintages_are_narrowed_to_a_source_and_a_snapshot,
    vintage_dates_count_what_each_release_brought,
    a_snapshot_keeps_its_answer_while_the_past_is_filled_in,
    an_older_complete_release_leaves_later_ones_as_they_were,
    what_is_published_in_the_future_is_not_known_yet,
    a_partial_release_between_complete_ones_lasts_until_the_next,
);

fn gdp() -> Vec<SourceSeriesDeclaration> {
    vec![source_series(1, series("gdp", "china"), "usd")]
}

async fn known(world: &World, as_of: &str) -> Vec<(String, String)> {
    let known = numbers(world, &series("gdp", "china"), Some(time(as_of))).await;
    known.into_iter().collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    said(pairs).into_iter().collect()
}

/// Three releases: two figures, one revised, the revised one taken back.
async fn revised(backend: Backend) -> World {
    let world = seeded(backend).await;
    for (id, published) in [
        ("a", "2020-01-10"),
        ("b", "2020-02-10"),
        ("c", "2020-03-10T12:00:00Z"),
    ] {
        release(&world, id, partial("article", published)).await;
    }
    write(
        &world,
        "a",
        gdp(),
        vec![row(1, "2017", "7"), row(1, "2018", "8")],
    )
    .await;
    write(
        &world,
        "b",
        gdp(),
        vec![row(1, "2017", "7.0"), row(1, "2018", "8.5")],
    )
    .await;
    write(
        &world,
        "c",
        gdp(),
        vec![withdrawal(1, "2018"), row(1, "2019", "9")],
    )
    .await;
    world
}

async fn a_read_as_of_a_time_knows_what_was_published_by_then(backend: Backend) {
    let world = revised(backend).await;
    let first = pairs(&[("2017", "7"), ("2018", "8")]);
    let second = pairs(&[("2017", "7"), ("2018", "8.5")]);
    let third = pairs(&[("2017", "7"), ("2019", "9")]);
    let answers = [
        ("2019-12-31T00:00:00Z", Vec::new()),
        ("2020-01-10T23:59:59.999998Z", Vec::new()),
        ("2020-01-10T23:59:59.999999Z", first.clone()),
        ("2020-02-10T12:00:00Z", first),
        ("2020-02-10T23:59:59.999999Z", second.clone()),
        ("2020-03-10T11:59:59.999999Z", second),
        ("2020-03-10T12:00:00Z", third.clone()),
        ("2024-01-01T00:00:00Z", third.clone()),
    ];
    for (as_of, answer) in answers {
        assert_eq!(known(&world, as_of).await, answer, "{as_of}");
    }
    let now = numbers(&world, &series("gdp", "china"), None).await;
    assert_eq!(now.into_iter().collect::<Vec<_>>(), third);
    let set = |as_of: Option<Timestamp>| GetClaimSetRequest {
        series_key: Some(series("gdp", "china")),
        period: "2018".to_owned(),
        as_of,
        ..Default::default()
    };
    let then = world
        .metrics()
        .get_claim_set(set(Some(end_of("2020-02-10"))))
        .await;
    let then = then
        .expect("it stood")
        .into_inner()
        .claim_set
        .expect("a set");
    assert_eq!(by_period(&then.claims), said(&[("2018", "8.5")]));
    let now = world.metrics().get_claim_set(set(None)).await;
    refused(&now.expect_err("it is taken back")).is(Code::NotFound, "CLAIM_NOT_FOUND", &[]);
}

fn vintages(period: &str) -> ListClaimVintagesRequest {
    ListClaimVintagesRequest {
        series_key: Some(series("gdp", "china")),
        period: period.to_owned(),
        ..Default::default()
    }
}

async fn history(world: &World, request: ListClaimVintagesRequest) -> Vec<(String, String)> {
    let answer = world.metrics().list_claim_vintages(request).await;
    let answer = answer.expect("the series has figures").into_inner();
    let said = |claim: &Claim| {
        assert!(answer.releases.contains_key(&claim.release));
        assert_eq!(claim.withdrawn, claim.quantity.is_none());
        let quantity = claim.quantity.clone().unwrap_or_default();
        (claim.release.clone(), number(&quantity).to_owned())
    };
    answer.claims.iter().map(said).collect()
}

fn steps(steps: &[(&str, &str)]) -> Vec<(String, String)> {
    let step =
        |(release, number): &(&str, &str)| (format!("releases/{release}"), (*number).to_owned());
    steps.iter().map(step).collect()
}

async fn a_observation_keeps_all_its_vintages(backend: Backend) {
    let world = revised(backend).await;
    let of_2018 = history(&world, vintages("2018")).await;
    assert_eq!(of_2018, steps(&[("a", "8"), ("b", "8.5"), ("c", "")]));
    assert_eq!(
        history(&world, vintages("2017")).await,
        steps(&[("a", "7")])
    );
    assert_eq!(history(&world, vintages("2016")).await, []);
    write(&world, "c", gdp(), vec![row(1, "2018", "8.7")]).await;
    let corrected = history(&world, vintages("2018")).await;
    assert_eq!(
        corrected,
        steps(&[("a", "8"), ("b", "8.5"), ("c", ""), ("c", "8.7")])
    );
    let backfill = WriteClaimsRequest {
        backfill: true,
        ..writing("a", gdp(), vec![row(1, "2018", "8.1")])
    };
    let written = world.metrics().write_claims(backfill).await;
    written.expect("it is meant");
    let in_order_of_time = [
        ("a", "8"),
        ("a", "8.1"),
        ("b", "8.5"),
        ("c", ""),
        ("c", "8.7"),
    ];
    assert_eq!(
        history(&world, vintages("2018")).await,
        steps(&in_order_of_time)
    );
    let wrong = world.metrics().list_claim_vintages(vintages("20188")).await;
    refused(&wrong.expect_err("no period")).is(
        Code::InvalidArgument,
        "PERIOD_INVALID",
        &["period"],
    );
}

async fn vintages_are_narrowed_to_a_source_and_a_snapshot(backend: Backend) {
    let world = revised(backend).await;
    release(&world, "other", partial("dataset", "2020-01-20")).await;
    let before = write(&world, "a", gdp(), vec![row(1, "2017", "7")])
        .await
        .snapshot;
    write(&world, "other", gdp(), vec![row(1, "2018", "4")]).await;
    let all = [("a", "8"), ("other", "4"), ("b", "8.5"), ("c", "")];
    assert_eq!(history(&world, vintages("2018")).await, steps(&all));
    let of_source = ListClaimVintagesRequest {
        source: "entities/dataset".to_owned(),
        ..vintages("2018")
    };
    assert_eq!(
        history(&world, of_source.clone()).await,
        steps(&[("other", "4")])
    );
    let then = ListClaimVintagesRequest {
        consistency: at(&before),
        ..of_source
    };
    assert_eq!(history(&world, then).await, []);
    let wrong = ListClaimVintagesRequest {
        source: "dataset".to_owned(),
        ..vintages("2018")
    };
    let refusal = world.metrics().list_claim_vintages(wrong).await;
    refused(&refusal.expect_err("no name")).is(Code::InvalidArgument, "FIELD_INVALID", &["source"]);
    let unknown = ListClaimVintagesRequest {
        series_key: Some(series("gdp", "france")),
        ..vintages("2018")
    };
    let refusal = world.metrics().list_claim_vintages(unknown).await;
    refused(&refusal.expect_err("no such series")).is(Code::NotFound, "SERIES_NOT_FOUND", &[]);
}

async fn vintage_dates_count_what_each_release_brought(backend: Backend) {
    let world = revised(backend).await;
    let dates = async |at_snapshot: &str| {
        let request = ListVintageDatesRequest {
            series_key: Some(series("gdp", "china")),
            consistency: at(at_snapshot),
            ..Default::default()
        };
        let answer = world.metrics().list_vintage_dates(request).await;
        let answer = answer.expect("the series has figures").into_inner();
        let brought = answer.vintages.into_iter();
        brought
            .map(|vintage| (vintage.known_at, vintage.release, vintage.claim_count))
            .collect::<Vec<_>>()
    };
    let mut expected = vec![
        (Some(end_of("2020-01-10")), "releases/a".to_owned(), 2),
        (Some(end_of("2020-02-10")), "releases/b".to_owned(), 1),
        (
            Some(time("2020-03-10T12:00:00Z")),
            "releases/c".to_owned(),
            2,
        ),
    ];
    assert_eq!(dates("").await, expected);
    let before = write(&world, "a", gdp(), vec![row(1, "2017", "7")])
        .await
        .snapshot;
    write(&world, "c", gdp(), vec![row(1, "2020", "10")]).await;
    assert_eq!(dates(&before).await, expected);
    expected[2].2 = 3;
    assert_eq!(dates("").await, expected);
}

async fn a_snapshot_keeps_its_answer_while_the_past_is_filled_in(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "old", complete("article", "2019-01-01")).await;
    release(&world, "new", complete("article", "2020-01-01")).await;
    ingest(
        &world,
        opening("new", "new"),
        gdp(),
        vec![row(1, "2018", "8")],
    )
    .await;
    let snapshot = write_nothing(&world).await;
    let read = async |as_of: Option<&str>, at_snapshot: &str| {
        let request = GetSeriesRequest {
            key: Some(series("gdp", "china")),
            as_of: as_of.map(end_of),
            consistency: at(at_snapshot),
            ..Default::default()
        };
        by_period(&claims(&world, request).await)
    };
    assert_eq!(read(Some("2019-06-01"), "").await, said(&[]));
    ingest(
        &world,
        opening("old", "old"),
        gdp(),
        vec![row(1, "2018", "7"), row(1, "2017", "6")],
    )
    .await;
    let filled_in = said(&[("2017", "6"), ("2018", "7")]);
    assert_eq!(read(Some("2019-06-01"), "").await, filled_in);
    assert_eq!(
        read(Some("2019-06-01"), &snapshot).await,
        said(&[]),
        "as it was known then"
    );
    for at_snapshot in ["", &snapshot] {
        assert_eq!(read(None, at_snapshot).await, said(&[("2018", "8")]));
    }
}

/// A snapshot of now.
async fn write_nothing(world: &World) -> String {
    release(world, "nothing", partial("second-article", "2020-01-01")).await;
    let request = WriteClaimsRequest {
        validate_only: true,
        ..writing("nothing", gdp(), vec![row(1, "2018", "1")])
    };
    let checked = world.metrics().write_claims(request).await;
    checked.expect("it is good").into_inner().snapshot
}

async fn an_older_complete_release_leaves_later_ones_as_they_were(backend: Backend) {
    let world = seeded(backend).await;
    let releases = [
        ("a", "2018-01-01"),
        ("b", "2019-01-01"),
        ("c", "2020-01-01"),
    ];
    for (id, published) in releases {
        release(&world, id, complete("article", published)).await;
    }
    let rows = |of_2016: &str| vec![row(1, "2016", of_2016)];
    let first = ingest(&world, opening("a", "a"), gdp(), rows("6")).await;
    assert_eq!(counted(Some(&first)), (1, 1, 0, 0));
    let third = ingest(&world, opening("c", "c"), gdp(), rows("6")).await;
    assert_eq!(counted(Some(&third)), (1, 0, 1, 0), "left implicit");
    let mut second = rows("5");
    second.push(row(1, "2017", "7"));
    let second = ingest(&world, opening("b", "b"), gdp(), second).await;
    assert_eq!(counted(Some(&second)), (2, 2, 0, 0));
    assert_eq!(second.made_explicit, 2, "6 again, and 2017 taken back");
    let answers = [
        ("2018-06-01", vec![("2016", "6")]),
        ("2019-06-01", vec![("2016", "5"), ("2017", "7")]),
        ("2020-06-01", vec![("2016", "6")]),
    ];
    for (day, answer) in answers {
        let known = numbers(&world, &series("gdp", "china"), Some(end_of(day))).await;
        assert_eq!(known, said(&answer), "{day}");
    }
    let now = numbers(&world, &series("gdp", "china"), None).await;
    assert_eq!(now, said(&[("2016", "6")]));
    let of_2017 = history(&world, vintages("2017")).await;
    assert_eq!(of_2017, steps(&[("b", "7"), ("c", "")]));
}

async fn what_is_published_in_the_future_is_not_known_yet(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "now", partial("article", "2020-01-01")).await;
    release(&world, "later", partial("article", "2999-01-01")).await;
    write(&world, "now", gdp(), vec![row(1, "2018", "8")]).await;
    write(
        &world,
        "later",
        gdp(),
        vec![row(1, "2018", "9"), row(1, "2019", "1")],
    )
    .await;
    let now = numbers(&world, &series("gdp", "china"), None).await;
    assert_eq!(now, said(&[("2018", "8")]));
    assert_eq!(
        known(&world, "2999-01-02T00:00:00Z").await,
        pairs(&[("2018", "9"), ("2019", "1")])
    );
    release(&world, "undated", partial("article", "")).await;
    let undated = WriteClaimsRequest {
        backfill: true,
        ..writing("undated", gdp(), vec![row(1, "2018", "8.5")])
    };
    let written = world.metrics().write_claims(undated).await;
    written.expect("it is meant");
    let now = numbers(&world, &series("gdp", "china"), None).await;
    assert_eq!(now, said(&[("2018", "8.5")]), "known since it was recorded");
}

async fn a_partial_release_between_complete_ones_lasts_until_the_next(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "a", complete("article", "2018-01-01")).await;
    release(&world, "b", partial("article", "2019-01-01")).await;
    release(&world, "c", complete("article", "2020-01-01")).await;
    for id in ["a", "c"] {
        ingest(&world, opening(id, id), gdp(), vec![row(1, "2016", "6")]).await;
    }
    let between = WriteClaimsRequest {
        backfill: true,
        ..writing("b", gdp(), vec![row(1, "2016", "5")])
    };
    let written = world.metrics().write_claims(between).await;
    let counts = written.expect("it is meant").into_inner().counts;
    assert_eq!(counts.map(|counts| counts.made_explicit), Some(1));
    let answers = [
        ("2018-06-01", "6"),
        ("2019-06-01", "5"),
        ("2020-06-01", "6"),
    ];
    for (day, number) in answers {
        let known = numbers(&world, &series("gdp", "china"), Some(end_of(day))).await;
        assert_eq!(known, said(&[("2016", number)]), "{day}");
    }
}
