//! The three services as parts that a process can play: all of them, or one.

use std::fmt;

use proto::longrunning::operations_server;
use proto::metrics::v1::metrics_service_server;
use proto::registry::v1::registry_service_server;
use proto::reporting::v1::reporting_service_server;
use store::DatabaseConfig;
use store::migration::Migration;

use crate::config::Config;

/// One of the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Who is who
    Registry,
    /// What was said about how much
    Metrics,
    /// Reports that cite every number
    Reporting,
}

/// What a process plays.
pub type Roles = Vec<Role>;

impl Role {
    /// All of them, those that others call first.
    pub const ALL: [Self; 3] = [Self::Registry, Self::Metrics, Self::Reporting];

    /// The one that was asked for, or all.
    pub fn chosen(role: Option<Self>) -> Roles {
        role.map_or_else(|| Self::ALL.to_vec(), |one| vec![one])
    }

    /// Its name in configuration, logs and databases.
    pub fn name(self) -> &'static str {
        match self {
            Self::Registry => registry::NAME,
            Self::Metrics => metrics::NAME,
            Self::Reporting => reporting::NAME,
        }
    }

    /// Full names of its gRPC services.
    pub fn services(self) -> &'static [&'static str] {
        match self {
            Self::Registry => &[registry_service_server::SERVICE_NAME],
            Self::Metrics => &[metrics_service_server::SERVICE_NAME],
            Self::Reporting => &[
                reporting_service_server::SERVICE_NAME,
                operations_server::SERVICE_NAME,
            ],
        }
    }

    /// Where it keeps its tables.
    pub fn database(self, config: &Config) -> &DatabaseConfig {
        match self {
            Self::Registry => &config.registry.database,
            Self::Metrics => &config.metrics.database,
            Self::Reporting => &config.reporting.database,
        }
    }

    /// The steps of its schema.
    pub fn migrations(self) -> &'static [Migration] {
        match self {
            Self::Registry => registry::MIGRATIONS,
            Self::Metrics => metrics::MIGRATIONS,
            Self::Reporting => reporting::MIGRATIONS,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
