//! `almanac import`: tables in, entities, relations, releases and claims out.
//!
//! Each part of the mapping is one pass over the file, so that a relation may name an
//! entity that stands further down, and memory does not grow with the file.

mod batch;
mod claim;
mod condition;
mod entity;
mod fault;
mod figures;
mod file;
mod input;
mod load;
mod lookup;
mod mapping;
mod progress;
mod reader;
mod records;
mod reject;
mod relation;
mod release;
mod rule;
mod section;
mod shape;
mod summary;
mod text;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use super::apply;
use super::connect::Session;
use crate::output;
use file::Import;
use input::Source;
use load::Terms;
use mapping::Mapping;
use reject::Rejects;
use summary::Counts;

/// What to load.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What the columns mean
    #[arg(value_name = "MAPPING")]
    mapping: PathBuf,
    /// The tables, in this order
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Check every row and say what would happen; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Write the rejected rows to this file, as CSV
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Accept releases older than the newest of their series
    #[arg(long)]
    backfill: bool,
    /// Who loads, for the record
    #[arg(long, value_name = "NAME", default_value = "almanac import")]
    actor: String,
}

/// Runs an import.
pub async fn run(args: &Args, session: &Session) -> anyhow::Result<ExitCode> {
    let mapping = Mapping::open(&args.mapping)?;
    let sources = args
        .files
        .iter()
        .map(|path| Source::open(path, &mapping.file))
        .collect::<Result<Vec<_>, _>>()?;
    for source in &sources {
        let rows = source.rows()?;
        let headers: Vec<&str> = rows.headers.iter().map(String::as_str).collect();
        let checked = mapping.check_columns(&headers);
        checked.with_context(|| {
            format!(
                "{} does not fit {}",
                args.mapping.display(),
                source.path.display()
            )
        })?;
    }
    if let Some(path) = &mapping.vocabulary {
        output::print(&apply::vocabulary(session, path, args.dry_run).await?)?;
    }
    if let Some(path) = &mapping.definitions {
        output::print(&apply::definitions(session, path, args.dry_run).await?)?;
    }
    let terms = Terms {
        dry_run: args.dry_run,
        backfill: args.backfill,
        actor: args.actor.clone(),
    };
    let mut rejects = Rejects::open(args.rejects.as_deref())?;
    let mut total = Counts::default();
    for source in &sources {
        let counts = Import::new(session, &mapping, source, &terms, &mut rejects)
            .run()
            .await?;
        output::print(&format!(
            "{}: {}",
            source.path.display(),
            counts.words(args.dry_run)
        ))?;
        total += counts;
    }
    if sources.len() > 1 {
        output::print(&format!(
            "all {} files: {}",
            sources.len(),
            total.words(args.dry_run)
        ))?;
    }
    rejects.finish()?;
    Ok(ExitCode::from(u8::from(total.rejected > 0)))
}
