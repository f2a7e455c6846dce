//! Figures in one call.

use proto::figure::v1 as figure_pb;
use proto::metrics::v1 as pb;
use rpc::Reason;

use super::bench::*;

const REQUEST_ID: &str = "6f1c9a52-3b0e-4e0f-9f6d-2a4b8f1f7c11";

fn years(numbers: &[(&str, &str)]) -> Vec<pb::ClaimInput> {
    numbers
        .iter()
        .map(|(year, number)| row(year, number))
        .collect()
}

async fn kept(bench: &Bench) -> Vec<(String, String)> {
    said(&bench.claims(key("gdp", "china")).await)
}

fn pairs(numbers: &[(&str, &str)]) -> Vec<(String, String)> {
    let pair = |(year, number): &(&str, &str)| ((*year).to_owned(), (*number).to_owned());
    numbers.iter().map(pair).collect()
}

#[tokio::test]
async fn a_complete_release_withdraws_what_the_request_leaves_out() {
    let bench = Bench::new().await;
    bench.complete("a", "2015-01-01").await;
    bench.complete("b", "2016-01-01").await;
    bench.complete("c", "2017-01-01").await;
    let first = years(&[("2010", "1"), ("2011", "2"), ("2012", "3")]);
    let counts = bench.write("a", gdp(), first).await.counts.unwrap();
    assert_eq!((counts.written, counts.withdrawn), (3, 0));
    let france = source_series(key("gdp", "france"), "usd");
    let checked = pb::WriteClaimsRequest {
        validate_only: true,
        ..writing("b", vec![gdp()], years(&[("2010", "1")]))
    };
    let checked = bench.metrics.write_claims_of(checked).await.unwrap();
    assert_eq!(checked.counts.unwrap().withdrawn, 2);
    assert_eq!(kept(&bench).await.len(), 3);
    let mut of_france = row("2011", "9");
    of_france.source_series = 1;
    let both = pb::WriteClaimsRequest {
        source_series: vec![
            gdp(),
            pb::SourceSeriesDeclaration {
                source_series: 1,
                ..france
            },
        ],
        ..writing(
            "b",
            vec![],
            vec![row("2010", "1"), row("2011", "5"), of_france],
        )
    };
    let written = bench.metrics.write_claims_of(both.clone()).await.unwrap();
    let counts = written.counts.unwrap();
    assert_eq!(
        (counts.received, counts.written, counts.unchanged),
        (3, 2, 1)
    );
    assert_eq!((counts.withdrawn, written.withheld), (1, false));
    assert_eq!(kept(&bench).await, pairs(&[("2010", "1"), ("2011", "5")]));
    // All in one commit, and the same again writes nothing.
    let commit = |text: &str| token(text).part(rpc::Part::Metrics).unwrap().commit();
    let again = bench.metrics.write_claims_of(both).await.unwrap();
    assert_eq!(commit(&again.snapshot), commit(&written.snapshot));
    assert_eq!(again.counts.unwrap().unchanged, 3);
    let nothing_of_china = pb::WriteClaimsRequest {
        source_series: vec![source_series(key("gdp", "france"), "usd")],
        ..writing("c", vec![], years(&[("2011", "9")]))
    };
    let last = bench
        .metrics
        .write_claims_of(nothing_of_china)
        .await
        .unwrap();
    assert_eq!(last.counts.unwrap().withdrawn, 2);
    assert!(kept(&bench).await.is_empty());
    let found = crate::repair(&bench.metrics.store).await.unwrap();
    assert_eq!((found.checked, found.mended), (2, 0));
}

#[tokio::test]
async fn nothing_is_withdrawn_where_rows_were_rejected() {
    let bench = Bench::new().await;
    bench.complete("a", "2015-01-01").await;
    bench.complete("b", "2016-01-01").await;
    bench
        .write("a", gdp(), years(&[("2010", "1"), ("2011", "2")]))
        .await;
    let request = pb::WriteClaimsRequest {
        on_error: figure_pb::OnError::SkipRows.into(),
        ..writing("b", vec![gdp()], years(&[("2010", "3"), ("2011", "x")]))
    };
    let written = bench.metrics.write_claims_of(request).await.unwrap();
    assert!(written.withheld);
    let counts = written.counts.unwrap();
    assert_eq!(
        (counts.written, counts.rejected, counts.withdrawn),
        (1, 1, 0)
    );
    assert_eq!(kept(&bench).await, pairs(&[("2010", "3"), ("2011", "2")]));
    let whole = years(&[("2010", "3")]);
    let whole = bench.write("b", gdp(), whole).await;
    assert_eq!(
        (whole.counts.unwrap().withdrawn, whole.withheld),
        (1, false)
    );
}

