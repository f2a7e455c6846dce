//! How far an import is: a bar on a terminal, plain lines elsewhere.

use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::table::complain;

/// Time between plain lines.
const EVERY: Duration = Duration::from_secs(5);

/// Progress through the bytes of a file, once for each pass.
pub struct Progress {
    bar: Option<ProgressBar>,
    label: String,
    total: u64,
    passed: u64,
    rows: u64,
    started: Instant,
    told: Instant,
}

impl Progress {
    /// Progress of a file that is read `passes` times.
    pub fn new(label: &str, size: u64, passes: u64) -> Self {
        let total = (size * passes).max(1);
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total);
            let style =
                ProgressStyle::with_template("{prefix} {wide_bar} {percent:>3}% {msg} {eta} left");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_prefix(label.to_owned());
            bar
        });
        let now = Instant::now();
        Self {
            bar,
            label: label.to_owned(),
            total,
            passed: 0,
            rows: 0,
            started: now,
            told: now,
        }
    }

    /// Another pass begins.
    pub fn pass(&mut self, size: u64) {
        self.passed = (self.passed + size).min(self.total);
    }

    /// More rows were read, up to this byte of the file.
    pub fn step(&mut self, rows: usize, bytes: u64) {
        self.rows += rows as u64;
        let done = (self.passed + bytes).min(self.total);
        let rate = self.rows as u128 * 1000 / self.started.elapsed().as_millis().max(1);
        let message = format!("{} rows, {rate}/s", self.rows);
        match &self.bar {
            Some(bar) => {
                bar.set_position(done);
                bar.set_message(message);
            }
            None if self.told.elapsed() >= EVERY => {
                let spent = self.started.elapsed();
                let left = spent.as_secs() * (self.total - done) / done.max(1);
                complain(&format!(
                    "{}: {}%, {message}, {left} s left",
                    self.label,
                    done * 100 / self.total
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
