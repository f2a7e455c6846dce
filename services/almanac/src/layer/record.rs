//! One line of the log for each request and, for a collector, one span.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use hyper::body::{Body as HttpBody, SizeHint};
use opentelemetry::KeyValue;
use rpc::Work;
use tokio::time::Instant;
use tonic::body::Body;
use tonic::{Code, Status};

use super::body::Polled;
use super::method::{Method, Table};
use super::{Next, trace};

/// Lets the rest of the way run as part of the request, and ends its record with the last
/// frame.
pub async fn run(methods: Arc<Table>, mut request: Request<Body>, next: Next) -> Response<Body> {
    let method = methods.find(request.uri().path());
    let mut record = Record::open(method.as_deref(), request.headers());
    if let Some(method) = method {
        request.extensions_mut().insert(method);
    }
    let response = Arc::clone(&record.work).over(next.run(request)).await;
    if let Some(code) = code_in(response.headers()) {
        record.code = code;
        return response;
    }
    response.map(|body| Body::new(Recorded { body, record }))
}

/// Writes the outcome when it is dropped, so that a request which a client gave up, at
/// whatever point, is recorded like any other.
#[derive(Debug)]
struct Record {
    work: Arc<Work>,
    started: Instant,
    code: Code,
    quiet: bool,
}

impl Record {
    fn open(method: Option<&Method>, headers: &HeaderMap) -> Self {
        // The path of an unknown method is the client's text, so it goes nowhere.
        let unknown = || Arc::from("unknown");
        let service = method.map_or_else(unknown, |m| Arc::clone(&m.service));
        let name = method.map_or_else(unknown, |m| Arc::clone(&m.name));
        let names = [("rpc.service", service), ("rpc.method", name)];
        Self {
            work: Work::requested(names, &trace::sent(headers)),
            started: Instant::now(),
            code: Code::Cancelled,
            quiet: method.is_some_and(|m| m.exempt),
        }
    }

    fn tell(&self) {
        let code = self.code;
        let latency_us = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        match code {
            Code::Ok | Code::Cancelled if self.quiet => {
                tracing::trace!(?code, latency_us, "request");
            }
            Code::Ok | Code::Cancelled => tracing::debug!(?code, latency_us, "request"),
            Code::Internal | Code::Unknown | Code::DataLoss => {
                tracing::error!(?code, latency_us, "request");
            }
            Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded => {
                tracing::warn!(?code, latency_us, "request");
            }
            _ => tracing::info!(?code, latency_us, "request"),
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.work.within(|| self.tell());
        let failed = matches!(self.code, Code::Internal | Code::Unknown | Code::DataLoss);
        let code = i64::from(i32::from(self.code));
        self.work
            .end(KeyValue::new("rpc.grpc.status_code", code), failed);
    }
}

/// A body whose trailers end the record.
#[derive(Debug)]
struct Recorded {
    body: Body,
    record: Record,
}

impl HttpBody for Recorded {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let this = &mut *self;
        let frame = this
            .record
            .work
            .within(|| Pin::new(&mut this.body).poll_frame(cx));
        let frame = ready!(frame);
        match &frame {
            Some(Ok(frame)) => {
                if let Some(code) = frame.trailers_ref().and_then(code_in) {
                    this.record.code = code;
                }
            }
            Some(Err(status)) => this.record.code = status.code(),
            None => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn code_in(headers: &HeaderMap) -> Option<Code> {
    headers
        .get(Status::GRPC_STATUS)
        .map(|code| Code::from_bytes(code.as_bytes()))
}
