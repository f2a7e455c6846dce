//! Answers that are never larger than a client takes by default, whatever the data: pages
//! are cut.
//!
//! All clients here and in the other files of answers have the limit of 4 MiB that they come
//! with.

use prost::Message;
use proto::metrics::v1::{
    Block, Claim, ClaimBatch, GetSeriesRequest, GetSeriesResponse, SeriesData, SeriesView,
    SourceSeriesDeclaration,
};
use tonic::Code;

use crate::harness::{Backend, World, on_both, refused, seeded};
use crate::ingest::{Stream, opening, partial, release, series, source_series};

on_both!(
    a_long_series_comes_in_pages_in_both_views,
    a_long_series_comes_in_pages_as_short_as_asked_for,
);

/// Largest answer in bytes.
pub const ANSWER: usize = 3_670_016;

/// An answer that is not too large.
#[track_caller]
pub fn fits<M: Message>(answer: M) -> M {
    let bytes = answer.encoded_len();
    assert!(bytes <= ANSWER, "{bytes} bytes");
    answer
}

/// Days of the long series, and how many of them go into a batch.
const DAYS: i32 = 60_000;
const AT_ONCE: i32 = 10_000;

pub fn gdp() -> Vec<SourceSeriesDeclaration> {
    vec![source_series(1, series("gdp", "china"), "usd")]
}

/// A world with a figure for each of many days.
pub async fn daily(backend: Backend) -> World {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let (mut stream, _) = Stream::open(&world, opening("r", "l")).await;
    stream.declare(gdp()).await;
    for (sequence, first) in (1..).zip((0..DAYS).step_by(AT_ONCE as usize)) {
        let days = first..first + AT_ONCE;
        let all = |value: i32| vec![value; AT_ONCE as usize];
        let block = Block {
            start_days: days.clone().collect(),
            lengths: all(1),
            mantissas: days.map(i64::from).collect(),
            scales: all(2),
            source_series: all(1),
            ..Default::default()
        };
        let batch = ClaimBatch {
            sequence,
            block: Some(block),
            ..Default::default()
        };
        stream.batch(batch).await.expect("the rows are good");
    }
    stream.finish().await.expect("it ends");
    world
}

pub fn china(view: SeriesView) -> GetSeriesRequest {
    GetSeriesRequest {
        key: Some(series("gdp", "china")),
        view: view.into(),
        ..Default::default()
    }
}

/// All pages of the figures of a series, none larger than an answer.
pub async fn pages(world: &World, mut request: GetSeriesRequest) -> Vec<GetSeriesResponse> {
    let mut pages: Vec<GetSeriesResponse> = Vec::new();
    loop {
        let page = world.metrics().get_series(request.clone()).await;
        let page = fits(page.expect("a page").into_inner());
        let data = page.data.as_ref().expect("figures");
        assert_eq!(data.continued, !page.next_page_token.is_empty());
        assert!(figures(data) > 0, "no page is empty");
        if let Some(first) = pages.first() {
            assert_eq!(page.snapshot, first.snapshot);
        }
        request.page_token.clone_from(&page.next_page_token);
        pages.push(page);
        if request.page_token.is_empty() {
            return pages;
        }
    }
}

/// How many figures there are.
pub fn figures(data: &SeriesData) -> usize {
    let block = data.block.as_ref();
    data.claims.len() + block.map_or(0, |block| block.mantissas.len())
}

/// The numbers of the days, in order.
pub fn days(data: &SeriesData) -> Vec<i64> {
    let of_claim = |claim: &Claim| {
        let interval = claim.interval.as_ref().expect("a number has an interval");
        let digits = interval.point.replace('.', "");
        digits.parse().expect("a number of the days")
    };
    match &data.block {
        Some(block) => block.mantissas.clone(),
        None => data.claims.iter().map(of_claim).collect(),
    }
}

#[track_caller]
pub fn are_all_days<'a>(parts: impl IntoIterator<Item = &'a SeriesData>) {
    let told: Vec<_> = parts.into_iter().flat_map(days).collect();
    assert!(told == (0..i64::from(DAYS)).collect::<Vec<_>>(), "not each");
}

async fn a_long_series_comes_in_pages_in_both_views(backend: Backend) {
    let world = daily(backend).await;
    for (view, several) in [(SeriesView::Claims, true), (SeriesView::Packed, false)] {
        let pages = pages(&world, china(view)).await;
        assert_eq!(pages.len() > 1, several, "{view:?}");
        are_all_days(pages.iter().filter_map(|page| page.data.as_ref()));
        for page in &pages {
            assert!(page.releases.contains_key("releases/r"));
        }
        // As many as fit, not just some.
        let bytes = pages.iter().rev().skip(1).map(Message::encoded_len);
        assert!(bytes.min().is_none_or(|bytes| bytes > ANSWER / 2));
    }
    let within = GetSeriesRequest {
        within: "2000/2001".to_owned(),
        ..china(SeriesView::Claims)
    };
    let narrow = pages(&world, within).await;
    let data = narrow[0].data.as_ref().expect("figures");
    assert_eq!((narrow.len(), figures(data)), (1, 366 + 365));
}

async fn a_long_series_comes_in_pages_as_short_as_asked_for(backend: Backend) {
    let world = daily(backend).await;
    for view in [SeriesView::Claims, SeriesView::Packed] {
        let asked = |page_size| GetSeriesRequest {
            page_size,
            ..china(view)
        };
        let thousands = pages(&world, asked(7000)).await;
        let sizes = thousands.iter().filter_map(|page| page.data.as_ref());
        let sizes: Vec<_> = sizes.map(figures).collect();
        assert_eq!(sizes, [[7000; 8].as_slice(), &[4000]].concat(), "{view:?}");
        are_all_days(thousands.iter().filter_map(|page| page.data.as_ref()));
        // More than there may be is read as the most.
        let most = pages(&world, asked(i32::MAX)).await;
        are_all_days(most.iter().filter_map(|page| page.data.as_ref()));
        let status = world.metrics().get_series(asked(-1)).await;
        refused(&status.expect_err("no such size")).is(
            Code::InvalidArgument,
            "FIELD_INVALID",
            &["page_size"],
        );
    }
    let first = GetSeriesRequest {
        page_size: 10,
        ..china(SeriesView::Packed)
    };
    let page = world.metrics().get_series(first.clone()).await;
    let page_token = page.expect("a page").into_inner().next_page_token;
    for other in [
        GetSeriesRequest {
            view: SeriesView::Claims.into(),
            ..first.clone()
        },
        GetSeriesRequest {
            source: "entities/article".to_owned(),
            ..first.clone()
        },
        GetSeriesRequest {
            within: "2000".to_owned(),
            ..first
        },
    ] {
        let request = GetSeriesRequest {
            page_token: page_token.clone(),
            ..other
        };
        let status = world.metrics().get_series(request).await;
        let refusal = refused(&status.expect_err("a token of another read"));
        refusal.is(Code::InvalidArgument, "PAGE_TOKEN_INVALID", &["page_token"]);
    }
}
