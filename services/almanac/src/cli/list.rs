//! `almanac list`: what there is, collection by collection.

mod definition;
mod fact;
mod registry;

use std::process::ExitCode;

use super::connect::Session;
use super::options::{Format, Freshness, Reading};
use super::table::{self, Table};

/// Largest page a service answers with.
pub const PAGE_SIZE: i32 = 1000;

/// Lists what there is of one sort.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Of what
    #[arg(value_enum, value_name = "COLLECTION")]
    what: What,
    /// Only these, as an AIP-160 filter: `kind = "company"`, `entity = "entities/china"`
    ///
    /// Entities, relations, indicators, units, releases, series and reports can be filtered, by
    /// the fields that the contract names: `concept = "concepts/gdp"`, `dimension = "money"`,
    /// `source = "entities/world-bank"`, `template = "templates/economy"`.
    #[arg(long, default_value = "", hide_default_value = true)]
    filter: String,
    /// List at most so many
    #[arg(long, default_value_t = 100, value_name = "COUNT")]
    limit: usize,
    #[command(flatten)]
    reading: Reading,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// Who and what there is
    Entities,
    /// How entities relate to each other
    Relations,
    /// Kinds of entities, with their attributes
    Kinds,
    /// Kinds of relations
    Predicates,
    /// What is measured
    Indicators,
    /// In what it is measured
    Units,
    /// Ideas that several indicators define
    Concepts,
    /// Publications that state figures
    Releases,
    /// Indicators of entities that there are figures of
    Series,
    /// What reports are made from
    Templates,
    /// Reports that were made
    Reports,
}

impl What {
    /// Whether the contract has a filter for it.
    fn has_filter(self) -> bool {
        match self {
            Self::Entities
            | Self::Relations
            | Self::Indicators
            | Self::Units
            | Self::Releases
            | Self::Series
            | Self::Reports => true,
            Self::Kinds | Self::Predicates | Self::Concepts | Self::Templates => false,
        }
    }
}

/// One page of an answer.
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next one begins; empty at the end.
    pub next_page_token: String,
    /// Snapshot token of the answer.
    pub snapshot: String,
}

/// Reads page after page until there are enough.
pub async fn pages<T>(
    limit: usize,
    mut ask: impl AsyncFnMut(i32, String) -> Result<Page<T>, tonic::Status>,
) -> Result<Page<T>, tonic::Status> {
    let mut all = Page {
        items: Vec::new(),
        next_page_token: String::new(),
        snapshot: String::new(),
    };
    loop {
        let wanted = i32::try_from(limit - all.items.len()).unwrap_or(i32::MAX);
        let wanted = wanted.min(PAGE_SIZE);
        let page = ask(wanted, all.next_page_token).await?;
        all.items.extend(page.items);
        all.next_page_token = page.next_page_token;
        all.snapshot = page.snapshot;
        if all.next_page_token.is_empty() || all.items.len() >= limit {
            return Ok(all);
        }
    }
}

/// A question for a list.
struct Ask<'a> {
    session: &'a Session,
    filter: &'a str,
    limit: usize,
    freshness: &'a Freshness,
    /// Whether the answer is shown field by field.
    whole: bool,
}

/// A list, with the message behind it.
struct Listed {
    table: Table,
    json: anyhow::Result<String>,
    /// Whether there is more than was asked for.
    more: bool,
}

/// Lists.
pub async fn run(args: &Args, session: &Session) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(args.limit > 0, "--limit must be 1 or more");
    anyhow::ensure!(
        args.what.has_filter() || args.filter.is_empty(),
        "--filter works for entities, relations, indicators, units, releases, series and reports; \
         leave it out here"
    );
    let ask = Ask {
        session,
        filter: &args.filter,
        limit: args.limit,
        freshness: &args.reading.freshness,
        whole: args.reading.format == Format::Json,
    };
    let listed = match args.what {
        What::Entities => registry::entities(ask).await?,
        What::Relations => registry::relations(ask).await?,
        What::Kinds => registry::kinds(ask).await?,
        What::Predicates => registry::predicates(ask).await?,
        What::Indicators => definition::indicators(ask).await?,
        What::Units => definition::units(ask).await?,
        What::Concepts => definition::concepts(ask).await?,
        What::Releases => fact::releases(ask).await?,
        What::Series => fact::series(ask).await?,
        What::Templates => fact::templates(ask).await?,
        What::Reports => fact::reports(ask).await?,
    };
    let heading = if listed.table.is_empty() { "none" } else { "" };
    table::show(args.reading.format, heading, &listed.table, || listed.json)?;
    if listed.more {
        table::complain(&format!(
            "these are the first {}; --limit COUNT lists more",
            args.limit
        ));
    }
    Ok(ExitCode::SUCCESS)
}
