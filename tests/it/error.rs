//! What goes wrong outside of a request, and how it is told.

use std::net::SocketAddr;

use proto::metrics::v1::ListUnitsRequest;
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use proto::registry::v1::{
    CreateEntityRequest, GetEntityRequest, ListEntitiesRequest, SearchEntitiesRequest,
};
use proto::reporting::v1::ListTemplatesRequest;
use proto::server::v1::GetServerInfoRequest;
use tonic::codec::CompressionEncoding;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use crate::harness::database::Database;
use crate::harness::process::soon;
use crate::harness::proxy::Proxy;
use crate::harness::seed::{self, entity};
use crate::harness::{Backend, DATABASES, Home, World, on_both, refused, seeded};

on_both!(
    a_message_over_the_limit_is_refused_packed_or_not,
    bytes_that_are_no_message_are_refused,
    a_database_that_does_not_answer_in_time_is_unavailable,
    a_request_that_takes_too_long_for_the_server_ends,
    a_request_that_takes_too_long_for_the_client_ends,
    one_request_too_many_is_refused_and_the_next_one_is_not,
    a_fault_of_the_server_tells_nothing_but_where_to_look,
    an_error_about_a_resource_names_it,
    every_bad_field_has_a_reason_of_its_own,
);

fn creation(display: &str) -> CreateEntityRequest {
    CreateEntityRequest {
        entity: Some(entity("ignored", "company", display)),
        ..Default::default()
    }
}

async fn write(world: &World) -> Result<(), Status> {
    let made = world.registry().create_entity(creation("Newcomer")).await;
    made.map(drop)
}

async fn an_error_about_a_resource_names_it(backend: Backend) {
    let world = seeded(backend).await;
    let request = GetEntityRequest {
        name: "entities/atlantis".to_owned(),
        ..Default::default()
    };
    let status = world.registry().get_entity(request).await;
    let status = status.expect_err("it sank");
    refused(&status).is(Code::NotFound, "ENTITY_NOT_FOUND", &[]);
    let details = status.get_error_details();
    let info = details.error_info().expect("a reason");
    assert_eq!(info.domain, "almanac.dev");
    assert_eq!(info.metadata["resource"], "entities/atlantis");
    let resource = details.resource_info().expect("a resource");
    assert_eq!(resource.resource_type, "almanac.dev/Entity");
    assert_eq!(resource.resource_name, "entities/atlantis");
    assert_eq!(resource.description, status.message());
}

async fn every_bad_field_has_a_reason_of_its_own(backend: Backend) {
    let world = seeded(backend).await;
    let request = CreateEntityRequest {
        entity_id: "Wrong Id".to_owned(),
        entity: Some(entity("ignored", "", "Newcomer")),
        ..Default::default()
    };
    let status = world.registry().create_entity(request).await;
    let status = status.expect_err("two bad fields");
    let details = status.get_error_details();
    let bad = details.bad_request().expect("bad fields");
    let fields = bad.field_violations.iter();
    let mut fields: Vec<_> = fields
        .map(|bad| (bad.field.as_str(), bad.reason.as_str()))
        .collect();
    fields.sort_unstable();
    let expected = [
        ("entity.kind", "FIELD_REQUIRED"),
        ("entity_id", "FIELD_INVALID"),
    ];
    assert_eq!(fields, expected);
    assert!(
        details
            .error_info()
            .is_some_and(|info| info.metadata.is_empty())
    );
}

async fn a_message_over_the_limit_is_refused_packed_or_not(backend: Backend) {
    let world = seeded(backend).await;
    let mut large = creation("Large");
    let remark = proto::figure::v1::Note {
        text: "x".repeat(1 << 20),
        ..Default::default()
    };
    large.entity.as_mut().expect("an entity").notes = vec![remark; 5];
    let plain = world.registry().create_entity(large.clone()).await;
    let plain = refused(&plain.expect_err("5 MiB"));
    plain.is(Code::InvalidArgument, "MESSAGE_TOO_LARGE", &[]);
    let mut packing = world.registry().send_compressed(CompressionEncoding::Gzip);
    let packed = packing.create_entity(large).await;
    let packed = refused(&packed.expect_err("5 MiB once unpacked"));
    packed.is(Code::InvalidArgument, "MESSAGE_TOO_LARGE", &[]);
    let small = packing.create_entity(creation("Small")).await;
    small.expect("a packed message is read");
}

