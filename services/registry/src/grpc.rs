//! The service of the contract: each method reads a request, calls, and wraps the answer.

mod entity;
mod relation;
mod search;
mod vocabulary;
mod watch;

use std::pin::Pin;

use futures::Stream;
use proto::registry::v1::registry_service_server::RegistryService;
use proto::registry::v1::*;
use tonic::{Request, Response, Status};

use crate::Registry;

type Answer<T> = Result<Response<T>, Status>;

fn answer<T>(answer: rpc::Result<T>) -> Answer<T> {
    Ok(Response::new(answer?))
}

#[tonic::async_trait]
impl RegistryService for Registry {
    async fn apply_vocabulary(
        &self,
        request: Request<ApplyVocabularyRequest>,
    ) -> Answer<ApplyVocabularyResponse> {
        answer(vocabulary::apply(self, request.into_inner()).await)
    }

    async fn get_vocabulary(
        &self,
        request: Request<GetVocabularyRequest>,
    ) -> Answer<GetVocabularyResponse> {
        answer(vocabulary::get(self, request.into_inner()).await)
    }

    async fn create_entity(
        &self,
        request: Request<CreateEntityRequest>,
    ) -> Answer<CreateEntityResponse> {
        answer(entity::create(self, request.into_inner()).await)
    }

    async fn get_entity(&self, request: Request<GetEntityRequest>) -> Answer<GetEntityResponse> {
        answer(entity::get(self, request.into_inner()).await)
    }

    async fn list_entities(
        &self,
        request: Request<ListEntitiesRequest>,
    ) -> Answer<ListEntitiesResponse> {
        answer(entity::list(self, request.into_inner()).await)
    }

    async fn batch_get_entities(
        &self,
        request: Request<BatchGetEntitiesRequest>,
    ) -> Answer<BatchGetEntitiesResponse> {
        answer(entity::batch_get(self, request.into_inner()).await)
    }

    async fn batch_add_entities(
        &self,
        request: Request<BatchAddEntitiesRequest>,
    ) -> Answer<BatchAddEntitiesResponse> {
        answer(entity::batch_add(self, request.into_inner()).await)
    }

    async fn update_entity(
        &self,
        request: Request<UpdateEntityRequest>,
    ) -> Answer<UpdateEntityResponse> {
        answer(entity::update(self, request.into_inner()).await)
    }

    async fn delete_entity(
        &self,
        request: Request<DeleteEntityRequest>,
    ) -> Answer<DeleteEntityResponse> {
        answer(entity::delete(self, request.into_inner()).await)
    }

    async fn undelete_entity(
        &self,
        request: Request<UndeleteEntityRequest>,
    ) -> Answer<UndeleteEntityResponse> {
        answer(entity::undelete(self, request.into_inner()).await)
    }

    async fn search_entities(
        &self,
        request: Request<SearchEntitiesRequest>,
    ) -> Answer<SearchEntitiesResponse> {
        answer(search::search(self, request.into_inner()).await)
    }

    async fn resolve_entities(
        &self,
        request: Request<ResolveEntitiesRequest>,
    ) -> Answer<ResolveEntitiesResponse> {
        answer(search::resolve(self, request.into_inner()).await)
    }

    async fn create_relation(
        &self,
        request: Request<CreateRelationRequest>,
    ) -> Answer<CreateRelationResponse> {
        answer(relation::create(self, request.into_inner()).await)
    }

    async fn get_relation(
        &self,
        request: Request<GetRelationRequest>,
    ) -> Answer<GetRelationResponse> {
        answer(relation::get(self, request.into_inner()).await)
    }

    async fn list_relations(
        &self,
        request: Request<ListRelationsRequest>,
    ) -> Answer<ListRelationsResponse> {
        answer(relation::list(self, request.into_inner()).await)
    }

    async fn batch_add_relations(
        &self,
        request: Request<BatchAddRelationsRequest>,
    ) -> Answer<BatchAddRelationsResponse> {
        answer(relation::batch_add(self, request.into_inner()).await)
    }

    async fn update_relation(
        &self,
        request: Request<UpdateRelationRequest>,
    ) -> Answer<UpdateRelationResponse> {
        answer(relation::update(self, request.into_inner()).await)
    }

    async fn delete_relation(
        &self,
        request: Request<DeleteRelationRequest>,
    ) -> Answer<DeleteRelationResponse> {
        answer(relation::delete(self, request.into_inner()).await)
    }

    async fn get_snapshot(
        &self,
        request: Request<GetSnapshotRequest>,
    ) -> Answer<GetSnapshotResponse> {
        answer(watch::snapshot(self, request.into_inner()).await)
    }

    type WatchChangesStream =
        Pin<Box<dyn Stream<Item = Result<WatchChangesResponse, Status>> + Send>>;

    async fn watch_changes(
        &self,
        request: Request<WatchChangesRequest>,
    ) -> Answer<Self::WatchChangesStream> {
        let changes = watch::changes(self, request.into_inner()).await?;
        Ok(Response::new(Box::pin(changes)))
    }
}
