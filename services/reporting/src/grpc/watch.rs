//! Following the changes of templates and reports.

use std::pin::Pin;

use futures::{Stream, StreamExt as _};
use proto::reporting::v1::{WatchChangesRequest, WatchChangesResponse};
use rpc::{Fields, Part, Result};
use tonic::Status;

use crate::snapshot::or_faults;
use crate::{Reporting, convert};

/// Changes as long as somebody listens.
pub(super) type Watch =
    Pin<Box<dyn Stream<Item = std::result::Result<WatchChangesResponse, Status>> + Send>>;

impl Reporting {
    pub(super) async fn watch(&self, request: WatchChangesRequest) -> Result<Watch> {
        let mut fields = Fields::new();
        let kinds = convert::watch::kinds(&request.kinds, &mut fields);
        let state = or_faults(self.state().await, &mut fields)?;
        let (installation, sealer) = (state.installation, state.sealer.clone());
        let start = self
            .feed
            .start(request.start.as_ref(), installation, Part::Reporting);
        let start = start.await;
        if let Err(fault) = &start
            && !fault.violations().is_empty()
        {
            fields.take::<()>("", Err(fault.clone()));
        }
        fields.finish()?;
        let portions = self.feed.clone().follow(start?, kinds);
        let messages = portions.map(move |portion| {
            let answer = convert::watch::answer(portion?, installation, &sealer);
            answer.map_err(Status::from)
        });
        Ok(Box::pin(messages))
    }
}
