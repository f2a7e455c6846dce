//! The commands that are not about content: migrate, config, health, and how serve begins.

use std::process::Output;

use proto::registry::v1::ListEntitiesRequest;
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use tonic::Code;

use crate::harness::process::{Process, output, soon};
use crate::harness::{Backend, Home, World, connect, on_both, refused};

on_both!(
    ten_migrations_at_once_do_it_once,
    a_migration_that_is_killed_can_be_repeated,
    a_server_waits_for_its_schema_and_says_so,
    health_tells_whether_a_server_serves,
);

fn said(output: &Output) -> String {
    let both = [&output.stdout, &output.stderr];
    both.map(|text| String::from_utf8_lossy(text)).concat()
}

async fn migrate(home: &Home) -> Output {
    output(home.command(&["migrate"])).await
}

async fn serves(home: &Home) {
    let process = Process::start(home.command(&["serve"])).await;
    process.serving().await;
}

async fn ten_migrations_at_once_do_it_once(backend: Backend) {
    let home = Home::new(backend).await;
    let done = futures::future::join_all((0..10).map(|_| migrate(&home))).await;
    let told: Vec<_> = done.iter().map(said).collect();
    for (output, told) in done.iter().zip(&told) {
        assert!(output.status.success(), "{told}");
    }
    for role in ["registry", "metrics", "reporting"] {
        let lines = told.iter().flat_map(|told| told.lines());
        let of_role: Vec<_> = lines.filter(|line| line.starts_with(role)).collect();
        let idle = of_role.iter().filter(|line| line.ends_with("up to date"));
        assert_eq!((of_role.len(), idle.count()), (10, 9), "{of_role:?}");
    }
    serves(&home).await;
}

async fn a_migration_that_is_killed_can_be_repeated(backend: Backend) {
    let home = Home::new(backend).await;
    for _ in 0..5 {
        let mut running = home
            .command(&["migrate"])
            .spawn()
            .expect("the binary starts");
        // At whatever it is by now: another time, another step.
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        running.kill().expect("a process of ours can be killed");
        running.wait().expect("a child can be waited for");
    }
    let done = migrate(&home).await;
    assert!(done.status.success(), "{}", said(&done));
    serves(&home).await;
}

async fn a_server_waits_for_its_schema_and_says_so(backend: Backend) {
    let home = Home::new(backend).await;
    let process = Process::start(home.command(&["serve"])).await;
    let mut registry = RegistryServiceClient::new(connect(process.address()));
    let status = registry.list_entities(ListEntitiesRequest::default()).await;
    let refusal = refused(&status.expect_err("there is no schema"));
    refusal.is(Code::Unavailable, "DATABASE_UNAVAILABLE", &[]);
    let done = migrate(&home).await;
    assert!(done.status.success(), "{}", said(&done));
    process.serving().await;
    let list = registry.list_entities(ListEntitiesRequest::default()).await;
    list.expect("now there is one");
}

async fn health_tells_whether_a_server_serves(backend: Backend) {
    let mut world = World::start(backend).await;
    for (service, expected) in [
        ("", "SERVING"),
        ("live", "SERVING"),
        ("almanac.metrics.v1.MetricsService", "SERVING"),
    ] {
        let probe = output(world.command(&["health", "--service", service])).await;
        assert!(probe.status.success(), "{service}: {}", said(&probe));
        assert_eq!(String::from_utf8_lossy(&probe.stdout).trim(), expected);
    }
    let strange = output(world.command(&["health", "--service", "nonsense"])).await;
    assert_eq!(strange.status.code(), Some(1));
    world.terminate().await;
    let gone = output(world.command(&["health"])).await;
    assert_eq!(gone.status.code(), Some(1));
    let home = Home::new(backend).await;
    let process = Process::start(home.command(&["serve"])).await;
    let url = format!("http://{}", process.address());
    let probe = |service: &str| home.command(&["health", "--server", &url, "--service", service]);
    let unready = output(probe("")).await;
    assert_eq!(unready.status.code(), Some(1), "{}", said(&unready));
    let live = output(probe("live")).await;
    assert!(live.status.success(), "{}", said(&live));
}

/// Where no database is opened, there is nothing that could differ between them.
mod without_a_database {
    use super::*;

    async fn run(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
        let home = Home::new(Backend::Sqlite).await;
        let mut command = home.command(arguments);
        command.envs(settings.iter().copied());
        soon("the command ends", output(command)).await
    }

    #[tokio::test]
    async fn the_settings_in_effect_are_printed_without_secrets() {
        let url = "postgresql://me:canary-1@db.example/x?sslpassword=canary-2";
        let settings = [("ALMANAC__METRICS__DATABASE__URL", url)];
        let printed = run(&["config"], &settings).await;
        let text = said(&printed);
        assert!(printed.status.success(), "{text}");
        assert!(
            text.contains("db.example") && !text.contains("canary"),
            "{text}"
        );
        let table: toml::Table = text.parse().expect("it is a settings file");
        let port = table["limits"]["message_bytes"].as_integer();
        assert_eq!(port, Some(4 << 20));
    }

    #[tokio::test]
    async fn a_wrong_setting_ends_with_64_and_the_name_of_the_key() {
        let secret = "mysql://me:canary@db/x";
        for (variable, value, key) in [
            (
                "ALMANAC__LIMITS__MESSAGE_BYTES",
                "1",
                "limits.message_bytes",
            ),
            ("ALMANAC__LIMITS__CONNECTIONS", "0", "limits.connections"),
            (
                "ALMANAC__LIMITS__UNARY_TIMEOUT_SECS",
                "soon",
                "limits.unary_timeout_secs",
            ),
            ("ALMANAC__LISTEN", "here", "listen"),
            ("ALMANAC__LISTEN", "0.0.0.0:0", "listen"),
            ("ALMANAC__TELEMETRY__LOG", "a=b=c", "telemetry.log"),
            (
                "ALMANAC__PEERS__REGISTRY",
                "registry:7430",
                "peers.registry",
            ),
            (
                "ALMANAC__METRICS__DATABASE__URL",
                secret,
                "metrics.database.url",
            ),
            ("ALMANAC__COLOUR", "red", "colour"),
            ("ALMANAC__LIMITS__COLOURS", "7", "colours"),
        ] {
            let ended = run(&["serve"], &[(variable, value)]).await;
            let text = said(&ended);
            assert_eq!(ended.status.code(), Some(64), "{key}: {text}");
            assert!(
                text.contains(key) && !text.contains("canary"),
                "{key}: {text}"
            );
        }
        let ended = run(&["serve", "--role", "metrics"], &[]).await;
        let text = said(&ended);
        assert_eq!(ended.status.code(), Some(64), "{text}");
        assert!(text.contains("peers.registry"), "{text}");
    }

    #[tokio::test]
    async fn a_second_server_on_the_same_files_is_refused() {
        let world = World::start(Backend::Sqlite).await;
        let second = output(world.home().command(&["serve"])).await;
        let text = said(&second);
        assert_eq!(second.status.code(), Some(1), "{text}");
        assert!(text.contains("registry.db"), "{text}");
    }
}
