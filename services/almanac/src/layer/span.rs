//! One span and one line of the log for each request.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use hyper::body::{Body as HttpBody, SizeHint};
use opentelemetry::trace::TraceContextExt as _;
use tokio::time::Instant;
use tonic::body::Body;
use tonic::{Code, Status};
use tracing::{Instrument as _, Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::Next;
use super::body::Polled;
use super::method::{Method, Table};

/// Opens the span, lets the rest of the way run in it and closes it with the last frame.
pub async fn run(methods: Arc<Table>, mut request: Request<Body>, next: Next) -> Response<Body> {
    let method = methods.find(request.uri().path());
    let mut record = Record::open(method.as_deref(), &request);
    if let Some(method) = method {
        request.extensions_mut().insert(method);
    }
    let response = next.run(request).instrument(record.span.clone()).await;
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
    span: Span,
    started: Instant,
    code: Code,
    quiet: bool,
}

impl Record {
    fn open<B>(method: Option<&Method>, request: &Request<B>) -> Self {
        // The path of an unknown method is the client's text, so it goes nowhere.
        let service = method.map_or("unknown", |m| &m.service);
        let name = method.map_or("unknown", |m| &m.name);
        let span = tracing::info_span!(
            "rpc",
            otel.name = format!("{service}/{name}"),
            otel.kind = "server",
            rpc.service = service,
            rpc.method = name,
            trace_id = field::Empty,
        );
        if let Some(parent) = request.extensions().get::<opentelemetry::Context>() {
            // Fails only where traces are switched off altogether.
            let _untraced = span.set_parent(parent.clone());
        }
        span.set_attribute("rpc.system", "grpc");
        let context = span.context();
        let trace = context.span().span_context().clone();
        if trace.is_valid() {
            span.record("trace_id", trace.trace_id().to_string());
        }
        Self {
            span,
            started: Instant::now(),
            code: Code::Cancelled,
            quiet: method.is_some_and(|m| m.exempt),
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let code = self.code;
        let latency_us = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.span
            .set_attribute("rpc.grpc.status_code", i64::from(i32::from(code)));
        self.span.in_scope(|| match code {
            Code::Ok | Code::Cancelled if self.quiet => {
                tracing::trace!(?code, latency_us, "request");
            }
            Code::Ok | Code::Cancelled => tracing::debug!(?code, latency_us, "request"),
            Code::Internal | Code::Unknown | Code::DataLoss => {
                self.span
                    .set_status(opentelemetry::trace::Status::error(""));
                tracing::error!(?code, latency_us, "request");
            }
            Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded => {
                tracing::warn!(?code, latency_us, "request");
            }
            _ => tracing::info!(?code, latency_us, "request"),
        });
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
            .span
            .in_scope(|| Pin::new(&mut this.body).poll_frame(cx));
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
