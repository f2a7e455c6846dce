//! One service a process, which find each other through the setting `peers`.

use proto::figure::v1::Period;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::metrics::v1::{
    ClaimInput, CreateReleaseRequest, GetClaimSetRequest, GetUnitRequest, ListReleasesRequest,
    Provenance, Release, SeriesKey, SourceSeriesDeclaration, WriteClaimsRequest,
    WriteClaimsResponse,
};
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use proto::registry::v1::{DeleteEntityRequest, GetEntityRequest};
use proto::reporting::v1::ListTemplatesRequest;
use proto::reporting::v1::reporting_service_client::ReportingServiceClient;
use proto::server::v1::GetServerInfoRequest;
use proto::server::v1::server_service_client::ServerServiceClient;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::harness::process::{Process, soon};
use crate::harness::proxy::Proxy;
use crate::harness::quantity::{exact, scaled};
use crate::harness::{Backend, Home, connect, fresh, on_both, refused, seed};

on_both!(
    a_process_has_the_services_of_its_role_and_no_others,
    figures_are_written_with_the_registry_in_another_process,
    without_the_registry_nothing_is_written_and_what_is_there_is_read,
    a_token_that_metrics_has_not_reached_is_told_apart_from_a_bad_one,
    reporting_answers_without_the_registry_once_it_has_reached_it,
);

/// Three processes on one set of data; the registry is behind a wire that can be cut.
struct Apart {
    registry: Process,
    metrics: Process,
    reporting: Process,
    wire: Proxy,
    home: Home,
}

impl Apart {
    async fn start(backend: Backend) -> Self {
        let home = Home::new(backend).await;
        let registry = play(&home, "registry", &[]).await;
        let wire = Proxy::to(registry.address()).await;
        let peer = (
            "ALMANAC__PEERS__REGISTRY",
            format!("http://{}", wire.address()),
        );
        let metrics = play(&home, "metrics", std::slice::from_ref(&peer)).await;
        let other = (
            "ALMANAC__PEERS__METRICS",
            format!("http://{}", metrics.address()),
        );
        let reporting = play(&home, "reporting", &[peer, other]).await;
        let apart = Self {
            registry,
            metrics,
            reporting,
            wire,
            home,
        };
        for process in [&apart.registry, &apart.metrics, &apart.reporting] {
            process.serving().await;
        }
        seed::vocabulary_and_entities(apart.registry()).await;
        seed::definitions(apart.metrics()).await;
        apart
    }

    fn registry(&self) -> RegistryServiceClient<Channel> {
        RegistryServiceClient::new(connect(self.registry.address()))
    }

    fn metrics(&self) -> MetricsServiceClient<Channel> {
        MetricsServiceClient::new(connect(self.metrics.address()))
    }

