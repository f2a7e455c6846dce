//! How far an import is: a bar on a terminal, plain lines elsewhere.

use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::summary::grouped;
use crate::cli::table::complain;

/// Time between plain lines.
const EVERY: Duration = Duration::from_secs(5);

/// Progress through the bytes of a file, anew for each pass over it.
pub struct Progress {
    bar: Option<ProgressBar>,
    file: String,
    pass: String,
    begun: u64,
    passes: u64,
    size: u64,
    rows: u64,
    started: Instant,
    told: Instant,
}

impl Progress {
    /// Progress of a file that is read `passes` times.
    pub fn new(file: &str, size: u64, passes: u64) -> Self {
        let size = size.max(1);
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(size);
            let style =
                ProgressStyle::with_template("{prefix} {wide_bar} {percent:>3}% {msg} {eta} left");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        let now = Instant::now();
        Self {
            bar,
            file: file.to_owned(),
            pass: String::new(),
            begun: 0,
            passes,
            size,
            rows: 0,
            started: now,
            told: now,
        }
    }

    /// A pass begins, for this part of the mapping.
    pub fn begin(&mut self, part: &str) {
        self.begun += 1;
        // An ingest that turns out incomplete is read once more.
        self.passes = self.passes.max(self.begun);
        self.pass = format!("{}: {part} {}/{}", self.file, self.begun, self.passes);
        self.rows = 0;
        self.started = Instant::now();
        if let Some(bar) = &self.bar {
            bar.reset();
            bar.set_prefix(self.pass.clone());
        }
    }

    /// More rows were read, up to this byte of the file.
    pub fn step(&mut self, rows: usize, bytes: u64) {
        self.rows += rows as u64;
        let done = bytes.min(self.size);
        let spent = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let rate = self.rows.saturating_mul(1000) / spent.max(1);
        let message = format!("{} rows, {}/s", grouped(self.rows), grouped(rate));
        match &self.bar {
            Some(bar) => {
                bar.set_position(done);
                bar.set_message(message);
            }
            None if self.told.elapsed() >= EVERY => {
                let left = spent.saturating_mul(self.size - done) / done.max(1) / 1000;
                complain(&format!(
                    "{}: {}%, {message}, {} s left",
                    self.pass,
                    done.saturating_mul(100) / self.size,
                    grouped(left)
                ));
                self.told = Instant::now();
            }
            None => {}
        }
    }

    /// The import of the file has ended.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
