//! Refuses at once what the server has no room for, so that it stays fast for the rest.

use std::sync::Arc;

use http::header::USER_AGENT;
use http::{Request, Response};
use rpc::{Error, Reason};
use tokio::sync::Semaphore;
use tonic::body::Body;

use super::{Held, Next, method, refuse};

/// Who is let in.
#[derive(Debug, Clone)]
pub struct Admission {
    permits: Arc<Semaphore>,
    badge: Arc<str>,
}

impl Admission {
    /// So many at a time. Calls that the services of this process make to each other, which
    /// wear `badge`, are not counted: they are part of a request that was let in, and
    /// refusing them would waste the work done on it.
    pub fn new(concurrent_requests: u32, badge: &str) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(concurrent_requests as usize)),
            badge: badge.into(),
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

/// Lets a request through if fewer than the limit are at work, streams included.
pub async fn run(admission: Admission, request: Request<Body>, next: Next) -> Response<Body> {
    if admission.is_free(&request) {
        return next.run(request).await;
    }
    match admission.permits.try_acquire_owned() {
        Ok(permit) => next
            .run(request)
            .await
            .map(|body| Held::until_end_of(body, permit)),
        Err(_) => refuse(Error::new(
            Reason::Overloaded,
            "the server works on as many requests as it may; retry later",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::{Code, Status};

    #[tokio::test]
    async fn one_request_too_many_is_refused_until_an_answer_has_ended() {
        let admission = Admission::new(1, "badge");
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
