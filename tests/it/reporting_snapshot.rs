//! Snapshots of reporting: templates and reports as they were, and runs from a token.

use prost_types::FieldMask;
use proto::metrics::v1::ListUnitsRequest;
use proto::registry::v1::GetVocabularyRequest;
use proto::reporting::v1::{
    DownloadArtefactRequest, Edition, GetReportRequest, GetTemplateRequest, ListFiguresRequest,
    ListReportsRequest, ListTemplatesRequest, ListTemplatesResponse, Report, RunReportRequest,
    Template, UpdateTemplateRequest,
};
use rpc::{Part, Token};
use tonic::{Code, Status};

use crate::harness::{Backend, World, on_both, refused};
use crate::reporting::{create, made, prose, start, template, wanted};
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

fn read(token: &str) -> Token {
    Token::decode(token).expect("an answer has a token")
}

/// Id, title and revision of a template, with the token of the answer.
async fn get(world: &World, at: &str, fresh: &str) -> Result<(String, i32, String), Status> {
    let request = GetTemplateRequest {
        name: "templates/it".to_owned(),
        at_snapshot: at.to_owned(),
        at_least_as_fresh: fresh.to_owned(),
        ..Default::default()
    };
    let answer = world.reporting().get_template(request).await?.into_inner();
    let found = answer.template.expect("the template");
    Ok((found.title, found.revision, answer.snapshot))
}

async fn now(world: &World) -> String {
    get(world, "", "").await.expect("it is there").2
}

/// A token of metrics, which speaks of the registry too.
async fn of_metrics(world: &World, fresh: &str) -> String {
    let request = ListUnitsRequest {
        at_least_as_fresh: fresh.to_owned(),
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
    };
    let updated = world.reporting().update_template(request).await;
    updated.expect("a title").into_inner().snapshot
}

async fn list(world: &World, at: &str, size: i32, page: &str) -> ListTemplatesResponse {
    let request = ListTemplatesRequest {
        page_size: size,
        page_token: page.to_owned(),
        at_snapshot: at.to_owned(),
        ..Default::default()
    };
    let answer = world.reporting().list_templates(request).await;
    answer.expect("a page").into_inner()
}

fn titles(answer: &ListTemplatesResponse) -> Vec<&str> {
    let titles = answer.templates.iter().map(|one| one.title.as_str());
    titles.collect()
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
    assert!(read(&first).reporting < read(&second).reporting);
    assert!(read(&second).reporting < read(&third).reporting);
    for (token, title, revision) in [
        (&first, "A report", 1),
        (&second, "A newer report", 2),
        (&third, "A newer report", 2),
    ] {
        let found = get(&world, token, "").await.expect("it was there");
        assert_eq!(found, (title.to_owned(), revision, token.clone()));
    }
    let request = GetTemplateRequest {
        name: "templates/it".to_owned(),
        revision: 2,
        at_snapshot: first.clone(),
        ..Default::default()
    };
    let early = world.reporting().get_template(request).await;
    refused(&early.expect_err("not saved yet")).is(Code::NotFound, "TEMPLATE_NOT_FOUND", &[]);
    assert_eq!(titles(&list(&world, &first, 0, "").await), ["A report"]);
    assert_eq!(
        titles(&list(&world, &second, 0, "").await),
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
        at_snapshot: now(&world).await,
        ..Default::default()
    };
    let other = world.reporting().list_templates(request).await;
    let other = other.expect_err("it is of another list");
    refused(&other).is(Code::InvalidArgument, "PAGE_TOKEN_INVALID", &["page_token"]);
}

