//! Runs of reports: followed, repeated, of another time, refused.

use std::collections::BTreeSet;

use proto::reporting::v1::{
    GetReportRequest, ListReportsRequest, ParameterType, Report, RunReportRequest, Template,
};
use tonic::Code;

use crate::harness::{AT, Backend, World, at, on_both, refused, seeded};
use crate::reporting::{
    Stated, create, ended, failure, look, made, observation, page, parameter, progress, prose,
    quoted, report, start, state, template, wanted,
};

on_both!(
    a_run_exists_at_once_and_ends_with_its_steps_done,
    the_same_inputs_give_the_same_report,
    new_figures_give_another_report_and_an_old_snapshot_the_old_bytes,
    an_old_revision_of_a_template_can_be_run,
    parameters_are_filled_in_and_refused_by_name,
    a_run_that_cannot_begin_is_refused,
    a_missing_figure_fails_the_run,
    reports_are_listed_newest_first,
);

const FIGURES: [Stated<'_>; 3] = [
    ("gdp", "2018", "91.9", 12, "cny"),
    ("gdp", "2019", "98.7", 12, "cny"),
    ("digital-broad", "2018", "31.3", 12, "cny"),
];

/// A template with one figure of a year that is chosen.
pub fn yearly() -> Template {
    Template {
        parameters: vec![parameter("year", ParameterType::Period, "2018")],
        ..template(vec![prose(
            "gdp",
            "It was {gdp} in ${year}.",
            vec![quoted("gdp", observation("gdp", "${year}"))],
        )])
    }
}

/// A world with figures and the template.
pub async fn stated(backend: Backend, template: Template) -> World {
    let world = seeded(backend).await;
    state(&world, "article", "first", &FIGURES).await;
    create(&world, "it", template).await.expect("it is good");
    world
}

pub async fn reports(world: &World) -> Vec<Report> {
    let request = ListReportsRequest::default();
    let answer = world.reporting().list_reports(request).await;
    answer.expect("a page").into_inner().reports
}

async fn a_run_exists_at_once_and_ends_with_its_steps_done(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let begun = start(&world, wanted("it", &[])).await.expect("it begins");
    assert!(
        begun.name.starts_with("operations/reporting."),
        "{}",
        begun.name
    );
    let snapshot = progress(&begun).snapshot;
    look(&world, &begun.name).await.expect("it exists at once");
    let ended = ended(&world, &begun.name).await;
    let done = progress(&ended);
    assert_eq!(
        (done.template.as_str(), done.snapshot),
        ("templates/it", snapshot.clone())
    );
    // A section, its figure and the two files.
    assert_eq!((done.steps_done, done.steps_total), (4, 4));
    let report = report(&ended);
    assert_eq!(
        (report.template.as_str(), report.template_revision),
        ("templates/it", 1)
    );
    assert_eq!(
        (report.title.as_str(), report.snapshot),
        ("A report", snapshot)
    );
    assert_eq!(report.figure_count, 1);
    let request = GetReportRequest {
        name: report.name.clone(),
        ..Default::default()
    };
    let found = world.reporting().get_report(request).await;
    assert_eq!(
        found.expect("it is there").into_inner().report,
        Some(reports(&world).await[0].clone())
    );
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
    state(
        &world,
        "article",
        "second",
        &[("gdp", "2018", "92.4", 12, "cny")],
    )
    .await;
    let second = made(&world, wanted("it", &[])).await;
    assert_ne!(
        (&second.name, &second.snapshot),
        (&first.name, &first.snapshot)
    );
    let after = page(&world, &second).await;
    assert!(
        after.contains("92.4 trillion") && !after.contains("91.9"),
        "{after}"
    );

    let then = RunReportRequest {
        consistency: at(&first.snapshot),
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
    assert_eq!(again.replace("2018/2018 (2018)", "2018"), before);
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
        ..Default::default()
    };
    let updated = world.reporting().update_template(request).await;
    updated.expect("a title");
    let of = |template_revision| RunReportRequest {
        template_revision,
        ..wanted("it", &[])
    };
    for (revision, title) in [
        (0, "A newer report"),
        (1, "A report"),
        (2, "A newer report"),
    ] {
        assert_eq!(made(&world, of(revision)).await.title, title);
    }
    let unknown = start(&world, of(3)).await.expect_err("not saved yet");
    refused(&unknown).is(Code::NotFound, "TEMPLATE_NOT_FOUND", &[]);
    let negative = start(&world, of(-1)).await.expect_err("no revision");
    refused(&negative).is(
        Code::InvalidArgument,
        "FIELD_INVALID",
        &["template_revision"],
    );
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
        (
            &[("what", "x"), ("country", "China")],
            &["parameters[country]"],
        ),
        (
            &[("what", "x"), ("country", "entities/atlantis")],
            &["parameters[country]"],
        ),
        (
            &[("year", "soon"), ("country", "")],
            &[
                "parameters[what]",
                "parameters[country]",
                "parameters[year]",
            ],
        ),
    ] {
        let status = start(&world, wanted("it", parameters)).await;
        let status = status.expect_err("a parameter is wrong");
        refused(&status).is(Code::InvalidArgument, "PARAMETER_INVALID", fields);
    }
}

