use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_stream::try_stream;
use figure::Period;
use futures::{Stream, StreamExt as _, TryStreamExt as _, future};
use proto::metrics::v1 as pb;
use rpc::{Error, Page, Reason, Result, read_period, read_time};

use super::after;
use crate::Metrics;
use crate::cache::Question;
use crate::claim_set::{self, Releases};
use crate::convert::claim::{self as claim_out, Parts};
use crate::convert::series::{SeriesRef, read_series, write_series};
use crate::convert::{block, release as release_out, timestamp};
use crate::definition::Definitions;
use crate::read::{self, Figures, Position, Texts};
use crate::release_commits;
use crate::series::{self, Series};
use crate::snapshot::View;

/// Series read at once by a stream.
const AT_ONCE: usize = 100;
/// Such reads of one stream at the same time.
const AHEAD: usize = 2;

/// What of a series is answered.
pub(super) struct Wanted {
    within: Option<Period>,
    source: String,
    packed: bool,
}

impl Wanted {
    pub(super) fn read(within: &str, source: &str, view: i32) -> Result<Self> {
        let within = match within {
            "" => None,
            code => Some(read_period("within", code)?),
        };
        let mut fields = rpc::Fields::new();
        let source = fields
            .optional_name("source", "entities", source)
            .unwrap_or_default()
            .to_owned();
        let view = pb::SeriesView::try_from(view);
        if view.is_err() {
            fields.refuse(Reason::FieldInvalid, "view", "has no such value");
        }
        fields.finish()?;
        Ok(Self {
            within,
            source,
            packed: view == Ok(pb::SeriesView::Packed),
        })
    }

    /// The question what of this is there about a series.
    fn asked_of(&self, series: &Series, position: Position) -> Question {
        Question {
            series: series.id.clone(),
            position,
            within: self.within,
            source: self.source.clone(),
            packed: self.packed,
        }
    }

    /// Leaves out what is not wanted.
    pub(super) fn narrow(&self, figures: &mut Figures) {
        if let Some(within) = self.within {
            figures
                .observations
                .retain(|period, _| within.contains(period));
        }
        if !self.source.is_empty() {
            let provenances = &figures.provenances;
            for entries in figures.observations.values_mut() {
                entries.retain(|entry| {
                    provenances
                        .get(&entry.provenance)
                        .is_some_and(|p| p.source == self.source)
                });
            }
            figures
                .observations
                .retain(|_, entries| !entries.is_empty());
        }
    }
}

impl Metrics {
    pub(crate) async fn list_series_of(
        &self,
        request: pb::ListSeriesRequest,
    ) -> Result<pb::ListSeriesResponse> {
        let condition = store::filter::condition(&request.filter, series::FILTER)?;
        let asked = (request.page_size, request.page_token.as_str());
        let snapshot = (
            request.at_snapshot.as_str(),
            request.at_least_as_fresh.as_str(),
        );
        let (view, page) = self
            .page(&["series", &request.filter], asked, snapshot)
            .await?;
        let rows = series::list(
            self.store.reader(),
            condition,
            after(&page),
            page.size + 1,
            view.commit,
        )
        .await?;
        let Page {
            rows,
            next_page_token,
        } = page.page(rows, view.commit, |series| vec![series.id.clone()]);
        Ok(pb::ListSeriesResponse {
            series: rows.iter().map(write_series).collect(),
            next_page_token,
            snapshot: view.token.encode(),
        })
    }

