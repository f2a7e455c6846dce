//! A line of the log.

use std::fmt;
use std::io::{self, Write};

use rpc::Work;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Json, Writer};
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

/// How an event is written, with what it belongs to.
#[derive(Debug)]
pub(super) enum Line {
    /// For people: time, level, place, what happened, and what it belongs to.
    Text,
    /// For machines: one object, with what it belongs to among its fields.
    Object(Format<Json>),
}

impl Line {
    /// One object for machines, flat.
    pub(super) fn object() -> Self {
        let json = Format::default().json().flatten_event(true);
        Self::Object(json.with_current_span(false).with_span_list(false))
    }
}

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut to: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let names = belongs_to();
        let Self::Object(object) = self else {
            SystemTime.format_time(&mut to)?;
            let about = event.metadata();
            write!(to, " {:>5} {}: ", about.level(), about.target())?;
            context.format_fields(to.by_ref(), event)?;
            for (key, value) in names.iter().flatten() {
                write!(to, " {key}={value}")?;
            }
            return writeln!(to);
        };
        let mut line = String::new();
        object.format_event(context, Writer::new(&mut line), event)?;
        let Some((names, open)) = names.zip(line.trim_end().strip_suffix('}')) else {
            return to.write_str(&line);
        };
        to.write_str(open)?;
        for (key, value) in names {
            write!(to, ",\"{key}\":\"{value}\"")?;
        }
        to.write_str("}\n")
    }
}

/// Names of the work that is done, and of its trace.
fn belongs_to() -> Option<[(&'static str, String); 3]> {
    Work::current(|work| {
        let [(first, of_first), (second, of_second)] = &work.names;
        [
            (*first, of_first.to_string()),
            (*second, of_second.to_string()),
            ("trace_id", work.trace_id().to_string()),
        ]
    })
}

/// Writes each event as one line to standard error, whatever text came in from outside.
#[derive(Debug, Clone, Copy)]
pub(super) struct OneLine;

impl MakeWriter<'_> for OneLine {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

impl Write for OneLine {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let body = event.strip_suffix(b"\n").unwrap_or(event);
        let mut line = Vec::with_capacity(event.len() + 1);
        for byte in body {
            match byte {
                b'\n' => line.extend(b"\\n"),
                b'\r' => line.extend(b"\\r"),
                other => line.push(*other),
            }
        }
        line.push(b'\n');
        io::stderr().write_all(&line)?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
