//! `almanac migrate`: creates the schemas or brings them up to date.

use std::process::ExitCode;

use anyhow::Context as _;

use crate::config::Config;
use crate::role::Role;
use crate::{cli, data_dir, output};

/// Options of `almanac migrate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Migrate only the database of this one: registry, metrics or reporting
    #[arg(long, hide_possible_values = true)]
    role: Option<Role>,

    /// Then let this role of PostgreSQL read and write the tables, and change no schema, so
    /// that the server can run as it
    #[arg(long, value_name = "NAME")]
    grant_to: Option<String>,
}

/// Runs the command.
pub async fn run(args: Args, global: &cli::Global) -> anyhow::Result<ExitCode> {
    let config = Config::load(global.config.as_deref(), &global.data_dir)?;
    let roles = Role::chosen(args.role);
    for (role, steps) in all(&config, &roles).await? {
        output::print(&match steps {
            0 => format!("{role}: up to date"),
            1 => format!("{role}: 1 step applied"),
            _ => format!("{role}: {steps} steps applied"),
        })?;
    }
    if let Some(name) = &args.grant_to {
        for role in &roles {
            store::migration::grant(role.database(&config), role.name(), name)
                .await
                .with_context(|| format!("cannot let {name} use the database of {role}"))?;
        }
        output::print(&format!("granted to {name}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Migrates the databases of these roles and says how many steps each lacked.
pub async fn all(config: &Config, roles: &[Role]) -> anyhow::Result<Vec<(Role, usize)>> {
    data_dir::prepare(config, roles)?;
    let mut done = Vec::new();
    for role in roles {
        let steps =
            store::migration::migrate(role.database(config), role.name(), role.migrations())
                .await
                .with_context(|| format!("cannot migrate the database of {role}"))?;
        done.push((*role, steps));
    }
    Ok(done)
}
