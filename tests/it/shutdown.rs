//! The end of a process: asked for, insisted on, and sudden.

use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use proto::registry::v1::registry_service_client::RegistryServiceClient;
use proto::registry::v1::{
    CreateEntityRequest, CreateEntityResponse, GetEntityRequest, ListEntitiesRequest,
    WatchChangesRequest,
};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::harness::database::Database;
use crate::harness::process::soon;
use crate::harness::seed::{self, entity};
use crate::harness::{Backend, World, on_both, refused, seeded};

on_both!(
    clients_that_say_nothing_do_not_hold_up_the_end,
    a_request_in_flight_is_answered_before_the_end,
    a_request_that_outlasts_the_grace_is_cut_off_and_told,
    a_second_signal_ends_the_process_at_once,
    what_was_acknowledged_survives_a_crash,
);

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// What a process may take beyond its grace, on a machine that is busy.
const ROOM: Duration = Duration::from_secs(2);

/// A world with a grace and room for one request at a time.
async fn patient(backend: Backend, grace_secs: &str) -> World {
    let settings = [
        ("ALMANAC__SHUTDOWN_GRACE_SECS", grace_secs),
        ("ALMANAC__LIMITS__CONCURRENT_REQUESTS", "1"),
    ];
    let world = World::start_with(backend, &settings).await;
    seed::all(&world).await;
    world
}

async fn tcp(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).await;
    stream.expect("the server listens")
}

/// A write that is being worked on and cannot end while the database is held.
pub async fn in_flight(world: &World) -> JoinHandle<Result<CreateEntityResponse, Status>> {
    let mut call = begin(world.registry());
    let at_work = async {
        while !is_at_work(world, &call).await {
            call = begin(world.registry());
        }
    };
    soon("the write is at work", at_work).await;
    call
}

fn begin(
    mut registry: RegistryServiceClient<Channel>,
) -> JoinHandle<Result<CreateEntityResponse, Status>> {
    let request = CreateEntityRequest {
        entity_id: "newcomer".to_owned(),
        entity: Some(entity("ignored", "company", "Newcomer")),
        ..Default::default()
    };
    let call = async move { registry.create_entity(request).await };
    tokio::spawn(async move { call.await.map(tonic::Response::into_inner) })
}

/// Whether the call, and no other one, has taken the only place: what is refused takes
/// none, so a row of refusals means that somebody else has it. The call has ended if one
/// of the questions asked here took it first.
async fn is_at_work<T>(world: &World, call: &JoinHandle<T>) -> bool {
    const ROW: usize = 50;
    let mut refusals = 0;
    while refusals < ROW && !call.is_finished() {
        // Refused for its size before it gets to the database, if it is let in.
        let request = ListEntitiesRequest {
            page_size: -1,
            ..Default::default()
        };
        let status = world.registry().list_entities(request).await;
        let refusal = refused(&status.expect_err("it is refused one way or the other"));
        refusals = if refusal.reason == "OVERLOADED" {
            refusals + 1
        } else {
            0
        };
    }
    !call.is_finished()
}

fn succeeded(status: ExitStatus) {
    assert_eq!(status.code(), Some(0), "{status}");
}

async fn is_there(world: &World) -> bool {
    let request = GetEntityRequest {
        name: "entities/newcomer".to_owned(),
        ..Default::default()
    };
    world.registry().get_entity(request).await.is_ok()
}

async fn clients_that_say_nothing_do_not_hold_up_the_end(backend: Backend) {
    let settings = [("ALMANAC__SHUTDOWN_GRACE_SECS", "4")];
    let mut world = World::start_with(backend, &settings).await;
    let _silent = tcp(world.address()).await;
    let mut greeting = tcp(world.address()).await;
    greeting
        .write_all(PREFACE)
        .await
        .expect("the server listens");
    let mut halfway = tcp(world.address()).await;
    halfway
        .write_all(&PREFACE[..10])
        .await
        .expect("the server listens");
    let request = WatchChangesRequest::default();
    let feed = world.registry().watch_changes(request).await;
    let mut feed = feed.expect("the feed opens").into_inner();
    feed.message().await.expect("the feed is alive");
    let began = Instant::now();
    succeeded(world.terminate().await);
    let took = began.elapsed();
    assert!(took < Duration::from_secs(4) + ROOM, "{took:?}");
    let end = loop {
        match feed.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the feed ended without a reason"),
            Err(status) => break refused(&status),
        }
    };
    end.is(Code::Unavailable, "SHUTTING_DOWN", &[]);
    let late = TcpStream::connect(world.address()).await;
    late.expect_err("nobody listens any more");
}

async fn a_request_in_flight_is_answered_before_the_end(backend: Backend) {
    let mut world = patient(backend, "20").await;
    let held = Database::hold(world.home(), "registry").await;
    let call = in_flight(&world).await;
    world.process().terminate();
    world.process().logged("shutting down").await;
    held.release().await;
    let answer = soon("the answer", call)
        .await
        .expect("the call does not panic");
    answer.expect("it was accepted before the end");
    succeeded(world.ended().await);
    world.restart().await;
    assert!(is_there(&world).await);
}

async fn a_request_that_outlasts_the_grace_is_cut_off_and_told(backend: Backend) {
    let mut world = patient(backend, "2").await;
    let held = Database::hold(world.home(), "registry").await;
    let call = in_flight(&world).await;
    let began = Instant::now();
    world.process().terminate();
    let answer = soon("the answer", call)
        .await
        .expect("the call does not panic");
    let refusal = refused(&answer.expect_err("it could not end"));
    refusal.is(Code::Unavailable, "SHUTTING_DOWN", &[]);
    succeeded(world.ended().await);
    let took = began.elapsed();
    assert!(took < Duration::from_secs(2) + ROOM, "{took:?}");
    held.release().await;
    world.restart().await;
    assert!(!is_there(&world).await, "what was cut off did not happen");
}

async fn a_second_signal_ends_the_process_at_once(backend: Backend) {
    let mut world = patient(backend, "60").await;
    let held = Database::hold(world.home(), "registry").await;
    let call = in_flight(&world).await;
    world.process().terminate();
    world.process().logged("shutting down").await;
    world.process().signal("INT");
    let status = world.ended().await;
    assert_eq!(status.code(), Some(130), "{status}");
    call.abort();
    held.release().await;
}

async fn what_was_acknowledged_survives_a_crash(backend: Backend) {
    let mut world = seeded(backend).await;
    let request = CreateEntityRequest {
        entity_id: "newcomer".to_owned(),
        entity: Some(entity("ignored", "company", "Newcomer")),
        ..Default::default()
    };
    let made = world.registry().create_entity(request).await;
    made.expect("it is good");
    world.process().signal("KILL");
    let status = world.ended().await;
    assert_eq!(status.signal(), Some(9), "{status}");
    world.restart().await;
    assert!(is_there(&world).await);
}
