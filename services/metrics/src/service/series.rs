use std::sync::Arc;

use prost::Message as _;
use proto::metrics::v1 as pb;
use rpc::{Fields, Page, PageRequest, Reason, Result, Room};

use super::part::{Named, Place, Walk, Wanted};
use super::{TimedPage, read_as_of, read_consistency, read_filter, read_size};
use crate::Metrics;
use crate::cache::Question;
use crate::convert::series::{SeriesRef, read_series, write_series};
use crate::read::Figures;
use crate::series::{self, Series};
use crate::snapshot::View;

impl Metrics {
    pub(crate) async fn list_series_of(
        &self,
        request: pb::ListSeriesRequest,
    ) -> Result<pb::ListSeriesResponse> {
        let mut fields = Fields::new();
        let condition = read_filter(&mut fields, &request.filter, series::FILTER);
        let size = read_size(&mut fields, request.page_size);
        let asked = read_consistency(&mut fields, request.consistency.as_ref());
        fields.finish()?;
        let list = ["series", request.filter.as_str()];
        let (view, page) = self
            .page(&list, (size, &request.page_token), &asked)
            .await?;
        let rows = series::list_by_key(
            self.store.reader(),
            condition,
            page.after.as_deref(),
            page.size + 1,
            view.commit,
        )
        .await?;
        let rows: Vec<_> = rows.iter().map(|one| (one, write_series(one))).collect();
        let Page {
            rows,
            next_page_token,
        } = page.page(
            rows,
            view.commit,
            |(series, _)| series.place(),
            |(_, wire)| wire.encoded_len(),
        );
        Ok(pb::ListSeriesResponse {
            series: rows.into_iter().map(|(_, wire)| wire).collect(),
            next_page_token,
            snapshot: view.token.encode(),
        })
    }

    pub(crate) async fn get_series_of(
        &self,
        request: pb::GetSeriesRequest,
    ) -> Result<pb::GetSeriesResponse> {
        let mut fields = Fields::new();
        let (names, key) = (("name", "key"), request.key.as_ref());
        let named = read_series(&mut fields, names, &request.name, key);
        let wanted = Wanted::read(&mut fields, &request.within, &request.source, request.view);
        let size = read_limit(&mut fields, request.page_size, 100_000);
        let as_of = read_as_of(&mut fields, request.as_of.as_ref());
        let asked = read_consistency(&mut fields, request.consistency.as_ref());
        fields.finish()?;
        let (view, start) = match request.page_token.as_str() {
            "" => (self.view(&asked).await?, None),
            token => {
                let list = arguments(&request);
                let list: Vec<_> = list.iter().map(String::as_str).collect();
                let page = self.timed_page(&list, (size, token), &asked).await?;
                (page.view, Place::read(&page.after))
            }
        };
        let series = self.series(named, &view).await?;
        let question = Question {
            series: series.id.clone(),
            position: view.position(as_of),
            wanted,
            start,
            size,
        };
        let answer = match self.cache.answers.get(&question) {
            Some(known) => known,
            None => {
                let answer = Arc::new(self.series_answer(&series, &question).await?);
                self.cache.answers.keep(question, &answer);
                answer
            }
        };
        let mut answer = pb::GetSeriesResponse {
            snapshot: view.token.encode(),
            ..pb::GetSeriesResponse::clone(&answer)
        };
        if !answer.next_page_token.is_empty() {
            answer.next_page_token = self
                .continued(&arguments(&request), view, &answer.next_page_token)
                .await?;
        }
        Ok(answer)
    }

    /// The answer about one series, without the token of a snapshot, and with the place of
    /// the next page instead of its token.
    async fn series_answer(
        &self,
        series: &Series,
        question: &Question,
    ) -> Result<pb::GetSeriesResponse> {
        let position = question.position;
        let mut figures = self.figures_of(series.number, position).await?;
        question.wanted.narrow(&mut figures);
        let definitions = self.definitions(position.commit).await?;
        let walk = Walk {
            metrics: self,
            series,
            figures: &figures,
            commit: position.commit,
            definitions: &definitions,
            packed: question.wanted.packed,
            texts: None,
        };
        let (mut room, mut named) = (Room::default(), Named::default());
        let room = (&mut room, question.size);
        let part = walk.part(question.start, room, Some(&mut named)).await?;
        Ok(pb::GetSeriesResponse {
            data: Some(part.data),
            releases: named.finish(),
            next_page_token: part
                .next
                .map(|next| next.keys().join(" "))
                .unwrap_or_default(),
            snapshot: String::new(),
        })
    }

    /// The token of a page of a series that begins at a place.
    async fn continued(&self, list: &[String], view: View, place: &str) -> Result<String> {
        let list: Vec<_> = list.iter().map(String::as_str).collect();
        let sealer = self.commits.sealer().await?;
        let mut page = PageRequest::read(0, "", &list, sealer)?;
        page.beside = view.token.part(rpc::Part::Registry);
        let keys: Vec<_> = place.split(' ').map(str::to_owned).collect();
        Ok(TimedPage::new(view, page).token(&keys))
    }

    /// The series a request names.
    pub(super) async fn series(&self, named: SeriesRef, view: &View) -> Result<Arc<Series>> {
        let definitions = self.definitions(view.commit).await?;
        let named = named.resolve(&definitions)?;
        let found = self.known_series(&named.id, view.commit).await;
        found.map_err(|error| match (error.reason(), named.key) {
            // Who gave indicator and entity has never seen the name that follows from them.
            (Reason::SeriesNotFound, Some(key)) => error.told_as(format!(
                "there are no figures of {key}; list series with a filter to find what there is"
            )),
            _ => error,
        })
    }

    /// The releases that figures stand in.
    pub(super) async fn releases(
        &self,
        figures: &Figures,
        commit: i64,
    ) -> Result<crate::claim_set::Releases> {
        let entries = figures.observations.values().flatten();
        let ids = entries.filter_map(|entry| figures.release_of(entry));
        self.releases_named(ids, commit).await
    }
}

/// How many claims a page has at most: as many as fit, unless a number is asked for.
pub(super) fn read_limit(fields: &mut Fields, page_size: i32, max: i32) -> usize {
    match fields.take("", rpc::page_size_of(page_size, 0, max)) {
        None | Some(0) => usize::MAX,
        Some(size) => size,
    }
}

/// The arguments that pages of a series must share.
fn arguments(request: &pb::GetSeriesRequest) -> [String; 7] {
    [
        "GetSeries".to_owned(),
        request.name.clone(),
        key_text(request.key.as_ref()),
        request.within.clone(),
        request.source.clone(),
        format!("{:?}", request.as_of),
        request.view.to_string(),
    ]
}

/// The key of a series in a request as one text.
pub(super) fn key_text(key: Option<&pb::SeriesKey>) -> String {
    let Some(key) = key else {
        return String::new();
    };
    let breakdown = key.breakdown.iter();
    let breakdown = breakdown.map(|(id, code)| format!("{id}={code}"));
    let names = [&key.indicator, &key.entity, &key.counterpart];
    let parts: Vec<_> = names.into_iter().cloned().chain(breakdown).collect();
    parts.join("\n")
}
