//! Logs to standard error, traces to a collector.

mod line;
mod told;

use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde::Deserialize;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use self::line::{Line, OneLine};
use self::told::Told;
use crate::config::Invalid;

/// Longest wait for the collector at the end.
const FLUSH: Duration = Duration::from_secs(3);

/// Logs and traces.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What is logged.
    pub log: String,
    /// How it is written.
    pub log_format: LogFormat,
    /// Where traces go; empty for nowhere.
    pub otlp_endpoint: String,
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Logs and traces at work.
#[derive(Debug)]
pub struct Telemetry {
    /// Nothing where no collector is configured.
    traces: Option<SdkTracerProvider>,
}

impl Config {
    /// Whether the filter can be read.
    pub fn check(&self) -> Result<(), Invalid> {
        match EnvFilter::try_new(&self.log) {
            Ok(_) => Ok(()),
            Err(cause) => Err(Invalid::new(
                "telemetry.log",
                format!("`{}`: {cause}", self.log),
            )),
        }
    }
}

impl Telemetry {
    /// Starts both for the whole process. Must run inside the runtime.
    pub fn start(config: &Config) -> anyhow::Result<Self> {
        opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
        let traces = provider(config)?;
        if let Some(traces) = &traces {
            rpc::collect(traces.tracer("almanac"));
        }
        let line = match config.log_format {
            LogFormat::Text => Line::Text,
            LogFormat::Json => Line::object(),
        };
        tracing_subscriber::registry()
            .with(
                fmt::layer()
                    .with_writer(OneLine)
                    .with_ansi(false)
                    .event_format(line),
            )
            .with(traces.is_some().then_some(Told))
            .with(EnvFilter::try_new(&config.log)?)
            .try_init()?;
        log_panics();
        Ok(Self { traces })
    }

    /// Sends what is left.
    pub async fn finish(self) {
        let Some(traces) = self.traces else {
            return;
        };
        let sent = tokio::task::spawn_blocking(move || traces.shutdown_with_timeout(FLUSH)).await;
        if let Ok(Err(cause)) = sent {
            tracing::warn!(%cause, "the last traces were not sent");
        }
    }
}

/// Where spans go. Without a collector there are none: a request has the id of its trace all
/// the same, for errors and the log.
fn provider(config: &Config) -> anyhow::Result<Option<SdkTracerProvider>> {
    if config.otlp_endpoint.is_empty() {
        return Ok(None);
    }
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(&config.otlp_endpoint)
        .build()?;
    let provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name("almanac").build())
        .with_batch_exporter(exporter);
    Ok(Some(provider.build()))
}

/// A panic is a line of the log like any other.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(
            place,
            panic = panic.payload_as_str().unwrap_or("unknown"),
            "panic"
        );
    }));
}
