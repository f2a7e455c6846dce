//! Reads the trace that a request belongs to from its headers.

use http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::propagation::Extractor;

/// The context that headers name. A malformed one is no context.
pub fn sent(headers: &HeaderMap) -> Context {
    opentelemetry::global::get_text_map_propagator(|propagator| {
        // Not the context of this task: connections outlive requests.
        propagator.extract_with_context(&Context::new(), &Headers(headers))
    })
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
