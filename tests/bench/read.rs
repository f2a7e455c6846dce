//! Single reads under load, each beside the echo and beside the database alone.

use std::time::Duration;

use prost_types::Timestamp;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::metrics::v1::{GetSeriesRequest, SeriesView};
use proto::registry::v1::GetEntityRequest;
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use tonic::Status;
use tonic::transport::Channel;

use crate::echo::Echo;
use crate::installation::{Engine, Installation};
use crate::load::{self, Rate};
use crate::observation::{self, INDICATORS, is_revised};
use crate::options::Options;
use crate::question::Question;
use crate::seed;
use crate::table::{Goal, Row, Table, count, median};
use crate::usage;

/// A read that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// An entity by its id.
    Entity,
    /// The figures of a series as they are now.
    Latest,
    /// The figures of a series as they were before they were revised.
    AsOf,
}

impl Read {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Entity, Self::Latest, Self::AsOf];

    fn name(self) -> &'static str {
        match self {
            Self::Entity => "GetEntity",
            Self::Latest => "GetSeries, latest",
            Self::AsOf => "GetSeries, as of before",
        }
    }

    fn question(self) -> Question {
        match self {
            Self::Entity => Question::Entity,
            Self::Latest => Question::Head,
            Self::AsOf => Question::Rows,
        }
    }

    /// The share of the echo that it should reach where answers are cached.
    fn cached_goal(self) -> Goal {
        Goal::AtLeast(match self {
            Self::Entity => 0.80,
            Self::Latest | Self::AsOf => 0.70,
        })
    }

    /// The share of the limit that it should reach where the database is asked.
    fn goal(self, engine: Engine) -> Goal {
        Goal::AtLeast(match (self, engine) {
            (Self::Latest, Engine::Sqlite) => 0.75,
            (Self::Entity | Self::Latest, _) => 0.70,
            (Self::AsOf, _) => 0.55,
        })
    }

    /// How many things there are to ask for, of this many series.
    fn things(self, series_count: usize) -> usize {
        match self {
            Self::Entity => series_count / INDICATORS,
            Self::Latest | Self::AsOf => series_count,
        }
    }

    /// Asks for one thing, chosen by a random number.
    async fn call(self, channel: Channel, random: u64, series_count: usize) -> Result<(), Status> {
        let mut series = (random % series_count as u64) as usize;
        if self == Self::Entity {
            let request = GetEntityRequest {
                name: format!("entities/{}", observation::entity_id(series)),
                ..GetEntityRequest::default()
            };
            let mut registry = RegistryServiceClient::new(channel);
            return registry.get_entity(request).await.map(drop);
        }
        if self == Self::AsOf && !is_revised(series) {
            // The series two before it is.
            series -= 2;
        }
        let request = GetSeriesRequest {
            key: Some(observation::series(series)),
            view: SeriesView::Packed.into(),
            as_of: (self == Self::AsOf).then_some(Timestamp {
                seconds: seed::BETWEEN,
                nanos: 0,
            }),
            ..GetSeriesRequest::default()
        };
        let mut metrics = MetricsServiceClient::new(channel);
        let answer = metrics.get_series(request).await?.into_inner();
        let block = answer.data.and_then(|data| data.block);
        match block.map(|block| block.start_days.len()) {
            Some(observation::PERIODS) => Ok(()),
            other => Err(Status::data_loss(format!("{other:?} figures"))),
        }
    }
}

/// What one round measured.
struct Round {
    ours: Rate,
    /// Processor time of the server, microseconds a call.
    cpu: f64,
    echo: f64,
    database: Option<f64>,
}

impl Round {
    /// Nothing can be faster that needs a call and a question, since client, server and
    /// database share the processors.
    fn limit(&self) -> Option<f64> {
        let database = self.database?;
        Some(1.0 / (1.0 / self.echo + 1.0 / database))
    }
}

/// Whether answers come from the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answers {
    Cached,
    Asked,
}

impl Answers {
    /// The settings of a server that answers so.
    fn settings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Cached => &[],
            Self::Asked => &[
                ("ALMANAC__REGISTRY__CACHE_MEGABYTES", "0"),
                ("ALMANAC__METRICS__CACHE_MEGABYTES", "0"),
            ],
        }
    }
}

