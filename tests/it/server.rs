//! What the server says about itself.

use proto::server::v1::{DatabaseEngine, GetServerInfoRequest};

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
        Backend::Sqlite => DatabaseEngine::Sqlite,
        Backend::Postgres => DatabaseEngine::Postgresql,
    };
    assert_eq!(info.database(), engine);
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
    assert_eq!(limits.answer_bytes, 3_670_016);
    assert_eq!((limits.page_size, limits.batch_rows), (1000, 10_000));
    assert!(limits.concurrent_requests > 0 && limits.concurrent_watches > 0);
    assert!(limits.change_retention_days >= 0);
    assert!(info.start_time.is_some());
}
