//! What reporting promises beside templates, runs and figures: checks that leave nothing
//! behind, downloads that go on, faults all at once, pages of one snapshot.

use proto::reporting::v1::{
    DownloadArtefactRequest, GetTemplateRequest, IndicatorFormat, ListFiguresRequest,
    ListReportsRequest, ListTemplatesRequest, NumberFormat, RunReportRequest, ScaleWord, Section,
    Template, TemplateView,
};
use tonic::{Code, Status};

use crate::harness::{AT, Backend, World, at, fresh, on_both, refused, seeded};
use crate::reporting::{
    create, figures, look, made, observation, prose, quoted, report, start, state, template, wanted,
};

on_both!(
    a_check_of_a_run_is_done_and_not_kept,
    a_download_goes_on_where_it_broke,
    what_is_wrong_with_a_read_is_told_together,
    later_pages_keep_the_whole_snapshot_of_the_first,
    a_page_of_whole_templates_fits_into_an_answer,
    a_scale_alone_keeps_the_digits_of_the_claim,
    a_restored_peer_makes_tokens_expire,
);

const GDP: &str = "6087191746679.489";

fn words() -> Template {
    template(vec![prose("one", "Nothing but words.", Vec::new())])
}

/// A template that quotes the GDP of 2010.
fn quoting() -> Template {
    let bound = vec![quoted("gdp", observation("gdp", "2010"))];
    template(vec![prose("one", "It was {gdp}.", bound)])
}

async fn stated(backend: Backend) -> World {
    let world = seeded(backend).await;
    state(
        &world,
        "article",
        "first",
        &[("gdp", "2010", GDP, 0, "usd")],
    )
    .await;
    world
}

async fn a_check_of_a_run_is_done_and_not_kept(backend: Backend) {
    let world = stated(backend).await;
    create(&world, "it", quoting()).await.expect("it is good");
    let check = || RunReportRequest {
        validate_only: true,
        ..wanted("it", &[])
    };
    let checked = start(&world, check()).await.expect("it can be made");
    assert!(checked.done);
    let planned = report(&checked);
    assert_eq!(planned.template, "templates/it");
    assert!(planned.artefacts.is_empty());
    let gone = look(&world, &checked.name).await.expect_err("not kept");
    refused(&gone).is(Code::NotFound, "OPERATION_NOT_FOUND", &[]);
    let mut reporting = world.reporting();
    let none = reporting.list_reports(ListReportsRequest::default());
    let none = none.await.expect("a page").into_inner().reports;
    assert!(none.is_empty());
    let made = made(&world, wanted("it", &[])).await;
    assert_eq!(made.name, planned.name);
    let again = start(&world, check()).await.expect("it is there");
    assert_eq!(report(&again), made);
    let unknown = RunReportRequest {
        validate_only: true,
        ..wanted("none", &[])
    };
    let refusal = start(&world, unknown).await.expect_err("there is none");
    refused(&refusal).is(Code::NotFound, "TEMPLATE_NOT_FOUND", &[]);
}

async fn download(world: &World, name: &str, offset: i64) -> Result<Vec<u8>, Status> {
    let request = DownloadArtefactRequest {
        name: name.to_owned(),
        offset,
        ..Default::default()
    };
    let answer = world.reporting().download_artefact(request).await?;
    let (mut stream, mut content) = (answer.into_inner(), Vec::new());
    let mut first = true;
    while let Some(piece) = stream.message().await? {
        assert_eq!(piece.snapshot.is_empty(), !first);
        first = false;
        content.extend(piece.chunk);
    }
    assert!(!first, "one piece at least");
    Ok(content)
}

async fn a_download_goes_on_where_it_broke(backend: Backend) {
    let world = stated(backend).await;
    create(&world, "it", quoting()).await.expect("it is good");
    let made = made(&world, wanted("it", &[])).await;
    for file in &made.artefacts {
        let whole = download(&world, &file.name, 0).await.expect("it is there");
        let size = i64::try_from(whole.len()).expect("a small file");
        assert_eq!(size, file.size_bytes);
        for offset in [1, 65_535, 65_536, size - 1, size] {
            if offset <= size {
                let rest = download(&world, &file.name, offset).await;
                let from = usize::try_from(offset).expect("it is not negative");
                assert!(
                    rest.expect("it is within") == whole[from..],
                    "from {offset}"
                );
            }
        }
        for beyond in [-1, size + 1] {
            let refusal = download(&world, &file.name, beyond).await;
            let refusal = refused(&refusal.expect_err("there is nothing"));
            refusal.is(Code::InvalidArgument, "FIELD_INVALID", &["offset"]);
        }
    }
}

