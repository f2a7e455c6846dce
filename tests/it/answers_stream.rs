//! Streams of figures: cut to messages that a client takes, and continued at a cursor.

use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::metrics::v1::{SeriesData, SeriesView, StreamSeriesRequest, StreamSeriesResponse};
use tonic::{Code, Streaming};

use crate::answers::{are_all_days, daily, days, fits, gdp};
use crate::harness::proxy::Proxy;
use crate::harness::{Backend, World, connect, on_both, refused, refused_stream};
use crate::ingest::{partial, release, row, series, source_series, write};

on_both!(
    a_stream_goes_on_at_its_cursor_after_a_cut,
    a_cursor_keeps_its_snapshot_and_goes_with_its_arguments_only,
);

fn streaming(view: SeriesView, cursor: &str) -> StreamSeriesRequest {
    StreamSeriesRequest {
        view: view.into(),
        cursor: cursor.to_owned(),
        ..Default::default()
    }
}

/// What is left of a stream, no message larger than an answer.
async fn rest(mut stream: Streaming<StreamSeriesResponse>) -> Vec<StreamSeriesResponse> {
    let mut messages = Vec::new();
    while let Some(message) = stream.message().await.expect("it goes on") {
        assert!(!message.cursor.is_empty() && !message.series.is_empty());
        messages.push(fits(message));
    }
    messages
}

/// All messages of a stream that starts at a cursor.
pub async fn streamed(world: &World, view: SeriesView, cursor: &str) -> Vec<StreamSeriesResponse> {
    let stream = world.metrics().stream_series(streaming(view, cursor)).await;
    rest(stream.expect("a stream").into_inner()).await
}

pub fn parts(messages: &[StreamSeriesResponse]) -> Vec<&SeriesData> {
    messages
        .iter()
        .flat_map(|message| &message.series)
        .collect()
}

/// What messages say, however they are cut: numbers, each with its series.
fn told(messages: &[StreamSeriesResponse]) -> Vec<(&str, i64)> {
    let mut told = Vec::new();
    for data in parts(messages) {
        let series = data.series.as_ref();
        let name = series.map_or("", |series| series.name.as_str());
        told.extend(days(data).into_iter().map(|number| (name, number)));
    }
    told
}

async fn a_stream_goes_on_at_its_cursor_after_a_cut(backend: Backend) {
    let world = daily(backend).await;
    let more = vec![source_series(1, series("gdp", "france"), "usd")];
    write(&world, "r", more, vec![row(1, "2018", "8")]).await;
    for view in [SeriesView::Claims, SeriesView::Packed] {
        let whole = streamed(&world, view, "").await;
        // Wherever it breaks: nothing is lost, nothing comes twice.
        for (i, message) in whole.iter().enumerate() {
            let left = streamed(&world, view, &message.cursor).await;
            let expected = told(&whole[i + 1..]);
            assert!(told(&left) == expected, "{view:?} after message {i}");
            assert!(left.iter().all(|one| one.snapshot == message.snapshot));
        }
        let all = parts(&whole);
        let of = |entity: &str| {
            let name = format!("entities/{entity}");
            let is_of = move |data: &&&SeriesData| {
                let key = data.series.as_ref().and_then(|series| series.key.as_ref());
                key.is_some_and(|key| key.entity == name)
            };
            all.iter().filter(is_of).copied().collect::<Vec<_>>()
        };
        let (china, france) = (of("china"), of("france"));
        are_all_days(china.iter().copied());
        assert_eq!(france.len(), 1);
        // All but the last part say that there is more.
        let continued = china.iter().map(|data| data.continued);
        let expected = (1..=china.len()).map(|part| part < china.len());
        assert!(continued.eq(expected), "{view:?}");
    }
    let whole = streamed(&world, SeriesView::Claims, "").await;
    let wire = Proxy::to(world.address()).await;
    let channel = connect(wire.address());
    let mut far = MetricsServiceClient::new(channel);
    let stream = far.stream_series(streaming(SeriesView::Claims, "")).await;
    let mut stream = stream.expect("a stream").into_inner();
    let first = stream.message().await.expect("it begins").expect("figures");
    wire.cut();
    let mut read = vec![first];
    // What was under way may still come.
    while let Ok(Some(message)) = stream.message().await {
        read.push(message);
    }
    let last = read.last().expect("one at least").cursor.clone();
    read.extend(streamed(&world, SeriesView::Claims, &last).await);
    assert!(told(&read) == told(&whole), "as if it had not been cut");
}

async fn a_cursor_keeps_its_snapshot_and_goes_with_its_arguments_only(backend: Backend) {
    let world = daily(backend).await;
    let whole = streamed(&world, SeriesView::Claims, "").await;
    assert!(whole.len() > 1, "there is a middle");
    let cursor = &whole[0].cursor;
    release(&world, "s", partial("second-article", "2020-01-01")).await;
    write(&world, "s", gdp(), vec![row(1, "2018", "8")]).await;
    let left = streamed(&world, SeriesView::Claims, cursor).await;
    assert!(
        told(&left) == told(&whole[1..]),
        "nothing of what came later"
    );
    assert!(whole.iter().all(|one| one.snapshot == whole[0].snapshot));
    let mut altered = cursor.clone();
    altered.replace_range(9..10, if &altered[9..10] == "A" { "B" } else { "A" });
    let good = streaming(SeriesView::Claims, cursor);
    let other = [
        streaming(SeriesView::Packed, cursor),
        StreamSeriesRequest {
            filter: "indicator = \"indicators/gdp\"".to_owned(),
            ..good.clone()
        },
        StreamSeriesRequest {
            within: "2018".to_owned(),
            ..good
        },
        streaming(SeriesView::Claims, &altered),
        streaming(SeriesView::Claims, &whole[0].snapshot),
        streaming(SeriesView::Claims, "rubbish"),
    ];
    for request in other {
        let stream = world.metrics().stream_series(request.clone()).await;
        let refusal = refused(&refused_stream(stream).await);
        refusal.is(Code::InvalidArgument, "CURSOR_INVALID", &["cursor"]);
    }
}
