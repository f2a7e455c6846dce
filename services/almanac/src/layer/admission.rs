//! Refuses at once what the server has no room for, so that it stays fast for the rest.

use std::sync::Arc;

use http::header::USER_AGENT;
use http::{Request, Response};
use rpc::{Error, Reason};
use tokio::sync::Semaphore;
use tonic::body::Body;

use super::{Held, Next, method, refuse};
use crate::config::Limits;

/// Who is let in.
#[derive(Debug, Clone)]
pub struct Admission {
    requests: Budget,
    watches: Budget,
    badge: Arc<str>,
}

/// So many at a time.
#[derive(Debug, Clone)]
struct Budget {
    permits: Arc<Semaphore>,
    what: &'static str,
    setting: &'static str,
    most: u32,
}

impl Budget {
    fn new(what: &'static str, setting: &'static str, most: u32) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(most as usize)),
            what,
            setting,
            most,
        }
    }

    fn spent(&self) -> Error {
        let Self {
            what,
            setting,
            most,
            ..
        } = self;
        let message =
            format!("the server has as many {what} as `{setting}` allows, {most}; retry later");
        Error::new(Reason::Overloaded, message)
    }
}

impl Admission {
    /// Within these limits. Calls that the services of this process make to each other, which
    /// wear `badge`, are not counted: they are part of a request that was let in, and
    /// refusing them would waste the work done on it. Watches are counted apart, as they are
    /// idle and would only take the places of requests.
    pub fn new(limits: &Limits, badge: &str) -> Self {
        let (requests, watches) = (limits.concurrent_requests, limits.concurrent_watches);
        Self {
            requests: Budget::new("requests at work", "limits.concurrent_requests", requests),
            watches: Budget::new("watches open", "limits.concurrent_watches", watches),
            badge: badge.into(),
        }
    }

    fn budget<B>(self, request: &Request<B>) -> Budget {
        if method::of(request).is_some_and(|method| method.watch) {
            self.watches
        } else {
            self.requests
        }
    }

    fn is_free<B>(&self, request: &Request<B>) -> bool {
        let agent = request
            .headers()
            .get(USER_AGENT)
            .map(|agent| agent.as_bytes());
        method::of(request).is_some_and(|m| m.exempt)
            || agent.is_some_and(|agent| agent.starts_with(self.badge.as_bytes()))
    }
}

/// Lets a request through if fewer of its kind than the limit are at work.
pub async fn run(admission: Admission, request: Request<Body>, next: Next) -> Response<Body> {
    if admission.is_free(&request) {
        return next.run(request).await;
    }
    let budget = admission.budget(&request);
    match Arc::clone(&budget.permits).try_acquire_owned() {
        Ok(permit) => next
            .run(request)
            .await
            .map(|body| Held::until_end_of(body, permit)),
        Err(_) => refuse(budget.spent()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::{Code, Status};

    #[tokio::test]
    async fn one_request_too_many_is_refused_until_an_answer_has_ended() {
        let limits = Limits {
            concurrent_requests: 1,
            concurrent_watches: 1,
            message_bytes: 1024,
            unary_timeout_secs: 1,
            connections: 1,
            streams_per_connection: 1,
            handshake_timeout_secs: 1,
            connection_age_secs: 1,
        };
        let admission = Admission::new(&limits, "badge");
        let next = Next::new(|_| async { Response::new(Body::new(http_body_pending())) });
        let call = || run(admission.clone(), Request::new(Body::empty()), next.clone());
        let first = call().await;
        let refused = call().await;
        let status = Status::from_header_map(refused.headers()).unwrap();
        assert_eq!(status.code(), Code::ResourceExhausted);
        let details = tonic_types::StatusExt::get_error_details(&status);
        assert_eq!(details.error_info().unwrap().reason, "OVERLOADED");
        assert!(details.retry_info().is_some());
        let mut own = Request::new(Body::empty());
        own.headers_mut()
            .insert(USER_AGENT, "badge tonic/1".parse().unwrap());
        let own = run(admission.clone(), own, next.clone()).await;
        assert!(Status::from_header_map(own.headers()).is_none());
        drop(first);
        assert!(Status::from_header_map(call().await.headers()).is_none());
    }

    fn http_body_pending() -> tonic::body::Body {
        struct Pending;
        impl hyper::body::Body for Pending {
            type Data = bytes::Bytes;
            type Error = Status;
            fn poll_frame(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> super::super::body::Polled {
                std::task::Poll::Pending
            }
        }
        Body::new(Pending)
    }
}
