//! What this server is: `almanac.server.v1`.

use proto::server::v1::server_service_server::{ServerService, ServerServiceServer};
use proto::server::v1::{GetServerInfoRequest, GetServerInfoResponse, Limits};
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
            database: engine(config, roles).to_owned(),
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

fn engine(config: &Config, roles: &[Role]) -> &'static str {
    use secrecy::ExposeSecret as _;
    let embedded = |role: &Role| {
        role.database(config)
            .url
            .expose_secret()
            .starts_with("sqlite:")
    };
    if roles.iter().all(embedded) {
        "sqlite"
    } else {
        "postgresql"
    }
}

fn saturate(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}
