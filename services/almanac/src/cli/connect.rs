//! Clients of the services: of a server, or of the services in this process.

use anyhow::Context as _;
use proto::longrunning::operations_client::OperationsClient;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use proto::reporting::v1::reporting_service_client::ReportingServiceClient;
use tonic::transport::{Channel, Endpoint};

use crate::{config, serve};

/// Largest answer a client reads.
const ANSWER_BYTES: usize = 64 << 20;

/// A connection to all services.
#[derive(Debug)]
pub struct Session {
    channel: Channel,
    local: Option<serve::InProcess>,
}

impl Session {
    /// Connects to the server that was named, or starts the services here.
    pub async fn open(global: &super::Global) -> anyhow::Result<Self> {
        let local = match &global.server {
            Some(_) => None,
            None => Some(
                serve::in_process(config::Config::load(
                    global.config.as_deref(),
                    &global.data_dir,
                )?)
                .await?,
            ),
        };
        let url = match (&global.server, &local) {
            (Some(url), _) => url.clone(),
            (None, Some(local)) => local.endpoint(),
            (None, None) => anyhow::bail!("there is no server"),
        };
        anyhow::ensure!(
            url.contains("://"),
            "`{url}` is not a URL such as http://127.0.0.1:7430"
        );
        let endpoint = Endpoint::from_shared(url.clone());
        let endpoint = endpoint
            .with_context(|| format!("`{url}` is not a URL such as http://127.0.0.1:7430"))?;
        let channel = endpoint.connect().await;
        let channel = channel.with_context(|| format!("no server answers at {url}"))?;
        Ok(Self { channel, local })
    }

    /// Client of the registry.
    pub fn registry(&self) -> RegistryServiceClient<Channel> {
        RegistryServiceClient::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES)
    }

    /// Client of metrics.
    pub fn metrics(&self) -> MetricsServiceClient<Channel> {
        MetricsServiceClient::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES)
    }

    /// Client of reporting.
    pub fn reporting(&self) -> ReportingServiceClient<Channel> {
        ReportingServiceClient::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES)
    }

    /// Client of the operations of reporting.
    pub fn operations(&self) -> OperationsClient<Channel> {
        OperationsClient::new(self.channel.clone())
    }

    /// Lets go of the server, or stops the services of this process in order.
    pub async fn close(self) -> anyhow::Result<()> {
        drop(self.channel);
        match self.local {
            Some(local) => local.stop().await,
            None => Ok(()),
        }
    }
}
