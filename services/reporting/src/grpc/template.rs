//! Reading and saving templates: the checks that need the peers come before the transaction.

use prost::Message;
use proto::reporting::v1::{
    CreateTemplateRequest, CreateTemplateResponse, GetTemplateRequest, GetTemplateResponse,
    ListTemplatesRequest, ListTemplatesResponse, Template, UpdateTemplateRequest,
    UpdateTemplateResponse,
};
use rpc::{Fields, Reason, Result};
use store::replay::RequestId;
use store::{Commit, commit};

use crate::Reporting;
use crate::convert::{mask, template as wire};
use crate::snapshot::Asked;
use crate::template::{self, Content, Revision};
use crate::write::{answered, keep, next_unless};

impl Reporting {
    pub(super) async fn template(
        &self,
        request: GetTemplateRequest,
    ) -> Result<GetTemplateResponse> {
        let mut fields = Fields::new();
        let (id, revision) = wire::wanted(&request, &mut fields);
        let seen = self.see(request.consistency.as_ref(), fields).await?;
        let db = self.store.reader();
        let saved = template::find(db, id, revision, seen.commit).await?;
        Ok(GetTemplateResponse {
            template: Some(wire::answer(&saved)?),
            snapshot: seen.token(),
        })
    }

    pub(super) async fn templates(
        &self,
        request: ListTemplatesRequest,
    ) -> Result<ListTemplatesResponse> {
        let mut fields = Fields::new();
        let is_full = wire::is_full(request.view, &mut fields);
        let asked = Asked {
            size: request.page_size,
            token: &request.page_token,
            arguments: &["templates", if is_full { "full" } else { "basic" }],
        };
        let consistency = request.consistency.as_ref();
        let (seen, page) = self.see_page(consistency, asked, fields).await?;
        let rows = template::list(self.store.reader(), seen.commit, &page, is_full).await?;
        let mut templates = Vec::with_capacity(rows.len());
        for row in rows {
            let answer = wire::answer(&row)?;
            templates.push((row.id, answer));
        }
        let keys = |(id, _): &(String, Template)| vec![id.clone()];
        let page = seen.page(&page, templates, keys, |(_, answer)| answer.encoded_len());
        Ok(ListTemplatesResponse {
            templates: page.rows.into_iter().map(|(_, answer)| answer).collect(),
            next_page_token: page.next_page_token,
            snapshot: seen.token(),
        })
    }

    pub(super) async fn create(
        &self,
        request: CreateTemplateRequest,
    ) -> Result<CreateTemplateResponse> {
        let mut fields = Fields::new();
        let request_id = RequestId::read("CreateTemplate", &request.request_id, &request);
        let request_id = fields.take("", request_id).flatten();
        let id = request.template_id.as_str();
        fields.id("template_id", id);
        let given = wire::given(request.template, &mut fields)?;
        let content = fields.take("", wire::canonical(&given)).unwrap_or_default();
        fields.finish()?;
        // A repeated request is answered though the peers be away.
        if let Some(answer) = self.answered(request_id.as_ref()).await? {
            return Ok(created_before(answer));
        }
        wire::check_definitions(&self.peers, &given).await?;
        let seen = self.see(None, Fields::new()).await?;
        if request.validate_only {
            return Ok(CreateTemplateResponse {
                template: Some(self.unsaved(id, &content, seen.commit).await?),
                snapshot: seen.token(),
                replayed: false,
            });
        }
        let txn = self.store.begin().await?;
        // The number makes a second request with the same id wait for the first.
        let commit = commit::next(&txn, "").await?;
        if let Some(answer) = answered(&txn, request_id.as_ref()).await? {
            return Ok(created_before(answer));
        }
        let saved = template::create(&txn, id, content, commit).await?;
        let answer = CreateTemplateResponse {
            template: Some(wire::answer(&saved)?),
            snapshot: seen.after(saved.commit_number),
            replayed: false,
        };
        keep(txn, request_id.as_ref(), &answer).await?;
        self.feed.wake(commit.number);
        Ok(answer)
    }

