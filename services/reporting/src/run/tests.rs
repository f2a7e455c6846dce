use std::collections::BTreeMap;
use std::time::Duration;

use futures::TryStreamExt as _;
use prost::Message as _;
use proto::longrunning::operation::Result as Outcome;
use proto::longrunning::operations_server::Operations as _;
use proto::longrunning::{
    CancelOperationRequest, DeleteOperationRequest, GetOperationRequest, ListOperationsRequest,
    Operation, WaitOperationRequest,
};
use proto::reporting::v1::reporting_service_server::ReportingService as _;
use proto::reporting::v1::{
    CreateTemplateRequest, DownloadArtefactRequest, GetTemplateRequest, ListReportsRequest,
    Parameter, ParameterType, Report, RunReportMetadata, RunReportRequest, RunReportResponse,
    Section, Template, UpdateTemplateRequest,
};
use store::{DatabaseConfig, Store};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tonic::transport::Endpoint;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use crate::operation::{self, Hold};
use crate::report::Recipe;
use crate::{MIGRATIONS, NAME, Reporting, Typesetter, convert, query};

/// A service over a database of its own, with peers that nobody answers for.
struct House {
    reporting: Reporting,
    shutdown: CancellationToken,
    _folder: TempDir,
}

async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let config = DatabaseConfig {
        url: format!("sqlite:{}", folder.path().join("reporting.db").display()).into(),
        max_connections: 4,
        acquire_timeout_secs: 5,
        statement_timeout_secs: 5,
    };
    store::migration::migrate(&config, NAME, MIGRATIONS)
        .await
        .unwrap();
    let store = Store::open(&config, NAME).await.unwrap();
    know_installation(&store).await;
    let peer = || rpc::Propagate::over(Endpoint::from_static("http://127.0.0.1:1").connect_lazy());
    let shutdown = CancellationToken::new();
    let reporting = Reporting::open(store, [peer(), peer()], Typesetter::Here, shutdown.clone())
        .await
        .unwrap();
    House {
        reporting,
        shutdown,
        _folder: folder,
    }
}

/// As after the first word of the registry.
async fn know_installation(store: &Store) {
    let txn = store.begin().await.unwrap();
    let id = "0123456789abcdef0123456789abcdef";
    let keep = "INSERT INTO followed (installation) VALUES ($1)";
    query::run(&txn, keep, [id.into()]).await.unwrap();
    txn.commit().await.unwrap();
}

impl House {
    async fn save_template(&self) -> Template {
        let request = CreateTemplateRequest {
            template_id: "words".to_owned(),
            template: Some(template()),
            ..Default::default()
        };
        let saved = self
            .reporting
            .create_template(Request::new(request))
            .await
            .unwrap();
        saved.into_inner().template.unwrap()
    }

    /// Queues a run as RunReport does once its peers have answered.
    async fn queue(&self, word: &str) -> String {
        self.queue_as_of(word, None).await
    }

    async fn queue_as_of(&self, word: &str, as_of: Option<i64>) -> String {
        let recipe = Recipe {
            template: "words".to_owned(),
            template_revision: 1,
            language: "en".to_owned(),
            parameters: BTreeMap::from([("word".to_owned(), word.to_owned())]),
            snapshot: "a snapshot".to_owned(),
            as_of,
        };
        let txn = self.reporting.store.begin().await.unwrap();
        let queued = operation::create(&txn, &recipe).await.unwrap();
        txn.commit().await.unwrap();
        convert::operation::name(&queued.id)
    }

    async fn get(&self, name: &str) -> Result<Operation, Status> {
        let request = GetOperationRequest {
            name: name.to_owned(),
        };
        Ok(self
            .reporting
            .get_operation(Request::new(request))
            .await?
            .into_inner())
    }

    async fn cancel(&self, name: &str) {
        let request = CancelOperationRequest {
            name: name.to_owned(),
        };
        self.reporting
            .cancel_operation(Request::new(request))
            .await
            .unwrap();
    }

