use std::collections::BTreeSet;

use figure::{Period, State};
use proto::figure::v1 as figure_pb;
use proto::metrics::v1 as pb;
use rpc::{Error, Fields, Reason, Result, read_period, write_interval, write_period};

use super::after;
use super::line::{Wanted, write_claims, write_releases};
use crate::calculate::{self, Accepted, Calculation, Input};
use crate::claim_set::{self, ClaimSet, Releases};
use crate::convert::claim::{self as claim_out, Parts, read_name};
use crate::convert::series::write_line;
use crate::convert::{micros, release as release_out};
use crate::head::Entry;
use crate::line::{self, Key, Line};
use crate::read::{self, ClaimRow, Figures, Position};
use crate::snapshot::View;
use crate::{Metrics, release};

/// Lines looked through for one page of claim sets.
const LINES_PER_PAGE: usize = 500;

impl Metrics {
    pub(crate) async fn get_claim_of(
        &self,
        request: pb::GetClaimRequest,
    ) -> Result<pb::GetClaimResponse> {
        let view = self
            .view(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let (line, row) = self.claim("name", &request.name, &view).await?;
        let db = self.store.reader();
        let sheets = self.books.sheets(db, &BTreeSet::from([row.sheet])).await?;
        let provenances = self
            .books
            .provenances(db, &BTreeSet::from([row.provenance]))
            .await?;
        let lost = || crate::books::lost("sheet", row.sheet);
        let (sheet, provenance) = sheets
            .get(&row.sheet)
            .zip(provenances.get(&row.provenance))
            .ok_or_else(lost)?;
        let texts = read::texts(db, line.number).await?;
        let release = release::get(db, &sheet.release, view.commit).await?;
        let parts = Parts {
            line: &line.id,
            period: row.period,
            n: row.n,
            columns: &row.columns,
            sheet,
            provenance,
            text: texts.get(&(row.period, row.sheet)),
        };
        let definitions = self.definitions(view.commit).await?;
        Ok(pb::GetClaimResponse {
            claim: Some(claim_out::write(&parts, &definitions)?),
            line: Some(write_line(&line)),
            release: Some(release_out::write(&release)),
            snapshot: view.token.encode(),
        })
    }

    /// The claim with this name and its line.
    async fn claim(&self, field: &str, name: &str, view: &View) -> Result<(Line, ClaimRow)> {
        let (line, period, n) = read_name(field, name)?;
        let missing = || {
            Error::field(
                Reason::ClaimNotFound,
                field,
                format!("{name} does not exist in this snapshot"),
            )
        };
        let line = line::get(self.store.reader(), &line, view.commit)
            .await
            .map_err(|error| match error.reason() {
                Reason::LineNotFound => missing(),
                _ => error,
            })?;
        let rows = read::rows(self.store.reader(), line.number, view.commit).await?;
        let row = rows
            .into_iter()
            .find(|row| row.period == period && row.n == n);
        Ok((line, row.ok_or_else(missing)?))
    }

    pub(crate) async fn get_claim_set_of(
        &self,
        request: pb::GetClaimSetRequest,
    ) -> Result<pb::GetClaimSetResponse> {
        let period = read_period("period", &request.period)?;
        let view = self
            .view(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let line = self.line(request.line.as_ref(), &view).await?;
        let position = view.position(request.as_of.as_ref().map(micros));
        let figures = self.figures(&line, position).await?;
        let releases = self.releases(&figures, view.commit).await?;
        let sets = self
            .claim_sets(&line, &figures, &releases, position, |p, _| p == period)
            .await?;
        let missing = || {
            Error::new(
                Reason::ClaimNotFound,
                format!("lines/{} has no figure for {period}", line.id),
            )
        };
        Ok(pb::GetClaimSetResponse {
            claim_set: Some(sets.into_iter().next().ok_or_else(missing)?),
            releases: write_releases(&releases),
            snapshot: view.token.encode(),
        })
    }

    async fn figures(&self, line: &Line, position: Position) -> Result<Figures> {
        let mut all =
            read::figures(self.store.reader(), &self.books, &[line.number], position).await?;
        Ok(all.remove(&line.number).unwrap_or_default())
    }

    pub(crate) async fn list_claim_sets_of(
        &self,
        request: pb::ListClaimSetsRequest,
    ) -> Result<pb::ListClaimSetsResponse> {
        let wanted = Wanted::read(&request.within, "", 0)?;
        let state = read_state(request.state)?;
        let as_of = request.as_of.as_ref().map(micros);
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
        if state == Some(State::Contested) {
            condition = condition.add(contested_lines());
        }
        let lines = line::list(
            self.store.reader(),
            condition,
            after(&page),
            LINES_PER_PAGE,
            view.commit,
        )
        .await?;
        let mut answer = pb::ListClaimSetsResponse {
            snapshot: view.token.encode(),
            ..pb::ListClaimSetsResponse::default()
        };
        for (i, line) in lines.iter().enumerate() {
            let mut figures = self.figures(line, position).await?;
            wanted.narrow(&mut figures);
            let releases = self.releases(&figures, view.commit).await?;
            let wanted_state =
                |_: Period, set: &ClaimSet| state.is_none_or(|state| set.state == state);
            let sets = self
                .claim_sets(line, &figures, &releases, position, wanted_state)
                .await?;
            answer.claim_sets.extend(sets);
            answer.releases.extend(write_releases(&releases));
            let full = answer.claim_sets.len() >= page.size;
            let more = i + 1 < lines.len() || lines.len() == LINES_PER_PAGE;
            if more && (full || i + 1 == lines.len()) {
                answer.next_page_token = page.token(view.commit, std::slice::from_ref(&line.id));
                break;
            }
        }
        Ok(answer)
    }

    /// The claim sets of a line that `wanted` accepts, as they go out.
    async fn claim_sets(
        &self,
        line: &Line,
        figures: &Figures,
        releases: &Releases,
        position: Position,
        wanted: impl Fn(Period, &ClaimSet) -> bool,
    ) -> Result<Vec<pb::ClaimSet>> {
        let definitions = self.definitions(position.commit).await?;
        let mut chosen = Vec::new();
        for (period, entries) in &figures.cells {
            let set = claim_set::judge(entries.clone(), figures, releases, &definitions)?;
            if wanted(*period, &set) {
                chosen.push((*period, set));
            }
        }
        if chosen.is_empty() {
            return Ok(Vec::new());
        }
        let texts = read::texts(self.store.reader(), line.number).await?;
        let siblings = self.siblings(line, position).await?;
        let mut answers = Vec::with_capacity(chosen.len());
        for (period, set) in chosen {
            let claims = write_claims(
                (line, period),
                &set.entries,
                (figures, &texts),
                &definitions,
            )?;
            answers.push(pb::ClaimSet {
                line: Some(write_line(line)),
                period: Some(write_period(period, 0, false)),
                claims,
                state: set.state as i32,
                rule: set.rule.to_owned(),
                spread: set.spread.as_ref().map(write_interval),
                spread_percent: set
                    .spread_percent
                    .map(|p| p.to_string())
                    .unwrap_or_default(),
                siblings: siblings.clone(),
                originators: set.originators as i32,
            });
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

    pub(crate) async fn list_claim_vintages_of(
        &self,
        request: pb::ListClaimVintagesRequest,
    ) -> Result<pb::ListClaimVintagesResponse> {
        let period = read_period("period", &request.period)?;
        let wanted = Wanted::read("", &request.source, 0)?;
        let view = self
            .view(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let line = self.line(request.line.as_ref(), &view).await?;
        let db = self.store.reader();
        let mut rows = read::rows(db, line.number, view.commit).await?;
        rows.retain(|row| row.period == period);
        rows.sort_by_key(|row| (row.known_at, row.commit, row.sheet));
        let entries: Vec<_> = rows.iter().map(entry).collect();
        let sheets = self
            .books
            .sheets(db, &rows.iter().map(|row| row.sheet).collect())
            .await?;
        let provenances = self
            .books
            .provenances(db, &rows.iter().map(|row| row.provenance).collect())
            .await?;
        let mut figures = Figures {
            cells: [(period, entries)].into(),
            sheets,
            provenances,
        };
        wanted.narrow(&mut figures);
        let releases = self.releases(&figures, view.commit).await?;
        let texts = read::texts(db, line.number).await?;
        let definitions = self.definitions(view.commit).await?;
        let entries = figures.cells.remove(&period).unwrap_or_default();
        Ok(pb::ListClaimVintagesResponse {
            claims: write_claims((&line, period), &entries, (&figures, &texts), &definitions)?,
            releases: write_releases(&releases),
            snapshot: view.token.encode(),
        })
    }

    pub(crate) async fn calculate_of(
        &self,
        request: pb::CalculateRequest,
    ) -> Result<pb::CalculateResponse> {
        let (calculation, accepted) = read_calculation(&request)?;
        let view = self
            .view(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let a = self.input("a", &request.a, &view).await?;
        let b = self.input("b", &request.b, &view).await?;
        let definitions = self.definitions(view.commit).await?;
        let how = (accepted, request.with_rounding);
        let outcome = calculate::calculate(calculation, (&a, &b), how, &definitions)?;
        let unit = match outcome.unit.as_str() {
            "" => String::new(),
            unit => format!("units/{unit}"),
        };
        let result = figure_pb::Result {
            verdict: outcome.verdict as i32,
            interval: outcome.interval.as_ref().map(write_interval),
            unit,
            expression: expression(calculation, &request.a, &request.b),
            claims: vec![request.a, request.b],
            caveats: outcome.caveats.into_iter().map(str::to_owned).collect(),
            refusal: outcome.refusal,
        };
        Ok(pb::CalculateResponse {
            result: Some(result),
            snapshot: view.token.encode(),
        })
    }

    async fn input(&self, field: &str, name: &str, view: &View) -> Result<Input> {
        let (line, row) = self.claim(field, name, view).await?;
        let db = self.store.reader();
        let provenances = self
            .books
            .provenances(db, &BTreeSet::from([row.provenance]))
            .await?;
        let lost = || crate::books::lost("provenance", row.provenance);
        let provenance = provenances.get(&row.provenance).ok_or_else(lost)?;
        let figures = self.figures(&line, view.position(None)).await?;
        let releases = self.releases(&figures, view.commit).await?;
        let definitions = self.definitions(view.commit).await?;
        let cell = figures.cells.get(&row.period).cloned().unwrap_or_default();
        let set = claim_set::judge(cell, &figures, &releases, &definitions)?;
        Ok(Input {
            period: row.period,
            provenance: provenance.clone(),
            statement: row.columns.statement(None)?,
            contested: set.state == State::Contested,
            line: line.key,
        })
    }
}

fn entry(row: &ClaimRow) -> Entry {
    Entry {
        provenance: row.provenance,
        sheet: row.sheet,
        n: row.n,
        columns: row.columns.clone(),
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

fn read_calculation(request: &pb::CalculateRequest) -> Result<(Calculation, Accepted)> {
    let mut fields = Fields::new();
    let calculation = match pb::Calculation::try_from(request.calculation) {
        Ok(pb::Calculation::Difference) => Calculation::Difference,
        Ok(pb::Calculation::Ratio) => Calculation::Ratio,
        Ok(pb::Calculation::Share) => Calculation::Share,
        Ok(pb::Calculation::Change) => Calculation::Change,
        Ok(pb::Calculation::Whole) => Calculation::Whole,
        _ => {
            fields.refuse(Reason::FieldRequired, "calculation", "is required");
            Calculation::Difference
        }
    };
    let mut accepted = Accepted::default();
    for (i, name) in request.accept.iter().enumerate() {
        match name.as_str() {
            "PERIOD" => accepted.period = true,
            "NATURE" => accepted.nature = true,
            "ENTITY" => accepted.entity = true,
            _ => fields.refuse(
                Reason::FieldInvalid,
                format!("accept[{i}]"),
                "is not PERIOD, NATURE or ENTITY",
            ),
        }
    }
    fields.finish()?;
    Ok((calculation, accepted))
}

fn expression(calculation: Calculation, a: &str, b: &str) -> String {
    match calculation {
        Calculation::Difference => format!("{b} - {a}"),
        Calculation::Ratio => format!("{b} / {a}"),
        Calculation::Share => format!("{a} / {b} * 100"),
        Calculation::Change => format!("({b} - {a}) / {a} * 100"),
        Calculation::Whole => format!("{a} / {b} * 100"),
    }
}
