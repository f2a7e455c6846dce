//! `almanac series`: the figures of one series over time.

use std::collections::BTreeSet;
use std::process::ExitCode;

use proto::metrics::v1::{Claim, GetSeriesRequest, Series};

use super::connect::Session;
use super::exact::{self, Standing};
use super::meant::{self, View};
use super::options::{AsOf, Format, Reading};
use super::quantity::{self, Units};
use super::table::{self, Table};
use super::{json, name};

/// Shows the figures of an indicator of an entity, preferred ones first in each period.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    series: SeriesArgs,
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

/// What names a series.
#[derive(Debug, clap::Args)]
pub struct SeriesArgs {
    /// The indicator, by its id or its label
    #[arg(value_name = "INDICATOR")]
    indicator: String,
    /// The entity, by its id or a name that no other entity has
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

impl SeriesArgs {
    /// The series, with its indicator and entities as they are meant.
    pub async fn series(&self, session: &Session, at_snapshot: &str) -> anyhow::Result<Series> {
        let counterpart = match &self.counterpart {
            Some(other) => meant::entity(session, other, at_snapshot).await?,
            None => String::new(),
        };
        Ok(Series {
            indicator: meant::indicator(session, &self.indicator, at_snapshot).await?,
            entity: meant::entity(session, &self.entity, at_snapshot).await?,
            counterpart,
            breakdown: self.breakdown.iter().cloned().collect(),
            ..Series::default()
        })
    }
}

/// Shows a series.
pub async fn run(args: &Args, session: &Session) -> anyhow::Result<ExitCode> {
    let at_snapshot = &args.reading.at_snapshot;
    let view = View::new(at_snapshot, args.as_of.as_of);
    let series = args.series.series(session, at_snapshot).await?;
    let source = match &args.source {
        Some(source) => meant::entity(session, source, at_snapshot).await?,
        None => String::new(),
    };
    let request = GetSeriesRequest {
        series: Some(series.clone()),
        within: args.within.clone(),
        source: source.clone(),
        as_of: args.as_of.as_of,
        at_snapshot: at_snapshot.clone(),
        ..GetSeriesRequest::default()
    };
    let answer = match session.metrics().get_series(request).await {
        Ok(answer) => answer.into_inner(),
        Err(status) => return Err(meant::explained(session, &series, view, status).await),
    };
    let claims = answer.data.clone().unwrap_or_default().claims;
    let table = match args.reading.format {
        Format::Csv => exact::table(&claims, Standing::Series),
        _ => over_time(&claims, &Units::of(session, &claims, at_snapshot).await?),
    };
    let heading = if claims.is_empty() {
        let whole = meant::series(session, &series, view).await?;
        nothing(&args.within, &source, &whole)
    } else {
        String::new()
    };
    table::show(args.reading.format, &heading, &table, || {
        json::write(&answer, "almanac.metrics.v1.GetSeriesResponse")
    })?;
    Ok(ExitCode::SUCCESS)
}

fn over_time(claims: &[Claim], units: &Units) -> Table {
    let mut table = Table::new(&[
        "period",
        "figure",
        "nature",
        "source",
        "originator",
        "release",
    ]);
    for claim in claims {
        let provenance = claim.provenance.clone().unwrap_or_default();
        table.row([
            quantity::period(claim.period.as_ref()),
            units.figure(claim),
            quantity::word(claim.nature().as_str_name(), "NATURE_"),
            name::id(&provenance.source).to_owned(),
            name::id(&provenance.originator).to_owned(),
            name::id(&claim.release).to_owned(),
        ]);
    }
    table
}

/// Says which option left nothing, and what there is without it.
fn nothing(within: &str, source: &str, whole: &[Claim]) -> String {
    let within = match within {
        "" => String::new(),
        within => format!(" within {within}"),
    };
    let of = match source {
        "" => String::new(),
        source => format!(" of the source `{}`", name::id(source)),
    };
    if whole.is_empty() {
        return format!("no figures{within}{of}: none is in force");
    }
    let sources = whole.iter().filter_map(|claim| claim.provenance.as_ref());
    let sources: BTreeSet<_> = sources.map(|one| name::id(&one.source)).collect();
    let sources: Vec<_> = sources.into_iter().collect();
    format!(
        "no figures{within}{of}; there are figures for {} of {}",
        meant::span(whole),
        sources.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use proto::figure::v1::Period;
    use proto::metrics::v1::{Claim, Provenance};

    use super::nothing;

    #[test]
    fn an_empty_series_says_what_left_nothing_and_what_there_is() {
        let claim = Claim {
            period: Some(Period {
                code: "2018".to_owned(),
                ..Period::default()
            }),
            provenance: Some(Provenance {
                source: "entities/bureau".to_owned(),
                ..Provenance::default()
            }),
            ..Claim::default()
        };
        let said = nothing("2010/2012", "entities/other", &[claim]);
        assert_eq!(
            said,
            "no figures within 2010/2012 of the source `other`; there are figures for 2018 of bureau"
        );
        assert_eq!(nothing("", "", &[]), "no figures: none is in force");
    }
}
