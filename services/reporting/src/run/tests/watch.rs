//! The feed of changes.

use futures::{Stream, StreamExt as _};
use proto::reporting::v1::{
    Change, RecordKind, UpdateTemplateResponse, WatchChangesRequest, WatchChangesResponse,
};
use proto::snapshot::v1::watch_start::Start;
use proto::snapshot::v1::{ChangeType, WatchStart};

use super::*;

type Messages = std::pin::Pin<Box<dyn Stream<Item = Result<WatchChangesResponse, Status>> + Send>>;

impl House {
    async fn watch(&self, start: Option<Start>, kinds: &[RecordKind]) -> Result<Messages, Status> {
        let request = WatchChangesRequest {
            start: start.map(|start| WatchStart { start: Some(start) }),
            kinds: kinds.iter().map(|kind| (*kind).into()).collect(),
        };
        let answer = self.reporting.watch_changes(Request::new(request)).await?;
        Ok(answer.into_inner())
    }

    async fn retitle(&self, title: &str) -> UpdateTemplateResponse {
        let request = UpdateTemplateRequest {
            template: Some(Template {
                name: "templates/words".to_owned(),
                title: title.to_owned(),
                ..Default::default()
            }),
            update_mask: Some(prost_types::FieldMask {
                paths: vec!["title".to_owned()],
            }),
            ..Default::default()
        };
        let updated = self.reporting.update_template(Request::new(request)).await;
        updated.unwrap().into_inner()
    }
}

/// The next changes, with the message that has them; checkpoints are passed over.
async fn changes(messages: &mut Messages) -> WatchChangesResponse {
    let next = async {
        loop {
            let message = messages.next().await.unwrap().unwrap();
            assert_eq!(message.is_checkpoint, message.changes.is_empty());
            if !message.is_checkpoint {
                return message;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), next)
        .await
        .unwrap()
}

fn told(change: &Change) -> (&str, RecordKind, ChangeType, &str, &str) {
    let (name, etag) = (change.name.as_str(), change.etag.as_str());
    (
        name,
        change.kind(),
        change.r#type(),
        etag,
        change.template.as_str(),
    )
}

#[tokio::test]
async fn templates_and_reports_are_told_of_in_order() {
    let house = house().await;
    let mut live = house.watch(None, &[]).await.unwrap();
    let first = live.next().await.unwrap().unwrap();
    assert!(
        first.is_checkpoint,
        "that everything was sent is told at once"
    );
    let saved = house.save_template().await;
    let updated = house.retitle("Of ${word}").await;
    let made = report(&house.finished(&house.queue("bamboo").await).await);
    let (created, changed) = (&saved.etag, &updated.template.as_ref().unwrap().etag);
    let (it, report) = (saved.name.as_str(), made.name.as_str());
    let (of_template, of_report) = (RecordKind::Template, RecordKind::Report);
    let expected = [
        (it, of_template, ChangeType::Created, created.as_str(), it),
        (it, of_template, ChangeType::Updated, changed.as_str(), it),
        (report, of_report, ChangeType::Created, "", it),
    ];
    let mut seen = Vec::new();
    while seen.len() < expected.len() {
        seen.extend(changes(&mut live).await.changes);
    }
    assert_eq!(seen.iter().map(told).collect::<Vec<_>>(), expected);
    assert_eq!(seen[0].commit_time, saved.update_time);
    // From the beginning the same, of one kind only that.
    let mut kept = house.watch(Some(Start::Earliest(true)), &[]).await.unwrap();
    assert_eq!(changes(&mut kept).await.changes, seen);
    let only = [RecordKind::Report];
    let mut reports = house
        .watch(Some(Start::Earliest(true)), &only)
        .await
        .unwrap();
    assert_eq!(changes(&mut reports).await.changes, seen[2..]);
    // What changed after an answer.
    let after = Start::AfterSnapshot(updated.snapshot);
    let mut after = house.watch(Some(after), &[]).await.unwrap();
    let message = changes(&mut after).await;
    assert_eq!(message.changes, seen[2..]);
    // And what comes after that message.
    let resumed = Start::ResumeToken(message.resume_token);
    let mut resumed = house.watch(Some(resumed), &[]).await.unwrap();
    house.save("others", template_of("others")).await;
    let message = changes(&mut resumed).await;
    assert_eq!(message.changes[0].name, "templates/others");
    // A read of the snapshot of a message sees its changes.
    let request = GetTemplateRequest {
        name: "templates/others".to_owned(),
        consistency: rpc::at_snapshot(&message.snapshot),
        ..Default::default()
    };
    assert!(
        house
            .reporting
            .get_template(Request::new(request))
            .await
            .is_ok()
    );
}

fn template_of(title: &str) -> Template {
    Template {
        title: title.to_owned(),
        ..super::template()
    }
}

#[tokio::test]
async fn what_changes_nothing_is_not_told_of() {
    let house = house().await;
    let saved = house.save_template().await;
    let mut live = house.watch(None, &[]).await.unwrap();
    let request = UpdateTemplateRequest {
        template: Some(saved.clone()),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["*".to_owned()],
        }),
        ..Default::default()
    };
    house
        .reporting
        .update_template(Request::new(request))
        .await
        .unwrap();
    let again = [house.queue("bamboo").await, house.queue("bamboo").await];
    for name in &again {
        house.finished(name).await;
    }
    let first = changes(&mut live).await;
    assert_eq!(first.changes.len(), 1, "{:?}", first.changes);
    assert_eq!(first.changes[0].kind(), RecordKind::Report);
    house.save("others", template()).await;
    let next = changes(&mut live).await;
    assert_eq!(next.changes[0].name, "templates/others");
}

