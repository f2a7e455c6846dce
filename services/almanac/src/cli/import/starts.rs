//! Which line of a file a row stands on, whatever ends its lines.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// Where lines start that are not empty: their first byte and their number. A reader of rows
/// counts one kind of line end only, and not those that it skips.
#[derive(Debug, Clone, Default)]
pub struct Starts(Arc<Mutex<VecDeque<(u64, u64)>>>);

impl Starts {
    /// The line of the row that is read from this byte on: line ends before it are no part
    /// of it. Bytes are to be asked for in order.
    pub fn line_from(&self, byte: u64) -> u64 {
        let mut starts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while starts.front().is_some_and(|(start, _)| *start < byte) {
            starts.pop_front();
        }
        starts.front().map_or(0, |(_, line)| *line)
    }
}

/// Counts the lines of what is read through it.
pub struct Counted<R> {
    inner: R,
    starts: Starts,
    byte: u64,
    line: u64,
    at_start: bool,
    after_return: bool,
}

impl<R: Read> Counted<R> {
    /// Begins with line 1.
    pub fn new(inner: R, starts: Starts) -> Self {
        Self {
            inner,
            starts,
            byte: 0,
            line: 1,
            at_start: true,
            after_return: false,
        }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let mut starts = self.starts.0.lock().unwrap_or_else(PoisonError::into_inner);
        for byte in &buffer[..count] {
            match byte {
                // The second half of one line end.
                b'\n' if self.after_return => {}
                b'\n' | b'\r' => {
                    self.line += 1;
                    self.at_start = true;
                }
                _ if self.at_start => {
                    starts.push_back((self.byte, self.line));
                    self.at_start = false;
                }
                _ => {}
            }
            self.after_return = *byte == b'\r';
            self.byte += 1;
        }
        Ok(count)
    }
}
