//! ReportingService: unwrap, call, wrap.

mod operations;
mod template;

use std::pin::Pin;

use futures::Stream;
use proto::longrunning as lro;
use proto::reporting::v1::reporting_service_server::ReportingService;
use proto::reporting::v1::{
    CreateTemplateRequest, CreateTemplateResponse, DownloadArtefactRequest,
    DownloadArtefactResponse, GetReportRequest, GetReportResponse, GetTemplateRequest,
    GetTemplateResponse, ListFiguresRequest, ListFiguresResponse, ListReportsRequest,
    ListReportsResponse, ListTemplatesRequest, ListTemplatesResponse, Report, RunReportRequest,
    UpdateTemplateRequest, UpdateTemplateResponse,
};
use rpc::Result;
use tonic::{Request, Response, Status};

use crate::convert;
use crate::{Reporting, artefact, report, run};

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
        let request = request.into_inner();
        let (id, revision) = convert::template::wanted(&request)?;
        let seen = self
            .see(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let db = self.store.reader();
        let saved = crate::template::find(db, id, revision, seen.commit).await?;
        Ok(Response::new(GetTemplateResponse {
            template: Some(convert::template::answer(&saved)?),
            snapshot: seen.token(),
        }))
    }

    async fn list_templates(
        &self,
        request: Request<ListTemplatesRequest>,
    ) -> Answer<ListTemplatesResponse> {
        let request = request.into_inner();
        let mut seen = self
            .see(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let arguments = ["templates", request.at_snapshot.as_str()];
        let page = self
            .page(request.page_size, &request.page_token, &arguments)
            .await?;
        seen.keep(&page)?;
        let rows = crate::template::list(self.store.reader(), seen.commit, &page).await?;
        let page = page.page(rows, seen.commit, |row| vec![row.id.clone()]);
        let templates = page
            .rows
            .iter()
            .map(convert::template::summary)
            .collect::<Result<_>>()?;
        Ok(Response::new(ListTemplatesResponse {
            templates,
            next_page_token: page.next_page_token,
            snapshot: seen.token(),
        }))
    }

    async fn update_template(
        &self,
        request: Request<UpdateTemplateRequest>,
    ) -> Answer<UpdateTemplateResponse> {
        Ok(Response::new(self.update(request.into_inner()).await?))
    }

    async fn run_report(&self, request: Request<RunReportRequest>) -> Answer<lro::Operation> {
        let wanted = convert::run::wanted(request.into_inner())?;
        let operation = run::start(self, wanted).await?;
        Ok(Response::new(self.answer(&operation).await?))
    }

    async fn get_report(&self, request: Request<GetReportRequest>) -> Answer<GetReportResponse> {
        let request = request.into_inner();
        let id = convert::report::report_id("name", &request.name)?;
        let seen = self
            .see(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        Ok(Response::new(GetReportResponse {
            report: Some(self.report(id, seen.commit).await?),
            snapshot: seen.token(),
        }))
    }

    async fn list_reports(
        &self,
        request: Request<ListReportsRequest>,
    ) -> Answer<ListReportsResponse> {
        let answer = self.list(request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn list_figures(
        &self,
        request: Request<ListFiguresRequest>,
    ) -> Answer<ListFiguresResponse> {
        let request = request.into_inner();
        let id = convert::report::report_id("report", &request.report)?;
        let mut seen = self
            .see(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let arguments = ["figures", id, request.at_snapshot.as_str()];
        let page = self
            .page(request.page_size, &request.page_token, &arguments)
            .await?;
        seen.keep(&page)?;
        report::find(self.store.reader(), id, seen.commit).await?;
        let rows = report::figures(self.store.reader(), id, &page).await?;
        let page = page.page(rows, seen.commit, |row| vec![row.number.to_string()]);
        let figures = page
            .rows
            .iter()
            .map(convert::report::figure)
            .collect::<Result<_>>()?;
        Ok(Response::new(ListFiguresResponse {
            figures,
            next_page_token: page.next_page_token,
            snapshot: seen.token(),
        }))
    }

    type DownloadArtefactStream =
        Pin<Box<dyn Stream<Item = Result<DownloadArtefactResponse, Status>> + Send>>;

    async fn download_artefact(
        &self,
        request: Request<DownloadArtefactRequest>,
    ) -> Answer<Self::DownloadArtefactStream> {
        let request = request.into_inner();
        let (report, format) = convert::report::artefact_id(&request.name)?;
        let seen = self
            .see(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        report::find(self.store.reader(), report, seen.commit).await?;
        let file = artefact::find(self.store.reader(), report, format).await?;
        let pieces = self.clone().pieces(file.digest, seen.token());
        Ok(Response::new(Box::pin(pieces)))
    }
}

impl Reporting {
    async fn list(&self, request: ListReportsRequest) -> Result<ListReportsResponse> {
        let template = convert::report::template_filter(&request.template)?;
        let mut seen = self
            .see(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let arguments = ["reports", template, request.at_snapshot.as_str()];
        let page = self
            .page(request.page_size, &request.page_token, &arguments)
            .await?;
        seen.keep(&page)?;
        let rows = report::list(self.store.reader(), template, seen.commit, &page).await?;
        let page = page.page(rows, seen.commit, |row| {
            vec![row.created_at.to_string(), row.id.clone()]
        });
        let mut reports = Vec::with_capacity(page.rows.len());
        for row in &page.rows {
            let artefacts = report::artefacts(self.store.reader(), &row.id).await?;
            reports.push(convert::report::answer(row, &artefacts)?);
        }
        Ok(ListReportsResponse {
            reports,
            next_page_token: page.next_page_token,
            snapshot: seen.token(),
        })
    }

    async fn report(&self, id: &str, commit: i64) -> Result<Report> {
        let found = report::find(self.store.reader(), id, commit).await?;
        let artefacts = report::artefacts(self.store.reader(), id).await?;
        convert::report::answer(&found, &artefacts)
    }

    fn pieces(
        self,
        digest: String,
        mut snapshot: String,
    ) -> impl Stream<Item = Result<DownloadArtefactResponse, Status>> + Send {
        async_stream::try_stream! {
            let mut number = 0;
            while let Some(chunk) = artefact::chunk(self.store.reader(), &digest, number).await? {
                let snapshot = std::mem::take(&mut snapshot);
                yield DownloadArtefactResponse { chunk, snapshot };
                number += 1;
            }
        }
    }
}
