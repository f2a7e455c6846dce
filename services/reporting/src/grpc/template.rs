//! Saving templates: the checks that need the peers come before the transaction.

use proto::reporting::v1::{
    CreateTemplateRequest, CreateTemplateResponse, Template, UpdateTemplateRequest,
};
use rpc::{Error, Reason, Result};
use store::commit;
use store::replay::RequestId;

use crate::template::Revision;
use crate::{Reporting, convert, template};

impl Reporting {
    pub(super) async fn create(
        &self,
        request: CreateTemplateRequest,
    ) -> Result<CreateTemplateResponse> {
        let request_id = RequestId::read("CreateTemplate", &request.request_id, &request)?;
        convert::template::new_id(&request.template_id)?;
        let given = convert::template::given(request.template)?;
        let body = convert::template::body(&given)?;
        // A repeated request is answered though the peers be away.
        if let Some(answer) = self.created_before(request_id.as_ref()).await? {
            return Ok(answer);
        }
        convert::template::check_definitions(&self.peers, &given).await?;
        if request.validate_only {
            let template = Some(self.validated(&request.template_id, given).await?);
            return Ok(CreateTemplateResponse { template });
        }
        let txn = self.store.begin().await?;
        // The number makes a second request with the same id wait for the first.
        commit::next(&txn, "").await?;
        if let Some(request_id) = &request_id
            && let Some(answer) = request_id.answered(&txn).await?
        {
            return Ok(answer);
        }
        let saved = template::create(&txn, &request.template_id, &given.title, body).await?;
        let answer = CreateTemplateResponse {
            template: Some(convert::template::answer(&saved)?),
        };
        if let Some(request_id) = &request_id {
            request_id.keep(&txn, &answer).await?;
        }
        txn.commit().await?;
        Ok(answer)
    }

    async fn created_before(
        &self,
        request_id: Option<&RequestId>,
    ) -> Result<Option<CreateTemplateResponse>> {
        match request_id {
            Some(request_id) => request_id.answered(&self.store.begin().await?).await,
            None => Ok(None),
        }
    }

    /// The answer of a check that saves nothing.
    async fn validated(&self, id: &str, given: Template) -> Result<Template> {
        match template::find(self.store.reader(), id, None).await {
            Ok(_) => Err(Error::new(
                Reason::TemplateExists,
                format!("template {id} exists"),
            )),
            Err(error) if error.reason() == Reason::TemplateNotFound => Ok(Template {
                name: format!("templates/{id}"),
                revision: 1,
                ..given
            }),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn update(&self, request: UpdateTemplateRequest) -> Result<Template> {
        let given = convert::template::given(request.template)?;
        let id = convert::template::template_id("template.name", &given.name)?;
        let current: Revision = template::find(self.store.reader(), id, None).await?;
        template::check_etag(&current, &given.etag)?;
        let content = convert::template::content(&current)?;
        let changed = convert::mask::apply(&current, content, given.clone(), request.update_mask)?;
        let body = convert::template::body(&changed)?;
        convert::template::check_definitions(&self.peers, &changed).await?;
        let saved = template::replace(&self.store, &current, &changed.title, body).await?;
        convert::template::answer(&saved)
    }
}
