//! What an operator relies on: a port for probes, secrets in files, roles of the database,
//! the way back to an older version, commands that use services kept apart.

use std::fs;
use std::net::SocketAddr;
use std::process::Output;

use proto::registry::v1::ListEntitiesRequest;
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use uuid::Uuid;

use crate::harness::database::Database;
use crate::harness::process::{Process, output, soon};
use crate::harness::{Backend, DATABASES, Home, World, connect, on_both, seed};
use crate::shutdown::in_flight;

on_both!(
    a_port_of_their_own_answers_probes_until_the_very_end,
    a_setting_may_stand_in_a_file,
    an_older_version_works_on_a_newer_schema,
    commands_use_services_that_are_apart,
);

fn said(output: &Output) -> String {
    let both = [&output.stdout, &output.stderr];
    both.map(|text| String::from_utf8_lossy(text)).concat()
}

fn probes(process: &Process) -> SocketAddr {
    let log = process.logs();
    let line = log
        .lines()
        .find(|line| line.contains("listening for probes"));
    let event: serde_json::Value =
        serde_json::from_str(line.expect("the port is told")).expect("the log is JSON");
    let address = event["address"].as_str().expect("the address is told");
    address.parse().expect("it is an address")
}

async fn status(address: SocketAddr, service: &str) -> ServingStatus {
    let mut client = HealthClient::new(connect(address));
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    let answer = client.check(request).await.expect("the port answers");
    answer.into_inner().status()
}

async fn a_port_of_their_own_answers_probes_until_the_very_end(backend: Backend) {
    let settings = [
        ("ALMANAC__HEALTH_LISTEN", "127.0.0.1:0"),
        ("ALMANAC__SHUTDOWN_GRACE_SECS", "60"),
        ("ALMANAC__LIMITS__CONCURRENT_REQUESTS", "1"),
    ];
    let mut world = World::start_with(backend, &settings).await;
    seed::all(&world).await;
    let port = probes(world.process());
    assert_eq!(status(port, "").await, ServingStatus::Serving);
    assert_eq!(status(port, "live").await, ServingStatus::Serving);
    let mut stranger = RegistryServiceClient::new(connect(port));
    let refused = stranger.list_entities(ListEntitiesRequest::default()).await;
    let refused = refused.expect_err("there is nothing but health");
    assert_eq!(refused.code(), Code::Unimplemented);

    let held = Database::hold(world.home(), "registry").await;
    let call = in_flight(&world).await;
    world.process().terminate();
    world.process().logged("shutting down").await;
    let stopping = async {
        while status(port, "").await != ServingStatus::NotServing {
            tokio::task::yield_now().await;
        }
    };
    soon("it no longer serves", stopping).await;
    assert_eq!(status(port, "live").await, ServingStatus::Serving);
    held.release().await;
    let ended = soon("the end", world.ended()).await;
    assert_eq!(ended.code(), Some(0));
    let answer = call.await.expect("the call does not panic");
    answer.expect("it was accepted before the end");
}

async fn a_setting_may_stand_in_a_file(backend: Backend) {
    let home = Home::new(backend).await;
    let url = match home.url() {
        Some(url) => url.to_owned(),
        None => format!("sqlite:{}", home.data_dir().join("elsewhere.db").display()),
    };
    let path = home.data_dir().join("url");
    fs::write(&path, format!("{url}\n")).expect("the folder is ours");
    let command = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        for key in DATABASES {
            command.env_remove(key);
        }
        command.env("ALMANAC_FILE__METRICS__DATABASE__URL", &path);
        command
    };
    let told = output(command(&["config"])).await;
    assert!(said(&told).contains(&url), "{}", said(&told));
    let done = output(command(&["migrate", "--role", "metrics"])).await;
    assert!(done.status.success(), "{}", said(&done));

    let mut twice = command(&["config"]);
    twice.env("ALMANAC__METRICS__DATABASE__URL", "sqlite:other.db");
    let refused = output(twice).await;
    assert!(!refused.status.success());
    let text = "ALMANAC_FILE__METRICS__DATABASE__URL: ALMANAC__METRICS__DATABASE__URL is set too";
    assert!(said(&refused).contains(text), "{}", said(&refused));

    fs::remove_file(&path).expect("it is there");
    let missing = output(command(&["config"])).await;
    assert!(!missing.status.success());
    let text = "ALMANAC_FILE__METRICS__DATABASE__URL: ";
    assert!(said(&missing).contains(text), "{}", said(&missing));
}

