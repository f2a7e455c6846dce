//! Series: named by name or key, listed, read in pages.

use proto::metrics::v1 as pb;
use rpc::Reason;

use super::bench::*;

async fn filled() -> Bench {
    let bench = Bench::new().await;
    bench.release("r", "2015-01-01").await;
    for (indicator, entity) in [
        ("growth", "china"),
        ("gdp", "france"),
        ("gdp", "china"),
        ("core", "peru"),
    ] {
        let unit = if indicator == "growth" { "%" } else { "dollar" };
        let of = source_series(key(indicator, entity), unit);
        let rows = (2010..2015)
            .map(|year| row(&year.to_string(), "1"))
            .collect();
        bench.write("r", of, rows).await;
    }
    bench
}

async fn name_of(bench: &Bench, of: pb::SeriesKey) -> String {
    bench.claims(of).await[0].series.clone()
}

#[tokio::test]
async fn a_series_is_named_by_name_or_key_or_both() {
    let bench = filled().await;
    let gdp = key("gdp", "china");
    let name = name_of(&bench, gdp.clone()).await;
    let request = |name: &str, key: Option<pb::SeriesKey>| pb::GetSeriesRequest {
        name: name.to_owned(),
        key,
        ..Default::default()
    };
    let read = async |name: &str, key| bench.metrics.get_series_of(request(name, key)).await;
    let by_name = read(&name, None).await.unwrap();
    let series = by_name.data.clone().unwrap().series.unwrap();
    assert_eq!(
        (series.name.as_str(), series.key),
        (name.as_str(), Some(gdp.clone()))
    );
    assert_eq!(read("", Some(gdp.clone())).await.unwrap(), by_name);
    assert_eq!(read(&name, Some(gdp.clone())).await.unwrap(), by_name);
    let other = Some(key("gdp", "france"));
    let (reason, fields) = refused(read(&name, other.clone()).await);
    assert_eq!(
        (reason, fields),
        (Reason::SeriesMismatch, vec!["name".to_owned()])
    );
    assert_eq!(refused(read("", None).await).0, Reason::FieldRequired);
    assert_eq!(
        refused(read("series/0123", None).await).0,
        Reason::SeriesNotFound
    );

    let set = pb::GetClaimSetRequest {
        series: name.clone(),
        series_key: other.clone(),
        period: "2010".to_owned(),
        ..Default::default()
    };
    let (reason, fields) = refused(bench.metrics.get_claim_set_of(set).await);
    assert_eq!(
        (reason, fields),
        (Reason::SeriesMismatch, vec!["series".to_owned()])
    );
    let vintages = pb::ListClaimVintagesRequest {
        series: name.clone(),
        series_key: other.clone(),
        period: "2010".to_owned(),
        ..Default::default()
    };
    let refusal = refused(bench.metrics.list_claim_vintages_of(vintages).await);
    assert_eq!(refusal.0, Reason::SeriesMismatch);
    let dates = pb::ListVintageDatesRequest {
        series: name,
        series_key: other,
        ..Default::default()
    };
    let refusal = refused(bench.metrics.list_vintage_dates_of(dates).await);
    assert_eq!(refusal.0, Reason::SeriesMismatch);
}

#[tokio::test]
async fn faults_of_a_key_are_told_under_its_field() {
    let bench = filled().await;
    let broken = pb::SeriesKey {
        breakdown: [("sector".to_owned(), "wood".to_owned())].into(),
        ..key("size", "china")
    };
    let request = pb::GetSeriesRequest {
        key: Some(broken.clone()),
        ..Default::default()
    };
    let (reason, fields) = refused(bench.metrics.get_series_of(request).await);
    assert_eq!(reason, Reason::BreakdownInvalid);
    assert_eq!(fields, ["key.breakdown.sector"]);
    let request = pb::GetClaimSetRequest {
        series_key: Some(pb::SeriesKey {
            entity: "China".to_owned(),
            ..broken
        }),
        period: "2018-13".to_owned(),
        ..Default::default()
    };
    let (_, fields) = refused(bench.metrics.get_claim_set_of(request).await);
    assert_eq!(fields, ["series_key.entity", "period"]);
}

