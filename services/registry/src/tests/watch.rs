use futures::StreamExt as _;

use super::*;

on_both_databases! {
    changes_arrive_in_order_and_go_on_after_a_token
    a_stream_ends_when_the_server_stops
}

async fn changes_arrive_in_order_and_go_on_after_a_token(registry: Registry) {
    let rows = (0..700)
        .map(|i| region(&format!("r{i}"), &[("Region", "en")]))
        .collect();
    registry.add(rows).await.expect("added");
    let request = WatchChangesRequest::default();
    let mut stream = registry
        .watch_changes(Request::new(request))
        .await
        .expect("a stream")
        .into_inner();
    let first = stream.next().await.expect("a message").expect("changes");
    assert_eq!(first.changes.len(), 500);
    assert_eq!(first.changes[0].name, "vocabulary");
    let resumed = WatchChangesRequest {
        resume_token: first.resume_token,
        from_now: false,
    };
    let mut stream = registry
        .watch_changes(Request::new(resumed))
        .await
        .expect("a stream")
        .into_inner();
    let second = stream.next().await.expect("a message").expect("changes");
    assert_eq!(second.changes.len(), 201);
    assert_eq!(
        (
            second.changes[0].name.as_str(),
            second.changes[0].kind.as_str()
        ),
        ("entities/r499", "region")
    );
    let checkpoint = stream
        .next()
        .await
        .expect("a message")
        .expect("a checkpoint");
    assert!(checkpoint.changes.is_empty());
    registry
        .create("later", region("", &[("Later", "en")]))
        .await
        .expect("created");
    let news = stream.next().await.expect("a message").expect("changes");
    assert_eq!(news.changes[0].name, "entities/later");
    let at = registry.get("later", &news.snapshot).await;
    at.expect("the snapshot holds it");
    let strange = WatchChangesRequest {
        resume_token: "strange".to_owned(),
        from_now: false,
    };
    let answer = registry
        .watch_changes(Request::new(strange))
        .await
        .map(|_| ());
    assert_eq!(
        failure(answer),
        (Code::InvalidArgument, "RESUME_TOKEN_INVALID".to_owned())
    );
}

async fn a_stream_ends_when_the_server_stops(registry: Registry) {
    let request = WatchChangesRequest {
        from_now: true,
        ..WatchChangesRequest::default()
    };
    let mut stream = registry
        .watch_changes(Request::new(request))
        .await
        .expect("a stream")
        .into_inner();
    let checkpoint = stream
        .next()
        .await
        .expect("a message")
        .expect("a checkpoint");
    assert!(checkpoint.changes.is_empty());
    registry.shutdown.cancel();
    let end = stream.next().await.expect("an end");
    assert_eq!(
        failure(end),
        (Code::Unavailable, "SHUTTING_DOWN".to_owned())
    );
    assert!(stream.next().await.is_none());
}
