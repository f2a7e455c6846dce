//! Commands that use the services: they import, look up and print, through the public
//! contract only. Without `--server` they run the services in this process.

mod apply;
mod claims;
mod connect;
mod exact;
mod failure;
mod import;
mod instead;
mod json;
mod list;
mod meant;
mod name;
mod near;
mod options;
mod quantity;
mod report;
mod search;
mod series;
mod show;
mod snapshot;
mod table;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

/// Options of every command.
#[derive(Debug, Clone, clap::Args)]
pub struct Global {
    /// Settings file; the settings not in it keep their defaults
    #[arg(long, global = true, value_name = "FILE", env = "ALMANAC_CONFIG")]
    pub config: Option<PathBuf>,
    /// Folder of the databases and of the reports
    #[arg(
        long,
        global = true,
        value_name = "FOLDER",
        default_value = "almanac-data",
        env = "ALMANAC_DATA_DIR"
    )]
    pub data_dir: PathBuf,
    /// Use the server at this URL, or those at these, with commas between, each of which
    /// serves a part; without it the services run in this process
    #[arg(long, global = true, value_name = "URL", env = "ALMANAC_SERVER")]
    pub server: Option<String>,
}

/// What a user can ask for.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Import tables as a mapping file describes them
    ///
    /// A table is CSV or TSV, plain, gzip or zstd. An import that was broken off continues
    /// where it was when it is run again; one that is complete writes nothing again. Exit
    /// code: 0 when every row was good, 1 when some were rejected, 2 when the import could
    /// not go on.
    Import(import::Args),
    /// Apply a vocabulary or definitions
    ///
    /// The file is TOML, written as the contract spells the message in JSON. An `etag` in it,
    /// of the vocabulary or of one definition, must be the current one: what somebody else has
    /// changed meanwhile is refused with ETAG_MISMATCH and stays. `almanac show` prints etags.
    Apply(apply::Args),
    /// Save a report template, new or changed
    ///
    /// The file is TOML, written as the contract spells the message in JSON, with `name` set.
    Template(apply::TemplateArgs),
    /// Find entities by any part of any of their names
    Search(search::Args),
    /// Show an entity, relation, indicator, unit, concept, release, claim, template or report
    Show(show::Args),
    /// List entities, indicators, units, releases, templates … that there are
    List(list::Args),
    /// Show the figures of an indicator of an entity over time
    Series(series::Args),
    /// Show all that is said about one figure, side by side
    Claims(claims::Args),
    /// Make a report and download it
    Report(report::Args),
    /// Print a snapshot token of the newest state
    ///
    /// Every reading command takes it: `--at-snapshot` answers exactly the same again,
    /// `--at-least-as-fresh` nothing older.
    Snapshot(snapshot::Args),
    /// Print changes as they are committed, until Ctrl-C
    ///
    /// A connection that breaks is opened again, and the watch goes on where it was. When it
    /// is stopped it says how to continue later; changes are kept for as long as the server's
    /// setting `change_retention_days` says. Files of SQLite belong to the server that runs on
    /// them: name it with --server.
    Watch(watch::Args),
}

/// Exit code when the call failed, as opposed to rows that were rejected.
const FAILED: u8 = 2;

/// Runs a command. Failures of calls are told here, with all that the server said.
pub async fn run(command: Command, global: Global) -> anyhow::Result<ExitCode> {
    let session = match connect::Session::open(&global).await {
        Ok(session) => session,
        // The caller tells of a wrong configuration, with an exit code of its own.
        Err(error) if error.is::<crate::config::Invalid>() => return Err(error),
        Err(error) => return Ok(tell(&error)),
    };
    let done = match command {
        Command::Import(args) => import::run(&args, &session).await,
        Command::Apply(args) => apply::run(&args, &session).await,
        Command::Template(args) => apply::template(&args, &session).await,
        Command::Search(args) => search::run(&args, &session).await,
        Command::Show(args) => show::run(&args, &session).await,
        Command::List(args) => list::run(&args, &session).await,
        Command::Series(args) => series::run(&args, &session).await,
        Command::Claims(args) => claims::run(&args, &session).await,
        Command::Report(args) => report::run(&args, &session).await,
        Command::Snapshot(args) => snapshot::run(&args, &session).await,
        Command::Watch(args) => watch::run(&args, &session).await,
    };
    session.close().await?;
    Ok(done.unwrap_or_else(|error| tell(&error)))
}

fn tell(error: &anyhow::Error) -> ExitCode {
    failure::print(error);
    ExitCode::from(FAILED)
}
