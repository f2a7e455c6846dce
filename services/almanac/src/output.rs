//! What commands say: results to standard output, failures to standard error.

use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::config;

/// Exit code for a wrong configuration: EX_USAGE of sysexits.h.
const USAGE: u8 = 64;

/// Prints a result. A reader that has gone away, as `head` does, is no failure.
pub fn print(text: &str) -> anyhow::Result<()> {
    match writeln!(io::stdout(), "{}", text.trim_end()) {
        Err(gone) if gone.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Says why a command failed and gives its exit code.
pub fn failure(error: &anyhow::Error) -> ExitCode {
    // There is nowhere left to report that standard error is closed.
    let _unreported = writeln!(io::stderr(), "almanac: {error:#}");
    if error.is::<config::Invalid>() {
        ExitCode::from(USAGE)
    } else {
        ExitCode::FAILURE
    }
}
