use super::*;

on_both_databases! {
    an_old_snapshot_shows_the_entity_as_it_was
    lists_are_filtered_ordered_and_paged
    a_stale_etag_is_refused
    an_identifier_of_a_unique_scheme_has_one_owner
    of_two_writers_at_once_one_gets_the_identifier
    a_deleted_entity_comes_back
}

async fn an_old_snapshot_shows_the_entity_as_it_was(registry: Registry) {
    let created = registry
        .create("china", region("", &[("China", "en")]))
        .await
        .expect("created");
    let mut entity = created.entity.expect("an entity");
    assert_eq!(entity.display_name, "China");
    entity.names.push(name("中国", "zh"));
    let updated = registry
        .update(entity.clone(), &["names"])
        .await
        .expect("updated");
    assert_eq!(registry.get("china", "").await.expect("now").names.len(), 2);
    let then = registry
        .get("china", &created.snapshot)
        .await
        .expect("then");
    assert_eq!((then.names.len(), &then.etag), (1, &entity.etag));
    let unchanged = registry
        .update(updated.entity.clone().expect("an entity"), &["*"])
        .await;
    assert_eq!(unchanged.expect("unchanged").snapshot, updated.snapshot);
    let before = registry.get("nowhere", "").await;
    assert_eq!(
        failure(before),
        (Code::NotFound, "ENTITY_NOT_FOUND".to_owned())
    );
    let twice = registry
        .create("china", region("", &[("China", "en")]))
        .await;
    assert_eq!(
        failure(twice),
        (Code::AlreadyExists, "ENTITY_EXISTS".to_owned())
    );
}

async fn lists_are_filtered_ordered_and_paged(registry: Registry) {
    for (id, text) in [("a", "Zhejiang"), ("b", "Anhui"), ("c", "Zhejiang")] {
        registry
            .create(id, region("", &[(text, "en")]))
            .await
            .expect("created");
    }
    registry
        .create("d", entity("", "report", &[("Yearbook", "en")]))
        .await
        .expect("created");
    let mut request = ListEntitiesRequest {
        filter: r#"kind = "region" AND (display_name = "Z*" OR name = "entities/b") AND record_status = PUBLISHED"#
            .to_owned(),
        order_by: "display_name desc".to_owned(),
        page_size: 2,
        ..ListEntitiesRequest::default()
    };
    let page = registry
        .list_entities(Request::new(request.clone()))
        .await
        .expect("a page")
        .into_inner();
    let names: Vec<_> = page.entities.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["entities/a", "entities/c"]);
    registry
        .create("e", region("", &[("Aomen", "en")]))
        .await
        .expect("created");
    request.page_token = page.next_page_token;
    let last = registry
        .list_entities(Request::new(request.clone()))
        .await
        .expect("a page")
        .into_inner();
    let names: Vec<_> = last.entities.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(
        (names, last.next_page_token.as_str()),
        (vec!["entities/b"], "")
    );
    assert_eq!(last.snapshot, page.snapshot);
    request.filter = "placeholder = true".to_owned();
    let other = registry.list_entities(Request::new(request)).await;
    assert_eq!(
        failure(other),
        (Code::InvalidArgument, "PAGE_TOKEN_INVALID".to_owned())
    );
}

