use proto::registry::v1::*;
use rpc::{Fields, Result};
use store::replay::RequestId;

use crate::Registry;
use crate::convert::{self, batch};
use crate::entity::list::List;
use crate::entity::many::Many;
use crate::entity::{self, COLLECTION, View};
use crate::snapshot::Paging;

/// Most entities of one BatchGetEntities.
const MOST_NAMES: usize = 10_000;

pub(super) async fn create(
    registry: &Registry,
    request: CreateEntityRequest,
) -> Result<CreateEntityResponse> {
    let repeat = RequestId::read("CreateEntity", &request.request_id, &request);
    let ((id, new), repeat) = convert::both(convert::entity::create(&request), repeat)?;
    let mut write = registry.begin(request.validate_only).await?;
    if let Some(answer) = write.answered(repeat.as_ref()).await? {
        return Ok(answer);
    }
    let entity = entity::edit::create(&mut write, id, new).await?;
    let answer = CreateEntityResponse {
        entity: Some(entity.into()),
        snapshot: write.snapshot(),
        replayed: false,
    };
    write.finish(repeat, answer).await
}

pub(super) async fn get(
    registry: &Registry,
    request: GetEntityRequest,
) -> Result<GetEntityResponse> {
    let mut fields = Fields::new();
    let id = fields.take("", convert::id("name", COLLECTION, &request.name));
    let seen = registry.see(fields, request.consistency.as_ref()).await?;
    let db = registry.store.reader();
    let id = id.ok_or_else(convert::unread)?;
    let entity = registry.cache.entity(db, seen.commit, id).await?;
    Ok(GetEntityResponse {
        entity: Some(Entity::clone(&entity)),
        snapshot: seen.token(),
    })
}

pub(super) async fn list(
    registry: &Registry,
    request: ListEntitiesRequest,
) -> Result<ListEntitiesResponse> {
    let mut fields = Fields::new();
    let mut list = List::read(&mut fields, &request.filter, &request.order_by);
    let size = fields.take("", rpc::page_size(request.page_size));
    list.show_deleted = request.show_deleted;
    list.view = convert::entity::view(&mut fields, request.view);
    let paging = Paging {
        size: size.unwrap_or_default(),
        token: &request.page_token,
        arguments: &[
            "ListEntities",
            &request.filter,
            &request.order_by,
            if request.show_deleted { "deleted" } else { "" },
            if list.view == View::Summary {
                "summary"
            } else {
                ""
            },
        ],
    };
    let (seen, page) = registry
        .see_page(fields, request.consistency.as_ref(), paging)
        .await?;
    let page = list.page(registry.store.reader(), page, &seen).await?;
    Ok(ListEntitiesResponse {
        entities: page.rows,
        next_page_token: page.next_page_token,
        snapshot: seen.token(),
    })
}

pub(super) async fn batch_get(
    registry: &Registry,
    request: BatchGetEntitiesRequest,
) -> Result<BatchGetEntitiesResponse> {
    let mut fields = Fields::new();
    let count = batch::count("names", request.names.len(), MOST_NAMES);
    let ids = count.and_then(|()| convert::ids("names", COLLECTION, &request.names));
    let ids = fields.take("", ids).unwrap_or_default();
    let view = convert::entity::view(&mut fields, request.view);
    let seen = registry.see(fields, request.consistency.as_ref()).await?;
    let db = registry.store.reader();
    let many = Many::get(db, seen.commit, (&ids, view), request.allow_missing).await?;
    Ok(BatchGetEntitiesResponse {
        entities: many.entities,
        missing: many.missing,
        snapshot: seen.token(),
    })
}

pub(super) async fn batch_add(
    registry: &Registry,
    request: BatchAddEntitiesRequest,
) -> Result<BatchAddEntitiesResponse> {
    let repeat = RequestId::read("BatchAddEntities", &request.request_id, &request);
    let read = batch::read(
        ("entities", &request.entities),
        request.on_error,
        convert::entity::row,
    );
    let (batch, repeat) = convert::both(read, repeat)?;
    let mut write = registry.begin(request.validate_only).await?;
    if let Some(answer) = write.answered(repeat.as_ref()).await? {
        return Ok(answer);
    }
    let (counts, more) = entity::add::add(&mut write, batch.rows).await?;
    let answer = BatchAddEntitiesResponse {
        created_count: batch::sent(counts.created),
        extended_count: batch::sent(counts.extended),
        unchanged_count: batch::sent(counts.unchanged),
        row_errors: batch.faults.with(more).told()?,
        snapshot: write.snapshot(),
        replayed: false,
    };
    write.finish(repeat, answer).await
}

pub(super) async fn update(
    registry: &Registry,
    request: UpdateEntityRequest,
) -> Result<UpdateEntityResponse> {
    let repeat = RequestId::read("UpdateEntity", &request.request_id, &request);
    let read = convert::both(convert::entity::update(&request), repeat)?;
    let (((id, etag), patch), repeat) = read;
    let mut write = registry.begin(request.validate_only).await?;
    if let Some(answer) = write.answered(repeat.as_ref()).await? {
        return Ok(answer);
    }
    let entity = entity::edit::update(&mut write, (&id, &etag), patch).await?;
    let answer = UpdateEntityResponse {
        entity: Some(entity.into()),
        snapshot: write.snapshot(),
        replayed: false,
    };
    write.finish(repeat, answer).await
}

pub(super) async fn delete(
    registry: &Registry,
    request: DeleteEntityRequest,
) -> Result<DeleteEntityResponse> {
    let repeat = RequestId::read("DeleteEntity", &request.request_id, &request);
    let (id, repeat) = convert::both(convert::id("name", COLLECTION, &request.name), repeat)?;
    let mut write = registry.begin(false).await?;
    if let Some(answer) = write.answered(repeat.as_ref()).await? {
        return Ok(answer);
    }
    let entity = entity::edit::delete(&mut write, (&id, &request.etag), request.force).await?;
    let answer = DeleteEntityResponse {
        entity: Some(entity.into()),
        snapshot: write.snapshot(),
        replayed: false,
    };
    write.finish(repeat, answer).await
}

pub(super) async fn undelete(
    registry: &Registry,
    request: UndeleteEntityRequest,
) -> Result<UndeleteEntityResponse> {
    let repeat = RequestId::read("UndeleteEntity", &request.request_id, &request);
    let (id, repeat) = convert::both(convert::id("name", COLLECTION, &request.name), repeat)?;
    let mut write = registry.begin(false).await?;
    if let Some(answer) = write.answered(repeat.as_ref()).await? {
        return Ok(answer);
    }
    let entity = entity::edit::undelete(&mut write, &id).await?;
    let answer = UndeleteEntityResponse {
        entity: Some(entity.into()),
        snapshot: write.snapshot(),
        replayed: false,
    };
    write.finish(repeat, answer).await
}
