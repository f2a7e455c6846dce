//! Runs of reports: followed, repeated, refused, cancelled, broken off.

use std::collections::BTreeSet;

use proto::longrunning::{
    CancelOperationRequest, DeleteOperationRequest, ListOperationsRequest, Operation,
    WaitOperationRequest,
};
use proto::reporting::v1::{
    GetReportRequest, ListReportsRequest, ParameterType, Report, RunReportRequest, Section,
    Template,
};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::harness::process::soon;
use crate::harness::{Backend, World, on_both, refused, seeded};
use crate::reporting::{
    Stated, cell, create, ended, failure, look, made, page, parameter, progress, prose, quoted,
    report, start, state, template, wanted,
};

on_both!(
    a_run_exists_at_once_and_ends_with_its_steps_done,
    the_same_inputs_give_the_same_report,
    new_figures_give_another_report_and_an_old_snapshot_the_old_bytes,
    an_old_revision_of_a_template_can_be_run,
    parameters_are_filled_in_and_refused_by_name,
    a_run_that_cannot_begin_is_refused,
    a_missing_figure_fails_the_run,
    a_run_is_cancelled_in_the_middle,
    a_run_survives_a_crash_and_ends_once,
    a_repeated_request_answers_with_the_same_run,
    waiting_ends_with_the_run_or_with_the_time,
    operations_are_listed_in_pages_and_deleted,
    reports_are_listed_newest_first,
);

const FIGURES: [Stated<'_>; 3] = [
    ("gdp", "2018", "91.9", 12, "cny"),
    ("gdp", "2019", "98.7", 12, "cny"),
    ("digital-broad", "2018", "31.3", 12, "cny"),
];

/// A template with one figure of a year that is chosen.
fn yearly() -> Template {
    Template {
        parameters: vec![parameter("year", ParameterType::Period, "2018")],
        ..template(vec![prose(
            "gdp",
            "It was {gdp} in ${year}.",
            vec![quoted("gdp", cell("gdp", "${year}"))],
        )])
    }
}

/// A template of so many steps that there is a middle.
fn long() -> Template {
    let section = |number: usize| {
        let keys: Vec<_> = (0..20).map(|key| format!("key_{key}")).collect();
        let used: String = keys.iter().map(|key| format!("{{{key}}} ")).collect();
        let bound = keys.iter().map(|key| quoted(key, cell("gdp", "2018")));
        prose(&format!("section-{number}"), &used, bound.collect())
    };
    template((0..20).map(section).collect::<Vec<Section>>())
}

/// A world with figures and the template.
async fn stated(backend: Backend, template: Template) -> World {
    let world = seeded(backend).await;
    state(&world, "article", "first", &FIGURES).await;
    create(&world, "it", template).await.expect("it is good");
    world
}