    /// Records a release of a source.
    async fn publish(&self, id: &str, source: &str) -> Result<(), Status> {
        let request = CreateReleaseRequest {
            release_id: id.to_owned(),
            release: Some(Release {
                source: format!("entities/{source}"),
                published: "2024-01-31".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        };
        self.metrics().create_release(request).await.map(drop)
    }

    /// Writes one figure about an entity.
    async fn state(&self, entity: &str) -> Result<WriteClaimsResponse, Status> {
        let request = WriteClaimsRequest {
            release: "releases/one".to_owned(),
            source_series: vec![SourceSeriesDeclaration {
                source_series: 1,
                series: Some(series(entity)),
                provenance: Some(Provenance {
                    unit: "yuan".to_owned(),
                    ..Default::default()
                }),
            }],
            claims: vec![ClaimInput {
                source_series: 1,
                period: Some(Period {
                    code: "2023".to_owned(),
                    ..Default::default()
                }),
                quantity: Some(scaled(exact("17.8"), 12)),
                ..Default::default()
            }],
            ..Default::default()
        };
        let answer = self.metrics().write_claims(request).await?;
        Ok(answer.into_inner())
    }

    /// How many claims there are about the figure of an entity.
    async fn stated(&self, entity: &str) -> Result<usize, Status> {
        let request = GetClaimSetRequest {
            series_key: Some(series(entity)),
            period: "2023".to_owned(),
            ..Default::default()
        };
        let answer = self.metrics().get_claim_set(request).await?.into_inner();
        Ok(answer.claim_set.map_or(0, |set| set.claims.len()))
    }
}

fn series(entity: &str) -> SeriesKey {
    SeriesKey {
        indicator: "indicators/gdp".to_owned(),
        entity: format!("entities/{entity}"),
        ..Default::default()
    }
}

async fn play(home: &Home, role: &str, settings: &[(&str, String)]) -> Process {
    let mut command = home.command(&["serve", "--migrate", "--role", role]);
    command.envs(settings.iter().map(|(key, value)| (key, value)));
    Process::start(command).await
}

async fn a_process_has_the_services_of_its_role_and_no_others(backend: Backend) {
    let apart = Apart::start(backend).await;
    for (process, services) in [
        (
            &apart.registry,
            &["almanac.registry.v1.RegistryService"][..],
        ),
        (&apart.metrics, &["almanac.metrics.v1.MetricsService"]),
        (
            &apart.reporting,
            &[
                "almanac.reporting.v1.ReportingService",
                "google.longrunning.Operations",
            ],
        ),
    ] {
        let mut server = ServerServiceClient::new(connect(process.address()));
        let info = server.get_server_info(GetServerInfoRequest {}).await;
        let info = info.expect("every process has it").into_inner();
        let of_roles = info
            .services
            .iter()
            .filter(|name| !name.starts_with("grpc.") && !name.starts_with("almanac.server."));
        assert_eq!(of_roles.collect::<Vec<_>>(), services);
    }
    let mut stranger = MetricsServiceClient::new(connect(apart.registry.address()));
    let request = GetUnitRequest {
        name: "units/cny".to_owned(),
        ..Default::default()
    };
    let status = stranger
        .get_unit(request)
        .await
        .expect_err("it is elsewhere");
    refused(&status).is(Code::Unimplemented, "METHOD_UNKNOWN", &[]);
    let mut reporting = ReportingServiceClient::new(connect(apart.reporting.address()));
    let list = reporting
        .list_templates(ListTemplatesRequest::default())
        .await;
    list.expect("reporting is there");
}

async fn figures_are_written_with_the_registry_in_another_process(backend: Backend) {
    let apart = Apart::start(backend).await;
    apart
        .publish("one", "article")
        .await
        .expect("the source is there");
    let written = apart.state("china").await.expect("the entity is there");
    assert_eq!(written.counts.expect("counts").written, 1);
    assert_eq!(apart.stated("china").await.expect("it is there"), 1);
    let unknown = refused(&apart.state("atlantis").await.expect_err("no such entity"));
    assert_eq!(
        (unknown.code, unknown.reason.as_str()),
        (Code::InvalidArgument, "ENTITY_UNKNOWN")
    );
    // What the registry says counts as soon as it has said so.
    let request = GetEntityRequest {
        name: "entities/china".to_owned(),
        consistency: fresh([written.snapshot]),
    };
    let read = apart.registry().get_entity(request).await;
    read.expect("a token of metrics is a token of the installation");
    let request = DeleteEntityRequest {
        name: "entities/france".to_owned(),
        ..Default::default()
    };
    let deleted = apart.registry().delete_entity(request).await;
    let deleted = deleted.expect("nothing points to it").into_inner();
    let request = GetUnitRequest {
        name: "units/cny".to_owned(),
        consistency: fresh([deleted.snapshot]),
    };
    let unit = apart.metrics().get_unit(request).await;
    unit.expect("metrics follows the registry");
}

async fn without_the_registry_nothing_is_written_and_what_is_there_is_read(backend: Backend) {
    let mut apart = Apart::start(backend).await;
    apart
        .publish("one", "article")
        .await
        .expect("the source is there");
    apart.state("china").await.expect("the entity is there");
    apart.wire.cut();
    apart.registry.kill().await;
    for status in [
        apart
            .publish("two", "dataset")
            .await
            .expect_err("nobody knows the source"),
        apart
            .state("france")
            .await
            .expect_err("nobody knows the entity"),
    ] {
        refused(&status).is(Code::Unavailable, "PEER_UNAVAILABLE", &[]);
    }
    assert_eq!(apart.stated("china").await.expect("it is still read"), 1);
    let none = refused(
        &apart
            .stated("france")
            .await
            .expect_err("nothing was written"),
    );
    assert_eq!(none.reason, "SERIES_NOT_FOUND");
    let releases = apart
        .metrics()
        .list_releases(ListReleasesRequest::default())
        .await;
    assert_eq!(
        releases
            .expect("they are still read")
            .into_inner()
            .releases
            .len(),
        1
    );
    apart.registry = play(&apart.home, "registry", &[]).await;
    apart.registry.serving().await;
    apart.wire.mend(apart.registry.address());
    let back = async {
        while apart.state("france").await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    soon("metrics finds the registry again", back).await;
}

async fn reporting_answers_without_the_registry_once_it_has_reached_it(backend: Backend) {
    let apart = Apart::start(backend).await;
    let list = async || {
        let mut reporting = ReportingServiceClient::new(connect(apart.reporting.address()));
        let request = ListTemplatesRequest::default();
        reporting.list_templates(request).await
    };
    apart.wire.cut();
    let early = list()
        .await
        .expect_err("nobody has said whose tokens it gives");
    refused(&early).is(Code::Unavailable, "PEER_UNAVAILABLE", &[]);
    apart.wire.mend(apart.registry.address());
    let reached = async {
        loop {
            match list().await {
                Ok(answer) => break answer.into_inner().snapshot,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    let first = soon("reporting reaches the registry", reached).await;
    apart.wire.cut();
    let answer = list().await.expect("it remembers");
    assert_eq!(answer.into_inner().snapshot, first);
}

async fn a_token_that_metrics_has_not_reached_is_told_apart_from_a_bad_one(backend: Backend) {
    let apart = Apart::start(backend).await;
    apart.wire.cut();
    let request = DeleteEntityRequest {
        name: "entities/france".to_owned(),
        ..Default::default()
    };
    let deleted = apart.registry().delete_entity(request).await;
    let token = deleted
        .expect("the registry itself is there")
        .into_inner()
        .snapshot;
    let unit = |token: &str| GetUnitRequest {
        name: "units/cny".to_owned(),
        consistency: fresh([token]),
    };
    let status = apart.metrics().get_unit(unit(&token)).await;
    let early = refused(&status.expect_err("metrics has not followed so far"));
    early.is(Code::Unavailable, "SNAPSHOT_NOT_REACHED", &[]);
    apart.wire.mend(apart.registry.address());
    let reached = async {
        while apart.metrics().get_unit(unit(&token)).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    soon("metrics follows again", reached).await;
}