    /// Lets a worker work until the operation has ended.
    async fn finished(&self, name: &str) -> Operation {
        let request = WaitOperationRequest {
            name: name.to_owned(),
            timeout: None,
        };
        let waiting = self.reporting.wait_operation(Request::new(request));
        tokio::select! {
            ended = waiting => ended.unwrap().into_inner(),
            () = self.reporting.clone().work(2) => panic!("the worker stopped"),
        }
    }

    async fn download(&self, report: &Report) -> Vec<u8> {
        let request = DownloadArtefactRequest {
            name: report.artefacts[0].name.clone(),
            ..DownloadArtefactRequest::default()
        };
        let pieces = self
            .reporting
            .download_artefact(Request::new(request))
            .await
            .unwrap()
            .into_inner();
        let pieces: Vec<_> = pieces.try_collect().await.unwrap();
        assert!(pieces.iter().all(|piece| piece.chunk.len() <= 64 * 1024));
        pieces.concat()
    }
}

/// Pieces of a download put together.
trait Concat {
    fn concat(self) -> Vec<u8>;
}

impl Concat for Vec<proto::reporting::v1::DownloadArtefactResponse> {
    fn concat(self) -> Vec<u8> {
        self.into_iter().flat_map(|piece| piece.chunk).collect()
    }
}

fn template() -> Template {
    Template {
        title: "About ${word}".to_owned(),
        parameters: vec![Parameter {
            key: "word".to_owned(),
            r#type: ParameterType::Text.into(),
            ..Default::default()
        }],
        sections: vec![Section {
            id: "one".to_owned(),
            heading: "One".to_owned(),
            paragraphs: vec!["Nothing but ${word}.".to_owned()],
            ..Default::default()
        }],
        ..Default::default()
    }
}

fn report(operation: &Operation) -> Report {
    match &operation.result {
        Some(Outcome::Response(any)) => RunReportResponse::decode(any.value.as_slice())
            .unwrap()
            .report
            .unwrap(),
        other => panic!("no response but {other:?}"),
    }
}

fn metadata(operation: &Operation) -> RunReportMetadata {
    RunReportMetadata::decode(operation.metadata.as_ref().unwrap().value.as_slice()).unwrap()
}

fn text(page: Vec<u8>) -> String {
    String::from_utf8(page).unwrap()
}

fn reason(status: &Status) -> String {
    status
        .get_error_details()
        .error_info()
        .unwrap()
        .reason
        .clone()
}

#[tokio::test]
async fn a_run_ends_with_a_report_that_can_be_downloaded() {
    let house = house().await;
    house.save_template().await;
    let name = house.queue("bamboo").await;
    assert!(!house.get(&name).await.unwrap().done);
    let ended = house.finished(&name).await;
    let report = report(&ended);
    assert_eq!(report.title, "About bamboo");
    let page = house.download(&report).await;
    assert_eq!(page.len() as i64, report.artefacts[0].size_bytes);
    let text = String::from_utf8(page).unwrap();
    assert!(
        text.contains("Nothing but <span class=\"entity\">bamboo</span>."),
        "{text}"
    );
    let done = metadata(&ended);
    assert_eq!((done.steps_done, done.steps_total), (3, 3));
}

