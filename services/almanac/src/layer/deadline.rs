//! Ends what takes longer than its client, or the server, allows.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response};
use hyper::body::{Body as HttpBody, SizeHint};
use rpc::{Error, Reason};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::body::Body;

use super::body::{Polled, trailers};
use super::{Next, method, refuse};

/// Longest life of a stream.
const STREAM: Duration = Duration::from_secs(3600);

/// When requests end at the latest.
#[derive(Debug, Clone)]
pub struct Deadlines {
    /// Longest a request with a single answer may take.
    pub unary: Duration,
    /// Cancelled when nothing may run on.
    pub cut: CancellationToken,
}

/// Answers DEADLINE_EXCEEDED in place of whoever is late. A stream is only bound by its
/// client's deadline and the cap, a single answer also by the server's own limit.
pub async fn run(deadlines: Deadlines, request: Request<Body>, next: Next) -> Response<Body> {
    let streaming = method::of(&request).is_some_and(|m| m.streaming);
    let most = if streaming { STREAM } else { deadlines.unary };
    let asked = timeout(request.headers());
    let allowed = asked.map_or(most, |asked| asked.min(most));
    let mut over = over(allowed, deadlines.cut);
    tokio::select! {
        response = next.run(request) => response.map(|body| Body::new(Bounded { body, over: Some(over) })),
        error = &mut over => refuse(error),
    }
}

/// Why a request has to end, once it has to.
fn over(allowed: Duration, cut: CancellationToken) -> BoxFuture<'static, Error> {
    let deadline = Instant::now() + allowed;
    async move {
        tokio::select! {
            () = tokio::time::sleep_until(deadline) => Error::new(
                Reason::DeadlineExceeded,
                format!("not done within {} ms; whether a write happened is unknown", allowed.as_millis()),
            ),
            () = cut.cancelled() => Error::new(Reason::ShuttingDown, "the server is shutting down; retry"),
        }
    }
    .boxed()
}

/// The client's own limit. One that cannot be read is none.
fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

/// A body that ends with an error when the time is over.
struct Bounded {
    body: Body,
    over: Option<BoxFuture<'static, Error>>,
}

impl HttpBody for Bounded {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let Some(over) = &mut self.over else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(error) = over.poll_unpin(cx) {
            self.over = None;
            // Dropping the answer stops the work on it.
            self.body = Body::empty();
            return Poll::Ready(Some(Ok(trailers(&error.into()))));
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, expected: Option<Duration>) {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-timeout", header.parse().unwrap());
        assert_eq!(timeout(&headers), expected, "{header}");
    }

    #[test]
    fn the_timeout_header_is_read_in_all_its_units() {
        check("2H", Some(Duration::from_secs(7200)));
        check("3M", Some(Duration::from_secs(180)));
        check("99999999S", Some(Duration::from_secs(99_999_999)));
        check("250m", Some(Duration::from_millis(250)));
        check("7u", Some(Duration::from_micros(7)));
        check("0n", Some(Duration::ZERO));
    }

    #[test]
    fn a_malformed_timeout_is_none() {
        for header in [
            "",
            "S",
            "1",
            "123456789S",
            "-1S",
            "+1S",
            "1s",
            "1.5S",
            "1\u{20ac}",
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(
                "grpc-timeout",
                http::HeaderValue::from_bytes(header.as_bytes()).unwrap(),
            );
            assert_eq!(timeout(&headers), None, "{header}");
        }
    }

    #[tokio::test]
    async fn a_late_answer_is_deadline_exceeded() {
        let next = Next::new(|_| std::future::pending());
        let deadlines = Deadlines {
            unary: Duration::from_millis(10),
            cut: CancellationToken::new(),
        };
        let response = run(deadlines, Request::new(Body::empty()), next).await;
        let status = Status::from_header_map(response.headers()).unwrap();
        assert_eq!(status.code(), tonic::Code::DeadlineExceeded);
    }
}