async fn what_is_wrong_with_a_read_is_told_together(backend: Backend) {
    let world = seeded(backend).await;
    let mut reporting = world.reporting();
    let request = GetTemplateRequest {
        name: "it".to_owned(),
        revision: -1,
        consistency: at("x"),
    };
    let refusal = reporting.get_template(request).await.expect_err("three");
    assert_eq!(refused(&refusal).fields, ["name", "revision", AT]);
    let request = ListTemplatesRequest {
        page_size: -1,
        page_token: "x".to_owned(),
        consistency: at("x"),
        ..Default::default()
    };
    let refusal = reporting.list_templates(request).await.expect_err("three");
    assert_eq!(refused(&refusal).fields, ["page_size", "page_token", AT]);
    let request = ListReportsRequest {
        filter: "colour = red".to_owned(),
        page_size: -1,
        consistency: at("x"),
        ..Default::default()
    };
    let refusal = reporting.list_reports(request).await.expect_err("three");
    assert_eq!(refused(&refusal).fields, ["filter", "page_size", AT]);
    let request = ListFiguresRequest {
        page_size: -1,
        ..Default::default()
    };
    let refusal = reporting.list_figures(request).await.expect_err("two");
    assert_eq!(refused(&refusal).fields, ["report", "page_size"]);
}

async fn later_pages_keep_the_whole_snapshot_of_the_first(backend: Backend) {
    let world = seeded(backend).await;
    for id in ["a", "c"] {
        create(&world, id, words()).await.expect("it is good");
    }
    let request = proto::metrics::v1::GetSnapshotRequest::default();
    let others = world.metrics().get_snapshot(request).await;
    let others = others.expect("a token").into_inner().snapshot;
    let list = async |page_token: &str, consistency| {
        let request = ListTemplatesRequest {
            page_size: 1,
            page_token: page_token.to_owned(),
            consistency,
            ..Default::default()
        };
        let answer = world.reporting().list_templates(request).await;
        answer.expect("a page").into_inner()
    };
    let first = list("", fresh([others])).await;
    create(&world, "b", words()).await.expect("it is good");
    let second = list(&first.next_page_token, None).await;
    assert_eq!(second.templates[0].name, "templates/c");
    assert_eq!(second.snapshot, first.snapshot, "what metrics sealed too");
}

async fn a_page_of_whole_templates_fits_into_an_answer(backend: Backend) {
    let world = seeded(backend).await;
    let section = |number| Section {
        paragraphs: vec!["x".repeat(4000); 20],
        ..prose(&format!("s{number}"), "", Vec::new())
    };
    let large = || template((0..20).map(section).collect());
    for id in ["a", "b", "c"] {
        create(&world, id, large()).await.expect("it is good");
    }
    let (mut names, mut token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let request = ListTemplatesRequest {
            view: TemplateView::Full.into(),
            page_token: token,
            ..Default::default()
        };
        // A client as it is generated takes no more than 4 MiB.
        let page = world.reporting().list_templates(request).await;
        let page = page.expect("it fits").into_inner();
        names.extend(page.templates.into_iter().map(|one| one.name));
        pages += 1;
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(names, ["templates/a", "templates/b", "templates/c"]);
    assert_eq!(pages, 2);
}

async fn a_scale_alone_keeps_the_digits_of_the_claim(backend: Backend) {
    let world = stated(backend).await;
    let asked = |decimals, scale: ScaleWord, bare_rank| Template {
        formats: vec![IndicatorFormat {
            indicator: "indicators/gdp".to_owned(),
            format: Some(NumberFormat {
                decimals,
                scale: scale.into(),
                bare_rank,
            }),
        }],
        ..quoting()
    };
    for (id, template, expected, rounded) in [
        (
            "unset",
            asked(None, ScaleWord::Trillion, false),
            "6.087191746679489 trillion usd",
            false,
        ),
        (
            "zero",
            asked(Some(0), ScaleWord::Trillion, false),
            "6 trillion usd",
            true,
        ),
        (
            "bare",
            asked(None, ScaleWord::Unspecified, true),
            "6,087,191,746,679.489 usd",
            false,
        ),
        (
            "none",
            asked(None, ScaleWord::None, false),
            "6,087,191,746,679.489 usd",
            false,
        ),
    ] {
        create(&world, id, template).await.expect("it is good");
        let made = made(&world, wanted(id, &[])).await;
        let cited = figures(&world, &made).await;
        assert_eq!(
            (cited[0].text.as_str(), cited[0].rounded),
            (expected, rounded)
        );
    }
}

async fn a_restored_peer_makes_tokens_expire(backend: Backend) {
    let mut world = stated(backend).await;
    create(&world, "it", quoting()).await.expect("it is good");
    let made = made(&world, wanted("it", &[])).await;
    world.terminate().await;
    let restored = world.command(&["mark-restored"]);
    let marked = crate::harness::process::output(restored).await;
    assert!(marked.status.success(), "{marked:?}");
    world.restart().await;
    let then = RunReportRequest {
        consistency: at(&made.snapshot),
        ..wanted("it", &[])
    };
    let refusal = start(&world, then).await.expect_err("it is of before");
    refused(&refusal).is(Code::FailedPrecondition, "SNAPSHOT_TOKEN_EXPIRED", &[AT]);
}
