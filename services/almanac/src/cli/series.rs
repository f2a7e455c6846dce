//! `almanac series`: the figures of one line over time.

use std::process::ExitCode;

use proto::metrics::v1::{GetLineRequest, Line};

use super::connect::Session;
use super::options::{AsOf, Reading};
use super::quantity::{self, Units};
use super::table::{self, Table};
use super::{json, name};

/// Shows the figures of an indicator of an entity, preferred ones first in each period.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    line: LineArgs,
    /// Only periods within this one: `2010/2020`
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "PERIOD"
    )]
    within: String,
    /// Only figures of this source
    #[arg(long, value_name = "ENTITY")]
    source: Option<String>,
    #[command(flatten)]
    as_of: AsOf,
    #[command(flatten)]
    reading: Reading,
}

/// What names a line.
#[derive(Debug, clap::Args)]
pub struct LineArgs {
    /// The indicator
    #[arg(value_name = "INDICATOR")]
    indicator: String,
    /// The entity
    #[arg(value_name = "ENTITY")]
    entity: String,
    /// The other side, where the indicator is bilateral
    #[arg(long, value_name = "ENTITY")]
    counterpart: Option<String>,
    /// A breakdown, as ID=CODE; may be repeated
    #[arg(long = "breakdown", value_name = "ID=CODE", value_parser = pair)]
    breakdown: Vec<(String, String)>,
}

/// Splits `KEY=VALUE`.
pub fn pair(text: &str) -> Result<(String, String), String> {
    let split = text.split_once('=').ok_or("is not of the form KEY=VALUE")?;
    Ok((split.0.to_owned(), split.1.to_owned()))
}

impl LineArgs {
    /// The line.
    pub fn line(&self) -> Line {
        Line {
            indicator: name::within("indicators", &self.indicator),
            entity: name::within("entities", &self.entity),
            counterpart: self
                .counterpart
                .as_ref()
                .map(|other| name::within("entities", other))
                .unwrap_or_default(),
            breakdown: self.breakdown.iter().cloned().collect(),
            ..Line::default()
        }
    }
}

/// Shows a series.
pub async fn run(args: &Args, session: &Session) -> anyhow::Result<ExitCode> {
    let request = GetLineRequest {
        line: Some(args.line.line()),
        within: args.within.clone(),
        source: args
            .source
            .as_ref()
            .map(|source| name::within("entities", source))
            .unwrap_or_default(),
        as_of: args.as_of.as_of,
        at_snapshot: args.reading.at_snapshot.clone(),
        ..GetLineRequest::default()
    };
    let answer = session.metrics().get_line(request).await?.into_inner();
    let claims = answer.data.clone().unwrap_or_default().claims;
    let units = Units::of(session, &claims, &args.reading.at_snapshot).await?;
    let mut table = Table::new(&[
        "period",
        "figure",
        "unit",
        "nature",
        "source",
        "originator",
        "release",
    ]);
    for claim in &claims {
        let provenance = claim.provenance.clone().unwrap_or_default();
        table.row([
            quantity::period(claim.period.as_ref()),
            units.figure(claim),
            Units::id(claim),
            quantity::word(claim.nature().as_str_name(), "NATURE_"),
            name::id(&provenance.source).to_owned(),
            name::id(&provenance.originator).to_owned(),
            name::id(&claim.release).to_owned(),
        ]);
    }
    let heading = if table.is_empty() { "no figures" } else { "" };
    table::show(args.reading.format, heading, &table, || {
        json::write(&answer, "almanac.metrics.v1.GetLineResponse")
    })?;
    Ok(ExitCode::SUCCESS)
}
