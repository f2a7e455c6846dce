//! `almanac import`: tables in, entities, relations, releases and claims out.
//!
//! Each part of the mapping is one pass over the file, so that a relation may name an
//! entity that stands further down, and memory does not grow with the file.

mod batch;
mod claim;
mod condition;
mod digest;
mod entity;
mod fault;
mod figures;
mod file;
mod ingest;
mod input;
mod known;
mod lookup;
mod mapping;
mod progress;
mod quantity;
mod reader;
mod records;
mod reject;
mod relation;
mod release;
mod rule;
mod section;
mod sent;
mod shape;
mod starts;
mod summary;
mod text;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use proto::metrics::v1::ApplyDefinitionsRequest;
use proto::registry::v1::{ApplyVocabularyRequest, Vocabulary};

use super::connect::Session;
use super::table::complain;
use super::{apply, json};
use crate::output;
use file::Import;
use ingest::{Awaits, Terms};
use input::Source;
use mapping::Mapping;
use reject::Rejects;
use summary::{Counts, grouped};

/// What to import.
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
    /// Accept releases older than the newest of their source series
    #[arg(long)]
    backfill: bool,
    /// Who imports, for the record
    #[arg(long, value_name = "NAME", default_value = "almanac import")]
    actor: String,
}

/// Exit code of a command that Ctrl-C ends.
const INTERRUPTED: u8 = 130;

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
    let stored = Arc::new(AtomicU64::new(0));
    let terms = Terms {
        dry_run: args.dry_run,
        backfill: args.backfill,
        actor: args.actor.clone(),
        stored: Arc::clone(&stored),
        awaits: Awaits::default(),
    };
    let mut rejects = Rejects::open(args.rejects.as_deref(), sources.len() > 1)?;
    let done = tokio::select! {
        done = import_all(session, &mapping, (&sources, terms), &mut rejects) => Some(done),
        // Where the signal cannot be had, the import goes on to its end.
        Ok(()) = tokio::signal::ctrl_c() => None,
    };
    rejects.finish()?;
    let Some(done) = done else {
        complain(&interrupted(args.dry_run, stored.load(Ordering::Relaxed)));
        return Ok(ExitCode::from(INTERRUPTED));
    };
    Ok(ExitCode::from(u8::from(done?.rejected > 0)))
}

fn interrupted(dry_run: bool, stored: u64) -> String {
    if dry_run {
        return "interrupted: nothing was written, this was a dry run".to_owned();
    }
    let figures = match stored {
        0 => "no figures were stored yet by this run".to_owned(),
        1 => "1 row of figures was stored by this run".to_owned(),
        rows => format!("{} rows of figures were stored by this run", grouped(rows)),
    };
    format!(
        "interrupted: {figures}. What is stored stays; the same command continues after it \
         and writes nothing twice"
    )
}

async fn import_all(
    session: &Session,
    mapping: &Mapping,
    (sources, mut terms): (&[Source], Terms),
    rejects: &mut Rejects,
) -> anyhow::Result<Counts> {
    let dry_run = terms.dry_run;
    terms.awaits = apply_first(session, mapping, dry_run).await?;
    let mut total = Counts::default();
    for source in sources {
        let counts = Import::new(session, mapping, source, &terms, rejects)
            .run()
            .await?;
        output::print(&format!(
            "{}: {}",
            source.path.display(),
            counts.words(dry_run)
        ))?;
        total += counts;
    }
    if sources.len() > 1 {
        output::print(&format!(
            "all {} files: {}",
            sources.len(),
            total.words(dry_run)
        ))?;
    }
    if total.has_unchecked() {
        complain(
            "NOT CHECKED is what needs entities, releases, a vocabulary or definitions that \
             are not there yet. An import without --dry-run writes them first; a dry run \
             after that checks everything",
        );
    }
    Ok(total)
}

/// Applies the files that the mapping names. A dry run says which of them it awaits.
async fn apply_first(
    session: &Session,
    mapping: &Mapping,
    dry_run: bool,
) -> anyhow::Result<Awaits> {
    let mut awaits = Awaits::default();
    if let Some(path) = &mapping.vocabulary {
        output::print(&apply::vocabulary(session, path, dry_run).await?)?;
        if dry_run {
            let vocabulary: Vocabulary = json::read_toml(path, "almanac.registry.v1.Vocabulary")?;
            let request = ApplyVocabularyRequest {
                vocabulary: Some(vocabulary),
                validate_only: true,
                ..ApplyVocabularyRequest::default()
            };
            let answer = session.registry().apply_vocabulary(request).await?;
            awaits.vocabulary = answer.into_inner().changed;
        }
    }
    if let Some(path) = &mapping.definitions {
        output::print(&apply::definitions(session, path, dry_run).await?)?;
        if dry_run {
            let mut request: ApplyDefinitionsRequest =
                json::read_toml(path, "almanac.metrics.v1.ApplyDefinitionsRequest")?;
            request.validate_only = true;
            let answer = session.metrics().apply_definitions(request).await?;
            let answer = answer.into_inner();
            awaits.definitions = answer.created_count + answer.updated_count > 0;
        }
    }
    Ok(awaits)
}
