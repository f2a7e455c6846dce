//! Gives the errors that the gRPC library makes by itself the form that all errors here
//! have: a code for whose fault it is, a reason, a fixed text.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, Uri};
use hyper::body::{Body as HttpBody, SizeHint};
use rpc::{Error, Reason};
use tonic::body::Body;
use tonic::{Code, Status};

use super::body::{Polled, trailers};
use super::{Next, size};

/// How the messages of a request are packed.
const ENCODING: &str = "grpc-encoding";
/// What somebody reads.
const ACCEPT_ENCODING: &str = "grpc-accept-encoding";

/// Translates the status of an answer, in headers or trailers.
pub async fn run(limit: usize, request: Request<Body>, next: Next) -> Response<Body> {
    let asked = Asked {
        limit,
        path: request.uri().clone(),
        encoding: request.headers().get(ENCODING).cloned(),
    };
    let response = next.run(request).await;
    match translate(response.headers(), &asked) {
        Some(status) => status.into_http(),
        None => response.map(|body| Body::new(Translated { body, asked })),
    }
}

/// What a status of the library is understood by.
#[derive(Debug, Clone)]
struct Asked {
    /// Largest message of a request.
    limit: usize,
    /// Where the method is named.
    path: Uri,
    /// How the request may be packed.
    encoding: Option<HeaderValue>,
}

/// The status of an answer in the form of all errors, unless it has it.
fn translate(headers: &HeaderMap, asked: &Asked) -> Option<Status> {
    if !headers.contains_key(Status::GRPC_STATUS) {
        return None;
    }
    let status = Status::from_header_map(headers)?;
    if !status.details().is_empty() {
        return None;
    }
    let mut translated = Status::from(understand(&status, asked)?);
    // A client whose packing is refused is told by it what would be read.
    if let Some(read) = status.metadata().get(ACCEPT_ENCODING) {
        translated
            .metadata_mut()
            .insert(ACCEPT_ENCODING, read.clone());
    }
    Some(translated)
}

/// Errors of the services carry details; those without are the library's.
fn understand(status: &Status, asked: &Asked) -> Option<Error> {
    let message = status.message();
    Some(match status.code() {
        // Nobody is left to hear it.
        Code::Ok | Code::Cancelled => return None,
        Code::Unimplemented if message.starts_with("Content is compressed") => {
            encoding_unsupported(asked)
        }
        Code::Unimplemented => method_unknown(asked),
        // Reflection says so of a symbol.
        Code::NotFound => Error::new(Reason::MethodUnknown, message).under(Code::NotFound),
        Code::OutOfRange if message.contains("encoded message length too large") => {
            tracing::info!(cause = message, "answer too large");
            answer_too_large()
        }
        // A request that is not packed is measured before the library reads it, and the limit
        // of the library is the same. So this one is packed, or the message is not the
        // request's but one that a service was answered by another.
        Code::ResourceExhausted
            if asked.encoding.is_some() && message.contains("while decompressing") =>
        {
            size::too_large(None, asked.limit)
        }
        Code::OutOfRange | Code::ResourceExhausted => ours(message),
        Code::Internal if is_ours(message) => ours(message),
        _ => {
            tracing::info!(cause = message, "undecodable request");
            let message = "the request is not a message of this method, or was cut off";
            Error::new(Reason::FieldInvalid, message)
        }
    })
}

fn method_unknown(asked: &Asked) -> Error {
    let path = asked.path.path();
    let message = format!("there is no method `{path}` here; reflection lists those there are");
    Error::new(Reason::MethodUnknown, message)
}

fn encoding_unsupported(asked: &Asked) -> Error {
    let encoding = asked.encoding.as_ref().map(HeaderValue::as_bytes);
    let encoding = String::from_utf8_lossy(encoding.unwrap_or_default());
    let message = format!("the request is compressed by `{encoding}`; gzip and none are read");
    Error::new(Reason::EncodingUnsupported, message)
}

/// The error of an answer that may not be sent.
fn answer_too_large() -> Error {
    let message = "the answer is larger than this server sends; ask for less at once";
    Error::new(Reason::AnswerTooLarge, message)
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
            && let Some(status) = translate(headers, &self.asked)
        {
            return Poll::Ready(Some(Ok(trailers(&status))));
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
        check(&status, Code::InvalidArgument, "ANSWER_TOO_LARGE");
        assert!(
            status.message().contains("the answer is larger"),
            "{status:?}"
        );
    }

    #[test]
    fn what_another_server_answered_is_not_told_as_the_request() {
        let asked = Asked {
            limit: LIMIT,
            path: Uri::default(),
            encoding: None,
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
            let status = translate(response.headers(), &asked).unwrap();
            check(&status, Code::Internal, "INTERNAL");
        }
    }
}
