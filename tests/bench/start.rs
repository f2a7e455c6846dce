//! From the start of the process until it says SERVING.

use crate::installation::{Engine, Installation};
use crate::options::Options;
use crate::table::{Goal, Row, Table, median};

/// Measures it on data that are there, whose server is stopped.
pub async fn existing(
    installation: &mut Installation,
    options: &Options,
    table: &mut Table,
) -> anyhow::Result<()> {
    let mut took = Vec::new();
    for _ in 0..options.rounds {
        took.push(installation.serve(&[]).await?.as_secs_f64());
        installation.stop().await;
    }
    let goal = Goal::AtMost(0.25);
    tell(
        "cold start, data there",
        (installation.engine, took),
        goal,
        table,
    )
}

/// Measures it where there is nothing yet, migrations included.
pub async fn empty(engine: Engine, options: &Options, table: &mut Table) -> anyhow::Result<()> {
    let mut took = Vec::new();
    for _ in 0..options.rounds {
        let mut installation = Installation::empty(engine).await?;
        took.push(installation.serve(&["--migrate"]).await?.as_secs_f64());
        installation.stop().await;
    }
    let goal = match engine {
        Engine::Sqlite => Goal::AtMost(1.0),
        Engine::Postgres => Goal::None,
    };
    tell("cold start, nothing there", (engine, took), goal, table)
}

fn tell(
    what: &str,
    (engine, took): (Engine, Vec<f64>),
    goal: Goal,
    table: &mut Table,
) -> anyhow::Result<()> {
    let middle = median(took).unwrap_or(f64::NAN);
    let row = Row::plain(what, engine, format!("{middle:.3} s"));
    table.add(row.judged(middle, goal))
}
