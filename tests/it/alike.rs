//! The three services, used alike.

use proto::metrics::v1::{ApplyDefinitionsRequest, Unit};
use proto::registry::v1::CreateEntityRequest;
use proto::reporting::v1::Template;
use proto::snapshot::v1::Consistency;
use rpc::Part;
use tonic::Status;

use crate::harness::World;
use crate::harness::seed::{entity, label};
use crate::reporting::{create, prose, template};

/// All of them.
pub const PARTS: [Part; 3] = [Part::Registry, Part::Metrics, Part::Reporting];

/// The token that a service makes of a requirement.
pub async fn snapshot(
    world: &World,
    part: Part,
    consistency: Option<Consistency>,
) -> Result<String, Status> {
    Ok(match part {
        Part::Registry => {
            let request = proto::registry::v1::GetSnapshotRequest { consistency };
            let answer = world.registry().get_snapshot(request).await?;
            answer.into_inner().snapshot
        }
        Part::Metrics => {
            let request = proto::metrics::v1::GetSnapshotRequest { consistency };
            let answer = world.metrics().get_snapshot(request).await?;
            answer.into_inner().snapshot
        }
        Part::Reporting => {
            let request = proto::reporting::v1::GetSnapshotRequest { consistency };
            let answer = world.reporting().get_snapshot(request).await?;
            answer.into_inner().snapshot
        }
    })
}

pub async fn create_entity(world: &World, id: &str) -> String {
    let request = CreateEntityRequest {
        entity_id: id.to_owned(),
        entity: Some(entity(id, "region", id)),
        ..Default::default()
    };
    let created = world.registry().create_entity(request).await;
    created.expect("the id is free").into_inner().snapshot
}

pub fn unit(id: &str) -> Unit {
    Unit {
        name: format!("units/{id}"),
        labels: vec![label(id)],
        dimension: id.to_owned(),
        ..Default::default()
    }
}

pub async fn define(world: &World, request: ApplyDefinitionsRequest) -> String {
    let applied = world.metrics().apply_definitions(request).await;
    applied.expect("they are good").into_inner().snapshot
}

pub fn words() -> Template {
    template(vec![prose("one", "Words.", Vec::new())])
}

/// Changes a service in one commit; the name of the record, and a token that has it.
pub async fn record(world: &World, part: Part, number: usize) -> (String, String) {
    let id = format!("record-{number}");
    match part {
        Part::Registry => {
            let snapshot = create_entity(world, &id).await;
            (format!("entities/{id}"), snapshot)
        }
        Part::Metrics => {
            let request = ApplyDefinitionsRequest {
                units: vec![unit(&id)],
                ..Default::default()
            };
            (format!("units/{id}"), define(world, request).await)
        }
        Part::Reporting => {
            create(world, &id, words()).await.expect("it is good");
            let newest = snapshot(world, part, None).await;
            (format!("templates/{id}"), newest.expect("it can be read"))
        }
    }
}