/// Measures all reads on an installation of so many series: with answers that are cached, and
/// with the database asked each time.
pub async fn measure(
    installation: &mut Installation,
    (echo, options): (&Echo, &Options),
    series_count: usize,
    table: &mut Table,
) -> anyhow::Result<()> {
    for answers in [Answers::Asked, Answers::Cached] {
        installation.stop().await;
        installation.serve_with(answers.settings()).await?;
        one_way(
            installation,
            (echo, options),
            (answers, series_count),
            table,
        )
        .await?;
    }
    Ok(())
}

async fn one_way(
    installation: &Installation,
    (echo, options): (&Echo, &Options),
    (answers, series_count): (Answers, usize),
    table: &mut Table,
) -> anyhow::Result<()> {
    let mut rounds: Vec<(Read, Round)> = Vec::new();
    let channels = installation.channels(load::CHANNELS).await?;
    usage::forget_peak(installation.id()?)?;
    // What is read first fills caches.
    for read in Read::ALL {
        loaded(installation, &channels, (read, series_count), options.slice).await?;
    }
    for _ in 0..options.rounds {
        let of_echo = echo.rate(options.slice).await?.per_second;
        for read in Read::ALL {
            let (ours, cpu) =
                loaded(installation, &channels, (read, series_count), options.slice).await?;
            let things = read.things(series_count);
            let database = match answers {
                Answers::Cached => None,
                Answers::Asked => {
                    let question = read.question();
                    question.rate(installation, things, options.slice).await?
                }
            };
            let round = Round {
                ours,
                cpu,
                echo: of_echo,
                database,
            };
            rounds.push((read, round));
        }
    }
    for read in Read::ALL {
        let of_this = rounds.iter().filter(|(of, _)| *of == read);
        let of_this: Vec<_> = of_this.map(|(_, round)| round).collect();
        tell(installation.engine, (read, answers), &of_this, table)?;
    }
    let peak = usage::memory(installation.id()?)?.peak_mb;
    let what = match answers {
        Answers::Cached => "memory under load",
        Answers::Asked => "memory under load, nothing cached",
    };
    let row = Row::plain(what, installation.engine, format!("{peak:.0} MB"));
    table.add(row.judged(peak, Goal::AtMost(160.0)))
}

/// Loads of one read, and the processor time of the server for a call in microseconds.
pub async fn loaded(
    installation: &Installation,
    channels: &[Channel],
    (read, series_count): (Read, usize),
    length: Duration,
) -> anyhow::Result<(Rate, f64)> {
    let before = usage::cpu(installation.id()?)?;
    let call = move |channel, random| read.call(channel, random, series_count);
    let rate = load::drive(channels, length, call).await?;
    let used = usage::cpu(installation.id()?)?.saturating_sub(before);
    Ok((rate, used.as_secs_f64() * 1e6 / rate.calls as f64))
}

fn tell(
    engine: Engine,
    (read, answers): (Read, Answers),
    rounds: &[&Round],
    table: &mut Table,
) -> anyhow::Result<()> {
    let middle = |of: &dyn Fn(&Round) -> Option<f64>| {
        median(rounds.iter().filter_map(|round| of(round)).collect())
    };
    let number = |of: &dyn Fn(&Round) -> Option<f64>| middle(of).map_or("–".to_owned(), count);
    let rate = Rate {
        per_second: middle(&|round| Some(round.ours.per_second)).unwrap_or(f64::NAN),
        p50_ms: middle(&|round| Some(round.ours.p50_ms)).unwrap_or(f64::NAN),
        p99_ms: middle(&|round| Some(round.ours.p99_ms)).unwrap_or(f64::NAN),
        calls: 0,
    };
    let cpu = middle(&|round| Some(round.cpu)).unwrap_or(f64::NAN);
    let to_echo = middle(&|round| Some(round.ours.per_second / round.echo));
    let yardstick = format!("E {}", number(&|round| Some(round.echo)));
    let ours = format!("{}/s", count(rate.per_second));
    let (name, goal) = match answers {
        Answers::Cached => (format!("{}, cached", read.name()), read.cached_goal()),
        Answers::Asked => (read.name().to_owned(), Goal::None),
    };
    let row = Row::plain(&name, engine, ours).loaded(&rate, cpu);
    table.add(row.beside(yardstick, to_echo, goal).on_echo())?;
    if answers == Answers::Cached {
        return Ok(());
    }
    let to_limit = middle(&|round| Some(round.ours.per_second / round.limit()?));
    let yardstick = format!(
        "L {} (Q {})",
        number(&|round| round.limit()),
        number(&|round| round.database)
    );
    let row = Row::plain("", "", String::new());
    table.add(row.beside(yardstick, to_limit, read.goal(engine)).on_echo())
}
