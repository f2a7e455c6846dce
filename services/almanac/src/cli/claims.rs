//! `almanac claims`: all that is said about one figure.

use std::process::ExitCode;

use prost_types::Timestamp;
use proto::metrics::v1::{
    Claim, ClaimSet, GetClaimSetRequest, GetClaimSetResponse, ListClaimVintagesRequest,
    ListClaimVintagesResponse, Preference,
};

use super::connect::Session;
use super::exact::{self, Standing};
use super::instead::{self, View};
use super::options::{AsOf, Format, Reading};
use super::quantity::{self, Units};
use super::series::SeriesArgs;
use super::table::{self, Table};
use super::{json, list, name};

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
    let freshness = &args.reading.freshness;
    let key = args.series.key(session, freshness).await?;
    let request = GetClaimSetRequest {
        series_key: Some(key.clone()),
        period: args.period.clone(),
        as_of: args.as_of.as_of,
        consistency: freshness.consistency(),
        ..GetClaimSetRequest::default()
    };
    let answer = match whole_set(session, request).await {
        Ok(answer) => answer,
        Err(status) => {
            let view = View::new(freshness, args.as_of.as_of);
            return Err(instead::explained(session, &key, view, status).await);
        }
    };
    let set = answer.claim_set.clone().unwrap_or_default();
    let units = Units::of(session, &set.claims, freshness).await?;
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

/// Everything said of an observation, read page after page into one answer.
pub async fn whole_set(
    session: &Session,
    mut request: GetClaimSetRequest,
) -> Result<GetClaimSetResponse, tonic::Status> {
    let mut whole = GetClaimSetResponse::default();
    loop {
        let page = session.metrics().get_claim_set(request.clone()).await?;
        let page = page.into_inner();
        let set = page.claim_set.unwrap_or_default();
        match &mut whole.claim_set {
            None => whole.claim_set = Some(set),
            Some(kept) => {
                kept.claims.extend(set.claims);
                kept.reasons.extend(set.reasons);
            }
        }
        whole.releases.extend(page.releases);
        whole.snapshot = page.snapshot;
        if page.next_page_token.is_empty() {
            return Ok(whole);
        }
        request.page_token = page.next_page_token;
    }
}

fn side_by_side(set: &ClaimSet, units: &Units) -> Table {
    let mut table = Table::new(&[
        "figure",
        "period",
        "nature",
        "source",
        "originator",
        "place",
        "decided by",
        "claim",
    ]);
    let reasons = reasons(set);
    for (claim, reason) in set.claims.iter().zip(reasons) {
        let provenance = claim.provenance.clone().unwrap_or_default();
        table.row([
            units.figure(claim),
            quantity::period(claim.period.as_ref()),
            quantity::word(claim.nature().as_str_name(), "NATURE_"),
            name::id(&provenance.source).to_owned(),
            name::id(&provenance.originator).to_owned(),
            place(claim),
            reason,
            name::id(&claim.name).to_owned(),
        ]);
    }
    table
}

/// What put the preferred claim before each, where that is not the rule in the heading.
fn reasons(set: &ClaimSet) -> impl Iterator<Item = String> {
    let rule = set.rule.as_ref().map(Preference::reason);
    let others = set.reasons.iter().map(move |reason| {
        let told = Some(reason.reason()) == rule;
        if told {
            String::new()
        } else {
            reason.text.clone()
        }
    });
    let first = std::iter::once(String::new());
    first.chain(others).chain(std::iter::repeat(String::new()))
}

fn heading(set: &ClaimSet, units: &Units) -> String {
    let mut lines = vec![quantity::word(set.state().as_str_name(), STATE)];
    if let [preferred, _, ..] = set.claims.as_slice() {
        let rule = set.rule.as_ref().map_or("", |rule| rule.text.as_str());
        lines.push(format!("The first is preferred by the rule: {rule}."));
        let spread = set.spread.as_ref();
        if let Some(spread) = spread.filter(|_| !set.spread_percent.is_empty()) {
            let spread = units.spread(spread, preferred);
            lines.push(format!("spread: {spread} ({}%)", set.spread_percent));
        }
    }
    for sibling in set.siblings.iter().filter_map(|series| series.key.as_ref()) {
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
    let freshness = &args.reading.freshness;
    let key = args.series.key(session, freshness).await?;
    let request = ListClaimVintagesRequest {
        series_key: Some(key.clone()),
        period: args.period.clone(),
        consistency: freshness.consistency(),
        ..ListClaimVintagesRequest::default()
    };
    let view = View::new(freshness, None);
    let answer = match all_vintages(session, request).await {
        Ok(answer) => answer,
        Err(status) => return Err(instead::explained(session, &key, view, status).await),
    };
    let units = Units::of(session, &answer.claims, freshness).await?;
    let heading = match answer.claims.first() {
        Some(claim) => whole_name(claim),
        None => instead::periods(session, &key, view).await?,
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

/// All vintages of an observation, read page after page into one answer.
async fn all_vintages(
    session: &Session,
    mut request: ListClaimVintagesRequest,
) -> Result<ListClaimVintagesResponse, tonic::Status> {
    let mut all = ListClaimVintagesResponse::default();
    request.page_size = list::PAGE_SIZE;
    loop {
        let page = session
            .metrics()
            .list_claim_vintages(request.clone())
            .await?;
        let page = page.into_inner();
        all.claims.extend(page.claims);
        all.releases.extend(page.releases);
        all.snapshot = page.snapshot;
        if page.next_page_token.is_empty() {
            return Ok(all);
        }
        request.page_token = page.next_page_token;
    }
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
