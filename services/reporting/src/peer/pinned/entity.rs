//! Entities, what ties them, and the vocabulary of both.

use std::sync::Arc;

use proto::registry::v1 as registry;
use rpc::Result;

use super::super::{call, look_up, pages};
use super::{PAGE, Pinned, order};

impl Pinned {
    /// An entity by name.
    pub(crate) async fn entity(&mut self, name: &str) -> Result<Option<Arc<registry::Entity>>> {
        if let Some(known) = self.entities.get(name) {
            return Ok(known.clone());
        }
        let request = registry::GetEntityRequest {
            name: name.to_owned(),
            consistency: self.consistency(),
        };
        let found = look_up("registry", || {
            let (mut client, request) = (self.peers.registry.clone(), request.clone());
            async move { client.get_entity(request).await }
        });
        let entity = found.await?.and_then(|answer| answer.entity);
        let entity = entity.map(|entity| Arc::new(order::entity(entity)));
        self.entities.insert(name.to_owned(), entity.clone());
        Ok(entity)
    }

    /// The names of the entities that a filter lets through, in order.
    pub(crate) async fn entities(&self, filter: &str) -> Result<Vec<String>> {
        let request = registry::ListEntitiesRequest {
            filter: filter.to_owned(),
            page_size: PAGE,
            view: registry::EntityView::Summary.into(),
            consistency: self.consistency(),
            ..Default::default()
        };
        let mut names = Vec::new();
        let ask = |page_token| {
            let (mut client, mut request) = (self.peers.registry.clone(), request.clone());
            request.page_token = page_token;
            async move { client.list_entities(request).await }
        };
        let take = |page: registry::ListEntitiesResponse| {
            names.extend(page.entities.into_iter().map(|entity| entity.name));
            page.next_page_token
        };
        pages("registry", ask, take).await?;
        Ok(names)
    }

    /// Relations that a filter lets through, by what they say.
    pub(crate) async fn relations(&self, filter: &str) -> Result<Vec<registry::Relation>> {
        let request = registry::ListRelationsRequest {
            filter: filter.to_owned(),
            order_by: "subject, predicate".to_owned(),
            page_size: PAGE,
            consistency: self.consistency(),
            ..Default::default()
        };
        let mut found = Vec::new();
        let ask = |page_token| {
            let (mut client, mut request) = (self.peers.registry.clone(), request.clone());
            request.page_token = page_token;
            async move { client.list_relations(request).await }
        };
        let take = |page: registry::ListRelationsResponse| {
            found.extend(page.relations);
            page.next_page_token
        };
        pages("registry", ask, take).await?;
        order::relations(&mut found);
        Ok(found)
    }

    /// The vocabulary of the registry.
    pub(crate) async fn vocabulary(&mut self) -> Result<Arc<registry::Vocabulary>> {
        if let Some(known) = &self.vocabulary {
            return Ok(known.clone());
        }
        let request = registry::GetVocabularyRequest {
            consistency: self.consistency(),
        };
        let found = call("registry", || {
            let (mut client, request) = (self.peers.registry.clone(), request.clone());
            async move { client.get_vocabulary(request).await }
        });
        let vocabulary = Arc::new(found.await?.vocabulary.unwrap_or_default());
        self.vocabulary = Some(vocabulary.clone());
        Ok(vocabulary)
    }
}
