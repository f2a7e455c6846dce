//! Reads: what is refused, all at once, and what they answer.

use proto::longrunning::ListOperationsRequest;
use proto::reporting::v1::{
    GetReportRequest, GetSnapshotRequest, ListFiguresRequest, ListTemplatesRequest, TemplateView,
    WatchChangesRequest,
};
use proto::snapshot::v1::{Consistency, WatchStart, consistency, watch_start};
use rpc::{Part, Sealer, Token};

use super::*;

fn not_newest() -> Option<Consistency> {
    Some(Consistency {
        requirement: Some(consistency::Requirement::Newest(false)),
    })
}

fn check<T>(answer: Result<T, Status>, expected: &[&str]) {
    let Err(status) = answer else {
        panic!("nothing is refused");
    };
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(faults(&status).1, expected);
}

fn rubbish() -> Option<Consistency> {
    rpc::at_snapshot("rubbish")
}

#[tokio::test]
async fn what_is_wrong_with_a_read_is_told_together() {
    let house = house().await;
    let service = &house.reporting;
    let request = GetTemplateRequest {
        name: "x".to_owned(),
        revision: -1,
        consistency: rubbish(),
    };
    let answer = service.get_template(Request::new(request)).await;
    check(answer, &["name", "revision", "consistency.at_snapshot"]);
    let request = GetReportRequest {
        name: "reports/A".to_owned(),
        consistency: rubbish(),
    };
    let answer = service.get_report(Request::new(request)).await;
    check(answer, &["name", "consistency.at_snapshot"]);
    let request = DownloadArtefactRequest {
        name: "reports/a".to_owned(),
        offset: -1,
        consistency: rubbish(),
    };
    let answer = service.download_artefact(Request::new(request)).await;
    check(answer, &["name", "offset", "consistency.at_snapshot"]);
    let request = WatchChangesRequest {
        kinds: vec![0, 1, 1],
        start: Some(WatchStart {
            start: Some(watch_start::Start::Earliest(false)),
        }),
    };
    let answer = service.watch_changes(Request::new(request)).await;
    check(answer, &["kinds[0]", "kinds[2]", "start.earliest"]);
}

#[tokio::test]
async fn what_is_wrong_with_a_list_is_told_together() {
    let house = house().await;
    let service = &house.reporting;
    let request = ListTemplatesRequest {
        view: 9,
        page_size: -1,
        page_token: "rubbish".to_owned(),
        consistency: not_newest(),
    };
    let answer = service.list_templates(Request::new(request)).await;
    check(
        answer,
        &["view", "page_size", "page_token", "consistency.newest"],
    );
    let request = ListReportsRequest {
        filter: "colour = red".to_owned(),
        page_size: -1,
        page_token: "rubbish".to_owned(),
        consistency: rubbish(),
    };
    let answer = service.list_reports(Request::new(request)).await;
    check(
        answer,
        &[
            "filter",
            "page_size",
            "page_token",
            "consistency.at_snapshot",
        ],
    );
    let request = ListFiguresRequest {
        page_size: -1,
        consistency: rubbish(),
        ..Default::default()
    };
    let answer = service.list_figures(Request::new(request)).await;
    check(answer, &["report", "page_size", "consistency.at_snapshot"]);
    let request = ListOperationsRequest {
        name: "runs".to_owned(),
        filter: "colour = red".to_owned(),
        page_size: -1,
        page_token: "rubbish".to_owned(),
    };
    let answer = service.list_operations(Request::new(request)).await;
    check(answer, &["name", "filter", "page_size", "page_token"]);
}

#[tokio::test]
async fn a_token_that_is_not_ours_is_told_with_what_else_is_wrong() {
    let house = house().await;
    let guess = Sealer::new(Part::Reporting, b"guess", 1);
    let forged = Token::of(HERE, Part::Reporting, guess.stamp(HERE, 0));
    let foreign = Token::of([1; 16], Part::Registry, guess.stamp([1; 16], 0));
    for token in [forged, foreign] {
        let request = GetReportRequest {
            name: "x".to_owned(),
            consistency: rpc::at_snapshot(&token.encode()),
        };
        let answer = house.reporting.get_report(Request::new(request)).await;
        check(answer, &["name", "consistency.at_snapshot"]);
    }
}

