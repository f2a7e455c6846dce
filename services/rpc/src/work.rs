//! The piece of work that something is done for: a request that is answered, a run. It goes
//! with the task and not with a span of the log, as nothing of it is written anywhere until
//! a line of the log, an error or a call to a peer asks for it.

use std::sync::{Arc, OnceLock};

use opentelemetry::trace::{
    SpanContext, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState,
    Tracer as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{IdGenerator as _, RandomIdGenerator, SdkTracer};

tokio::task_local! {
    static CURRENT: Arc<Work>;
}

/// Where spans go; empty where nobody collects them.
static COLLECTED: OnceLock<SdkTracer> = OnceLock::new();

/// Sends a span of each piece of work from now on to a collector. The first call counts.
pub fn collect(tracer: SdkTracer) {
    COLLECTED.get_or_init(|| tracer);
}

/// A piece of work.
#[derive(Debug)]
pub struct Work {
    /// What it is, as lines of the log name it: names of the contract and ids of ours, which
    /// need no quoting.
    pub names: Names,
    context: Context,
}

/// Keys and values.
pub type Names = [(&'static str, Arc<str>); 2];

impl Work {
    /// A request, in the trace of its caller, or in a new one where that names none.
    pub fn requested(names: Names, caller: &Context) -> Arc<Self> {
        Self::new(names, caller, SpanKind::Server)
    }

    /// Work that nobody waits for, in a trace of its own.
    pub fn own(names: Names) -> Arc<Self> {
        Self::new(names, &Context::new(), SpanKind::Internal)
    }

    fn new(names: Names, caller: &Context, kind: SpanKind) -> Arc<Self> {
        let begun = COLLECTED.get().map(|tracer| {
            let [first, second] = &names;
            let attributes = names
                .iter()
                .map(|(key, value)| KeyValue::new(*key, Arc::clone(value)));
            let span = tracer
                .span_builder(format!("{}/{}", first.1, second.1))
                .with_kind(kind)
                .with_attributes(attributes);
            caller.with_span(tracer.build_with_context(span, caller))
        });
        let context = begun.unwrap_or_else(|| uncollected(caller));
        Arc::new(Self { names, context })
    }

    /// Does something as part of it.
    pub async fn over<F: Future>(self: Arc<Self>, doing: F) -> F::Output {
        CURRENT.scope(self, doing).await
    }

    /// Does something as part of it at once.
    pub fn within<T>(self: &Arc<Self>, doing: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(Arc::clone(self), doing)
    }

    /// What the current piece of work says; nothing outside of any.
    pub fn current<T>(look: impl FnOnce(&Self) -> T) -> Option<T> {
        CURRENT.try_with(|work| look(work)).ok()
    }

    /// Tells a collector how it ended; without this it ends when nobody has it any more.
    pub fn end(&self, outcome: KeyValue, failed: bool) {
        let span = self.context.span();
        span.set_attribute(outcome);
        if failed {
            span.set_status(Status::error(""));
        }
        span.end();
    }

    /// The trace it belongs to: an error can name it, and the log of every service that took
    /// part has it.
    pub fn trace_id(&self) -> TraceId {
        self.context.span().span_context().trace_id()
    }

    /// The trace and the place in it, for calls that are made for it.
    pub fn context(&self) -> &Context {
        &self.context
    }
}

/// The place in the trace that the caller named, passed on as it is, as nothing of the work is
/// collected that could stand between; or one in a new trace.
fn uncollected(caller: &Context) -> Context {
    if caller.span().span_context().is_valid() {
        return caller.clone();
    }
    let ids = RandomIdGenerator::default();
    let (trace, span) = (ids.new_trace_id(), ids.new_span_id());
    let (flags, state) = (TraceFlags::NOT_SAMPLED, TraceState::NONE);
    let own = SpanContext::new(trace, span, flags, false, state);
    Context::new().with_remote_span_context(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(caller: Context) -> SpanContext {
        let names = [("service", Arc::from("a")), ("method", Arc::from("b"))];
        let work = Work::requested(names, &caller);
        work.context().span().span_context().clone()
    }

    #[test]
    fn work_that_nobody_collects_passes_on_what_its_caller_sent_or_begins_a_trace() {
        let state = TraceState::from_key_value([("vendor", "kept")]).unwrap();
        let begun_here = begun(Context::new());
        assert!(begun_here.is_valid() && !begun_here.is_sampled());
        let (trace, span) = (begun_here.trace_id(), begun_here.span_id());
        let caller = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, state);
        let sent = Context::new().with_remote_span_context(caller.clone());
        assert_eq!(begun(sent), caller);
        assert_ne!(begun(Context::new()).trace_id(), trace);
    }
}
