//! `almanac health`: asks a running server, for the probes of an orchestrator.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::config::Config;
use crate::{cli, output};

/// A probe that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(3);

/// Options of `almanac health`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ask about one gRPC service, such as almanac.metrics.v1.MetricsService, or `live` for
    /// the process alone; unset: all services of the server
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    service: String,
}

/// Runs the command.
pub async fn run(args: Args, global: &cli::Global) -> anyhow::Result<ExitCode> {
    let endpoint = match &global.server {
        Some(server) => server.clone(),
        None => {
            let config = Config::load(global.config.as_deref(), &global.data_dir)?;
            let address = config.health_listen.unwrap_or(config.listen);
            format!("http://{}", reachable(address))
        }
    };
    let status = tokio::time::timeout(PATIENCE, ask(&endpoint, args.service))
        .await
        .with_context(|| format!("{endpoint} does not answer"))??;
    output::print(status.as_str_name())?;
    Ok(match status {
        ServingStatus::Serving => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

async fn ask(endpoint: &str, service: String) -> anyhow::Result<ServingStatus> {
    let channel: Channel = Endpoint::from_shared(endpoint.to_owned())
        .with_context(|| format!("`{endpoint}` is not of the form http://HOST:PORT"))?
        .connect()
        .await
        .with_context(|| format!("{endpoint} cannot be reached"))?;
    let request = HealthCheckRequest { service };
    let answer = HealthClient::new(channel)
        .check(request)
        .await
        .map_err(|status| anyhow::anyhow!("{endpoint} answers: {}", status.message()))?;
    Ok(answer.into_inner().status())
}

/// Where this machine reaches a server that listens on `address`.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let mut reachable = address;
    if address.ip().is_unspecified() {
        reachable.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    reachable
}
