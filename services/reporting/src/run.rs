//! Runs: from the request to the finished report.

mod progress;
mod start;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::join_all;
use prost::Message as _;
use proto::reporting::v1 as pb;
use rpc::{Error, Reason, Result, Work, row_status};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::artefact;
use crate::compose::{Composed, compose};
use crate::operation::{self, Hold, LEASE_MICROS, Lease};
use crate::report::{self, Made};
use crate::{Reporting, convert, template};

pub(crate) use progress::Progress;
pub(crate) use start::{Begun, Wanted, start};

/// How often a worker looks for runs that other processes have queued.
const POLL: Duration = Duration::from_millis(500);
/// How often a worker looks whether its run is to stop.
const GLANCE: Duration = Duration::from_millis(500);
/// How often a worker says that it is alive: often enough to fail twice.
const HEARTBEAT: Duration = Duration::from_micros(LEASE_MICROS.unsigned_abs() / 6);

/// What stopped a run before it had made something.
enum Stop {
    Failed(Error),
    Shutdown,
    Lost,
    /// Somebody ended the process that set the type.
    Broken,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error.reason() {
            Reason::ShuttingDown => Self::Broken,
            _ => Self::Failed(error),
        }
    }
}

/// Makes queued reports until the shutdown.
pub(crate) async fn work(reporting: Reporting, concurrent_runs: u32) {
    let workers = (0..concurrent_runs.max(1)).map(|_| worker(&reporting));
    join_all(workers).await;
}

async fn worker(reporting: &Reporting) {
    while !reporting.shutdown.is_cancelled() {
        match operation::lease(&reporting.store).await {
            Ok(Some(lease)) => as_work(reporting, &lease).await,
            Ok(None) => wait(reporting).await,
            Err(cause) => {
                tracing::warn!(%cause, "looking for reports to make");
                wait(reporting).await;
            }
        }
    }
}

async fn wait(reporting: &Reporting) {
    tokio::select! {
        () = reporting.shutdown.cancelled() => {}
        () = reporting.wake.notified() => {}
        () = tokio::time::sleep(POLL) => {}
    }
}

/// Performs a run as a piece of work of its own, which the log and a collector can name.
async fn as_work(reporting: &Reporting, lease: &Lease) {
    let about = &lease.operation;
    let names = [
        ("operation", about.id.as_str().into()),
        ("report", about.report.as_str().into()),
    ];
    Work::own(names).over(perform(reporting, lease)).await;
}

/// Performs one run and records how it ended. A run that cannot be recorded is taken over
/// by somebody else when its lease is over.
async fn perform(reporting: &Reporting, lease: &Lease) {
    let ended = match make(reporting, lease).await {
        Ok(made) => finish(reporting, lease, made.as_ref()).await,
        Err(Stop::Failed(error)) => fail(reporting, lease, error).await,
        Err(Stop::Shutdown) => lease.give_back(&reporting.store).await,
        Err(Stop::Broken) => lease.give_up(&reporting.store).await,
        Err(Stop::Lost) => Ok(()),
    };
    if let Err(cause) = ended {
        tracing::warn!(%cause, "recording how the run ended");
    }
}

async fn finish(reporting: &Reporting, lease: &Lease, made: Option<&Made>) -> Result<()> {
    let (hold, stored) = lease.finish(&reporting.store, made).await?;
    if let Some(commit) = stored {
        reporting.feed.wake(commit.number);
    }
    match hold {
        Hold::Cancelled => fail(reporting, lease, cancelled()).await,
        Hold::Kept | Hold::Lost => Ok(()),
    }
}

async fn fail(reporting: &Reporting, lease: &Lease, error: Error) -> Result<()> {
    tracing::info!(%error, "the run failed");
    lease
        .fail(&reporting.store, row_status(error).encode_to_vec())
        .await
}

/// The error of a run that was cancelled.
pub(crate) fn cancelled() -> Error {
    Error::new(
        Reason::OperationCancelled,
        "the run was cancelled before it ended",
    )
}

/// Makes the report; nothing where it is there already. Composing stops in the middle on a
/// shutdown, when the run is cancelled and when somebody else has it.
async fn make(reporting: &Reporting, lease: &Lease) -> Result<Option<Made>, Stop> {
    if lease.operation.is_hopeless() {
        let attempts = lease.operation.attempts;
        return Err(Error::internal(anyhow::anyhow!("given up after {attempts} attempts")).into());
    }
    if report::known(reporting.store.reader(), &lease.operation.report)
        .await?
        .is_some()
    {
        return Ok(None);
    }
    let composing = AssertUnwindSafe(composed(reporting, lease)).catch_unwind();
    let mut composing = std::pin::pin!(composing);
    let (mut glance, mut heartbeat) = (every(GLANCE), every(HEARTBEAT));
    loop {
        tokio::select! {
            made = &mut composing => {
                return match made {
                    Ok(made) => made.map(Some),
                    Err(_) => Err(Error::internal(anyhow::anyhow!("composing the report panicked")).into()),
                };
            }
            () = reporting.shutdown.cancelled() => return Err(Stop::Shutdown),
            _ = heartbeat.tick() => goes_on(lease.renew(&reporting.store).await)?,
            _ = glance.tick() => goes_on(lease.look(reporting.store.reader()).await)?,
        }
    }
}

/// Ticks that begin one period from now.
fn every(period: Duration) -> Interval {
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Whether a run may go on. A database that does not answer decides nothing: there is time
/// to ask again before the hold is over.
fn goes_on(hold: Result<Hold>) -> Result<(), Stop> {
    match hold {
        Ok(Hold::Cancelled) => return Err(cancelled().into()),
        Ok(Hold::Lost) => return Err(Stop::Lost),
        Ok(Hold::Kept) => {}
        Err(cause) => tracing::warn!(%cause, "looking after the hold on a run"),
    }
    Ok(())
}

async fn composed(reporting: &Reporting, lease: &Lease) -> Result<Made, Stop> {
    let recipe = lease.operation.recipe()?;
    let revision = Some(recipe.template_revision);
    let db = reporting.store.reader();
    let saved = template::find(db, &recipe.template, revision, i64::MAX).await?;
    let content = convert::template::content(&saved)?;
    let content = pb::Template {
        name: format!("templates/{}", saved.id),
        revision: saved.revision as i32,
        ..content
    };
    let pinned = reporting.peers.at(&recipe.snapshot).stated_by(recipe.as_of);
    let mut progress = Progress::new(reporting.store.clone(), lease.clone());
    let wanted = (&content, recipe.language.as_str());
    let made = match compose(pinned, wanted, recipe.parameters, &mut progress).await {
        Ok(composed) => files(reporting, composed, &mut progress).await,
        Err(error) => Err(error),
    };
    if progress.is_lost() {
        return Err(Stop::Lost);
    }
    Ok(made?)
}

/// The page and the printed report.
async fn files(reporting: &Reporting, composed: Composed, progress: &mut Progress) -> Result<Made> {
    progress.step("rendering the page").await?;
    let page = artefact::page(&composed.document);
    let title = composed.document.title.clone();
    progress.step("printing the report").await?;
    let printed = artefact::printed(&reporting.typesetter, composed.document).await?;
    Ok(Made {
        title,
        figures: composed.figures,
        files: vec![page, printed],
    })
}

#[cfg(test)]
mod tests;
