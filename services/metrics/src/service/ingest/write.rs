use std::sync::Arc;

use proto::metrics::v1 as pb;
use rpc::{Fields, Part, Reason, Result};
use store::replay::RequestId;

use super::ROWS_MAX;
use super::session::{Session, read_count};
use crate::convert::ingest::{read_on_error, row_errors, write};
use crate::convert::row::Input;
use crate::ingest::{Answered, Ingest, Once, Row, RowErrors, write_once};
use crate::{Metrics, release};

impl Metrics {
    pub(crate) async fn write_claims_of(
        &self,
        request: pb::WriteClaimsRequest,
    ) -> Result<pb::WriteClaimsResponse> {
        let mut fields = Fields::new();
        let release = fields
            .name("release", "releases", &request.release)
            .unwrap_or_default();
        read_count(&mut fields, ("source_series", &request.source_series));
        if request.claims.is_empty() {
            fields.refuse(Reason::FieldRequired, "claims", "needs at least one row");
        }
        fields.at_most("claims", request.claims.len(), ROWS_MAX);
        let skip_rows = read_on_error(&mut fields, "on_error", request.on_error);
        fields.text("actor", &request.actor, 100);
        let request_id = RequestId::read("WriteClaims", &request.request_id, &request);
        let request_id = fields.take("", request_id).flatten();
        fields.finish()?;
        let release = release::get(self.store.reader(), release, i64::MAX - 1).await?;
        let ingest = Ingest {
            id: String::new(),
            release: Arc::new(release),
            skip_rows,
            backfill: request.backfill,
            validate_only: request.validate_only,
            actor: request.actor,
        };
        let mut session = Session::new(ingest, 0);
        self.declare(&mut session, ("source_series", &request.source_series))
            .await?;
        let claims = request.claims.into_iter();
        let claims = claims.map(|claim| Ok(Input::from(claim)));
        let rows = self.read_rows(&mut session, claims).await?;
        self.write_once(&session.ingest, rows, request_id).await
    }

    async fn write_once(
        &self,
        ingest: &Ingest,
        rows: (Vec<Row>, RowErrors),
        request_id: Option<RequestId>,
    ) -> Result<pb::WriteClaimsResponse> {
        let definitions = self.definitions(i64::MAX).await?;
        let sealer = self.commits.sealer().await?;
        let token = self.commits.newest().await?.token;
        let answer = |once: Once| {
            let own = sealer.stamp(token.installation, once.commit);
            pb::WriteClaimsResponse {
                counts: Some(write(once.outcome.counts)),
                withheld: once.withheld,
                row_errors: row_errors(once.outcome.errors),
                snapshot: token.with(Part::Metrics, Some(own)).encode(),
                replayed: false,
            }
        };
        let stored = (&self.store, &self.release_commits);
        let kept = (request_id.as_ref(), answer);
        match write_once(stored, ingest, &definitions, rows, kept).await? {
            Answered::Before(answer) => Ok(pb::WriteClaimsResponse {
                replayed: true,
                ..answer
            }),
            Answered::Now(answer, commit) => {
                self.feed.wake(commit);
                Ok(answer)
            }
        }
    }
}
