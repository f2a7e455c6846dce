//! What the environment asks of a run.

use std::env;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::observation::{PERIODS, SERIES_PER_BATCH};

/// What `--help` prints.
pub const HELP: &str = "\
Measures Almanac beside what it is built from, in one run, on SQLite and on PostgreSQL.

  make bench                     everything
  OBSERVATIONS=50000 make bench  grow from 50,000 to 500,000 observations (default 100,000)
  ONLY=sqlite,read make bench    some of it: sqlite, postgres; ingest, read, growth, demo, start
  SECONDS_EACH=3 make bench      how long each reading is loaded in each round (default 1)
  ROUNDS=3 make bench            rounds of which the median counts (default 5)

It exits with 0 whether goals are met or missed: a slow machine is not a broken program.";

/// A part of the bench.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Loading figures.
    Ingest,
    /// Single reads under load.
    Read,
    /// Ten times the figures, with sizes, the export and its memory.
    Growth,
    /// Real files and a real report.
    Demo,
    /// From nothing to SERVING.
    Start,
}

const PARTS: [(&str, Part); 5] = [
    ("ingest", Part::Ingest),
    ("read", Part::Read),
    ("growth", Part::Growth),
    ("demo", Part::Demo),
    ("start", Part::Start),
];

/// What a run does.
#[derive(Debug)]
pub struct Options {
    /// Observations before the growth, a multiple of what the rounds take.
    pub observations: usize,
    /// Rounds of every measure.
    pub rounds: usize,
    /// How long a load lasts.
    pub slice: Duration,
    only: Vec<String>,
}

impl Options {
    /// Reads them.
    pub fn read() -> anyhow::Result<Self> {
        let only = env::var("ONLY").unwrap_or_default();
        let only = only.split(',').map(|word| word.trim().to_owned());
        let only: Vec<_> = only.filter(|word| !word.is_empty()).collect();
        for word in &only {
            let known = PARTS.iter().any(|(name, _)| name == word);
            ensure!(
                known || is_database(word),
                "ONLY has no part `{word}`; see --help"
            );
        }
        let rounds = number("ROUNDS", 5)?.max(1);
        let each = PERIODS * SERIES_PER_BATCH * rounds;
        let wanted = number("OBSERVATIONS", 100_000)?;
        Ok(Self {
            observations: (wanted / each).max(1) * each,
            rounds,
            slice: Duration::from_secs(number("SECONDS_EACH", 1)?.max(1) as u64),
            only,
        })
    }

    /// Whether a part is wanted.
    pub fn wants(&self, part: Part) -> bool {
        let parts = self.only.iter().filter(|word| !is_database(word));
        let mut parts = parts.peekable();
        let all = parts.peek().is_none();
        all || parts.any(|word| PARTS.contains(&(word.as_str(), part)))
    }

    /// Whether a database, `sqlite` or `postgres`, is wanted.
    pub fn wants_database(&self, name: &str) -> bool {
        let mut databases = self.only.iter().filter(|word| is_database(word)).peekable();
        databases.peek().is_none() || databases.any(|word| word == name)
    }
}

fn is_database(word: &str) -> bool {
    ["sqlite", "postgres"].contains(&word)
}

fn number(variable: &str, default: usize) -> anyhow::Result<usize> {
    match env::var(variable) {
        Ok(text) => text
            .replace('_', "")
            .parse()
            .with_context(|| format!("{variable}={text} is not a number")),
        Err(_) => Ok(default),
    }
}
