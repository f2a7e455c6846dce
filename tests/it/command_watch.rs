//! The command that prints changes as they come, and the one that prints a token of now.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;

use proto::metrics::v1::{ApplyDefinitionsRequest, Unit};
use proto::registry::v1::{DeleteEntityRequest, GetEntityRequest, UndeleteEntityRequest};
use rpc::{Part, Token};
use serde_json::Value;
use tokio::sync::watch;

use crate::harness::process::{output, signal, soon};
use crate::harness::proxy::Proxy;
use crate::harness::seed::label;
use crate::harness::{Backend, World, on_both, seeded};

on_both!(
    changes_of_all_services_are_printed_as_they_come,
    kinds_choose_what_is_printed,
    a_message_is_one_line_of_json_with_a_token_to_continue_from,
    a_broken_watch_goes_on_where_it_was,
    a_watch_starts_after_the_token_of_a_snapshot,
    what_cannot_be_watched_is_refused,
    tokens_are_merged_into_one_of_now,
);

/// A watch at work. Killed when dropped.
struct Watching {
    child: Child,
    said: watch::Receiver<Vec<String>>,
    complained: watch::Receiver<Vec<String>>,
}

impl Watching {
    fn start(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let said = lines(child.stdout.take().expect("standard output is piped"));
        let complained = lines(child.stderr.take().expect("standard error is piped"));
        Self {
            child,
            said,
            complained,
        }
    }

    fn of(world: &World, arguments: &[&str]) -> Self {
        Self::start(world.command(&[&["watch"], arguments].concat()))
    }

    /// The first line with this text.
    async fn line(&mut self, text: &str) -> String {
        first(&mut self.said, text).await
    }

    /// The first complaint with this text.
    async fn complaint(&mut self, text: &str) -> String {
        first(&mut self.complained, text).await
    }

    /// All that was printed so far.
    fn lines(&self) -> Vec<String> {
        self.said.borrow().clone()
    }

    /// Ctrl-C, and the end of it.
    async fn interrupt(&mut self) -> ExitStatus {
        signal(self.child.id(), "INT").expect("`kill` is installed");
        let ended = async {
            loop {
                match self.child.try_wait().expect("a child can be waited for") {
                    Some(status) => return status,
                    None => tokio::task::yield_now().await,
                }
            }
        };
        soon("the watch ends", ended).await
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn lines(output: impl Read + Send + 'static) -> watch::Receiver<Vec<String>> {
    let (sender, receiver) = watch::channel(Vec::new());
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            sender.send_modify(|lines| lines.push(line));
        }
    });
    receiver
}

async fn first(lines: &mut watch::Receiver<Vec<String>>, text: &str) -> String {
    let find = |lines: &Vec<String>| lines.iter().find(|line| line.contains(text)).cloned();
    let found = soon(text, lines.wait_for(|lines| find(lines).is_some())).await;
    let found = found.ok().and_then(|lines| find(&lines));
    found.unwrap_or_else(|| panic!("`{text}` was not said"))
}

async fn delete(world: &World, id: &str) {
    let request = DeleteEntityRequest {
        name: format!("entities/{id}"),
        ..Default::default()
    };
    let deleted = world.registry().delete_entity(request).await;
    deleted.expect("nothing points to it");
}

async fn add_unit(world: &World, id: &str) {
    let unit = Unit {
        name: format!("units/{id}"),
        labels: vec![label(id)],
        dimension: "length".to_owned(),
        ..Default::default()
    };
    let request = ApplyDefinitionsRequest {
        units: vec![unit],
        ..Default::default()
    };
    let applied = world.metrics().apply_definitions(request).await;
    applied.expect("the unit is good");
}

/// What `almanac snapshot` prints.
async fn token(world: &World, merged: &[&str]) -> String {
    let done = output(world.command(&[&["snapshot"], merged].concat())).await;
    assert!(done.status.success(), "{done:?}");
    let text = String::from_utf8(done.stdout).expect("a token is text");
    text.trim_end().to_owned()
}

async fn changes_of_all_services_are_printed_as_they_come(backend: Backend) {
    let world = seeded(backend).await;
    let mut watching = Watching::of(&world, &["--earliest"]);
    watching.line("created entities/acme (company)").await;
    watching.line("created units/cny").await;
    watching.line(" vocabulary").await;
    delete(&world, "acme").await;
    watching.line("deleted entities/acme (company)").await;
    add_unit(&world, "metre").await;
    watching.line("created units/metre").await;
    assert!(watching.interrupt().await.success());
    let told = watching.complaint("almanac watch registry").await;
    assert!(told.contains("--resume-token "), "{told}");
}

