//! Setting type, in a process of its own where there is a program for it: a synchronous
//! computation of many seconds and some hundred megabytes that nothing else can stop.
//!
//! The sheet goes in as one line, and the line stays open: when it closes, whoever waited is
//! gone, and the process ends. Out comes the file, or why there is none. No other word is
//! exchanged, and no file or socket of the server is open there.

mod apart;

use std::path::PathBuf;
use std::time::Duration;

use render::{Document, Sheet, Unprintable};
use rpc::{Error, Reason, Result};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

pub use apart::set_here;

/// Longest time to print one report.
const LONGEST: Duration = Duration::from_secs(300);
/// Reports printed at one time: each takes a core and some hundred megabytes.
static PRESSES: Semaphore = Semaphore::const_new(2);

/// Where type is set.
#[derive(Debug, Clone)]
pub enum Typesetter {
    /// In this process: what is begun goes on to its end, whether somebody waits or not.
    Here,
    /// In a process of its own for each report, which ends when nobody waits any more.
    Apart {
        /// What to start.
        program: PathBuf,
        /// With which argument it calls [`set_here`].
        argument: &'static str,
    },
}

impl Typesetter {
    /// The printed report. Dropping the answer stops the work, where it is done apart.
    pub(crate) async fn print(&self, document: Document) -> Result<Vec<u8>> {
        let press = PRESSES.acquire().await.map_err(Error::internal)?;
        let sheet = spawn_blocking(move || Sheet::of(&document)).await;
        let sheet = sheet.map_err(Error::internal)?.map_err(refused)?;
        let printing = async {
            match self {
                Self::Apart { program, argument } => apart::print(program, argument, &sheet).await,
                Self::Here => {
                    let printing = spawn_blocking(move || {
                        let made = sheet.print();
                        drop(press);
                        made
                    });
                    printing.await.map_err(Error::internal)?.map_err(refused)
                }
            }
        };
        let made = tokio::time::timeout(LONGEST, printing).await;
        made.unwrap_or_else(|_| Err(too_long()))
    }
}

fn too_long() -> Error {
    let seconds = LONGEST.as_secs();
    Error::new(
        Reason::DeadlineExceeded,
        format!(
            "the report could not be printed within {seconds} seconds; let the template ask for less"
        ),
    )
}

fn refused(why: Unprintable) -> Error {
    match why {
        Unprintable::Character { .. } => Error::new(Reason::TemplateInvalid, why.to_string()),
        Unprintable::TooLong { .. } => Error::new(Reason::TooManyItems, why.to_string()),
        Unprintable::Failed(_) => Error::internal(anyhow::Error::new(why)),
    }
}
