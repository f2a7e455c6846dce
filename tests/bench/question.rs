//! The same questions to the database alone: what a read costs without a service.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use sea_orm::sqlx::{self, AssertSqlSafe, Connection as _, SqliteConnection};
use tokio::task::JoinSet;

use crate::installation::{Engine, Installation};
use crate::load::Random;
use crate::program;

/// Clients that ask at the same time.
const CLIENTS: u64 = 8;

/// A question, as the hot read of a service asks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// The newest version of an entity.
    Entity,
    /// The packed head of a series.
    Head,
    /// All claims of a series.
    Rows,
}

impl Question {
    fn service(self) -> &'static str {
        match self {
            Self::Entity => "registry",
            Self::Head | Self::Rows => "metrics",
        }
    }

    /// The statement, with the number of an entity or a series in the place of `{}`.
    fn sql(self) -> &'static str {
        match self {
            Self::Entity => {
                "SELECT name, from_commit, created_at, updated_at, deleted_at, body FROM entity \
                 WHERE from_commit <= 9223372036854775806 AND until_commit > 9223372036854775806 \
                 AND name = ('bench-' || {})"
            }
            Self::Head => {
                "SELECT series, known_max, commit_max, chunk FROM series_head WHERE series = {}"
            }
            Self::Rows => {
                "SELECT series, period, release_commit, flags, value, upper FROM claim WHERE series = {} \
                 ORDER BY series, period, release_commit"
            }
        }
    }

    /// The first and the last of the numbers, when there are so many.
    fn range(self, count: usize) -> (u64, u64) {
        match self {
            Self::Entity => (0, count as u64 - 1),
            Self::Head | Self::Rows => (1, count as u64),
        }
    }

    /// Questions answered a second; none where there is no program that asks them. There
    /// are `count` entities or series.
    pub async fn rate(
        self,
        installation: &Installation,
        count: usize,
        length: Duration,
    ) -> anyhow::Result<Option<f64>> {
        match installation.engine {
            Engine::Sqlite => self.in_process(installation, count, length).await.map(Some),
            Engine::Postgres => self.pgbench(installation, count, length).await,
        }
    }

    async fn pgbench(
        self,
        installation: &Installation,
        count: usize,
        length: Duration,
    ) -> anyhow::Result<Option<f64>> {
        let Some(program) = program::find("pgbench") else {
            return Ok(None);
        };
        let (first, last) = self.range(count);
        let script = installation.folder().join("question.sql");
        let sql = self.sql().replace("{}", ":n");
        fs::write(
            &script,
            format!("\\set n random({first}, {last})\n{sql};\n"),
        )?;
        let mut command = Command::new(program);
        command
            .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
            .arg(format!("--client={CLIENTS}"))
            .arg(format!("--time={}", length.as_secs()))
            .arg("--file")
            .arg(&script)
            .arg(installation.url()?)
            .env("PGOPTIONS", format!("-c search_path={}", self.service()));
        let said = program::output(command).await?;
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = rate.and_then(|rest| rest.split(' ').next());
        Ok(Some(rate.context("pgbench told no rate")?.parse()?))
    }

    async fn in_process(
        self,
        installation: &Installation,
        count: usize,
        length: Duration,
    ) -> anyhow::Result<f64> {
        let file = installation.file(self.service());
        let url = format!("sqlite:{}", file.display());
        let (first, last) = self.range(count);
        let begun = Instant::now();
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let url = url.clone();
            clients.spawn(async move {
                let mut connection = SqliteConnection::connect(&url).await?;
                let mut random = Random(client);
                let mut asked = 0_usize;
                while begun.elapsed() < length {
                    let number = first + random.next() % (last - first + 1);
                    let sql = AssertSqlSafe(self.sql().replace("{}", "?1"));
                    let rows = sqlx::query(sql).bind(number as i64);
                    rows.fetch_all(&mut connection).await?;
                    asked += 1;
                }
                anyhow::Ok(asked)
            });
        }
        let mut asked = 0;
        while let Some(client) = clients.join_next().await {
            asked += client??;
        }
        Ok(asked as f64 / begun.elapsed().as_secs_f64())
    }
}
