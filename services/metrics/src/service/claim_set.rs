use std::collections::HashMap;
use std::iter;

use figure::{Period, State};
use proto::metrics::v1 as pb;
use rpc::{
    Error, PageRequest, Reason, Result, read_period, read_time, write_interval, write_period,
};

use super::line::{Wanted, write_claims, write_releases};
use crate::Metrics;
use crate::claim_set::{self, ClaimSet, Releases};
use crate::convert::series::write_line;
use crate::line::{self, Key, Line};
use crate::read::{self, Figures, Position};

/// Lines looked through for one page of claim sets.
const LINES_PER_PAGE: usize = 500;
/// Lines whose figures are read at once.
const LINES_AT_ONCE: usize = 50;

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
        let line = self.line(request.line.as_ref(), &view).await?;
        let position = view.position(as_of);
        let mut figures = self.figures_of(line.number, position).await?;
        figures.cells.retain(|known, _| *known == period);
        let releases = self.releases(&figures, view.commit).await?;
        let sets = self
            .claim_sets(&line, (&figures, &releases), position, (None, 1))
            .await?;
        let missing = || {
            let name = format!("lines/{}", line.id);
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
        let mut condition = store::filter::condition(&request.filter, line::FILTER)?;
        // The index follows the latest state; what was contested before may not be in it.
        if state == Some(State::Contested) && as_of.is_none() {
            condition = condition.add(contested_lines());
        }
        let start = Start::read(&page);
        let lines = self.lines_from(&start, condition, view.commit).await?;
        let mut answer = pb::ListClaimSetsResponse {
            snapshot: view.token.encode(),
            ..pb::ListClaimSetsResponse::default()
        };
        let mut read = HashMap::new();
        for (i, line) in lines.iter().enumerate() {
            if i % LINES_AT_ONCE == 0 {
                let next = lines[i..].iter().take(LINES_AT_ONCE);
                let next: Vec<_> = next.map(|line| line.number).collect();
                read = read::figures(self.store.reader(), &self.books, &next, position).await?;
            }
            let mut figures: Figures = read.remove(&line.number).unwrap_or_default();
            wanted.narrow(&mut figures);
            figures
                .cells
                .retain(|period, _| !start.is_before(line, *period));
            let releases = self.releases(&figures, view.commit).await?;
            let room = page.size - answer.claim_sets.len();
            let mut sets = self
                .claim_sets(line, (&figures, &releases), position, (state, room + 1))
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
            let more = i + 1 < lines.len() || lines.len() >= LINES_PER_PAGE;
            let full = answer.claim_sets.len() == page.size || i + 1 == lines.len();
            if cut || more && full {
                let after = Start::after(line, last.filter(|_| cut));
                answer.next_page_token = page.token(view.commit, &after.keys());
                break;
            }
        }
        Ok(answer)
    }

    async fn lines_from(
        &self,
        start: &Start,
        condition: sea_orm::Condition,
        commit: i64,
    ) -> Result<Vec<Line>> {
        let db = self.store.reader();
        let mut lines = Vec::new();
        if start.period.is_some() {
            lines = line::by_ids(db, std::slice::from_ref(&start.line)).await?;
        }
        let others = line::list(db, condition, &start.line, LINES_PER_PAGE, commit).await?;
        lines.extend(others);
        Ok(lines)
    }

    /// The first claim sets of a line in a state, as they go out.
    async fn claim_sets(
        &self,
        line: &Line,
        (figures, releases): (&Figures, &Releases),
        position: Position,
        (state, limit): (Option<State>, usize),
    ) -> Result<Vec<(Period, pb::ClaimSet)>> {
        let definitions = self.definitions(position.commit).await?;
        let mut chosen = Vec::new();
        for (period, entries) in &figures.cells {
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
        let texts = read::texts(self.store.reader(), line.number).await?;
        let siblings = self.siblings(line, position).await?;
        let mut answers = Vec::with_capacity(chosen.len());
        for (period, mut set) in chosen {
            set.tell_restated(figures, |entry| texts.get(&(period, entry.sheet)))?;
            let claims = write_claims(
                (line, period),
                &set.entries,
                (figures, &texts),
                &definitions,
            )?;
            let answer = pb::ClaimSet {
                claims,
                siblings: siblings.clone(),
                ..write_set(line, period, &set)
            };
            answers.push((period, answer));
        }
        Ok(answers)
    }

    /// Lines of other definitions of the same concept about the same entity.
    async fn siblings(&self, line: &Line, position: Position) -> Result<Vec<pb::Line>> {
        let definitions = self.definitions(position.commit).await?;
        let of = |indicator: &str| Key {
            indicator: indicator.to_owned(),
            ..line.key.clone()
        };
        let ids: Vec<_> = definitions
            .siblings(&line.key.indicator)
            .into_iter()
            .map(|s| of(s).id())
            .collect();
        let mut found = line::by_ids(self.store.reader(), &ids).await?;
        found.retain(|line| line.from_commit <= position.commit);
        found.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(found.iter().map(write_line).collect())
    }
}

/// Where a page of claim sets begins: after a line, or after a period of it.
struct Start {
    line: String,
    period: Option<Period>,
}

impl Start {
    fn read(page: &PageRequest) -> Self {
        let keys = page.after.as_deref().unwrap_or_default();
        let period = keys.get(1).and_then(|key| key.parse().ok());
        Self {
            line: keys.first().cloned().unwrap_or_default(),
            period: period.and_then(Period::from_key),
        }
    }

    fn after(line: &Line, period: Option<Period>) -> Self {
        Self {
            line: line.id.clone(),
            period,
        }
    }

    fn keys(&self) -> Vec<String> {
        let period = self.period.map(|period| period.key().to_string());
        iter::once(self.line.clone()).chain(period).collect()
    }

    /// Whether an earlier page had this cell.
    fn is_before(&self, line: &Line, period: Period) -> bool {
        line.id == self.line && self.period.is_some_and(|last| period <= last)
    }
}

fn write_set(line: &Line, period: Period, set: &ClaimSet) -> pb::ClaimSet {
    let percent = set.spread_percent.map(|percent| percent.to_string());
    pb::ClaimSet {
        line: Some(write_line(line)),
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

fn contested_lines() -> sea_orm::sea_query::SimpleExpr {
    sea_orm::sea_query::Expr::cust(
        "EXISTS (SELECT 1 FROM contested WHERE contested.line = line.id)",
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
