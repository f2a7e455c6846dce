//! What the server does not have is refused with a reason, like everything else.

use prost::Message as _;
use proto::metrics::v1::ListUnitsRequest;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::server::v1::GetServerInfoRequest;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;

use crate::harness::plain::{call, send};
use crate::harness::process::Process;
use crate::harness::{Backend, Home, World, connect, on_both, refused};

on_both!(
    a_method_that_is_not_there_is_told,
    a_role_that_is_not_played_is_named,
    a_packing_that_is_not_read_is_told,
    health_and_reflection_tell_their_reasons_too,
);

/// The services of a whole server.
async fn services(world: &World) -> Vec<String> {
    let mut server = world.server();
    let info = server.get_server_info(GetServerInfoRequest {}).await;
    info.expect("never fails").into_inner().services
}

async fn a_method_that_is_not_there_is_told(backend: Backend) {
    let world = World::start(backend).await;
    let mut paths = vec!["/no.Such/Get".to_owned(), "/".to_owned(), "/a".to_owned()];
    for service in services(&world).await {
        paths.push(format!("/{service}"));
        paths.push(format!("/{service}/Nothing"));
    }
    for path in paths {
        let answer = send(world.address(), call(&path, &[])).await;
        refused(&answer.status()).is(Code::Unimplemented, "METHOD_UNKNOWN", &[]);
    }
}

async fn a_role_that_is_not_played_is_named(backend: Backend) {
    let home = Home::new(backend).await;
    let process = Process::start(home.command(&["serve", "--migrate", "--role", "registry"])).await;
    let mut metrics = MetricsServiceClient::new(connect(process.address()));
    let status = metrics.list_units(ListUnitsRequest::default()).await;
    let refusal = refused(&status.expect_err("it is the registry"));
    refusal.is(Code::Unimplemented, "METHOD_UNKNOWN", &[]);
    assert!(
        refusal.message.contains("role metrics"),
        "{}",
        refusal.message
    );
}

async fn a_packing_that_is_not_read_is_told(backend: Backend) {
    let world = World::start(backend).await;
    for (service, method) in [
        ("almanac.registry.v1.RegistryService", "ListEntities"),
        ("almanac.metrics.v1.MetricsService", "IngestClaims"),
        ("google.longrunning.Operations", "ListOperations"),
        ("grpc.health.v1.Health", "Check"),
    ] {
        let mut request = call(&format!("/{service}/{method}"), &[]);
        let deflate = http::HeaderValue::from_static("deflate");
        request.headers_mut().insert("grpc-encoding", deflate);
        let answer = send(world.address(), request).await;
        let refusal = refused(&answer.status());
        refusal.is(Code::Unimplemented, "ENCODING_UNSUPPORTED", &[]);
        assert!(refusal.message.contains("`deflate`"), "{}", refusal.message);
        let read = answer.headers["grpc-accept-encoding"].to_str();
        let read = read.expect("a text");
        assert!(read.contains("gzip"), "{read}");
    }
}

async fn health_and_reflection_tell_their_reasons_too(backend: Backend) {
    let world = World::start(backend).await;
    let status = async |path: &str, message: Vec<u8>| -> Status {
        send(world.address(), call(path, &message)).await.status()
    };
    let service = "no.Such".to_owned();
    let health = HealthCheckRequest { service };
    let symbol = MessageRequest::FileContainingSymbol("no.Such".to_owned());
    let reflection = ServerReflectionRequest {
        message_request: Some(symbol),
        ..Default::default()
    };
    for (path, message) in [
        ("/grpc.health.v1.Health/Check", health.encode_to_vec()),
        (
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            reflection.encode_to_vec(),
        ),
        (
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
            reflection.encode_to_vec(),
        ),
    ] {
        let refusal = refused(&status(path, message).await);
        refusal.is(Code::NotFound, "METHOD_UNKNOWN", &[]);
    }
    let empty = ServerReflectionRequest::default().encode_to_vec();
    let path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    let refusal = refused(&status(path, empty).await);
    refusal.is(Code::InvalidArgument, "FIELD_INVALID", &[]);
}