#[tokio::test]
async fn requests_that_cannot_be_read_are_refused_though_nothing_can_be_read_here() {
    let house = house().await;
    house.reporting.store.close().await;
    let request = GetReportRequest {
        name: "x".to_owned(),
        ..Default::default()
    };
    let answer = house.reporting.get_report(Request::new(request)).await;
    check(answer, &["name"]);
    let request = GetSnapshotRequest::default();
    let away = house.reporting.get_snapshot(Request::new(request)).await;
    assert_eq!(reason(&away.unwrap_err()), "DATABASE_UNAVAILABLE");
}

#[tokio::test]
async fn lists_have_whole_templates_only_where_that_is_asked_for() {
    let house = house().await;
    let whole = Template {
        publisher: "somebody".to_owned(),
        editions: vec![proto::reporting::v1::Edition {
            language: "zh-Hans".to_owned(),
            texts: [
                ("title", "关于${word}"),
                ("publisher", "某人"),
                ("sections.one.heading", "一"),
                ("sections.one.paragraphs.0", "只有${word}。"),
            ]
            .map(|(place, text)| (place.to_owned(), text.to_owned()))
            .into(),
        }],
        ..template()
    };
    let saved = house.save("words", whole).await;
    let list = async |view: TemplateView| {
        let request = ListTemplatesRequest {
            view: view.into(),
            ..Default::default()
        };
        let answer = house.reporting.list_templates(Request::new(request)).await;
        answer.unwrap().into_inner().templates
    };
    let whole = list(TemplateView::Full).await;
    assert_eq!(whole, std::slice::from_ref(&saved));
    let basic = Template {
        sections: Vec::new(),
        editions: Vec::new(),
        ..saved
    };
    for view in [TemplateView::Basic, TemplateView::Unspecified] {
        assert_eq!(list(view).await, std::slice::from_ref(&basic));
    }
}

#[tokio::test]
async fn reports_are_filtered_by_template_and_language() {
    let house = house().await;
    house.save_template().await;
    house.save("others", template()).await;
    let own = report(&house.finished(&house.queue("bamboo").await).await);
    let other = house.queue_of("others", "willow").await;
    let other = report(&house.finished(&other).await);
    let list = async |filter: &str| {
        let request = ListReportsRequest {
            filter: filter.to_owned(),
            ..Default::default()
        };
        let answer = house.reporting.list_reports(Request::new(request)).await;
        let reports = answer.unwrap().into_inner().reports;
        reports.into_iter().map(|one| one.name).collect::<Vec<_>>()
    };
    assert_eq!(list("").await, [other.name.clone(), own.name.clone()]);
    let of_words = list("template = \"templates/words\"").await;
    assert_eq!(of_words, std::slice::from_ref(&own.name));
    assert_eq!(list("language = \"zh-Hans\"").await, [""; 0]);
    let both = list("language = en AND template != \"templates/words\"").await;
    assert_eq!(both, [other.name]);
    let request = ListReportsRequest::default();
    let listed = house.reporting.list_reports(Request::new(request)).await;
    let listed = listed.unwrap().into_inner().reports;
    assert_eq!(listed[1], own, "with its files");
}

#[tokio::test]
async fn a_download_begins_where_it_is_asked_to() {
    let house = house().await;
    house.save_template().await;
    let made = report(&house.finished(&house.queue("bamboo").await).await);
    // The printed report is more than one piece long.
    let file = &made.artefacts[1];
    let download = async |offset: i64| {
        let request = DownloadArtefactRequest {
            name: file.name.clone(),
            offset,
            ..Default::default()
        };
        let pieces = house
            .reporting
            .download_artefact(Request::new(request))
            .await?;
        pieces.into_inner().try_collect::<Vec<_>>().await
    };
    let whole = download(0).await.unwrap().concat();
    let size = whole.len();
    assert_eq!(size as i64, file.size_bytes);
    let pieces = [0, 1, 65_535, 65_536, size / 2, size - 1, size];
    for offset in pieces.into_iter().filter(|offset| *offset <= size) {
        let pieces = download(offset as i64).await.unwrap();
        assert!(!pieces[0].snapshot.is_empty());
        assert!(pieces[1..].iter().all(|piece| piece.snapshot.is_empty()));
        assert_eq!(pieces.concat(), whole[offset..], "from {offset}");
    }
    let beyond = download(size as i64 + 1).await.unwrap_err();
    assert_eq!(
        faults(&beyond),
        ("FIELD_INVALID".to_owned(), vec!["offset".to_owned()])
    );
}
