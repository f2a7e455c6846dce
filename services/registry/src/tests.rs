//! The service called as its clients call it, on both databases.

mod batch;
mod bound;
mod entity;
mod fault;
#[path = "../../../tests/it/postgres.rs"]
mod postgres;
mod relation;
mod repeat;
mod search;
mod snapshot;
mod vocabulary;
mod watch;

use std::sync::Mutex;

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

/// Where the installations of this test process keep their tables.
static URLS: Mutex<Vec<([u8; 16], String)>> = Mutex::new(Vec::new());

async fn migrated(url: String) -> Registry {
    store::migration::migrate(&database(&url), NAME, MIGRATIONS)
        .await
        .expect("migrated");
    let registry = opened(&url).await;
    registry.apply(vocabulary()).await.expect("a vocabulary");
    let installation = registry.installation().await.expect("an id");
    URLS.lock().expect("a lock").push((installation, url));
    registry
}

/// Another registry over the same database, as another process would have it.
async fn reopened(registry: &Registry) -> Registry {
    let installation = registry.installation().await.expect("an id");
    let urls = URLS.lock().expect("a lock").clone();
    let found = urls.into_iter().find(|(id, _)| *id == installation);
    opened(&found.expect("a URL").1).await
}

async fn opened(url: &str) -> Registry {
    let store = Store::open(&database(url), NAME).await.expect("opened");
    let opened = Registry::open(store, 1, CancellationToken::new()).await;
    opened.expect("a registry")
}

fn database(url: &str) -> DatabaseConfig {
    DatabaseConfig {
        url: url.to_owned().into(),
        max_connections: 4,
        acquire_timeout_secs: 5,
        statement_timeout_secs: 30,
    }
}

impl Registry {
    async fn apply(&self, vocabulary: Vocabulary) -> Result<ApplyVocabularyResponse, Status> {
        let request = ApplyVocabularyRequest {
            vocabulary: Some(vocabulary),
            ..ApplyVocabularyRequest::default()
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
            consistency: rpc::at_snapshot(at_snapshot),
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

/// Fields of a failed call with what is wrong with each.
fn faults<T: std::fmt::Debug>(answer: Result<T, Status>) -> Vec<(String, String)> {
    let status = answer.expect_err("a failure");
    let request = status.get_details_bad_request().expect("fields");
    let faults = request.field_violations.into_iter();
    faults.map(|fault| (fault.field, fault.reason)).collect()
}

/// Refusals of the fields of a request, all at once.
#[track_caller]
fn refuses<T: std::fmt::Debug>(answer: Result<T, Status>, expected: &[(&str, &str)]) {
    let faults = faults(answer);
    let shown = faults.iter().map(|(field, reason)| (&**field, &**reason));
    assert_eq!(shown.collect::<Vec<_>>(), expected);
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
        ..Vocabulary::default()
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
