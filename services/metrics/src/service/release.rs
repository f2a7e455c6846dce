use std::collections::BTreeSet;

use prost::Message as _;
use proto::metrics::v1 as pb;
use rpc::{Error, Fields, Page, Reason, Result};
use sea_orm::DatabaseTransaction;
use store::replay::RequestId;

use super::{after, read_consistency, read_filter, read_size};
use crate::Metrics;
use crate::convert::release as convert;
use crate::{follow, release};

impl Metrics {
    pub(crate) async fn create_release_of(
        &self,
        request: pb::CreateReleaseRequest,
    ) -> Result<pb::CreateReleaseResponse> {
        let mut fields = Fields::new();
        let new = fields.take("", convert::read_new(&request));
        let request_id = RequestId::read("CreateRelease", &request.request_id, &request);
        let request_id = fields.take("", request_id).flatten();
        fields.finish()?;
        let new = new.ok_or_else(|| Error::invalid(Vec::new()))?;
        let named = BTreeSet::from([new.source.as_str()]);
        let (unknown, seen) = self.unknown_entities(&named).await?;
        let txn = self.store.begin().await?;
        release::take_turn(&txn, &new.id).await?;
        if let Some(request_id) = &request_id {
            let before: Option<pb::CreateReleaseResponse> = request_id.answered(&txn).await?;
            if let Some(answer) = before {
                return Ok(pb::CreateReleaseResponse {
                    replayed: true,
                    ..answer
                });
            }
        }
        self.known_names(&new, &unknown).await?;
        follow::note(&txn, seen).await?;
        let created = release::create(&txn, new).await?;
        let mut answer = pb::CreateReleaseResponse {
            release: Some(convert::write(&created)),
            snapshot: self.token_at(seen, created.commit).await?.encode(),
            replayed: false,
        };
        if request.validate_only {
            txn.rollback().await?;
            answer.snapshot = self.commits.newest().await?.token.encode();
            answer.release = answer.release.map(unwritten);
            return Ok(answer);
        }
        let kept = (request_id.as_ref(), &answer);
        self.commit(txn, kept, created.commit).await?;
        Ok(answer)
    }

    /// Refuses a release of a source or over indicators that do not exist.
    async fn known_names(&self, new: &release::Release, unknown: &[String]) -> Result<()> {
        let definitions = self.definitions(i64::MAX).await?;
        let mut fields = Fields::new();
        for unknown in unknown {
            let message =
                format!("entities/{unknown} does not exist; add the source to the registry first");
            fields.refuse(Reason::EntityUnknown, "release.source", message);
        }
        for (i, id) in new.scope.iter().enumerate() {
            if !definitions.indicators.contains_key(id) {
                let message = format!("indicators/{id} does not exist; apply its definition first");
                let field = format!("release.scope[{i}]");
                fields.refuse(Reason::IndicatorUnknown, field, message);
            }
        }
        fields.finish()
    }

    /// Commits a write with the answer that is kept for a repeated request.
    async fn commit(
        &self,
        txn: DatabaseTransaction,
        (request_id, answer): (Option<&RequestId>, &impl prost::Message),
        commit: i64,
    ) -> Result<()> {
        if let Some(request_id) = request_id {
            request_id.keep(&txn, answer).await?;
        }
        txn.commit().await?;
        self.feed.wake(commit);
        Ok(())
    }

    pub(crate) async fn get_release_of(
        &self,
        request: pb::GetReleaseRequest,
    ) -> Result<pb::GetReleaseResponse> {
        let mut fields = Fields::new();
        let id = fields
            .name("name", "releases", &request.name)
            .unwrap_or_default();
        let asked = read_consistency(&mut fields, request.consistency.as_ref());
        fields.finish()?;
        let view = self.view(&asked).await?;
        let found = release::get(self.store.reader(), id, view.commit).await?;
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
        let condition = read_filter(&mut fields, &request.filter, release::FILTER);
        let size = read_size(&mut fields, request.page_size);
        let asked = read_consistency(&mut fields, request.consistency.as_ref());
        fields.finish()?;
        let list = ["releases", request.filter.as_str()];
        let (view, page) = self
            .page(&list, (size, &request.page_token), &asked)
            .await?;
        let db = self.store.reader();
        let rows = release::list(db, condition, after(&page), page.size + 1, view.commit).await?;
        let rows: Vec<_> = rows.iter().map(convert::write).collect();
        let key = |release: &pb::Release| {
            let id = release.name.strip_prefix("releases/");
            vec![id.unwrap_or(&release.name).to_owned()]
        };
        let Page {
            rows,
            next_page_token,
        } = page.page(rows, view.commit, key, pb::Release::encoded_len);
        Ok(pb::ListReleasesResponse {
            releases: rows,
            next_page_token,
            snapshot: view.token.encode(),
        })
    }

    pub(crate) async fn update_release_of(
        &self,
        request: pb::UpdateReleaseRequest,
    ) -> Result<pb::UpdateReleaseResponse> {
        let mut fields = Fields::new();
        let update = fields.take("", convert::read_update(&request));
        let request_id = RequestId::read("UpdateRelease", &request.request_id, &request);
        let request_id = fields.take("", request_id).flatten();
        fields.finish()?;
        let update = update.ok_or_else(|| Error::invalid(Vec::new()))?;
        let token = self.commits.newest().await?.token;
        let txn = self.store.begin().await?;
        release::take_turn(&txn, &update.id).await?;
        if let Some(request_id) = &request_id {
            let before: Option<pb::UpdateReleaseResponse> = request_id.answered(&txn).await?;
            if let Some(answer) = before {
                return Ok(pb::UpdateReleaseResponse {
                    replayed: true,
                    ..answer
                });
            }
        }
        let old = release::get(&txn, &update.id, i64::MAX - 1).await?;
        let about = update.of(&old)?;
        let updated = release::update(&txn, &old, about).await?;
        let newest = store::commit::newest(&txn).await?.number;
        let mut answer = pb::UpdateReleaseResponse {
            release: Some(convert::write(&updated)),
            snapshot: self.token_at(token, newest).await?.encode(),
            replayed: false,
        };
        if request.validate_only {
            txn.rollback().await?;
            answer.snapshot = self.commits.newest().await?.token.encode();
            if updated.commit != old.commit {
                answer.release = answer.release.map(unwritten);
            }
            return Ok(answer);
        }
        self.commit(txn, (request_id.as_ref(), &answer), newest)
            .await?;
        Ok(answer)
    }
}

/// A release that was only checked: no state of it has an etag yet.
fn unwritten(release: pb::Release) -> pb::Release {
    pb::Release {
        etag: String::new(),
        ..release
    }
}
