use futures::{Stream, StreamExt as _};
use proto::metrics::v1 as pb;
use rpc::{Fields, Part, Result};
use store::feed::{self, Portion};

use crate::Metrics;
use crate::convert::change;

impl Metrics {
    pub(crate) async fn watch_changes_from(
        self,
        request: pb::WatchChangesRequest,
    ) -> Result<impl Stream<Item = Result<pb::WatchChangesResponse>> + use<>> {
        let mut fields = Fields::new();
        let kinds = change::read_kinds(&mut fields, &request.kinds);
        fields.finish()?;
        let installation = self.commits.newest().await?.token.installation;
        let start = request.start.as_ref();
        let start = self.feed.start(start, installation, Part::Metrics).await?;
        let portions = self.feed.clone().follow(start, kinds);
        Ok(portions.then(move |portion| {
            let metrics = self.clone();
            async move { metrics.portion(portion?).await }
        }))
    }

    /// A message of a watch. Its snapshot holds the registry as of now: what figures rest on
    /// there is older than they are.
    async fn portion(&self, portion: Portion) -> Result<pb::WatchChangesResponse> {
        let sealer = self.commits.sealer().await?;
        let known = self.commits.newest().await?.token;
        let snapshot = feed::snapshot(portion.reached, known.installation, sealer);
        let snapshot = snapshot.with(Part::Registry, known.part(Part::Registry));
        change::write(portion, snapshot, sealer)
    }
}
