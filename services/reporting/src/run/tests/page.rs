//! Pages: bounded, and of one snapshot.

use proto::reporting::v1::{
    Figure, ListFiguresRequest, ListTemplatesRequest, ListTemplatesResponse, TemplateView,
};
use proto::snapshot::v1::Consistency;
use rpc::{ANSWER_BYTES, Part, Sealer, Token};

use super::*;
use crate::report::Made;

impl House {
    async fn list(
        &self,
        view: TemplateView,
        page_token: &str,
        consistency: Option<Consistency>,
    ) -> ListTemplatesResponse {
        let request = ListTemplatesRequest {
            view: view.into(),
            page_size: if view == TemplateView::Full { 10 } else { 1 },
            page_token: page_token.to_owned(),
            consistency,
        };
        let answer = self.reporting.list_templates(Request::new(request)).await;
        answer.unwrap().into_inner()
    }
}

fn names(page: &ListTemplatesResponse) -> Vec<&str> {
    page.templates.iter().map(|one| one.name.as_str()).collect()
}

#[tokio::test]
async fn later_pages_keep_the_snapshot_of_the_first() {
    let house = house().await;
    for id in ["a", "c"] {
        house.save(id, template()).await;
    }
    // The snapshot carries what others have sealed along.
    let registry = Sealer::new(Part::Registry, b"theirs", 1);
    let stamp = registry.stamp(HERE, 7);
    let token = Token::of(HERE, Part::Registry, stamp);
    let fresh = rpc::at_least_as_fresh([token.encode()]);
    let first = house.list(TemplateView::Basic, "", fresh).await;
    assert_eq!(names(&first), ["templates/a"]);
    let told = Token::decode(&first.snapshot).unwrap();
    assert_eq!(told.part(Part::Registry), Some(stamp));
    house.save("b", template()).await;
    let newest = house.list(TemplateView::Basic, "", None).await.snapshot;
    for asked in [None, rpc::at_least_as_fresh([newest.clone()])] {
        let next = first.next_page_token.as_str();
        let second = house.list(TemplateView::Basic, next, asked).await;
        assert_eq!(names(&second), ["templates/c"]);
        assert_eq!(second.snapshot, first.snapshot);
        assert_eq!(second.next_page_token, "");
    }
    let exactly = rpc::at_snapshot(&first.snapshot);
    let again = house.list(TemplateView::Basic, "", exactly).await;
    assert_eq!(again, first);
}

#[tokio::test]
async fn a_page_token_is_good_for_its_list_and_its_view() {
    let house = house().await;
    for id in ["a", "b"] {
        house.save(id, template()).await;
    }
    let first = house.list(TemplateView::Basic, "", None).await;
    let request = ListTemplatesRequest {
        view: TemplateView::Full.into(),
        page_token: first.next_page_token.clone(),
        ..Default::default()
    };
    let other = house.reporting.list_templates(Request::new(request)).await;
    assert_eq!(reason(&other.unwrap_err()), "PAGE_TOKEN_INVALID");
    let request = ListReportsRequest {
        page_token: first.next_page_token,
        ..Default::default()
    };
    let other = house.reporting.list_reports(Request::new(request)).await;
    assert_eq!(reason(&other.unwrap_err()), "PAGE_TOKEN_INVALID");
}

/// A template of some 1.6 MB.
fn large() -> Template {
    let section = |number| Section {
        id: format!("s{number}"),
        paragraphs: vec!["x".repeat(4000); 20],
        ..template().sections[0].clone()
    };
    Template {
        sections: (0..20).map(section).collect(),
        ..template()
    }
}

#[tokio::test]
async fn a_page_of_whole_templates_fits_into_an_answer() {
    let house = house().await;
    for id in ["a", "b", "c", "d", "e"] {
        house.save(id, large()).await;
    }
    let (mut token, mut all, mut pages) = (String::new(), Vec::new(), 0);
    loop {
        let page = house.list(TemplateView::Full, &token, None).await;
        assert!(page.encoded_len() <= ANSWER_BYTES);
        all.extend(page.templates.iter().map(|one| one.name.clone()));
        pages += 1;
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(pages, 3);
    assert_eq!(
        all,
        ["a", "b", "c", "d", "e"].map(|id| format!("templates/{id}"))
    );
}

#[tokio::test]
async fn a_template_that_no_answer_holds_is_not_saved() {
    let house = house().await;
    let sections = large().sections;
    let section = |number: usize| Section {
        id: format!("s{number}"),
        ..sections[0].clone()
    };
    let request = CreateTemplateRequest {
        template_id: "large".to_owned(),
        template: Some(Template {
            sections: (0..45).map(section).collect(),
            ..template()
        }),
        ..Default::default()
    };
    let refused = house.reporting.create_template(Request::new(request)).await;
    let expected = ("FIELD_INVALID".to_owned(), vec!["template".to_owned()]);
    assert_eq!(faults(&refused.unwrap_err()), expected);
}

#[tokio::test]
async fn a_page_of_figures_fits_into_an_answer() {
    let house = house().await;
    house.save_template().await;
    let name = house.queue("bamboo").await;
    let store = &house.reporting.store;
    let lease = operation::lease(store).await.unwrap().unwrap();
    let figure = |number| Figure {
        number,
        text: "x".repeat(10_000),
        ..Default::default()
    };
    let made = Made {
        title: "Figures".to_owned(),
        figures: (1..=500)
            .map(|number| figure(number).encode_to_vec())
            .collect(),
        files: Vec::new(),
    };
    lease.finish(store, Some(&made)).await.unwrap();
    let made = report(&house.get(&name).await.unwrap());
    let (mut token, mut numbers, mut pages) = (String::new(), Vec::new(), 0);
    loop {
        let request = ListFiguresRequest {
            report: made.name.clone(),
            page_size: 1000,
            page_token: token,
            ..Default::default()
        };
        let answer = house.reporting.list_figures(Request::new(request)).await;
        let page = answer.unwrap().into_inner();
        assert!(page.encoded_len() <= ANSWER_BYTES);
        numbers.extend(page.figures.iter().map(|one| one.number));
        pages += 1;
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(pages, 2);
    assert_eq!(numbers, (1..=500).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_page_of_operations_fits_into_an_answer() {
    let house = house().await;
    house.save_template().await;
    for word in ["a", "b", "c"] {
        house.queue(word).await;
    }
    // Errors as large as none is, so that few runs fill an answer.
    let text = "x".repeat(ANSWER_BYTES / 2);
    let error = tonic_types::Status {
        message: text,
        ..Default::default()
    };
    let store = &house.reporting.store;
    while let Some(lease) = operation::lease(store).await.unwrap() {
        lease.fail(store, error.encode_to_vec()).await.unwrap();
    }
    let (mut token, mut counts) = (String::new(), Vec::new());
    loop {
        let request = ListOperationsRequest {
            page_token: token,
            ..Default::default()
        };
        let answer = house.reporting.list_operations(Request::new(request)).await;
        let page = answer.unwrap().into_inner();
        assert!(page.encoded_len() <= ANSWER_BYTES);
        counts.push(page.operations.len());
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(counts, [1, 1, 1]);
}
