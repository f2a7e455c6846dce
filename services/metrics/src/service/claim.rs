use proto::metrics::v1 as pb;
use rpc::{Error, Fields, Reason, Result, Violation};

use super::read_consistency;
use crate::convert::claim::{ClaimRef, Writer, read_name};
use crate::convert::release as release_out;
use crate::convert::series::write_series;
use crate::head::Entry;
use crate::read::{self, ClaimRow, Figures};
use crate::release_commits;
use crate::series::{self, Series};
use crate::snapshot::View;
use crate::{Metrics, claim_name, release};

/// A claim that a request named, with what it points to.
pub(super) struct Found {
    pub series: Series,
    pub row: ClaimRow,
    pub entry: Entry,
    /// That claim alone.
    pub figures: Figures,
}

impl Metrics {
    pub(crate) async fn get_claim_of(
        &self,
        request: pb::GetClaimRequest,
    ) -> Result<pb::GetClaimResponse> {
        let mut fields = Fields::new();
        let name = read_name(&mut fields, "name", &request.name);
        let asked = read_consistency(&mut fields, request.consistency.as_ref());
        fields.finish()?;
        let view = self.view(&asked).await?;
        let found = self.claim(("name", &request.name, name), &view).await?;
        let db = self.store.reader();
        let (period, entry) = (found.row.period, found.entry);
        let place = (period, entry.release_commit);
        let texts = read::texts_about(db, found.series.number, &[place]).await?;
        let text = texts.get(&place);
        let id = found.figures.release_of(&entry).unwrap_or_default();
        let release = release::get(db, id, view.commit).await?;
        let definitions = self.definitions(view.commit).await?;
        let mut writer = Writer::new(&found.series.id, &definitions);
        Ok(pb::GetClaimResponse {
            claim: Some(writer.write((period, &entry), &found.figures, text)?),
            series: Some(write_series(&found.series)),
            release: Some(release_out::write(&release)),
            snapshot: view.token.encode(),
        })
    }

    /// The claim with this name, which a field gives.
    pub(super) async fn claim(
        &self,
        (field, name, read): (&str, &str, Option<ClaimRef>),
        view: &View,
    ) -> Result<Found> {
        let read = read.ok_or_else(|| Error::invalid(Vec::new()))?;
        let missing = || {
            let message = format!("{name} does not exist in this snapshot");
            let missing = Violation::new(Reason::ClaimNotFound, field, message);
            Error::from(missing.about(name))
        };
        let db = self.store.reader();
        let series = series::get(db, &read.series, view.commit).await;
        let series = series.map_err(|error| match error.reason() {
            Reason::SeriesNotFound => missing(),
            _ => error,
        })?;
        let place = (series.number, read.period);
        let rows = read::rows_at(db, &self.release_commits, place, view.commit).await?;
        let figures = self.figures_of_rows(&rows).await?;
        for row in rows {
            let entry = entry(&row);
            let source_series = figures.provenance(&entry)?.id();
            let release = &figures.release_commit(&entry)?.release;
            let id = claim_name::claim_id(row.period, &source_series, release, row.ordinal);
            if id == read.id {
                return Ok(Found {
                    series,
                    row,
                    entry,
                    figures,
                });
            }
        }
        Err(missing())
    }

    /// What rows of one observation point to.
    pub(super) async fn figures_of_rows(&self, rows: &[ClaimRow]) -> Result<Figures> {
        let db = self.store.reader();
        let ids = release_commits::runs(rows.iter().map(|row| row.release_commit));
        let release_commits_by_id = self.release_commits.by_id(db, &ids).await?;
        let ids = release_commits::runs(rows.iter().map(|row| row.provenance));
        let provenances = self.release_commits.provenances(db, &ids).await?;
        Ok(Figures {
            observations: read::Observations::new(),
            release_commits_by_id,
            provenances,
        })
    }
}

/// A row as it stands in a head.
pub(super) fn entry(row: &ClaimRow) -> Entry {
    Entry {
        provenance: row.provenance,
        release_commit: row.release_commit,
        ordinal: row.ordinal,
        columns: row.columns.clone(),
    }
}
