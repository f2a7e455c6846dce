use super::*;

on_both_databases! {
    adding_twice_adds_once
    rows_of_a_batch_may_cite_each_other
    a_thousand_entities_fit_in_one_batch
}

async fn adding_twice_adds_once(registry: Registry) {
    let rows = vec![
        region("fj", &[("Fujian", "en")]),
        region("gd", &[("Guangdong", "en")]),
    ];
    let first = registry.add(rows.clone()).await.expect("added");
    assert_eq!((first.created_count, first.unchanged_count), (2, 0));
    let again = registry.add(rows).await.expect("added");
    assert_eq!((again.created_count, again.unchanged_count), (0, 2));
    assert_eq!(again.snapshot, first.snapshot);
    let more = registry
        .add(vec![region("fj", &[("福建", "zh")])])
        .await
        .expect("added");
    assert_eq!(more.extended_count, 1);
    let names = registry.get("fj", "").await.expect("extended").names;
    assert_eq!(names.len(), 2);
    let other = registry
        .add(vec![entity("fj", "report", &[("Fujian", "en")])])
        .await;
    assert_eq!(
        failure(other),
        (Code::FailedPrecondition, "ENTITY_CONFLICT".to_owned())
    );
}

async fn rows_of_a_batch_may_cite_each_other(registry: Registry) {
    let mut cites = region("hn", &[("Hunan", "en")]);
    cites.sources.push(cite("yearbook"));
    let mut strays = region("hb", &[("Hubei", "en")]);
    strays.sources.push(cite("nobody"));
    let mut follows = entity("leaflet", "report", &[("Leaflet", "en")]);
    follows.sources.push(cite("bad"));
    let mut bad = entity("bad", "report", &[("Bad", "en")]);
    bad.sources.push(cite("nobody"));
    let rows = vec![
        cites,
        strays,
        entity("yearbook", "report", &[("Yearbook", "en")]),
        follows,
        bad,
    ];
    let aborted = registry.add(rows.clone()).await;
    assert_eq!(
        failure(aborted),
        (Code::InvalidArgument, "ENTITY_UNKNOWN".to_owned())
    );
    let request = BatchAddEntitiesRequest {
        entities: rows,
        on_error: proto::figure::v1::OnError::SkipRows.into(),
        ..BatchAddEntitiesRequest::default()
    };
    let answer = registry
        .batch_add_entities(Request::new(request))
        .await
        .expect("added")
        .into_inner();
    let bad: Vec<_> = answer.row_errors.iter().map(|row| row.index).collect();
    assert_eq!((answer.created_count, bad), (2, vec![1, 3, 4]));
}

async fn a_thousand_entities_fit_in_one_batch(registry: Registry) {
    let rows: Vec<_> = (0..1000)
        .map(|i| {
            region(
                &format!("r{i}"),
                &[
                    (&format!("Region number {i}"), "en"),
                    (&format!("第{i}地区"), "zh"),
                ],
            )
        })
        .collect();
    let answer = registry.add(rows.clone()).await.expect("added");
    assert_eq!(answer.created_count, 1000);
    let again = registry.add(rows).await.expect("added");
    assert_eq!(again.unchanged_count, 1000);
    let names = (0..2000).map(|i| format!("entities/r{i}")).collect();
    let request = BatchGetEntitiesRequest {
        names,
        allow_missing: true,
        view: EntityView::Summary.into(),
        ..BatchGetEntitiesRequest::default()
    };
    let found = registry
        .batch_get_entities(Request::new(request))
        .await
        .expect("found")
        .into_inner();
    assert_eq!((found.entities.len(), found.missing.len()), (1000, 1000));
}
