use std::iter;

use figure::{Period, State};
use prost::Message as _;
use proto::metrics::v1 as pb;
use rpc::{Fields, Result, Room};
use sea_orm::Condition;

use super::Told;
use crate::Metrics;
use crate::claim_set::{self, ClaimSet, Releases};
use crate::convert::claim_set as convert;
use crate::definition::Definitions;
use crate::read::{self, Figures};
use crate::series::{self, Series};
use crate::service::part::{Named, Wanted};
use crate::service::{TimedPage, read_as_of, read_consistency, read_filter, read_size};

/// Series looked through for one page of claim sets.
const SERIES_PER_PAGE: usize = 500;
/// Series whose figures are read at once.
const SERIES_AT_ONCE: usize = 50;
/// Claim sets whose releases are read at once.
const SETS_AT_ONCE: usize = 200;
/// Claims of several sets whose texts are read together.
const TEXTS_TOGETHER: usize = 500;

impl Metrics {
    pub(crate) async fn list_claim_sets_of(
        &self,
        request: pb::ListClaimSetsRequest,
    ) -> Result<pb::ListClaimSetsResponse> {
        let mut fields = Fields::new();
        let mut condition = read_filter(&mut fields, &request.filter, series::FILTER);
        let wanted = Wanted::read(&mut fields, &request.within, "", 0);
        let state = convert::read_state(&mut fields, request.state);
        let size = read_size(&mut fields, request.page_size);
        let as_of = read_as_of(&mut fields, request.as_of.as_ref());
        let asked = read_consistency(&mut fields, request.consistency.as_ref());
        fields.finish()?;
        let list = [
            "claim-sets",
            &request.filter,
            &request.within,
            &request.state.to_string(),
            &format!("{as_of:?}"),
        ];
        let page = self
            .timed_page(&list, (size, &request.page_token), &asked)
            .await?;
        // The index follows the latest state; what was contested before may not be in it.
        if state == Some(State::Contested) && as_of.is_none() {
            condition = condition.add(contested_series());
        }
        let mut sets = Sets {
            metrics: self,
            state,
            as_of,
            reached: Start::read(&page),
            room: Room::default(),
            named: Named::default(),
            claim_sets: Vec::new(),
            page,
        };
        let more = sets.fill(condition, &wanted).await?;
        let next_page_token = match more {
            true => sets.page.token(&sets.reached.keys()),
            false => String::new(),
        };
        Ok(pb::ListClaimSetsResponse {
            claim_sets: sets.claim_sets,
            releases: sets.named.finish(),
            next_page_token,
            snapshot: sets.page.view.token.encode(),
        })
    }
}

/// A page of claim sets in the making.
struct Sets<'a> {
    metrics: &'a Metrics,
    page: TimedPage,
    state: Option<State>,
    as_of: Option<i64>,
    /// How far the page reaches.
    reached: Start,
    room: Room,
    named: Named,
    claim_sets: Vec<pb::ClaimSet>,
}

