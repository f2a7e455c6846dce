use figure::State;
use proto::metrics::v1 as pb;
use rpc::{Error, Fields, Result};

use super::claim::Found;
use super::{read_as_of, read_consistency};
use crate::Metrics;
use crate::calculate::{self, Input};
use crate::claim_set;
use crate::convert::calculate as convert;
use crate::convert::claim::{Writer, read_name};
use crate::release_commits::Provenance;
use crate::snapshot::View;

impl Metrics {
    pub(crate) async fn calculate_of(
        &self,
        request: pb::CalculateRequest,
    ) -> Result<pb::CalculateResponse> {
        let mut fields = Fields::new();
        let (calculation, accepted) = convert::read(&mut fields, &request);
        let a = read_name(&mut fields, "a", &request.a);
        let b = read_name(&mut fields, "b", &request.b);
        let as_of = read_as_of(&mut fields, request.as_of.as_ref());
        let asked = read_consistency(&mut fields, request.consistency.as_ref());
        fields.finish()?;
        let calculation = calculation.ok_or_else(|| Error::invalid(Vec::new()))?;
        let view = self.view(&asked).await?;
        let a = self.claim(("a", &request.a, a), &view).await?;
        let b = self.claim(("b", &request.b, b), &view).await?;
        let (name_a, a) = self.input(a, &view, as_of).await?;
        let (name_b, b) = self.input(b, &view, as_of).await?;
        let definitions = self.definitions(view.commit).await?;
        let how = (accepted.as_slice(), request.with_rounding);
        let outcome = calculate::calculate(calculation, (&a, &b), how, &definitions)?;
        Ok(pb::CalculateResponse {
            result: Some(convert::write(calculation, outcome, (name_a, name_b))),
            snapshot: view.token.encode(),
        })
    }

    /// The name of a claim, and the claim as what is computed with.
    async fn input(
        &self,
        found: Found,
        view: &View,
        as_of: Option<i64>,
    ) -> Result<(String, Input)> {
        let row = found.row;
        let definitions = self.definitions(view.commit).await?;
        let writer = Writer::new(&found.series.id, &definitions);
        let name = writer.name((row.period, &found.entry), &found.figures)?;
        let provenance = Provenance::clone(found.figures.provenance(&found.entry)?);
        let position = view.position(as_of);
        let mut figures = self.figures_of(found.series.number, position).await?;
        figures
            .observations
            .retain(|period, _| *period == row.period);
        let releases = self.releases(&figures, view.commit).await?;
        let observation = figures.observations.remove(&row.period).unwrap_or_default();
        let set = claim_set::judge(observation, &figures, &releases, &definitions)?;
        let input = Input {
            period: row.period,
            provenance,
            statement: row.columns.statement(None)?,
            contested: set.state == State::Contested,
            series: found.series.key,
        };
        Ok((name, input))
    }
}