#[tokio::test]
async fn changes_are_forgotten_after_some_days() {
    let house = house().await;
    house.save("a", template()).await;
    let mut early = house.watch(Some(Start::Earliest(true)), &[]).await.unwrap();
    let token = changes(&mut early).await.resume_token;
    let txn = house.reporting.store.begin().await.unwrap();
    query::run(&txn, "UPDATE commit_log SET committed_at = 1", [])
        .await
        .unwrap();
    txn.commit().await.unwrap();
    house.save("b", template()).await;
    house.reporting.trim_changes(0).await.unwrap();
    let earliest = async || {
        let mut kept = house.watch(Some(Start::Earliest(true)), &[]).await.unwrap();
        changes(&mut kept).await.changes
    };
    assert_eq!(earliest().await.len(), 2, "for ever");
    house.reporting.trim_changes(1).await.unwrap();
    let kept = earliest().await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].name, "templates/b");
    // What came after the token is there still.
    assert!(
        house
            .watch(Some(Start::ResumeToken(token)), &[])
            .await
            .is_ok()
    );
    let txn = house.reporting.store.begin().await.unwrap();
    query::run(&txn, "UPDATE commit_log SET committed_at = 1", [])
        .await
        .unwrap();
    txn.commit().await.unwrap();
    let mut live = house.watch(None, &[]).await.unwrap();
    let token = live.next().await.unwrap().unwrap().resume_token;
    house.save("c", template()).await;
    let txn = house.reporting.store.begin().await.unwrap();
    query::run(&txn, "UPDATE commit_log SET committed_at = 2", [])
        .await
        .unwrap();
    txn.commit().await.unwrap();
    house.reporting.trim_changes(1).await.unwrap();
    let expired = house.watch(Some(Start::ResumeToken(token)), &[]).await;
    let Err(status) = expired else {
        panic!("it is not kept any more");
    };
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::OutOfRange, "RESUME_TOKEN_EXPIRED")
    );
}

#[tokio::test]
async fn a_watch_ends_with_the_server() {
    let house = house().await;
    let live = house.watch(None, &[]).await.unwrap();
    house.shutdown.cancel();
    let ended: Vec<_> = tokio::time::timeout(Duration::from_secs(5), live.collect())
        .await
        .unwrap();
    let last: Result<WatchChangesResponse, Status> = ended.into_iter().next_back().unwrap();
    assert_eq!(reason(&last.unwrap_err()), "SHUTTING_DOWN");
}
