//! google.longrunning.Operations for the runs of this service.

use std::time::Duration;

use prost::Message as _;
use proto::longrunning::operations_server::Operations;
use proto::longrunning::{
    CancelOperationRequest, DeleteOperationRequest, GetOperationRequest, ListOperationsRequest,
    ListOperationsResponse, Operation, WaitOperationRequest,
};
use rpc::{Result, row_status};
use tonic::{Request, Response};

use super::Answer;
use crate::operation::{self, Operation as Run};
use crate::{Reporting, convert, run};

/// How often a waiting call looks whether the run has ended.
const LOOK: Duration = Duration::from_millis(100);

#[tonic::async_trait]
impl Operations for Reporting {
    async fn list_operations(
        &self,
        request: Request<ListOperationsRequest>,
    ) -> Answer<ListOperationsResponse> {
        let request = request.into_inner();
        convert::operation::collection(&request.name)?;
        let arguments = ["operations", request.filter.as_str()];
        let page = self
            .page(request.page_size, &request.page_token, &arguments)
            .await?;
        let rows = operation::list(self.store.reader(), &request.filter, &page).await?;
        let page = page.page(rows, 0, |row| {
            vec![row.created_at.to_string(), row.id.clone()]
        });
        let mut operations = Vec::with_capacity(page.rows.len());
        for row in &page.rows {
            operations.push(self.answer(row).await?);
        }
        Ok(Response::new(ListOperationsResponse {
            operations,
            next_page_token: page.next_page_token,
        }))
    }

    async fn get_operation(&self, request: Request<GetOperationRequest>) -> Answer<Operation> {
        let request = request.into_inner();
        let id = convert::operation::id(&request.name)?;
        let found = operation::find(self.store.reader(), id).await?;
        Ok(Response::new(self.answer(&found).await?))
    }

    async fn delete_operation(&self, request: Request<DeleteOperationRequest>) -> Answer<()> {
        let request = request.into_inner();
        let id = convert::operation::id(&request.name)?;
        operation::delete(&self.store, id).await?;
        Ok(Response::new(()))
    }

    async fn cancel_operation(&self, request: Request<CancelOperationRequest>) -> Answer<()> {
        let request = request.into_inner();
        let id = convert::operation::id(&request.name)?;
        operation::cancel(
            &self.store,
            id,
            row_status(run::cancelled()).encode_to_vec(),
        )
        .await?;
        Ok(Response::new(()))
    }

    async fn wait_operation(&self, request: Request<WaitOperationRequest>) -> Answer<Operation> {
        let request = request.into_inner();
        let id = convert::operation::id(&request.name)?;
        let found = self
            .ended(id, convert::operation::wait(request.timeout.as_ref()))
            .await?;
        Ok(Response::new(self.answer(&found).await?))
    }
}

impl Reporting {
    /// The operation as soon as it has ended, or as it is after `longest` or at a shutdown.
    async fn ended(&self, id: &str, longest: Duration) -> Result<Run> {
        let deadline = tokio::time::Instant::now() + longest;
        loop {
            let found = operation::find(self.store.reader(), id).await?;
            let over = tokio::time::Instant::now() >= deadline || self.shutdown.is_cancelled();
            if found.is_done() || over {
                return Ok(found);
            }
            let next = deadline.min(tokio::time::Instant::now() + LOOK);
            tokio::select! {
                () = tokio::time::sleep_until(next) => {}
                () = self.shutdown.cancelled() => {}
            }
        }
    }

    /// An operation with the report it made.
    pub(super) async fn answer(&self, operation: &Run) -> Result<Operation> {
        let made = operation.is_done() && operation.error.is_none();
        let report = if made {
            Some(self.report(&operation.report, i64::MAX).await?)
        } else {
            None
        };
        convert::operation::answer(operation, report)
    }
}
