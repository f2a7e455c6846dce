//! Starting runs with peers that answer.

use proto::metrics::v1 as metrics;
use proto::registry::v1 as registry;
use proto::snapshot::v1::Consistency;
use rpc::{Part, Sealer, Stamp, Token};

use super::*;
use crate::peer::fake::{Fake, refused};

fn stamp(part: Part, commit: i64) -> Stamp {
    Sealer::new(part, b"theirs", 1).stamp(HERE, commit)
}

/// What both peers have.
fn of_both() -> Token {
    let registry = Token::of(HERE, Part::Registry, stamp(Part::Registry, 3));
    registry.with(Part::Metrics, Some(stamp(Part::Metrics, 4)))
}

fn answering() -> Fake {
    Fake::default()
        .on("registry.GetSnapshot", |_: registry::GetSnapshotRequest| {
            Ok(registry::GetSnapshotResponse {
                snapshot: Token::of(HERE, Part::Registry, stamp(Part::Registry, 3)).encode(),
            })
        })
        .on("metrics.GetSnapshot", |_: metrics::GetSnapshotRequest| {
            Ok(metrics::GetSnapshotResponse {
                snapshot: of_both().encode(),
            })
        })
}

fn wanted(consistency: Option<Consistency>) -> RunReportRequest {
    RunReportRequest {
        template: "templates/words".to_owned(),
        parameters: BTreeMap::from([("word".to_owned(), "bamboo".to_owned())]),
        consistency,
        ..Default::default()
    }
}

impl House {
    async fn run(&self, request: RunReportRequest) -> Result<Operation, Status> {
        let answer = self.reporting.run_report(Request::new(request)).await?;
        Ok(answer.into_inner())
    }
}

#[tokio::test]
async fn a_run_is_pinned_to_what_both_peers_have() {
    let house = house_with(answering().serve().await).await;
    house.save_template().await;
    let begun = house.run(wanted(None)).await.unwrap();
    assert_eq!(metadata(&begun).snapshot, of_both().encode());
    let made = report(&house.finished(&begun.name).await);
    assert_eq!(made.snapshot, of_both().encode());
    // The same again is the report that is there, whoever names the snapshot.
    let exactly = rpc::at_snapshot(&made.snapshot);
    let again = house.run(wanted(exactly)).await.unwrap();
    assert_eq!(report(&again), made);
}

