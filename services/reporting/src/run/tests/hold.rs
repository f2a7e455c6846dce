//! Runs as operations: held, cancelled, listed, awaited.

use super::*;

#[tokio::test]
async fn a_waiting_run_that_is_cancelled_never_begins() {
    let house = house().await;
    house.save_template().await;
    let name = house.queue("bamboo").await;
    house.cancel(&name).await;
    let ended = house.get(&name).await.unwrap();
    let Some(Outcome::Error(status)) = &ended.result else {
        panic!("no error but {:?}", ended.result);
    };
    assert_eq!(status.code, Code::Cancelled as i32);
    assert!(
        operation::lease(&house.reporting.store)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_running_run_that_is_cancelled_stops_at_its_next_step() {
    let house = house().await;
    house.save_template().await;
    let name = house.queue("bamboo").await;
    let lease = operation::lease(&house.reporting.store)
        .await
        .unwrap()
        .unwrap();
    house.cancel(&name).await;
    super::super::perform(&house.reporting, &lease).await;
    let ended = house.get(&name).await.unwrap();
    assert!(ended.done);
    assert!(
        matches!(ended.result, Some(Outcome::Error(ref status)) if status.code == Code::Cancelled as i32)
    );
    let listed = house
        .reporting
        .list_reports(Request::new(ListReportsRequest::default()))
        .await
        .unwrap();
    assert!(listed.into_inner().reports.is_empty());
}

#[tokio::test]
async fn only_the_holder_of_a_run_can_end_it() {
    let house = house().await;
    house.save_template().await;
    let store = &house.reporting.store;
    let name = house.queue("bamboo").await;
    let dead = operation::lease(store).await.unwrap().unwrap();
    assert!(
        operation::lease(store).await.unwrap().is_none(),
        "it is held"
    );
    dead.give_back(store).await.unwrap();
    let alive = operation::lease(store).await.unwrap().unwrap();
    assert_eq!(dead.renew(store).await.unwrap(), Hold::Lost);
    dead.fail(store, Vec::new()).await.unwrap();
    assert_eq!(dead.finish(store, None).await.unwrap().0, Hold::Lost);
    assert!(!house.get(&name).await.unwrap().done);
    super::super::perform(&house.reporting, &alive).await;
    assert_eq!(
        report(&house.get(&name).await.unwrap()).title,
        "About bamboo"
    );
}

#[tokio::test]
async fn a_run_whose_worker_fell_silent_is_taken_over() {
    let house = house().await;
    house.save_template().await;
    let store = &house.reporting.store;
    let name = house.queue("bamboo").await;
    operation::lease(store).await.unwrap().unwrap();
    let txn = store.begin().await.unwrap();
    crate::query::run(&txn, "UPDATE operation SET lease_until = 1", [])
        .await
        .unwrap();
    txn.commit().await.unwrap();
    assert_eq!(report(&house.finished(&name).await).title, "About bamboo");
}

#[tokio::test]
async fn a_deleted_operation_is_not_found_and_its_run_goes_on() {
    let house = house().await;
    house.save_template().await;
    let name = house.queue("bamboo").await;
    let lease = operation::lease(&house.reporting.store)
        .await
        .unwrap()
        .unwrap();
    let request = DeleteOperationRequest { name: name.clone() };
    house
        .reporting
        .delete_operation(Request::new(request))
        .await
        .unwrap();
    assert_eq!(
        reason(&house.get(&name).await.unwrap_err()),
        "OPERATION_NOT_FOUND"
    );
    super::super::perform(&house.reporting, &lease).await;
    let listed = house
        .reporting
        .list_reports(Request::new(ListReportsRequest::default()))
        .await
        .unwrap();
    assert_eq!(listed.into_inner().reports.len(), 1);
}

#[tokio::test]
async fn operations_are_listed_in_pages_newest_first_and_by_state() {
    let house = house().await;
    house.save_template().await;
    let mut names = Vec::new();
    for word in ["a", "b", "c"] {
        names.insert(0, house.queue(word).await);
    }
    house.cancel(&names[1]).await;
    let list = |filter: &str, page_size, page_token: &str| {
        let request = ListOperationsRequest {
            filter: filter.to_owned(),
            page_size,
            page_token: page_token.to_owned(),
            ..Default::default()
        };
        house.reporting.list_operations(Request::new(request))
    };
    let first = list("", 2, "").await.unwrap().into_inner();
    let second = list("", 2, &first.next_page_token)
        .await
        .unwrap()
        .into_inner();
    let listed: Vec<_> = first
        .operations
        .iter()
        .chain(&second.operations)
        .map(|one| one.name.clone())
        .collect();
    assert_eq!(listed, names);
    assert_eq!(second.next_page_token, "");
    let done = list("done = true", 0, "").await.unwrap().into_inner();
    assert_eq!(done.operations.len(), 1);
    let waiting = list("done = false", 0, "").await.unwrap().into_inner();
    assert_eq!(waiting.operations.len(), 2);
    let error = list("colour = red", 0, "").await.unwrap_err();
    assert_eq!(reason(&error), "FILTER_INVALID");
}

#[tokio::test]
async fn waiting_ends_when_the_time_is_up() {
    let house = house().await;
    house.save_template().await;
    let name = house.queue("bamboo").await;
    let request = WaitOperationRequest {
        name,
        timeout: Some(prost_types::Duration {
            seconds: 0,
            nanos: 1,
        }),
    };
    let waited = tokio::time::timeout(
        Duration::from_secs(5),
        house.reporting.wait_operation(Request::new(request)),
    );
    assert!(!waited.await.unwrap().unwrap().into_inner().done);
}

#[tokio::test]
async fn a_shutdown_ends_the_workers() {
    let house = house().await;
    house.shutdown.cancel();
    tokio::time::timeout(Duration::from_secs(5), house.reporting.clone().work(2))
        .await
        .unwrap();
}
