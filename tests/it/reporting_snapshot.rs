//! Snapshots of reporting: templates and reports as they were, and runs from a token.

use prost_types::FieldMask;
use proto::metrics::v1::ListUnitsRequest;
use proto::registry::v1::GetVocabularyRequest;
use proto::reporting::v1::{
    DownloadArtefactRequest, Edition, GetReportRequest, GetSnapshotRequest, GetTemplateRequest,
    ListFiguresRequest, ListReportsRequest, ListTemplatesRequest, ListTemplatesResponse, Report,
    RunReportRequest, Template, UpdateTemplateRequest,
};
use proto::snapshot::v1::Consistency;
use rpc::Part;
use tonic::{Code, Status};

use crate::harness::forge::{altered, moved, sealed, silent};
use crate::harness::read::token;
use crate::harness::{AT, Backend, FRESH, World, at, commit_of, fresh, on_both, refused, seeded};
use crate::reporting::{create, made, prose, start, state, template, wanted};
use crate::reporting_run::{stated, yearly};

on_both!(
    templates_are_read_as_they_were,
    later_pages_see_what_the_first_one_saw,
    a_report_is_there_from_its_commit_on,
    every_read_refuses_a_token_that_does_not_fit,
    a_token_that_came_in_goes_on_with_the_answer,
    a_run_takes_the_template_of_its_token,
    a_run_needs_a_token_that_speaks_of_figures_and_names,
    a_run_is_not_older_than_the_token_it_brings,
    a_report_is_made_in_the_language_that_is_asked_for,
);

/// The commit of reporting in a token.
fn own(token: &str) -> i64 {
    commit_of(token, Part::Reporting).expect("it speaks of reporting")
}

/// Title and revision of a template, with the token of the answer.
async fn get(
    world: &World,
    consistency: Option<Consistency>,
) -> Result<(String, i32, String), Status> {
    let request = GetTemplateRequest {
        name: "templates/it".to_owned(),
        consistency,
        ..Default::default()
    };
    let answer = world.reporting().get_template(request).await?.into_inner();
    let found = answer.template.expect("the template");
    Ok((found.title, found.revision, answer.snapshot))
}

async fn now(world: &World) -> String {
    get(world, None).await.expect("it is there").2
}

/// A token of metrics, which speaks of the registry too.
async fn of_metrics(world: &World, consistency: Option<Consistency>) -> String {
    let request = ListUnitsRequest {
        consistency,
        ..Default::default()
    };
    let units = world.metrics().list_units(request).await;
    units.expect("there are units").into_inner().snapshot
}

async fn of_registry(world: &World) -> String {
    let request = GetVocabularyRequest::default();
    let vocabulary = world.registry().get_vocabulary(request).await;
    vocabulary.expect("there is one").into_inner().snapshot
}

/// Gives a template another title; the token of the answer.
async fn rename(world: &World, id: &str, title: &str) -> String {
    let request = UpdateTemplateRequest {
        template: Some(Template {
            name: format!("templates/{id}"),
            title: title.to_owned(),
            ..Default::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["title".to_owned()],
        }),
        ..Default::default()
    };
    let updated = world.reporting().update_template(request).await;
    updated.expect("a title").into_inner().snapshot
}

async fn list(world: &World, token: &str, size: i32, page: &str) -> ListTemplatesResponse {
    let request = ListTemplatesRequest {
        page_size: size,
        page_token: page.to_owned(),
        consistency: at(token),
        ..Default::default()
    };
    let answer = world.reporting().list_templates(request).await;
    answer.expect("a page").into_inner()
}

fn titles(templates: &[Template]) -> Vec<&str> {
    templates.iter().map(|one| one.title.as_str()).collect()
}

fn words() -> Template {
    template(vec![prose("one", "Nothing but words.", Vec::new())])
}

