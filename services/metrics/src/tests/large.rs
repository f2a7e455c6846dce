//! However much there is of something, it is read in answers that clients take.

mod noted;

use std::collections::BTreeSet;

use figure::Period;
use futures::StreamExt as _;
use prost::Message;
use proto::figure::v1 as figure_pb;
use proto::metrics::v1 as pb;
use rpc::ANSWER_BYTES;

use super::bench::*;
use crate::convert::ingest::row_errors;
use crate::ingest::RowErrors;

const DAYS: i32 = 60_000;

#[track_caller]
fn fits<T: Message>(answer: T) -> T {
    let bytes = answer.encoded_len();
    assert!(bytes <= ANSWER_BYTES, "{bytes} bytes");
    answer
}

/// A series of so many days, of one release.
async fn daily() -> Bench {
    let bench = Bench::new().await;
    bench.release("r", "2020-01-01").await;
    let rows: Vec<_> = (0..DAYS)
        .map(|day| {
            let period = Period::new(Some(day - 50_000), Some(day - 49_999)).unwrap();
            row(&period.to_string(), &format!("{day}.5"))
        })
        .collect();
    for rows in rows.chunks(10_000) {
        bench.write("r", gdp(), rows.to_vec()).await;
    }
    bench
}

/// All pages of a series.
async fn pages(bench: &Bench, request: pb::GetSeriesRequest) -> Vec<pb::GetSeriesResponse> {
    let (mut pages, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::GetSeriesRequest {
            page_token,
            ..request.clone()
        };
        let page = fits(bench.metrics.get_series_of(request).await.unwrap());
        page_token = page.next_page_token.clone();
        let continued = page.data.as_ref().unwrap().continued;
        assert_eq!(continued, !page_token.is_empty());
        pages.push(page);
        if page_token.is_empty() {
            return pages;
        }
    }
}

fn claims_of(pages: &[pb::GetSeriesResponse]) -> Vec<pb::Claim> {
    let data = pages.iter().flat_map(|page| &page.data);
    data.flat_map(|data| data.claims.clone()).collect()
}

/// All messages of a stream from a cursor on.
async fn messages(
    bench: &Bench,
    view: pb::SeriesView,
    cursor: &str,
) -> Vec<pb::StreamSeriesResponse> {
    let request = pb::StreamSeriesRequest {
        view: view.into(),
        cursor: cursor.to_owned(),
        ..Default::default()
    };
    let stream = bench.metrics.clone().stream_series_from(request).await;
    let stream = stream.unwrap().map(|message| fits(message.unwrap()));
    stream.collect().await
}

#[tokio::test]
async fn a_series_of_sixty_thousand_days_is_read_in_pages() {
    let bench = daily().await;
    let request = pb::GetSeriesRequest {
        key: Some(key("gdp", "china")),
        ..Default::default()
    };
    let as_claims = pages(&bench, request.clone()).await;
    assert!(as_claims.len() > 2, "{} pages", as_claims.len());
    let claims = claims_of(&as_claims);
    let names: BTreeSet<_> = claims.iter().map(|claim| &claim.name).collect();
    assert_eq!((claims.len(), names.len()), (DAYS as usize, DAYS as usize));
    assert!(claims.is_sorted_by_key(|claim| claim.period.clone().unwrap().start_date));
    assert!(as_claims.iter().all(|page| page.releases.len() == 1));
    let limited = pb::GetSeriesRequest {
        page_size: 50_000,
        view: pb::SeriesView::Packed.into(),
        ..request
    };
    let packed = pages(&bench, limited).await;
    let counts = packed.iter().map(|page| {
        let block = page.data.as_ref().unwrap().block.as_ref().unwrap();
        block.start_days.len()
    });
    assert_eq!(counts.collect::<Vec<_>>(), [50_000, 10_000]);
    let dates = bench
        .metrics
        .list_vintage_dates_of(pb::ListVintageDatesRequest {
            series_key: Some(key("gdp", "china")),
            ..Default::default()
        });
    assert_eq!(dates.await.unwrap().vintages[0].claim_count, DAYS);
}

