//! What this server is: `almanac.server.v1`.

use proto::server::v1::server_service_server::{ServerService, ServerServiceServer};
use proto::server::v1::{DatabaseEngine, GetServerInfoRequest, GetServerInfoResponse, Limits};
use tonic::codec::CompressionEncoding;
use tonic::{Request, Response, Status};

use crate::config::Config;
use crate::role::Role;

/// Largest page of any list and largest batch of any service, as their contracts say.
const PAGE_SIZE: i32 = 1000;
const BATCH_ROWS: i32 = 10_000;

/// The service. What it tells never changes while the process runs.
#[derive(Debug)]
pub struct ServerInfo(GetServerInfoResponse);

impl ServerInfo {
    /// Describes a process that mounts `services`.
    pub fn describe(config: &Config, roles: &[Role], services: &[&str]) -> Self {
        let limits = Limits {
            message_bytes: saturate(config.limits.message_bytes),
            page_size: PAGE_SIZE,
            batch_rows: BATCH_ROWS,
            concurrent_requests: saturate(config.limits.concurrent_requests),
            unary_timeout_secs: saturate(config.limits.unary_timeout_secs),
            answer_bytes: saturate(rpc::ANSWER_BYTES),
            concurrent_watches: saturate(config.limits.concurrent_watches),
            change_retention_days: saturate(config.change_retention_days),
        };
        let mut services: Vec<_> = services.iter().map(|name| (*name).to_owned()).collect();
        services.sort();
        let now = store::clock::now_micros();
        Self(GetServerInfoResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            services,
            limits: Some(limits),
            start_time: Some(prost_types::Timestamp {
                seconds: now.div_euclid(1_000_000),
                nanos: i32::try_from(now.rem_euclid(1_000_000) * 1000).unwrap_or_default(),
            }),
            database: engine(config, roles).into(),
        })
    }

    /// As gRPC service.
    pub fn service(self) -> ServerServiceServer<Self> {
        ServerServiceServer::new(self)
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip)
    }
}

#[tonic::async_trait]
impl ServerService for ServerInfo {
    async fn get_server_info(
        &self,
        _request: Request<GetServerInfoRequest>,
    ) -> Result<Response<GetServerInfoResponse>, Status> {
        Ok(Response::new(self.0.clone()))
    }
}

/// The database engine of these roles: PostgreSQL as soon as one of them has it.
fn engine(config: &Config, roles: &[Role]) -> DatabaseEngine {
    use secrecy::ExposeSecret as _;
    let embedded = |role: &Role| {
        role.database(config)
            .url
            .expose_secret()
            .starts_with("sqlite:")
    };
    if roles.iter().all(embedded) {
        DatabaseEngine::Sqlite
    } else {
        DatabaseEngine::Postgresql
    }
}

fn saturate(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_engine_are_those_of_the_configuration() {
        let folder = std::path::Path::new("almanac-data");
        let mut config = Config::load(None, folder).expect("the defaults are good");
        config.limits.concurrent_watches = 7;
        config.change_retention_days = 5;
        let told = |config: &Config| ServerInfo::describe(config, &Role::ALL, &[]).0;
        let info = told(&config);
        assert_eq!(info.database(), DatabaseEngine::Sqlite);
        let limits = info.limits.expect("limits");
        assert_eq!(limits.answer_bytes, 3_670_016);
        assert_eq!(limits.concurrent_watches, 7);
        assert_eq!(limits.change_retention_days, 5);
        config.metrics.database.url = "postgresql://host/name".into();
        assert_eq!(told(&config).database(), DatabaseEngine::Postgresql);
    }
}