#[tokio::test]
async fn a_repeated_write_is_answered_as_the_first_time() {
    let bench = Bench::new().await;
    bench.release("r", "2015-01-01").await;
    let request = pb::WriteClaimsRequest {
        request_id: REQUEST_ID.to_owned(),
        on_error: figure_pb::OnError::SkipRows.into(),
        ..writing("r", vec![gdp()], years(&[("2010", "1"), ("2011", "x")]))
    };
    let first = bench
        .metrics
        .write_claims_of(request.clone())
        .await
        .unwrap();
    assert_eq!((first.replayed, first.row_errors.len()), (false, 1));
    bench.write("r", gdp(), years(&[("2010", "2")])).await;
    let again = bench
        .metrics
        .write_claims_of(request.clone())
        .await
        .unwrap();
    let expected = pb::WriteClaimsResponse {
        replayed: true,
        ..first
    };
    assert_eq!(again, expected);
    assert_eq!(kept(&bench).await, pairs(&[("2010", "2")]));
    let other = pb::WriteClaimsRequest {
        actor: "somebody".to_owned(),
        ..request
    };
    let (reason, _) = refused(bench.metrics.write_claims_of(other).await);
    assert_eq!(reason, Reason::RequestIdReused);
}

#[tokio::test]
async fn faults_of_declarations_are_told_of_the_declarations() {
    let bench = Bench::new().await;
    bench.release("r", "2015-01-01").await;
    bench
        .registry
        .change(|state| state.missing.extend(["entities/nowhere".to_owned()]));
    let number = |source_series, of: pb::SourceSeriesDeclaration| pb::SourceSeriesDeclaration {
        source_series,
        ..of
    };
    let declared = vec![
        gdp(),
        number(1, source_series(key("gdp", "china"), "guilders")),
        number(2, source_series(key("nothing", "china"), "usd")),
        number(3, source_series(key("gdp", "nowhere"), "usd")),
    ];
    let rows = (0..4).flat_map(|number| {
        [2010, 2011].map(|year| pb::ClaimInput {
            source_series: number,
            ..row(&year.to_string(), "1")
        })
    });
    let mut rows: Vec<_> = rows.collect();
    rows.push(pb::ClaimInput {
        source_series: 8,
        ..row("2010", "y")
    });
    let request = writing("r", declared.clone(), rows);
    let (reason, fields) = refused(bench.metrics.write_claims_of(request.clone()).await);
    assert_eq!(reason, Reason::UnitUnknown);
    let expected = [
        "source_series[1].provenance.unit",
        "source_series[2].series.indicator",
        "source_series[3].series.entity",
        "claims[8].source_series",
    ];
    assert_eq!(fields, expected);
    let skipping = pb::WriteClaimsRequest {
        on_error: figure_pb::OnError::SkipRows.into(),
        ..request
    };
    let answer = bench.metrics.write_claims_of(skipping).await.unwrap();
    assert_eq!(answer.row_errors.len(), 7);
    assert_eq!(answer.counts.unwrap().written, 2);
}

#[tokio::test]
async fn all_faults_of_a_write_are_told_at_once() {
    let bench = Bench::new().await;
    let request = pb::WriteClaimsRequest {
        release: "r".to_owned(),
        on_error: 9,
        request_id: "1".to_owned(),
        ..Default::default()
    };
    let (_, fields) = refused(bench.metrics.write_claims_of(request).await);
    let expected = [
        "release",
        "source_series",
        "claims",
        "on_error",
        "request_id",
    ];
    assert_eq!(fields, expected);
    bench.release("r", "2015-01-01").await;
    let other = source_series(key("gdp", "france"), "usd");
    let negative = pb::SourceSeriesDeclaration {
        source_series: -1,
        ..gdp()
    };
    let declared = vec![gdp(), gdp(), other, negative];
    let request = writing("r", declared, vec![row("2010", "1")]);
    let (reason, fields) = refused(bench.metrics.write_claims_of(request).await);
    assert_eq!(reason, Reason::FieldInvalid);
    let expected = [
        "source_series[2].source_series",
        "source_series[3].source_series",
    ];
    assert_eq!(fields, expected);
}
