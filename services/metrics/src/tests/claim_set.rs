//! Everything said of one observation, side by side.

use proto::figure::v1 as figure_pb;
use proto::metrics::v1 as pb;
use proto::metrics::v1::PreferenceReason as P;
use rpc::Reason;

use super::bench::*;

/// Says something of GDP in 2019 of an originator, as outturn or as forecast.
async fn say(bench: &Bench, release: &str, originator: &str, class: pb::NatureClass, value: &str) {
    let of = pb::SourceSeriesDeclaration {
        provenance: Some(pb::Provenance {
            originator: match originator {
                "" => String::new(),
                id => format!("entities/{id}"),
            },
            unit: "usd".to_owned(),
            nature_class: class.into(),
            ..Default::default()
        }),
        ..gdp()
    };
    bench.write(release, of, vec![row("2019", value)]).await;
}

async fn from(bench: &Bench, id: &str, published: &str, interest: &str) {
    let release = pb::Release {
        source: format!("entities/source-{id}"),
        published: published.to_owned(),
        interest: interest.to_owned(),
        ..Default::default()
    };
    bench.record(id, release).await;
}

async fn filled() -> Bench {
    use pb::NatureClass::{Forecast, Outturn};
    let bench = Bench::new().await;
    from(&bench, "new", "2020-03-01", "").await;
    from(&bench, "same", "2020-03-01", "").await;
    from(&bench, "old", "2020-01-01", "").await;
    from(&bench, "seller", "2020-05-01", "sells figures").await;
    say(&bench, "new", "office", Outturn, "10").await;
    say(&bench, "same", "office", Outturn, "10.0").await;
    say(&bench, "old", "office", Outturn, "11").await;
    say(&bench, "seller", "office", Outturn, "12").await;
    say(&bench, "new", "", Outturn, "13").await;
    say(&bench, "new", "office", Forecast, "14").await;
    bench
}

fn asked(page_size: i32, page_token: &str) -> pb::GetClaimSetRequest {
    pb::GetClaimSetRequest {
        series_key: Some(key("gdp", "china")),
        period: "2019".to_owned(),
        page_size,
        page_token: page_token.to_owned(),
        ..Default::default()
    }
}

#[tokio::test]
async fn what_decides_is_told_of_the_whole_set_and_of_each_claim() {
    let bench = filled().await;
    let answer = bench.metrics.get_claim_set_of(asked(0, "")).await.unwrap();
    let set = answer.claim_set.unwrap();
    let reasons = |set: &pb::ClaimSet| -> Vec<P> {
        set.reasons.iter().map(|reason| reason.reason()).collect()
    };
    let all = [
        P::Alphabetical,
        P::NewestPublication,
        P::NoInterest,
        P::NamedOriginator,
        P::NatureClass,
    ];
    assert_eq!(reasons(&set), all);
    assert_eq!(set.rule.clone().unwrap().reason(), P::Alphabetical);
    assert!(set.reasons.iter().all(|reason| !reason.text.is_empty()));
    assert_eq!(
        set.period.clone().unwrap().role(),
        figure_pb::PeriodRole::Whole
    );
    assert_eq!(
        (set.claim_count, set.state()),
        (6, pb::ClaimSetState::Contested)
    );
    let (mut claims, mut told, mut page_token) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = bench
            .metrics
            .get_claim_set_of(asked(2, &page_token))
            .await
            .unwrap();
        let of_page = page.claim_set.unwrap();
        assert_eq!(of_page.rule, set.rule);
        assert_eq!((of_page.claim_count, &of_page.spread), (6, &set.spread));
        assert!(page.releases.len() <= 2);
        told.extend(reasons(&of_page));
        claims.extend(of_page.claims);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!((claims, told), (set.claims, all.to_vec()));
}

