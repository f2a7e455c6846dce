//! Everything out, as packed blocks over one stream.

use std::time::Instant;

use anyhow::ensure;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::metrics::v1::{SeriesView, StreamSeriesRequest};

use crate::bulk;
use crate::installation::Installation;
use crate::table::{Goal, Row, Table, count};
use crate::usage;

/// Streams all series, of which there are so many figures, and tells the rate and the memory
/// that the server took for it.
pub async fn measure(
    installation: &Installation,
    figures: usize,
    table: &mut Table,
) -> anyhow::Result<()> {
    let engine = installation.engine;
    let id = installation.id()?;
    usage::forget_peak(id)?;
    let before = usage::memory(id)?.now_mb;
    let request = StreamSeriesRequest {
        view: SeriesView::Packed.into(),
        ..StreamSeriesRequest::default()
    };
    let mut metrics = MetricsServiceClient::new(installation.channel().await?);
    let begun = Instant::now();
    let mut stream = metrics.stream_series(request).await?.into_inner();
    let mut streamed = 0;
    while let Some(answer) = stream.message().await? {
        let blocks = answer
            .series
            .iter()
            .filter_map(|series| series.block.as_ref());
        streamed += blocks.map(|block| block.start_days.len()).sum::<usize>();
    }
    let rate = streamed as f64 / begun.elapsed().as_secs_f64();
    ensure!(streamed == figures, "{streamed} of {figures} figures came");
    let added = usage::memory(id)?.peak_mb - before;
    let plain = bulk::copy_out(installation).await?;
    let ours = format!("{} figures/s", count(rate));
    let row = Row::plain("StreamSeries, all packed", engine, ours);
    table.add(match plain {
        Some(plain) => {
            let yardstick = format!("COPY TO {}", count(plain));
            row.beside(yardstick, Some(rate / plain), Goal::AtLeast(3.0))
        }
        None => row,
    })?;
    let what = format!("memory added by streaming {}", count(figures as f64));
    let row = Row::plain(&what, engine, format!("{added:.0} MB"));
    table.add(row.judged(added, Goal::AtMost(32.0)))
}
