//! Requests that are not of gRPC, answered in the words of HTTP: whoever came with a browser,
//! curl or a library of another protocol is told what this port speaks.

use std::convert::Infallible;
use std::time::Duration;

use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tonic::body::Body;

const ADVICE: &str = "this port speaks gRPC over HTTP/2 (content-type application/grpc): use a \
                      client generated from the contract, `almanac` with --server, or \
                      `grpcurl -plaintext`";

/// The answer to a request that is not of gRPC, if it is not.
pub fn refusal<B>(request: &Request<B>) -> Option<Response<Body>> {
    if request.method() != Method::POST {
        let mut response = told(StatusCode::METHOD_NOT_ALLOWED);
        let post = HeaderValue::from_static("POST");
        response.headers_mut().insert(ALLOW, post);
        return Some(response);
    }
    match request.headers().get(CONTENT_TYPE) {
        Some(kind) if is_grpc(kind) => None,
        _ => Some(told(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
    }
}

/// Whether a body is of gRPC, with messages that this server reads. `application/grpc-web`
/// only begins like it.
fn is_grpc(kind: &HeaderValue) -> bool {
    let kind = kind.to_str().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    ["application/grpc", "application/grpc+proto"]
        .iter()
        .any(|known| kind.eq_ignore_ascii_case(known))
}

/// Answers the first request of a client of HTTP/1 and hangs up, all within a time.
pub async fn answer_http1(stream: TcpStream, patience: Duration) {
    let outcome = tokio::time::timeout(patience, refuse_http1(stream)).await;
    tracing::debug!(
        ?outcome,
        "a client of HTTP/1 was told what this port speaks"
    );
}

async fn refuse_http1(stream: TcpStream) -> anyhow::Result<()> {
    let service = service_fn(async |_: Request<Incoming>| {
        Ok::<_, Infallible>(told(StatusCode::HTTP_VERSION_NOT_SUPPORTED))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    let mut stream = connection.without_shutdown().await?.io.into_inner();
    stream.shutdown().await?;
    // Closed with something unread, a connection may lose the answer on its way.
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    Ok(())
}

fn told(code: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::new(format!("{}: {ADVICE}\n", reason(code))));
    *response.status_mut() = code;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}

fn reason(code: StatusCode) -> &'static str {
    match code {
        StatusCode::METHOD_NOT_ALLOWED => "only POST is answered",
        StatusCode::HTTP_VERSION_NOT_SUPPORTED => "this is not HTTP/2",
        _ => "this is not gRPC",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: Method, kind: Option<&str>, expected: Option<u16>) {
        let mut request = Request::new(());
        *request.method_mut() = method.clone();
        if let Some(kind) = kind {
            let kind = kind.parse().unwrap();
            request.headers_mut().insert(CONTENT_TYPE, kind);
        }
        let code = refusal(&request).map(|response| response.status().as_u16());
        assert_eq!(code, expected, "{method} {kind:?}");
    }

    #[test]
    fn only_a_post_of_grpc_with_messages_of_protobuf_passes() {
        check(Method::POST, Some("application/grpc"), None);
        check(Method::POST, Some("application/grpc+proto"), None);
        check(Method::POST, Some("Application/gRPC; charset=utf-8"), None);
        check(Method::POST, Some("application/grpc+json"), Some(415));
        check(Method::POST, Some("application/grpc-web"), Some(415));
        check(Method::POST, Some("application/grpc-web+proto"), Some(415));
        check(Method::POST, Some("application/json"), Some(415));
        check(Method::POST, Some("application/proto"), Some(415));
        check(Method::POST, Some("text/plain"), Some(415));
        check(Method::POST, None, Some(415));
        check(Method::GET, None, Some(405));
        check(Method::OPTIONS, Some("application/grpc"), Some(405));
    }
}