async fn templates_are_read_as_they_were(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let first = now(&world).await;
    let second = rename(&world, "it", "A newer report").await;
    create(&world, "other", words()).await.expect("it is good");
    let third = now(&world).await;
    assert!(own(&first) < own(&second) && own(&second) < own(&third));
    for (token, title, revision) in [
        (&first, "A report", 1),
        (&second, "A newer report", 2),
        (&third, "A newer report", 2),
    ] {
        let found = get(&world, at(token)).await.expect("it was there");
        assert_eq!(found, (title.to_owned(), revision, token.clone()));
    }
    let request = GetTemplateRequest {
        name: "templates/it".to_owned(),
        revision: 2,
        consistency: at(&first),
    };
    let early = world.reporting().get_template(request).await;
    refused(&early.expect_err("not saved yet")).is(Code::NotFound, "TEMPLATE_NOT_FOUND", &[]);
    assert_eq!(
        titles(&list(&world, &first, 0, "").await.templates),
        ["A report"]
    );
    assert_eq!(
        titles(&list(&world, &second, 0, "").await.templates),
        ["A newer report"]
    );
    assert_eq!(list(&world, &third, 0, "").await.templates.len(), 2);
    // Equal content makes no revision and no commit.
    assert_eq!(rename(&world, "it", "A newer report").await, third);
}

