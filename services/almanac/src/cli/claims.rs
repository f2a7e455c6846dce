//! `almanac claims`: all that is said about one figure.

use std::process::ExitCode;

use prost_types::Timestamp;
use proto::metrics::v1::{Claim, ClaimSet, GetClaimSetRequest, ListClaimVintagesRequest};

use super::connect::Session;
use super::exact::{self, Standing};
use super::meant::{self, View};
use super::options::{AsOf, Format, Reading};
use super::quantity::{self, Units};
use super::series::SeriesArgs;
use super::table::{self, Table};
use super::{json, name};

/// What the words for a state begin with in the contract.
const STATE: &str = "CLAIM_SET_STATE_";

/// Shows all that is said about one figure, or how it was revised.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    series: SeriesArgs,
    /// The period: `2018`, `2018-Q3`, `2018-06`, `2016-01/2016-05`
    #[arg(value_name = "PERIOD")]
    period: String,
    /// Show every vintage, from the oldest, withdrawals included
    #[arg(long)]
    vintages: bool,
    #[command(flatten)]
    as_of: AsOf,
    #[command(flatten)]
    reading: Reading,
}

/// Shows claims.
pub async fn run(args: &Args, session: &Session) -> anyhow::Result<ExitCode> {
    if args.vintages {
        anyhow::ensure!(
            args.as_of.as_of.is_none(),
            "--vintages shows all times at once; leave --as-of out"
        );
        return vintages(args, session).await;
    }
    let at_snapshot = &args.reading.at_snapshot;
    let series = args.series.series(session, at_snapshot).await?;
    let request = GetClaimSetRequest {
        series: Some(series.clone()),
        period: args.period.clone(),
        as_of: args.as_of.as_of,
        at_snapshot: at_snapshot.clone(),
        ..GetClaimSetRequest::default()
    };
    let answer = match session.metrics().get_claim_set(request).await {
        Ok(answer) => answer.into_inner(),
        Err(status) => {
            let view = View::new(at_snapshot, args.as_of.as_of);
            return Err(meant::explained(session, &series, view, status).await);
        }
    };
    let set = answer.claim_set.clone().unwrap_or_default();
    let units = Units::of(session, &set.claims, at_snapshot).await?;
    let table = match args.reading.format {
        Format::Csv => {
            let state = quantity::word(set.state().as_str_name(), STATE);
            exact::table(&set.claims, Standing::Set(&state))
        }
        _ => side_by_side(&set, &units),
    };
    table::show(args.reading.format, &heading(&set, &units), &table, || {
        json::write(&answer, "almanac.metrics.v1.GetClaimSetResponse")
    })?;
    Ok(ExitCode::SUCCESS)
}

fn side_by_side(set: &ClaimSet, units: &Units) -> Table {
    let mut table = Table::new(&[
        "figure",
        "period",
        "nature",
        "source",
        "originator",
        "place",
        "claim",
    ]);
    for claim in &set.claims {
        let provenance = claim.provenance.clone().unwrap_or_default();
        table.row([
            units.figure(claim),
            quantity::period(claim.period.as_ref()),
            quantity::word(claim.nature().as_str_name(), "NATURE_"),
            name::id(&provenance.source).to_owned(),
            name::id(&provenance.originator).to_owned(),
            place(claim),
            name::id(&claim.name).to_owned(),
        ]);
    }
    table
}

fn heading(set: &ClaimSet, units: &Units) -> String {
    let mut lines = vec![quantity::word(set.state().as_str_name(), STATE)];
    if let [preferred, _, ..] = set.claims.as_slice() {
        lines.push(format!("The first is preferred by the rule: {}.", set.rule));
        let spread = set.spread.as_ref();
        if let Some(spread) = spread.filter(|_| !set.spread_percent.is_empty()) {
            let spread = units.spread(spread, preferred);
            lines.push(format!("spread: {spread} ({}%)", set.spread_percent));
        }
    }
    for sibling in &set.siblings {
        lines.push(format!(
            "defined otherwise: {}",
            name::id(&sibling.indicator)
        ));
    }
    lines.extend(set.claims.first().map(whole_name));
    lines.join("\n")
}

/// How to ask for a claim that a table names in short.
fn whole_name(claim: &Claim) -> String {
    format!("claims of {}: `almanac show {}`", claim.series, claim.name)
}

fn place(claim: &Claim) -> String {
    let locator = claim.text.as_ref().and_then(|text| text.locators.first());
    locator.map_or_else(String::new, |locator| {
        match (locator.place.as_str(), locator.quote.as_str()) {
            (place, "") => place.to_owned(),
            ("", quote) => format!("“{quote}”"),
            (place, quote) => format!("{place}: “{quote}”"),
        }
    })
}

async fn vintages(args: &Args, session: &Session) -> anyhow::Result<ExitCode> {
    let at_snapshot = &args.reading.at_snapshot;
    let series = args.series.series(session, at_snapshot).await?;
    let request = ListClaimVintagesRequest {
        series: Some(series.clone()),
        period: args.period.clone(),
        at_snapshot: at_snapshot.clone(),
        ..ListClaimVintagesRequest::default()
    };
    let view = View::new(at_snapshot, None);
    let answer = match session.metrics().list_claim_vintages(request).await {
        Ok(answer) => answer.into_inner(),
        Err(status) => return Err(meant::explained(session, &series, view, status).await),
    };
    let units = Units::of(session, &answer.claims, at_snapshot).await?;
    let heading = match answer.claims.first() {
        Some(claim) => whole_name(claim),
        None => meant::periods(session, &series, view).await?,
    };
    let table = match args.reading.format {
        Format::Csv => exact::table(&answer.claims, Standing::Vintages),
        _ => one_after_the_other(&answer.claims, &units),
    };
    table::show(args.reading.format, &heading, &table, || {
        json::write(&answer, "almanac.metrics.v1.ListClaimVintagesResponse")
    })?;
    Ok(ExitCode::SUCCESS)
}

fn one_after_the_other(claims: &[Claim], units: &Units) -> Table {
    let mut table = Table::new(&["known at", "figure", "source", "release", "claim"]);
    for claim in claims {
        let source = claim
            .provenance
            .as_ref()
            .map_or("", |provenance| name::id(&provenance.source));
        table.row([
            claim.known_at.as_ref().map(time).unwrap_or_default(),
            units.figure(claim),
            source.to_owned(),
            name::id(&claim.release).to_owned(),
            name::id(&claim.name).to_owned(),
        ]);
    }
    table
}

/// A time without its fraction.
pub fn time(timestamp: &Timestamp) -> String {
    jiff::Timestamp::from_second(timestamp.seconds)
        .map(|time| time.to_string())
        .unwrap_or_default()
}
