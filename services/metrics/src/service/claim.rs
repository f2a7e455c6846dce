use figure::State;
use proto::figure::v1 as figure_pb;
use proto::metrics::v1 as pb;
use rpc::{Error, Fields, Reason, Result, Violation, read_period, read_time, write_interval};

use super::series::{Wanted, write_claims, write_releases};
use crate::calculate::{self, Accepted, Calculation, Input};
use crate::claim_set;
use crate::convert::claim::{self as claim_out, Parts, read_name};
use crate::convert::release as release_out;
use crate::convert::series::write_series;
use crate::head::Entry;
use crate::read::{self, ClaimRow, Figures};
use crate::release_commits::{self, Provenance};
use crate::series::{self, Series};
use crate::snapshot::View;
use crate::{Metrics, release};

impl Metrics {
    pub(crate) async fn get_claim_of(
        &self,
        request: pb::GetClaimRequest,
    ) -> Result<pb::GetClaimResponse> {
        let view = self
            .view(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let (series, row) = self.claim("name", &request.name, &view).await?;
        let db = self.store.reader();
        let release_commits_by_id = self
            .release_commits
            .by_id(db, &[row.release_commit])
            .await?;
        let provenances = self
            .release_commits
            .provenances(db, &[row.provenance])
            .await?;
        let lost = || release_commits::lost("release commit", row.release_commit);
        let (release_commit, provenance) = release_commits_by_id
            .get(&row.release_commit)
            .zip(provenances.get(&row.provenance))
            .ok_or_else(lost)?;
        let texts = read::texts(db, series.number).await?;
        let release = release::get(db, &release_commit.release, view.commit).await?;
        let parts = Parts {
            series: &series.id,
            period: row.period,
            n: row.n,
            columns: &row.columns,
            release_commit,
            provenance,
            text: texts.get(&(row.period, row.release_commit)),
        };
        let definitions = self.definitions(view.commit).await?;
        Ok(pb::GetClaimResponse {
            claim: Some(claim_out::write(&parts, &definitions)?),
            series: Some(write_series(&series)),
            release: Some(release_out::write(&release)),
            snapshot: view.token.encode(),
        })
    }

    /// The claim with this name and its series.
    async fn claim(&self, field: &str, name: &str, view: &View) -> Result<(Series, ClaimRow)> {
        let (series, period, n) = read_name(field, name)?;
        let missing = || {
            let message = format!("{name} does not exist in this snapshot");
            let missing = Violation::new(Reason::ClaimNotFound, field, message);
            Error::from(missing.about(name))
        };
        let series = series::get(self.store.reader(), &series, view.commit)
            .await
            .map_err(|error| match error.reason() {
                Reason::SeriesNotFound => missing(),
                _ => error,
            })?;
        let rows = read::rows(
            self.store.reader(),
            &self.release_commits,
            series.number,
            view.commit,
        )
        .await?;
        let row = rows
            .into_iter()
            .find(|row| row.period == period && row.n == n);
        Ok((series, row.ok_or_else(missing)?))
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
        let series = self.series(request.series.as_ref(), &view).await?;
        let db = self.store.reader();
        let mut rows = read::rows(db, &self.release_commits, series.number, view.commit).await?;
        rows.retain(|row| row.period == period);
        rows.sort_by_key(|row| (row.known_at, row.commit, row.release_commit));
        let entries = rows.iter().map(entry).collect();
        let release_commits_by_id =
            release_commits::runs(rows.iter().map(|row| row.release_commit));
        let release_commits_by_id = self
            .release_commits
            .by_id(db, &release_commits_by_id)
            .await?;
        let provenances = release_commits::runs(rows.iter().map(|row| row.provenance));
        let provenances = self.release_commits.provenances(db, &provenances).await?;
        let mut figures = Figures {
            observations: [(period, entries)].into(),
            release_commits_by_id,
            provenances,
        };
        wanted.narrow(&mut figures);
        let releases = self.releases(&figures, view.commit).await?;
        let texts = read::texts(db, series.number).await?;
        let definitions = self.definitions(view.commit).await?;
        let entries = figures.observations.remove(&period).unwrap_or_default();
        Ok(pb::ListClaimVintagesResponse {
            claims: write_claims(
                (&series, period),
                &entries,
                (&figures, &texts),
                &definitions,
            )?,
            releases: write_releases(&releases),
            snapshot: view.token.encode(),
        })
    }

    pub(crate) async fn calculate_of(
        &self,
        request: pb::CalculateRequest,
    ) -> Result<pb::CalculateResponse> {
        let (calculation, accepted) = read_calculation(&request)?;
        let as_of = read_time("as_of", request.as_of.as_ref())?;
        let view = self
            .view(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let a = self.input("a", &request.a, &view, as_of).await?;
        let b = self.input("b", &request.b, &view, as_of).await?;
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

    async fn input(
        &self,
        field: &str,
        name: &str,
        view: &View,
        as_of: Option<i64>,
    ) -> Result<Input> {
        let (series, row) = self.claim(field, name, view).await?;
        let db = self.store.reader();
        let provenances = self
            .release_commits
            .provenances(db, &[row.provenance])
            .await?;
        let lost = || release_commits::lost("provenance", row.provenance);
        let provenance = provenances.get(&row.provenance).ok_or_else(lost)?;
        let position = view.position(as_of);
        let figures = self.figures_of(series.number, position).await?;
        let releases = self.releases(&figures, view.commit).await?;
        let definitions = self.definitions(view.commit).await?;
        let observation = figures
            .observations
            .get(&row.period)
            .cloned()
            .unwrap_or_default();
        let set = claim_set::judge(observation, &figures, &releases, &definitions)?;
        Ok(Input {
            period: row.period,
            provenance: Provenance::clone(provenance),
            statement: row.columns.statement(None)?,
            contested: set.state == State::Contested,
            series: series.key,
        })
    }
}

fn entry(row: &ClaimRow) -> Entry {
    Entry {
        provenance: row.provenance,
        release_commit: row.release_commit,
        n: row.n,
        columns: row.columns.clone(),
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
