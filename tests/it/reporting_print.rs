//! Printing is work of a process of its own: it ends when nobody wants it any more.
//!
//! Each test freezes that process, so that printing would never end by itself.

use std::process::Command;
use std::time::{Duration, Instant};

use proto::longrunning::CancelOperationRequest;
use proto::reporting::v1::{Report, Template};
use tonic::Code;

use crate::harness::process::{output, signal, soon};
use crate::harness::{Backend, World, on_both};
use crate::reporting::{
    ended, failure, look, made, observation, progress, prose, quoted, report, start, template,
    wanted,
};
use crate::reporting_run::{reports, stated};

on_both!(
    a_run_that_is_cancelled_while_it_is_printed_ends_soon_and_leaves_nothing,
    a_shutdown_does_not_wait_for_printing_and_the_run_gives_the_same_bytes_later,
    a_run_whose_printing_was_ended_from_outside_is_taken_up_again,
);

/// How soon a cancelled run ends, and what a busy machine may add.
const SOON: Duration = Duration::from_secs(1);
const ROOM: Duration = Duration::from_secs(2);

/// A template that takes some seconds to print, so that printing can be met.
fn thick() -> Template {
    let words = "It is said and said again, and printed each time anew. ".repeat(60);
    let section = |number: usize| {
        let bound = vec![quoted("gdp", observation("gdp", "2018"))];
        prose(
            &format!("section-{number}"),
            &format!("{{gdp}} {words}"),
            bound,
        )
    };
    template((0..60).map(section).collect())
}

/// A process as the system tells it.
struct Told {
    id: u32,
    parent: u32,
    /// What it was started as; before it runs, that of its parent.
    command: String,
}

/// All processes.
async fn processes() -> Vec<Told> {
    let mut ps = Command::new("ps");
    ps.args(["-A", "-o", "pid=,ppid=,args="]);
    let lines = output(ps).await.stdout;
    let told = |line: &str| {
        let (id, rest) = line.trim_start().split_once(' ')?;
        let (parent, command) = rest.trim_start().split_once(' ')?;
        Some(Told {
            id: id.parse().ok()?,
            parent: parent.parse().ok()?,
            command: command.to_owned(),
        })
    };
    String::from_utf8_lossy(&lines)
        .lines()
        .filter_map(told)
        .collect()
}

/// Processes that a process has started and that have not been seen off.
async fn children(parent: u32) -> Vec<Told> {
    let mut all = processes().await;
    all.retain(|one| one.parent == parent);
    all
}

/// The process that prints the run, frozen.
async fn frozen(world: &World, name: &str) -> u32 {
    let meeting = async {
        loop {
            let found = look(world, name).await.expect("it exists");
            assert!(!found.done, "it was printed before anybody could look");
            let children = children(world.process().id()).await;
            if let Some(child) = children.iter().find(|one| one.command.contains("set-type")) {
                return child.id;
            }
        }
    };
    let child = soon("the run is printed", meeting).await;
    signal(child, "STOP").expect("`kill` is installed");
    let found = look(world, name).await.expect("it exists");
    assert!(!found.done, "it was printed before it was frozen");
    assert_eq!(progress(&found).step, "printing the report");
    child
}

async fn a_run_that_is_cancelled_while_it_is_printed_ends_soon_and_leaves_nothing(
    backend: Backend,
) {
    let world = stated(backend, thick()).await;
    let begun = start(&world, wanted("it", &[])).await.expect("it begins");
    frozen(&world, &begun.name).await;
    let request = CancelOperationRequest {
        name: begun.name.clone(),
    };
    let asked = Instant::now();
    let cancelled = world.operations().cancel_operation(request).await;
    cancelled.expect("it is asked to stop");
    let ended = ended(&world, &begun.name).await;
    let took = asked.elapsed();
    failure(&ended).is(Code::Cancelled, "OPERATION_CANCELLED", &[]);
    assert!(took < SOON + ROOM, "{took:?}");
    let left = children(world.process().id()).await;
    assert!(left.is_empty(), "{}", left[0].command);
    assert!(reports(&world).await.is_empty());
}

async fn a_shutdown_does_not_wait_for_printing_and_the_run_gives_the_same_bytes_later(
    backend: Backend,
) {
    let mut world = stated(backend, thick()).await;
    let begun = start(&world, wanted("it", &[])).await.expect("it begins");
    let child = frozen(&world, &begun.name).await;
    let asked = Instant::now();
    let status = world.terminate().await;
    let took = asked.elapsed();
    assert_eq!(status.code(), Some(0), "{status}");
    assert!(took < SOON + ROOM, "nothing else was at work: {took:?}");
    let left = processes().await;
    assert!(left.iter().all(|one| one.id != child), "it still prints");
    world.restart().await;
    let taken_up = report(&ended(&world, &begun.name).await);
    let undisturbed = stated(backend, thick()).await;
    let other = made(&undisturbed, wanted("it", &[])).await;
    let digests = |report: &Report| {
        let files = report.artefacts.iter();
        files.map(|file| file.digest.clone()).collect::<Vec<_>>()
    };
    assert_eq!(taken_up.artefacts.len(), 2);
    assert_eq!(digests(&taken_up), digests(&other));
}

async fn a_run_whose_printing_was_ended_from_outside_is_taken_up_again(backend: Backend) {
    let world = stated(backend, thick()).await;
    let begun = start(&world, wanted("it", &[])).await.expect("it begins");
    let child = frozen(&world, &begun.name).await;
    signal(child, "KILL").expect("`kill` is installed");
    let ended = ended(&world, &begun.name).await;
    assert_eq!(reports(&world).await, [report(&ended)]);
}
