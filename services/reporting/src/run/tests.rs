//! The service over a database of its own, with peers that nobody answers for, or that answer
//! as a test says.

mod hold;
mod made;
mod page;
mod pinned;
mod read;
mod snapshot;
mod stable;
mod template;
mod watch;

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
    CreateTemplateRequest, CreateTemplateResponse, DownloadArtefactRequest, GetTemplateRequest,
    ListReportsRequest, Parameter, ParameterType, Report, RunReportMetadata, RunReportRequest,
    RunReportResponse, Section, Template, UpdateTemplateRequest,
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
    folder: TempDir,
}

/// The installation that the registry told of.
const HERE: [u8; 16] = [0x42; 16];

async fn house() -> House {
    house_with(nobody()).await
}

/// Peers that nobody answers for.
fn nobody() -> [rpc::Peer; 2] {
    let peer = || rpc::Propagate::over(Endpoint::from_static("http://127.0.0.1:1").connect_lazy());
    [peer(), peer()]
}

async fn house_with(peers: [rpc::Peer; 2]) -> House {
    let folder = tempfile::tempdir().unwrap();
    let config = config(&folder);
    store::migration::migrate(&config, NAME, MIGRATIONS)
        .await
        .unwrap();
    let store = Store::open(&config, NAME).await.unwrap();
    know_installation(&store).await;
    open(store, peers, folder).await
}

fn config(folder: &TempDir) -> DatabaseConfig {
    DatabaseConfig {
        url: format!("sqlite:{}", folder.path().join("reporting.db").display()).into(),
        max_connections: 4,
        acquire_timeout_secs: 5,
        statement_timeout_secs: 5,
    }
}

async fn open(store: Store, peers: [rpc::Peer; 2], folder: TempDir) -> House {
    let shutdown = CancellationToken::new();
    let reporting = Reporting::open(store, peers, Typesetter::Here, shutdown.clone())
        .await
        .unwrap();
    House {
        reporting,
        shutdown,
        folder,
    }
}

/// As after the first word of the registry.
async fn know_installation(store: &Store) {
    let txn = store.begin().await.unwrap();
    let id = uuid::Uuid::from_bytes(HERE).simple().to_string();
    let keep = "INSERT INTO followed (installation) VALUES ($1)";
    query::run(&txn, keep, [id.into()]).await.unwrap();
    txn.commit().await.unwrap();
}

impl House {
    async fn save_template(&self) -> Template {
        self.save("words", template()).await
    }

    async fn save(&self, id: &str, template: Template) -> Template {
        let request = CreateTemplateRequest {
            template_id: id.to_owned(),
            template: Some(template),
            ..Default::default()
        };
        let saved = self
            .reporting
            .create_template(Request::new(request))
            .await
            .unwrap();
        saved.into_inner().template.unwrap()
    }

    /// The same as after its backup was restored, and the server started again.
    async fn restored(self) -> House {
        store::begin_epoch(&self.reporting.store).await.unwrap();
        self.reporting.store.close().await;
        let store = Store::open(&config(&self.folder), NAME).await.unwrap();
        open(store, nobody(), self.folder).await
    }

    /// Queues a run as RunReport does once its peers have answered.
    async fn queue(&self, word: &str) -> String {
        self.queue_as_of(word, None).await
    }

    async fn queue_as_of(&self, word: &str, as_of: Option<i64>) -> String {
        self.queue_recipe("words", word, as_of).await
    }

    async fn queue_of(&self, template: &str, word: &str) -> String {
        self.queue_recipe(template, word, None).await
    }

    async fn queue_recipe(&self, template: &str, word: &str, as_of: Option<i64>) -> String {
        let recipe = Recipe {
            template: template.to_owned(),
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

/// The fields that an error names, with the reason of the error.
fn faults(status: &Status) -> (String, Vec<String>) {
    let details = status.get_error_details();
    let violations = details
        .bad_request()
        .map(|one| one.field_violations.clone());
    let fields = violations.unwrap_or_default();
    let fields = fields.into_iter().map(|one| one.field).collect();
    (reason(status), fields)
}
