//! Saving templates: the checks that need the peers come before the transaction.

use proto::reporting::v1::{
    CreateTemplateRequest, CreateTemplateResponse, Template, UpdateTemplateRequest,
    UpdateTemplateResponse,
};
use rpc::{Error, Reason, Result};
use store::commit;
use store::replay::RequestId;

use crate::template::{Content, Revision};
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
        let seen = self.see("", "").await?;
        if request.validate_only {
            let template = self
                .validated(&request.template_id, given, seen.commit)
                .await?;
            return Ok(CreateTemplateResponse {
                template: Some(template),
                snapshot: seen.token(),
            });
        }
        let txn = self.store.begin().await?;
        // The number makes a second request with the same id wait for the first.
        let commit = commit::next(&txn, "").await?;
        if let Some(request_id) = &request_id
            && let Some(answer) = request_id.answered(&txn).await?
        {
            return Ok(answer);
        }
        let content = Content {
            title: given.title,
            body,
        };
        let saved = template::create(&txn, &request.template_id, content, commit).await?;
        let answer = CreateTemplateResponse {
            template: Some(convert::template::answer(&saved)?),
            snapshot: seen.after(saved.commit_number),
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
    async fn validated(&self, id: &str, given: Template, commit: i64) -> Result<Template> {
        match template::find(self.store.reader(), id, None, commit).await {
            Ok(_) => Err(Error::about(
                Reason::TemplateExists,
                format!("templates/{id}"),
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

    pub(super) async fn update(
        &self,
        request: UpdateTemplateRequest,
    ) -> Result<UpdateTemplateResponse> {
        let given = convert::template::given(request.template)?;
        let id = convert::template::template_id("template.name", &given.name)?;
        let seen = self.see("", "").await?;
        let db = self.store.reader();
        let current: Revision = template::find(db, id, None, seen.commit).await?;
        template::check_etag(&current, &given.etag)?;
        let content = convert::template::content(&current)?;
        let changed = convert::mask::apply(&current, content, given.clone(), request.update_mask)?;
        let body = convert::template::body(&changed)?;
        convert::template::check_definitions(&self.peers, &changed).await?;
        let content = Content {
            title: changed.title,
            body,
        };
        let saved = template::replace(&self.store, &current, content).await?;
        let commit = seen.commit.max(saved.commit_number);
        Ok(UpdateTemplateResponse {
            template: Some(convert::template::answer(&saved)?),
            snapshot: seen.after(commit),
        })
    }
}
