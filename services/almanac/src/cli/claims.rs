//! `almanac claims`: all that is said about one figure.

use std::process::ExitCode;

use prost_types::Timestamp;
use proto::metrics::v1::{Claim, ClaimSet, GetClaimSetRequest, ListClaimVintagesRequest};

use super::connect::Session;
use super::options::{AsOf, Reading};
use super::quantity::{self, Units};
use super::series::LineArgs;
use super::table::{self, Table};
use super::{json, name};

/// Shows all that is said about one figure, or how it was revised.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    line: LineArgs,
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
    let request = GetClaimSetRequest {
        line: Some(args.line.line()),
        period: args.period.clone(),
        as_of: args.as_of.as_of,
        at_snapshot: args.reading.at_snapshot.clone(),
        ..GetClaimSetRequest::default()
    };
    let answer = session.metrics().get_claim_set(request).await?.into_inner();
    let set = answer.claim_set.clone().unwrap_or_default();
    let units = Units::of(session, &set.claims, &args.reading.at_snapshot).await?;
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
            claim.name.clone(),
        ]);
    }
    table::show(args.reading.format, &heading(&set), &table, || {
        json::write(&answer, "almanac.metrics.v1.GetClaimSetResponse")
    })?;
    Ok(ExitCode::SUCCESS)
}

fn heading(set: &ClaimSet) -> String {
    let mut lines = vec![quantity::word(
        set.state().as_str_name(),
        "CLAIM_SET_STATE_",
    )];
    if set.claims.len() > 1 {
        lines.push(format!("preferred: the first, because {}", set.rule));
    }
    if set.claims.len() > 1 && !set.spread_percent.is_empty() {
        let spread = set
            .spread
            .as_ref()
            .map(quantity::interval)
            .unwrap_or_default();
        lines.push(format!("spread: {spread} ({}%)", set.spread_percent));
    }
    for sibling in &set.siblings {
        lines.push(format!(
            "defined otherwise: {}",
            name::id(&sibling.indicator)
        ));
    }
    lines.join("\n")
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
    let request = ListClaimVintagesRequest {
        line: Some(args.line.line()),
        period: args.period.clone(),
        at_snapshot: args.reading.at_snapshot.clone(),
        ..ListClaimVintagesRequest::default()
    };
    let answer = session
        .metrics()
        .list_claim_vintages(request)
        .await?
        .into_inner();
    let units = Units::of(session, &answer.claims, &args.reading.at_snapshot).await?;
    let mut table = Table::new(&["known at", "figure", "source", "release", "claim"]);
    for claim in &answer.claims {
        let source = claim
            .provenance
            .as_ref()
            .map_or("", |provenance| name::id(&provenance.source));
        table.row([
            claim.known_at.as_ref().map(time).unwrap_or_default(),
            units.figure(claim),
            source.to_owned(),
            name::id(&claim.release).to_owned(),
            claim.name.clone(),
        ]);
    }
    table::show(args.reading.format, "", &table, || {
        json::write(&answer, "almanac.metrics.v1.ListClaimVintagesResponse")
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A time without its fraction.
pub fn time(timestamp: &Timestamp) -> String {
    jiff::Timestamp::from_second(timestamp.seconds)
        .map(|time| time.to_string())
        .unwrap_or_default()
}