#[tokio::test]
async fn the_template_is_that_of_the_snapshot() {
    let house = house_with(answering().serve().await).await;
    house.save_template().await;
    let own = house.reporting.state().await.unwrap();
    let own = own.sealer.stamp(HERE, own.commit);
    let then = of_both().with(Part::Reporting, Some(own)).encode();
    let request = UpdateTemplateRequest {
        template: Some(Template {
            name: "templates/words".to_owned(),
            title: "Of ${word}".to_owned(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["title".to_owned()],
        }),
        ..Default::default()
    };
    house
        .reporting
        .update_template(Request::new(request))
        .await
        .unwrap();
    for (consistency, title) in [
        (rpc::at_snapshot(&then), "About bamboo"),
        (rpc::at_least_as_fresh([then.clone()]), "Of bamboo"),
        (None, "Of bamboo"),
    ] {
        let begun = house.run(wanted(consistency)).await.unwrap();
        let made = report(&house.finished(&begun.name).await);
        assert_eq!(made.title, title);
        assert_eq!(made.snapshot, of_both().encode());
    }
}

#[tokio::test]
async fn a_check_of_a_run_is_done_and_not_kept() {
    let house = house_with(answering().serve().await).await;
    house.save_template().await;
    let check = |request_id: &str| RunReportRequest {
        validate_only: true,
        request_id: request_id.to_owned(),
        ..wanted(None)
    };
    let id = "0b6a6a0e-55d8-4d8f-8d43-6a4b8a9c1e01";
    let checked = house.run(check(id)).await.unwrap();
    assert!(checked.done);
    let planned = report(&checked);
    assert_eq!(
        (planned.template.as_str(), planned.template_revision),
        ("templates/words", 1)
    );
    assert_eq!(
        (planned.language.as_str(), planned.parameters.len()),
        ("en", 1)
    );
    assert_eq!(planned.snapshot, of_both().encode());
    assert!(planned.artefacts.is_empty() && planned.create_time.is_none());
    let gone = house.get(&checked.name).await.unwrap_err();
    assert_eq!(reason(&gone), "OPERATION_NOT_FOUND");
    let request = ListOperationsRequest::default();
    let listed = house.reporting.list_operations(Request::new(request)).await;
    assert!(listed.unwrap().into_inner().operations.is_empty());
    // The run itself may follow under the same id, and makes the report that was foretold.
    let request = RunReportRequest {
        request_id: id.to_owned(),
        ..wanted(None)
    };
    let begun = house.run(request).await.unwrap();
    let made = report(&house.finished(&begun.name).await);
    assert_eq!(made.name, planned.name);
    assert_eq!(report(&house.run(check("")).await.unwrap()), made);
    // What is wrong is told as of a run.
    let unknown = RunReportRequest {
        template: "templates/none".to_owned(),
        ..check("")
    };
    let refused = house.run(unknown).await.unwrap_err();
    assert_eq!(reason(&refused), "TEMPLATE_NOT_FOUND");
}

#[tokio::test]
async fn what_a_template_does_not_have_is_told_together() {
    let house = house_with(answering().serve().await).await;
    house.save_template().await;
    let request = RunReportRequest {
        language: "fr".to_owned(),
        parameters: BTreeMap::from([("colour".to_owned(), "red".to_owned())]),
        ..wanted(None)
    };
    let refused = house.run(request).await.unwrap_err();
    let fields = ["language", "parameters[colour]", "parameters[word]"].map(str::to_owned);
    assert_eq!(
        faults(&refused),
        ("FIELD_INVALID".to_owned(), fields.to_vec())
    );
}

#[tokio::test]
async fn a_token_without_one_of_the_peers_pins_nothing() {
    let house = house_with(answering().serve().await).await;
    house.save_template().await;
    for part in [Part::Registry, Part::Metrics] {
        let silent = of_both().with(part, None).encode();
        let refused = house
            .run(wanted(rpc::at_snapshot(&silent)))
            .await
            .unwrap_err();
        let field = vec!["consistency.at_snapshot".to_owned()];
        assert_eq!(
            faults(&refused),
            ("SNAPSHOT_TOKEN_INVALID".to_owned(), field)
        );
    }
}

#[tokio::test]
async fn a_token_that_a_peer_refuses_is_refused_with_its_reason() {
    let field = "consistency.at_snapshot";
    for (service, part) in [
        ("registry.GetSnapshot", "registry"),
        ("metrics.GetSnapshot", "metrics"),
    ] {
        let expired = move || refused(Code::FailedPrecondition, "SNAPSHOT_TOKEN_EXPIRED", field);
        let fake = match part {
            "registry" => answering().on(service, move |_: registry::GetSnapshotRequest| {
                Err::<registry::GetSnapshotResponse, _>(expired())
            }),
            _ => answering().on(service, move |_: metrics::GetSnapshotRequest| {
                Err::<metrics::GetSnapshotResponse, _>(expired())
            }),
        };
        let house = house_with(fake.serve().await).await;
        house.save_template().await;
        let exactly = rpc::at_snapshot(&of_both().encode());
        let status = house.run(wanted(exactly)).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition);
        let expected = ("SNAPSHOT_TOKEN_EXPIRED".to_owned(), vec![field.to_owned()]);
        assert_eq!(faults(&status), expected);
    }
}

#[tokio::test]
async fn the_registry_tells_which_installation_this_is() {
    let house = house_with(answering().serve().await).await;
    let txn = house.reporting.store.begin().await.unwrap();
    query::run(&txn, "DELETE FROM followed", []).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(house.reporting.installation().await.unwrap(), HERE);
}
