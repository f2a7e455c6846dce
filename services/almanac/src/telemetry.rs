//! Logs to standard error, traces to a collector.

use std::io::{self, Write};
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use serde::Deserialize;
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

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
    traces: SdkTracerProvider,
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
        let log = fmt::layer().with_writer(OneLine);
        let log = match config.log_format {
            LogFormat::Text => log.with_ansi(false).boxed(),
            LogFormat::Json => log.json().flatten_event(true).with_span_list(false).boxed(),
        };
        // Sending a trace is itself a call over HTTP/2: tracing that would never end.
        let ours = filter_fn(|span| {
            let target = span.target();
            !["h2", "hyper", "tower", "tonic", "opentelemetry"]
                .iter()
                .any(|other| target.starts_with(other))
        });
        // Spans are asked for their context where it is needed, and carry no more than they
        // are given: each of these costs a request some microseconds.
        let spans = tracing_opentelemetry::layer()
            .with_tracer(traces.tracer("almanac"))
            .with_context_activation(false)
            .with_tracked_inactivity(false)
            .with_location(false)
            .with_threads(false)
            .with_filter(ours);
        tracing_subscriber::registry()
            .with(EnvFilter::try_new(&config.log)?)
            .with(log)
            .with(spans)
            .try_init()?;
        log_panics();
        Ok(Self { traces })
    }

    /// Sends what is left.
    pub async fn finish(self) {
        let sent =
            tokio::task::spawn_blocking(move || self.traces.shutdown_with_timeout(FLUSH)).await;
        if let Ok(Err(cause)) = sent {
            tracing::warn!(%cause, "the last traces were not sent");
        }
    }
}

/// Traces have ids even if nobody collects them, so that an error can name the one to look
/// for in the log; what happens in them is recorded only for a collector.
fn provider(config: &Config) -> anyhow::Result<SdkTracerProvider> {
    let mut provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name("almanac").build());
    if !config.otlp_endpoint.is_empty() {
        let exporter = SpanExporter::builder()
            .with_tonic()
            .with_endpoint(&config.otlp_endpoint)
            .build()?;
        provider = provider.with_batch_exporter(exporter);
    } else {
        provider = provider.with_sampler(Sampler::AlwaysOff);
    }
    Ok(provider.build())
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

/// Writes each event as one line to standard error, whatever text came in from outside.
#[derive(Debug, Clone, Copy)]
struct OneLine;

impl MakeWriter<'_> for OneLine {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

impl Write for OneLine {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let body = event.strip_suffix(b"\n").unwrap_or(event);
        let mut line = Vec::with_capacity(event.len() + 1);
        for byte in body {
            match byte {
                b'\n' => line.extend(b"\\n"),
                b'\r' => line.extend(b"\\r"),
                other => line.push(*other),
            }
        }
        line.push(b'\n');
        io::stderr().write_all(&line)?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