/// What each read of reporting answers as of a token.
async fn reads(world: &World, report: &Report, at: &str, fresh: &str) -> Vec<Result<(), Status>> {
    let mut reporting = world.reporting();
    let (at, fresh) = (at.to_owned(), fresh.to_owned());
    let figures = ListFiguresRequest {
        report: report.name.clone(),
        at_snapshot: at.clone(),
        at_least_as_fresh: fresh.clone(),
        ..Default::default()
    };
    let found = GetReportRequest {
        name: report.name.clone(),
        at_snapshot: at.clone(),
        at_least_as_fresh: fresh.clone(),
    };
    let file = DownloadArtefactRequest {
        name: format!("{}/artefacts/html", report.name),
        at_snapshot: at.clone(),
        at_least_as_fresh: fresh.clone(),
    };
    let reports = ListReportsRequest {
        at_snapshot: at.clone(),
        at_least_as_fresh: fresh.clone(),
        ..Default::default()
    };
    let templates = ListTemplatesRequest {
        at_snapshot: at.clone(),
        at_least_as_fresh: fresh.clone(),
        ..Default::default()
    };
    vec![
        reporting.get_report(found).await.map(drop),
        reporting.list_figures(figures).await.map(drop),
        reporting.download_artefact(file).await.map(drop),
        reporting.list_reports(reports).await.map(drop),
        reporting.list_templates(templates).await.map(drop),
        get(world, &at, &fresh).await.map(drop),
    ]
}