#[tokio::test]
async fn one_claim_is_the_only_one_and_a_restated_one_the_same() {
    let bench = Bench::new().await;
    bench.release("r", "2020-01-01").await;
    let of = |number: i32, unit: &str| pb::SourceSeriesDeclaration {
        source_series: number,
        provenance: Some(pb::Provenance {
            unit: unit.to_owned(),
            ..Default::default()
        }),
        ..source_series(key("size", "china"), unit)
    };
    bench
        .write("r", of(0, "count"), vec![row("2018", "1")])
        .await;
    let text = |key: &str, restates: &str| {
        Some(pb::ClaimText {
            key: key.to_owned(),
            restates: restates.to_owned(),
            ..Default::default()
        })
    };
    let other = pb::SourceSeriesDeclaration {
        source_series: 1,
        provenance: Some(pb::Provenance {
            originator: "entities/office".to_owned(),
            unit: "count".to_owned(),
            ..Default::default()
        }),
        ..of(1, "count")
    };
    let first = pb::ClaimInput {
        text: text("a", ""),
        ..row("2019", "1")
    };
    let second = pb::ClaimInput {
        source_series: 1,
        text: text("b", "a"),
        ..row("2019", "1")
    };
    let request = writing("r", vec![of(0, "count"), other], vec![first, second]);
    bench.metrics.write_claims_of(request).await.unwrap();
    let listed = bench
        .metrics
        .list_claim_sets_of(pb::ListClaimSetsRequest::default());
    let sets = listed.await.unwrap().claim_sets;
    let rule = |set: &pb::ClaimSet| set.rule.clone().unwrap().reason();
    assert_eq!(
        sets.iter().map(rule).collect::<Vec<_>>(),
        [P::OnlyClaim, P::Restatement]
    );
    assert!(sets[0].reasons.is_empty());
    assert_eq!(sets[1].reasons[0].reason(), P::Restatement);
}

#[tokio::test]
async fn claim_sets_are_listed_by_state_in_pages() {
    let bench = filled().await;
    let rows = (2010..2014)
        .map(|year| row(&year.to_string(), "1"))
        .collect();
    bench.write("new", gdp(), rows).await;
    let other = source_series(key("gdp", "france"), "usd");
    bench.write("new", other, vec![row("2019", "1")]).await;
    let list = async |state: pb::ClaimSetState, page_size| {
        let (mut sets, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListClaimSetsRequest {
                state: state.into(),
                page_size,
                page_token,
                ..Default::default()
            };
            let page = bench.metrics.list_claim_sets_of(request).await.unwrap();
            assert!(page.claim_sets.len() <= page_size as usize);
            sets.extend(page.claim_sets);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return sets;
            }
        }
    };
    let all = list(pb::ClaimSetState::Unspecified, 2).await;
    assert_eq!(all.len(), 6);
    let place = |set: &pb::ClaimSet| {
        let series = set.series.clone().unwrap().name;
        (series, set.period.clone().unwrap().code)
    };
    assert!(all.is_sorted_by_key(place));
    assert_eq!(list(pb::ClaimSetState::Unspecified, 100).await, all);
    let contested = list(pb::ClaimSetState::Contested, 1).await;
    assert_eq!(contested.len(), 1);
    assert_eq!(contested[0].claims.len(), 6);
    assert_eq!(list(pb::ClaimSetState::Single, 3).await.len(), 5);
    let unknown = pb::ListClaimSetsRequest {
        state: 77,
        within: "x".to_owned(),
        filter: "nothing = 1".to_owned(),
        ..Default::default()
    };
    let (reason, fields) = refused(bench.metrics.list_claim_sets_of(unknown).await);
    assert_eq!(reason, Reason::FilterInvalid);
    assert_eq!(fields, ["filter", "within", "state"]);
}

#[tokio::test]
async fn siblings_are_the_first_by_name() {
    let bench = Bench::new().await;
    bench.release("r", "2020-01-01").await;
    let ids: Vec<_> = (0..120).map(|i| format!("broad-{i}")).collect();
    let indicators = ids.iter().map(|id| pb::Indicator {
        name: format!("indicators/{id}"),
        labels: vec![label(id)],
        concept: "concepts/economy".to_owned(),
        dimension: "money".to_owned(),
        ..Default::default()
    });
    let request = pb::ApplyDefinitionsRequest {
        indicators: indicators.collect(),
        ..Default::default()
    };
    bench.metrics.apply_definitions_of(request).await.unwrap();
    for id in ids.iter().map(String::as_str).chain(["broad"]) {
        let of = source_series(key(id, "china"), "usd");
        bench.write("r", of, vec![row("2019", "1")]).await;
    }
    let request = pb::GetClaimSetRequest {
        series_key: Some(key("broad", "china")),
        ..asked(0, "")
    };
    let answer = bench.metrics.get_claim_set_of(request).await.unwrap();
    let siblings = answer.claim_set.unwrap().siblings;
    assert_eq!(siblings.len(), 100);
    assert!(siblings.is_sorted_by_key(|series| series.name.clone()));
    let (reason, _) = refused(bench.metrics.get_claim_set_of(asked(0, "")).await);
    assert_eq!(reason, Reason::SeriesNotFound);
}