impl Sets<'_> {
    /// Fills the page; whether more may follow it.
    async fn fill(&mut self, condition: Condition, wanted: &Wanted) -> Result<bool> {
        let position = self.page.view.position(self.as_of);
        let (db, release_commits) = (self.metrics.store.reader(), &self.metrics.release_commits);
        let series_list = self.series(condition).await?;
        let mut left = series_list.len();
        for chunk in series_list.chunks(SERIES_AT_ONCE) {
            let numbers: Vec<_> = chunk.iter().map(|series| series.number).collect();
            let mut read = read::figures(db, release_commits, &numbers, position).await?;
            for series in chunk {
                let mut figures = read.remove(&series.number).unwrap_or_default();
                wanted.narrow(&mut figures);
                if self.add(series, figures).await? {
                    return Ok(true);
                }
                self.reached = Start::after(series, None);
                left -= 1;
                if left > 0 && self.is_full() {
                    return Ok(true);
                }
            }
        }
        Ok(series_list.len() >= SERIES_PER_PAGE)
    }

    fn is_full(&self) -> bool {
        self.claim_sets.len() >= self.page.page.size
    }

    /// Series from the start of the page on; one of which only a part was told comes first.
    async fn series(&self, condition: Condition) -> Result<Vec<Series>> {
        let (db, start) = (self.metrics.store.reader(), &self.reached);
        let mut series_list = match start.period {
            Some(_) => series::by_ids(db, std::slice::from_ref(&start.series)).await?,
            None => Vec::new(),
        };
        let commit = self.page.view.commit;
        let others = series::list(db, condition, &start.series, SERIES_PER_PAGE, commit).await?;
        series_list.extend(others);
        Ok(series_list)
    }

    /// Adds the claim sets of a series that the page has not reached; whether there was one
    /// for which there was no room.
    async fn add(&mut self, series: &Series, mut figures: Figures) -> Result<bool> {
        let commit = self.page.view.commit;
        let begun = self
            .reached
            .period
            .filter(|_| self.reached.series == series.id);
        let observations = std::mem::take(&mut figures.observations);
        let observations: Vec<_> = observations
            .into_iter()
            .filter(|(period, _)| begun.is_none_or(|begun| *period > begun))
            .collect();
        let definitions = self.metrics.definitions(commit).await?;
        for chunk in observations.chunks(SETS_AT_ONCE) {
            let entries = chunk.iter().flat_map(|(_, entries)| entries);
            let ids = entries.filter_map(|entry| figures.release_of(entry));
            let releases = self.metrics.releases_named(ids, commit).await?;
            let mut sets = Vec::new();
            for (period, entries) in chunk {
                let set = claim_set::judge(entries.clone(), &figures, &releases, &definitions)?;
                if self.state.is_none_or(|state| set.state == state) {
                    sets.push((*period, set));
                }
                if sets.len() > self.page.page.size - self.claim_sets.len() {
                    break;
                }
            }
            let known = (&figures, &releases, &*definitions);
            if self.write(series, known, sets).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Adds these claim sets of a series; whether there was one for which there was no room.
    async fn write(
        &mut self,
        series: &Series,
        (figures, releases, definitions): (&Figures, &Releases, &Definitions),
        sets: Vec<(Period, ClaimSet)>,
    ) -> Result<bool> {
        if sets.is_empty() {
            return Ok(false);
        }
        let position = self.page.view.position(self.as_of);
        let siblings = self.metrics.siblings(series, position).await?;
        let claims = sets.iter().flat_map(|(period, set)| {
            let entries = set.entries.iter();
            entries.map(|entry| (*period, entry.release_commit))
        });
        let claims: Vec<_> = claims.collect();
        let texts = match claims.len() <= TEXTS_TOGETHER {
            true => {
                let db = self.metrics.store.reader();
                Some(read::texts_about(db, series.number, &claims).await?)
            }
            false => None,
        };
        for (period, mut set) in sets {
            if self.is_full() {
                return Ok(true);
            }
            let told = Told {
                series,
                period,
                figures,
                releases,
                definitions,
                siblings: &siblings,
                texts: texts.as_ref(),
            };
            let mut named = Named::default();
            let all = (&mut set, (0, usize::MAX));
            let (wire, _) = self.metrics.write_set(&told, all, &mut named).await?;
            if !self.named.join(&mut self.room, wire.encoded_len(), named) {
                return Ok(true);
            }
            self.claim_sets.push(wire);
            self.reached = Start::after(series, Some(period));
        }
        Ok(false)
    }
}

/// Where a page of claim sets begins: after a series, or after a period of it.
#[derive(Default)]
struct Start {
    series: String,
    period: Option<Period>,
}

impl Start {
    fn read(page: &TimedPage) -> Self {
        let period = page.after.get(1).and_then(|key| key.parse().ok());
        Self {
            series: page.after.first().cloned().unwrap_or_default(),
            period: period.and_then(Period::from_key),
        }
    }

    fn after(series: &Series, period: Option<Period>) -> Self {
        Self {
            series: series.id.clone(),
            period,
        }
    }

    fn keys(&self) -> Vec<String> {
        let period = self.period.map(|period| period.key().to_string());
        iter::once(self.series.clone()).chain(period).collect()
    }
}

fn contested_series() -> sea_orm::sea_query::SimpleExpr {
    sea_orm::sea_query::Expr::cust(
        "EXISTS (SELECT 1 FROM contested WHERE contested.series = series.id)",
    )
}
