//! The service of the contract: reads a request, calls, and wraps the answer.

mod fitting;
mod follow;

use std::pin::Pin;

use futures::Stream;
use proto::registry::v1::registry_service_server::RegistryService;
use proto::registry::v1::*;
use store::replay::RequestId;
use tonic::{Request, Response, Status};

use fitting::fitting;

use crate::convert::{self, batch};
use crate::entity::{self, COLLECTION as ENTITIES};
use crate::feed::Position;
use crate::relation::{self, COLLECTION as RELATIONS};
use crate::search;
use crate::{Registry, vocabulary};

/// Most entities of one BatchGetEntities.
const MOST_NAMES: usize = 10_000;

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl RegistryService for Registry {
    async fn apply_vocabulary(
        &self,
        request: Request<ApplyVocabularyRequest>,
    ) -> Answer<ApplyVocabularyResponse> {
        let request = request.into_inner();
        let new = convert::vocabulary::read(request.vocabulary.as_ref())?;
        let mut write = self.begin(request.validate_only).await?;
        let changed = vocabulary::apply(&mut write, &new).await?;
        let snapshot = write.snapshot();
        let answer = ApplyVocabularyResponse { changed, snapshot };
        Ok(Response::new(write.finish(None, answer).await?))
    }

    async fn get_vocabulary(
        &self,
        request: Request<GetVocabularyRequest>,
    ) -> Answer<GetVocabularyResponse> {
        let request = request.into_inner();
        let seen = self
            .see(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let vocabulary = vocabulary::at(self.store.reader(), seen.commit).await?;
        Ok(Response::new(GetVocabularyResponse {
            vocabulary: Some(vocabulary.into()),
            snapshot: seen.token(),
        }))
    }

    async fn create_entity(
        &self,
        request: Request<CreateEntityRequest>,
    ) -> Answer<CreateEntityResponse> {
        let request = request.into_inner();
        let repeat = RequestId::read("CreateEntity", &request.request_id, &request)?;
        let (id, new) = convert::entity::create(&request)?;
        let mut write = self.begin(request.validate_only).await?;
        if let Some(answer) = write.answered(repeat.as_ref()).await? {
            return Ok(Response::new(answer));
        }
        let entity = entity::edit::create(&mut write, id, new).await?;
        let answer = CreateEntityResponse {
            entity: Some(entity.into()),
            snapshot: write.snapshot(),
        };
        Ok(Response::new(write.finish(repeat, answer).await?))
    }

    async fn get_entity(&self, request: Request<GetEntityRequest>) -> Answer<GetEntityResponse> {
        let request = request.into_inner();
        let id = convert::id("name", ENTITIES, &request.name)?;
        let seen = self
            .see(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let db = self.store.reader();
        let entity = self.cache.entity(db, seen.commit, id).await?;
        Ok(Response::new(GetEntityResponse {
            entity: Some(Entity::clone(&entity)),
            snapshot: seen.token(),
        }))
    }

    async fn list_entities(
        &self,
        request: Request<ListEntitiesRequest>,
    ) -> Answer<ListEntitiesResponse> {
        let request = request.into_inner();
        let size = rpc::page_size(request.page_size)?;
        let list =
            entity::record::List::read(&request.filter, &request.order_by, request.show_deleted)?;
        let mut seen = self
            .see(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let arguments = [
            "ListEntities",
            request.filter.as_str(),
            &request.order_by,
            if request.show_deleted { "deleted" } else { "" },
            &request.at_snapshot,
        ];
        let page = seen.page(size, &request.page_token, &arguments)?;
        let page = entity::record::list(self.store.reader(), seen.commit, list, page).await?;
        fitting(ListEntitiesResponse {
            entities: page.rows.into_iter().map(Entity::from).collect(),
            next_page_token: page.next_page_token,
            snapshot: seen.token(),
        })
    }

    async fn batch_get_entities(
        &self,
        request: Request<BatchGetEntitiesRequest>,
    ) -> Answer<BatchGetEntitiesResponse> {
        let request = request.into_inner();
        batch::count("names", request.names.len(), MOST_NAMES)?;
        let ids = convert::ids("names", ENTITIES, &request.names)?;
        let seen = self
            .see(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let db = self.store.reader();
        let found = if request.summary_only {
            convert::found(entity::record::summaries(db, seen.commit, &ids).await?)
        } else {
            convert::found(entity::record::get_many(db, seen.commit, &ids).await?)
        };
        let (entities, missing) = convert::in_order(&ids, &found);
        if let Some(first) = missing.first().filter(|_| !request.allow_missing) {
            return Err(entity::record::unknown(first).into());
        }
        fitting(BatchGetEntitiesResponse {
            entities,
            missing: missing
                .into_iter()
                .map(|id| format!("{ENTITIES}/{id}"))
                .collect(),
            snapshot: seen.token(),
        })
    }

    async fn batch_add_entities(
        &self,
        request: Request<BatchAddEntitiesRequest>,
    ) -> Answer<BatchAddEntitiesResponse> {
        let request = request.into_inner();
        let skips_rows = batch::skips_rows(request.on_error)?;
        let (rows, mut faults) = batch::rows("entities", &request.entities, convert::entity::row)?;
        let mut write = self.begin(request.validate_only).await?;
        let (counts, more) = entity::add::add(&mut write, rows).await?;
        faults.extend(more);
        let answer = BatchAddEntitiesResponse {
            created_count: batch::sent(counts.created),
            extended_count: batch::sent(counts.extended),
            unchanged_count: batch::sent(counts.unchanged),
            row_errors: batch::row_errors("entities", skips_rows, faults)?,
            snapshot: write.snapshot(),
        };
        Ok(Response::new(write.finish(None, answer).await?))
    }

    async fn update_entity(
        &self,
        request: Request<UpdateEntityRequest>,
    ) -> Answer<UpdateEntityResponse> {
        let request = request.into_inner();
        let repeat = RequestId::read("UpdateEntity", &request.request_id, &request)?;
        let ((id, etag), patch) = convert::entity::update(&request)?;
        let mut write = self.begin(request.validate_only).await?;
        if let Some(answer) = write.answered(repeat.as_ref()).await? {
            return Ok(Response::new(answer));
        }
        let entity = entity::edit::update(&mut write, (&id, &etag), patch).await?;
        let answer = UpdateEntityResponse {
            entity: Some(entity.into()),
            snapshot: write.snapshot(),
        };
        Ok(Response::new(write.finish(repeat, answer).await?))
    }

    async fn delete_entity(
        &self,
        request: Request<DeleteEntityRequest>,
    ) -> Answer<DeleteEntityResponse> {
        let request = request.into_inner();
        let repeat = RequestId::read("DeleteEntity", &request.request_id, &request)?;
        let id = convert::id("name", ENTITIES, &request.name)?;
        let mut write = self.begin(false).await?;
        if let Some(answer) = write.answered(repeat.as_ref()).await? {
            return Ok(Response::new(answer));
        }
        let entity = entity::edit::delete(&mut write, (&id, &request.etag), request.force).await?;
        let answer = DeleteEntityResponse {
            entity: Some(entity.into()),
            snapshot: write.snapshot(),
        };
        Ok(Response::new(write.finish(repeat, answer).await?))
    }

    async fn undelete_entity(
        &self,
        request: Request<UndeleteEntityRequest>,
    ) -> Answer<UndeleteEntityResponse> {
        let request = request.into_inner();
        let repeat = RequestId::read("UndeleteEntity", &request.request_id, &request)?;
        let id = convert::id("name", ENTITIES, &request.name)?;
        let mut write = self.begin(false).await?;
        if let Some(answer) = write.answered(repeat.as_ref()).await? {
            return Ok(Response::new(answer));
        }
        let entity = entity::edit::undelete(&mut write, &id).await?;
        let answer = UndeleteEntityResponse {
            entity: Some(entity.into()),
            snapshot: write.snapshot(),
        };
        Ok(Response::new(write.finish(repeat, answer).await?))
    }

    async fn search_entities(
        &self,
        request: Request<SearchEntitiesRequest>,
    ) -> Answer<SearchEntitiesResponse> {
        let request = request.into_inner();
        convert::search::check(&request)?;
        let size = convert::search::page_size(request.page_size)?;
        let query = search::Query::read(&request.query, &request.filter)?;
        let mut seen = self
            .see(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let arguments = [
            "SearchEntities",
            request.query.as_str(),
            &request.filter,
            &request.at_snapshot,
        ];
        let page = seen.page(size, &request.page_token, &arguments)?;
        let page = search::search(self.store.reader(), seen.commit, query, page).await?;
        fitting(SearchEntitiesResponse {
            matches: page.rows.into_iter().map(EntityMatch::from).collect(),
            next_page_token: page.next_page_token,
            snapshot: seen.token(),
        })
    }

    async fn resolve_entities(
        &self,
        request: Request<ResolveEntitiesRequest>,
    ) -> Answer<ResolveEntitiesResponse> {
        let request = request.into_inner();
        let queries = convert::search::queries(&request.queries)?;
        let seen = self
            .see(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let answers = search::resolve::resolve(self.store.reader(), seen.commit, queries).await?;
        fitting(ResolveEntitiesResponse {
            resolutions: answers.into_iter().map(Resolution::from).collect(),
            snapshot: seen.token(),
        })
    }

    async fn create_relation(
        &self,
        request: Request<CreateRelationRequest>,
    ) -> Answer<CreateRelationResponse> {
        let request = request.into_inner();
        let repeat = RequestId::read("CreateRelation", &request.request_id, &request)?;
        let (id, new) = convert::relation::create(&request)?;
        let mut write = self.begin(request.validate_only).await?;
        if let Some(answer) = write.answered(repeat.as_ref()).await? {
            return Ok(Response::new(answer));
        }
        let relation = relation::edit::create(&mut write, id, new).await?;
        let answer = CreateRelationResponse {
            relation: Some(relation.into()),
            snapshot: write.snapshot(),
        };
        Ok(Response::new(write.finish(repeat, answer).await?))
    }

    async fn get_relation(
        &self,
        request: Request<GetRelationRequest>,
    ) -> Answer<GetRelationResponse> {
        let request = request.into_inner();
        let id = convert::id("name", RELATIONS, &request.name)?;
        let seen = self
            .see(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let relation = relation::record::get(self.store.reader(), seen.commit, &id).await?;
        Ok(Response::new(GetRelationResponse {
            relation: Some(relation.into()),
            snapshot: seen.token(),
        }))
    }

    async fn list_relations(
        &self,
        request: Request<ListRelationsRequest>,
    ) -> Answer<ListRelationsResponse> {
        let request = request.into_inner();
        let size = rpc::page_size(request.page_size)?;
        let list = relation::record::List::read(&request.filter, &request.order_by)?;
        let mut seen = self
            .see(&request.at_snapshot, &request.at_least_as_fresh)
            .await?;
        let arguments = [
            "ListRelations",
            request.filter.as_str(),
            &request.order_by,
            &request.at_snapshot,
        ];
        let page = seen.page(size, &request.page_token, &arguments)?;
        let page = relation::record::list(self.store.reader(), seen.commit, list, page).await?;
        fitting(ListRelationsResponse {
            relations: page.rows.into_iter().map(Relation::from).collect(),
            next_page_token: page.next_page_token,
            snapshot: seen.token(),
        })
    }

    async fn batch_add_relations(
        &self,
        request: Request<BatchAddRelationsRequest>,
    ) -> Answer<BatchAddRelationsResponse> {
        let request = request.into_inner();
        let skips_rows = batch::skips_rows(request.on_error)?;
        let (rows, mut faults) =
            batch::rows("relations", &request.relations, convert::relation::row)?;
        let mut write = self.begin(request.validate_only).await?;
        let (counts, more) = relation::add::add(&mut write, rows).await?;
        faults.extend(more);
        let answer = BatchAddRelationsResponse {
            created_count: batch::sent(counts.created),
            unchanged_count: batch::sent(counts.unchanged),
            row_errors: batch::row_errors("relations", skips_rows, faults)?,
            snapshot: write.snapshot(),
        };
        Ok(Response::new(write.finish(None, answer).await?))
    }

    async fn update_relation(
        &self,
        request: Request<UpdateRelationRequest>,
    ) -> Answer<UpdateRelationResponse> {
        let request = request.into_inner();
        let repeat = RequestId::read("UpdateRelation", &request.request_id, &request)?;
        let ((id, etag), patch) = convert::relation::update(&request)?;
        let mut write = self.begin(request.validate_only).await?;
        if let Some(answer) = write.answered(repeat.as_ref()).await? {
            return Ok(Response::new(answer));
        }
        let relation = relation::edit::update(&mut write, (&id, &etag), patch).await?;
        let answer = UpdateRelationResponse {
            relation: Some(relation.into()),
            snapshot: write.snapshot(),
        };
        Ok(Response::new(write.finish(repeat, answer).await?))
    }

    async fn delete_relation(
        &self,
        request: Request<DeleteRelationRequest>,
    ) -> Answer<DeleteRelationResponse> {
        let request = request.into_inner();
        let repeat = RequestId::read("DeleteRelation", &request.request_id, &request)?;
        let id = convert::id("name", RELATIONS, &request.name)?;
        let mut write = self.begin(false).await?;
        if let Some(answer) = write.answered(repeat.as_ref()).await? {
            return Ok(Response::new(answer));
        }
        relation::edit::delete(&mut write, &id, &request.etag).await?;
        let snapshot = write.snapshot();
        let answer = DeleteRelationResponse { snapshot };
        Ok(Response::new(write.finish(repeat, answer).await?))
    }

    type WatchChangesStream =
        Pin<Box<dyn Stream<Item = Result<WatchChangesResponse, Status>> + Send>>;

    async fn watch_changes(
        &self,
        request: Request<WatchChangesRequest>,
    ) -> Answer<Self::WatchChangesStream> {
        let request = request.into_inner();
        let installation = self.installation().await?;
        let newest = self.newest().await?;
        let start = match (request.resume_token.as_str(), request.from_now) {
            ("", false) => Position::START,
            ("", true) => Position::through(newest),
            (token, _) => convert::feed::position(token, installation, newest)?,
        };
        Ok(Response::new(Box::pin(
            self.clone().follow(installation, start),
        )))
    }
}