async fn a_stale_etag_is_refused(registry: Registry) {
    let stale = registry
        .create("he", region("", &[("Hebei", "en")]))
        .await
        .expect("created");
    let stale = stale.entity.expect("an entity");
    let mut change = stale.clone();
    change.names = vec![name("Hebei Province", "en")];
    let fresh = registry
        .update(change.clone(), &["names"])
        .await
        .expect("updated");
    change.names = vec![name("HeBei", "en")];
    let answer = registry.update(change.clone(), &["names"]).await;
    assert_eq!(failure(answer), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
    change.etag = fresh.entity.expect("an entity").etag;
    registry
        .update(change.clone(), &["names"])
        .await
        .expect("updated");
    change.etag = String::new();
    change.kind = "report".to_owned();
    let answer = registry.update(change.clone(), &["kind"]).await;
    assert_eq!(
        failure(answer),
        (Code::InvalidArgument, "FIELD_IMMUTABLE".to_owned())
    );
    let answer = registry.update(change, &[]).await;
    assert_eq!(
        failure(answer),
        (Code::InvalidArgument, "UPDATE_MASK_INVALID".to_owned())
    );
}

async fn an_identifier_of_a_unique_scheme_has_one_owner(registry: Registry) {
    let identified = |id: &str, value: &str| {
        let mut entity = region(id, &[(id, "en")]);
        entity.identifiers.push(Identifier {
            scheme: "iso".to_owned(),
            value: value.to_owned(),
            ..Identifier::default()
        });
        entity
    };
    registry
        .create("cn", identified("", "CN").with_name("China"))
        .await
        .expect("created");
    let taken = registry
        .create("other", identified("", "CN").with_name("Other"))
        .await;
    assert_eq!(
        failure(taken),
        (Code::AlreadyExists, "IDENTIFIER_TAKEN".to_owned())
    );
    let bad = registry
        .create("other", identified("", "cn").with_name("Other"))
        .await;
    assert_eq!(
        failure(bad),
        (Code::InvalidArgument, "FIELD_INVALID".to_owned())
    );
    let twice = registry
        .add(vec![identified("x", "XX"), identified("y", "XX")])
        .await;
    assert_eq!(
        failure(twice),
        (Code::AlreadyExists, "IDENTIFIER_TAKEN".to_owned())
    );
}

async fn of_two_writers_at_once_one_gets_the_identifier(registry: Registry) {
    let mut entity = region("", &[("China", "en")]);
    entity.identifiers.push(Identifier {
        scheme: "iso".to_owned(),
        value: "CN".to_owned(),
        ..Identifier::default()
    });
    let writers = (0..8).map(|i| {
        let (registry, entity) = (registry.clone(), entity.clone());
        tokio::spawn(async move { registry.create(&format!("w{i}"), entity).await })
    });
    let mut created = 0;
    for answer in futures::future::join_all(writers).await {
        match answer.expect("a writer") {
            Ok(_) => created += 1,
            taken => assert_eq!(failure(taken).1, "IDENTIFIER_TAKEN"),
        }
    }
    assert_eq!(created, 1);
}

impl WithName for Entity {
    fn with_name(mut self, text: &str) -> Self {
        self.names = vec![name(text, "en")];
        self
    }
}

trait WithName {
    fn with_name(self, text: &str) -> Self;
}

async fn a_deleted_entity_comes_back(registry: Registry) {
    registry
        .create("atlas", entity("", "report", &[("Atlas", "en")]))
        .await
        .expect("created");
    registry
        .create("xj", region("", &[("Xinjiang", "en")]))
        .await
        .expect("created");
    registry
        .create("hz", region("", &[("Hangzhou", "en")]))
        .await
        .expect("created");
    registry
        .relate(vec![relation("hz", "part-of", "xj")])
        .await
        .expect("related");
    let mut request = DeleteEntityRequest {
        name: "entities/xj".to_owned(),
        ..DeleteEntityRequest::default()
    };
    let used = registry.delete_entity(Request::new(request.clone())).await;
    assert_eq!(
        failure(used),
        (Code::FailedPrecondition, "ENTITY_IN_USE".to_owned())
    );
    request.force = true;
    let deleted = registry
        .delete_entity(Request::new(request))
        .await
        .expect("deleted")
        .into_inner();
    assert!(deleted.entity.expect("an entity").delete_time.is_some());
    assert!(
        registry
            .get("xj", "")
            .await
            .expect("still there")
            .delete_time
            .is_some()
    );
    let listed = registry
        .list_entities(Request::new(ListEntitiesRequest::default()))
        .await;
    assert_eq!(listed.expect("a page").into_inner().entities.len(), 2);
    let again = registry
        .add(vec![region("xj", &[("Xinjiang", "en")])])
        .await;
    assert_eq!(
        failure(again),
        (Code::FailedPrecondition, "ENTITY_DELETED".to_owned())
    );
    let request = UndeleteEntityRequest {
        name: "entities/xj".to_owned(),
        ..UndeleteEntityRequest::default()
    };
    registry
        .undelete_entity(Request::new(request.clone()))
        .await
        .expect("undeleted");
    let twice = registry.undelete_entity(Request::new(request)).await;
    assert_eq!(
        failure(twice),
        (Code::FailedPrecondition, "ENTITY_NOT_DELETED".to_owned())
    );
}
