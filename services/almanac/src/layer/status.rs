//! Gives the errors that the gRPC library makes by itself the form that all errors here
//! have: a code for whose fault it is, a reason, a fixed text.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use hyper::body::{Body as HttpBody, SizeHint};
use rpc::{Error, Reason};
use tonic::body::Body;
use tonic::{Code, Status};

use super::body::{Polled, trailers};
use super::{Next, refuse, size};

/// Translates the status of an answer, in headers or trailers.
pub async fn run(limit: usize, request: Request<Body>, next: Next) -> Response<Body> {
    let response = next.run(request).await;
    match translate(response.headers(), limit) {
        Some(error) => refuse(error),
        None => response.map(|body| Body::new(Translated { body, limit })),
    }
}

/// Errors of the services carry details; those without are the library's, about the bytes
/// of the request.
fn translate(headers: &HeaderMap, limit: usize) -> Option<Error> {
    if !headers.contains_key(Status::GRPC_STATUS) {
        return None;
    }
    let status = Status::from_header_map(headers)?;
    if !status.details().is_empty() {
        return None;
    }
    match status.code() {
        Code::OutOfRange if status.message().contains("message length too large") => {
            Some(size::too_large(None, limit))
        }
        Code::ResourceExhausted if status.message().contains("while decompressing") => {
            Some(size::too_large(None, limit))
        }
        Code::Internal => {
            tracing::info!(cause = status.message(), "undecodable request");
            let message = "the request is not a message of this method, or was cut off";
            Some(Error::new(Reason::FieldInvalid, message))
        }
        _ => None,
    }
}

/// A body whose trailers are translated.
struct Translated {
    body: Body,
    limit: usize,
}

impl HttpBody for Translated {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(headers) = frame.trailers_ref()
            && let Some(error) = translate(headers, self.limit)
        {
            return Poll::Ready(Some(Ok(trailers(&error.into()))));
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
