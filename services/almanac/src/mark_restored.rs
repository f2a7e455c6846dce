//! `almanac mark-restored`: what has to be said to databases that come from a backup.

use std::process::ExitCode;

use anyhow::Context as _;
use store::Store;

use crate::config::Config;
use crate::role::Role;
use crate::{cli, data_dir, output};

/// Options of `almanac mark-restored`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Mark only the database of this one: registry, metrics or reporting
    #[arg(long, hide_possible_values = true)]
    role: Option<Role>,
}

/// Runs the command. Files of SQLite that a server has open are refused; whether one runs on
/// PostgreSQL cannot be seen from here.
pub async fn run(args: Args, global: &cli::Global) -> anyhow::Result<ExitCode> {
    let config = Config::load(global.config.as_deref(), &global.data_dir)?;
    let roles = Role::chosen(args.role);
    data_dir::expect(&config, &roles)?;
    let _locks = data_dir::lock(&config, &roles)?;
    for role in roles {
        let store = Store::open(role.database(&config), role.name()).await?;
        let begun = store::begin_epoch(&store).await;
        store.close().await;
        begun.with_context(|| {
            format!("cannot mark the database of {role}; is it there, and migrated?")
        })?;
        output::print(&format!(
            "{role}: marked as restored; tokens that were given out before are refused from now on"
        ))?;
    }
    output::print(
        "start the servers now; one that ran on these databases meanwhile refuses all work until it is restarted",
    )?;
    Ok(ExitCode::SUCCESS)
}
