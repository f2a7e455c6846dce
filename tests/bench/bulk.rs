//! Bulk work done by the databases alone: the same rows in, and all rows out.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::installation::{Engine, Installation};
use crate::program;
use crate::storage::Storage;

/// What brings rows in on PostgreSQL and on SQLite.
pub fn name(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => "COPY binary",
        Engine::Sqlite => "executemany",
    }
}

/// A table like ours that gets the same rows, as fast as the plain way goes.
pub struct Twin {
    /// The newest release commit of ours that it has the rows of.
    release_commit: i64,
}

impl Twin {
    /// One that has all rows there are by now.
    pub async fn new(installation: &Installation) -> anyhow::Result<Self> {
        let mut storage = Storage::open(installation, "metrics").await?;
        if installation.engine == Engine::Postgres {
            storage.run("DROP TABLE IF EXISTS twin").await?;
            storage
                .run("CREATE TABLE twin (LIKE claim INCLUDING ALL)")
                .await?;
            storage
                .run("INSERT INTO twin SELECT * FROM claim ORDER BY release_commit, series, period")
                .await?;
        }
        let release_commit = storage.number(NEWEST).await?;
        Ok(Self { release_commit })
    }

    /// Brings in the rows that are new since the last time; answers rows a second, none
    /// where the program for it is missing.
    pub async fn follow(&mut self, installation: &Installation) -> anyhow::Result<Option<f64>> {
        let rate = match installation.engine {
            Engine::Postgres => copy(installation, self.release_commit).await,
            Engine::Sqlite => executemany(installation, self.release_commit).await,
        };
        let mut storage = Storage::open(installation, "metrics").await?;
        self.release_commit = storage.number(NEWEST).await?;
        rate
    }
}

const NEWEST: &str = "SELECT coalesce(max(id), 0) FROM release_commit";

async fn copy(installation: &Installation, release_commit: i64) -> anyhow::Result<Option<f64>> {
    let file = installation.folder().join("rows");
    let path = file.display();
    let rows = format!(
        "SELECT * FROM claim WHERE release_commit > {release_commit} ORDER BY release_commit, series, period"
    );
    let out = format!("\\copy ({rows}) TO '{path}' (FORMAT binary)");
    let into = format!("\\copy twin FROM '{path}' (FORMAT binary)");
    if psql(installation, &out).await?.is_none() {
        return Ok(None);
    }
    psql(installation, &into).await
}

/// Reads all claims out, to nowhere; rows a second.
pub async fn copy_out(installation: &Installation) -> anyhow::Result<Option<f64>> {
    match installation.engine {
        Engine::Postgres => psql(installation, "\\copy claim TO '/dev/null' (FORMAT binary)").await,
        Engine::Sqlite => Ok(None),
    }
}

/// Runs a `\copy`; rows a second as psql measures it.
async fn psql(installation: &Installation, copy: &str) -> anyhow::Result<Option<f64>> {
    let Some(program) = program::find("psql") else {
        return Ok(None);
    };
    let mut command = Command::new(program);
    command
        .args([
            "--no-psqlrc",
            "--set=ON_ERROR_STOP=1",
            "--command=\\timing on",
        ])
        .arg(format!("--command={copy}"))
        .arg(installation.url()?)
        .env("PGOPTIONS", "-c search_path=metrics");
    let said = program::output(command).await?;
    let after = |key: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(key));
        line.and_then(|rest| rest.split(' ').next()?.parse::<f64>().ok())
    };
    let rows = after("COPY ").context("psql told no rows")?;
    let milliseconds = after("Time: ").context("psql told no time")?;
    Ok(Some(rows / milliseconds * 1e3))
}

async fn executemany(
    installation: &Installation,
    release_commit: i64,
) -> anyhow::Result<Option<f64>> {
    let Some(program) = program::find("python3") else {
        return Ok(None);
    };
    let mut command = Command::new(program);
    command
        .arg(script())
        .arg(installation.file("metrics"))
        .arg(installation.folder().join("twin.sqlite"))
        .arg(release_commit.to_string());
    let said = program::output(command).await?;
    let numbers: Option<Vec<f64>> = said.split_whitespace().map(|n| n.parse().ok()).collect();
    match numbers.context("executemany.py told no numbers")?[..] {
        [rows, seconds] => Ok(Some(rows / seconds)),
        _ => anyhow::bail!("executemany.py printed {said}"),
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/bench/executemany.py")
}
