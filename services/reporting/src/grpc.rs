//! ReportingService: unwrap, call, wrap.

mod operations;
mod report;
mod template;
mod watch;

use std::pin::Pin;

use futures::Stream;
use proto::longrunning as lro;
use proto::reporting::v1::reporting_service_server::ReportingService;
use proto::reporting::v1::{
    CreateTemplateRequest, CreateTemplateResponse, DownloadArtefactRequest,
    DownloadArtefactResponse, GetReportRequest, GetReportResponse, GetSnapshotRequest,
    GetSnapshotResponse, GetTemplateRequest, GetTemplateResponse, ListFiguresRequest,
    ListFiguresResponse, ListReportsRequest, ListReportsResponse, ListTemplatesRequest,
    ListTemplatesResponse, RunReportRequest, UpdateTemplateRequest, UpdateTemplateResponse,
    WatchChangesRequest,
};
use rpc::{Fields, Result};
use tonic::{Request, Response, Status};

use crate::run::Begun;
use crate::{Reporting, convert, run};

type Answer<T> = std::result::Result<Response<T>, Status>;

#[tonic::async_trait]
impl ReportingService for Reporting {
    async fn create_template(
        &self,
        request: Request<CreateTemplateRequest>,
    ) -> Answer<CreateTemplateResponse> {
        Ok(Response::new(self.create(request.into_inner()).await?))
    }

    async fn get_template(
        &self,
        request: Request<GetTemplateRequest>,
    ) -> Answer<GetTemplateResponse> {
        Ok(Response::new(self.template(request.into_inner()).await?))
    }

    async fn list_templates(
        &self,
        request: Request<ListTemplatesRequest>,
    ) -> Answer<ListTemplatesResponse> {
        Ok(Response::new(self.templates(request.into_inner()).await?))
    }

    async fn update_template(
        &self,
        request: Request<UpdateTemplateRequest>,
    ) -> Answer<UpdateTemplateResponse> {
        Ok(Response::new(self.update(request.into_inner()).await?))
    }

    async fn run_report(&self, request: Request<RunReportRequest>) -> Answer<lro::Operation> {
        let wanted = convert::run::wanted(request.into_inner())?;
        let answer = match run::start(self, wanted).await? {
            Begun::Run(run) => self.answer(&run).await?,
            Begun::Check(run) => self.checked(&run).await?,
        };
        Ok(Response::new(answer))
    }

    async fn get_report(&self, request: Request<GetReportRequest>) -> Answer<GetReportResponse> {
        Ok(Response::new(self.get(request.into_inner()).await?))
    }

    async fn list_reports(
        &self,
        request: Request<ListReportsRequest>,
    ) -> Answer<ListReportsResponse> {
        Ok(Response::new(self.list(request.into_inner()).await?))
    }

    async fn list_figures(
        &self,
        request: Request<ListFiguresRequest>,
    ) -> Answer<ListFiguresResponse> {
        Ok(Response::new(self.figures(request.into_inner()).await?))
    }

    type DownloadArtefactStream =
        Pin<Box<dyn Stream<Item = Result<DownloadArtefactResponse, Status>> + Send>>;

    async fn download_artefact(
        &self,
        request: Request<DownloadArtefactRequest>,
    ) -> Answer<Self::DownloadArtefactStream> {
        let pieces = self.download(request.into_inner()).await?;
        Ok(Response::new(Box::pin(pieces)))
    }

    async fn get_snapshot(
        &self,
        request: Request<GetSnapshotRequest>,
    ) -> Answer<GetSnapshotResponse> {
        let consistency = request.into_inner().consistency;
        let seen = self.see(consistency.as_ref(), Fields::new()).await?;
        let snapshot = seen.token();
        Ok(Response::new(GetSnapshotResponse { snapshot }))
    }

    type WatchChangesStream = watch::Watch;

    async fn watch_changes(
        &self,
        request: Request<WatchChangesRequest>,
    ) -> Answer<Self::WatchChangesStream> {
        Ok(Response::new(self.watch(request.into_inner()).await?))
    }
}