    /// A new template as it would be saved.
    async fn unsaved(&self, id: &str, content: &Content, commit: i64) -> Result<Template> {
        match template::find(self.store.reader(), id, None, commit).await {
            Ok(_) => Err(template::exists(id)),
            Err(error) if error.reason() == Reason::TemplateNotFound => draft((id, 1), content),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn update(
        &self,
        request: UpdateTemplateRequest,
    ) -> Result<UpdateTemplateResponse> {
        let mut fields = Fields::new();
        let request_id = RequestId::read("UpdateTemplate", &request.request_id, &request);
        let request_id = fields.take("", request_id).flatten();
        let paths = mask::paths(request.update_mask, &mut fields);
        let given = wire::given(request.template, &mut fields)?;
        let id = fields.name("template.name", "templates", &given.name);
        let id = id.unwrap_or_default();
        fields.finish()?;
        if let Some(answer) = self.answered(request_id.as_ref()).await? {
            return Ok(updated_before(answer));
        }
        let seen = self.see(None, Fields::new()).await?;
        let current = template::find(self.store.reader(), id, None, seen.commit).await?;
        template::check_etag(&current, &given.etag)?;
        let content = self.changed(&current, &given, &paths).await?;
        let is_equal = content.body == current.body;
        if request.validate_only || is_equal && request_id.is_none() {
            let template = match is_equal {
                true => wire::answer(&current)?,
                false => draft((id, current.revision + 1), &content)?,
            };
            return Ok(UpdateTemplateResponse {
                template: Some(template),
                snapshot: seen.token(),
                replayed: false,
            });
        }
        let txn = self.store.begin().await?;
        let commit = next_unless(is_equal, &txn).await?;
        if let Some(answer) = answered(&txn, request_id.as_ref()).await? {
            return Ok(updated_before(answer));
        }
        let saved = match commit {
            Some(commit) => template::replace(&txn, &current, content, commit).await?,
            None => current,
        };
        let answer = UpdateTemplateResponse {
            template: Some(wire::answer(&saved)?),
            snapshot: seen.after(seen.commit.max(saved.commit_number)),
            replayed: false,
        };
        keep(txn, request_id.as_ref(), &answer).await?;
        self.feed.wake(saved.commit_number);
        Ok(answer)
    }

    /// What a template says once the fields of a mask are replaced.
    async fn changed(
        &self,
        current: &Revision,
        given: &Template,
        paths: &[String],
    ) -> Result<Content> {
        let mut fields = Fields::new();
        let saved = wire::content(current)?;
        let changed = mask::apply(current, saved, given, paths, &mut fields);
        let content = fields.take("", wire::canonical(&changed));
        fields.finish()?;
        wire::check_definitions(&self.peers, &changed).await?;
        Ok(content.unwrap_or_default())
    }

    /// The answer to an earlier request with this id.
    async fn answered<R: Message + Default>(&self, id: Option<&RequestId>) -> Result<Option<R>> {
        match id {
            Some(_) => answered(&self.store.begin().await?, id).await,
            None => Ok(None),
        }
    }
}

/// A revision that is not saved.
fn draft(place: (&str, i64), content: &Content) -> Result<Template> {
    let never = Commit {
        number: 0,
        committed_at: 0,
    };
    let template = wire::answer(&Revision::of(place, &content.body, never))?;
    Ok(Template {
        update_time: None,
        ..template
    })
}

fn created_before(answer: CreateTemplateResponse) -> CreateTemplateResponse {
    CreateTemplateResponse {
        replayed: true,
        ..answer
    }
}

fn updated_before(answer: UpdateTemplateResponse) -> UpdateTemplateResponse {
    UpdateTemplateResponse {
        replayed: true,
        ..answer
    }
}
