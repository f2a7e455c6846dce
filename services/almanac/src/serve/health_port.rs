//! A port for the probes of an orchestrator: health and nothing else.
//!
//! It has connections of its own, so that a server which clients keep busy still answers,
//! and goes on answering while the server stops, so that a probe sees a process that lives
//! and does not serve, and not one that is gone.

use std::convert::Infallible;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tower::ServiceExt as _;

use crate::config::Config;
use crate::health::Health;
use crate::layer::{self, Next};
use crate::serve::listener::Listener;

/// What a probe at work at the very end may still take.
const LAST_PROBE: Duration = Duration::from_millis(100);

/// The port at work.
#[derive(Debug)]
pub struct HealthPort {
    answering: JoinHandle<()>,
    end: CancellationToken,
}

impl HealthPort {
    /// Opens it if there is to be one.
    pub async fn open(config: &Config, health: &Health) -> anyhow::Result<Option<Self>> {
        let Some(address) = config.health_listen else {
            return Ok(None);
        };
        let socket = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address} for probes"))?;
        tracing::info!(address = %socket.local_addr()?, "listening for probes");
        let routes = Routes::new(health.service()).prepare();
        let answers = Next::new(move |request| {
            let routes = routes.clone();
            async move {
                match routes.oneshot(request).await {
                    Ok(response) => response,
                    Err(never) => {
                        let never: Infallible = never;
                        match never {}
                    }
                }
            }
        });
        let end = CancellationToken::new();
        let answers = layer::form_errors(answers, &config.limits);
        let listener = Listener::new(socket, answers, &config.limits);
        Ok(Some(Self {
            answering: tokio::spawn(listener.run(end.clone(), LAST_PROBE)),
            end,
        }))
    }

    /// Closes it.
    pub async fn close(self) {
        self.end.cancel();
        if let Err(cause) = self.answering.await {
            tracing::error!(%cause, "the port for probes ended early");
        }
    }
}