async fn a_run_that_cannot_begin_is_refused(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let unknown = start(&world, wanted("none", &[]))
        .await
        .expect_err("no template");
    refused(&unknown).is(Code::NotFound, "TEMPLATE_NOT_FOUND", &[]);
    let token = |at_snapshot: &str| RunReportRequest {
        consistency: at(at_snapshot),
        ..wanted("it", &[])
    };
    let damaged = start(&world, token("a token")).await.expect_err("no token");
    refused(&damaged).is(Code::InvalidArgument, "SNAPSHOT_TOKEN_INVALID", &[AT]);
    let other = stated(backend, yearly()).await;
    let snapshot = made(&other, wanted("it", &[])).await.snapshot;
    let foreign = start(&world, token(&snapshot))
        .await
        .expect_err("of elsewhere");
    let foreign = refused(&foreign);
    assert_eq!(
        (foreign.code, foreign.reason.as_str()),
        (Code::InvalidArgument, "SNAPSHOT_TOKEN_INVALID")
    );
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

async fn reports_are_listed_newest_first(backend: Backend) {
    let world = stated(backend, yearly()).await;
    create(&world, "other", yearly()).await.expect("it is good");
    let mut names = Vec::new();
    for (template, year) in [("it", "2018"), ("other", "2018"), ("it", "2019")] {
        names.insert(
            0,
            made(&world, wanted(template, &[("year", year)])).await.name,
        );
    }
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 3);
    let list = |filter: &str, page_token: &str| {
        let request = ListReportsRequest {
            filter: filter.to_owned(),
            page_size: 2,
            page_token: page_token.to_owned(),
            ..Default::default()
        };
        let mut reporting = world.reporting();
        async move { reporting.list_reports(request).await }
    };
    let told = |answer: &proto::reporting::v1::ListReportsResponse| -> Vec<String> {
        answer.reports.iter().map(|one| one.name.clone()).collect()
    };
    let first = list("", "").await.expect("a page").into_inner();
    let second = list("", &first.next_page_token)
        .await
        .expect("the last")
        .into_inner();
    assert_eq!([told(&first), told(&second)].concat(), names);
    let it = "template = \"templates/it\"";
    let of_it = list(it, "").await.expect("a page").into_inner();
    assert_eq!(told(&of_it), [names[0].clone(), names[2].clone()]);
    let other = list(it, &first.next_page_token)
        .await
        .expect_err("another list");
    refused(&other).is(Code::InvalidArgument, "PAGE_TOKEN_INVALID", &["page_token"]);
    for (language, count) in [("en", 2), ("zh-Hans", 0)] {
        let filter = format!("{it} AND language = \"{language}\"");
        let listed = list(&filter, "").await.expect("a page").into_inner();
        assert_eq!(told(&listed).len(), count, "{language}");
    }
    for filter in ["title = \"A report\"", "template ="] {
        let refusal = list(filter, "").await.expect_err("no filter");
        refused(&refusal).is(Code::InvalidArgument, "FILTER_INVALID", &["filter"]);
    }
    let request = GetReportRequest {
        name: "reports/none".to_owned(),
        ..Default::default()
    };
    let unknown = world
        .reporting()
        .get_report(request)
        .await
        .expect_err("none");
    refused(&unknown).is(Code::NotFound, "REPORT_NOT_FOUND", &[]);
}
