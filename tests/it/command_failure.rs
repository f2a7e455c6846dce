//! Commands that fail: with a sentence for a person, and an exit code.

use crate::command_read::stated;
use crate::harness::process::output;
use crate::harness::{Backend, on_both};
use crate::import::{complaint, ended, out};

on_both!(
    failures_are_sentences_that_say_what_to_do,
    a_server_that_is_away_is_told_apart,
);

/// Wants a complaint that a person can read.
#[track_caller]
fn is_a_sentence(told: &str) {
    assert!(told.starts_with("almanac: "), "{told}");
    for inside in [
        "Status {", "Some(", "Err(", "Ok(", "details:", "Metadata", "panicked", "\\x", "\u{1b}",
        ".rs:", "anyhow",
    ] {
        assert!(!told.contains(inside), "it has {inside}: {told}");
    }
}

async fn failures_are_sentences_that_say_what_to_do(backend: Backend) {
    let world = stated(backend).await;
    for (command, named) in [
        (&["show", "entities/atlantis"][..], "ENTITY_NOT_FOUND"),
        (&["show", "atlantis"], "search"),
        (&["show", "planets/mars"], "planets/mars"),
        (&["show", "releases/none"], "RELEASE_NOT_FOUND"),
        (&["show", "templates/none"], "TEMPLATE_NOT_FOUND"),
        (&["series", "happiness", "china"], "DEFINITION_NOT_FOUND"),
        (&["series", "digital-broad", "beijing"], "SERIES_NOT_FOUND"),
        (
            &["series", "gdp", "china", "--within", "soon"],
            "PERIOD_INVALID",
        ),
        (&["claims", "gdp", "china", "2018-13"], "PERIOD_INVALID"),
        (&["claims", "gdp", "china", "1066"], "CLAIM_NOT_FOUND"),
        (
            &["search", "x", "--filter", "colour = \"red\""],
            "FILTER_INVALID",
        ),
        (
            &["search", "x", "--at-snapshot", "rubbish"],
            "SNAPSHOT_TOKEN_INVALID",
        ),
        (&["report", "none"], "TEMPLATE_NOT_FOUND"),
        (
            &["report", "it", "--param", "colour=red"],
            "PARAMETER_INVALID",
        ),
        (&["report", "it", "--artefact", "docx"], "REPORT_NOT_FOUND"),
    ] {
        let done = output(world.command(command)).await;
        ended(&done, 2);
        let told = complaint(&done);
        is_a_sentence(&told);
        assert!(told.contains(named), "{command:?}: {told}");
        assert_eq!(out(&done), "", "{command:?}");
    }
}

async fn a_server_that_is_away_is_told_apart(backend: Backend) {
    let mut world = stated(backend).await;
    let commands = [&["search", "x"][..], &["show", "china"], &["report", "it"]];
    let commands = commands.map(|command| world.command(command));
    world.kill().await;
    for command in commands {
        let done = output(command).await;
        ended(&done, 2);
        is_a_sentence(&complaint(&done));
    }
    for server in ["rubbish", "http://", "127.0.0.1:7430"] {
        let mut command = world.command(&["search", "x"]);
        command.env("ALMANAC_SERVER", server);
        let done = output(command).await;
        ended(&done, 2);
        is_a_sentence(&complaint(&done));
        assert!(complaint(&done).contains(server), "{}", complaint(&done));
    }
}
