//! The two services that a report is made from, reached only through their contract.

mod pinned;

use std::future::Future;
use std::time::Duration;

use proto::metrics::v1 as metrics;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::registry::v1 as registry;
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use rpc::{Error, Peer, Reason, Result, peer_error};
use tonic::{Code, Response, Status};
use tonic_types::StatusExt as _;

pub(crate) use pinned::{Pinned, Said, Vintage};

/// Largest message a peer may answer with.
const MESSAGE_BYTES: usize = 64 * 1024 * 1024;
/// Pauses before a call to a peer that is away is tried again.
const PAUSES_MILLIS: [u64; 5] = [100, 200, 400, 800, 1600];

/// Clients of the two services.
#[derive(Debug, Clone)]
pub(crate) struct Peers {
    registry: RegistryServiceClient<Peer>,
    metrics: MetricsServiceClient<Peer>,
}

impl Peers {
    pub(crate) fn new(registry: Peer, metrics: Peer) -> Self {
        Self {
            registry: RegistryServiceClient::new(registry).max_decoding_message_size(MESSAGE_BYTES),
            metrics: MetricsServiceClient::new(metrics).max_decoding_message_size(MESSAGE_BYTES),
        }
    }

    /// A snapshot token of now: what the registry has, and metrics not older than that.
    /// Neither is older than `at_least_as_fresh`; empty for no such token.
    pub(crate) async fn now(&self, at_least_as_fresh: &str) -> Result<String> {
        let seen = self.registry_snapshot(at_least_as_fresh).await?;
        let pair = call("metrics", || {
            let mut client = self.metrics.clone();
            let request = metrics::ListUnitsRequest {
                page_size: 1,
                at_least_as_fresh: seen.clone(),
                ..Default::default()
            };
            async move { client.list_units(request).await }
        });
        Ok(pair.await?.snapshot)
    }

    /// A snapshot token of the registry of now, not older than the one given.
    pub(crate) async fn registry_snapshot(&self, at_least_as_fresh: &str) -> Result<String> {
        let answer = call("registry", || {
            let mut client = self.registry.clone();
            let request = registry::ListEntitiesRequest {
                page_size: 1,
                at_least_as_fresh: at_least_as_fresh.to_owned(),
                ..Default::default()
            };
            async move { client.list_entities(request).await }
        });
        Ok(answer.await?.snapshot)
    }

    /// All reads from now on are of this snapshot.
    pub(crate) fn at(&self, snapshot: &str) -> Pinned {
        Pinned::new(self.clone(), snapshot.to_owned())
    }
}

/// Calls a peer; one that is away is tried again for a while.
async fn call<T, F>(service: &str, mut attempt: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    let mut pauses = PAUSES_MILLIS.into_iter();
    loop {
        let status = match attempt().await {
            Ok(answer) => return Ok(answer.into_inner()),
            Err(status) => status,
        };
        match pauses.next() {
            Some(pause) if status.code() == Code::Unavailable => {
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            _ => return Err(translate(service, &status)),
        }
    }
}

/// Calls a peer for one page after the other. `ask` is given the token of a page, `take`
/// answers with that of the next one, empty after the last that is wanted.
async fn pages<T, F>(
    service: &str,
    ask: impl Fn(String) -> F,
    mut take: impl FnMut(T) -> String,
) -> Result<()>
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    let mut token = String::new();
    loop {
        token = take(call(service, || ask(token.clone())).await?);
        if token.is_empty() {
            return Ok(());
        }
    }
}

/// Like `call`, but what does not exist is nothing rather than an error.
async fn look_up<T, F>(service: &str, mut attempt: impl FnMut() -> F) -> Result<Option<T>>
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    let answered = call(service, || {
        let answer = attempt();
        async move {
            match answer.await {
                Err(status) if status.code() == Code::NotFound => Ok(Response::new(None)),
                other => other.map(|answer| answer.map(Some)),
            }
        }
    });
    answered.await
}

/// What an answer of a peer means to whoever asked us.
fn translate(service: &str, status: &Status) -> Error {
    let details = status.get_error_details();
    let info = details.error_info();
    let known = match info.map(|info| info.reason.as_str()) {
        Some("SNAPSHOT_TOKEN_INVALID") => Some(Reason::SnapshotTokenInvalid),
        Some("SIBLINGS_JOINED") => Some(Reason::SiblingsJoined),
        Some("FILTER_INVALID" | "PERIOD_INVALID" | "BREAKDOWN_INVALID" | "FIELD_INVALID") => {
            Some(Reason::TemplateInvalid)
        }
        _ => None,
    };
    match known {
        Some(reason) => match info.and_then(|info| info.metadata.get("resource")) {
            Some(name) => Error::about(reason, name, status.message()),
            None => Error::new(reason, status.message()),
        },
        None => peer_error(service, status),
    }
}
