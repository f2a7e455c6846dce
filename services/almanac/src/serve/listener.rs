//! Accepts connections, up to a limit, and ends them within a time.
//!
//! The server of the gRPC library waits for ever for a client that never speaks or never
//! answers; this one does not.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Limits;
use crate::layer::Next;
use crate::serve::connection::Connections;

/// Pause after a failure to accept, which lasts as long as the cause: no files left.
const PAUSE: Duration = Duration::from_millis(100);

/// A listening socket and what answers on it.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    connections: Connections,
    free: Arc<Semaphore>,
}

impl Listener {
    /// Answers by `services` on `socket`.
    pub fn new(socket: TcpListener, services: Next, limits: &Limits) -> Self {
        Self {
            socket,
            connections: Connections::new(services, limits),
            free: Arc::new(Semaphore::new(limits.connections as usize)),
        }
    }

    /// Accepts until `stopping` is cancelled; then asks all clients to leave and waits for
    /// them, but not longer than `grace`.
    pub async fn run(self, stopping: CancellationToken, grace: Duration) {
        let (tasks, cut_off) = (TaskTracker::new(), CancellationToken::new());
        loop {
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                () = stopping.cancelled() => break,
            };
            match accepted {
                Ok((stream, _)) => self.admit(stream, &tasks, &stopping, &cut_off),
                Err(cause) => {
                    tracing::warn!(%cause, "cannot accept a connection");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        // From here on the system refuses new connections by itself.
        drop(self.socket);
        tasks.close();
        if tokio::time::timeout(grace, tasks.wait()).await.is_err() {
            tracing::warn!(
                connections = tasks.len(),
                "the grace is over; cutting off what is left"
            );
            cut_off.cancel();
            tasks.wait().await;
        }
    }

    fn admit(
        &self,
        stream: TcpStream,
        tasks: &TaskTracker,
        stopping: &CancellationToken,
        cut_off: &CancellationToken,
    ) {
        let Ok(permit) = self.free.clone().try_acquire_owned() else {
            tracing::warn!("as many connections as there may be; closing a new one");
            return;
        };
        let serving = self.connections.clone().serve(stream, stopping.clone());
        let cut_off = cut_off.clone();
        tasks.spawn(async move {
            cut_off.run_until_cancelled(serving).await;
            drop(permit);
        });
    }
}