async fn an_older_version_works_on_a_newer_schema(backend: Backend) {
    let home = Home::new(backend).await;
    let migrate = async || output(home.command(&["migrate", "--role", "registry"])).await;
    let done = migrate().await;
    assert!(done.status.success(), "{}", said(&done));
    let mut database = Database::of(&home, "registry").await;
    database
        .execute("INSERT INTO almanac_migration (version, applied_at) VALUES ('m29990101_000000_later', 0)")
        .await;
    let again = migrate().await;
    assert!(again.status.success(), "{}", said(&again));
    assert!(said(&again).contains("registry: up to date"));
    let process = Process::start(home.command(&["serve", "--role", "registry", "--migrate"])).await;
    process.serving().await;
    drop(process);
    // Of a version that knows neither: what it needs is not there.
    database
        .execute("DELETE FROM almanac_migration WHERE version = (SELECT max(version) FROM almanac_migration WHERE version < 'm2999')")
        .await;
    let apart = migrate().await;
    assert!(!apart.status.success());
    let text = "m29990101_000000_later, which this version does not know, and lacks 1";
    assert!(said(&apart).contains(text), "{}", said(&apart));
}

async fn commands_use_services_that_are_apart(backend: Backend) {
    let home = Home::new(backend).await;
    let play = async |role: &str, peers: &[(&str, SocketAddr)]| {
        let mut command = home.command(&["serve", "--migrate", "--role", role]);
        for (key, address) in peers {
            command.env(key, format!("http://{address}"));
        }
        Process::start(command).await
    };
    let registry = play("registry", &[]).await;
    let peer = ("ALMANAC__PEERS__REGISTRY", registry.address());
    let metrics = play("metrics", &[peer]).await;
    let other = ("ALMANAC__PEERS__METRICS", metrics.address());
    let reporting = play("reporting", &[peer, other]).await;
    for process in [&registry, &metrics, &reporting] {
        process.serving().await;
    }
    seed::vocabulary_and_entities(RegistryServiceClient::new(connect(registry.address()))).await;
    let url = |process: &Process| format!("http://{}", process.address());
    // In no particular order: each says what it serves.
    let all = [&reporting, &registry, &metrics].map(url).join(",");
    for nouns in ["entities", "units", "templates"] {
        let listed = output(home.command(&["list", nouns, "--server", &all])).await;
        assert!(listed.status.success(), "{}", said(&listed));
        if nouns == "entities" {
            assert!(said(&listed).contains("china"), "{}", said(&listed));
        }
    }
    let two = [&reporting, &registry].map(url).join(", ");
    let refused = output(home.command(&["list", "units", "--server", &two])).await;
    assert_eq!(refused.status.code(), Some(2));
    let text = format!("none of {two} serves metrics");
    assert!(said(&refused).contains(&text), "{}", said(&refused));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_needs_no_right_to_change_its_schema() {
    let home = Home::new(Backend::Postgres).await;
    let name = format!("almanac \"app\" {}", Uuid::new_v4().simple());
    let quoted = format!("\"{}\"", name.replace('"', "\"\""));
    let granted = output(home.command(&["migrate", "--grant-to", &name])).await;
    assert!(!granted.status.success(), "there is no such role");
    let mut owner = Database::of(&home, "registry").await;
    owner.execute(&format!("CREATE ROLE {quoted} LOGIN")).await;
    let granted = output(home.command(&["migrate", "--grant-to", &name])).await;
    assert!(granted.status.success(), "{}", said(&granted));

    let url = home.url().expect("it is PostgreSQL");
    let (_, place) = url.split_once('@').expect("it names a user");
    let user = name.replace(' ', "%20").replace('"', "%22");
    let limited = format!("postgresql://{user}@{place}");
    let command = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        command.envs(DATABASES.map(|key| (key, &limited)));
        command
    };
    let process = Process::start(command(&["serve"])).await;
    process.serving().await;
    let registry = RegistryServiceClient::new(connect(process.address()));
    seed::vocabulary_and_entities(registry).await;
    let refused = output(command(&["migrate"])).await;
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("permission denied"),
        "{}",
        said(&refused)
    );

    let file = Home::new(Backend::Sqlite).await;
    let refused = output(file.command(&["migrate", "--grant-to", "anybody"])).await;
    assert!(
        said(&refused).contains("SQLite has no roles"),
        "{}",
        said(&refused)
    );
}