/// Like `GetEntityRequest`, but for the bytes of a text that is none.
#[derive(Clone, prost::Message)]
struct Unreadable {
    #[prost(bytes = "vec", tag = "1")]
    name: Vec<u8>,
}

async fn bytes_that_are_no_message_are_refused(backend: Backend) {
    let world = seeded(backend).await;
    let mut client = tonic::client::Grpc::new(world.channel());
    client.ready().await.expect("the server is there");
    let path = "/almanac.registry.v1.RegistryService/GetEntity";
    let codec = tonic_prost::ProstCodec::<Unreadable, Unreadable>::default();
    let request = Request::new(Unreadable {
        name: vec![0xff, 0xfe],
    });
    let path = http::uri::PathAndQuery::from_static(path);
    let answer = client.unary(request, path, codec).await;
    let refusal = refused(&answer.expect_err("not UTF-8"));
    refusal.is(Code::InvalidArgument, "FIELD_INVALID", &[]);
}

async fn a_database_that_does_not_answer_in_time_is_unavailable(backend: Backend) {
    let world = seeded(backend).await;
    let held = Database::hold(world.home(), "registry").await;
    let late = refused(&write(&world).await.expect_err("somebody else writes"));
    late.is(Code::Unavailable, "DATABASE_UNAVAILABLE", &[]);
    held.release().await;
    write(&world).await.expect("nobody else writes");
}

