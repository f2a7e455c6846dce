//! `almanac`: three gRPC services, and the commands that use them, in one binary.

mod cli;
mod config;
mod data_dir;
mod health;
mod layer;
mod mark_restored;
mod migrate;
mod output;
mod probe;
mod repair;
mod role;
mod serve;
mod server_info;
#[cfg(test)]
mod service_config;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::Runtime;

/// Keeps who is who, what was said about how much, and reports that cite every number.
#[derive(Debug, Parser)]
#[command(name = "almanac", version, max_term_width = 92)]
struct Args {
    #[command(flatten, next_help_heading = "Common options")]
    global: cli::Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Serve the registry, metrics and reporting services over gRPC
    Serve(serve::Args),
    /// Create the databases or bring them up to date
    Migrate(migrate::Args),
    /// Print the settings in effect, secrets left out
    Config,
    /// Say that the databases were restored from a backup, so that older tokens are refused
    ///
    /// After a restore the databases know less than they did, and what they commit next has
    /// numbers that were in use before: a token from before the restore may name something
    /// that is gone or something else. This begins a new epoch in the database of each role:
    /// snapshot tokens, page tokens and resume tokens from before are refused from then on,
    /// with SNAPSHOT_TOKEN_EXPIRED and the like, and clients read again. Stop the servers,
    /// restore the backup, run this once, then start the servers. A server that runs on a
    /// database while it is marked refuses all work until it is restarted.
    MarkRestored(mark_restored::Args),
    /// Check the packed figures against the claims they are made of, and mend them
    Repair,
    /// Ask a running server whether it serves: exit code 0 for yes, 1 for no
    Health(probe::Args),
    /// Set the report on standard input, for the server that started this
    #[command(name = SET_TYPE, hide = true)]
    SetType,
    #[command(flatten)]
    Cli(cli::Command),
}

/// The command that sets type, which only the server gives.
const SET_TYPE: &str = "set-type";

fn main() -> ExitCode {
    // First of all, and the only place: rustls would refuse to choose by itself.
    let _chosen = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let args = Args::parse();
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return output::failure(&error.into()),
    };
    let code = runtime.block_on(run(args));
    // Nobody waits any more for what still blocks a thread.
    runtime.shutdown_background();
    code
}

async fn run(args: Args) -> ExitCode {
    let done = match args.command {
        Command::Serve(serve) => serve::run(serve, &args.global).await,
        Command::Migrate(migrate) => migrate::run(migrate, &args.global).await,
        Command::Config => config::run(&args.global),
        Command::MarkRestored(mark) => mark_restored::run(mark, &args.global).await,
        Command::Repair => repair::run(&args.global).await,
        Command::Health(probe) => probe::run(probe, &args.global).await,
        Command::SetType => reporting::set_here(),
        Command::Cli(command) => cli::run(command, args.global).await,
    };
    done.unwrap_or_else(|error| output::failure(&error))
}
