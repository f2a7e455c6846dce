//! Ingests of releases that are complete: what they leave out is withdrawn.

use proto::metrics::v1::ingest_claims_request::Message as Said;
use proto::metrics::v1::ingest_claims_response::Message as Answer;
use proto::metrics::v1::{FinishIngest, OpenIngest};
use tonic::Code;

use crate::harness::{Backend, on_both, refused, seeded};
use crate::ingest::{
    Stream, complete, counted, ingest, numbers, opening, partial, release, row, said, series,
    source_series, write,
};
use crate::metrics_ingest::gdp;
use crate::metrics_row::skipping;

on_both!(
    checking_an_ingest_counts_and_writes_nothing,
    a_complete_release_withdraws_what_it_leaves_out,
    finishing_again_withdraws_nothing_more,
    two_ingests_of_a_complete_release_do_not_withdraw_their_own_rows,
    what_was_not_read_is_not_withdrawn,
);

async fn what_was_not_read_is_not_withdrawn(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "old", complete("article", "2019-01-01")).await;
    release(&world, "r", complete("article", "2020-01-01")).await;
    let rows = ["2015", "2016", "2017"].map(|year| row(1, year, "5"));
    ingest(&world, opening("old", "old"), gdp(), rows.to_vec()).await;
    let gdp_of_china = series("gdp", "china");
    let before = numbers(&world, &gdp_of_china, None).await;
    let good = || row(1, "2015", "5");
    let checking = OpenIngest {
        validate_only: true,
        ..skipping("checked")
    };
    let cases = [
        (checking, vec![good(), row(1, "2016", "five")], 0),
        (
            skipping("rejected"),
            vec![good(), row(1, "2016", "five")],
            0,
        ),
        (opening("r", "unread"), vec![good()], 1),
    ];
    for (open, rows, unread) in cases {
        let id = open.ingest_id.clone();
        let (mut stream, _) = Stream::open(&world, open).await;
        stream.declare(gdp()).await;
        stream.rows(1, rows).await.expect("bad rows are skipped");
        stream.say(Said::Finish(FinishIngest { unread })).await;
        let Answer::Finished(finished) = stream.hear().await.expect("it ends") else {
            panic!("{id} is not finished");
        };
        assert!(finished.withheld, "{id}");
        assert_eq!(finished.counts.unwrap_or_default().withdrawn, 0, "{id}");
        assert_eq!(numbers(&world, &gdp_of_china, None).await, before, "{id}");
    }
    let (mut stream, _) = Stream::open(&world, opening("r", "negative")).await;
    stream.say(Said::Finish(FinishIngest { unread: -1 })).await;
    let status = stream.hear().await.expect_err("it is no count");
    refused(&status).is(Code::InvalidArgument, "FIELD_INVALID", &["finish.unread"]);
    let counts = ingest(&world, opening("r", "whole"), gdp(), vec![good()]).await;
    assert_eq!(
        counts.withdrawn, 2,
        "read whole, it withdraws what it leaves out"
    );
}

async fn checking_an_ingest_counts_and_writes_nothing(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "old", complete("article", "2019-01-01")).await;
    release(&world, "r", complete("article", "2020-01-01")).await;
    let rows = ["2015", "2016", "2017"].map(|year| row(1, year, "5"));
    ingest(&world, opening("old", "old"), gdp(), rows.to_vec()).await;
    let checking = OpenIngest {
        validate_only: true,
        ..opening("r", "l")
    };
    let before = numbers(&world, &series("gdp", "china"), None).await;
    for _ in 0..2 {
        let (mut stream, opened) = Stream::open(&world, checking.clone()).await;
        assert_eq!((opened.acknowledged_through, opened.finished), (0, false));
        stream.declare(gdp()).await;
        let first = stream
            .rows(1, vec![row(1, "2015", "5")])
            .await
            .expect("good");
        assert_eq!(counted(first.counts.as_ref()), (1, 0, 1, 0));
        stream
            .rows(2, vec![row(1, "2016", "6")])
            .await
            .expect("good");
        let counts = stream.finish().await.expect("it ends");
        assert_eq!(counted(Some(&counts)), (2, 1, 1, 1));
    }
    assert_eq!(numbers(&world, &series("gdp", "china"), None).await, before);
    let rows = ["2015", "2016"].map(|year| row(1, year, "5"));
    let counts = ingest(&world, opening("r", "l"), gdp(), rows.to_vec()).await;
    assert_eq!(counted(Some(&counts)), (2, 0, 2, 1), "the id is still free");
}

