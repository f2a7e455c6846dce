//! The bench: Almanac beside what it is built from, in one run on one machine.
//!
//! Client, server and database share the processors, so only ratios mean something on
//! another machine. Every measure is the median of several rounds, and each round measures
//! the yardstick too. A machine whose bare echo changed by more than 15 % during the run is
//! called unsteady, and what is compared with the echo is left open.

mod bulk;
mod demo;
mod echo;
mod export;
mod feed;
mod growth;
mod ingest;
mod installation;
mod load;
mod observation;
mod options;
#[path = "../it/postgres.rs"]
mod postgres;
mod program;
mod question;
mod read;
mod seed;
mod size;
mod start;
mod storage;
mod table;
mod usage;

use std::env;
use std::io::{self, Write as _};
use std::time::Duration;

use echo::Echo;
use installation::{Engine, Installation};
use observation::PERIODS;
use options::{Options, Part};
use table::{Goal, Row, Table, count, median};

/// How much the echo may change during a run.
const STEADY: f64 = 0.15;
/// Load average before a run above which the machine counts as busy.
const BUSY: f64 = 0.5;
/// Programs of yardsticks, and what is missing without them.
const YARDSTICKS: [(&str, &str); 3] = [
    ("pgbench", "Q on PostgreSQL"),
    ("psql", "COPY"),
    ("python3", "executemany"),
];
/// After a start, before idle memory is looked at.
const SETTLED: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    if env::args().any(|argument| argument == echo::FLAG) {
        return echo::serve().await;
    }
    if env::args().any(|argument| argument == "--help" || argument == "-h") {
        return Ok(writeln!(io::stdout(), "{}", options::HELP)?);
    }
    run(&Options::read()?).await
}

async fn run(options: &Options) -> anyhow::Result<()> {
    let mut table = Table::default();
    note_surroundings(&mut table)?;
    let echo = Echo::start().await?;
    echo.rate(options.slice).await?;
    let before = echoes(&echo, options).await?;
    table.add(Row::plain(
        "bare echo before",
        "",
        format!("{}/s", count(before)),
    ))?;
    table.add(Row::plain(
        "bare echo, memory",
        "",
        format!("{:.0} MB", echo.memory()?),
    ))?;
    for engine in [Engine::Postgres, Engine::Sqlite] {
        if options.wants_database(engine.name()) {
            measure(engine, (&echo, options), &mut table).await?;
        }
    }
    let after = echoes(&echo, options).await?;
    let row = Row::plain("bare echo after", "", format!("{}/s", count(after)));
    table.add(row.beside(
        format!("before {}", count(before)),
        Some(after / before),
        Goal::None,
    ))?;
    let unsteady = (after / before).max(before / after) > 1.0 + STEADY;
    if unsteady {
        table.note("unsteady: the bare echo changed by more than 15 % during the run".to_owned());
    }
    table.print(unsteady)
}

/// Notes what a reader must know of the machine.
fn note_surroundings(table: &mut Table) -> anyhow::Result<()> {
    let cores = std::thread::available_parallelism()?;
    let load = usage::load_average()?;
    table.note(format!(
        "{cores} processors; load average before the run {load:.1}"
    ));
    if load > BUSY {
        table.note("busy: something else was running, so these numbers say little".to_owned());
    }
    for (name, what) in YARDSTICKS {
        if program::find(name).is_none() {
            table.note(format!("{name} is not installed: {what} was not measured"));
        }
    }
    Ok(())
}

/// Calls a second of the echo, the median of some loads.
async fn echoes(echo: &Echo, options: &Options) -> anyhow::Result<f64> {
    let mut rates = Vec::new();
    for _ in 0..options.rounds {
        rates.push(echo.rate(options.slice).await?.per_second);
    }
    Ok(median(rates).unwrap_or(f64::NAN))
}

async fn measure(
    engine: Engine,
    (echo, options): (&Echo, &Options),
    table: &mut Table,
) -> anyhow::Result<()> {
    if engine == Engine::Postgres {
        installation::prepare_postgres().await?;
    }
    let figures = [Part::Ingest, Part::Read, Part::Growth];
    let mut installation = Installation::empty(engine).await?;
    installation.serve(&["--migrate"]).await?;
    tokio::time::sleep(SETTLED).await;
    let idle = usage::memory(installation.id()?)?.now_mb;
    let row = Row::plain("memory, idle", engine, format!("{idle:.0} MB"));
    table.add(row.judged(idle, Goal::AtMost(50.0)))?;
    if figures.iter().any(|part| options.wants(*part)) {
        let series_count = options.observations / PERIODS;
        let added = seed::seed(installation.channel().await?, series_count * growth::TIMES).await?;
        let row = Row::plain(
            "entities added, 1,000 a call",
            engine,
            format!("{}/s", count(added)),
        );
        table.add(row)?;
        let size = "none there";
        let new = feed::measure(&installation, options, (0..series_count, size), table).await?;
        storage::Storage::open(&installation, "metrics")
            .await?
            .settle()
            .await?;
        if options.wants(Part::Read) {
            read::measure(&mut installation, (echo, options), series_count, table).await?;
        }
        if options.wants(Part::Growth) {
            growth::measure(&installation, options, Some(new), table).await?;
        }
    }
    installation.stop().await;
    if options.wants(Part::Start) {
        start::existing(&mut installation, options, table).await?;
        start::empty(engine, options, table).await?;
    }
    if options.wants(Part::Demo) {
        demo::measure(engine, options, table).await?;
    }
    Ok(())
}
