//! Ten times the figures: whether anything becomes slower or larger.

use std::ops::Range;

use anyhow::ensure;

use crate::ingest::{Feed, ingest};
use crate::installation::Installation;
use crate::load::{self as calls, CHANNELS};
use crate::observation::{PERIODS, SERIES_PER_BATCH};
use crate::options::Options;
use crate::read::{self, Read};
use crate::size::Size;
use crate::storage::Storage;
use crate::table::{Goal, Row, Table, count, median};
use crate::{export, feed};

/// How many times as many figures there are in the end.
pub const TIMES: usize = 10;

/// Measures at the small size, grows, and measures again. `new` is how fast new rows were
/// loaded at the small size, if that was measured.
pub async fn measure(
    installation: &Installation,
    options: &Options,
    new: Option<f64>,
    table: &mut Table,
) -> anyhow::Result<()> {
    let engine = installation.engine;
    let series_count = options.observations / PERIODS;
    let small = Size::of(installation).await?;
    small.tell(engine, table)?;
    let before = latest(installation, options, series_count).await?;
    grow(installation, series_count..(TIMES - 1) * series_count).await?;
    let grown = (TIMES - 1) * series_count..TIMES * series_count;
    let size = format!("{} there", count((grown.start * PERIODS) as f64));
    let slower = feed::measure(installation, options, (grown.clone(), &size), table).await?;
    let large = Size::of(installation).await?;
    large.tell(engine, table)?;
    large.grown(small, engine, table)?;
    let after = latest(installation, options, grown.end).await?;
    let told = |what: &str, after: f64, before: f64, unit: &str| {
        let row = Row::plain(what, engine, format!("{}{unit}", count(after)));
        let yardstick = format!("small {}", count(before));
        row.beside(yardstick, Some(after / before), Goal::AtLeast(0.80))
    };
    table.add(told(
        "GetSeries, ten times the figures",
        after,
        before,
        "/s",
    ))?;
    if let Some(new) = new {
        table.add(told(
            "ingest, ten times the figures",
            slower,
            new,
            " rows/s",
        ))?;
    }
    export::measure(installation, grown.end * PERIODS, table).await
}

/// Calls a second of the common read, the median of the rounds.
async fn latest(
    installation: &Installation,
    options: &Options,
    series_count: usize,
) -> anyhow::Result<f64> {
    let channels = installation.channels(CHANNELS).await?;
    let mut rates = Vec::new();
    for _ in 0..=options.rounds {
        let asked = (Read::Latest, series_count);
        let (rate, _): (calls::Rate, f64) =
            read::loaded(installation, &channels, asked, options.slice).await?;
        rates.push(rate.per_second);
    }
    // The first one filled caches.
    rates.remove(0);
    Ok(median(rates).unwrap_or(f64::NAN))
}

/// Ingests the figures of these series, unmeasured, and revises them.
async fn grow(installation: &Installation, range: Range<usize>) -> anyhow::Result<()> {
    let channel = installation.channel().await?;
    for start in range.clone().step_by(SERIES_PER_BATCH * 10) {
        let some = start..range.end.min(start + SERIES_PER_BATCH * 10);
        for (feed, name) in [(Feed::First, "grow"), (Feed::Revised, "grow-revised")] {
            let id = format!("{name}-{start}");
            let loaded = ingest(channel.clone(), &id, some.clone(), feed).await?;
            ensure!(loaded.counts.rejected == 0, "{loaded:?}");
        }
    }
    Storage::open(installation, "metrics").await?.settle().await
}
