use std::collections::{HashMap, VecDeque};
use std::pin::pin;
use std::sync::Arc;

use async_stream::try_stream;
use futures::{Stream, StreamExt as _};
use proto::metrics::v1 as pb;
use rpc::{Error, Fields, PageRequest, Part, Reason, Result, Room, Unusable};

use super::part::{Place, Walk, Wanted};
use super::{TimedPage, read_as_of, read_consistency, read_filter};
use crate::Metrics;
use crate::definition::Definitions;
use crate::read::{self, Figures, Position, Texts};
use crate::series::{self, Series};

/// Series read at once by a stream.
const AT_ONCE: usize = 100;
/// Such reads of one stream at the same time.
const AHEAD: usize = 2;
/// Messages that are made before they are asked for.
const MADE_AHEAD: usize = 2;
/// Claims of a series whose texts are read together with those of others, and claims of all
/// these: texts may be long.
const FEW: usize = 500;
const TOGETHER: usize = 10_000;

/// What all messages of a stream have in common.
struct Told {
    metrics: Metrics,
    wanted: Wanted,
    filter: String,
    position: Position,
    definitions: Arc<Definitions>,
    page: TimedPage,
    snapshot: String,
}

/// Series that were read together, and what is to be told of them yet.
struct Batch {
    told: Arc<Told>,
    rest: VecDeque<(Series, Figures, Option<Place>)>,
    texts: HashMap<i64, Texts>,
    /// Messages that are made already.
    made: Vec<pb::StreamSeriesResponse>,
}

impl Metrics {
    pub(crate) async fn stream_series_from(
        self,
        request: pb::StreamSeriesRequest,
    ) -> Result<impl Stream<Item = Result<pb::StreamSeriesResponse>> + use<>> {
        let mut fields = Fields::new();
        read_filter(&mut fields, &request.filter, series::FILTER);
        let wanted = Wanted::read(&mut fields, &request.within, "", request.view);
        let as_of = read_as_of(&mut fields, request.as_of.as_ref());
        let asked = read_consistency(&mut fields, request.consistency.as_ref());
        fields.finish()?;
        let list = [
            "StreamSeries",
            &request.filter,
            &request.within,
            &format!("{as_of:?}"),
            &request.view.to_string(),
        ];
        let sealer = self.commits.sealer().await?;
        let opened = PageRequest::open(0, &request.cursor, &list, sealer);
        let mut page = opened.map_err(unusable)?;
        let view = match page.commit {
            Some(commit) => self.view_of(&asked, page.beside, (commit, ahead)).await?,
            None => self.view(&asked).await?,
        };
        page.beside = view.token.part(Part::Registry);
        let page = TimedPage::new(view, page);
        let told = Arc::new(Told {
            position: page.view.position(as_of),
            definitions: self.definitions(page.view.commit).await?,
            snapshot: page.view.token.encode(),
            metrics: self,
            wanted,
            filter: request.filter,
            page,
        });
        // The next series are read while those before them are on their way.
        let batches = Arc::clone(&told).series_lists().map(move |series_list| {
            let told = Arc::clone(&told);
            async move { Batch::read(told, series_list?).await }
        });
        let batches = batches.buffered(AHEAD);
        Ok(try_stream! {
            let mut batches = pin!(batches);
            while let Some(batch) = batches.next().await {
                let mut batch = batch?;
                for message in std::mem::take(&mut batch.made) {
                    yield message;
                }
                while let Some(message) = batch.message().await? {
                    yield message;
                }
            }
        })
    }
}

impl Told {
    /// Series that meet the filter, in the order of their ids, some at a time; each with the
    /// place of which on its figures are wanted.
    fn series_lists(
        self: Arc<Self>,
    ) -> impl Stream<Item = Result<Vec<(Series, Option<Place>)>>> + use<> {
        try_stream! {
            let store = self.metrics.store.clone();
            let mut after = self.page.after.first().cloned().unwrap_or_default();
            if let Some(place) = self.page.after.get(1..).and_then(Place::read) {
                let begun = series::by_ids(store.reader(), std::slice::from_ref(&after)).await?;
                yield begun.into_iter().map(|series| (series, Some(place))).collect();
            }
            loop {
                let condition = store::filter::condition(&self.filter, series::FILTER)?;
                let commit = self.page.view.commit;
                let series_list = series::list(store.reader(), condition, &after, AT_ONCE, commit).await?;
                let Some(last) = series_list.last() else { break };
                after = last.id.clone();
                yield series_list.into_iter().map(|series| (series, None)).collect();
            }
        }
    }
}

