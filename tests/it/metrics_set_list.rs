//! Claim sets, listed.

use proto::metrics::v1::{
    ClaimInput, ClaimSet, ClaimSetState, GetClaimSetRequest, ListClaimSetsRequest,
    WriteClaimsRequest,
};
use tonic::Code;

use crate::harness::quantity::exact;
use crate::harness::{Backend, World, on_both, refused, seeded};
use crate::ingest::{end_of, partial, release, row, series, source_series, write, writing};
use crate::metrics_set::both_say;
use crate::metrics_set::gdp;
use crate::metrics_set::two_sources;

on_both!(
    claim_sets_are_listed_by_state_and_page,
    a_page_has_no_more_than_was_asked_for,
    what_was_contested_then_is_listed_as_of_then,
);

async fn list(world: &World, request: &ListClaimSetsRequest) -> Vec<Vec<ClaimSet>> {
    let mut request = request.clone();
    let mut pages = Vec::new();
    loop {
        let page = world.metrics().list_claim_sets(request.clone()).await;
        let page = page.expect("a page").into_inner();
        pages.push(page.claim_sets);
        if page.next_page_token.is_empty() {
            return pages;
        }
        request.page_token = page.next_page_token;
    }
}

fn observations(sets: &[ClaimSet]) -> Vec<(String, String)> {
    let observation = |set: &ClaimSet| {
        let series = set.series.clone().unwrap_or_default();
        let key = series.key.unwrap_or_default();
        (key.entity, set.period.clone().unwrap_or_default().code)
    };
    sets.iter().map(observation).collect()
}

/// Three observations of China and one of France are contested, others are not.
async fn contested_world(backend: Backend) -> World {
    let world = seeded(backend).await;
    two_sources(&world).await;
    let both = vec![
        source_series(1, series("gdp", "china"), "cny"),
        source_series(2, series("gdp", "france"), "cny"),
        source_series(3, series("digital-core", "china"), "cny"),
    ];
    let rows = |number: &str| -> Vec<ClaimInput> {
        let observations = [(1, "2015"), (1, "2016"), (1, "2017"), (2, "2016")];
        let mut rows: Vec<_> = observations
            .map(|(source_series, period)| row(source_series, period, number))
            .into();
        rows.extend([
            row(1, "2018", "7"),
            row(2, "2018", "7"),
            row(3, "2018", "7"),
        ]);
        rows
    };
    write(&world, "r", both.clone(), rows("5")).await;
    write(&world, "s", both, rows("9")).await;
    world
}

async fn claim_sets_are_listed_by_state_and_page(backend: Backend) {
    let world = contested_world(backend).await;
    let contested = ListClaimSetsRequest {
        state: ClaimSetState::Contested.into(),
        ..Default::default()
    };
    let count = async |request: &ListClaimSetsRequest| list(&world, request).await.concat().len();
    assert_eq!(count(&contested).await, 4);
    assert_eq!(count(&ListClaimSetsRequest::default()).await, 7);
    let agreed = ListClaimSetsRequest {
        state: ClaimSetState::Agreed.into(),
        ..Default::default()
    };
    assert_eq!(count(&agreed).await, 3);
    let within = ListClaimSetsRequest {
        within: "2016/2018".to_owned(),
        ..contested.clone()
    };
    assert_eq!(count(&within).await, 3);
    let france = ListClaimSetsRequest {
        filter: "entity = \"entities/france\"".to_owned(),
        ..contested.clone()
    };
    assert_eq!(
        observations(&list(&world, &france).await.concat()),
        [("entities/france".to_owned(), "2016".to_owned())]
    );
    for set in list(&world, &contested).await.concat() {
        let period = set.period.clone().unwrap_or_default().code;
        let request = GetClaimSetRequest {
            series: set.series.clone().unwrap_or_default().name,
            period,
            ..Default::default()
        };
        let alone = world.metrics().get_claim_set(request).await;
        let alone = alone.expect("it is listed").into_inner();
        assert_eq!(
            (alone.claim_set, alone.next_page_token),
            (Some(set), String::new())
        );
    }
    write(&world, "s", gdp(), vec![row(1, "2015", "5")]).await;
    assert_eq!(count(&contested).await, 3, "they agree now");
}

async fn a_page_has_no_more_than_was_asked_for(backend: Backend) {
    let world = contested_world(backend).await;
    for state in [
        ClaimSetState::Unspecified,
        ClaimSetState::Contested,
        ClaimSetState::Agreed,
    ] {
        let request = ListClaimSetsRequest {
            state: state.into(),
            ..Default::default()
        };
        let all = list(&world, &request).await.concat();
        for page_size in 1..=8 {
            let paged = ListClaimSetsRequest {
                page_size,
                ..request.clone()
            };
            let pages = list(&world, &paged).await;
            assert!(pages.iter().all(|page| page.len() <= page_size as usize));
            assert_eq!(pages.concat(), all, "pages of {page_size}");
        }
    }
    let first = ListClaimSetsRequest {
        page_size: 2,
        ..Default::default()
    };
    let page = world.metrics().list_claim_sets(first.clone()).await;
    let page_token = page.expect("a page").into_inner().next_page_token;
    let others = [
        ListClaimSetsRequest {
            within: "2016".to_owned(),
            ..first.clone()
        },
        ListClaimSetsRequest {
            state: ClaimSetState::Agreed.into(),
            ..first
        },
    ];
    for other in others {
        let request = ListClaimSetsRequest {
            page_token: page_token.clone(),
            ..other
        };
        let refusal = world.metrics().list_claim_sets(request).await;
        refused(&refusal.expect_err("another list")).is(
            Code::InvalidArgument,
            "PAGE_TOKEN_INVALID",
            &["page_token"],
        );
    }
}

async fn what_was_contested_then_is_listed_as_of_then(backend: Backend) {
    let world = seeded(backend).await;
    two_sources(&world).await;
    release(&world, "later", partial("second-article", "2020-06-01")).await;
    both_say(&world, "2018", exact("5"), exact("5")).await;
    let then = ListClaimSetsRequest {
        state: ClaimSetState::Contested.into(),
        as_of: Some(end_of("2020-01-31")),
        ..Default::default()
    };
    assert_eq!(list(&world, &then).await.concat(), []);
    write(&world, "later", gdp(), vec![row(1, "2019", "6")]).await;
    write(&world, "r", gdp(), vec![row(1, "2019", "6")]).await;
    let older = WriteClaimsRequest {
        backfill: true,
        ..writing("s", gdp(), vec![row(1, "2019", "9")])
    };
    let written = world.metrics().write_claims(older).await;
    written.expect("it is meant");
    let listed = list(&world, &then).await.concat();
    assert_eq!(
        observations(&listed),
        [("entities/china".to_owned(), "2019".to_owned())]
    );
    let now = ListClaimSetsRequest {
        as_of: None,
        ..then
    };
    assert_eq!(list(&world, &now).await.concat(), []);
}
