//! What is asked of the peers, and what becomes of their answers.

mod page;

use std::sync::{Arc, Mutex};

use proto::snapshot::v1::consistency::Requirement;
use rpc::{Part, Sealer};
use tonic::Code;

use super::fake::{Fake, refused};
use super::*;

const HERE: [u8; 16] = [7; 16];

fn token(part: Part, commit: i64) -> Token {
    let sealer = Sealer::new(part, b"key", 1);
    Token::of(HERE, part, sealer.stamp(HERE, commit))
}

async fn peers(fake: Fake) -> Peers {
    let [registry, metrics] = fake.serve().await;
    Peers::new(registry, metrics)
}

fn release(name: &str) -> metrics::Release {
    metrics::Release {
        name: name.to_owned(),
        source: "entities/s".to_owned(),
        known_at_basis: metrics::KnownAtBasis::Published.into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_snapshot_of_now_merges_the_tokens_that_are_given() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let note = |to: &Arc<Mutex<Vec<Option<Consistency>>>>| {
        let to = Arc::clone(to);
        move |asked: Option<Consistency>| to.lock().unwrap().push(asked)
    };
    let (of_registry, of_metrics) = (note(&asked), note(&asked));
    let fake = Fake::default()
        .on(
            "registry.GetSnapshot",
            move |request: registry::GetSnapshotRequest| {
                of_registry(request.consistency);
                Ok(registry::GetSnapshotResponse {
                    snapshot: "of the registry".to_owned(),
                })
            },
        )
        .on(
            "metrics.GetSnapshot",
            move |request: metrics::GetSnapshotRequest| {
                of_metrics(request.consistency);
                Ok(metrics::GetSnapshotResponse {
                    snapshot: "of both".to_owned(),
                })
            },
        );
    let called = fake.called();
    let peers = peers(fake).await;
    let given = [token(Part::Registry, 3), token(Part::Metrics, 5)];
    assert_eq!(peers.now(&given).await.unwrap(), "of both");
    assert_eq!(
        *called.lock().unwrap(),
        ["registry.GetSnapshot", "metrics.GetSnapshot"]
    );
    let tokens = |asked: &Option<Consistency>| match &asked.as_ref().unwrap().requirement {
        Some(Requirement::AtLeastAsFresh(asked)) => asked.tokens.clone(),
        other => panic!("not at least as fresh: {other:?}"),
    };
    let asked = asked.lock().unwrap();
    assert_eq!(tokens(&asked[0]), given.map(|one| one.encode()));
    assert_eq!(tokens(&asked[1]), ["of the registry"]);
}

#[tokio::test]
async fn every_read_is_of_the_snapshot_and_lists_of_entities_have_names_alone() {
    let at = |asked: Option<Consistency>| match asked.and_then(|asked| asked.requirement) {
        Some(Requirement::AtSnapshot(token)) => assert_eq!(token, "pinned"),
        other => panic!("not at the snapshot: {other:?}"),
    };
    let missing = || refused(Code::NotFound, "ENTITY_NOT_FOUND", "");
    let fake = Fake::default()
        .on(
            "registry.ListEntities",
            move |request: registry::ListEntitiesRequest| {
                at(request.consistency);
                assert_eq!(request.view, i32::from(registry::EntityView::Summary));
                let entity = registry::Entity {
                    name: "entities/a".to_owned(),
                    ..Default::default()
                };
                Ok(registry::ListEntitiesResponse {
                    entities: vec![entity],
                    ..Default::default()
                })
            },
        )
        .on(
            "registry.GetEntity",
            move |request: registry::GetEntityRequest| {
                at(request.consistency);
                Err::<registry::GetEntityResponse, _>(missing())
            },
        )
        .on(
            "metrics.ListReleases",
            move |request: metrics::ListReleasesRequest| {
                at(request.consistency);
                assert_eq!(request.filter, "source = \"entities/s\"");
                Ok(metrics::ListReleasesResponse {
                    releases: vec![release("releases/only")],
                    ..Default::default()
                })
            },
        )
        .on(
            "metrics.Calculate",
            move |request: metrics::CalculateRequest| {
                at(request.consistency);
                Ok(metrics::CalculateResponse::default())
            },
        );
    let mut pinned = peers(fake).await.at("pinned");
    assert_eq!(pinned.entities("").await.unwrap(), ["entities/a"]);
    // What is listed without its names is asked for where one is printed.
    assert_eq!(pinned.entity("entities/a").await.unwrap(), None);
    let only = pinned.only_release("entities/s").await.unwrap();
    assert_eq!(only.as_deref(), Some("releases/only"));
    let nothing = metrics::CalculateRequest::default();
    assert_eq!(pinned.calculate(&nothing).await.unwrap(), None);
}

#[test]
fn what_peers_say_of_a_token_reaches_the_caller_as_it_is() {
    let (at, fresh) = (
        "consistency.at_snapshot",
        "consistency.at_least_as_fresh.tokens",
    );
    for (code, told, reason) in [
        (
            Code::FailedPrecondition,
            "SNAPSHOT_TOKEN_EXPIRED",
            Reason::SnapshotTokenExpired,
        ),
        (
            Code::InvalidArgument,
            "SNAPSHOT_TOKEN_INVALID",
            Reason::SnapshotTokenInvalid,
        ),
        (
            Code::Unavailable,
            "SNAPSHOT_NOT_REACHED",
            Reason::SnapshotNotReached,
        ),
    ] {
        for (field, expected) in [(at, at), ("consistency.at_least_as_fresh.tokens[0]", fresh)] {
            let error = translate("metrics", &refused(code, told, field));
            assert_eq!(error.reason(), reason);
            assert_eq!(error.violations()[0].field, expected);
        }
        assert_eq!(
            translate("metrics", &refused(code, told, "")).reason(),
            reason
        );
    }
    let away = translate(
        "metrics",
        &refused(Code::Unavailable, "DATABASE_UNAVAILABLE", ""),
    );
    assert_eq!(away.reason(), Reason::PeerUnavailable);
    let filter = translate(
        "metrics",
        &refused(Code::InvalidArgument, "FILTER_INVALID", "filter"),
    );
    assert_eq!(filter.reason(), Reason::TemplateInvalid);
}
