//! What happens in a piece of work, told to the collector with its span.

use std::fmt::{self, Write as _};

use opentelemetry::KeyValue;
use opentelemetry::trace::TraceContextExt as _;
use rpc::Work;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Adds lines of the log, from information on, to the span of the work they belong to.
#[derive(Debug)]
pub(super) struct Told;

impl<S: Subscriber> Layer<S> for Told {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        if *event.metadata().level() > Level::INFO {
            return;
        }
        Work::current(|work| {
            let span = work.context().span();
            if span.is_recording() {
                let mut said = Said::default();
                event.record(&mut said);
                span.add_event(said.message, said.fields);
            }
        });
    }
}

/// The message and the fields of an event.
#[derive(Default)]
struct Said {
    message: String,
    fields: Vec<KeyValue>,
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        // Writing to a text cannot fail.
        let _written = write!(text, "{value:?}");
        match field.name() {
            "message" => self.message = text,
            name => self.fields.push(KeyValue::new(name, text)),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields
            .push(KeyValue::new(field.name(), value.to_owned()));
    }
}
