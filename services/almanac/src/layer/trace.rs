//! Reads the trace that a request belongs to from its headers.

use http::{HeaderMap, Request, Response};
use opentelemetry::Context;
use opentelemetry::propagation::Extractor;
use tonic::body::Body;

use super::Next;

/// Hands the context on to the layer that opens the span. A malformed one is no context.
pub async fn run(mut request: Request<Body>, next: Next) -> Response<Body> {
    let context = opentelemetry::global::get_text_map_propagator(|propagator| {
        // Not the context of this task: connections outlive requests.
        propagator.extract_with_context(&Context::new(), &Headers(request.headers()))
    });
    request.extensions_mut().insert(context);
    next.run(request).await
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}
