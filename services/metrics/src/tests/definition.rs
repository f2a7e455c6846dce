//! Units, concepts and indicators.

use proto::metrics::v1 as pb;
use rpc::Reason;

use super::bench::*;

async fn units(bench: &Bench, filter: &str) -> rpc::Result<Vec<String>> {
    let request = pb::ListUnitsRequest {
        filter: filter.to_owned(),
        ..Default::default()
    };
    let listed = bench.metrics.list_units_of(request).await?.units;
    Ok(listed.into_iter().map(|unit| unit.name).collect())
}

async fn indicators(bench: &Bench, filter: &str) -> rpc::Result<Vec<String>> {
    let (mut names, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListIndicatorsRequest {
            filter: filter.to_owned(),
            page_size: 1,
            page_token,
            ..Default::default()
        };
        let page = bench.metrics.list_indicators_of(request).await?;
        names.extend(page.indicators.into_iter().map(|indicator| indicator.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(names);
        }
    }
}

#[tokio::test]
async fn lists_are_filtered_by_what_the_contract_names() {
    let bench = Bench::new().await;
    assert_eq!(
        units(&bench, "dimension = money").await.unwrap(),
        ["units/usd"]
    );
    assert_eq!(units(&bench, "").await.unwrap().len(), 3);
    for (filter, expected) in [
        ("concept = concepts/economy", &["broad", "core"][..]),
        ("dimension = ratio", &["growth"]),
        ("measure = FLOW", &["broad", "core"]),
        ("measure = UNKNOWN AND dimension = money", &["gdp", "trade"]),
        ("bilateral = true", &["trade"]),
        (
            "NOT bilateral = true AND dimension != money",
            &["growth", "size"],
        ),
    ] {
        let expected: Vec<_> = expected
            .iter()
            .map(|id| format!("indicators/{id}"))
            .collect();
        assert_eq!(
            indicators(&bench, filter).await.unwrap(),
            expected,
            "{filter}"
        );
    }
    let all = indicators(&bench, "").await.unwrap();
    assert_eq!(all.len(), 6);
    assert!(all.is_sorted());
    for filter in ["measure = 3", "name = x", "concept = economy"] {
        let (reason, _) = refused(indicators(&bench, filter).await);
        assert_eq!(reason, Reason::FilterInvalid, "{filter}");
    }
}

#[tokio::test]
async fn filters_see_the_definitions_of_their_snapshot() {
    let bench = Bench::new().await;
    let before = bench.metrics.commits.newest().await.unwrap().token.encode();
    let mut request = definitions();
    request.units.truncate(0);
    request
        .indicators
        .retain(|indicator| indicator.name == "indicators/gdp");
    request.indicators[0].measure = pb::Measure::Stock.into();
    bench.metrics.apply_definitions_of(request).await.unwrap();
    assert_eq!(
        indicators(&bench, "measure = STOCK").await.unwrap(),
        ["indicators/gdp"]
    );
    let then = pb::ListIndicatorsRequest {
        filter: "measure = STOCK".to_owned(),
        consistency: rpc::at_snapshot(&before),
        ..Default::default()
    };
    let then = bench.metrics.list_indicators_of(then).await.unwrap();
    assert!(then.indicators.is_empty());
}

async fn indicator(bench: &Bench, id: &str) -> pb::Indicator {
    let request = pb::GetIndicatorRequest {
        name: format!("indicators/{id}"),
        ..Default::default()
    };
    let answer = bench.metrics.get_indicator_of(request).await.unwrap();
    answer.indicator.unwrap()
}

#[tokio::test]
async fn an_etag_is_of_the_content_and_a_condition_on_writes() {
    let bench = Bench::new().await;
    let gdp = indicator(&bench, "gdp").await;
    assert_eq!(gdp.measure(), pb::Measure::Unknown);
    assert_ne!(gdp.etag, indicator(&bench, "trade").await.etag);
    let apply = async |indicator: pb::Indicator| {
        let request = pb::ApplyDefinitionsRequest {
            indicators: vec![indicator],
            ..Default::default()
        };
        bench.metrics.apply_definitions_of(request).await
    };
    let changed = pb::Indicator {
        definition: "What is made.".to_owned(),
        ..gdp.clone()
    };
    let applied = apply(changed.clone()).await.unwrap();
    assert_eq!((applied.updated_count, applied.unchanged_count), (1, 0));
    let now = indicator(&bench, "gdp").await;
    assert_ne!(now.etag, gdp.etag);
    let (reason, fields) = refused(apply(gdp.clone()).await);
    assert_eq!(reason, Reason::EtagMismatch);
    assert_eq!(fields, ["indicators[0].etag"]);
    // Back to what it was, back to its etag.
    let back = pb::Indicator {
        etag: now.etag,
        ..gdp.clone()
    };
    apply(back).await.unwrap();
    assert_eq!(indicator(&bench, "gdp").await, gdp);
    let new = pb::Indicator {
        name: "indicators/new".to_owned(),
        ..gdp
    };
    assert_eq!(refused(apply(new).await).0, Reason::EtagMismatch);
}

#[tokio::test]
async fn a_repeated_request_is_answered_as_the_first_time() {
    let bench = Bench::new().await;
    let request = |label: &str, validate_only| {
        let mut request = definitions();
        request.units.truncate(1);
        request.concepts.clear();
        request.indicators.clear();
        request.units[0].symbol = label.to_owned();
        request.validate_only = validate_only;
        request.request_id = "6f1c9a52-3b0e-4e0f-9f6d-2a4b8f1f7c11".to_owned();
        request
    };
    let apply = async |label, only| {
        let request = request(label, only);
        bench.metrics.apply_definitions_of(request).await
    };
    let checked = apply("$", true).await.unwrap();
    assert_eq!((checked.updated_count, checked.replayed), (1, false));
    let first = apply("$", false).await.unwrap();
    assert_eq!((first.updated_count, first.replayed), (1, false));
    let again = apply("$", false).await.unwrap();
    let expected = pb::ApplyDefinitionsResponse {
        replayed: true,
        ..first
    };
    assert_eq!(again, expected);
    let (reason, fields) = refused(apply("€", false).await);
    assert_eq!(reason, Reason::RequestIdReused);
    assert_eq!(fields, ["request_id"]);
}

#[tokio::test]
async fn names_of_related_indicators_are_cut() {
    let bench = Bench::new().await;
    let many = (0..1100).map(|i| pb::Indicator {
        name: format!("indicators/a-{i:04}"),
        labels: vec![label("a")],
        concept: "concepts/economy".to_owned(),
        dimension: "money".to_owned(),
        ..Default::default()
    });
    let request = pb::ApplyDefinitionsRequest {
        indicators: many.collect(),
        ..Default::default()
    };
    bench.metrics.apply_definitions_of(request).await.unwrap();
    let concept = bench.metrics.get_concept_of(pb::GetConceptRequest {
        name: "concepts/economy".to_owned(),
        ..Default::default()
    });
    let names = concept.await.unwrap().indicators;
    assert_eq!((names.len(), names.is_sorted()), (1000, true));
    let siblings = bench.metrics.get_indicator_of(pb::GetIndicatorRequest {
        name: "indicators/core".to_owned(),
        ..Default::default()
    });
    assert_eq!(siblings.await.unwrap().siblings.len(), 1000);
}
