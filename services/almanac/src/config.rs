//! The configuration: built-in defaults, then a file, then the environment, checked as a
//! whole before anything is opened.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use ::config::{Environment, File, FileFormat};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Deserializer};
use tonic::transport::Uri;

use crate::role::Role;
use crate::{cli, output, telemetry};

mod file;
mod redact;

/// The reference of all keys, and their defaults.
const DEFAULTS: &str = include_str!("../config.default.toml");
/// What the decoders of the services are able to hold.
const LARGEST_MESSAGE: usize = 64 << 20;

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Where health is asked and nothing else.
    #[serde(deserialize_with = "address_or_empty")]
    pub health_listen: Option<SocketAddr>,
    /// How long requests may still take at the end.
    pub shutdown_grace_secs: u64,
    /// Days for which changes are kept for watches; 0 for ever.
    pub change_retention_days: u32,
    /// What the server refuses to exceed.
    pub limits: Limits,
    /// Where the services find each other.
    pub peers: Peers,
    /// Logs and traces.
    pub telemetry: telemetry::Config,
    /// The registry service.
    pub registry: registry::Config,
    /// The metrics service.
    pub metrics: metrics::Config,
    /// The reporting service.
    pub reporting: reporting::Config,
}

/// What the server refuses to exceed.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Requests worked on at the same time, watches left out.
    pub concurrent_requests: u32,
    /// Watches open at the same time.
    pub concurrent_watches: u32,
    /// Largest request message.
    pub message_bytes: usize,
    /// Longest a request with a single answer may take.
    pub unary_timeout_secs: u32,
    /// Open connections.
    pub connections: u32,
    /// Requests at the same time on one connection.
    pub streams_per_connection: u32,
    /// How long a new connection may take to start speaking HTTP/2.
    pub handshake_timeout_secs: u64,
    /// Age at which a client is asked to connect anew.
    pub connection_age_secs: u64,
}

/// Where the services find each other; empty for this same process.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peers {
    /// The registry, as metrics and reporting see it.
    pub registry: String,
    /// Metrics, as reporting sees it.
    pub metrics: String,
}

/// A configuration that cannot be used; names the key.
#[derive(Debug)]
pub struct Invalid(String);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "configuration: {}", self.0)
    }
}

impl std::error::Error for Invalid {}

impl Invalid {
    /// What is wrong with which key.
    pub fn new(key: &str, problem: impl fmt::Display) -> Self {
        Self(format!("{key}: {problem}"))
    }
}

/// `almanac config`.
pub fn run(global: &cli::Global) -> anyhow::Result<ExitCode> {
    let merged = merge(global.config.as_deref(), &global.data_dir)?;
    read(merged.clone())?;
    let mut table: toml::Table = merged.try_deserialize()?;
    redact::table(&mut table);
    output::print(&toml::to_string(&table)?)?;
    Ok(ExitCode::SUCCESS)
}

impl Config {
    /// Reads all layers and checks the result.
    pub fn load(file: Option<&Path>, data_dir: &Path) -> Result<Self, Invalid> {
        read(merge(file, data_dir)?)
    }

    fn check(&self) -> Result<(), Invalid> {
        let limits = &self.limits;
        at_least_one("limits.concurrent_requests", limits.concurrent_requests)?;
        at_least_one("limits.concurrent_watches", limits.concurrent_watches)?;
        at_least_one("limits.unary_timeout_secs", limits.unary_timeout_secs)?;
        at_least_one("limits.connections", limits.connections)?;
        at_least_one(
            "limits.streams_per_connection",
            limits.streams_per_connection,
        )?;
        at_least_one(
            "limits.handshake_timeout_secs",
            limits.handshake_timeout_secs,
        )?;
        at_least_one("limits.connection_age_secs", limits.connection_age_secs)?;
        if !(1024..=LARGEST_MESSAGE).contains(&limits.message_bytes) {
            let problem = format!("must be between 1024 and {LARGEST_MESSAGE}");
            return Err(Invalid::new("limits.message_bytes", problem));
        }
        is_endpoint("peers.registry", &self.peers.registry)?;
        is_endpoint("peers.metrics", &self.peers.metrics)?;
        is_endpoint("telemetry.otlp_endpoint", &self.telemetry.otlp_endpoint)?;
        self.telemetry.check()?;
        at_least_one("reporting.concurrent_runs", self.reporting.concurrent_runs)?;
        Role::ALL
            .iter()
            .try_for_each(|role| check_database(*role, role.database(self)))
    }
}

fn merge(file: Option<&Path>, data_dir: &Path) -> Result<::config::Config, Invalid> {
    let mut layers =
        ::config::Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
    if let Some(path) = file {
        layers = layers.add_source(File::from(path).format(FileFormat::Toml));
    }
    let environment = Environment::with_prefix("ALMANAC")
        .prefix_separator("__")
        .separator("__")
        .try_parsing(true);
    let layers = file::values(std::env::vars_os(), layers.add_source(environment))?;
    let mut merged = layers.build().map_err(unreadable)?;
    for role in Role::ALL {
        let key = format!("{role}.database.url");
        if merged.get_string(&key).is_ok_and(|url| url.is_empty()) {
            let path = data_dir.join(format!("{role}.db"));
            merged = ::config::Config::builder()
                .add_source(merged)
                .set_override(&key, format!("sqlite:{}", path.display()))
                .and_then(|layers| layers.build())
                .map_err(unreadable)?;
        }
    }
    Ok(merged)
}

fn read(merged: ::config::Config) -> Result<Config, Invalid> {
    let config: Config = merged.try_deserialize().map_err(unreadable)?;
    config.check()?;
    Ok(config)
}

#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
fn unreadable(error: ::config::ConfigError) -> Invalid {
    Invalid(error.to_string())
}

fn address_or_empty<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    let address = text.parse();
    address
        .map(Some)
        .map_err(|_| serde::de::Error::custom(format!("`{text}` is not of the form IP:PORT")))
}

fn at_least_one<T: PartialEq + From<u8>>(key: &str, value: T) -> Result<(), Invalid> {
    if value == T::from(0) {
        return Err(Invalid::new(key, "must be at least 1"));
    }
    Ok(())
}

fn is_endpoint(key: &str, text: &str) -> Result<(), Invalid> {
    let is_http = |uri: Uri| uri.scheme_str() == Some("http") && uri.host().is_some();
    if text.is_empty() || text.parse().is_ok_and(is_http) {
        return Ok(());
    }
    Err(Invalid::new(
        key,
        format!(
            "`{}` is not of the form http://HOST:PORT",
            redact::url(text)
        ),
    ))
}

fn check_database(role: Role, database: &store::DatabaseConfig) -> Result<(), Invalid> {
    let url = database.url.expose_secret();
    let known = ["sqlite:", "postgresql://", "postgres://"];
    if !known
        .iter()
        .any(|scheme| url.starts_with(scheme) && url.len() > scheme.len())
    {
        // The value may hold a password, so it is not repeated.
        let problem = "is neither sqlite:PATH nor postgresql://USER:PASSWORD@HOST:PORT/NAME";
        return Err(Invalid::new(&format!("{role}.database.url"), problem));
    }
    at_least_one(
        &format!("{role}.database.max_connections"),
        database.max_connections,
    )?;
    at_least_one(
        &format!("{role}.database.acquire_timeout_secs"),
        database.acquire_timeout_secs,
    )?;
    at_least_one(
        &format!("{role}.database.statement_timeout_secs"),
        database.statement_timeout_secs,
    )
}
