//! What the server says about itself.

use proto::server::v1::GetServerInfoRequest;

use crate::harness::{Backend, on_both, seeded};

on_both!(the_server_says_what_it_serves_and_what_it_refuses);

async fn the_server_says_what_it_serves_and_what_it_refuses(backend: Backend) {
    let world = seeded(backend).await;
    let info = world
        .server()
        .get_server_info(GetServerInfoRequest {})
        .await;
    let info = info.expect("never fails").into_inner();
    let engine = match backend {
        Backend::Sqlite => "sqlite",
        Backend::Postgres => "postgresql",
    };
    assert_eq!(info.database, engine);
    assert!(info.services.is_sorted());
    for service in [
        "almanac.metrics.v1.MetricsService",
        "almanac.registry.v1.RegistryService",
        "almanac.reporting.v1.ReportingService",
        "almanac.server.v1.ServerService",
        "google.longrunning.Operations",
    ] {
        assert!(info.services.iter().any(|s| s == service), "{service}");
    }
    let limits = info.limits.expect("limits are told");
    assert_eq!(limits.message_bytes, 4 << 20);
    assert_eq!(limits.unary_timeout_secs, 30);
    assert!(info.start_time.is_some());
}
