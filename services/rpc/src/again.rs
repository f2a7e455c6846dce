//! Calls to a peer that are made again where the first try never left.

use std::error::Error;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use tonic::body::Body;
use tonic::codegen::StdError;
use tonic::transport::Channel;
use tower::{Service, ServiceExt as _};

/// A channel whose servers may close its connections whenever these are idle, as ours do by
/// age. A call that meets such a close was never sent, and goes over a new connection; one
/// that was sent is never repeated.
#[derive(Debug, Clone)]
pub struct Again(Channel);

impl Again {
    /// Calls over `channel`. They send one message each and not a stream.
    pub fn over(channel: Channel) -> Self {
        Self(channel)
    }
}

impl Service<Request<Body>> for Again {
    type Response = Response<Body>;
    type Error = StdError;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        // Each try waits for the channel by itself.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let channel = self.0.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let message = body.collect().await?.to_bytes();
            let request = || {
                let body = Body::new(Full::new(message.clone()));
                Request::from_parts(head.clone(), body)
            };
            match channel.clone().oneshot(request()).await {
                Err(fault) if was_never_sent(&fault) => Ok(channel.oneshot(request()).await?),
                answered => Ok(answered?),
            }
        })
    }
}

/// Whether a connection closed before it took the request.
fn was_never_sent(fault: &tonic::transport::Error) -> bool {
    let mut cause = fault.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            return error.is_canceled();
        }
        cause = error.source();
    }
    false
}
