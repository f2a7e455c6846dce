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
    let asked = Asked {
        limit,
        packed: request.headers().contains_key("grpc-encoding"),
    };
    let response = next.run(request).await;
    match translate(response.headers(), asked) {
        Some(error) => refuse(error),
        None => response.map(|body| Body::new(Translated { body, asked })),
    }
}

/// What a status of the library is understood by.
#[derive(Debug, Clone, Copy)]
struct Asked {
    /// Largest message of a request.
    limit: usize,
    /// The request may be packed.
    packed: bool,
}

/// Errors of the services carry details; those without are the library's.
fn translate(headers: &HeaderMap, asked: Asked) -> Option<Error> {
    if !headers.contains_key(Status::GRPC_STATUS) {
        return None;
    }
    let status = Status::from_header_map(headers)?;
    if !status.details().is_empty() {
        return None;
    }
    let message = status.message();
    match status.code() {
        Code::OutOfRange if message.contains("encoded message length too large") => {
            tracing::info!(cause = message, "answer too large");
            Some(answer_too_large())
        }
        // A request that is not packed is measured before the library reads it, and the limit
        // of the library is the same. So this one is packed, or the message is not the
        // request's but one that a service was answered by another.
        Code::ResourceExhausted if asked.packed && message.contains("while decompressing") => {
            Some(size::too_large(None, asked.limit))
        }
        Code::OutOfRange | Code::ResourceExhausted => Some(ours(message)),
        Code::Internal if is_ours(message) => Some(ours(message)),
        Code::Internal => {
            tracing::info!(cause = message, "undecodable request");
            let message = "the request is not a message of this method, or was cut off";
            Some(Error::new(Reason::FieldInvalid, message))
        }
        _ => None,
    }
}

/// The error of an answer that may not be sent, as the registry tells it of its own.
fn answer_too_large() -> Error {
    let message = "the answer is larger than this server sends; ask for less at once";
    Error::new(Reason::TooManyItems, message)
}

/// Whether a fault is not in the bytes of the request: the library met it while it wrote the
/// answer, or while it read what another server answered.
fn is_ours(message: &str) -> bool {
    message.starts_with("Error encoding")
        || message.starts_with("Error compressing")
        || message.contains("while receiving response")
}

fn ours(message: &str) -> Error {
    Error::internal(anyhow::anyhow!("the gRPC library: {message}"))
}

/// A body whose trailers are translated.
struct Translated {
    body: Body,
    asked: Asked,
}

impl HttpBody for Translated {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(headers) = frame.trailers_ref()
            && let Some(error) = translate(headers, self.asked)
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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tonic::codec::CompressionEncoding;
    use tonic::service::Routes;
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_client::HealthClient;
    use tonic_health::pb::health_server::HealthServer;
    use tonic_types::StatusExt as _;
    use tower::ServiceExt as _;

    use super::*;
    use crate::health::Health;

    const LIMIT: usize = 100;

    /// The status by which a real service of the library refuses a call.
    async fn refused(
        set: impl FnOnce(HealthServer<Health>) -> HealthServer<Health>,
        pack: bool,
        name: &str,
    ) -> Status {
        let health = Health::new(&[], tokio_util::sync::CancellationToken::new());
        let routes = Routes::new(set(health.service())).prepare();
        let services = Next::new(move |request| {
            let answer = routes.clone().oneshot(request);
            async move {
                answer
                    .await
                    .unwrap_or_else(|never: Infallible| match never {})
            }
        });
        let layered = tower::service_fn(move |request: Request<Body>| {
            let answer = run(LIMIT, request, services.clone());
            async move { Ok::<_, Infallible>(answer.await) }
        });
        let mut client = HealthClient::new(layered);
        if pack {
            client = client.send_compressed(CompressionEncoding::Gzip);
        }
        let service = name.to_owned();
        let answer = client.check(HealthCheckRequest { service }).await;
        answer.expect_err("it is refused")
    }

    fn check(status: &Status, code: Code, reason: &str) {
        let details = status.get_error_details();
        let told = details.error_info().map(|info| info.reason.as_str());
        assert_eq!((status.code(), told), (code, Some(reason)), "{status:?}");
    }

    #[tokio::test]
    async fn a_packed_request_that_is_too_large_is_told_as_such() {
        let long = "x".repeat(LIMIT + 1);
        let status = refused(
            |service| service.max_decoding_message_size(LIMIT),
            true,
            &long,
        );
        check(&status.await, Code::InvalidArgument, "MESSAGE_TOO_LARGE");
    }

    #[tokio::test]
    async fn an_answer_that_is_too_large_is_not_told_as_the_request() {
        let status = refused(
            |service| service.max_encoding_message_size(1),
            false,
            "live",
        )
        .await;
        check(&status, Code::InvalidArgument, "TOO_MANY_ITEMS");
        assert!(
            status.message().contains("the answer is larger"),
            "{status:?}"
        );
    }

    #[test]
    fn what_another_server_answered_is_not_told_as_the_request() {
        let asked = Asked {
            limit: LIMIT,
            packed: false,
        };
        for (code, message) in [
            (
                Code::OutOfRange,
                "Error, decoded message length too large: found 9 bytes",
            ),
            (
                Code::ResourceExhausted,
                "Error decompressing: size limit, of 9 bytes, exceeded while decompressing message",
            ),
            (
                Code::Internal,
                "Error decompressing: corrupt, while receiving response with status: 200 OK",
            ),
        ] {
            let response: Response<()> = Status::new(code, message).into_http();
            let error = translate(response.headers(), asked).unwrap();
            assert_eq!(error.reason(), Reason::Internal, "{message}");
        }
    }
}
