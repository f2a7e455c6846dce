//! Several processes on one database: what one of them writes, the next read of another sees,
//! however many reads it answers together and whatever it caches.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use prost_types::FieldMask;
use proto::metrics::v1::GetSeriesRequest;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use proto::registry::v1::{GetEntityRequest, UpdateEntityRequest};
use tokio::task::JoinSet;
use tonic::transport::Channel;

use crate::harness::process::Process;
use crate::harness::{Backend, World, connect, seed, seeded};
use crate::ingest::{partial, release, row, series, source_series, write};

/// Writes, each read at once elsewhere.
const ROUNDS: i64 = 25;
/// Readers that ask all the time, so that reads wait for each other and are answered
/// together.
const CROWD: usize = 20;

/// Another process on the data of a world, with a folder of its own.
async fn replica(world: &World) -> (Process, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = world.home().command(&["serve"]);
    command.env("ALMANAC_DATA_DIR", folder.path());
    let process = Process::start(command).await;
    process.serving().await;
    (process, folder)
}

/// The display name of China, and its figures, as a process has them.
async fn seen(channel: &Channel) -> (String, usize) {
    let request = GetEntityRequest {
        name: "entities/china".to_owned(),
        ..Default::default()
    };
    let mut registry = RegistryServiceClient::new(channel.clone());
    let entity = registry.get_entity(request).await.expect("it is there");
    let entity = entity.into_inner().entity.unwrap_or_default();
    let request = GetSeriesRequest {
        key: Some(series("size", "china")),
        ..Default::default()
    };
    let mut metrics = MetricsServiceClient::new(channel.clone());
    let answer = metrics.get_series(request).await.expect("it is there");
    let data = answer.into_inner().data.unwrap_or_default();
    (entity.display_name, data.claims.len())
}

/// Reads that go on until they are told to stop.
fn crowd(channel: &Channel, stop: &Arc<AtomicBool>) -> JoinSet<()> {
    let mut readers = JoinSet::new();
    for _ in 0..CROWD {
        let (channel, stop) = (channel.clone(), Arc::clone(stop));
        readers.spawn(async move {
            while !stop.load(Ordering::SeqCst) {
                seen(&channel).await;
            }
        });
    }
    readers
}

async fn rename(world: &World, to: &str) {
    let mut entity = seed::entity("china", "", to);
    entity.names[0].text = to.to_owned();
    let request = UpdateEntityRequest {
        entity: Some(entity),
        update_mask: Some(FieldMask {
            paths: vec!["names".to_owned()],
        }),
        ..Default::default()
    };
    let renamed = world.registry().update_entity(request).await;
    renamed.expect("it is renamed");
}

#[tokio::test]
async fn what_one_replica_writes_the_next_read_of_another_sees() {
    let world = seeded(Backend::Postgres).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let size = || vec![source_series(1, series("size", "china"), "count")];
    write(&world, "r", size(), vec![row(1, "1999", "1")]).await;
    let (other, _folder) = replica(&world).await;
    let channel = connect(other.address());
    let stop = Arc::new(AtomicBool::new(false));
    let mut readers = crowd(&channel, &stop);
    for round in 1..=ROUNDS {
        let name = format!("China {round}");
        rename(&world, &name).await;
        let year = format!("{}", 2000 + round);
        write(&world, "r", size(), vec![row(1, &year, "5")]).await;
        let figures = usize::try_from(round).expect("a small number") + 1;
        assert_eq!(seen(&channel).await, (name, figures));
    }
    stop.store(true, Ordering::SeqCst);
    while let Some(ended) = readers.join_next().await {
        ended.expect("a reader does not panic");
    }
}
