//! `almanac search`: entities by any part of their names.

use std::process::ExitCode;

use proto::registry::v1::SearchEntitiesRequest;

use super::connect::Session;
use super::options::Reading;
use super::table::{self, Table};
use super::{json, name};

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
    reading: Reading,
}

/// Searches.
pub async fn run(args: &Args, session: &Session) -> anyhow::Result<ExitCode> {
    let request = SearchEntitiesRequest {
        query: args.text.clone(),
        filter: args.filter.clone(),
        page_size: args.limit,
        at_snapshot: args.reading.at_snapshot.clone(),
        ..SearchEntitiesRequest::default()
    };
    let answer = session
        .registry()
        .search_entities(request)
        .await?
        .into_inner();
    let mut table = Table::new(&["entity", "name", "kind", "score", "matched", "because"]);
    for found in &answer.matches {
        let entity = found.entity.clone().unwrap_or_default();
        let because = found.reason.to_lowercase().replace('_', " ");
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
