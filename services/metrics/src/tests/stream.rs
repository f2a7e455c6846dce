//! Streams of series.

use futures::StreamExt as _;
use proto::metrics::v1 as pb;
use rpc::{Part, Reason};

use super::bench::*;

async fn told(bench: &Bench, request: pb::StreamSeriesRequest) -> Vec<pb::StreamSeriesResponse> {
    let stream = bench.metrics.clone().stream_series_from(request).await;
    let stream = stream.unwrap().map(Result::unwrap);
    stream.collect().await
}

#[tokio::test]
async fn a_cursor_keeps_its_snapshot_and_fits_its_arguments_only() {
    let bench = Bench::new().await;
    bench.release("r", "2015-01-01").await;
    // More series than are read at once.
    for i in 0..130 {
        let of = source_series(key("gdp", &format!("e-{i}")), "usd");
        bench
            .write("r", of, vec![row("2019", &i.to_string())])
            .await;
    }
    let request = pb::StreamSeriesRequest {
        filter: "indicator = indicators/gdp".to_owned(),
        ..Default::default()
    };
    let all = told(&bench, request.clone()).await;
    let counts: Vec<_> = all.iter().map(|message| message.series.len()).collect();
    assert_eq!(counts, [100, 30]);
    let names = all.iter().flat_map(|message| &message.series);
    let names = names.map(|data| data.series.as_ref().unwrap().name.clone());
    assert!(names.collect::<Vec<_>>().is_sorted());
    assert_eq!(all[0].snapshot, all[1].snapshot);
    for i in 130..140 {
        let of = source_series(key("gdp", &format!("e-{i}")), "usd");
        bench.write("r", of, vec![row("2019", "1")]).await;
    }
    let continued = pb::StreamSeriesRequest {
        cursor: all[0].cursor.clone(),
        ..request.clone()
    };
    let rest = told(&bench, continued.clone()).await;
    assert_eq!(rest, all[1..]);
    let at_end = pb::StreamSeriesRequest {
        cursor: all[1].cursor.clone(),
        ..request.clone()
    };
    assert!(told(&bench, at_end).await.is_empty());
    let page = bench.metrics.list_series_of(pb::ListSeriesRequest {
        page_size: 1,
        ..Default::default()
    });
    let page_token = page.await.unwrap().next_page_token;
    for refusal in [
        pb::StreamSeriesRequest {
            within: "2019".to_owned(),
            ..continued.clone()
        },
        pb::StreamSeriesRequest {
            cursor: page_token,
            ..request.clone()
        },
        pb::StreamSeriesRequest {
            cursor: "nonsense".to_owned(),
            ..request
        },
    ] {
        let stream = bench.metrics.clone().stream_series_from(refusal).await;
        let error = stream.err().unwrap();
        assert_eq!(error.reason(), Reason::CursorInvalid);
        assert_eq!(error.violations()[0].field, "cursor");
    }
    let registry = |text: &str| token(text).part(Part::Registry);
    assert_eq!(registry(&rest[0].snapshot), registry(&all[0].snapshot));
}

#[tokio::test]
async fn a_stream_leaves_out_what_is_not_wanted_and_ends_with_the_server() {
    let bench = Bench::new().await;
    bench.release("r", "2015-01-01").await;
    bench
        .write("r", gdp(), vec![row("2018", "1"), row("2019", "2")])
        .await;
    let other = source_series(key("gdp", "france"), "usd");
    bench.write("r", other, vec![row("2018", "3")]).await;
    let request = pb::StreamSeriesRequest {
        within: "2019".to_owned(),
        ..Default::default()
    };
    let all = told(&bench, request.clone()).await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].series.len(), 1);
    assert_eq!(
        said(&all[0].series[0].claims),
        [("2019".to_owned(), "2".to_owned())]
    );
    bench.shutdown.cancel();
    let stream = bench.metrics.clone().stream_series_from(request).await;
    let messages: Vec<_> = stream.unwrap().collect().await;
    let error = messages.into_iter().next_back().unwrap().unwrap_err();
    assert_eq!(error.reason(), Reason::ShuttingDown);
}
