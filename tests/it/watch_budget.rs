//! Watches are counted apart from requests: they are idle most of their life.

use prost::Message as _;
use prost_types::FileDescriptorSet;
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use proto::registry::v1::{ListEntitiesRequest, WatchChangesRequest, WatchChangesResponse};
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt as _;

use crate::harness::plain::{call, send};
use crate::harness::process::soon;
use crate::harness::{Backend, World, connect, on_both, refused};

on_both!(
    reads_answer_however_many_watches_are_open,
    one_watch_too_many_is_refused_and_the_next_one_is_not,
);

async fn watch(channel: Channel) -> Result<Streaming<WatchChangesResponse>, Status> {
    let mut registry = RegistryServiceClient::new(channel);
    let watch = registry.watch_changes(WatchChangesRequest::default());
    Ok(watch.await?.into_inner())
}

/// Paths of all methods of the contract that read and answer once.
fn reads() -> Vec<String> {
    const WORDS: [&str; 6] = ["Get", "List", "Search", "Resolve", "BatchGet", "Calculate"];
    let contract = FileDescriptorSet::decode(proto::DESCRIPTORS).expect("the contract");
    let mut paths = vec!["/grpc.health.v1.Health/Check".to_owned()];
    for file in &contract.file {
        for service in &file.service {
            let reads = service.method.iter().filter(|method| {
                let streams = method.client_streaming() || method.server_streaming();
                !streams && WORDS.iter().any(|word| method.name().starts_with(word))
            });
            let service = format!("{}.{}", file.package(), service.name());
            paths.extend(reads.map(|method| format!("/{service}/{}", method.name())));
        }
    }
    paths
}

async fn reads_answer_however_many_watches_are_open(backend: Backend) {
    let settings = [("ALMANAC__LIMITS__CONCURRENT_REQUESTS", "4")];
    let world = World::start_with(backend, &settings).await;
    let mut watches = Vec::new();
    for _ in 0..2 {
        let channel = connect(world.address());
        for _ in 0..150 {
            let watch = watch(channel.clone()).await;
            watches.push(watch.expect("there is room for it"));
        }
    }
    let reads = reads();
    assert!(reads.len() > 25, "{reads:?}");
    for path in reads {
        let answer = soon("an answer", send(world.address(), call(&path, &[]))).await;
        let status = answer.status();
        // What an empty request is answered is another matter.
        let well = [Code::Ok, Code::InvalidArgument, Code::NotFound];
        assert!(well.contains(&status.code()), "{path}: {status:?}");
    }
    assert_eq!(watches.len(), 300);
}

async fn one_watch_too_many_is_refused_and_the_next_one_is_not(backend: Backend) {
    let settings = [("ALMANAC__LIMITS__CONCURRENT_WATCHES", "2")];
    let world = World::start_with(backend, &settings).await;
    let first = watch(world.channel()).await.expect("the first one");
    let _second = watch(world.channel()).await.expect("the second one");
    let status = watch(world.channel()).await.expect_err("the third one");
    let refusal = refused(&status);
    refusal.is(Code::ResourceExhausted, "OVERLOADED", &[]);
    let named = refusal.message.contains("limits.concurrent_watches");
    assert!(named, "{}", refusal.message);
    let details = status.get_error_details();
    let delay = details.retry_info().and_then(|info| info.retry_delay);
    assert!(delay.is_some(), "a refused caller is told how long to wait");
    let mut registry = world.registry();
    let list = registry.list_entities(ListEntitiesRequest::default()).await;
    list.expect("it is not counted with the watches");
    drop(first);
    let room = async {
        while watch(world.channel()).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    soon("the watch makes room", room).await;
}
