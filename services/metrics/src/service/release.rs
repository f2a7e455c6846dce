use std::collections::BTreeSet;

use proto::metrics::v1 as pb;
use rpc::{Error, Fields, Page, Part, Reason, Result, Violation};
use store::replay::RequestId;

use super::after;
use crate::Metrics;
use crate::convert::release as convert;
use crate::{follow, release};

impl Metrics {
    pub(crate) async fn create_release_of(
        &self,
        request: pb::CreateReleaseRequest,
    ) -> Result<pb::CreateReleaseResponse> {
        let new = convert::read_new(&request)?;
        let request_id = RequestId::read("CreateRelease", &request.request_id, &request)?;
        let named = BTreeSet::from([new.source.as_str()]);
        let (unknown, seen) = self.unknown_entities(&named).await?;
        let txn = self.store.begin().await?;
        if let Some(request_id) = &request_id
            && let Some(answer) = request_id.answered(&txn).await?
        {
            return Ok(answer);
        }
        if let Some(unknown) = unknown.first() {
            let message =
                format!("entities/{unknown} does not exist; add the source to the registry first");
            return Err(Error::field(
                Reason::EntityUnknown,
                "release.source",
                message,
            ));
        }
        self.known_scope(&new.scope).await?;
        follow::note(&txn, seen).await?;
        let created = release::create(&txn, new).await?;
        let token = seen.with(Part::Metrics, Some(created.commit));
        let answer = pb::CreateReleaseResponse {
            release: Some(convert::write(&created)),
            snapshot: token.encode(),
        };
        if let Some(request_id) = &request_id {
            request_id.keep(&txn, &answer).await?;
        }
        txn.commit().await?;
        Ok(answer)
    }

    async fn known_scope(&self, scope: &[String]) -> Result<()> {
        let definitions = self.definitions(i64::MAX).await?;
        let mut fields = Fields::new();
        for (i, id) in scope.iter().enumerate() {
            if !definitions.indicators.contains_key(id) {
                let message = format!("indicators/{id} does not exist; apply its definition first");
                fields.refuse(
                    Reason::IndicatorUnknown,
                    format!("release.scope[{i}]"),
                    message,
                );
            }
        }
        fields.finish()
    }

    pub(crate) async fn get_release_of(
        &self,
        request: pb::GetReleaseRequest,
    ) -> Result<pb::GetReleaseResponse> {
        let mut fields = Fields::new();
        let id = fields
            .name("name", "releases", &request.name)
            .unwrap_or_default()
            .to_owned();
        fields.finish()?;
        let view = self
            .view(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let found = release::get(self.store.reader(), &id, view.commit).await?;
        Ok(pb::GetReleaseResponse {
            release: Some(convert::write(&found)),
            snapshot: view.token.encode(),
        })
    }

    pub(crate) async fn list_releases_of(
        &self,
        request: pb::ListReleasesRequest,
    ) -> Result<pb::ListReleasesResponse> {
        let mut fields = Fields::new();
        let source = fields
            .optional_name("source", "entities", &request.source)
            .unwrap_or_default()
            .to_owned();
        fields.finish()?;
        let asked = (request.page_size, request.page_token.as_str());
        let snapshot = (
            request.at_snapshot.as_str(),
            request.at_least_as_fresh.as_str(),
        );
        let (view, page) = self.page(&["releases", &source], asked, snapshot).await?;
        let rows = release::list(
            self.store.reader(),
            &source,
            after(&page),
            page.size + 1,
            view.commit,
        )
        .await?;
        let Page {
            rows,
            next_page_token,
        } = page.page(rows, view.commit, |release| vec![release.id.clone()]);
        Ok(pb::ListReleasesResponse {
            releases: rows.iter().map(convert::write).collect(),
            next_page_token,
            snapshot: view.token.encode(),
        })
    }

    pub(crate) async fn update_release_of(
        &self,
        request: pb::UpdateReleaseRequest,
    ) -> Result<pb::UpdateReleaseResponse> {
        let wire = request.release.unwrap_or_default();
        let mut fields = Fields::new();
        let id = fields
            .name("release.name", "releases", &wire.name)
            .unwrap_or_default()
            .to_owned();
        fields.finish()?;
        let txn = self.store.begin().await?;
        store::turn::take(&txn, &format!("metrics/release/{id}")).await?;
        let old = release::get(&txn, &id, i64::MAX - 1).await?;
        if !wire.etag.is_empty() && wire.etag != convert::etag(&old) {
            let name = format!("releases/{id}");
            let message =
                format!("{name} has changed since it was read; read it again, then retry");
            let stale = Violation::new(Reason::EtagMismatch, "release.etag", message);
            return Err(stale.about(name).into());
        }
        let about = convert::masked(&old, &wire, &request.update_mask.unwrap_or_default())?;
        let updated = release::update(&txn, &old, about).await?;
        txn.commit().await?;
        Ok(pb::UpdateReleaseResponse {
            release: Some(convert::write(&updated)),
            snapshot: self.written().await?,
        })
    }
}
