//! Runs as operations: cancelled, broken off, repeated, awaited, listed.

use proto::longrunning::{
    CancelOperationRequest, DeleteOperationRequest, ListOperationsRequest, Operation,
    WaitOperationRequest,
};
use proto::reporting::v1::{RunReportRequest, Section, Template};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::harness::process::soon;
use crate::harness::{Backend, World, on_both, refused};
use crate::reporting::{
    ended, failure, look, made, observation, progress, prose, quoted, report, start, state,
    template, wanted,
};
use crate::reporting_run::{reports, stated, yearly};

on_both!(
    a_run_is_cancelled_in_the_middle,
    a_run_survives_a_crash_and_ends_once,
    a_repeated_request_answers_with_the_same_run,
    waiting_ends_with_the_run_or_with_the_time,
    operations_are_listed_in_pages_and_deleted,
);

/// A template of so many steps that there is a middle.
fn long() -> Template {
    let section = |number: usize| {
        let keys: Vec<_> = (0..20).map(|key| format!("key_{key}")).collect();
        let used: String = keys.iter().map(|key| format!("{{{key}}} ")).collect();
        let bound = keys
            .iter()
            .map(|key| quoted(key, observation("gdp", "2018")));
        prose(&format!("section-{number}"), &used, bound.collect())
    };
    template((0..15).map(section).collect::<Vec<Section>>())
}

/// The operation as soon as it has some steps done, but not all.
async fn in_the_middle(world: &World, name: &str) -> Operation {
    let looking = async {
        loop {
            let found = look(world, name).await.expect("it exists");
            assert!(!found.done, "it ended before anybody could look");
            let progress = progress(&found);
            if progress.steps_done > 0 {
                assert!(progress.steps_done < progress.steps_total);
                return found;
            }
        }
    };
    soon("the run gets to the middle", looking).await
}

async fn operations(
    world: &World,
    filter: &str,
    page_size: i32,
    page_token: &str,
) -> Result<(Vec<String>, String), Status> {
    let request = ListOperationsRequest {
        name: "operations".to_owned(),
        filter: filter.to_owned(),
        page_size,
        page_token: page_token.to_owned(),
    };
    let answer = world
        .operations()
        .list_operations(request)
        .await?
        .into_inner();
    let names = answer.operations.into_iter().map(|one| one.name);
    Ok((names.collect(), answer.next_page_token))
}

async fn a_run_is_cancelled_in_the_middle(backend: Backend) {
    let world = stated(backend, long()).await;
    let begun = start(&world, wanted("it", &[])).await.expect("it begins");
    in_the_middle(&world, &begun.name).await;
    let request = CancelOperationRequest {
        name: begun.name.clone(),
    };
    let cancelled = world.operations().cancel_operation(request.clone()).await;
    cancelled.expect("it is asked to stop");
    let ended = ended(&world, &begun.name).await;
    failure(&ended).is(Code::Cancelled, "OPERATION_CANCELLED", &[]);
    assert!(progress(&ended).steps_done < progress(&ended).steps_total);
    assert!(reports(&world).await.is_empty());
    // One that has ended stays as it is.
    let late = world.operations().cancel_operation(request).await;
    late.expect("nothing to do");
    assert_eq!(look(&world, &begun.name).await.expect("it is kept"), ended);
    let request = CancelOperationRequest {
        name: "operations/reporting.none".to_owned(),
    };
    let unknown = world.operations().cancel_operation(request).await;
    let unknown = unknown.expect_err("there is none");
    refused(&unknown).is(Code::NotFound, "OPERATION_NOT_FOUND", &[]);
}

async fn a_run_survives_a_crash_and_ends_once(backend: Backend) {
    let mut world = stated(backend, long()).await;
    let begun = start(&world, wanted("it", &[])).await.expect("it begins");
    in_the_middle(&world, &begun.name).await;
    world.kill().await;
    world.restart().await;
    let found = look(&world, &begun.name).await.expect("it is known");
    assert!(!found.done, "it was broken off");
    let ended = ended(&world, &begun.name).await;
    let report = report(&ended);
    assert_eq!(reports(&world).await, std::slice::from_ref(&report));
    assert_eq!(progress(&ended).steps_done, progress(&ended).steps_total);
    // Nobody else makes it again.
    assert_eq!(made(&world, wanted("it", &[])).await, report);
    assert_eq!(look(&world, &begun.name).await.expect("it is kept"), ended);
}

