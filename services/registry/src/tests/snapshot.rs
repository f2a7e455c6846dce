use proto::snapshot::v1::Consistency;
use proto::snapshot::v1::consistency::Requirement;
use rpc::{Part, Sealer, Token};

use super::*;

on_both_databases! {
    a_read_is_as_fresh_as_it_is_asked_to_be
    tokens_of_elsewhere_made_up_or_of_before_a_restore_are_refused
    several_tokens_are_merged_into_one
    later_pages_keep_the_snapshot_of_the_first
}

async fn snapshot(registry: &Registry, consistency: Option<Consistency>) -> Result<String, Status> {
    let request = GetSnapshotRequest { consistency };
    let answer = registry.get_snapshot(Request::new(request)).await?;
    Ok(answer.into_inner().snapshot)
}

async fn names(registry: &Registry, consistency: Option<Consistency>) -> usize {
    let request = GetEntityRequest {
        name: "entities/china".to_owned(),
        consistency,
    };
    let answer = registry.get_entity(Request::new(request)).await;
    let answer = answer.expect("an answer").into_inner();
    answer.entity.expect("an entity").names.len()
}

async fn a_read_is_as_fresh_as_it_is_asked_to_be(registry: Registry) {
    let created = registry
        .create("china", region("", &[("China", "en")]))
        .await
        .expect("created");
    let mut entity = created.entity.expect("an entity");
    entity.names.push(name("中国", "zh"));
    let updated = registry.update(entity, &["names"]).await.expect("updated");
    let newest = Consistency {
        requirement: Some(Requirement::Newest(true)),
    };
    assert_eq!(names(&registry, Some(newest)).await, 2);
    assert_eq!(names(&registry, Some(Consistency::default())).await, 2);
    let old = || rpc::at_snapshot(&created.snapshot);
    assert_eq!(names(&registry, old()).await, 1);
    let fresh = || rpc::at_least_as_fresh([&created.snapshot, &updated.snapshot]);
    assert_eq!(names(&registry, fresh()).await, 2);
    assert_eq!(
        snapshot(&registry, old()).await.expect("a token"),
        created.snapshot
    );
    assert_eq!(
        snapshot(&registry, None).await.expect("a token"),
        updated.snapshot
    );
    assert_eq!(
        snapshot(&registry, fresh()).await.expect("a token"),
        updated.snapshot
    );
}

async fn tokens_of_elsewhere_made_up_or_of_before_a_restore_are_refused(registry: Registry) {
    let ours = snapshot(&registry, None).await.expect("a token");
    let ours = Token::decode(&ours).expect("a token");
    let sealer = Sealer::new(Part::Registry, b"guessed", 1);
    let made_up = Token::of(
        ours.installation,
        Part::Registry,
        sealer.stamp(ours.installation, 1),
    );
    let mut elsewhere = ours;
    elsewhere.installation[0] ^= 1;
    let silent = ours.with(Part::Registry, None);
    let invalid = (Code::InvalidArgument, "SNAPSHOT_TOKEN_INVALID".to_owned());
    for token in [made_up, elsewhere, silent] {
        let answer = snapshot(&registry, rpc::at_snapshot(&token.encode())).await;
        assert_eq!(failure(answer), invalid);
    }
    let fresh = snapshot(&registry, rpc::at_least_as_fresh([silent.encode()])).await;
    fresh.expect("it asks for nothing of the registry");
    store::begin_epoch(&registry.store).await.expect("restored");
    let away = snapshot(&registry, None).await;
    assert_eq!(failure(away).1, "DATABASE_UNAVAILABLE");
    // A server that starts after the restore opens the database anew.
    let anew = reopened(&registry).await;
    let expired = (
        Code::FailedPrecondition,
        "SNAPSHOT_TOKEN_EXPIRED".to_owned(),
    );
    for consistency in [
        rpc::at_snapshot(&ours.encode()),
        rpc::at_least_as_fresh([ours.encode()]),
    ] {
        assert_eq!(failure(snapshot(&anew, consistency).await), expired);
    }
    snapshot(&anew, None).await.expect("a token");
}

