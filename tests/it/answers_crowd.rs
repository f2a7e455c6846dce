//! One observation of which more is said than fits into an answer.

use std::collections::BTreeSet;

use proto::figure::v1::Note;
use proto::metrics::v1::{
    Claim, ClaimInput, ClaimText, GetClaimSetRequest, ListClaimSetsRequest,
    ListClaimVintagesRequest, PreferenceReason, Provenance, SeriesView, SourceSeriesDeclaration,
};
use proto::registry::v1::BatchAddEntitiesRequest;

use crate::answers::{china, figures, fits, pages};
use crate::answers_stream::{parts, streamed};
use crate::harness::naming::name_of;
use crate::harness::seed::entity;
use crate::harness::{Backend, World, on_both, seeded};
use crate::ingest::{partial, release, row, series, source_series, write};

on_both!(
    a_crowded_observation_comes_in_pages,
    a_crowded_observation_comes_in_pages_with_its_series,
);

/// Claims of the crowded observation, and those of them that one call writes.
const CLAIMS: usize = 900;
const CALL: usize = 225;
/// Remarks of each claim, and letters of each remark.
const NOTES: usize = 20;
const LETTERS: usize = 500;

/// A world with one observation that many originators say much about.
async fn crowded(backend: Backend) -> World {
    let world = seeded(backend).await;
    let ids: Vec<_> = (0..CLAIMS).map(|i| format!("voice-{i:03}")).collect();
    let request = BatchAddEntitiesRequest {
        entities: ids.iter().map(|id| entity(id, "company", id)).collect(),
        ..Default::default()
    };
    let added = world.registry().batch_add_entities(request).await;
    added.expect("the entities are good");
    release(&world, "r", partial("article", "2020-01-01")).await;
    let note = Note {
        text: "x".repeat(LETTERS),
        ..Default::default()
    };
    for ids in ids.chunks(CALL) {
        let declared = (0..).zip(ids).map(|(number, id)| SourceSeriesDeclaration {
            provenance: Some(Provenance {
                originator: format!("entities/{id}"),
                unit: "usd".to_owned(),
                ..Default::default()
            }),
            ..source_series(number, series("gdp", "china"), "usd")
        });
        let rows = (0..).zip(ids).map(|(number, _)| ClaimInput {
            text: Some(ClaimText {
                notes: vec![note.clone(); NOTES],
                ..Default::default()
            }),
            ..row(number, "2018", "5")
        });
        write(&world, "r", declared.collect(), rows.collect()).await;
    }
    world
}

/// Names of claims, each as it must be.
fn names<'a>(claims: impl IntoIterator<Item = &'a Claim>) -> Vec<String> {
    let named = |claim: &Claim| {
        assert_eq!(claim.name, name_of(claim));
        let notes = claim.text.as_ref().map_or(0, |text| text.notes.len());
        assert_eq!(notes, NOTES, "whole");
        claim.name.clone()
    };
    claims.into_iter().map(named).collect()
}

/// The claims of the crowded set, gathered from its pages.
async fn set(world: &World, page_size: i32) -> Vec<Claim> {
    let mut request = GetClaimSetRequest {
        series_key: Some(series("gdp", "china")),
        period: "2018".to_owned(),
        page_size,
        ..Default::default()
    };
    let (mut claims, mut about) = (Vec::new(), None);
    loop {
        let page = world.metrics().get_claim_set(request.clone()).await;
        let page = fits(page.expect("a page").into_inner());
        assert!(page.releases.contains_key("releases/r"));
        let mut set = page.claim_set.expect("a set");
        let own = std::mem::take(&mut set.claims);
        let reasons = std::mem::take(&mut set.reasons);
        assert!(!own.is_empty() && (page_size == 0 || own.len() <= page_size as usize));
        // The preferred one has nothing to stand behind.
        assert_eq!(reasons.len(), own.len() - usize::from(claims.is_empty()));
        let same = |one: &proto::metrics::v1::Preference| one.reason();
        assert!(
            reasons
                .iter()
                .all(|one| same(one) == PreferenceReason::Alphabetical)
        );
        claims.extend(own);
        // All else is said of the whole set, on every page.
        assert_eq!(set.claim_count as usize, CLAIMS);
        assert_eq!(set.originator_count as usize, CLAIMS);
        let said = (set, page.snapshot);
        assert_eq!(*about.get_or_insert_with(|| said.clone()), said);
        if page.next_page_token.is_empty() {
            return claims;
        }
        request.page_token = page.next_page_token;
    }
}

async fn a_crowded_observation_comes_in_pages(backend: Backend) {
    let world = crowded(backend).await;
    let all = set(&world, 0).await;
    let told = names(&all);
    assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), CLAIMS);
    assert_eq!(told.len(), CLAIMS);
    for page_size in [100, 1000] {
        assert!(names(&set(&world, page_size).await) == told, "{page_size}");
    }
    let listed = ListClaimSetsRequest::default();
    let listed = world.metrics().list_claim_sets(listed).await;
    let listed = fits(listed.expect("a page").into_inner());
    let [one] = listed.claim_sets.as_slice() else {
        panic!("{} sets", listed.claim_sets.len());
    };
    assert!(one.claims.len() < CLAIMS, "they would not fit");
    assert_eq!(one.claim_count as usize, CLAIMS);
    assert_eq!(one.reasons.len() + 1, one.claims.len());
    assert!(names(&one.claims) == told[..one.claims.len()]);
    assert_eq!(listed.next_page_token, "");
}

async fn a_crowded_observation_comes_in_pages_with_its_series(backend: Backend) {
    let world = crowded(backend).await;
    let told = names(&set(&world, 0).await);
    let paged = pages(&world, china(SeriesView::Claims)).await;
    let data = paged.iter().filter_map(|page| page.data.as_ref());
    assert!(paged.len() > 1 && names(data.flat_map(|data| &data.claims)) == told);
    let whole = streamed(&world, SeriesView::Claims, "").await;
    let data = parts(&whole).into_iter();
    assert!(whole.len() > 1 && names(data.flat_map(|data| &data.claims)) == told);
    let packed = pages(&world, china(SeriesView::Packed)).await;
    let count = packed.iter().filter_map(|page| page.data.as_ref());
    assert_eq!(count.map(figures).sum::<usize>(), CLAIMS);
    let mut request = ListClaimVintagesRequest {
        series_key: Some(series("gdp", "china")),
        period: "2018".to_owned(),
        page_size: 1000,
        ..Default::default()
    };
    let (mut vintages, mut pages) = (Vec::new(), 0);
    loop {
        let page = world.metrics().list_claim_vintages(request.clone()).await;
        let page = fits(page.expect("a page").into_inner());
        vintages.extend(names(&page.claims));
        pages += 1;
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert!(pages > 1, "they would not fit");
    let each: BTreeSet<_> = vintages.iter().collect();
    assert_eq!((vintages.len(), each.len()), (CLAIMS, CLAIMS));
    assert_eq!(each, told.iter().collect());
}
