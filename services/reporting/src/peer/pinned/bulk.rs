//! Reads of many entities and lines, and of lines as they were before.

use proto::metrics::v1 as metrics;
use proto::registry::v1 as registry;
use rpc::Result;
use tonic::Response;

use super::super::{call, look_up};
use super::{PAGE, Pinned, Said};
use crate::convert::{micros, timestamp};

/// A time at which a source came to say something of a line.
#[derive(Debug, Clone)]
pub(crate) struct Vintage {
    /// Microseconds since 1970-01-01 UTC.
    pub(crate) known_at: i64,
    /// `entities/{entity}`.
    pub(crate) source: String,
}

impl Pinned {
    /// The entities that a filter lets through, by name.
    pub(crate) async fn entities(&mut self, filter: &str) -> Result<Vec<String>> {
        let mut request = registry::ListEntitiesRequest {
            filter: filter.to_owned(),
            page_size: PAGE,
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let mut names = Vec::new();
        loop {
            let page = call("registry", || {
                let (mut client, request) = (self.peers.registry.clone(), request.clone());
                async move { client.list_entities(request).await }
            });
            let page = page.await?;
            for entity in page.entities {
                names.push(entity.name.clone());
                self.entities
                    .insert(entity.name.clone(), Some(std::sync::Arc::new(entity)));
            }
            if page.next_page_token.is_empty() {
                return Ok(names);
            }
            request.page_token = page.next_page_token;
        }
    }

    /// The live figures of all lines that a filter lets through.
    pub(crate) async fn lines(&self, filter: &str, within: &str) -> Result<Vec<Said>> {
        let request = metrics::StreamLinesRequest {
            filter: filter.to_owned(),
            within: within.to_owned(),
            view: metrics::LineView::Claims.into(),
            as_of: self.as_of.map(timestamp),
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let lines = call("metrics", || {
            let (mut client, request) = (self.peers.metrics.clone(), request.clone());
            async move {
                let mut stream = client.stream_lines(request).await?.into_inner();
                let mut lines = Vec::new();
                while let Some(message) = stream.message().await? {
                    lines.extend(message.lines);
                }
                Ok(Response::new(lines))
            }
        });
        let said = |data: metrics::LineData| Said {
            line: data.line.unwrap_or_default(),
            claims: data.claims,
        };
        Ok(lines.await?.into_iter().map(said).collect())
    }

    /// When sources came to say something of a line, as far as that counts, in order.
    pub(crate) async fn vintages_of(&mut self, line: &metrics::Line) -> Result<Vec<Vintage>> {
        let request = metrics::ListVintageDatesRequest {
            line: Some(line.clone()),
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let found = look_up("metrics", || {
            let (mut client, request) = (self.peers.metrics.clone(), request.clone());
            async move { client.list_vintage_dates(request).await }
        });
        let dates = found.await?.map(|answer| answer.vintages);
        let mut vintages = Vec::new();
        for date in dates.unwrap_or_default() {
            if self.sees(date.known_at.as_ref()) {
                vintages.push(Vintage {
                    known_at: date.known_at.as_ref().map(micros).unwrap_or_default(),
                    source: self.release(&date.release).await?.source,
                });
            }
        }
        Ok(vintages)
    }

    /// What a source had said of a line when a vintage became known.
    pub(crate) async fn line_then(
        &mut self,
        line: &metrics::Line,
        within: &str,
        vintage: &Vintage,
    ) -> Result<Vec<metrics::Claim>> {
        let request = metrics::GetLineRequest {
            line: Some(line.clone()),
            within: within.to_owned(),
            source: vintage.source.clone(),
            as_of: Some(timestamp(vintage.known_at)),
            view: metrics::LineView::Claims.into(),
            at_snapshot: self.snapshot.clone(),
            ..Default::default()
        };
        let found = look_up("metrics", || {
            let (mut client, request) = (self.peers.metrics.clone(), request.clone());
            async move { client.get_line(request).await }
        });
        let Some(answer) = found.await? else {
            return Ok(Vec::new());
        };
        self.releases.extend(answer.releases);
        Ok(answer.data.unwrap_or_default().claims)
    }
}