async fn a_complete_release_withdraws_what_it_leaves_out(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "other", partial("dataset", "2019-01-01")).await;
    release(&world, "old", complete("article", "2019-01-01")).await;
    release(&world, "new", complete("article", "2020-01-01")).await;
    write(&world, "other", gdp(), vec![row(1, "2015", "1")]).await;
    let declared = vec![
        source_series(1, series("gdp", "china"), "usd"),
        source_series(2, series("gdp", "france"), "usd"),
        source_series(3, series("growth", "france"), "%"),
    ];
    let rows = vec![
        row(1, "2016", "2"),
        row(1, "2017", "3"),
        row(2, "2016", "4"),
        row(3, "2016", "5"),
    ];
    ingest(&world, opening("old", "old"), declared.clone(), rows).await;
    let counts = ingest(
        &world,
        opening("new", "new"),
        declared,
        vec![row(1, "2017", "3")],
    )
    .await;
    assert_eq!(counted(Some(&counts)), (1, 0, 1, 2));
    let china = numbers(&world, &series("gdp", "china"), None).await;
    assert_eq!(
        china,
        said(&[("2015", "1"), ("2017", "3")]),
        "of others nothing is withdrawn"
    );
    let france = numbers(&world, &series("gdp", "france"), None).await;
    assert_eq!(france, said(&[]));
    let growth = numbers(&world, &series("growth", "france"), None).await;
    assert_eq!(growth, said(&[("2016", "5")]), "it is outside the scope");
}

async fn finishing_again_withdraws_nothing_more(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "old", complete("article", "2019-01-01")).await;
    release(&world, "r", complete("article", "2020-01-01")).await;
    let rows = vec![row(1, "2016", "2"), row(1, "2017", "3")];
    ingest(&world, opening("old", "old"), gdp(), rows).await;
    let (mut one, _) = Stream::open(&world, opening("r", "l")).await;
    one.declare(gdp()).await;
    one.rows(1, vec![row(1, "2017", "3")]).await.expect("good");
    let (mut two, _) = Stream::open(&world, opening("r", "l")).await;
    let (first, second) = tokio::join!(one.finish(), two.finish());
    assert_eq!(counted(first.as_ref().ok()), (1, 0, 1, 1));
    assert_eq!(counted(second.as_ref().ok()), (1, 0, 1, 1));
    let (mut third, opened) = Stream::open(&world, opening("r", "l")).await;
    assert!(opened.finished);
    let again = third.finish().await.expect("it is finished");
    assert_eq!(counted(Some(&again)), (1, 0, 1, 1));
    let kept = numbers(&world, &series("gdp", "china"), None).await;
    assert_eq!(kept, said(&[("2017", "3")]));
}

async fn two_ingests_of_a_complete_release_do_not_withdraw_their_own_rows(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", complete("article", "2020-01-01")).await;
    let (mut one, _) = Stream::open(&world, opening("r", "one")).await;
    let (mut two, _) = Stream::open(&world, opening("r", "two")).await;
    for stream in [&one, &two] {
        stream.declare(gdp()).await;
    }
    one.rows(1, vec![row(1, "2016", "2")]).await.expect("good");
    two.rows(1, vec![row(1, "2016", "2")])
        .await
        .expect("the same");
    one.finish().await.expect("it ends");
    two.rows(2, vec![row(1, "2017", "3")]).await.expect("good");
    let counts = two.finish().await.expect("it ends");
    assert_eq!(counted(Some(&counts)), (2, 1, 1, 0));
    let kept = numbers(&world, &series("gdp", "china"), None).await;
    assert_eq!(kept, said(&[("2016", "2"), ("2017", "3")]));
}
