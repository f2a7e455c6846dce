//! `almanac series`: the figures of one series over time.

use std::collections::BTreeSet;
use std::process::ExitCode;

use proto::metrics::v1::{Claim, GetSeriesRequest, GetSeriesResponse, SeriesKey};

use super::connect::Session;
use super::exact::{self, Standing};
use super::instead::{self, View};
use super::options::{AsOf, Format, Freshness, Reading};
use super::quantity::{self, Units};
use super::table::{self, Table};
use super::{json, meant, name};

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
    /// What the series is about, with its indicator and entities as they are meant.
    pub async fn key(&self, session: &Session, freshness: &Freshness) -> anyhow::Result<SeriesKey> {
        let counterpart = match &self.counterpart {
            Some(other) => meant::entity(session, other, freshness).await?,
            None => String::new(),
        };
        Ok(SeriesKey {
            indicator: meant::indicator(session, &self.indicator, freshness).await?,
            entity: meant::entity(session, &self.entity, freshness).await?,
            counterpart,
            breakdown: self.breakdown.iter().cloned().collect(),
        })
    }
}

/// The codes of a series' breakdowns, as the option takes them.
pub fn breakdown(key: &SeriesKey) -> String {
    let codes = key.breakdown.iter();
    let codes: Vec<_> = codes.map(|(id, code)| format!("{id}={code}")).collect();
    codes.join(" ")
}

/// Shows a series.
pub async fn run(args: &Args, session: &Session) -> anyhow::Result<ExitCode> {
    let freshness = &args.reading.freshness;
    let view = View::new(freshness, args.as_of.as_of);
    let key = args.series.key(session, freshness).await?;
    let source = match &args.source {
        Some(source) => meant::entity(session, source, freshness).await?,
        None => String::new(),
    };
    let request = GetSeriesRequest {
        key: Some(key.clone()),
        within: args.within.clone(),
        source: source.clone(),
        as_of: args.as_of.as_of,
        consistency: freshness.consistency(),
        ..GetSeriesRequest::default()
    };
    let answer = match whole(session, request).await {
        Ok(answer) => answer,
        Err(status) => return Err(instead::explained(session, &key, view, status).await),
    };
    let claims = answer.data.clone().unwrap_or_default().claims;
    let table = match args.reading.format {
        Format::Csv => exact::table(&claims, Standing::Series),
        _ => over_time(&claims, &Units::of(session, &claims, freshness).await?),
    };
    let heading = if claims.is_empty() {
        let all = instead::series(session, &key, view).await?;
        nothing(&args.within, &source, &all)
    } else {
        String::new()
    };
    table::show(args.reading.format, &heading, &table, || {
        json::write(&answer, "almanac.metrics.v1.GetSeriesResponse")
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The figures of a series, read page after page into one answer.
pub async fn whole(
    session: &Session,
    mut request: GetSeriesRequest,
) -> Result<GetSeriesResponse, tonic::Status> {
    let mut whole = GetSeriesResponse::default();
    loop {
        let page = session.metrics().get_series(request.clone()).await?;
        let page = page.into_inner();
        let mut data = page.data.unwrap_or_default();
        let kept = whole.data.get_or_insert_default();
        kept.claims.append(&mut data.claims);
        kept.series = data.series;
        whole.releases.extend(page.releases);
        whole.snapshot = page.snapshot;
        if page.next_page_token.is_empty() {
            return Ok(whole);
        }
        request.page_token = page.next_page_token;
    }
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
fn nothing(within: &str, source: &str, all: &[Claim]) -> String {
    let within = match within {
        "" => String::new(),
        within => format!(" within {within}"),
    };
    let of = match source {
        "" => String::new(),
        source => format!(" of the source `{}`", name::id(source)),
    };
    if all.is_empty() {
        return format!("no figures{within}{of}: none is in force");
    }
    let sources = all.iter().filter_map(|claim| claim.provenance.as_ref());
    let sources: BTreeSet<_> = sources.map(|one| name::id(&one.source)).collect();
    let sources: Vec<_> = sources.into_iter().collect();
    format!(
        "no figures{within}{of}; there are figures for {} of {}",
        instead::span(all),
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
