//! An observation of which very many say something, at length.

use std::collections::BTreeSet;

use proto::figure::v1 as figure_pb;
use proto::metrics::v1 as pb;

use super::{claims_of, fits, messages, pages};
use crate::tests::bench::*;

const CLAIMS: usize = 900;

/// An observation of which so many originators say something, with 20 notes each.
async fn noted() -> Bench {
    let bench = Bench::new().await;
    bench.release("r", "2020-01-01").await;
    let note = |i: usize| figure_pb::Note {
        path: "period".to_owned(),
        text: format!("{i} {}", "remark ".repeat(140)),
        ..Default::default()
    };
    let of = |i: i32| pb::SourceSeriesDeclaration {
        source_series: i,
        provenance: Some(pb::Provenance {
            originator: format!("entities/o-{i}"),
            unit: "usd".to_owned(),
            ..Default::default()
        }),
        ..gdp()
    };
    let claim = |i: i32| pb::ClaimInput {
        source_series: i,
        text: Some(pb::ClaimText {
            notes: (0..20).map(note).collect(),
            ..Default::default()
        }),
        ..row("2019", &i.to_string())
    };
    for numbers in (0..CLAIMS as i32).collect::<Vec<_>>().chunks(150) {
        let of = numbers.iter().copied().map(of).collect();
        let claims = numbers.iter().copied().map(claim).collect();
        let written = bench
            .metrics
            .write_claims_of(writing("r", of, claims))
            .await;
        assert_eq!(written.unwrap().counts.unwrap().written, 150);
    }
    bench
}

#[tokio::test]
async fn what_nine_hundred_people_say_with_notes_is_read_in_pages() {
    let bench = noted().await;
    let request = pb::GetClaimSetRequest {
        series_key: Some(key("gdp", "china")),
        period: "2019".to_owned(),
        ..Default::default()
    };
    let (mut claims, mut reasons, mut page_token) = (Vec::new(), 0, String::new());
    loop {
        let request = pb::GetClaimSetRequest {
            page_token,
            ..request.clone()
        };
        let page = fits(bench.metrics.get_claim_set_of(request).await.unwrap());
        let set = page.claim_set.unwrap();
        assert_eq!((set.claim_count, set.originator_count), (900, 900));
        assert_eq!(set.state, pb::ClaimSetState::Contested as i32);
        assert_eq!(set.spread.unwrap().upper, "899");
        assert_eq!(page.releases.len(), 1);
        reasons += set.reasons.len();
        claims.extend(set.claims);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(reasons, CLAIMS - 1);
    let names: BTreeSet<_> = claims.iter().map(|claim| &claim.name).collect();
    assert_eq!((claims.len(), names.len()), (CLAIMS, CLAIMS));
    assert!(
        claims
            .iter()
            .all(|claim| claim.text.clone().unwrap().notes.len() == 20)
    );
    let request = pb::GetSeriesRequest {
        key: Some(key("gdp", "china")),
        ..Default::default()
    };
    assert_eq!(claims_of(&pages(&bench, request).await), claims);
    let streamed = messages(&bench, pb::SeriesView::Claims, "").await;
    let streamed = streamed.into_iter().flat_map(|message| message.series);
    assert_eq!(
        streamed.flat_map(|data| data.claims).collect::<Vec<_>>(),
        claims
    );
}

#[tokio::test]
async fn a_list_of_claim_sets_cuts_what_does_not_fit_and_says_how_much_there_is() {
    let bench = noted().await;
    bench
        .write("r", gdp(), vec![row("2018", "1"), row("2020", "2")])
        .await;
    let (mut sets, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListClaimSetsRequest {
            page_token,
            ..Default::default()
        };
        let page = fits(bench.metrics.list_claim_sets_of(request).await.unwrap());
        sets.extend(page.claim_sets);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let counts = sets.iter().map(|set| set.claim_count).collect::<Vec<_>>();
    assert_eq!(counts, [1, 900, 1]);
    let cut = &sets[1];
    assert!(
        (100..900).contains(&cut.claims.len()),
        "{}",
        cut.claims.len()
    );
    assert_eq!(cut.reasons.len(), cut.claims.len() - 1);
    assert_eq!(cut.originator_count, 900);
}

#[tokio::test]
async fn vintages_with_notes_are_read_in_pages() {
    let bench = noted().await;
    let (mut claims, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListClaimVintagesRequest {
            series_key: Some(key("gdp", "china")),
            period: "2019".to_owned(),
            page_size: 1000,
            page_token,
            ..Default::default()
        };
        let page = fits(bench.metrics.list_claim_vintages_of(request).await.unwrap());
        claims.extend(page.claims);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let names: BTreeSet<_> = claims.iter().map(|claim| &claim.name).collect();
    assert_eq!((claims.len(), names.len()), (CLAIMS, CLAIMS));
}