async fn reports(world: &World) -> Vec<Report> {
    let request = ListReportsRequest::default();
    let answer = world.reporting().list_reports(request).await;
    answer.expect("a page").into_inner().reports
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

async fn a_run_exists_at_once_and_ends_with_its_steps_done(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let begun = start(&world, wanted("it", &[])).await.expect("it begins");
    assert!(begun.name.starts_with("operations/reporting."), "{}", begun.name);
    let snapshot = progress(&begun).snapshot;
    look(&world, &begun.name).await.expect("it exists at once");
    let ended = ended(&world, &begun.name).await;
    let done = progress(&ended);
    assert_eq!((done.template.as_str(), done.snapshot), ("templates/it", snapshot.clone()));
    // A section, its figure and the page.
    assert_eq!((done.steps_done, done.steps_total), (3, 3));
    let report = report(&ended);
    assert_eq!((report.template.as_str(), report.template_revision), ("templates/it", 1));
    assert_eq!((report.title.as_str(), report.snapshot), ("A report", snapshot));
    assert_eq!(report.figure_count, 1);
    let request = GetReportRequest {
        name: report.name.clone(),
    };
    let found = world.reporting().get_report(request).await;
    assert_eq!(found.expect("it is there").into_inner().report, Some(reports(&world).await[0].clone()));
    assert_eq!(look(&world, &ended.name).await.expect("it is kept"), ended);
}

async fn the_same_inputs_give_the_same_report(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let first = made(&world, wanted("it", &[])).await;
    let bytes = page(&world, &first).await;
    // A default is the same as the value given.
    for parameters in [&[][..], &[("year", "2018")]] {
        let again = made(&world, wanted("it", parameters)).await;
        assert_eq!(again, first);
        assert_eq!(page(&world, &again).await, bytes);
    }
    let other = made(&world, wanted("it", &[("year", "2019")])).await;
    assert_ne!(other.name, first.name);
    assert_eq!(reports(&world).await.len(), 2);
}

async fn new_figures_give_another_report_and_an_old_snapshot_the_old_bytes(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let first = made(&world, wanted("it", &[])).await;
    let before = page(&world, &first).await;
    assert!(before.contains("91.9 trillion"), "{before}");
    state(&world, "article", "second", &[("gdp", "2018", "92.4", 12, "cny")]).await;
    let second = made(&world, wanted("it", &[])).await;
    assert_ne!((&second.name, &second.snapshot), (&first.name, &first.snapshot));
    let after = page(&world, &second).await;
    assert!(after.contains("92.4 trillion") && !after.contains("91.9"), "{after}");

    let then = RunReportRequest {
        at_snapshot: first.snapshot.clone(),
        ..wanted("it", &[])
    };
    assert_eq!(made(&world, then.clone()).await, first);
    // A parameter that nobody has asked for yet, so that the report is made from the past.
    let other = RunReportRequest {
        parameters: wanted("it", &[("year", "2018/2018")]).parameters,
        ..then
    };
    let remade = made(&world, other).await;
    assert_ne!(remade.name, first.name);
    let again = page(&world, &remade).await;
    assert_eq!(again.replace("2018/2018", "2018"), before);
}

async fn an_old_revision_of_a_template_can_be_run(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let request = proto::reporting::v1::UpdateTemplateRequest {
        template: Some(Template {
            name: "templates/it".to_owned(),
            title: "A newer report".to_owned(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["title".to_owned()],
        }),
    };
    let updated = world.reporting().update_template(request).await;
    updated.expect("a title");
    let of = |template_revision| RunReportRequest {
        template_revision,
        ..wanted("it", &[])
    };
    for (revision, title) in [(0, "A newer report"), (1, "A report"), (2, "A newer report")] {
        assert_eq!(made(&world, of(revision)).await.title, title);
    }
    let unknown = start(&world, of(3)).await.expect_err("not saved yet");
    refused(&unknown).is(Code::NotFound, "TEMPLATE_NOT_FOUND", &[]);
    let negative = start(&world, of(-1)).await.expect_err("no revision");
    refused(&negative).is(Code::InvalidArgument, "FIELD_INVALID", &["template_revision"]);
}

async fn parameters_are_filled_in_and_refused_by_name(backend: Backend) {
    let chosen = Template {
        title: "${what} of ${country}".to_owned(),
        parameters: vec![
            parameter("what", ParameterType::Text, ""),
            parameter("country", ParameterType::Entity, "entities/china"),
            parameter("year", ParameterType::Period, "2018"),
        ],
        ..yearly()
    };
    let world = stated(backend, chosen).await;
    let report = made(&world, wanted("it", &[("what", "Size")])).await;
    assert_eq!(report.title, "Size of China");
    assert_eq!(report.parameters["country"], "entities/china");
    assert_eq!(report.parameters["year"], "2018");
    for (parameters, fields) in [
        (&[][..], &["parameters[what]"][..]),
        (&[("what", "x"), ("colour", "red")], &["parameters[colour]"]),
        (&[("what", "x"), ("year", "2018-13")], &["parameters[year]"]),
        (&[("what", "x"), ("country", "China")], &["parameters[country]"]),
        (&[("what", "x"), ("country", "entities/atlantis")], &["parameters[country]"]),
        (&[("year", "soon"), ("country", "")], &[
            "parameters[what]",
            "parameters[country]",
            "parameters[year]",
        ]),
    ] {
        let status = start(&world, wanted("it", parameters)).await;
        let status = status.expect_err("a parameter is wrong");
        refused(&status).is(Code::InvalidArgument, "PARAMETER_INVALID", fields);
    }
}

async fn a_run_that_cannot_begin_is_refused(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let unknown = start(&world, wanted("none", &[])).await.expect_err("no template");
    refused(&unknown).is(Code::NotFound, "TEMPLATE_NOT_FOUND", &[]);
    let token = |at_snapshot: &str| RunReportRequest {
        at_snapshot: at_snapshot.to_owned(),
        ..wanted("it", &[])
    };
    let damaged = start(&world, token("a token")).await.expect_err("no token");
    refused(&damaged).is(Code::InvalidArgument, "SNAPSHOT_TOKEN_INVALID", &["at_snapshot"]);
    let other = stated(backend, yearly()).await;
    let snapshot = made(&other, wanted("it", &[])).await.snapshot;
    let foreign = start(&world, token(&snapshot)).await.expect_err("of elsewhere");
    let foreign = refused(&foreign);
    assert_eq!((foreign.code, foreign.reason.as_str()), (Code::InvalidArgument, "SNAPSHOT_TOKEN_INVALID"));
    assert!(reports(&world).await.is_empty());
}

async fn a_missing_figure_fails_the_run(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let begun = start(&world, wanted("it", &[("year", "1066")])).await;
    let ended = ended(&world, &begun.expect("it begins").name).await;
    failure(&ended).is(Code::FailedPrecondition, "FIGURE_MISSING", &[]);
    assert!(progress(&ended).steps_done < progress(&ended).steps_total);
    assert!(reports(&world).await.is_empty());
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
    assert_eq!(reports(&world).await, [report.clone()]);
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
    state(&world, "article", "second", &[("gdp", "2018", "92.4", 12, "cny")]).await;
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
    let unknown = wait("operations/reporting.none", 1).await.expect_err("none");
    refused(&unknown).is(Code::NotFound, "OPERATION_NOT_FOUND", &[]);
    let foreign = look(&world, "operations/elsewhere.1").await.expect_err("not ours");
    assert!(matches!(foreign.code(), Code::InvalidArgument | Code::NotFound), "{foreign}");
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
        ..Default::default()
    };
    let answer = world.operations().list_operations(request).await?.into_inner();
    let names = answer.operations.into_iter().map(|one| one.name);
    Ok((names.collect(), answer.next_page_token))
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
    let (running, _) = operations(&world, "done = false", 0, "").await.expect("none");
    assert!(running.is_empty(), "{running:?}");
    let other = operations(&world, "done = true", 2, &token).await.expect_err("another list");
    refused(&other).is(Code::InvalidArgument, "PAGE_TOKEN_INVALID", &["page_token"]);
    let wrong = operations(&world, "colour = red", 0, "").await.expect_err("no field");
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

async fn reports_are_listed_newest_first(backend: Backend) {
    let world = stated(backend, yearly()).await;
    create(&world, "other", yearly()).await.expect("it is good");
    let mut names = Vec::new();
    for (template, year) in [("it", "2018"), ("other", "2018"), ("it", "2019")] {
        names.insert(0, made(&world, wanted(template, &[("year", year)])).await.name);
    }
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 3);
    let list = |template: &str, page_token: &str| {
        let request = ListReportsRequest {
            template: template.to_owned(),
            page_size: 2,
            page_token: page_token.to_owned(),
        };
        let mut reporting = world.reporting();
        async move { reporting.list_reports(request).await }
    };
    let told = |answer: &proto::reporting::v1::ListReportsResponse| -> Vec<String> {
        answer.reports.iter().map(|one| one.name.clone()).collect()
    };
    let first = list("", "").await.expect("a page").into_inner();
    let second = list("", &first.next_page_token).await.expect("the last").into_inner();
    assert_eq!([told(&first), told(&second)].concat(), names);
    let of_it = list("templates/it", "").await.expect("a page").into_inner();
    assert_eq!(told(&of_it), [names[0].clone(), names[2].clone()]);
    let other = list("templates/it", &first.next_page_token).await.expect_err("another list");
    refused(&other).is(Code::InvalidArgument, "PAGE_TOKEN_INVALID", &["page_token"]);
    let request = GetReportRequest {
        name: "reports/none".to_owned(),
    };
    let unknown = world.reporting().get_report(request).await.expect_err("none");
    refused(&unknown).is(Code::NotFound, "REPORT_NOT_FOUND", &[]);
}
