//! Releases.

use prost_types::FieldMask;
use proto::metrics::v1 as pb;
use rpc::Reason;

use super::bench::*;

const REQUEST_ID: &str = "6f1c9a52-3b0e-4e0f-9f6d-2a4b8f1f7c11";

async fn listed(bench: &Bench, filter: &str) -> rpc::Result<Vec<String>> {
    let request = pb::ListReleasesRequest {
        filter: filter.to_owned(),
        ..Default::default()
    };
    let releases = bench.metrics.list_releases_of(request).await?.releases;
    Ok(releases.into_iter().map(|release| release.name).collect())
}

#[tokio::test]
async fn releases_are_listed_by_source_and_coverage() {
    let bench = Bench::new().await;
    bench.release("a", "2015-01-01").await;
    bench.complete("b", "2015-01-01").await;
    let other = pb::Release {
        source: "entities/office".to_owned(),
        retrieved: "2016-01-01".to_owned(),
        ..Default::default()
    };
    let retrieved = bench.record("c", other.clone()).await;
    assert_eq!(retrieved.known_at_basis(), pb::KnownAtBasis::Retrieved);
    let recorded = pb::Release {
        retrieved: String::new(),
        ..other
    };
    let recorded = bench.record("d", recorded).await;
    assert_eq!(recorded.known_at_basis(), pb::KnownAtBasis::Recorded);
    for (filter, expected) in [
        ("", &["a", "b", "c", "d"][..]),
        ("source = entities/office", &["c", "d"]),
        ("coverage = COMPLETE", &["b"]),
        ("coverage = PARTIAL AND source = entities/bank", &["a"]),
    ] {
        let expected: Vec<_> = expected.iter().map(|id| format!("releases/{id}")).collect();
        assert_eq!(listed(&bench, filter).await.unwrap(), expected, "{filter}");
    }
    let (reason, fields) = refused(listed(&bench, "title = x").await);
    assert_eq!(
        (reason, fields),
        (Reason::FilterInvalid, vec!["filter".to_owned()])
    );
}

fn update(etag: &str, title: &str, paths: &[&str]) -> pb::UpdateReleaseRequest {
    pb::UpdateReleaseRequest {
        release: Some(pb::Release {
            name: "releases/r".to_owned(),
            title: title.to_owned(),
            etag: etag.to_owned(),
            ..Default::default()
        }),
        update_mask: Some(FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
        ..Default::default()
    }
}

#[tokio::test]
async fn an_update_is_checked_repeated_and_conditional() {
    let bench = Bench::new().await;
    let first = bench.release("r", "2015-01-01").await;
    assert_eq!(first.known_at_basis(), pb::KnownAtBasis::Published);
    let checked = pb::UpdateReleaseRequest {
        validate_only: true,
        ..update(&first.etag, "A", &["title"])
    };
    let checked = bench.metrics.update_release_of(checked).await.unwrap();
    let release = checked.release.unwrap();
    assert_eq!((release.title.as_str(), release.etag.as_str()), ("A", ""));
    let request = pb::UpdateReleaseRequest {
        request_id: REQUEST_ID.to_owned(),
        ..update(&first.etag, "A", &["title"])
    };
    let written = bench
        .metrics
        .update_release_of(request.clone())
        .await
        .unwrap();
    let now = written.release.clone().unwrap();
    assert_eq!((now.title.as_str(), written.replayed), ("A", false));
    assert_ne!(now.etag, first.etag);
    let again = bench.metrics.update_release_of(request).await.unwrap();
    let expected = pb::UpdateReleaseResponse {
        replayed: true,
        ..written
    };
    assert_eq!(again, expected);
    let stale = bench
        .metrics
        .update_release_of(update(&first.etag, "B", &["title"]));
    let (reason, fields) = refused(stale.await);
    assert_eq!(
        (reason, fields),
        (Reason::EtagMismatch, vec!["release.etag".to_owned()])
    );
    let broken = pb::UpdateReleaseRequest {
        release: Some(pb::Release {
            name: "r".to_owned(),
            url: "ftp://x".to_owned(),
            ..Default::default()
        }),
        request_id: "1".to_owned(),
        ..update("", "", &["titel"])
    };
    let (_, fields) = refused(bench.metrics.update_release_of(broken).await);
    assert_eq!(
        fields,
        ["release.name", "update_mask", "release.url", "request_id"]
    );
    let moved = bench
        .metrics
        .update_release_of(update("", "", &["coverage", "published"]));
    let (reason, fields) = refused(moved.await);
    assert_eq!(
        (reason, fields),
        (Reason::FieldImmutable, vec!["release.published".to_owned()])
    );
}

#[tokio::test]
async fn a_release_is_checked_without_being_recorded() {
    let bench = Bench::new().await;
    let request = pb::CreateReleaseRequest {
        release_id: "r".to_owned(),
        release: Some(pb::Release {
            source: "entities/bank".to_owned(),
            published: "2015".to_owned(),
            ..Default::default()
        }),
        validate_only: true,
        request_id: REQUEST_ID.to_owned(),
    };
    let checked = bench
        .metrics
        .create_release_of(request.clone())
        .await
        .unwrap();
    let release = checked.release.unwrap();
    assert_eq!(
        (release.name.as_str(), release.etag.as_str()),
        ("releases/r", "")
    );
    assert!(listed(&bench, "").await.unwrap().is_empty());
    let request = pb::CreateReleaseRequest {
        validate_only: false,
        ..request
    };
    let created = bench
        .metrics
        .create_release_of(request.clone())
        .await
        .unwrap();
    assert!(!created.replayed);
    assert!(
        bench
            .metrics
            .create_release_of(request.clone())
            .await
            .unwrap()
            .replayed
    );
    let checked = pb::CreateReleaseRequest {
        validate_only: true,
        request_id: String::new(),
        ..request
    };
    let (reason, _) = refused(bench.metrics.create_release_of(checked).await);
    assert_eq!(reason, Reason::ReleaseExists);
    bench
        .registry
        .change(|state| state.missing.extend(["entities/nobody".to_owned()]));
    let broken = pb::CreateReleaseRequest {
        release_id: "s".to_owned(),
        release: Some(pb::Release {
            source: "entities/nobody".to_owned(),
            coverage: pb::Coverage::Complete.into(),
            scope: vec!["indicators/gdp".to_owned(), "indicators/none".to_owned()],
            ..Default::default()
        }),
        ..Default::default()
    };
    let (reason, fields) = refused(bench.metrics.create_release_of(broken).await);
    assert_eq!(reason, Reason::EntityUnknown);
    assert_eq!(fields, ["release.source", "release.scope[1]"]);
}
