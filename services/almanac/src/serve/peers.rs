//! Connections of the services to each other.

use std::net::SocketAddr;
use std::time::Duration;

use rpc::{Peer, Propagate};
use tonic::transport::Endpoint;

use crate::config::{self, Config, Invalid};
use crate::role::Role;

const CONNECT: Duration = Duration::from_secs(2);
/// Not shorter than the servers of others tolerate.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// The services that others call. In one process they are called over its own listener, so
/// that there is one way to call and not two.
#[derive(Debug, Clone)]
pub struct Peers {
    /// The registry.
    pub registry: Peer,
    /// Metrics.
    pub metrics: Peer,
}

impl Peers {
    /// Connects on first use, and again whenever a connection is lost; to the listener
    /// `own` with `badge`.
    pub fn new(config: &config::Peers, own: SocketAddr, badge: &str) -> anyhow::Result<Self> {
        Ok(Self {
            registry: connect(&config.registry, own, badge)?,
            metrics: connect(&config.metrics, own, badge)?,
        })
    }
}

fn connect(configured: &str, own: SocketAddr, badge: &str) -> anyhow::Result<Peer> {
    let endpoint = match configured {
        "" => Endpoint::from_shared(format!("http://{own}"))?.user_agent(badge)?,
        other => Endpoint::from_shared(other.to_owned())?,
    };
    let channel = endpoint
        .connect_timeout(CONNECT)
        .http2_keep_alive_interval(KEEPALIVE)
        .tcp_nodelay(true)
        .connect_lazy();
    Ok(Propagate::over(channel))
}

/// A process that does not play the registry cannot find it in itself.
pub fn check(config: &Config, roles: &[Role]) -> Result<(), Invalid> {
    let needed = [
        (
            "peers.registry",
            &config.peers.registry,
            Role::Registry,
            [Role::Metrics, Role::Reporting].as_slice(),
        ),
        (
            "peers.metrics",
            &config.peers.metrics,
            Role::Metrics,
            &[Role::Reporting],
        ),
    ];
    for (key, url, role, callers) in needed {
        let caller = roles.iter().find(|role| callers.contains(role));
        if let Some(caller) = caller
            && url.is_empty()
            && !roles.contains(&role)
        {
            return Err(Invalid::new(
                key,
                format!("is required for `--role {caller}`, as http://HOST:PORT"),
            ));
        }
    }
    Ok(())
}