#[tokio::test]
async fn series_are_listed_by_what_they_are_about() {
    let bench = filled().await;
    let (mut listed, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListSeriesRequest {
            page_size: 1,
            page_token,
            ..Default::default()
        };
        let page = bench.metrics.list_series_of(request).await.unwrap();
        listed.extend(page.series);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let keys: Vec<_> = listed
        .into_iter()
        .map(|series| series.key.unwrap())
        .collect();
    let expected = [
        key("core", "peru"),
        key("gdp", "china"),
        key("gdp", "france"),
        key("growth", "china"),
    ];
    assert_eq!(keys, expected);
    let request = pb::ListSeriesRequest {
        filter: "entity = entities/china AND source = entities/bank".to_owned(),
        ..Default::default()
    };
    let listed = bench.metrics.list_series_of(request).await.unwrap().series;
    let keys: Vec<_> = listed
        .into_iter()
        .map(|series| series.key.unwrap())
        .collect();
    assert_eq!(keys, [key("gdp", "china"), key("growth", "china")]);
}

#[tokio::test]
async fn pages_of_a_series_keep_their_snapshot_and_their_time() {
    let bench = filled().await;
    let request = pb::GetSeriesRequest {
        key: Some(key("gdp", "china")),
        page_size: 2,
        ..Default::default()
    };
    let first = bench.metrics.get_series_of(request.clone()).await.unwrap();
    assert_eq!(said(&first.data.as_ref().unwrap().claims).len(), 2);
    // Asked again, it comes out of the cache and is the same.
    let again = bench.metrics.get_series_of(request.clone()).await.unwrap();
    assert_eq!(again, first);
    bench
        .write("r", gdp(), vec![row("2012", "7"), row("2009", "7")])
        .await;
    let (mut periods, mut page) = (Vec::new(), first.clone());
    loop {
        let claims = page.data.unwrap().claims;
        periods.extend(said(&claims));
        assert_eq!(page.snapshot, first.snapshot);
        if page.next_page_token.is_empty() {
            break;
        }
        // The size may change from page to page.
        let next = pb::GetSeriesRequest {
            page_token: page.next_page_token,
            page_size: 1,
            ..request.clone()
        };
        page = bench.metrics.get_series_of(next).await.unwrap();
    }
    let expected = (2010..2015).map(|year| (year.to_string(), "1".to_owned()));
    assert_eq!(periods, expected.collect::<Vec<_>>());
    let other = pb::GetSeriesRequest {
        page_token: first.next_page_token,
        within: "2013".to_owned(),
        ..request
    };
    let (reason, _) = refused(bench.metrics.get_series_of(other).await);
    assert_eq!(reason, Reason::PageTokenInvalid);
}

#[tokio::test]
async fn vintage_dates_and_vintages_come_in_pages() {
    let bench = filled().await;
    for (id, published, value) in [("s", "2016-01-01", "2"), ("t", "2017-01-01", "3")] {
        bench.release(id, published).await;
        bench
            .write(id, gdp(), vec![row("2010", value), row("2011", value)])
            .await;
    }
    let (mut dates, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListVintageDatesRequest {
            series_key: Some(key("gdp", "china")),
            page_size: 2,
            page_token,
            ..Default::default()
        };
        let page = bench.metrics.list_vintage_dates_of(request).await.unwrap();
        dates.extend(page.vintages);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let dates: Vec<_> = dates
        .iter()
        .map(|date| (date.release.as_str(), date.claim_count))
        .collect();
    assert_eq!(
        dates,
        [("releases/r", 5), ("releases/s", 2), ("releases/t", 2)]
    );
    let (mut claims, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListClaimVintagesRequest {
            series_key: Some(key("gdp", "china")),
            period: "2010".to_owned(),
            source: "entities/bank".to_owned(),
            page_size: 2,
            page_token,
            ..Default::default()
        };
        let page = bench.metrics.list_claim_vintages_of(request).await.unwrap();
        let named = page
            .claims
            .iter()
            .all(|claim| page.releases.contains_key(&claim.release));
        assert!(named && page.releases.len() == page.claims.len());
        claims.extend(page.claims);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let numbers: Vec<_> = claims.iter().map(number).collect();
    assert_eq!(numbers, ["1", "2", "3"]);
}
