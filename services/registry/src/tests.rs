//! The service called as its clients call it, on both databases.

mod entity;
#[path = "../../../tests/it/postgres.rs"]
mod postgres;
mod relation;
mod search;
mod watch;

use proto::figure::v1::{Label, SourceRef};
use proto::registry::v1::registry_service_server::RegistryService as _;
use proto::registry::v1::*;
use store::{DatabaseConfig, Store};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use crate::{MIGRATIONS, NAME, Registry};

/// Makes one test of a story for each database.
macro_rules! on_both_databases {
    ($($story:ident)+) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $story() {
                let (registry, _folder) = crate::tests::sqlite().await;
                super::$story(registry).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $story() {
                super::$story(crate::tests::postgres_registry().await).await;
            })+
        }
    };
}
pub(crate) use on_both_databases;

async fn sqlite() -> (Registry, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("registry.db").display());
    (migrated(url).await, folder)
}

async fn postgres_registry() -> Registry {
    let server = tokio::task::spawn_blocking(postgres::server)
        .await
        .expect("a server");
    migrated(server.create_database()).await
}

async fn migrated(url: String) -> Registry {
    let database = DatabaseConfig {
        url: url.into(),
        max_connections: 4,
        acquire_timeout_secs: 5,
        statement_timeout_secs: 30,
    };
    store::migration::migrate(&database, NAME, MIGRATIONS)
        .await
        .expect("migrated");
    let store = Store::open(&database, NAME).await.expect("opened");
    let registry = Registry::open(store, 1, CancellationToken::new())
        .await
        .expect("a registry");
    registry.apply(vocabulary()).await.expect("a vocabulary");
    registry
}

impl Registry {
    async fn apply(&self, vocabulary: Vocabulary) -> Result<ApplyVocabularyResponse, Status> {
        let request = ApplyVocabularyRequest {
            vocabulary: Some(vocabulary),
            validate_only: false,
        };
        Ok(self
            .apply_vocabulary(Request::new(request))
            .await?
            .into_inner())
    }

    async fn create(&self, id: &str, entity: Entity) -> Result<CreateEntityResponse, Status> {
        let request = CreateEntityRequest {
            entity_id: id.to_owned(),
            entity: Some(entity),
            ..CreateEntityRequest::default()
        };
        Ok(self
            .create_entity(Request::new(request))
            .await?
            .into_inner())
    }

    async fn get(&self, id: &str, at_snapshot: &str) -> Result<Entity, Status> {
        let request = GetEntityRequest {
            name: format!("entities/{id}"),
            at_snapshot: at_snapshot.to_owned(),
            ..GetEntityRequest::default()
        };
        let answer = self.get_entity(Request::new(request)).await?.into_inner();
        Ok(answer.entity.expect("an entity"))
    }

    async fn update(&self, entity: Entity, paths: &[&str]) -> Result<UpdateEntityResponse, Status> {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let request = UpdateEntityRequest {
            entity: Some(entity),
            update_mask: Some(prost_types::FieldMask { paths }),
            ..UpdateEntityRequest::default()
        };
        Ok(self
            .update_entity(Request::new(request))
            .await?
            .into_inner())
    }

    async fn add(&self, entities: Vec<Entity>) -> Result<BatchAddEntitiesResponse, Status> {
        let request = BatchAddEntitiesRequest {
            entities,
            ..BatchAddEntitiesRequest::default()
        };
        Ok(self
            .batch_add_entities(Request::new(request))
            .await?
            .into_inner())
    }

    async fn relate(&self, relations: Vec<Relation>) -> Result<BatchAddRelationsResponse, Status> {
        let request = BatchAddRelationsRequest {
            relations,
            ..BatchAddRelationsRequest::default()
        };
        Ok(self
            .batch_add_relations(Request::new(request))
            .await?
            .into_inner())
    }
}

/// Code and reason of a failed call.
fn failure<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, String) {
    let status = answer.expect_err("a failure");
    let info = status.get_details_error_info().expect("a reason");
    (status.code(), info.reason)
}

fn labels(text: &str) -> Vec<Label> {
    vec![Label {
        text: text.to_owned(),
        language: "en".to_owned(),
    }]
}

fn kind(id: &str, citable: bool, attributes: Vec<AttributeDefinition>) -> Kind {
    Kind {
        id: id.to_owned(),
        labels: labels(id),
        attributes,
        citable,
    }
}

fn predicate(id: &str, acyclic: bool, functional: bool) -> Predicate {
    Predicate {
        id: id.to_owned(),
        labels: labels(id),
        acyclic,
        functional,
        ..Predicate::default()
    }
}

fn vocabulary() -> Vocabulary {
    let level = AttributeDefinition {
        key: "level".to_owned(),
        labels: labels("level"),
        r#type: AttributeType::Code.into(),
        code_list: "levels".to_owned(),
    };
    let codes = ["province", "city"].map(|id| proto::registry::v1::Code {
        id: id.to_owned(),
        labels: labels(id),
    });
    Vocabulary {
        kinds: vec![
            kind("region", false, vec![level]),
            kind("report", true, Vec::new()),
        ],
        predicates: vec![
            predicate("part-of", true, false),
            predicate("capital", false, true),
        ],
        schemes: vec![IdentifierScheme {
            id: "iso".to_owned(),
            labels: labels("ISO 3166-1"),
            validator: IdentifierValidator::Alpha2.into(),
            unique: true,
        }],
        code_lists: vec![CodeList {
            id: "levels".to_owned(),
            labels: labels("levels"),
            codes: codes.into(),
        }],
    }
}

fn name(text: &str, language: &str) -> Name {
    Name {
        text: text.to_owned(),
        language: language.to_owned(),
        r#type: NameType::Display.into(),
        ..Name::default()
    }
}

fn entity(id: &str, kind: &str, names: &[(&str, &str)]) -> Entity {
    Entity {
        name: format!("entities/{id}"),
        kind: kind.to_owned(),
        names: names
            .iter()
            .map(|(text, language)| name(text, language))
            .collect(),
        ..Entity::default()
    }
}

fn region(id: &str, names: &[(&str, &str)]) -> Entity {
    entity(id, "region", names)
}

fn cite(id: &str) -> SourceRef {
    SourceRef {
        source: format!("entities/{id}"),
        ..SourceRef::default()
    }
}

fn relation(subject: &str, predicate: &str, object: &str) -> Relation {
    Relation {
        subject: format!("entities/{subject}"),
        predicate: predicate.to_owned(),
        object: format!("entities/{object}"),
        source: Some(cite("atlas")),
        ..Relation::default()
    }
}