async fn a_report_is_there_from_its_commit_on(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let before = now(&world).await;
    let report = made(&world, wanted("it", &[])).await;
    let after = now(&world).await;
    assert!(read(&before).reporting < read(&after).reporting);
    for early in &reads(&world, &report, &before, "").await[..3] {
        let early = early.as_ref().expect_err("it was not made yet");
        refused(early).is(Code::NotFound, "REPORT_NOT_FOUND", &[]);
    }
    for answer in reads(&world, &report, &after, "").await {
        answer.expect("it is there");
    }
    let known = async |at: &str| {
        let request = ListReportsRequest {
            at_snapshot: at.to_owned(),
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
        at_snapshot: after.clone(),
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
    let good = read(&now(&world).await);
    let ahead = good.with(Part::Reporting, good.reporting.map(|commit| commit + 1));
    let foreign = Token {
        installation: [7; 16],
        ..good
    };
    let text = good.encode();
    for bad in ["x", &text[1..], &ahead.encode(), &foreign.encode()] {
        for (at, fresh, field) in [(bad, "", "at_snapshot"), ("", bad, "at_least_as_fresh")] {
            for answer in reads(&world, &report, at, fresh).await {
                let refusal = answer.expect_err("it is no token");
                refused(&refusal).is(Code::InvalidArgument, "SNAPSHOT_TOKEN_INVALID", &[field]);
            }
        }
    }
    // Neither the registry nor metrics has seen anything of reporting.
    let (registry, metrics) = (of_registry(&world).await, of_metrics(&world, "").await);
    for silent in [&registry, &metrics, &report.snapshot] {
        for answer in reads(&world, &report, silent, "").await {
            let refusal = answer.expect_err("it says nothing about reporting");
            assert!(
                refusal.message().contains("at_least_as_fresh"),
                "{refusal:?}"
            );
            refused(&refusal).is(
                Code::InvalidArgument,
                "SNAPSHOT_TOKEN_INVALID",
                &["at_snapshot"],
            );
        }
        for answer in reads(&world, &report, "", silent).await {
            answer.expect("it asks for nothing of reporting");
        }
    }
    for answer in reads(&world, &report, &text, &text).await {
        let refusal = answer.expect_err("one of them");
        refused(&refusal).is(
            Code::InvalidArgument,
            "FIELD_INVALID",
            &["at_least_as_fresh"],
        );
    }
}

async fn a_token_that_came_in_goes_on_with_the_answer(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let own = now(&world).await;
    assert_eq!((read(&own).registry, read(&own).metrics), (None, None));
    let metrics = of_metrics(&world, &own).await;
    let whole = get(&world, "", &metrics).await.expect("it is there").2;
    assert_eq!(read(&whole).reporting, read(&own).reporting);
    assert_eq!(read(&whole).registry, read(&metrics).registry);
    assert_eq!(read(&whole).metrics, read(&metrics).metrics);
    // Metrics, too, keeps what it has no word on.
    assert_eq!(read(&metrics).reporting, read(&own).reporting);
}

async fn a_run_takes_the_template_of_its_token(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let metrics = of_metrics(&world, "").await;
    let whole = get(&world, "", &metrics).await.expect("it is there").2;
    rename(&world, "it", "A newer report").await;
    let at = |at_snapshot: &str, template_revision| RunReportRequest {
        at_snapshot: at_snapshot.to_owned(),
        template_revision,
        ..wanted("it", &[])
    };
    let then = made(&world, at(&whole, 0)).await;
    assert_eq!(
        (then.title.as_str(), then.template_revision),
        ("A report", 1)
    );
    // The report names what it is made from: no commit of reporting itself.
    assert_eq!(
        read(&then.snapshot),
        read(&whole).with(Part::Reporting, None)
    );
    let newer = made(&world, at(&whole, 2)).await;
    assert_eq!(
        (newer.title.as_str(), newer.template_revision),
        ("A newer report", 2)
    );
    let silent = made(&world, at(&metrics, 0)).await;
    assert_eq!(silent, newer);
    let again = made(&world, at(&then.snapshot, 1)).await;
    assert_eq!(again, then);
    // At a time before the template there was none.
    let empty = read(&whole).with(Part::Reporting, Some(0)).encode();
    let early = start(&world, at(&empty, 0))
        .await
        .expect_err("not saved yet");
    refused(&early).is(Code::NotFound, "TEMPLATE_NOT_FOUND", &[]);
}

async fn a_run_needs_a_token_that_speaks_of_figures_and_names(backend: Backend) {
    let world = stated(backend, yearly()).await;
    let metrics = read(&of_metrics(&world, "").await);
    for (token, missing) in [
        (of_registry(&world).await, "metrics"),
        (now(&world).await, "registry"),
        (metrics.with(Part::Registry, None).encode(), "registry"),
    ] {
        let request = RunReportRequest {
            at_snapshot: token,
            ..wanted("it", &[])
        };
        let refusal = start(&world, request).await.expect_err("it is not enough");
        assert!(refusal.message().contains(missing), "{refusal:?}");
        refused(&refusal).is(
            Code::InvalidArgument,
            "SNAPSHOT_TOKEN_INVALID",
            &["at_snapshot"],
        );
    }
}

async fn a_run_is_not_older_than_the_token_it_brings(backend: Backend) {
    let world = stated(backend, yearly()).await;
    for token in [
        of_registry(&world).await,
        of_metrics(&world, "").await,
        now(&world).await,
    ] {
        let request = RunReportRequest {
            at_least_as_fresh: token.clone(),
            ..wanted("it", &[])
        };
        let report = made(&world, request).await;
        let (asked, pinned) = (read(&token), read(&report.snapshot));
        assert!(pinned.registry >= asked.registry && pinned.metrics >= asked.metrics);
        assert!(pinned.registry.is_some() && pinned.metrics.is_some());
    }
    let good = read(&of_metrics(&world, "").await);
    let later = |commit: Option<i64>| commit.map(|commit| commit + 1000);
    for (ahead, code, reason) in [
        (
            good.with(Part::Metrics, later(good.metrics)),
            Code::InvalidArgument,
            "SNAPSHOT_TOKEN_INVALID",
        ),
        (
            good.with(Part::Reporting, Some(1000)),
            Code::InvalidArgument,
            "SNAPSHOT_TOKEN_INVALID",
        ),
    ] {
        let request = RunReportRequest {
            at_least_as_fresh: ahead.encode(),
            ..wanted("it", &[])
        };
        let refusal = refused(&start(&world, request).await.expect_err("never reached"));
        assert_eq!((refusal.code, refusal.reason.as_str()), (code, reason));
    }
    let both = RunReportRequest {
        at_snapshot: good.encode(),
        at_least_as_fresh: good.encode(),
        ..wanted("it", &[])
    };
    let refusal = start(&world, both).await.expect_err("one of them");
    refused(&refusal).is(
        Code::InvalidArgument,
        "FIELD_INVALID",
        &["at_least_as_fresh"],
    );
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
