use std::collections::HashMap;
use std::iter;

use figure::{Period, State};
use proto::metrics::v1 as pb;
use rpc::{
    Error, PageRequest, Reason, Result, read_period, read_time, write_interval, write_period,
};

use super::series::{Wanted, write_claims, write_releases};
use crate::Metrics;
use crate::claim_set::{self, ClaimSet, Releases};
use crate::convert::series::write_series;
use crate::read::{self, Figures, Position};
use crate::series::{self, Key, Series};

/// Series looked through for one page of claim sets.
const SERIES_PER_PAGE: usize = 500;
/// Series whose figures are read at once.
const SERIES_AT_ONCE: usize = 50;

impl Metrics {
    pub(crate) async fn get_claim_set_of(
        &self,
        request: pb::GetClaimSetRequest,
    ) -> Result<pb::GetClaimSetResponse> {
        let period = read_period("period", &request.period)?;
        let as_of = read_time("as_of", request.as_of.as_ref())?;
        let view = self
            .view(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let series = self.series(request.series.as_ref(), &view).await?;
        let position = view.position(as_of);
        let mut figures = self.figures_of(series.number, position).await?;
        figures.observations.retain(|known, _| *known == period);
        let releases = self.releases(&figures, view.commit).await?;
        let sets = self
            .claim_sets(&series, (&figures, &releases), position, (None, 1))
            .await?;
        let missing = || {
            let name = format!("series/{}", series.id);
            let message = format!("{name} has no figure for {period}");
            Error::about(Reason::ClaimNotFound, name, message)
        };
        Ok(pb::GetClaimSetResponse {
            claim_set: Some(sets.into_iter().next().ok_or_else(missing)?.1),
            releases: write_releases(&releases),
            snapshot: view.token.encode(),
        })
    }

    pub(crate) async fn list_claim_sets_of(
        &self,
        request: pb::ListClaimSetsRequest,
    ) -> Result<pb::ListClaimSetsResponse> {
        let wanted = Wanted::read(&request.within, "", 0)?;
        let state = read_state(request.state)?;
        let as_of = read_time("as_of", request.as_of.as_ref())?;
        let list = [
            "claim-sets",
            &request.filter,
            &request.within,
            &request.state.to_string(),
            &format!("{as_of:?}"),
        ];
        let asked = (request.page_size, request.page_token.as_str());
        let snapshot = (
            request.at_snapshot.as_str(),
            request.at_least_as_fresh.as_str(),
        );
        let (view, page) = self.page(&list, asked, snapshot).await?;
        let position = view.position(as_of);
        let mut condition = store::filter::condition(&request.filter, series::FILTER)?;
        // The index follows the latest state; what was contested before may not be in it.
        if state == Some(State::Contested) && as_of.is_none() {
            condition = condition.add(contested_series());
        }
        let start = Start::read(&page);
        let series_list = self.series_from(&start, condition, view.commit).await?;
        let mut answer = pb::ListClaimSetsResponse {
            snapshot: view.token.encode(),
            ..pb::ListClaimSetsResponse::default()
        };
        let mut read = HashMap::new();
        for (i, series) in series_list.iter().enumerate() {
            if i % SERIES_AT_ONCE == 0 {
                let next = series_list[i..].iter().take(SERIES_AT_ONCE);
                let next: Vec<_> = next.map(|series| series.number).collect();
                read = read::figures(self.store.reader(), &self.release_commits, &next, position)
                    .await?;
            }
            let mut figures: Figures = read.remove(&series.number).unwrap_or_default();
            wanted.narrow(&mut figures);
            figures
                .observations
                .retain(|period, _| !start.is_before(series, *period));
            let releases = self.releases(&figures, view.commit).await?;
            let room = page.size - answer.claim_sets.len();
            let mut sets = self
                .claim_sets(series, (&figures, &releases), position, (state, room + 1))
                .await?;
            let cut = sets.len() > room;
            sets.truncate(room);
            let last = sets.last().map(|(period, _)| *period);
            if !sets.is_empty() {
                answer.releases.extend(write_releases(&releases));
            }
            answer
                .claim_sets
                .extend(sets.into_iter().map(|(_, set)| set));
            let more = i + 1 < series_list.len() || series_list.len() >= SERIES_PER_PAGE;
            let full = answer.claim_sets.len() == page.size || i + 1 == series_list.len();
            if cut || more && full {
                let after = Start::after(series, last.filter(|_| cut));
                answer.next_page_token = page.token(view.commit, &after.keys());
                break;
            }
        }
        Ok(answer)
    }

    async fn series_from(
        &self,
        start: &Start,
        condition: sea_orm::Condition,
        commit: i64,
    ) -> Result<Vec<Series>> {
        let db = self.store.reader();
        let mut series_list = Vec::new();
        if start.period.is_some() {
            series_list = series::by_ids(db, std::slice::from_ref(&start.series)).await?;
        }
        let others = series::list(db, condition, &start.series, SERIES_PER_PAGE, commit).await?;
        series_list.extend(others);
        Ok(series_list)
    }

    /// The first claim sets of a series in a state, as they go out.
    async fn claim_sets(
        &self,
        series: &Series,
        (figures, releases): (&Figures, &Releases),
        position: Position,
        (state, limit): (Option<State>, usize),
    ) -> Result<Vec<(Period, pb::ClaimSet)>> {
        let definitions = self.definitions(position.commit).await?;
        let mut chosen = Vec::new();
        for (period, entries) in &figures.observations {
            let set = claim_set::judge(entries.clone(), figures, releases, &definitions)?;
            if state.is_none_or(|state| set.state == state) {
                chosen.push((*period, set));
            }
            if chosen.len() == limit {
                break;
            }
        }
        if chosen.is_empty() {
            return Ok(Vec::new());
        }
        let texts = read::texts(self.store.reader(), series.number).await?;
        let siblings = self.siblings(series, position).await?;
        let mut answers = Vec::with_capacity(chosen.len());
        for (period, mut set) in chosen {
            set.tell_restated(figures, |entry| texts.get(&(period, entry.release_commit)))?;
            let claims = write_claims(
                (series, period),
                &set.entries,
                (figures, &texts),
                &definitions,
            )?;
            let answer = pb::ClaimSet {
                claims,
                siblings: siblings.clone(),
                ..write_set(series, period, &set)
            };
            answers.push((period, answer));
        }
        Ok(answers)
    }

    /// Series of other definitions of the same concept about the same entity.
    async fn siblings(&self, series: &Series, position: Position) -> Result<Vec<pb::Series>> {
        let definitions = self.definitions(position.commit).await?;
        let of = |indicator: &str| Key {
            indicator: indicator.to_owned(),
            ..series.key.clone()
        };
        let ids: Vec<_> = definitions
            .siblings(&series.key.indicator)
            .into_iter()
            .map(|s| of(s).id())
            .collect();
        let mut found = series::by_ids(self.store.reader(), &ids).await?;
        found.retain(|series| series.from_commit <= position.commit);
        found.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(found.iter().map(write_series).collect())
    }
}

/// Where a page of claim sets begins: after a series, or after a period of it.
struct Start {
    series: String,
    period: Option<Period>,
}

impl Start {
    fn read(page: &PageRequest) -> Self {
        let keys = page.after.as_deref().unwrap_or_default();
        let period = keys.get(1).and_then(|key| key.parse().ok());
        Self {
            series: keys.first().cloned().unwrap_or_default(),
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

    /// Whether an earlier page had this observation.
    fn is_before(&self, series: &Series, period: Period) -> bool {
        series.id == self.series && self.period.is_some_and(|last| period <= last)
    }
}

fn write_set(series: &Series, period: Period, set: &ClaimSet) -> pb::ClaimSet {
    let percent = set.spread_percent.map(|percent| percent.to_string());
    pb::ClaimSet {
        series: Some(write_series(series)),
        period: Some(write_period(period, 0, false)),
        state: set.state as i32,
        rule: set.rule.to_owned(),
        reasons: set
            .reasons
            .iter()
            .map(|&reason| reason.to_owned())
            .collect(),
        spread: set.spread.as_ref().map(write_interval),
        spread_percent: percent.unwrap_or_default(),
        originators: set.originators as i32,
        ..pb::ClaimSet::default()
    }
}

fn contested_series() -> sea_orm::sea_query::SimpleExpr {
    sea_orm::sea_query::Expr::cust(
        "EXISTS (SELECT 1 FROM contested WHERE contested.series = series.id)",
    )
}

fn read_state(state: i32) -> Result<Option<State>> {
    let number = u8::try_from(state).ok();
    match (
        state,
        number.and_then(|number| State::try_from(number).ok()),
    ) {
        (0, _) => Ok(None),
        (_, Some(state)) => Ok(Some(state)),
        _ => Err(Error::field(
            Reason::FieldInvalid,
            "state",
            format!("has no value {state}"),
        )),
    }
}
