//! `almanac show`: one thing by its name.

mod claim;
mod dated;
mod definition;
mod entity;
mod fact;

use std::process::ExitCode;

use prost::Message;
use prost_types::Timestamp;
use rpc::{Part, Token};

use super::connect::Session;
use super::json;
use super::meant;
use super::options::{Format, Freshness, Reading, Then};
use super::table::{self, Table};

pub use dated::Day;

/// Shows one thing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Its name, `entities/china`; a bare id is looked for in every collection, and then
    /// the name of an entity; `vocabulary` is the vocabulary
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    then: Then,
    #[command(flatten)]
    reading: Reading,
}

/// Collections a bare id is looked for in, in this order, with the service that keeps each.
const COLLECTIONS: [(&str, Part); 8] = [
    ("entities", Part::Registry),
    ("indicators", Part::Metrics),
    ("releases", Part::Metrics),
    ("units", Part::Metrics),
    ("concepts", Part::Metrics),
    ("relations", Part::Registry),
    ("templates", Part::Reporting),
    ("reports", Part::Reporting),
];

/// The name of the vocabulary, of which there is one.
const VOCABULARY: &str = "vocabulary";

/// What is shown: properties, with the message behind them.
struct Shown {
    properties: Vec<(&'static str, String)>,
    json: anyhow::Result<String>,
}

impl Shown {
    fn new<M: Message>(properties: Vec<(&'static str, String)>, message: &M, name: &str) -> Self {
        Self {
            properties,
            json: json::write(message, name),
        }
    }
}

/// A question for one thing.
struct Ask<'a> {
    session: &'a Session,
    name: String,
    freshness: &'a Freshness,
    /// As it was then.
    as_of: Option<Timestamp>,
    /// Whether lists of other things belong to the answer.
    with_lists: bool,
}

/// Shows what a name stands for.
pub async fn run(args: &Args, session: &Session) -> anyhow::Result<ExitCode> {
    let shown = find(args, session).await?;
    let mut table = Table::new(&["what", "value"]);
    let properties = shown.properties.into_iter();
    for (what, value) in properties.filter(|(_, value)| !value.is_empty()) {
        table.row([what.to_owned(), value]);
    }
    table::show(args.reading.format, "", &table, || shown.json)?;
    Ok(ExitCode::SUCCESS)
}

async fn find(args: &Args, session: &Session) -> anyhow::Result<Shown> {
    let ask = |name: String| Ask {
        session,
        name,
        freshness: &args.reading.freshness,
        as_of: args.then.as_of,
        with_lists: args.reading.format != Format::Json,
    };
    if args.name.contains('/') || args.name == VOCABULARY {
        return get(ask(args.name.clone())).await;
    }
    let mut found = None;
    let snapshot = Token::decode(&args.reading.freshness.at_snapshot);
    // A snapshot that says nothing about a service has none of its collections. One that is
    // damaged is told by the first service that is asked.
    let has = |part: Part| snapshot.is_none_or(|token| token.part(part).is_some());
    let collections = COLLECTIONS
        .iter()
        .filter(|(_, part)| meant::is_id(&args.name) && has(*part));
    for (collection, _) in collections {
        let full = format!("{collection}/{}", args.name);
        let also = Ask {
            with_lists: false,
            as_of: None,
            ..ask(full.clone())
        };
        match (&mut found, get(also).await) {
            (None, Ok(_)) => found = Some((full, Vec::new())),
            (Some((_, others)), Ok(_)) => others.push(full),
            (_, Err(error)) if is_elsewhere(&error) => {}
            (_, Err(error)) => return Err(error),
        }
    }
    let Some((full, others)) = found else {
        let freshness = &args.reading.freshness;
        let entity = meant::entity(session, &args.name, freshness).await;
        let entity = entity.map_err(|error| error.context("nothing has this id"))?;
        return get(ask(entity)).await;
    };
    let mut shown = get(ask(full)).await?;
    shown.properties.push(("also", others.join("\n")));
    Ok(shown)
}

/// Whether another collection may have it: this one has not, or the server has no such one.
fn is_elsewhere(error: &anyhow::Error) -> bool {
    let Some(status) = error.downcast_ref::<tonic::Status>() else {
        return false;
    };
    matches!(
        status.code(),
        tonic::Code::NotFound | tonic::Code::Unimplemented
    )
}

async fn get(ask: Ask<'_>) -> anyhow::Result<Shown> {
    let (name, as_of) = (ask.name.clone(), ask.as_of);
    let shown = match ask.name.split('/').next().unwrap_or_default() {
        "entities" => return entity::entity(ask).await,
        "relations" => return entity::relation(ask).await,
        "releases" => return fact::release(ask).await,
        "series" if ask.name.contains("/claims/") => return claim::claim(ask).await,
        "series" => return fact::series(ask).await,
        VOCABULARY => definition::vocabulary(ask).await,
        "indicators" => definition::indicator(ask).await,
        "units" => definition::unit(ask).await,
        "concepts" => definition::concept(ask).await,
        "templates" => fact::template(ask).await,
        "reports" => fact::report(ask).await,
        _ => anyhow::bail!(
            "`{}` is not a name: they begin with {}/, or are series/SERIES, \
             series/SERIES/claims/CLAIM or {VOCABULARY}",
            ask.name,
            COLLECTIONS.map(|(name, _)| name).join("/, ")
        ),
    }?;
    anyhow::ensure!(as_of.is_none(), "{name} has no dates; leave --as-of out");
    Ok(shown)
}
