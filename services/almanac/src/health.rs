//! `grpc.health.v1`: whether each service can do its work, and whether the process lives.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use futures::{Stream, StreamExt as _, stream};
use rpc::{Error, Reason};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::codec::CompressionEncoding;
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::{self, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

/// The whole server: serving if all its services are.
pub const OVERALL: &str = "";
/// The process: serving for as long as it runs, whatever its databases do.
pub const LIVE: &str = "live";

/// The state of every service. Cloning costs a reference count.
#[derive(Debug, Clone)]
pub struct Health {
    states: Arc<BTreeMap<&'static str, watch::Sender<ServingStatus>>>,
    stopping: CancellationToken,
}

impl Health {
    /// Nothing serves yet but the process. Watches end when `stopping` is cancelled.
    pub fn new(services: &[&'static str], stopping: CancellationToken) -> Self {
        let names = services.iter().copied().chain([OVERALL, LIVE]);
        let states = names.map(|name| (name, watch::Sender::new(ServingStatus::NotServing)));
        let health = Self {
            states: Arc::new(states.collect()),
            stopping,
        };
        health.set(LIVE, true);
        health
    }

    /// Records whether a service can do its work.
    pub fn set(&self, service: &str, serving: bool) {
        let status = if serving {
            ServingStatus::Serving
        } else {
            ServingStatus::NotServing
        };
        if let Some(state) = self.states.get(service) {
            state.send_if_modified(|now| std::mem::replace(now, status) != status);
        }
    }

    /// Takes every service but the process out of service, for good.
    pub fn stop(&self) {
        for name in self.states.keys().filter(|name| **name != LIVE) {
            self.set(name, false);
        }
    }

    /// Waits until the whole server serves.
    pub async fn ready(&self) {
        if let Some(state) = self.states.get(OVERALL) {
            let mut state = state.subscribe();
            // Cannot fail: `self` keeps the sender.
            let _serving = state.wait_for(|now| *now == ServingStatus::Serving).await;
        }
    }

    /// As gRPC service.
    pub fn service(&self) -> HealthServer<Self> {
        HealthServer::new(self.clone())
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip)
    }
}

type Watch = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

#[tonic::async_trait]
impl health_server::Health for Health {
    type WatchStream = Watch;

    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let name = request.into_inner().service;
        let state = self.states.get(name.as_str());
        let status = *state.ok_or_else(|| unknown(&name))?.borrow();
        Ok(Response::new(answer(status)))
    }

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Watch>, Status> {
        let name = request.into_inner().service;
        let stopping = self.stopping.clone();
        let states: Watch = match self.states.get(name.as_str()) {
            Some(state) => changes(state.subscribe(), stopping).boxed(),
            // The protocol wants a watch of an unknown service to stay open.
            None => {
                let unknown = stream::once(async { Ok(answer(ServingStatus::ServiceUnknown)) });
                let end = stream::once(async move {
                    stopping.cancelled().await;
                    Err(shutting_down())
                });
                unknown.chain(end).boxed()
            }
        };
        Ok(Response::new(states))
    }
}

/// The state now, each later one, and the end of the process as an error.
fn changes(
    mut state: watch::Receiver<ServingStatus>,
    stopping: CancellationToken,
) -> impl Stream<Item = Result<HealthCheckResponse, Status>> {
    state.mark_changed();
    let open = Some((state, stopping));
    stream::unfold(open, |open| async {
        let (mut state, stopping) = open?;
        // The last state goes out before the end.
        let changed = tokio::select! {
            biased;
            changed = state.changed() => changed.is_ok(),
            () = stopping.cancelled() => false,
        };
        if !changed {
            return Some((Err(shutting_down()), None));
        }
        let status = *state.borrow_and_update();
        Some((Ok(answer(status)), Some((state, stopping))))
    })
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse {
        status: status.into(),
    }
}

/// The protocol of health fixes the code.
fn unknown(name: &str) -> Error {
    let message = format!("this server has no service `{name}` whose health it could tell");
    Error::new(Reason::MethodUnknown, message).under(Code::NotFound)
}

fn shutting_down() -> Status {
    Error::new(Reason::ShuttingDown, "the server is shutting down").into()
}
