//! Every service reads packed requests and packs its answers.

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use prost::Message;
use proto::longrunning::ListOperationsRequest;
use proto::metrics::v1::ListUnitsRequest;
use proto::registry::v1::ListEntitiesRequest;
use proto::reporting::v1::ListTemplatesRequest;
use proto::server::v1::GetServerInfoRequest;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

use crate::harness::plain::{packed_call, send};
use crate::harness::{Backend, World, on_both, seeded};

on_both!(every_service_reads_and_writes_gzip);

/// One call for each service, by its name.
fn calls() -> BTreeMap<&'static str, (&'static str, Vec<u8>)> {
    let page_size = 3;
    // Both versions of reflection have the same messages.
    let services = ServerReflectionRequest {
        message_request: Some(MessageRequest::ListServices(String::new())),
        ..Default::default()
    };
    let entities = ListEntitiesRequest {
        page_size,
        ..Default::default()
    };
    let units = ListUnitsRequest {
        page_size,
        ..Default::default()
    };
    let templates = ListTemplatesRequest {
        page_size,
        ..Default::default()
    };
    let operations = ListOperationsRequest {
        name: "operations".to_owned(),
        page_size,
        ..Default::default()
    };
    let health = HealthCheckRequest {
        service: "live".to_owned(),
    };
    BTreeMap::from([
        (
            "almanac.registry.v1.RegistryService",
            ("ListEntities", entities.encode_to_vec()),
        ),
        (
            "almanac.metrics.v1.MetricsService",
            ("ListUnits", units.encode_to_vec()),
        ),
        (
            "almanac.reporting.v1.ReportingService",
            ("ListTemplates", templates.encode_to_vec()),
        ),
        (
            "google.longrunning.Operations",
            ("ListOperations", operations.encode_to_vec()),
        ),
        (
            "almanac.server.v1.ServerService",
            ("GetServerInfo", GetServerInfoRequest {}.encode_to_vec()),
        ),
        ("grpc.health.v1.Health", ("Check", health.encode_to_vec())),
        (
            "grpc.reflection.v1.ServerReflection",
            ("ServerReflectionInfo", services.encode_to_vec()),
        ),
        (
            "grpc.reflection.v1alpha.ServerReflection",
            ("ServerReflectionInfo", services.encode_to_vec()),
        ),
    ])
}

/// Calls a service with a packed request and returns its answer, which is packed too.
async fn answered(world: &World, service: &str) -> Vec<u8> {
    let calls = calls();
    let (method, message) = calls.get(service).expect("a call is known of each service");
    let request = packed_call(&format!("/{service}/{method}"), message);
    let answer = send(world.address(), request).await;
    assert_eq!(answer.code, StatusCode::OK, "{service}");
    let status = answer.status();
    assert_eq!(status.code(), Code::Ok, "{service}: {status:?}");
    assert_eq!(answer.headers["grpc-encoding"], "gzip", "{service}");
    let (message, packed) = answer.message();
    assert!(packed, "{service}");
    message
}

async fn every_service_reads_and_writes_gzip(backend: Backend) {
    let world = seeded(backend).await;
    let listed = answered(&world, "grpc.reflection.v1.ServerReflection").await;
    let listed = ServerReflectionResponse::decode(listed.as_slice()).expect("a list");
    let Some(MessageResponse::ListServicesResponse(listed)) = listed.message_response else {
        panic!("no list but {listed:?}");
    };
    let listed: BTreeSet<_> = listed.service.into_iter().map(|one| one.name).collect();
    assert!(listed.len() >= calls().len(), "{listed:?}");
    for service in &listed {
        answered(&world, service).await;
    }
}