    pub(crate) async fn get_series_of(
        &self,
        request: pb::GetSeriesRequest,
    ) -> Result<pb::GetSeriesResponse> {
        let wanted = Wanted::read(&request.within, &request.source, request.view)?;
        let as_of = read_time("as_of", request.as_of.as_ref())?;
        let view = self
            .view(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let series = self.series(request.series.as_ref(), &view).await?;
        let position = view.position(as_of);
        let question = wanted.asked_of(&series, position);
        let answer = match self.cache.answers.get(&question) {
            Some(known) => known,
            None => {
                let answer = Arc::new(self.series_answer(&series, position, &wanted).await?);
                self.cache.answers.keep(question, &answer);
                answer
            }
        };
        Ok(pb::GetSeriesResponse {
            snapshot: view.token.encode(),
            ..pb::GetSeriesResponse::clone(&answer)
        })
    }

    /// The answer about one series, without the token of a snapshot.
    async fn series_answer(
        &self,
        series: &Series,
        position: Position,
        wanted: &Wanted,
    ) -> Result<pb::GetSeriesResponse> {
        let figures = self.figures_of(series.number, position).await?;
        let series_list = (
            std::slice::from_ref(series),
            [(series.number, figures)].into(),
        );
        let data = self.series_data(series_list, position, wanted).await?;
        let data = data.into_iter().next().unwrap_or_default();
        let named = data.claims.iter().map(|claim| claim.release.as_str());
        let named = named.chain(data.releases.iter().map(String::as_str));
        let releases = self.releases_named(named, position.commit).await?;
        Ok(pb::GetSeriesResponse {
            data: Some(data),
            releases: write_releases(&releases),
            snapshot: String::new(),
        })
    }

    pub(crate) async fn stream_series_from(
        self,
        request: pb::StreamSeriesRequest,
    ) -> Result<impl Stream<Item = Result<pb::StreamSeriesResponse>> + use<>> {
        let wanted = Wanted::read(&request.within, "", request.view)?;
        store::filter::condition(&request.filter, series::FILTER)?;
        let as_of = read_time("as_of", request.as_of.as_ref())?;
        let view = self
            .view(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let position = view.position(as_of);
        let snapshot = view.token.encode();
        let all = Arc::new((self, wanted));
        let pages = all.0.pages_of(request.filter, view.commit);
        // The next series are read while those before them are on their way.
        let answers = pages.map(move |series_list| {
            let (all, snapshot) = (Arc::clone(&all), snapshot.clone());
            async move {
                let (metrics, wanted) = &*all;
                let series = metrics
                    .answers_about(&series_list?, position, wanted)
                    .await?;
                Ok(pb::StreamSeriesResponse { series, snapshot })
            }
        });
        let answers = answers.buffered(AHEAD);
        Ok(answers.try_filter(|answer| future::ready(!answer.series.is_empty())))
    }

    /// What there is of series, without those that have nothing.
    async fn answers_about(
        &self,
        series_list: &[Series],
        position: Position,
        wanted: &Wanted,
    ) -> Result<Vec<pb::SeriesData>> {
        let numbers: Vec<_> = series_list.iter().map(|series| series.number).collect();
        let figures = read::figures(
            self.store.reader(),
            &self.release_commits,
            &numbers,
            position,
        )
        .await?;
        let data = self
            .series_data((series_list, figures), position, wanted)
            .await?;
        Ok(data.into_iter().filter(has_figures).collect())
    }

    /// Series that meet a filter, in the order of their ids, some at a time.
    fn pages_of(
        &self,
        filter: String,
        commit: i64,
    ) -> impl Stream<Item = Result<Vec<Series>>> + use<> {
        let (store, shutdown) = (self.store.clone(), self.shutdown.clone());
        try_stream! {
            let mut after = String::new();
            loop {
                let condition = store::filter::condition(&filter, series::FILTER)?;
                let series_list = series::list(store.reader(), condition, &after, AT_ONCE, commit).await?;
                let Some(last) = series_list.last() else { break };
                if shutdown.is_cancelled() {
                    Err(Error::new(Reason::ShuttingDown, "the server is shutting down; start again elsewhere"))?;
                }
                after = last.id.clone();
                yield series_list;
            }
        }
    }

    pub(crate) async fn list_vintage_dates_of(
        &self,
        request: pb::ListVintageDatesRequest,
    ) -> Result<pb::ListVintageDatesResponse> {
        let view = self
            .view(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let series = self.series(request.series.as_ref(), &view).await?;
        let rows = read::rows(
            self.store.reader(),
            &self.release_commits,
            series.number,
            view.commit,
        )
        .await?;
        let release_commits_by_id =
            release_commits::runs(rows.iter().map(|row| row.release_commit));
        let release_commits_by_id = self
            .release_commits
            .by_id(self.store.reader(), &release_commits_by_id)
            .await?;
        let mut vintages: BTreeMap<(i64, &str), i32> = BTreeMap::new();
        for row in &rows {
            if let Some(release_commit) = release_commits_by_id.get(&row.release_commit) {
                *vintages
                    .entry((release_commit.known_at, &release_commit.release))
                    .or_default() += 1;
            }
        }
        let vintage = |((known_at, release), claim_count): ((i64, &str), i32)| pb::VintageDate {
            known_at: Some(timestamp(known_at)),
            release: format!("releases/{release}"),
            claim_count,
        };
        Ok(pb::ListVintageDatesResponse {
            vintages: vintages.into_iter().map(vintage).collect(),
            snapshot: view.token.encode(),
        })
    }

    /// The series a request names.
    pub(super) async fn series(
        &self,
        series: Option<&pb::Series>,
        view: &View,
    ) -> Result<Arc<Series>> {
        let definitions = self.definitions(view.commit).await?;
        let named = read_series(series, &definitions)?;
        let found = self.known_series(&named.id(), view.commit).await;
        found.map_err(|error| match (error.reason(), named) {
            // Who gave indicator and entity has never seen the name that follows from them.
            (Reason::SeriesNotFound, SeriesRef::Key(key)) => error.told_as(format!(
                "there are no figures of {key}; list series with a filter to find what there is"
            )),
            _ => error,
        })
    }

    /// Figures of series as they go out.
    async fn series_data(
        &self,
        (series_list, mut all): (&[Series], HashMap<i64, Figures>),
        position: Position,
        wanted: &Wanted,
    ) -> Result<Vec<pb::SeriesData>> {
        let db = self.store.reader();
        let numbers: Vec<_> = series_list.iter().map(|series| series.number).collect();
        all.values_mut().for_each(|figures| wanted.narrow(figures));
        // Releases are needed to order claims, and there is an order only between two.
        let several = |figures: &&Figures| {
            figures
                .observations
                .values()
                .any(|observation| observation.len() > 1)
        };
        let named = all.values().filter(several).flat_map(Figures::releases);
        let releases = self.releases_named(named, position.commit).await?;
        let definitions = self.definitions(position.commit).await?;
        let mut texts = match wanted.packed {
            true => HashMap::new(),
            false => read::texts_of(db, &numbers).await?,
        };
        let mut answers = Vec::with_capacity(series_list.len());
        for series in series_list {
            let mut figures = all.remove(&series.number).unwrap_or_default();
            let mut observations = std::mem::take(&mut figures.observations);
            for entries in observations.values_mut() {
                claim_set::order(entries, &figures, &releases)?;
            }
            let mut data = pb::SeriesData {
                series: Some(write_series(series)),
                ..pb::SeriesData::default()
            };
            if wanted.packed {
                let (packed, provenances, names) = block::write(&observations, &figures)?;
                (data.block, data.provenances, data.releases) = (Some(packed), provenances, names);
            }
            let texts = texts.remove(&series.number).unwrap_or_default();
            for (period, entries) in observations.iter().filter(|_| !wanted.packed) {
                let what = (&figures, &texts);
                let claims = write_claims((series, *period), entries, what, &definitions)?;
                data.claims.extend(claims);
            }
            answers.push(data);
        }
        Ok(answers)
    }

    /// The releases that figures stand in.
    pub(super) async fn releases(&self, figures: &Figures, commit: i64) -> Result<Releases> {
        self.releases_named(figures.releases(), commit).await
    }
}

fn has_figures(data: &pb::SeriesData) -> bool {
    let packed = data
        .block
        .as_ref()
        .is_some_and(|block| !block.start_days.is_empty());
    packed || !data.claims.is_empty()
}

/// Claims of one observation as they go out.
pub(super) fn write_claims(
    (series, period): (&Series, Period),
    entries: &[crate::head::Entry],
    (figures, texts): (&Figures, &Texts),
    definitions: &Definitions,
) -> Result<Vec<pb::Claim>> {
    let claim = |entry: &crate::head::Entry| {
        let parts = Parts {
            series: &series.id,
            period,
            n: entry.n,
            columns: &entry.columns,
            release_commit: figures.release_commit(entry)?,
            provenance: figures.provenance(entry)?,
            text: texts.get(&(period, entry.release_commit)),
        };
        claim_out::write(&parts, definitions)
    };
    entries.iter().map(claim).collect()
}

/// Releases as they go out, by name.
pub(super) fn write_releases(releases: &Releases) -> BTreeMap<String, pb::Release> {
    let named = releases
        .iter()
        .map(|(id, release)| (format!("releases/{id}"), release_out::write(release)));
    named.collect()
}