async fn a_request_that_takes_too_long_for_the_server_ends(backend: Backend) {
    let settings = [("ALMANAC__LIMITS__UNARY_TIMEOUT_SECS", "1")];
    let world = World::start_with(backend, &settings).await;
    seed::all(&world).await;
    let held = Database::hold(world.home(), "registry").await;
    let late = refused(&write(&world).await.expect_err("more than a second"));
    late.is(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", &[]);
    held.release().await;
}

async fn a_request_that_takes_too_long_for_the_client_ends(backend: Backend) {
    let world = seeded(backend).await;
    let held = Database::hold(world.home(), "registry").await;
    // The usual client would keep the time itself and never see the answer.
    let executor = hyper_util::rt::TokioExecutor::new();
    let mut builder = hyper_util::client::legacy::Client::builder(executor);
    let plain = builder.http2_only(true).build_http::<tonic::body::Body>();
    let origin = format!("http://{}", world.address()).parse();
    let mut client = RegistryServiceClient::with_origin(plain, origin.expect("a URL"));
    let mut request = Request::new(creation("Late"));
    let timeout = "300m".parse().expect("a header");
    request.metadata_mut().insert("grpc-timeout", timeout);
    let answer = soon("the answer", client.create_entity(request)).await;
    let late = refused(&answer.expect_err("more than 300 ms"));
    late.is(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", &[]);
    held.release().await;
}

async fn one_request_too_many_is_refused_and_the_next_one_is_not(backend: Backend) {
    let settings = [("ALMANAC__LIMITS__CONCURRENT_REQUESTS", "1")];
    let world = World::start_with(backend, &settings).await;
    let mut registry = world.registry();
    let stream = crate::ingest::Stream::silent(&world).await;
    let list = ListEntitiesRequest::default();
    let status = registry.list_entities(list.clone()).await;
    let status = status.expect_err("the second one");
    let refusal = refused(&status);
    refusal.is(Code::ResourceExhausted, "OVERLOADED", &[]);
    let named = refusal.message.contains("limits.concurrent_requests");
    assert!(named, "{}", refusal.message);
    let retry = status.get_error_details();
    let delay = retry.retry_info().and_then(|info| info.retry_delay);
    assert!(delay.is_some(), "a refused caller is told how long to wait");
    let told = world
        .server()
        .get_server_info(GetServerInfoRequest {})
        .await;
    let limits = told.expect("it answers all the same").into_inner().limits;
    assert_eq!(limits.expect("limits").concurrent_requests, 1);
    drop(stream);
    let room = async {
        while registry.list_entities(list.clone()).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    soon("the stream makes room", room).await;
}

async fn a_fault_of_the_server_tells_nothing_but_where_to_look(backend: Backend) {
    let world = seeded(backend).await;
    let mut database = Database::of(world.home(), "registry").await;
    database
        .execute("ALTER TABLE entity RENAME TO elsewhere")
        .await;
    let request = GetEntityRequest {
        name: "entities/china".to_owned(),
        ..Default::default()
    };
    let status = world.registry().get_entity(request).await;
    let fault = refused(&status.expect_err("the table is gone"));
    fault.is(Code::Internal, "INTERNAL", &[]);
    let trace = fault.message.rsplit(' ').next().expect("the trace");
    assert_eq!(trace.len(), 32, "{}", fault.message);
    world.process().logged(trace).await;
    let line = world.logs();
    let line = line
        .lines()
        .find(|line| line.contains("internal error") && line.contains(trace));
    assert!(
        line.is_some_and(|line| line.contains("entity")),
        "the log has the cause"
    );
}

/// SQLite is a library: there is nothing that could be away, only files that are locked,
/// which is tested above on both.
mod only_where_the_database_is_a_server {
    use super::*;

    /// An installation whose database is behind a wire that can be cut.
    async fn behind_a_wire() -> (World, Proxy, SocketAddr) {
        let home = Home::new(Backend::Postgres).await;
        let url = home.url().expect("a server").to_owned();
        let (scheme, rest) = url.split_once("://").expect("a URL");
        let (authority, database) = rest.split_once('/').expect("a database");
        let (login, server) = match authority.rsplit_once('@') {
            Some((login, server)) => (format!("{login}@"), server),
            None => (String::new(), authority),
        };
        let mut found = tokio::net::lookup_host(server)
            .await
            .expect("a host and a port");
        let server = found.next().expect("an address");
        let proxy = Proxy::to(server).await;
        let url = format!("{scheme}://{login}{}/{database}", proxy.address());
        let settings = DATABASES.map(|key| (key, url.as_str()));
        let world = World::start_at(home, &settings).await;
        seed::all(&world).await;
        (world, proxy, server)
    }

    async fn reads(world: &World) -> Vec<Result<(), Status>> {
        let search = SearchEntitiesRequest {
            query: "china".to_owned(),
            ..Default::default()
        };
        let mut registry = world.registry();
        vec![
            registry.search_entities(search).await.map(drop),
            world
                .metrics()
                .list_units(ListUnitsRequest::default())
                .await
                .map(drop),
            world
                .reporting()
                .list_templates(ListTemplatesRequest::default())
                .await
                .map(drop),
        ]
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn without_its_database_a_server_is_unavailable_and_comes_back() {
        let (world, proxy, server) = behind_a_wire().await;
        for read in reads(&world).await {
            read.expect("the database is there");
        }
        proxy.cut();
        let mut told = reads(&world).await;
        told.push(write(&world).await);
        for answer in told {
            let refusal = refused(&answer.expect_err("the database is away"));
            refusal.is(Code::Unavailable, "DATABASE_UNAVAILABLE", &[]);
        }
        world.process().logged(r#""serving":false"#).await;
        proxy.mend(server);
        world.process().serving().await;
        for read in reads(&world).await {
            read.expect("the database is back");
        }
        write(&world).await.expect("the database is back");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_server_whose_database_is_away_starts_and_says_so() {
        let home = Home::new(Backend::Postgres).await;
        let nowhere = format!("postgresql://nobody:canary@{}/none", closed_port().await);
        let mut command = home.command(&["serve"]);
        command.envs(DATABASES.map(|key| (key, nowhere.as_str())));
        let process = crate::harness::process::Process::start(command).await;
        let channel = crate::harness::connect(process.address());
        let request = ListEntitiesRequest::default();
        let status = RegistryServiceClient::new(channel)
            .list_entities(request)
            .await;
        let refusal = refused(&status.expect_err("the database is away"));
        refusal.is(Code::Unavailable, "DATABASE_UNAVAILABLE", &[]);
        assert!(process.answers().await, "it says what it is all the same");
        assert!(!process.logs().contains("canary"), "no password in the log");
    }

    async fn closed_port() -> SocketAddr {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await;
        let address = listener.and_then(|listener| listener.local_addr());
        address.expect("a free port")
    }
}
