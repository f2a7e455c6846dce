use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_stream::try_stream;
use figure::Period;
use futures::{Stream, StreamExt as _, TryStreamExt as _, future};
use proto::metrics::v1 as pb;
use rpc::{Error, Page, Reason, Result, read_period, read_time};

use super::after;
use crate::Metrics;
use crate::books;
use crate::claim_set::{self, Releases};
use crate::convert::claim::{self as claim_out, Parts};
use crate::convert::series::{LineRef, read_line, write_line};
use crate::convert::{block, release as release_out, timestamp};
use crate::definition::Definitions;
use crate::line::{self, Line};
use crate::memory::Question;
use crate::read::{self, Figures, Position, Texts};
use crate::snapshot::View;

/// Lines read at once by a stream.
const AT_ONCE: usize = 100;
/// Such reads of one stream at the same time.
const AHEAD: usize = 2;

/// What of a line is answered.
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
        let view = pb::LineView::try_from(view);
        if view.is_err() {
            fields.refuse(Reason::FieldInvalid, "view", "has no such value");
        }
        fields.finish()?;
        Ok(Self {
            within,
            source,
            packed: view == Ok(pb::LineView::Packed),
        })
    }

    /// The question what of this is there about a line.
    fn asked_of(&self, line: &Line, position: Position) -> Question {
        Question {
            line: line.id.clone(),
            position,
            within: self.within,
            source: self.source.clone(),
            packed: self.packed,
        }
    }

    /// Leaves out what is not wanted.
    pub(super) fn narrow(&self, figures: &mut Figures) {
        if let Some(within) = self.within {
            figures.cells.retain(|period, _| within.contains(period));
        }
        if !self.source.is_empty() {
            let provenances = &figures.provenances;
            for entries in figures.cells.values_mut() {
                entries.retain(|entry| {
                    provenances
                        .get(&entry.provenance)
                        .is_some_and(|p| p.source == self.source)
                });
            }
            figures.cells.retain(|_, entries| !entries.is_empty());
        }
    }
}

impl Metrics {
    pub(crate) async fn list_lines_of(
        &self,
        request: pb::ListLinesRequest,
    ) -> Result<pb::ListLinesResponse> {
        let condition = store::filter::condition(&request.filter, line::FILTER)?;
        let asked = (request.page_size, request.page_token.as_str());
        let snapshot = (
            request.at_snapshot.as_str(),
            request.at_least_as_fresh.as_str(),
        );
        let (view, page) = self
            .page(&["lines", &request.filter], asked, snapshot)
            .await?;
        let rows = line::list(
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
        } = page.page(rows, view.commit, |line| vec![line.id.clone()]);
        Ok(pb::ListLinesResponse {
            lines: rows.iter().map(write_line).collect(),
            next_page_token,
            snapshot: view.token.encode(),
        })
    }