impl Batch {
    async fn read(told: Arc<Told>, series_list: Vec<(Series, Option<Place>)>) -> Result<Self> {
        let db = told.metrics.store.reader();
        let numbers: Vec<_> = series_list
            .iter()
            .map(|(series, _)| series.number)
            .collect();
        let release_commits = &told.metrics.release_commits;
        let mut all = read::figures(db, release_commits, &numbers, told.position).await?;
        let (mut rest, mut few, mut together) = (VecDeque::new(), Vec::new(), 0);
        for (series, place) in series_list {
            let mut figures = all.remove(&series.number).unwrap_or_default();
            told.wanted.narrow(&mut figures);
            if figures.observations.is_empty() {
                continue;
            }
            let claims = figures.observations.values().map(|entries| entries.len());
            let claims: usize = claims.sum();
            if claims <= FEW && together + claims <= TOGETHER {
                together += claims;
                few.push(series.number);
            }
            rest.push_back((series, figures, place));
        }
        let texts = match told.wanted.packed {
            true => HashMap::new(),
            false => {
                let mut texts = read::texts_of(db, &few).await?;
                for number in few {
                    texts.entry(number).or_default();
                }
                texts
            }
        };
        let mut batch = Self {
            told,
            rest,
            texts,
            made: Vec::new(),
        };
        while batch.made.len() < MADE_AHEAD
            && let Some(message) = batch.message().await?
        {
            batch.made.push(message);
        }
        Ok(batch)
    }

    /// The next message, if anything is left to be told.
    async fn message(&mut self) -> Result<Option<pb::StreamSeriesResponse>> {
        let told = Arc::clone(&self.told);
        if told.metrics.shutdown.is_cancelled() {
            let message = "the server is shutting down; continue elsewhere with the last cursor";
            return Err(Error::new(Reason::ShuttingDown, message));
        }
        let (mut room, mut message) = (Room::default(), pb::StreamSeriesResponse::default());
        let mut reached = Vec::new();
        while let Some((series, figures, place)) = self.rest.front_mut() {
            let walk = Walk {
                metrics: &told.metrics,
                series,
                figures,
                commit: told.position.commit,
                definitions: &told.definitions,
                packed: told.wanted.packed,
                texts: self.texts.get(&series.number),
            };
            let part = walk.part(*place, (&mut room, usize::MAX), None).await?;
            if has_figures(&part.data) {
                reached = vec![series.id.clone()];
                reached.extend(part.next.iter().flat_map(Place::keys));
                message.series.push(part.data);
            }
            *place = part.next;
            if !part.is_last {
                break;
            }
            self.rest.pop_front();
        }
        if message.series.is_empty() {
            return Ok(None);
        }
        message.cursor = told.page.token(&reached);
        message.snapshot.clone_from(&told.snapshot);
        Ok(Some(message))
    }
}

fn has_figures(data: &pb::SeriesData) -> bool {
    let packed = data.block.as_ref();
    let packed = packed.is_some_and(|block| !block.start_days.is_empty());
    packed || !data.claims.is_empty()
}

fn unusable(unusable: Unusable) -> Error {
    let message = match unusable {
        Unusable::Foreign => {
            "is not a cursor of this stream with these arguments; start again without it"
        }
        Unusable::Expired => "is from before the database was restored; start again without it",
    };
    Error::field(Reason::CursorInvalid, "cursor", message)
}

fn ahead() -> Error {
    let message = "is ahead of this installation; start again without it";
    Error::field(Reason::CursorInvalid, "cursor", message)
}