async fn kinds_choose_what_is_printed(backend: Backend) {
    let world = seeded(backend).await;
    let arguments = ["--earliest", "--kind", "unit", "--kind", "vocabulary"];
    let mut watching = Watching::of(&world, &arguments);
    watching.line("units/cny").await;
    watching.line(" vocabulary").await;
    delete(&world, "acme").await;
    add_unit(&world, "metre").await;
    watching.line("units/metre").await;
    for line in watching.lines() {
        let wanted = line.contains(" units/") || line.ends_with(" vocabulary");
        assert!(wanted, "{line}");
    }
}

async fn a_message_is_one_line_of_json_with_a_token_to_continue_from(backend: Backend) {
    let world = seeded(backend).await;
    let mut watching = Watching::of(&world, &["registry", "--earliest", "--json"]);
    watching.line("entities/dataset").await;
    let json: Vec<Value> = watching
        .lines()
        .iter()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    assert!(json.iter().all(|message| message["service"] == "registry"));
    let last = json.last().expect("a message");
    let resume = last["resumeToken"].as_str().expect("a token").to_owned();
    drop(watching);
    delete(&world, "acme").await;
    let mut watching = Watching::of(&world, &["registry", "--resume-token", &resume]);
    let line = watching.line("acme").await;
    assert!(line.contains("deleted"), "{line}");
    assert!(
        watching.lines()[0].contains("acme"),
        "nothing is told again"
    );
}

async fn a_broken_watch_goes_on_where_it_was(backend: Backend) {
    let mut world = seeded(backend).await;
    let wire = Proxy::to(world.address()).await;
    let mut command = world.home().command(&["watch", "registry", "--earliest"]);
    command.env("ALMANAC_SERVER", format!("http://{}", wire.address()));
    let mut watching = Watching::start(command);
    watching.line("entities/dataset").await;
    let before = watching.lines().len();
    wire.cut();
    watching.complaint("registry: ").await;
    delete(&world, "acme").await;
    world.restart().await;
    wire.mend(world.address());
    watching.line("deleted entities/acme").await;
    assert_eq!(watching.lines().len(), before + 1, "nothing is told again");
    assert!(watching.interrupt().await.success());
}

async fn a_watch_starts_after_the_token_of_a_snapshot(backend: Backend) {
    let world = seeded(backend).await;
    delete(&world, "acme").await;
    let now = token(&world, &[]).await;
    let request = UndeleteEntityRequest {
        name: "entities/acme".to_owned(),
        ..Default::default()
    };
    let back = world.registry().undelete_entity(request).await;
    back.expect("it was deleted");
    let mut watching = Watching::of(&world, &["registry", "--after-snapshot", &now]);
    let line = watching.line("entities/acme").await;
    assert!(line.contains("created"), "{line}");
    assert_eq!(watching.lines(), [line]);
}

async fn what_cannot_be_watched_is_refused(backend: Backend) {
    let world = seeded(backend).await;
    for (arguments, said) in [
        (
            &["registry", "--resume-token", "x"][..],
            "RESUME_TOKEN_INVALID",
        ),
        (&["--after-snapshot", "x"], "SNAPSHOT_TOKEN_INVALID"),
        (&["--resume-token", "x"], "is of one service"),
        (&["registry", "--kind", "report"], "is a kind of reporting"),
    ] {
        let done = output(world.command(&[&["watch"], arguments].concat())).await;
        assert_eq!(done.status.code(), Some(2), "{done:?}");
        let complaint = String::from_utf8_lossy(&done.stderr);
        assert!(complaint.contains(said), "{complaint}");
    }
}

async fn tokens_are_merged_into_one_of_now(backend: Backend) {
    let world = seeded(backend).await;
    let first = token(&world, &[]).await;
    let parts = [Part::Registry, Part::Metrics, Part::Reporting];
    let read = Token::decode(&first).expect("a token");
    assert!(parts.iter().all(|part| read.part(*part).is_some()));
    delete(&world, "acme").await;
    let second = token(&world, &[&first]).await;
    let request = GetEntityRequest {
        name: "entities/acme".to_owned(),
        consistency: rpc::at_snapshot(&second),
    };
    let gone = world.registry().get_entity(request).await;
    let gone = gone.expect("it is kept").into_inner().entity;
    assert!(gone.expect("the entity").delete_time.is_some());
    let shown = world.command(&["show", "entities/acme", "--at-snapshot", &first]);
    let shown = output(shown).await;
    assert!(!String::from_utf8_lossy(&shown.stdout).contains("deleted"));
    let fresh = [
        "--at-least-as-fresh",
        &first,
        "--at-least-as-fresh",
        &second,
    ];
    let shown = world.command(&[&["show", "entities/acme"], &fresh[..]].concat());
    let shown = output(shown).await;
    assert!(String::from_utf8_lossy(&shown.stdout).contains("deleted"));
}
