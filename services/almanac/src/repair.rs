//! `almanac repair`: compares what is derived with what it is derived from.

use std::process::ExitCode;

use anyhow::Context as _;
use store::Store;

use crate::config::Config;
use crate::role::Role;
use crate::{cli, data_dir, output};

/// Runs the command. The services may go on serving on PostgreSQL; on SQLite their files
/// are locked, so they must be stopped.
pub async fn run(global: &cli::Global) -> anyhow::Result<ExitCode> {
    let config = Config::load(global.config.as_deref(), &global.data_dir)?;
    let roles = Role::chosen(Some(Role::Metrics));
    data_dir::prepare(&config, &roles)?;
    let _locks = data_dir::lock(&config, &roles)?;
    let store = Store::open(&config.metrics.database, metrics::NAME).await?;
    let found = metrics::repair(&store)
        .await
        .context("cannot read the claims")?;
    store.close().await;
    output::print(&format!(
        "{} series checked against their claims, {} heads made anew",
        found.checked, found.mended
    ))?;
    Ok(ExitCode::SUCCESS)
}