    pub(crate) async fn get_line_of(
        &self,
        request: pb::GetLineRequest,
    ) -> Result<pb::GetLineResponse> {
        let wanted = Wanted::read(&request.within, &request.source, request.view)?;
        let as_of = read_time("as_of", request.as_of.as_ref())?;
        let view = self
            .view(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let line = self.line(request.line.as_ref(), &view).await?;
        let position = view.position(as_of);
        let question = wanted.asked_of(&line, position);
        let answer = match self.memory.answers.get(&question) {
            Some(known) => known,
            None => {
                let answer = Arc::new(self.line_answer(&line, position, &wanted).await?);
                self.memory.answers.keep(question, &answer);
                answer
            }
        };
        Ok(pb::GetLineResponse {
            snapshot: view.token.encode(),
            ..pb::GetLineResponse::clone(&answer)
        })
    }

    /// The answer about one line, without the token of a snapshot.
    async fn line_answer(
        &self,
        line: &Line,
        position: Position,
        wanted: &Wanted,
    ) -> Result<pb::GetLineResponse> {
        let figures = self.figures_of(line.number, position).await?;
        let lines = (std::slice::from_ref(line), [(line.number, figures)].into());
        let data = self.line_data(lines, position, wanted).await?;
        let data = data.into_iter().next().unwrap_or_default();
        let named = data.claims.iter().map(|claim| claim.release.as_str());
        let named = named.chain(data.releases.iter().map(String::as_str));
        let releases = self.releases_named(named, position.commit).await?;
        Ok(pb::GetLineResponse {
            data: Some(data),
            releases: write_releases(&releases),
            snapshot: String::new(),
        })
    }

    pub(crate) async fn stream_lines_from(
        self,
        request: pb::StreamLinesRequest,
    ) -> Result<impl Stream<Item = Result<pb::StreamLinesResponse>> + use<>> {
        let wanted = Wanted::read(&request.within, "", request.view)?;
        store::filter::condition(&request.filter, line::FILTER)?;
        let as_of = read_time("as_of", request.as_of.as_ref())?;
        let view = self
            .view(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let position = view.position(as_of);
        let snapshot = view.token.encode();
        let all = Arc::new((self, wanted));
        let pages = all.0.pages_of(request.filter, view.commit);
        // The next lines are read while those before them are on their way.
        let answers = pages.map(move |lines| {
            let (all, snapshot) = (Arc::clone(&all), snapshot.clone());
            async move {
                let (metrics, wanted) = &*all;
                let lines = metrics.lines_answer(&lines?, position, wanted).await?;
                Ok(pb::StreamLinesResponse { lines, snapshot })
            }
        });
        let answers = answers.buffered(AHEAD);
        Ok(answers.try_filter(|answer| future::ready(!answer.lines.is_empty())))
    }

    /// What there is of lines, without those that have nothing.
    async fn lines_answer(
        &self,
        lines: &[Line],
        position: Position,
        wanted: &Wanted,
    ) -> Result<Vec<pb::LineData>> {
        let numbers: Vec<_> = lines.iter().map(|line| line.number).collect();
        let figures = read::figures(self.store.reader(), &self.books, &numbers, position).await?;
        let data = self.line_data((lines, figures), position, wanted).await?;
        Ok(data.into_iter().filter(has_figures).collect())
    }

    /// Lines that meet a filter, in the order of their ids, some at a time.
    fn pages_of(
        &self,
        filter: String,
        commit: i64,
    ) -> impl Stream<Item = Result<Vec<Line>>> + use<> {
        let (store, shutdown) = (self.store.clone(), self.shutdown.clone());
        try_stream! {
            let mut after = String::new();
            loop {
                let condition = store::filter::condition(&filter, line::FILTER)?;
                let lines = line::list(store.reader(), condition, &after, AT_ONCE, commit).await?;
                let Some(last) = lines.last() else { break };
                if shutdown.is_cancelled() {
                    Err(Error::new(Reason::ShuttingDown, "the server is shutting down; start again elsewhere"))?;
                }
                after = last.id.clone();
                yield lines;
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
        let line = self.line(request.line.as_ref(), &view).await?;
        let rows = read::rows(self.store.reader(), &self.books, line.number, view.commit).await?;
        let sheets = books::runs(rows.iter().map(|row| row.sheet));
        let sheets = self.books.sheets(self.store.reader(), &sheets).await?;
        let mut vintages: BTreeMap<(i64, &str), i32> = BTreeMap::new();
        for row in &rows {
            if let Some(sheet) = sheets.get(&row.sheet) {
                *vintages
                    .entry((sheet.known_at, &sheet.release))
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

    /// The line a request names.
    pub(super) async fn line(&self, line: Option<&pb::Line>, view: &View) -> Result<Arc<Line>> {
        let definitions = self.definitions(view.commit).await?;
        let named = read_line(line, &definitions)?;
        let found = self.known_line(&named.id(), view.commit).await;
        found.map_err(|error| match (error.reason(), named) {
            // Who gave indicator and entity has never seen the name that follows from them.
            (Reason::LineNotFound, LineRef::Key(key)) => error.told_as(format!(
                "there are no figures of {key}; list lines with a filter to find what there is"
            )),
            _ => error,
        })
    }

    /// Figures of lines as they go out.
    async fn line_data(
        &self,
        (lines, mut all): (&[Line], HashMap<i64, Figures>),
        position: Position,
        wanted: &Wanted,
    ) -> Result<Vec<pb::LineData>> {
        let db = self.store.reader();
        let numbers: Vec<_> = lines.iter().map(|line| line.number).collect();
        all.values_mut().for_each(|figures| wanted.narrow(figures));
        // Releases are needed to order claims, and there is an order only between two.
        let several = |figures: &&Figures| figures.cells.values().any(|cell| cell.len() > 1);
        let named = all.values().filter(several).flat_map(Figures::releases);
        let releases = self.releases_named(named, position.commit).await?;
        let definitions = self.definitions(position.commit).await?;
        let mut texts = match wanted.packed {
            true => HashMap::new(),
            false => read::texts_of(db, &numbers).await?,
        };
        let mut answers = Vec::with_capacity(lines.len());
        for line in lines {
            let mut figures = all.remove(&line.number).unwrap_or_default();
            let mut cells = std::mem::take(&mut figures.cells);
            for entries in cells.values_mut() {
                claim_set::order(entries, &figures, &releases)?;
            }
            let mut data = pb::LineData {
                line: Some(write_line(line)),
                ..pb::LineData::default()
            };
            if wanted.packed {
                let (packed, provenances, names) = block::write(&cells, &figures)?;
                (data.block, data.provenances, data.releases) = (Some(packed), provenances, names);
            }
            let texts = texts.remove(&line.number).unwrap_or_default();
            for (period, entries) in cells.iter().filter(|_| !wanted.packed) {
                let what = (&figures, &texts);
                let claims = write_claims((line, *period), entries, what, &definitions)?;
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

fn has_figures(data: &pb::LineData) -> bool {
    let packed = data
        .block
        .as_ref()
        .is_some_and(|block| !block.start_days.is_empty());
    packed || !data.claims.is_empty()
}

/// Claims of one cell as they go out.
pub(super) fn write_claims(
    (line, period): (&Line, Period),
    entries: &[crate::head::Entry],
    (figures, texts): (&Figures, &Texts),
    definitions: &Definitions,
) -> Result<Vec<pb::Claim>> {
    let claim = |entry: &crate::head::Entry| {
        let parts = Parts {
            line: &line.id,
            period,
            n: entry.n,
            columns: &entry.columns,
            sheet: figures.sheet(entry)?,
            provenance: figures.provenance(entry)?,
            text: texts.get(&(period, entry.sheet)),
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
