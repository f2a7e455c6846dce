use proto::registry::v1::*;
use rpc::{Fields, Result};
use store::replay::RequestId;

use crate::Registry;
use crate::convert::{self, batch};
use crate::relation::record::List;
use crate::relation::{self, COLLECTION};
use crate::snapshot::Paging;

pub(super) async fn create(
    registry: &Registry,
    request: CreateRelationRequest,
) -> Result<CreateRelationResponse> {
    let repeat = RequestId::read("CreateRelation", &request.request_id, &request);
    let ((id, new), repeat) = convert::both(convert::relation::create(&request), repeat)?;
    let mut write = registry.begin(request.validate_only).await?;
    if let Some(answer) = write.answered(repeat.as_ref()).await? {
        return Ok(answer);
    }
    let relation = relation::edit::create(&mut write, id, new).await?;
    let answer = CreateRelationResponse {
        relation: Some(relation.into()),
        snapshot: write.snapshot(),
        replayed: false,
    };
    write.finish(repeat, answer).await
}

pub(super) async fn get(
    registry: &Registry,
    request: GetRelationRequest,
) -> Result<GetRelationResponse> {
    let mut fields = Fields::new();
    let id = fields.take("", convert::id("name", COLLECTION, &request.name));
    let seen = registry.see(fields, request.consistency.as_ref()).await?;
    let db = registry.store.reader();
    let id = id.ok_or_else(convert::unread)?;
    let relation = relation::record::get(db, seen.commit, &id).await?;
    Ok(GetRelationResponse {
        relation: Some(relation.into()),
        snapshot: seen.token(),
    })
}

pub(super) async fn list(
    registry: &Registry,
    request: ListRelationsRequest,
) -> Result<ListRelationsResponse> {
    let mut fields = Fields::new();
    let list = List::read(&mut fields, &request.filter, &request.order_by);
    let size = fields.take("", rpc::page_size(request.page_size));
    let paging = Paging {
        size: size.unwrap_or_default(),
        token: &request.page_token,
        arguments: &["ListRelations", &request.filter, &request.order_by],
    };
    let (seen, page) = registry
        .see_page(fields, request.consistency.as_ref(), paging)
        .await?;
    let page = list.page(registry.store.reader(), page, &seen).await?;
    Ok(ListRelationsResponse {
        relations: page.rows,
        next_page_token: page.next_page_token,
        snapshot: seen.token(),
    })
}

pub(super) async fn batch_add(
    registry: &Registry,
    request: BatchAddRelationsRequest,
) -> Result<BatchAddRelationsResponse> {
    let repeat = RequestId::read("BatchAddRelations", &request.request_id, &request);
    let read = batch::read(
        ("relations", &request.relations),
        request.on_error,
        convert::relation::row,
    );
    let (batch, repeat) = convert::both(read, repeat)?;
    let mut write = registry.begin(request.validate_only).await?;
    if let Some(answer) = write.answered(repeat.as_ref()).await? {
        return Ok(answer);
    }
    let (counts, more) = relation::add::add(&mut write, batch.rows).await?;
    let answer = BatchAddRelationsResponse {
        created_count: batch::sent(counts.created),
        unchanged_count: batch::sent(counts.unchanged),
        row_errors: batch.faults.with(more).told()?,
        snapshot: write.snapshot(),
        replayed: false,
    };
    write.finish(repeat, answer).await
}

pub(super) async fn update(
    registry: &Registry,
    request: UpdateRelationRequest,
) -> Result<UpdateRelationResponse> {
    let repeat = RequestId::read("UpdateRelation", &request.request_id, &request);
    let read = convert::both(convert::relation::update(&request), repeat)?;
    let (((id, etag), patch), repeat) = read;
    let mut write = registry.begin(request.validate_only).await?;
    if let Some(answer) = write.answered(repeat.as_ref()).await? {
        return Ok(answer);
    }
    let relation = relation::edit::update(&mut write, (&id, &etag), patch).await?;
    let answer = UpdateRelationResponse {
        relation: Some(relation.into()),
        snapshot: write.snapshot(),
        replayed: false,
    };
    write.finish(repeat, answer).await
}

pub(super) async fn delete(
    registry: &Registry,
    request: DeleteRelationRequest,
) -> Result<DeleteRelationResponse> {
    let repeat = RequestId::read("DeleteRelation", &request.request_id, &request);
    let (id, repeat) = convert::both(convert::id("name", COLLECTION, &request.name), repeat)?;
    let mut write = registry.begin(false).await?;
    if let Some(answer) = write.answered(repeat.as_ref()).await? {
        return Ok(answer);
    }
    let relation = relation::edit::delete(&mut write, &id, &request.etag).await?;
    let answer = DeleteRelationResponse {
        relation: Some(relation.into()),
        snapshot: write.snapshot(),
        replayed: false,
    };
    write.finish(repeat, answer).await
}
