//! `almanac serve`: all three services in one process, or one of them.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::config::{Config, Invalid};
use crate::health::Health;
use crate::layer::{self, Next};
use crate::role::{Role, Roles};
use crate::telemetry::Telemetry;
use crate::{cli, data_dir, migrate, probe};

mod background;
mod connection;
mod foreign;
mod health_port;
mod listener;
mod mount;
mod peers;
mod readiness;
mod routes;
pub mod signals;

use background::Background;
use health_port::HealthPort;
use listener::Listener;
use mount::Mount;
use peers::Peers;
use routes::Routes;

/// The part of the grace that is left for connections to carry away the last answers, and
/// what each step after it may take.
const LAST_ANSWERS: Duration = Duration::from_millis(500);

/// Options of `almanac serve`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Serve only this one: registry, metrics or reporting; it finds the others through the
    /// setting `peers`
    #[arg(long, hide_possible_values = true)]
    role: Option<Role>,

    /// Bring the databases up to date first
    #[arg(long)]
    migrate: bool,

    /// Listen on an address that other machines can reach, although whoever reaches it may
    /// read and write everything
    #[arg(long)]
    insecure_listen: bool,
}

/// Runs the command until the process is told to stop.
pub async fn run(args: Args, global: &cli::Global) -> anyhow::Result<ExitCode> {
    let config = Config::load(global.config.as_deref(), &global.data_dir)?;
    let roles = Role::chosen(args.role);
    check_listen(&config, args.insecure_listen)?;
    peers::check(&config, &roles)?;
    let telemetry = Telemetry::start(&config.telemetry)?;
    let shutdown = CancellationToken::new();
    signals::watch(shutdown.clone())?;
    if args.migrate {
        for (role, steps) in migrate::all(&config, &roles).await? {
            tracing::info!(service = role.name(), steps, "migrated");
        }
    }
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let served = serve(config, roles, listener, shutdown).await;
    telemetry.finish().await;
    served.map(|()| ExitCode::SUCCESS)
}

/// Serves `roles` on `listener` until `shutdown` is cancelled and the last request is
/// answered, or the grace is over. Never contacts a database before it accepts, so that a
/// process whose database is away can say so.
pub async fn serve(
    config: Config,
    roles: Roles,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let server = Server::start(config, roles, listener).await?;
    shutdown.cancelled().await;
    server.stop().await;
    Ok(())
}

/// A server at work.
#[derive(Debug)]
struct Server {
    health: Health,
    mounts: Vec<Mount>,
    background: Background,
    accepting: JoinHandle<()>,
    health_port: Option<HealthPort>,
    stopping: CancellationToken,
    cut: CancellationToken,
    grace: Duration,
    /// Released when the server is gone.
    _locks: Vec<std::fs::File>,
}

impl Server {
    async fn start(config: Config, roles: Roles, listener: TcpListener) -> anyhow::Result<Self> {
        data_dir::prepare(&config, &roles)?;
        let locks = data_dir::lock(&config, &roles)?;
        let address = listener.local_addr()?;
        let (stopping, cut) = (CancellationToken::new(), CancellationToken::new());
        // Nobody else can guess it.
        let badge = format!("almanac-{}", Uuid::new_v4());
        let peers = Peers::new(&config.peers, probe::reachable(address), &badge)?;
        let mut mounts = Vec::new();
        for role in &roles {
            mounts.push(Mount::new(*role, &config).await?);
        }
        let health = Health::new(&routes::names(&roles), stopping.clone());
        let health_port = HealthPort::open(&config, &health).await?;
        let routes = Routes::new(&config, &roles, &mounts, &health)?;
        let services = Next::new(move |request| routes.clone().answer(request));
        let layered = layer::around(services, &config.limits, &badge, cut.clone())?;
        let listener = Listener::new(listener, layered, &config.limits);
        let grace = Duration::from_secs(config.shutdown_grace_secs);
        let accepting = tokio::spawn(listener.run(stopping.clone(), grace));
        let background = Background::new(stopping.clone());
        for mount in &mounts {
            mount.open(&peers, &background, &config);
        }
        readiness::watch(&mounts, &health, &background);
        let names: Vec<_> = roles.iter().map(|role| role.name()).collect();
        tracing::info!(%address, services = names.join(","), "listening");
        Ok(Self {
            health,
            mounts,
            background,
            accepting,
            health_port,
            stopping,
            cut,
            grace,
            _locks: locks,
        })
    }

    /// Says that it is about to stop, lets requests end, cuts off those that do not, and
    /// closes the databases.
    async fn stop(self) {
        tracing::info!("shutting down");
        self.health.stop();
        self.stopping.cancel();
        let cut = self.cut.clone();
        let patience = self.grace.saturating_sub(LAST_ANSWERS);
        let cutting = tokio::spawn(async move {
            tokio::time::sleep(patience).await;
            cut.cancel();
        });
        if let Err(cause) = self.accepting.await {
            tracing::error!(%cause, "the listener ended early");
        }
        cutting.abort();
        self.background.join(LAST_ANSWERS).await;
        let closing = futures::future::join_all(self.mounts.iter().map(Mount::close));
        if tokio::time::timeout(LAST_ANSWERS, closing).await.is_err() {
            tracing::warn!("a database did not close in time; what was committed is kept");
        }
        if let Some(port) = self.health_port {
            port.close().await;
        }
        tracing::info!("stopped");
    }
}

fn check_listen(config: &Config, insecure: bool) -> Result<(), Invalid> {
    if config.listen.ip().is_loopback() || insecure {
        return Ok(());
    }
    let problem = format!(
        "{} can be reached from other machines, and whoever reaches it may read and write \
         everything; add --insecure-listen if something else keeps strangers away",
        config.listen
    );
    Err(Invalid::new("listen", problem))
}

/// Migrates the databases, serves all three services on a port of the loopback device and
/// waits until they answer.
pub async fn in_process(config: Config) -> anyhow::Result<InProcess> {
    let roles = Role::chosen(None);
    migrate::all(&config, &roles).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let server = Server::start(config, roles, listener).await?;
    server.health.ready().await;
    Ok(InProcess { address, server })
}

/// All three services on a port of the loopback device, for a command that needs them only
/// while it runs.
#[derive(Debug)]
pub struct InProcess {
    address: SocketAddr,
    server: Server,
}

impl InProcess {
    /// Where it is found.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops it and waits until all is written.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.server.stop().await;
        Ok(())
    }
}
