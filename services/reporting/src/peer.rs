//! The two services that a report is made from, reached only through their contract.

#[cfg(test)]
pub(crate) mod fake;
mod pinned;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::time::Duration;

use proto::metrics::v1 as metrics;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::registry::v1 as registry;
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use proto::snapshot::v1::Consistency;
use rpc::{Error, Peer, Reason, Result, Token, at_least_as_fresh, peer_error};
use tonic::{Code, Response, Status};
use tonic_types::StatusExt as _;

pub(crate) use pinned::{Pinned, Said, Vintage, are_siblings};

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
            registry: RegistryServiceClient::new(registry),
            metrics: MetricsServiceClient::new(metrics),
        }
    }

    /// A snapshot token of now: what the registry has, and metrics not older than that.
    /// Neither is older than any of the tokens.
    pub(crate) async fn now(&self, tokens: &[Token]) -> Result<String> {
        let asked = at_least_as_fresh(tokens.iter().map(Token::encode));
        let seen = self.registry_snapshot(asked).await?;
        self.metrics_snapshot(at_least_as_fresh([seen])).await
    }

    /// The snapshot token of a read of the registry.
    pub(crate) async fn registry_snapshot(&self, asked: Option<Consistency>) -> Result<String> {
        let answer = call("registry", || {
            let mut client = self.registry.clone();
            let consistency = asked.clone();
            let request = registry::GetSnapshotRequest { consistency };
            async move { client.get_snapshot(request).await }
        });
        Ok(answer.await?.snapshot)
    }

    /// The snapshot token of a read of metrics.
    async fn metrics_snapshot(&self, asked: Option<Consistency>) -> Result<String> {
        let answer = call("metrics", || {
            let mut client = self.metrics.clone();
            let consistency = asked.clone();
            let request = metrics::GetSnapshotRequest { consistency };
            async move { client.get_snapshot(request).await }
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

/// Like `pages`; whether what has the pages exists.
async fn look_up_pages<T, F>(
    service: &str,
    ask: impl Fn(String) -> F,
    mut take: impl FnMut(T) -> String,
) -> Result<bool>
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    let Some(first) = look_up(service, || ask(String::new())).await? else {
        return Ok(false);
    };
    let mut token = take(first);
    while !token.is_empty() {
        token = take(call(service, || ask(token.clone())).await?);
    }
    Ok(true)
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
        Some("SNAPSHOT_TOKEN_INVALID") => Reason::SnapshotTokenInvalid,
        Some("SNAPSHOT_TOKEN_EXPIRED") => Reason::SnapshotTokenExpired,
        Some("SNAPSHOT_NOT_REACHED") => Reason::SnapshotNotReached,
        Some("SIBLINGS_JOINED") => Reason::SiblingsJoined,
        Some("FILTER_INVALID" | "PERIOD_INVALID" | "BREAKDOWN_INVALID" | "FIELD_INVALID") => {
            Reason::TemplateInvalid
        }
        _ => return peer_error(service, status),
    };
    let violations = details.bad_request().map(|one| &one.field_violations);
    let consistency = violations
        .and_then(|all| all.iter().find(|one| one.field.starts_with("consistency.")))
        .map(|one| Error::field(known, without_index(&one.field), &one.description));
    let resource = info.and_then(|info| info.metadata.get("resource"));
    consistency.unwrap_or_else(|| match resource {
        Some(name) => Error::about(known, name, status.message()),
        None => Error::new(known, status.message()),
    })
}

/// The list that an item stands in. Peers are asked with tokens merged, so that which of
/// several a peer refuses is not known.
fn without_index(field: &str) -> &str {
    let list = field
        .strip_suffix(']')
        .and_then(|item| item.rsplit_once('['));
    list.map_or(field, |(list, _)| list)
}
