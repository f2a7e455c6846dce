//! `almanac`: three gRPC services, and the commands that use them, in one binary.

mod cli;
mod config;
mod data_dir;
mod health;
mod layer;
mod migrate;
mod output;
mod probe;
mod repair;
mod role;
mod serve;
mod server_info;
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
        Command::Repair => repair::run(&args.global).await,
        Command::Health(probe) => probe::run(probe, &args.global).await,
        Command::SetType => reporting::set_here(),
        Command::Cli(command) => cli::run(command, args.global).await,
    };
    done.unwrap_or_else(|error| output::failure(&error))
}
