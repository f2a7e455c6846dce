//! Both ends of a process that sets type.

use std::io::{self, BufRead as _, Read as _, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{self, Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;

use render::{Sheet, Unprintable};
use rpc::{Error, Reason, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::task::spawn_blocking;

use super::refused;

/// Most memory it may fill, in bytes: what the longest report takes if it is all tables. Fifty
/// pages take a fifth of it.
const MOST_MEMORY: u64 = 2 << 30;
/// Most bytes kept of what it complains of.
const MOST_COMPLAINT: u64 = 4096;
/// How it ends when there is a refusal instead of a file.
const REFUSED: u8 = 3;
/// How it ends when nobody waits any more.
const FORSAKEN: i32 = 4;

/// A process that dies with this.
struct Setter {
    child: Child,
}

impl Drop for Setter {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// What goes to a process and what comes from it.
struct Pipes {
    sheet: ChildStdin,
    file: ChildStdout,
    complaint: ChildStderr,
}

/// What it said.
struct Said {
    file: Vec<u8>,
    complaint: String,
}

/// Prints a report in a process of its own, which ends at once when the answer is dropped.
pub(super) async fn print(program: &Path, argument: &str, sheet: &Sheet) -> Result<Vec<u8>> {
    let mut line = serde_json::to_vec(sheet).map_err(Error::internal)?;
    line.push(b'\n');
    let (mut setter, pipes) = start(program, argument).map_err(Error::internal)?;
    let talking = spawn_blocking(move || talk(pipes, &line));
    let said = talking.await.map_err(Error::internal)?;
    let said = said.map_err(Error::internal)?;
    // It has closed what it says, and so has ended or is about to.
    let status = setter.child.wait().map_err(Error::internal)?;
    judged(status, said)
}

/// Starts it with nothing of our environment, and apart from the signals of a terminal: a
/// person who stops the server lets the server stop it.
fn start(program: &Path, argument: &str) -> io::Result<(Setter, Pipes)> {
    let mut child = Command::new(program)
        .arg(argument)
        .env_clear()
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let setter = Setter { child };
    match pipes {
        (Some(sheet), Some(file), Some(complaint)) => Ok((
            setter,
            Pipes {
                sheet,
                file,
                complaint,
            },
        )),
        _ => Err(io::Error::other("a process was started without pipes")),
    }
}

/// Hands the sheet over and takes what comes back. The line stays open until then.
fn talk(pipes: Pipes, line: &[u8]) -> io::Result<Said> {
    let Pipes {
        mut sheet,
        file: mut from,
        mut complaint,
    } = pipes;
    let complaint = thread::spawn(move || {
        let mut text = Vec::new();
        let _cut_off = (&mut complaint).take(MOST_COMPLAINT).read_to_end(&mut text);
        let _unread = io::copy(&mut complaint, &mut io::sink());
        String::from_utf8_lossy(&text).trim().to_owned()
    });
    // One that ended early cannot take it; how it ended says why.
    let _sent = sheet.write_all(line);
    let mut file = Vec::new();
    from.read_to_end(&mut file)?;
    let complaint = complaint.join().unwrap_or_default();
    Ok(Said { file, complaint })
}

fn judged(status: ExitStatus, said: Said) -> Result<Vec<u8>> {
    /// What the standard library ends a process with that gets no memory.
    const ABORTED: i32 = 6;
    match (status.code(), status.signal()) {
        (Some(0), _) => Ok(said.file),
        (Some(code), _) if code == i32::from(REFUSED) => {
            let why: Unprintable = serde_json::from_slice(&said.file).map_err(Error::internal)?;
            Err(refused(why))
        }
        (_, Some(ABORTED)) => {
            tracing::warn!(complaint = said.complaint, "setting type was broken off");
            let megabytes = MOST_MEMORY >> 20;
            Err(Error::new(
                Reason::TooManyItems,
                format!(
                    "the report could not be printed within {megabytes} MB of memory; let the template ask for less"
                ),
            ))
        }
        // Somebody stops all processes of this service, or the machine has no memory left.
        (_, Some(signal)) => Err(Error::new(
            Reason::ShuttingDown,
            format!("setting type was ended by signal {signal}"),
        )),
        _ => Err(Error::internal(anyhow::anyhow!(
            "setting type ended with {status}: {}",
            said.complaint
        ))),
    }
}

/// The other end: sets the sheet that comes in on standard input, and says how it went on
/// standard output. Ends when standard input does, wherever it is then.
pub fn set_here() -> anyhow::Result<process::ExitCode> {
    limit_memory()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let sheet: Sheet = serde_json::from_str(&line)?;
    thread::spawn(|| {
        // Nothing more comes: the end of it is what is waited for.
        let _end = io::stdin().lock().read(&mut [0]);
        process::exit(FORSAKEN);
    });
    let (said, code) = match sheet.print() {
        Ok(file) => (file, process::ExitCode::SUCCESS),
        Err(why) => (serde_json::to_vec(&why)?, process::ExitCode::from(REFUSED)),
    };
    let mut out = io::stdout().lock();
    out.write_all(&said)?;
    out.flush()?;
    Ok(code)
}

/// Allows this process no more memory than printing may take, so that a document beyond all
/// measure does not take that of the server.
fn limit_memory() -> anyhow::Result<()> {
    let before = getrlimit(Resource::Data);
    let most = before
        .current
        .map_or(MOST_MEMORY, |now| now.min(MOST_MEMORY));
    let limit = Rlimit {
        current: Some(most),
        ..before
    };
    Ok(setrlimit(Resource::Data, limit)?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    fn said(file: &[u8]) -> Said {
        Said {
            file: file.to_vec(),
            complaint: "it hurts".to_owned(),
        }
    }

    #[test]
    fn how_it_ends_decides_what_a_run_is_told() {
        let code = |code: i32| ExitStatus::from_raw(code << 8);
        assert_eq!(judged(code(0), said(b"%PDF-")).unwrap(), b"%PDF-");
        let why = serde_json::to_vec(&Unprintable::TooLong {
            found: 2,
            most: 1,
            unit: render::Measure::Pages,
        });
        let cases = [
            (
                code(REFUSED.into()),
                why.unwrap(),
                Reason::TooManyItems,
                "2 pages",
            ),
            (
                ExitStatus::from_raw(6),
                Vec::new(),
                Reason::TooManyItems,
                "2048 MB",
            ),
            (
                ExitStatus::from_raw(15),
                Vec::new(),
                Reason::ShuttingDown,
                "signal 15",
            ),
            (code(101), Vec::new(), Reason::Internal, "internal"),
        ];
        for (status, file, reason, words) in cases {
            let error = judged(status, said(&file)).unwrap_err();
            assert_eq!(error.reason(), reason, "{status}");
            assert!(error.message().contains(words), "{}", error.message());
        }
    }

    #[tokio::test]
    async fn a_program_that_reads_nothing_is_a_fault_and_not_a_wait() {
        let document = render::Document::default();
        let sheet = Sheet::of(&document).unwrap();
        let error = print(Path::new("/bin/false"), "set", &sheet).await;
        assert_eq!(error.unwrap_err().reason(), Reason::Internal);
    }
}
