//! After a restore: tokens of before are refused, and old changes are forgotten.

use proto::metrics::v1::GetUnitRequest;
use proto::registry::v1::{
    DeleteEntityRequest, GetEntityRequest, GetSnapshotRequest, WatchChangesRequest,
    WatchChangesResponse,
};
use proto::snapshot::v1::watch_start::Start;
use proto::snapshot::v1::{Consistency, WatchStart};
use tonic::{Code, Status};

use crate::harness::database::Database;
use crate::harness::process::{output, soon};
use crate::harness::{Backend, Home, World, on_both, refused, seeded};

on_both!(
    tokens_from_before_a_restore_are_refused,
    only_the_database_that_was_restored_is_marked,
    a_server_on_a_database_that_is_marked_wants_to_be_restarted,
    what_is_not_there_cannot_be_marked,
    changes_older_than_the_retention_are_forgotten,
);

async fn snapshot(world: &World) -> String {
    let request = GetSnapshotRequest::default();
    let answer = world.registry().get_snapshot(request).await;
    answer.expect("a token of now").into_inner().snapshot
}

async fn read(world: &World, consistency: Option<Consistency>) -> Result<(), Status> {
    let request = GetEntityRequest {
        name: "entities/china".to_owned(),
        consistency,
    };
    world.registry().get_entity(request).await.map(drop)
}

/// The first message of a watch of the registry.
async fn watch(world: &World, start: Start) -> Result<WatchChangesResponse, Status> {
    let request = WatchChangesRequest {
        start: Some(WatchStart { start: Some(start) }),
        ..Default::default()
    };
    let mut stream = world.registry().watch_changes(request).await?.into_inner();
    let message = soon("the watch tells something", stream.message()).await?;
    Ok(message.expect("a watch has no end"))
}

/// Marks the databases of a stopped installation, or those of one role.
async fn mark(home: &Home, role: Option<&str>) -> String {
    let role = role.map_or_else(Vec::new, |role| vec!["--role", role]);
    let done = output(home.command(&[&["mark-restored"], &role[..]].concat())).await;
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).expect("text")
}

async fn tokens_from_before_a_restore_are_refused(backend: Backend) {
    let mut world = seeded(backend).await;
    let before = snapshot(&world).await;
    let resume = watch(&world, Start::Earliest(true)).await;
    let resume = resume.expect("changes").resume_token;
    world.terminate().await;
    let said = mark(world.home(), None).await;
    assert_eq!(said.matches("marked as restored").count(), 3, "{said}");
    world.restart().await;
    for (consistency, field) in [
        (rpc::at_snapshot(&before), "consistency.at_snapshot"),
        (
            rpc::at_least_as_fresh([&before]),
            "consistency.at_least_as_fresh.tokens[0]",
        ),
    ] {
        let status = read(&world, consistency).await.expect_err("it is old");
        let expired = "SNAPSHOT_TOKEN_EXPIRED";
        refused(&status).is(Code::FailedPrecondition, expired, &[field]);
    }
    let status = watch(&world, Start::ResumeToken(resume)).await;
    let field = ["start.resume_token"];
    let expired = "RESUME_TOKEN_EXPIRED";
    refused(&status.expect_err("it is old")).is(Code::OutOfRange, expired, &field);
    let status = watch(&world, Start::AfterSnapshot(before)).await;
    assert!(status.is_err(), "a watch cannot start before the restore");
    let now = snapshot(&world).await;
    let again = read(&world, rpc::at_snapshot(&now)).await;
    again.expect("a token of after the restore is good");
}

async fn only_the_database_that_was_restored_is_marked(backend: Backend) {
    let mut world = seeded(backend).await;
    let request = GetUnitRequest {
        name: "units/cny".to_owned(),
        ..Default::default()
    };
    let of_metrics = world.metrics().get_unit(request.clone()).await;
    let of_metrics = of_metrics.expect("it is there").into_inner().snapshot;
    let of_registry = snapshot(&world).await;
    world.terminate().await;
    mark(world.home(), Some("metrics")).await;
    world.restart().await;
    let again = read(&world, rpc::at_snapshot(&of_registry)).await;
    again.expect("the registry was not restored");
    let again = GetUnitRequest {
        consistency: rpc::at_snapshot(&of_metrics),
        ..request
    };
    let status = world.metrics().get_unit(again).await;
    let refusal = refused(&status.expect_err("it is old"));
    assert_eq!(refusal.reason, "SNAPSHOT_TOKEN_EXPIRED");
}

async fn a_server_on_a_database_that_is_marked_wants_to_be_restarted(backend: Backend) {
    let world = seeded(backend).await;
    let done = output(world.home().command(&["mark-restored"])).await;
    if backend == Backend::Sqlite {
        let complaint = String::from_utf8_lossy(&done.stderr);
        assert!(
            !done.status.success() && complaint.contains("in use"),
            "{complaint}"
        );
        read(&world, None).await.expect("nothing happened");
        return;
    }
    assert!(done.status.success(), "{done:?}");
    let refusal = async {
        loop {
            // What is cached may be answered for a moment.
            if let Err(status) = read(&world, None).await {
                return status;
            }
        }
    };
    let status = soon("the server notices", refusal).await;
    refused(&status).is(Code::Unavailable, "DATABASE_UNAVAILABLE", &[]);
    assert!(status.message().contains("restart"), "{status}");
}

async fn what_is_not_there_cannot_be_marked(backend: Backend) {
    let home = Home::new(backend).await;
    let done = output(home.command(&["mark-restored"])).await;
    let complaint = String::from_utf8_lossy(&done.stderr);
    assert!(!done.status.success(), "{complaint}");
    let said = match backend {
        Backend::Sqlite => "there is no database at",
        Backend::Postgres => "cannot mark the database of registry",
    };
    assert!(complaint.contains(said), "{complaint}");
    assert!(!home.data_dir().join("registry.db").exists());
}

async fn changes_older_than_the_retention_are_forgotten(backend: Backend) {
    let mut world = seeded(backend).await;
    let before = snapshot(&world).await;
    let request = DeleteEntityRequest {
        name: "entities/acme".to_owned(),
        ..Default::default()
    };
    let deleted = world.registry().delete_entity(request).await;
    deleted.expect("nothing points to it");
    let told = watch(&world, Start::AfterSnapshot(before.clone())).await;
    assert_eq!(told.expect("a change").changes.len(), 1);
    world.terminate().await;
    // It was a hundred days ago.
    let age = 100_i64 * 24 * 3600 * 1_000_000;
    let mut database = Database::of(world.home(), "registry").await;
    let aged = format!("UPDATE commit_log SET committed_at = committed_at - {age}");
    database.execute(&aged).await;
    world.restart().await;
    let forgotten = async {
        loop {
            if let Err(status) = watch(&world, Start::AfterSnapshot(before.clone())).await {
                return status;
            }
        }
    };
    let status = soon("old changes are forgotten", forgotten).await;
    let field = ["start.after_snapshot"];
    refused(&status).is(Code::OutOfRange, "RESUME_TOKEN_EXPIRED", &field);
    let kept = watch(&world, Start::Earliest(true)).await;
    let kept = kept.expect("a watch of what is kept");
    assert!(kept.is_checkpoint && kept.changes.is_empty(), "{kept:?}");
}
