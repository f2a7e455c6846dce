//! Claims are named by content.

use proto::metrics::v1 as pb;
use rpc::Reason;

use super::bench::*;
use crate::claim_name::{claim_id, source_series_id};

fn named(release: &str, ordinal: i32) -> String {
    let source_series = source_series_id("bank", "", "usd", 1);
    let period = "2019".parse().unwrap();
    let series = crate::series::Key {
        indicator: "gdp".to_owned(),
        entity: "china".to_owned(),
        counterpart: String::new(),
        breakdown: Default::default(),
    };
    let id = claim_id(period, &source_series, release, ordinal);
    format!("series/{}/claims/{id}", series.id())
}

async fn vintages(bench: &Bench) -> Vec<pb::Claim> {
    let request = pb::ListClaimVintagesRequest {
        series_key: Some(key("gdp", "china")),
        period: "2019".to_owned(),
        ..Default::default()
    };
    let listed = bench.metrics.list_claim_vintages_of(request).await;
    listed.unwrap().claims
}

async fn get(bench: &Bench, name: &str) -> rpc::Result<pb::GetClaimResponse> {
    let request = pb::GetClaimRequest {
        name: name.to_owned(),
        ..Default::default()
    };
    bench.metrics.get_claim_of(request).await
}

#[tokio::test]
async fn a_name_follows_from_what_is_said_and_not_from_the_order_of_loading() {
    let releases = [("old", "2012-01-01", "5.9"), ("new", "2015-01-01", "6.0")];
    for order in [[0, 1], [1, 0]] {
        let bench = Bench::new().await;
        for (id, published, number) in order.map(|i| releases[i]) {
            bench.release(id, published).await;
            let request = pb::WriteClaimsRequest {
                backfill: true,
                ..writing(id, vec![gdp()], vec![row("2019", number)])
            };
            bench.metrics.write_claims_of(request).await.unwrap();
        }
        for (id, _, value) in releases {
            let found = get(&bench, &named(id, 1)).await.unwrap();
            let claim = found.claim.unwrap();
            assert_eq!(number(&claim), value);
            assert_eq!(claim.name, named(id, 1));
            assert_eq!(found.release.unwrap().name, format!("releases/{id}"));
            assert_eq!(found.series.unwrap().name, claim.series);
        }
    }
}

#[tokio::test]
async fn corrections_within_a_release_are_counted_wherever_they_are_answered() {
    let bench = Bench::new().await;
    bench.release("r", "2015-01-01").await;
    for value in ["1", "2", "3"] {
        bench.write("r", gdp(), vec![row("2019", value)]).await;
    }
    let claims = vintages(&bench).await;
    let ordinals: Vec<_> = claims.iter().map(|claim| claim.ordinal).collect();
    assert_eq!(ordinals, [1, 2, 3]);
    for (ordinal, claim) in (1..).zip(&claims) {
        assert_eq!(claim.name, named("r", ordinal));
        let found = get(&bench, &claim.name).await.unwrap().claim;
        assert_eq!(found.as_ref(), Some(claim));
    }
    assert_eq!(bench.claims(key("gdp", "china")).await, claims[2..]);
    let packed = pb::GetSeriesRequest {
        key: Some(key("gdp", "china")),
        view: pb::SeriesView::Packed.into(),
        ..Default::default()
    };
    let packed = bench.metrics.get_series_of(packed).await.unwrap();
    let ordinals = packed.data.unwrap().block.unwrap().ordinals;
    assert_eq!(ordinals, [(0, 3)].into());
}

#[tokio::test]
async fn what_two_releases_of_one_day_say_in_turn_is_counted_of_each() {
    let bench = Bench::new().await;
    bench.release("a", "2015-01-01").await;
    bench.release("b", "2015-01-01").await;
    for (release, value) in [("a", "1"), ("b", "2"), ("a", "3"), ("b", "4"), ("a", "5")] {
        bench.write(release, gdp(), vec![row("2019", value)]).await;
    }
    let claims = vintages(&bench).await;
    let names: Vec<_> = claims.iter().map(|claim| claim.name.clone()).collect();
    let expected = [("a", 1), ("b", 1), ("a", 2), ("b", 2), ("a", 3)];
    assert_eq!(
        names,
        expected.map(|(release, ordinal)| named(release, ordinal))
    );
    let live = bench.claims(key("gdp", "china")).await;
    assert_eq!(live, claims[4..]);
    let found = crate::repair(&bench.metrics.store).await.unwrap();
    assert_eq!((found.checked, found.mended), (1, 0));
}

#[tokio::test]
async fn source_series_have_names_of_their_own() {
    let bench = Bench::new().await;
    bench.release("r", "2015-01-01").await;
    bench.write("r", gdp(), vec![row("2019", "1")]).await;
    let claim = bench.claims(key("gdp", "china")).await.remove(0);
    let id = source_series_id("bank", "", "usd", 1);
    assert_eq!(
        claim.source_series,
        format!("{}/sourceSeries/{id}", claim.series)
    );
    let packed = pb::GetSeriesRequest {
        name: claim.series.clone(),
        view: pb::SeriesView::Packed.into(),
        ..Default::default()
    };
    let packed = bench.metrics.get_series_of(packed).await.unwrap();
    let data = packed.data.unwrap();
    let expected = pb::SourceSeries {
        name: claim.source_series,
        provenance: claim.provenance,
    };
    assert_eq!(data.source_series, [expected]);
    assert_eq!(data.releases, ["releases/r"]);
}

#[tokio::test]
async fn what_is_not_the_name_of_a_claim_is_refused() {
    let bench = Bench::new().await;
    bench.release("r", "2015-01-01").await;
    bench.write("r", gdp(), vec![row("2019", "1")]).await;
    let known = named("r", 1);
    for (name, expected) in [
        (String::new(), Reason::FieldRequired),
        ("series/x".to_owned(), Reason::FieldInvalid),
        (known.replace("2019.", "2019-13."), Reason::FieldInvalid),
        (known.replace("series/", "series/\0"), Reason::FieldInvalid),
        (format!("{known}0"), Reason::FieldInvalid),
        (named("r", 2), Reason::ClaimNotFound),
        (named("s", 1), Reason::ClaimNotFound),
        (known.replace("series/", "series/0"), Reason::ClaimNotFound),
    ] {
        let (reason, fields) = refused(get(&bench, &name).await);
        assert_eq!(
            (reason, fields),
            (expected, vec!["name".to_owned()]),
            "{name}"
        );
    }
    // Another spelling of the same span.
    let spelled = known.replace("2019.", "2019-01_2019-12.");
    let found = get(&bench, &spelled).await.unwrap().claim.unwrap();
    assert_eq!(found.name, known);
}
