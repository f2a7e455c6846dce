//! Reading reports, their figures and their files.

use futures::Stream;
use prost::Message as _;
use proto::reporting::v1::{
    DownloadArtefactRequest, DownloadArtefactResponse, GetReportRequest, GetReportResponse,
    ListFiguresRequest, ListFiguresResponse, ListReportsRequest, ListReportsResponse, Report,
};
use rpc::{Fields, Result};
use tonic::Status;

use crate::snapshot::Asked;
use crate::{Reporting, artefact, convert, report};

impl Reporting {
    pub(super) async fn get(&self, request: GetReportRequest) -> Result<GetReportResponse> {
        let mut fields = Fields::new();
        let id = convert::report::report_id("name", &request.name, &mut fields);
        let seen = self.see(request.consistency.as_ref(), fields).await?;
        Ok(GetReportResponse {
            report: Some(self.report(id, seen.commit).await?),
            snapshot: seen.token(),
        })
    }

    pub(super) async fn list(&self, request: ListReportsRequest) -> Result<ListReportsResponse> {
        let mut fields = Fields::new();
        let wanted = report::wanted(&mut fields, &request.filter);
        let asked = Asked {
            size: request.page_size,
            token: &request.page_token,
            arguments: &["reports", &request.filter],
        };
        let consistency = request.consistency.as_ref();
        let (seen, page) = self.see_page(consistency, asked, fields).await?;
        let db = self.store.reader();
        let rows = report::list(db, wanted, seen.commit, &page).await?;
        let ids: Vec<_> = rows.iter().map(|row| row.id.as_str()).collect();
        let mut artefacts = artefact::of_reports(db, &ids).await?;
        let mut reports = Vec::with_capacity(rows.len());
        for row in rows {
            let files = artefacts.remove(&row.id).unwrap_or_default();
            let answer = convert::report::answer(&row, &files)?;
            reports.push((row, answer));
        }
        let keys = |(row, _): &(report::Report, Report)| report::page_keys(row.created_at, &row.id);
        let page = seen.page(&page, reports, keys, |(_, answer)| answer.encoded_len());
        Ok(ListReportsResponse {
            reports: page.rows.into_iter().map(|(_, answer)| answer).collect(),
            next_page_token: page.next_page_token,
            snapshot: seen.token(),
        })
    }

    pub(super) async fn figures(&self, request: ListFiguresRequest) -> Result<ListFiguresResponse> {
        let mut fields = Fields::new();
        let id = convert::report::report_id("report", &request.report, &mut fields);
        let asked = Asked {
            size: request.page_size,
            token: &request.page_token,
            arguments: &["figures", id],
        };
        let consistency = request.consistency.as_ref();
        let (seen, page) = self.see_page(consistency, asked, fields).await?;
        let db = self.store.reader();
        report::find(db, id, seen.commit).await?;
        let rows = report::figures(db, id, &page).await?;
        let keys = |row: &report::FigureRow| vec![row.number.to_string()];
        let page = seen.page(&page, rows, keys, |row| row.body.len());
        let figures = page.rows.iter().map(convert::report::figure);
        Ok(ListFiguresResponse {
            figures: figures.collect::<Result<_>>()?,
            next_page_token: page.next_page_token,
            snapshot: seen.token(),
        })
    }

    pub(super) async fn download(
        &self,
        request: DownloadArtefactRequest,
    ) -> Result<impl Stream<Item = Result<DownloadArtefactResponse, Status>> + Send + use<>> {
        let mut fields = Fields::new();
        let (report, format) = convert::report::artefact_id(&request.name, &mut fields);
        let offset = convert::report::offset(request.offset, &mut fields);
        let seen = self.see(request.consistency.as_ref(), fields).await?;
        report::find(self.store.reader(), report, seen.commit).await?;
        let file = artefact::find(self.store.reader(), report, format).await?;
        convert::report::check_offset(offset, &file)?;
        Ok(self.clone().pieces(file.digest, offset, seen.token()))
    }

    /// A report as of a commit, with its files.
    pub(super) async fn report(&self, id: &str, commit: i64) -> Result<Report> {
        let found = report::find(self.store.reader(), id, commit).await?;
        let artefacts = artefact::list(self.store.reader(), id).await?;
        convert::report::answer(&found, &artefacts)
    }

    /// The bytes of a file from `offset` on. One piece at least, as the first one tells the
    /// snapshot.
    fn pieces(
        self,
        digest: String,
        offset: i64,
        snapshot: String,
    ) -> impl Stream<Item = Result<DownloadArtefactResponse, Status>> + Send {
        let (mut number, behind) = artefact::place(offset);
        async_stream::try_stream! {
            let first = artefact::chunk(self.store.reader(), &digest, number).await?;
            let mut chunk = first.unwrap_or_default();
            chunk.drain(..behind.min(chunk.len()));
            yield DownloadArtefactResponse { chunk, snapshot };
            number += 1;
            while let Some(chunk) = artefact::chunk(self.store.reader(), &digest, number).await? {
                yield DownloadArtefactResponse { chunk, snapshot: String::new() };
                number += 1;
            }
        }
    }
}
