//! Figures of many series in one stream.

use proto::metrics::v1 as metrics;
use rpc::{Peer, Result};
use tonic::{Code, Response, Status};

use super::super::super::{call, translate};
use super::{Pinned, Said};
use crate::convert::timestamp;

/// What came of a stream before it ended or broke.
#[derive(Default)]
struct Part {
    series: Vec<metrics::SeriesData>,
    /// Continues after it.
    cursor: String,
    broken: Option<Status>,
}

impl Pinned {
    /// The live figures of all series that a filter lets through.
    pub(crate) async fn filtered_series(&self, filter: &str, within: &str) -> Result<Vec<Said>> {
        let mut request = metrics::StreamSeriesRequest {
            filter: filter.to_owned(),
            within: within.to_owned(),
            view: metrics::SeriesView::Claims.into(),
            as_of: self.as_of.map(timestamp),
            consistency: self.consistency(),
            ..Default::default()
        };
        let mut all = Vec::new();
        loop {
            let part = call("metrics", || {
                read(self.peers.metrics.clone(), request.clone())
            });
            let part = part.await?;
            part.series
                .into_iter()
                .for_each(|data| join(&mut all, data));
            match part.broken {
                None => return Ok(all.into_iter().map(|(said, _)| said).collect()),
                // Something came: what is left is asked for anew.
                Some(status) if status.code() == Code::Unavailable => request.cursor = part.cursor,
                Some(status) => return Err(translate("metrics", &status)),
            }
        }
    }
}

/// Reads a stream to its end. One that breaks after something came is no error.
async fn read(
    mut client: metrics::metrics_service_client::MetricsServiceClient<Peer>,
    request: metrics::StreamSeriesRequest,
) -> std::result::Result<Response<Part>, Status> {
    let mut stream = client.stream_series(request).await?.into_inner();
    let mut part = Part::default();
    loop {
        match stream.message().await {
            Ok(Some(message)) => {
                part.series.extend(message.series);
                part.cursor = message.cursor;
            }
            Ok(None) => break,
            Err(status) if part.cursor.is_empty() => return Err(status),
            Err(status) => {
                part.broken = Some(status);
                break;
            }
        }
    }
    Ok(Response::new(part))
}

/// Adds figures of a series to those before, of which the last may be of the same series.
fn join(all: &mut Vec<(Said, bool)>, data: metrics::SeriesData) {
    let series = data.series.unwrap_or_default().key.unwrap_or_default();
    match all.last_mut() {
        Some((said, continued)) if *continued && said.series == series => {
            said.claims.extend(data.claims);
            *continued = data.continued;
        }
        _ => {
            let said = Said {
                series,
                claims: data.claims,
            };
            all.push((said, data.continued));
        }
    }
}