async fn a_repeated_request_answers_with_the_same_run(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let request = RunReportRequest {
        request_id: Uuid::new_v4().to_string(),
        ..wanted("it", &[])
    };
    let first = start(&world, request.clone()).await.expect("it begins");
    let report = report(&ended(&world, &first.name).await);
    state(
        &world,
        "article",
        "second",
        &[("gdp", "2018", "92.4", 12, "cny")],
    )
    .await;
    let again = start(&world, request.clone()).await.expect("it is known");
    assert_eq!((&again.name, again.done), (&first.name, true));
    assert_eq!(crate::reporting::report(&again), report);
    let other = RunReportRequest {
        parameters: wanted("it", &[("year", "2019")]).parameters,
        ..request
    };
    let status = start(&world, other).await.expect_err("another request");
    refused(&status).is(Code::InvalidArgument, "REQUEST_ID_REUSED", &["request_id"]);
    let rubbish = RunReportRequest {
        request_id: "once".to_owned(),
        ..wanted("it", &[])
    };
    let status = start(&world, rubbish).await.expect_err("no UUID");
    refused(&status).is(Code::InvalidArgument, "FIELD_INVALID", &["request_id"]);
    assert_eq!(reports(&world).await.len(), 1);
}

async fn waiting_ends_with_the_run_or_with_the_time(backend: Backend) {
    let world = stated(backend, long()).await;
    let begun = start(&world, wanted("it", &[])).await.expect("it begins");
    let wait = |name: &str, nanos| {
        let request = WaitOperationRequest {
            name: name.to_owned(),
            timeout: Some(prost_types::Duration { seconds: 0, nanos }),
        };
        let mut operations = world.operations();
        async move { operations.wait_operation(request).await }
    };
    let early = wait(&begun.name, 1).await.expect("it exists").into_inner();
    assert!(!early.done, "there was no time for it");
    let late = ended(&world, &begun.name).await;
    let again = wait(&begun.name, 1).await.expect("it exists").into_inner();
    assert_eq!(again, late);
    let unknown = wait("operations/reporting.none", 1)
        .await
        .expect_err("none");
    refused(&unknown).is(Code::NotFound, "OPERATION_NOT_FOUND", &[]);
    let foreign = look(&world, "operations/elsewhere.1")
        .await
        .expect_err("not ours");
    assert!(
        matches!(foreign.code(), Code::InvalidArgument | Code::NotFound),
        "{foreign}"
    );
}

async fn operations_are_listed_in_pages_and_deleted(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let mut names = Vec::new();
    for year in ["2018", "2019", "1066"] {
        let begun = start(&world, wanted("it", &[("year", year)])).await;
        let begun = begun.expect("it begins");
        ended(&world, &begun.name).await;
        names.insert(0, begun.name);
    }
    let (first, token) = operations(&world, "", 2, "").await.expect("a page");
    let (second, end) = operations(&world, "", 2, &token).await.expect("the last");
    assert_eq!([first, second].concat(), names);
    assert_eq!(end, "");
    let (running, _) = operations(&world, "done = false", 0, "")
        .await
        .expect("none");
    assert!(running.is_empty(), "{running:?}");
    let other = operations(&world, "done = true", 2, &token)
        .await
        .expect_err("another list");
    refused(&other).is(Code::InvalidArgument, "PAGE_TOKEN_INVALID", &["page_token"]);
    let wrong = operations(&world, "colour = red", 0, "")
        .await
        .expect_err("no field");
    refused(&wrong).is(Code::InvalidArgument, "FILTER_INVALID", &["filter"]);

    let request = DeleteOperationRequest {
        name: names[1].clone(),
    };
    let deleted = world.operations().delete_operation(request.clone()).await;
    deleted.expect("it was there");
    let (left, _) = operations(&world, "", 0, "").await.expect("a page");
    assert_eq!(left, [names[0].clone(), names[2].clone()]);
    let gone = look(&world, &names[1]).await.expect_err("it is deleted");
    refused(&gone).is(Code::NotFound, "OPERATION_NOT_FOUND", &[]);
    let again = world.operations().delete_operation(request).await;
    refused(&again.expect_err("gone")).is(Code::NotFound, "OPERATION_NOT_FOUND", &[]);
    assert_eq!(reports(&world).await.len(), 2, "the reports stay");
}
