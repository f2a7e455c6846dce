//! The files below the data directory: made when missing, used by one server at a time.

use std::fs::{DirBuilder, File, TryLockError};
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use secrecy::ExposeSecret as _;

use crate::config::Config;
use crate::role::Role;

/// Makes the directories of the SQLite files of these roles, for the owner alone.
pub fn prepare(config: &Config, roles: &[Role]) -> anyhow::Result<()> {
    for role in roles {
        if let Some(folder) = sqlite_path(config, *role).and_then(Path::parent) {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .with_context(|| format!("cannot make the data directory {}", folder.display()))?;
        }
    }
    Ok(())
}

/// Refuses roles whose SQLite files are not there, for commands that must not make them.
pub fn expect(config: &Config, roles: &[Role]) -> anyhow::Result<()> {
    let paths = roles.iter().filter_map(|role| sqlite_path(config, *role));
    for path in paths {
        ensure!(path.exists(), "there is no database at {}", path.display());
    }
    Ok(())
}

/// Keeps a second server away from the SQLite files of these roles for as long as the
/// result lives. The lock is one of the system, so that a killed server leaves none.
pub fn lock(config: &Config, roles: &[Role]) -> anyhow::Result<Vec<File>> {
    let paths = roles.iter().filter_map(|role| sqlite_path(config, *role));
    paths.map(|path| lock_one(path, config.listen)).collect()
}

fn lock_one(database: &Path, listen: SocketAddr) -> anyhow::Result<File> {
    let path = database.with_added_extension("lock");
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "{} is in use by another server, which holds {}; ask that server with --server http://{listen} if it listens there, stop it, or use another directory with --data-dir",
            database.display(),
            path.display()
        ),
        Err(TryLockError::Error(cause)) => {
            Err(cause).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

fn sqlite_path(config: &Config, role: Role) -> Option<&Path> {
    let url = role.database(config).url.expose_secret();
    url.strip_prefix("sqlite:").map(Path::new)
}
