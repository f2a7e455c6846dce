//! `almanac search`: entities by any part of their names.

use std::process::ExitCode;

use proto::registry::v1::{EntityMatch, SearchEntitiesRequest, SearchEntitiesResponse};

use super::connect::Session;
use super::options::{Reading, Then};
use super::show::Day;
use super::table::{self, Table};
use super::{json, name, quantity};

/// Finds entities by any part of any of their names, best first.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to look for; two Chinese characters are enough
    #[arg(value_name = "TEXT")]
    text: String,
    /// Only these, as an AIP-160 filter: `kind = "company"`
    #[arg(long, default_value = "", hide_default_value = true)]
    filter: String,
    /// Show at most so many
    #[arg(long, default_value_t = 20, value_name = "COUNT")]
    limit: i32,
    #[command(flatten)]
    then: Then,
    #[command(flatten)]
    reading: Reading,
}

/// Searches.
pub async fn run(args: &Args, session: &Session) -> anyhow::Result<ExitCode> {
    let request = SearchEntitiesRequest {
        query: args.text.clone(),
        filter: args.filter.clone(),
        page_size: args.limit,
        consistency: args.reading.freshness.consistency(),
        ..SearchEntitiesRequest::default()
    };
    let answer = match &args.then.as_of {
        None => search(session, &request).await?,
        Some(then) => search_then(session, request, Day::of(then)).await?,
    };
    let mut table = Table::new(&["entity", "name", "kind", "score", "matched", "because"]);
    for found in &answer.matches {
        let entity = found.entity.clone().unwrap_or_default();
        let because = quantity::word(found.reason().as_str_name(), "MATCH_REASON_");
        let id = name::id(&entity.name).to_owned();
        table.row([
            id,
            entity.display_name,
            entity.kind,
            found.score.to_string(),
            found.matched.clone(),
            because,
        ]);
    }
    let heading = if table.is_empty() {
        format!("nothing is called `{}`", args.text)
    } else {
        String::new()
    };
    table::show(args.reading.format, &heading, &table, || {
        json::write(&answer, "almanac.registry.v1.SearchEntitiesResponse")
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn search(
    session: &Session,
    request: &SearchEntitiesRequest,
) -> Result<SearchEntitiesResponse, tonic::Status> {
    let answer = session.registry().search_entities(request.clone()).await?;
    Ok(answer.into_inner())
}

/// Reads on where hits are left out, so that as many are shown as were asked for.
async fn search_then(
    session: &Session,
    mut request: SearchEntitiesRequest,
    day: Day,
) -> Result<SearchEntitiesResponse, tonic::Status> {
    let mut found = Vec::new();
    loop {
        let answer = search(session, &request).await?;
        let asked = usize::try_from(request.page_size).unwrap_or_default();
        found.extend(answer.matches.into_iter().filter_map(|one| held(one, day)));
        if found.len() >= asked || answer.next_page_token.is_empty() {
            found.truncate(asked);
            return Ok(SearchEntitiesResponse {
                matches: found,
                next_page_token: answer.next_page_token,
                snapshot: answer.snapshot,
            });
        }
        request.page_token = answer.next_page_token;
    }
}

/// A hit as it was on a day; nothing where its name was not in use then.
fn held(one: EntityMatch, day: Day) -> Option<EntityMatch> {
    let entity = one.entity.unwrap_or_default();
    day.has_name(&entity, &one.matched).then(|| EntityMatch {
        entity: Some(day.of_entity(entity)),
        ..one
    })
}