async fn several_tokens_are_merged_into_one(registry: Registry) {
    let older = snapshot(&registry, None).await.expect("a token");
    let newer = registry
        .create("china", region("", &[("China", "en")]))
        .await
        .expect("created")
        .snapshot;
    let here = Token::decode(&newer).expect("a token").installation;
    let of = |part: Part, commit| {
        let stamp = Sealer::new(part, b"theirs", 1).stamp(here, commit);
        Token::of(here, part, stamp)
    };
    let (metrics, reporting) = (of(Part::Metrics, 8), of(Part::Reporting, 3));
    let tokens = [
        older,
        of(Part::Metrics, 5).encode(),
        reporting.encode(),
        metrics.encode(),
    ];
    let merged = snapshot(&registry, rpc::at_least_as_fresh(tokens))
        .await
        .expect("a token");
    let expected = Token::decode(&newer)
        .expect("a token")
        .with(Part::Metrics, metrics.part(Part::Metrics))
        .with(Part::Reporting, reporting.part(Part::Reporting));
    assert_eq!(Token::decode(&merged), Some(expected));
    let again = snapshot(&registry, rpc::at_snapshot(&merged)).await;
    assert_eq!(again.expect("a token"), merged);
}

async fn later_pages_keep_the_snapshot_of_the_first(registry: Registry) {
    for id in ["a", "b", "c"] {
        registry
            .create(id, region("", &[("Region", "en")]))
            .await
            .expect("created");
    }
    let here = snapshot(&registry, None).await.expect("a token");
    let here = Token::decode(&here).expect("a token").installation;
    let theirs = Sealer::new(Part::Metrics, b"theirs", 1).stamp(here, 5);
    let beside = Token::of(here, Part::Metrics, theirs).encode();
    let list = |page_token: &str, consistency| ListEntitiesRequest {
        page_size: 1,
        page_token: page_token.to_owned(),
        consistency,
        ..ListEntitiesRequest::default()
    };
    let search = |page_token: &str, consistency| SearchEntitiesRequest {
        query: "region".to_owned(),
        page_size: 1,
        page_token: page_token.to_owned(),
        consistency,
        ..SearchEntitiesRequest::default()
    };
    let listed = async |request| {
        let page = registry.list_entities(Request::new(request)).await;
        page.expect("a page").into_inner()
    };
    let searched = async |request| {
        let page = registry.search_entities(Request::new(request)).await;
        page.expect("a page").into_inner()
    };
    let first = listed(list("", rpc::at_least_as_fresh([&beside]))).await;
    let found = searched(search("", rpc::at_least_as_fresh([&beside]))).await;
    let told = Token::decode(&first.snapshot).expect("a token");
    assert_eq!(told.part(Part::Metrics), Some(theirs));
    let later = registry
        .create("bb", region("", &[("Region", "en")]))
        .await
        .expect("created")
        .snapshot;
    // Whatever freshness the later pages ask for.
    for consistency in [
        None,
        rpc::at_least_as_fresh([&later]),
        rpc::at_snapshot(&later),
    ] {
        let mut page = first.clone();
        let mut seen = vec![page.entities[0].name.clone()];
        while !page.next_page_token.is_empty() {
            page = listed(list(&page.next_page_token, consistency.clone())).await;
            assert_eq!(page.snapshot, first.snapshot);
            seen.push(page.entities[0].name.clone());
        }
        assert_eq!(seen, ["entities/a", "entities/b", "entities/c"]);
        let mut page = found.clone();
        let mut matches = page.matches.len();
        while !page.next_page_token.is_empty() {
            page = searched(search(&page.next_page_token, consistency.clone())).await;
            assert_eq!(page.snapshot, found.snapshot);
            matches += page.matches.len();
        }
        assert_eq!(matches, 3);
    }
}
