//! Clients of the services: of a server, or of the services in this process.

use anyhow::Context as _;
use proto::longrunning::operations_client::OperationsClient;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use proto::reporting::v1::reporting_service_client::ReportingServiceClient;
use proto::server::v1::GetServerInfoRequest;
use proto::server::v1::server_service_client::ServerServiceClient;
use tonic::transport::{Channel, Endpoint};

use crate::role::Role;
use crate::{config, serve};

/// Connections to all services.
#[derive(Debug)]
pub struct Session {
    registry: Channel,
    metrics: Channel,
    reporting: Channel,
    local: Option<serve::InProcess>,
}

impl Session {
    /// Connects to the servers that were named, or starts the services here.
    pub async fn open(global: &super::Global) -> anyhow::Result<Self> {
        let Some(servers) = &global.server else {
            let config = config::Config::load(global.config.as_deref(), &global.data_dir)?;
            let local = serve::in_process(config).await?;
            let channel = connect(&local.endpoint()).await?;
            return Ok(Self::new([(); 3].map(|()| channel.clone()), Some(local)));
        };
        let servers = servers.split(',').map(str::trim).collect::<Vec<_>>();
        let [one] = servers.as_slice() else {
            return Ok(Self::new(find(&servers).await?, None));
        };
        let channel = connect(one).await?;
        Ok(Self::new([(); 3].map(|()| channel.clone()), None))
    }

    fn new(channels: [Channel; 3], local: Option<serve::InProcess>) -> Self {
        let [registry, metrics, reporting] = channels;
        Self {
            registry,
            metrics,
            reporting,
            local,
        }
    }

    /// Client of the registry.
    pub fn registry(&self) -> RegistryServiceClient<Channel> {
        RegistryServiceClient::new(self.registry.clone())
    }

    /// Client of metrics.
    pub fn metrics(&self) -> MetricsServiceClient<Channel> {
        MetricsServiceClient::new(self.metrics.clone())
    }

    /// Client of reporting.
    pub fn reporting(&self) -> ReportingServiceClient<Channel> {
        ReportingServiceClient::new(self.reporting.clone())
    }

    /// Client of the operations of reporting.
    pub fn operations(&self) -> OperationsClient<Channel> {
        OperationsClient::new(self.reporting.clone())
    }

    /// Lets go of the server, or stops the services of this process in order.
    pub async fn close(self) -> anyhow::Result<()> {
        drop((self.registry, self.metrics, self.reporting));
        match self.local {
            Some(local) => local.stop().await,
            None => Ok(()),
        }
    }
}

/// Asks each server what it serves and chooses one for each of the three services.
async fn find(servers: &[&str]) -> anyhow::Result<[Channel; 3]> {
    let mut found = [const { None }; 3];
    for url in servers {
        let channel = connect(url).await?;
        let info = ServerServiceClient::new(channel.clone())
            .get_server_info(GetServerInfoRequest {})
            .await
            .with_context(|| format!("{url} does not say what it serves"))?;
        let served = info.into_inner().services;
        for (place, role) in found.iter_mut().zip(Role::ALL) {
            let mut names = role.services().iter();
            if place.is_none() && names.all(|name| served.iter().any(|s| s == name)) {
                *place = Some(channel.clone());
            }
        }
    }
    match found {
        [Some(registry), Some(metrics), Some(reporting)] => Ok([registry, metrics, reporting]),
        incomplete => {
            let mut places = Role::ALL.iter().zip(&incomplete);
            let missing = places.find(|(_, place)| place.is_none());
            let missing = missing.map(|(role, _)| role.name()).unwrap_or_default();
            anyhow::bail!("none of {} serves {missing}", servers.join(", "))
        }
    }
}

async fn connect(url: &str) -> anyhow::Result<Channel> {
    let unreadable = || format!("`{url}` is not a URL such as http://127.0.0.1:7430");
    anyhow::ensure!(url.contains("://"), unreadable());
    let endpoint = Endpoint::from_shared(url.to_owned()).with_context(unreadable)?;
    let channel = endpoint.connect().await;
    channel.with_context(|| format!("no server answers at {url}"))
}