#[tokio::test]
async fn the_same_recipe_makes_the_same_report_once() {
    let house = house().await;
    house.save_template().await;
    let (first, second) = (house.queue("bamboo").await, house.queue("bamboo").await);
    let (a, b) = (
        report(&house.finished(&first).await),
        report(&house.finished(&second).await),
    );
    assert_eq!(a, b);
    let third = house.queue("bamboo").await;
    assert!(house.get(&third).await.unwrap().done, "it was made before");
    let other = house.queue("willow").await;
    assert_ne!(report(&house.finished(&other).await).name, a.name);
    let request = ListReportsRequest::default();
    let listed = house
        .reporting
        .list_reports(Request::new(request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.reports.len(), 2);
}

#[tokio::test]
async fn a_report_as_of_another_time_is_another_report_and_says_so() {
    /// 2016-12-31, its last microsecond.
    const DAY: i64 = 1_483_228_799_999_999;
    let house = house().await;
    house.save_template().await;
    let now = report(&house.finished(&house.queue("bamboo").await).await);
    assert_eq!(now.as_of, None);
    assert!(!text(house.download(&now).await).contains("as known"));
    let cases = [
        (DAY, "as known on 2016-12-31"),
        (DAY - 999_999, "as known at 2016-12-31T23:59:59Z"),
        (-1, "as known on 1969-12-31"),
    ];
    for (as_of, said) in cases {
        let name = house.queue_as_of("bamboo", Some(as_of)).await;
        let then = report(&house.finished(&name).await);
        assert_ne!(then.name, now.name);
        assert_eq!(then.as_of, Some(convert::timestamp(as_of)));
        assert_eq!(then.parameters, now.parameters);
        let page = text(house.download(&then).await);
        let (_, footer) = page.split_once("<footer>").unwrap();
        assert!(footer.contains(&format!("Figures {said}")), "{footer}");
        assert!(footer.contains("Parameters: word = bamboo."), "{footer}");
    }
}

#[tokio::test]
async fn a_waiting_run_that_is_cancelled_never_begins() {
    let house = house().await;
    house.save_template().await;
    let name = house.queue("bamboo").await;
    house.cancel(&name).await;
    let ended = house.get(&name).await.unwrap();
    let Some(Outcome::Error(status)) = &ended.result else {
        panic!("no error but {:?}", ended.result);
    };
    assert_eq!(status.code, Code::Cancelled as i32);
    assert!(
        operation::lease(&house.reporting.store)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_running_run_that_is_cancelled_stops_at_its_next_step() {
    let house = house().await;
    house.save_template().await;
    let name = house.queue("bamboo").await;
    let lease = operation::lease(&house.reporting.store)
        .await
        .unwrap()
        .unwrap();
    house.cancel(&name).await;
    super::perform(&house.reporting, &lease).await;
    let ended = house.get(&name).await.unwrap();
    assert!(ended.done);
    assert!(
        matches!(ended.result, Some(Outcome::Error(ref status)) if status.code == Code::Cancelled as i32)
    );
    let listed = house
        .reporting
        .list_reports(Request::new(ListReportsRequest::default()))
        .await
        .unwrap();
    assert!(listed.into_inner().reports.is_empty());
}

#[tokio::test]
async fn only_the_holder_of_a_run_can_end_it() {
    let house = house().await;
    house.save_template().await;
    let store = &house.reporting.store;
    let name = house.queue("bamboo").await;
    let dead = operation::lease(store).await.unwrap().unwrap();
    assert!(
        operation::lease(store).await.unwrap().is_none(),
        "it is held"
    );
    dead.give_back(store).await.unwrap();
    let alive = operation::lease(store).await.unwrap().unwrap();
    assert_eq!(dead.renew(store).await.unwrap(), Hold::Lost);
    dead.fail(store, Vec::new()).await.unwrap();
    assert_eq!(dead.finish(store, None).await.unwrap(), Hold::Lost);
    assert!(!house.get(&name).await.unwrap().done);
    super::perform(&house.reporting, &alive).await;
    assert_eq!(
        report(&house.get(&name).await.unwrap()).title,
        "About bamboo"
    );
}

#[tokio::test]
async fn a_run_whose_worker_fell_silent_is_taken_over() {
    let house = house().await;
    house.save_template().await;
    let store = &house.reporting.store;
    let name = house.queue("bamboo").await;
    operation::lease(store).await.unwrap().unwrap();
    let txn = store.begin().await.unwrap();
    crate::query::run(&txn, "UPDATE operation SET lease_until = 1", [])
        .await
        .unwrap();
    txn.commit().await.unwrap();
    assert_eq!(report(&house.finished(&name).await).title, "About bamboo");
}

#[tokio::test]
async fn a_deleted_operation_is_not_found_and_its_run_goes_on() {
    let house = house().await;
    house.save_template().await;
    let name = house.queue("bamboo").await;
    let lease = operation::lease(&house.reporting.store)
        .await
        .unwrap()
        .unwrap();
    let request = DeleteOperationRequest { name: name.clone() };
    house
        .reporting
        .delete_operation(Request::new(request))
        .await
        .unwrap();
    assert_eq!(
        reason(&house.get(&name).await.unwrap_err()),
        "OPERATION_NOT_FOUND"
    );
    super::perform(&house.reporting, &lease).await;
    let listed = house
        .reporting
        .list_reports(Request::new(ListReportsRequest::default()))
        .await
        .unwrap();
    assert_eq!(listed.into_inner().reports.len(), 1);
}

#[tokio::test]
async fn operations_are_listed_in_pages_newest_first_and_by_state() {
    let house = house().await;
    house.save_template().await;
    let mut names = Vec::new();
    for word in ["a", "b", "c"] {
        names.insert(0, house.queue(word).await);
    }
    house.cancel(&names[1]).await;
    let list = |filter: &str, page_size, page_token: &str| {
        let request = ListOperationsRequest {
            filter: filter.to_owned(),
            page_size,
            page_token: page_token.to_owned(),
            ..Default::default()
        };
        house.reporting.list_operations(Request::new(request))
    };
    let first = list("", 2, "").await.unwrap().into_inner();
    let second = list("", 2, &first.next_page_token)
        .await
        .unwrap()
        .into_inner();
    let listed: Vec<_> = first
        .operations
        .iter()
        .chain(&second.operations)
        .map(|one| one.name.clone())
        .collect();
    assert_eq!(listed, names);
    assert_eq!(second.next_page_token, "");
    let done = list("done = true", 0, "").await.unwrap().into_inner();
    assert_eq!(done.operations.len(), 1);
    let waiting = list("done = false", 0, "").await.unwrap().into_inner();
    assert_eq!(waiting.operations.len(), 2);
    let error = list("colour = red", 0, "").await.unwrap_err();
    assert_eq!(reason(&error), "FILTER_INVALID");
}

#[tokio::test]
async fn waiting_ends_when_the_time_is_up() {
    let house = house().await;
    house.save_template().await;
    let name = house.queue("bamboo").await;
    let request = WaitOperationRequest {
        name,
        timeout: Some(prost_types::Duration {
            seconds: 0,
            nanos: 1,
        }),
    };
    let waited = tokio::time::timeout(
        Duration::from_secs(5),
        house.reporting.wait_operation(Request::new(request)),
    );
    assert!(!waited.await.unwrap().unwrap().into_inner().done);
}

#[tokio::test]
async fn a_shutdown_ends_the_workers() {
    let house = house().await;
    house.shutdown.cancel();
    tokio::time::timeout(Duration::from_secs(5), house.reporting.clone().work(2))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_run_as_of_no_time_there_is_does_not_start() {
    let house = house().await;
    house.save_template().await;
    for (seconds, nanos) in [(i64::MAX, 0), (i64::MIN, 0), (0, -1), (0, 1_000_000_000)] {
        let request = RunReportRequest {
            template: "templates/words".to_owned(),
            as_of: Some(prost_types::Timestamp { seconds, nanos }),
            ..Default::default()
        };
        let status = house.reporting.run_report(Request::new(request)).await;
        assert_eq!(reason(&status.unwrap_err()), "FIELD_INVALID");
    }
}

#[tokio::test]
async fn without_peers_a_run_does_not_start() {
    let house = house().await;
    house.save_template().await;
    let request = RunReportRequest {
        template: "templates/words".to_owned(),
        parameters: BTreeMap::from([("word".to_owned(), "bamboo".to_owned())]),
        ..Default::default()
    };
    let status = house
        .reporting
        .run_report(Request::new(request))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unavailable, "PEER_UNAVAILABLE")
    );
}

#[tokio::test]
async fn a_run_names_its_faults_before_it_starts() {
    let house = house().await;
    house.save_template().await;
    let run = |template: &str, parameters: &[(&str, &str)], token: &str| {
        let parameters = parameters
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let request = RunReportRequest {
            template: template.to_owned(),
            parameters,
            at_snapshot: token.to_owned(),
            ..Default::default()
        };
        house.reporting.run_report(Request::new(request))
    };
    let cases = [
        (
            "templates/none",
            vec![("word", "x")],
            "",
            "TEMPLATE_NOT_FOUND",
        ),
        ("words", vec![("word", "x")], "", "FIELD_INVALID"),
        ("templates/words", vec![], "", "PARAMETER_INVALID"),
        (
            "templates/words",
            vec![("word", "x"), ("other", "y")],
            "",
            "PARAMETER_INVALID",
        ),
        (
            "templates/words",
            vec![("word", "x")],
            "rubbish",
            "SNAPSHOT_TOKEN_INVALID",
        ),
    ];
    for (template, parameters, token, expected) in cases {
        let status = run(template, &parameters, token).await.unwrap_err();
        assert_eq!(reason(&status), expected);
    }
}

#[tokio::test]
async fn templates_keep_every_revision() {
    let house = house().await;
    let first = house.save_template().await;
    assert_eq!(first.revision, 1);
    let update = |title: &str, etag: &str, path: &str| {
        let template = Template {
            name: "templates/words".to_owned(),
            title: title.to_owned(),
            etag: etag.to_owned(),
            ..Default::default()
        };
        let request = UpdateTemplateRequest {
            template: Some(template),
            update_mask: Some(prost_types::FieldMask {
                paths: vec![path.to_owned()],
            }),
        };
        house.reporting.update_template(Request::new(request))
    };
    let same = update(&first.title, &first.etag, "title")
        .await
        .unwrap()
        .into_inner()
        .template
        .unwrap();
    assert_eq!(same, first, "equal content makes no revision");
    let second = update("Of ${word}", &first.etag, "title")
        .await
        .unwrap()
        .into_inner()
        .template
        .unwrap();
    assert_eq!((second.revision, second.title.as_str()), (2, "Of ${word}"));
    assert_eq!(second.sections, first.sections);
    let stale = update("Late", &first.etag, "title").await.unwrap_err();
    assert_eq!(
        (stale.code(), reason(&stale).as_str()),
        (Code::Aborted, "ETAG_MISMATCH")
    );
    let unknown = update("Late", "", "colour").await.unwrap_err();
    assert_eq!(reason(&unknown), "UPDATE_MASK_INVALID");
    let fixed = update("Late", "", "revision").await.unwrap_err();
    assert_eq!(reason(&fixed), "FIELD_IMMUTABLE");
    let request = GetTemplateRequest {
        name: "templates/words".to_owned(),
        revision: 1,
        ..GetTemplateRequest::default()
    };
    let old = house
        .reporting
        .get_template(Request::new(request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(old.template.unwrap(), first);
}

#[tokio::test]
async fn creating_a_template_twice_returns_already_exists() {
    let house = house().await;
    house.save_template().await;
    for validate_only in [true, false] {
        let request = CreateTemplateRequest {
            template_id: "words".to_owned(),
            template: Some(template()),
            validate_only,
            ..Default::default()
        };
        let status = house
            .reporting
            .create_template(Request::new(request))
            .await
            .unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::AlreadyExists, "TEMPLATE_EXISTS")
        );
    }
}

#[tokio::test]
async fn a_repeated_request_for_a_template_answers_as_the_first_time() {
    let house = house().await;
    let create = |id: &str, request_id: &str, validate_only: bool| {
        let request = CreateTemplateRequest {
            template_id: id.to_owned(),
            template: Some(template()),
            validate_only,
            request_id: request_id.to_owned(),
        };
        house.reporting.create_template(Request::new(request))
    };
    let id = "0b6a6a0e-55d8-4d8f-8d43-6a4b8a9c1e01";
    let first = create("words", id, false).await.unwrap().into_inner();
    let again = create("words", id, false).await.unwrap().into_inner();
    assert_eq!(again, first);
    for (template, validate_only) in [("others", false), ("words", true)] {
        let status = create(template, id, validate_only).await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::InvalidArgument, "REQUEST_ID_REUSED")
        );
    }
    let fresh = "0b6a6a0e-55d8-4d8f-8d43-6a4b8a9c1e02";
    let taken = create("words", fresh, false).await.unwrap_err();
    assert_eq!(reason(&taken), "TEMPLATE_EXISTS");
    create("others", fresh, true).await.unwrap();
    let made = create("others", fresh, false).await.unwrap().into_inner();
    assert_eq!(
        made.template.unwrap().revision,
        1,
        "a check keeps no answer"
    );
    let malformed = create("third", "not a uuid", false).await.unwrap_err();
    assert_eq!(reason(&malformed), "FIELD_INVALID");
}
