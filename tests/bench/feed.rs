//! Rounds of loading: new figures, the same again, and one in a hundred revised, each
//! beside the plain way of bringing the same rows into the same table.

use std::ops::Range;

use anyhow::ensure;

use crate::bulk::{self, Twin};
use crate::ingest::{Feed, ingest};
use crate::installation::{Engine, Installation};
use crate::options::Options;
use crate::storage::Storage;
use crate::table::{Goal, Row, Table, count, median};

/// What a round measured, in rows a second.
#[derive(Debug, Clone, Copy)]
struct Round {
    new: f64,
    again: f64,
    revised: f64,
    plain: Option<f64>,
}

/// A measure of the rounds: its name, its share of the plain way that is wanted, and where
/// it stands in a round.
type Measure = (&'static str, fn(Engine) -> f64, fn(&Round) -> f64);

const MEASURES: [Measure; 3] = [
    ("ingest, new", new_goal, |round| round.new),
    ("ingest, the same again", |_| 6.0, |round| round.again),
    ("ingest, 1 % revised", |_| 3.0, |round| round.revised),
];

fn new_goal(engine: Engine) -> f64 {
    match engine {
        Engine::Postgres => 0.65,
        Engine::Sqlite => 0.60,
    }
}

/// Ingests the figures of these series in rounds, and tells what that measured. Answers new
/// rows a second.
pub async fn measure(
    installation: &Installation,
    options: &Options,
    (range, size): (Range<usize>, &str),
    table: &mut Table,
) -> anyhow::Result<f64> {
    let mut twin = Twin::new(installation).await?;
    let mut rounds = Vec::new();
    let each = range.len() / options.rounds;
    for start in range.step_by(each) {
        rounds.push(round(installation, start..start + each, &mut twin).await?);
    }
    let of = |what: fn(&Round) -> f64| median(rounds.iter().map(what).collect());
    let plain = median(rounds.iter().filter_map(|round| round.plain).collect());
    for (name, goal, what) in MEASURES {
        let engine = installation.engine;
        let ours = format!("{} rows/s", count(of(what).unwrap_or(f64::NAN)));
        let beside = |round: &Round| Some(what(round) / round.plain?);
        let ratio = median(rounds.iter().filter_map(beside).collect());
        let yardstick = plain.map_or("–".to_owned(), count);
        let yardstick = format!("{} {yardstick}", bulk::name(engine));
        let row = Row::plain(&format!("{name}, {size}"), engine, ours);
        table.add(row.beside(yardstick, ratio, Goal::AtLeast(goal(engine))))?;
    }
    Ok(of(|round| round.new).unwrap_or(f64::NAN))
}

async fn round(
    installation: &Installation,
    range: Range<usize>,
    twin: &mut Twin,
) -> anyhow::Result<Round> {
    let channel = installation.channel().await?;
    let id = |feed: &str| format!("{feed}-{}", range.start);
    let first = ingest(channel.clone(), &id("new"), range.clone(), Feed::First).await?;
    ensure!(first.counts.written == first.counts.received, "{first:?}");
    let plain = twin.follow(installation).await?;
    let mut storage = Storage::open(installation, "metrics").await?;
    let before = storage.number(ROWS).await?;
    let again = ingest(channel.clone(), &id("again"), range.clone(), Feed::First).await?;
    let written = storage.number(ROWS).await? - before;
    ensure!(written == 0, "the same again wrote {written} rows");
    let revised = ingest(channel, &id("revised"), range, Feed::Revised).await?;
    let share = revised.counts.written as f64 / revised.counts.received as f64;
    ensure!(
        (0.009..0.011).contains(&share),
        "revised {share}: {revised:?}"
    );
    Ok(Round {
        new: first.per_second(),
        again: again.per_second(),
        revised: revised.per_second(),
        plain,
    })
}

const ROWS: &str = "SELECT count(*) FROM claim";