#[tokio::test]
async fn a_stream_splits_a_series_over_messages_and_continues_after_any_of_them() {
    let bench = daily().await;
    let other = source_series(key("gdp", "france"), "usd");
    bench.write("r", other, vec![row("2019", "1")]).await;
    for view in [pb::SeriesView::Claims, pb::SeriesView::Packed] {
        let all = messages(&bench, view, "").await;
        let series = |messages: &[pb::StreamSeriesResponse]| -> Vec<pb::SeriesData> {
            let series = messages.iter().flat_map(|message| message.series.clone());
            series.collect()
        };
        let count = |data: &pb::SeriesData| {
            let block = data
                .block
                .as_ref()
                .map_or(0, |block| block.start_days.len());
            block + data.claims.len()
        };
        let told = series(&all);
        assert_eq!(told.iter().map(count).sum::<usize>(), DAYS as usize + 1);
        assert_eq!(told.iter().filter(|data| !data.continued).count(), 2);
        assert_eq!(told.len() > 3, view == pb::SeriesView::Claims);
        for (i, message) in all.iter().enumerate() {
            let rest = messages(&bench, view, &message.cursor).await;
            assert_eq!(series(&rest), series(&all[i + 1..]), "after message {i}");
        }
    }
}

#[test]
fn ten_thousand_bad_rows_fit_into_an_answer() {
    let error = |i: usize| {
        let message = format!("京 {}", "what is wrong ".repeat(20));
        let field = format!("quantity.number-{i}");
        rpc::Error::field(rpc::Reason::NumberInvalid, field, message)
    };
    let errors: RowErrors = (0..10_000).map(|i| (i, error(i))).collect();
    let rows = row_errors(errors);
    assert_eq!(rows.len(), 10_000);
    let whole = rows
        .iter()
        .filter(|row| !row.status.clone().unwrap().details.is_empty());
    assert!(whole.count() > 1000);
    assert!(
        rows.iter()
            .all(|row| !row.status.clone().unwrap().message.is_empty())
    );
    fits(pb::BatchAcknowledged {
        row_errors: rows,
        ..Default::default()
    });
}

#[tokio::test]
async fn a_claim_larger_than_an_answer_is_refused() {
    let bench = Bench::new().await;
    bench.release("r", "2020-01-01").await;
    // The same figure in many rows is one claim with the notes of all.
    let same = |_| pb::ClaimInput {
        text: Some(pb::ClaimText {
            notes: vec![figure_pb::Note {
                text: "京".repeat(1000),
                ..Default::default()
            }],
            ..Default::default()
        }),
        ..row("2019", "1")
    };
    let request = writing("r", vec![gdp()], (0..1100).map(same).collect());
    let (reason, fields) = refused(bench.metrics.write_claims_of(request).await);
    assert_eq!(reason, rpc::Reason::FieldInvalid);
    assert_eq!(fields[0], "claims[0].text");
}

#[tokio::test]
async fn the_largest_definitions_fit_into_an_answer() {
    let bench = Bench::new().await;
    let text = |length: usize, i: usize| figure_pb::Label {
        text: "京".repeat(length),
        language: format!("{i:0>35}"),
    };
    let id = |i: usize| format!("{i:0>63}");
    let largest = pb::Indicator {
        name: "indicators/largest".to_owned(),
        labels: (0..100).map(|i| text(300, i)).collect(),
        definitions: (1..100).map(|i| text(2000, i)).collect(),
        definition: "京".repeat(2000),
        dimension: "money".to_owned(),
        breakdowns: (0..10)
            .map(|i| pb::Breakdown {
                id: id(i),
                codes: (0..1000).map(id).collect(),
                total_code: id(0),
            })
            .collect(),
        ..Default::default()
    };
    let request = pb::ApplyDefinitionsRequest {
        indicators: vec![largest],
        ..Default::default()
    };
    bench.metrics.apply_definitions_of(request).await.unwrap();
    let list = pb::ListIndicatorsRequest::default();
    let listed = fits(bench.metrics.list_indicators_of(list).await.unwrap());
    let largest = listed.indicators.iter().map(Message::encoded_len).max();
    assert!(largest.unwrap() < 3 << 20, "{largest:?}");
}