async fn later_pages_see_what_the_first_one_saw(backend: Backend) {
    let world = stated(backend, yearly()).await;
    for id in ["a", "c"] {
        create(&world, id, words()).await.expect("it is good");
    }
    let first = list(&world, "", 1, "").await;
    assert_eq!(first.templates[0].name, "templates/a");
    create(&world, "b", words()).await.expect("it is good");
    rename(&world, "c", "Renamed").await;
    let mut seen = Vec::new();
    let mut token = first.next_page_token.clone();
    while !token.is_empty() {
        let next = list(&world, "", 1, &token).await;
        assert_eq!(next.snapshot, first.snapshot);
        seen.extend(next.templates.into_iter().map(|one| (one.name, one.title)));
        token = next.next_page_token;
    }
    let expected = [("templates/c", "A report"), ("templates/it", "A report")];
    assert_eq!(seen, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    let request = ListTemplatesRequest {
        page_token: first.next_page_token,
        consistency: at(&now(&world).await),
        ..Default::default()
    };
    let kept = world.reporting().list_templates(request).await;
    let kept = kept
        .expect("how fresh a later page is was decided before")
        .into_inner();
    assert_eq!(
        (kept.snapshot, titles(&kept.templates)),
        (first.snapshot, vec!["A report"; 2])
    );
}

/// What each read of reporting answers.
async fn reads(
    world: &World,
    report: &Report,
    consistency: Option<Consistency>,
) -> Vec<Result<(), Status>> {
    let mut reporting = world.reporting();
    let asked = || consistency.clone();
    let figures = ListFiguresRequest {
        report: report.name.clone(),
        consistency: asked(),
        ..Default::default()
    };
    let found = GetReportRequest {
        name: report.name.clone(),
        consistency: asked(),
    };
    let file = DownloadArtefactRequest {
        name: format!("{}/artefacts/html", report.name),
        consistency: asked(),
        ..Default::default()
    };
    let snapshot = GetSnapshotRequest {
        consistency: asked(),
    };
    let reports = ListReportsRequest {
        consistency: asked(),
        ..Default::default()
    };
    let templates = ListTemplatesRequest {
        consistency: asked(),
        ..Default::default()
    };
    vec![
        reporting.get_report(found).await.map(drop),
        reporting.list_figures(figures).await.map(drop),
        reporting.download_artefact(file).await.map(drop),
        reporting.list_reports(reports).await.map(drop),
        reporting.list_templates(templates).await.map(drop),
        get(world, asked()).await.map(drop),
        reporting.get_snapshot(snapshot).await.map(drop),
    ]
}

async fn a_report_is_there_from_its_commit_on(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let before = now(&world).await;
    let report = made(&world, wanted("it", &[])).await;
    let after = now(&world).await;
    assert!(own(&before) < own(&after));
    for early in &reads(&world, &report, at(&before)).await[..3] {
        let early = early.as_ref().expect_err("it was not made yet");
        refused(early).is(Code::NotFound, "REPORT_NOT_FOUND", &[]);
    }
    for answer in reads(&world, &report, at(&after)).await {
        answer.expect("it is there");
    }
    let known = async |token: &str| {
        let request = ListReportsRequest {
            consistency: at(token),
            ..Default::default()
        };
        let answer = world.reporting().list_reports(request).await;
        answer.expect("a page").into_inner().reports
    };
    assert_eq!(known(&before).await, []);
    assert_eq!(known(&after).await, std::slice::from_ref(&report));
    // The file says in its first piece what it is of.
    let request = DownloadArtefactRequest {
        name: format!("{}/artefacts/html", report.name),
        consistency: at(&after),
        ..Default::default()
    };
    let stream = world.reporting().download_artefact(request).await;
    let mut stream = stream.expect("it is there").into_inner();
    let first = stream.message().await.expect("a piece").expect("one");
    assert_eq!(first.snapshot, after);
    // Making it again makes nothing.
    made(&world, wanted("it", &[])).await;
    assert_eq!(now(&world).await, after);
}

async fn every_read_refuses_a_token_that_does_not_fit(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let report = made(&world, wanted("it", &[])).await;
    let good = now(&world).await;
    let bad = [
        "x".to_owned(),
        good[1..].to_owned(),
        altered(&good, Part::Reporting, 1),
        altered(&good, Part::Reporting, -1),
        sealed(world.home(), &good, Part::Reporting, 1).await,
        moved(&good),
    ];
    for bad in &bad {
        for (asked, field) in [(at(bad), AT), (fresh([bad]), FRESH)] {
            for answer in reads(&world, &report, asked).await {
                let refusal = answer.expect_err("it is no token");
                refused(&refusal).is(Code::InvalidArgument, "SNAPSHOT_TOKEN_INVALID", &[field]);
            }
        }
    }
    // Neither the registry nor metrics has seen anything of reporting.
    let (registry, metrics) = (of_registry(&world).await, of_metrics(&world, None).await);
    for silent in [&registry, &metrics, &report.snapshot] {
        for answer in reads(&world, &report, at(silent)).await {
            let refusal = answer.expect_err("it says nothing about reporting");
            assert!(
                refusal.message().contains("at_least_as_fresh"),
                "{refusal:?}"
            );
            refused(&refusal).is(Code::InvalidArgument, "SNAPSHOT_TOKEN_INVALID", &[AT]);
        }
        for answer in reads(&world, &report, fresh([silent])).await {
            answer.expect("it asks for nothing of reporting");
        }
    }
}

async fn a_token_that_came_in_goes_on_with_the_answer(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let reporting = now(&world).await;
    let of = |token: &str| {
        [Part::Registry, Part::Metrics, Part::Reporting].map(|part| commit_of(token, part))
    };
    assert_eq!(of(&reporting), [None, None, Some(own(&reporting))]);
    let metrics = of_metrics(&world, fresh([&reporting])).await;
    let whole = get(&world, fresh([&metrics])).await;
    let whole = whole.expect("it is there").2;
    assert_eq!(of(&whole), of(&metrics));
    // Metrics, too, keeps what it has no word on.
    assert_eq!(of(&metrics)[2], Some(own(&reporting)));
}

async fn a_run_takes_the_template_of_its_token(backend: Backend) {
    let world = seeded(backend).await;
    let before = world
        .reporting()
        .get_snapshot(GetSnapshotRequest::default())
        .await;
    let before = before.expect("there is nothing yet").into_inner().snapshot;
    state(
        &world,
        "article",
        "first",
        &[("gdp", "2018", "91.9", 12, "cny")],
    )
    .await;
    create(&world, "it", yearly()).await.expect("it is good");
    let metrics = of_metrics(&world, None).await;
    let whole = get(&world, fresh([&metrics])).await;
    let whole = whole.expect("it is there").2;
    rename(&world, "it", "A newer report").await;
    let of = |token: &str, template_revision| RunReportRequest {
        consistency: at(token),
        template_revision,
        ..wanted("it", &[])
    };
    let then = made(&world, of(&whole, 0)).await;
    assert_eq!(
        (then.title.as_str(), then.template_revision),
        ("A report", 1)
    );
    // The report names what it is made from: no commit of reporting itself.
    assert_eq!(then.snapshot, silent(&whole, Part::Reporting));
    let newer = made(&world, of(&whole, 2)).await;
    assert_eq!(
        (newer.title.as_str(), newer.template_revision),
        ("A newer report", 2)
    );
    let unsaid = made(&world, of(&metrics, 0)).await;
    assert_eq!(unsaid, newer);
    let again = made(&world, of(&then.snapshot, 1)).await;
    assert_eq!(again, then);
    // At a time before the template there was none.
    let empty = token(&whole).with(Part::Reporting, token(&before).part(Part::Reporting));
    let early = start(&world, of(&empty.encode(), 0))
        .await
        .expect_err("not saved yet");
    refused(&early).is(Code::NotFound, "TEMPLATE_NOT_FOUND", &[]);
}

async fn a_run_needs_a_token_that_speaks_of_figures_and_names(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let metrics = of_metrics(&world, None).await;
    for (token, missing) in [
        (of_registry(&world).await, "metrics"),
        (now(&world).await, "registry"),
        (silent(&metrics, Part::Registry), "registry"),
    ] {
        let request = RunReportRequest {
            consistency: at(&token),
            ..wanted("it", &[])
        };
        let refusal = start(&world, request).await.expect_err("it is not enough");
        assert!(refusal.message().contains(missing), "{refusal:?}");
        refused(&refusal).is(Code::InvalidArgument, "SNAPSHOT_TOKEN_INVALID", &[AT]);
    }
}

async fn a_run_is_not_older_than_the_token_it_brings(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let tokens = [
        of_registry(&world).await,
        of_metrics(&world, None).await,
        now(&world).await,
    ];
    let one_by_one = tokens.iter().map(|token| vec![token.clone()]);
    for asked in one_by_one.chain([tokens.to_vec()]) {
        let request = RunReportRequest {
            consistency: fresh(&asked),
            ..wanted("it", &[])
        };
        let report = made(&world, request).await;
        for part in [Part::Registry, Part::Metrics] {
            let pinned = commit_of(&report.snapshot, part);
            assert!(pinned.is_some());
            assert!(asked.iter().all(|token| commit_of(token, part) <= pinned));
        }
    }
    let [_, metrics, reporting] = &tokens;
    for ahead in [
        altered(metrics, Part::Metrics, 1000),
        sealed(world.home(), metrics, Part::Metrics, 1000).await,
        altered(reporting, Part::Reporting, 1000),
        sealed(world.home(), reporting, Part::Reporting, 1000).await,
    ] {
        let request = RunReportRequest {
            consistency: fresh([ahead]),
            ..wanted("it", &[])
        };
        let refusal = refused(&start(&world, request).await.expect_err("never reached"));
        assert_eq!(
            (refusal.code, refusal.reason.as_str()),
            (Code::InvalidArgument, "SNAPSHOT_TOKEN_INVALID")
        );
    }
}

async fn a_report_is_made_in_the_language_that_is_asked_for(backend: Backend) {
    let texts = [
        ("title", "一份报告"),
        ("parameters.year.label", "年"),
        ("sections.gdp.heading", "规模"),
        ("sections.gdp.paragraphs.0", "${year}为{gdp}。"),
    ];
    let edition = Edition {
        language: "zh-Hans".to_owned(),
        texts: texts
            .map(|(place, text)| (place.to_owned(), text.to_owned()))
            .into(),
    };
    let world = stated(
        backend,
        Template {
            editions: vec![edition],
            ..yearly()
        },
    )
    .await;
    let of = |language: &str| RunReportRequest {
        language: language.to_owned(),
        ..wanted("it", &[])
    };
    let own = made(&world, of("")).await;
    assert_eq!(
        (own.language.as_str(), own.title.as_str()),
        ("en", "A report")
    );
    assert_eq!(made(&world, of("en")).await, own);
    let other = made(&world, of("zh-Hans")).await;
    assert_eq!(
        (other.language.as_str(), other.title.as_str()),
        ("zh-Hans", "一份报告")
    );
    assert_ne!(other.name, own.name);
    assert_eq!(other.figure_count, own.figure_count);
    let unknown = start(&world, of("fr")).await.expect_err("no such edition");
    refused(&unknown).is(Code::InvalidArgument, "FIELD_INVALID", &["language"]);
}
