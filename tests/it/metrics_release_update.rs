//! Releases that change: only what describes them does.

use prost_types::FieldMask;
use proto::metrics::v1::{Coverage, Release, UpdateReleaseRequest, UpdateReleaseResponse};
use tonic::{Code, Status};

use crate::harness::{Backend, World, on_both, refused, seeded};
use crate::ingest::release;
use crate::metrics_release::creation;
use crate::metrics_release::described;
use crate::metrics_release::get;

on_both!(
    only_the_fields_in_the_mask_change,
    what_never_changes_is_refused_unless_it_is_the_same,
    a_mask_that_is_empty_or_names_no_field_is_refused,
    a_stale_etag_aborts_an_update,
    a_checked_update_is_not_written,
    a_repeated_update_answers_as_the_first_time,
    of_two_updates_of_one_state_one_is_aborted,
    an_old_snapshot_answers_with_the_old_title,
);

async fn update(
    world: &World,
    release: Release,
    paths: &[&str],
) -> Result<UpdateReleaseResponse, Status> {
    let request = UpdateReleaseRequest {
        release: Some(release),
        update_mask: Some(FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
        ..Default::default()
    };
    let answer = world.metrics().update_release(request).await?;
    Ok(answer.into_inner())
}

async fn only_the_fields_in_the_mask_change(backend: Backend) {
    let world = seeded(backend).await;
    let created = release(&world, "r", described()).await;
    let wanted = Release {
        name: "releases/r".to_owned(),
        title: "Another title".to_owned(),
        note: "another remark".to_owned(),
        ..Default::default()
    };
    let updated = update(&world, wanted.clone(), &["title"]).await;
    let updated = updated.expect("good").release.expect("a release");
    let expected = Release {
        title: "Another title".to_owned(),
        etag: updated.etag.clone(),
        ..created.clone()
    };
    assert_eq!(updated, expected);
    assert_ne!(updated.etag, created.etag);
    let same = update(&world, wanted.clone(), &["title"]).await;
    let same = same.expect("good").release.expect("a release");
    assert_eq!(same, updated, "the same again changes nothing");
    let all = update(&world, wanted, &["*"]).await;
    let all = all.expect("good").release.expect("a release");
    assert_eq!(
        (all.title.as_str(), all.note.as_str()),
        ("Another title", "another remark")
    );
    assert_eq!((all.publisher.as_str(), all.authors.len()), ("", 0));
    assert_eq!(all.known_at, created.known_at);
}

async fn what_never_changes_is_refused_unless_it_is_the_same(backend: Backend) {
    let world = seeded(backend).await;
    let created = release(&world, "r", described()).await;
    let immutable = ["source", "published", "retrieved", "coverage", "scope"];
    let same = update(&world, created.clone(), &immutable).await;
    let same = same.expect("nothing differs").release.expect("a release");
    assert_eq!(same, created);
    let others = [
        (
            "source",
            Release {
                source: "entities/dataset".to_owned(),
                ..created.clone()
            },
        ),
        (
            "published",
            Release {
                published: "2020-05-03".to_owned(),
                ..created.clone()
            },
        ),
        (
            "coverage",
            Release {
                coverage: Coverage::Complete.into(),
                ..created
            },
        ),
    ];
    for (path, other) in others {
        let refusal = update(&world, other, &[path]).await;
        refused(&refusal.expect_err("it never changes")).is(
            Code::InvalidArgument,
            "FIELD_IMMUTABLE",
            &[&format!("release.{path}")],
        );
    }
}

async fn a_mask_that_is_empty_or_names_no_field_is_refused(backend: Backend) {
    let world = seeded(backend).await;
    let created = release(&world, "r", described()).await;
    for mask in [&[][..], &["colour"], &["title", "about.title"]] {
        let refusal = update(&world, created.clone(), mask).await;
        refused(&refusal.expect_err("no such mask")).is(
            Code::InvalidArgument,
            "UPDATE_MASK_INVALID",
            &["update_mask"],
        );
    }
    let missing = Release {
        name: "releases/s".to_owned(),
        ..created
    };
    let refusal = update(&world, missing, &["title"]).await;
    refused(&refusal.expect_err("no such release")).is(Code::NotFound, "RELEASE_NOT_FOUND", &[]);
}

async fn a_stale_etag_aborts_an_update(backend: Backend) {
    let world = seeded(backend).await;
    let created = release(&world, "r", described()).await;
    let titled = |title: &str, etag: &str| Release {
        title: title.to_owned(),
        etag: etag.to_owned(),
        ..created.clone()
    };
    let second = update(&world, titled("second", &created.etag), &["title"]).await;
    let second = second
        .expect("its etag is current")
        .release
        .expect("a release");
    let refusal = update(&world, titled("third", &created.etag), &["title"]).await;
    refused(&refusal.expect_err("its etag is stale")).is(
        Code::Aborted,
        "ETAG_MISMATCH",
        &["release.etag"],
    );
    assert_eq!(get(&world, "r", "").await.expect("it exists"), second);
    update(&world, titled("fourth", ""), &["title"])
        .await
        .expect("no condition");
}

/// A request for another title.
fn titling(title: &str) -> UpdateReleaseRequest {
    UpdateReleaseRequest {
        release: Some(Release {
            name: "releases/r".to_owned(),
            title: title.to_owned(),
            ..Default::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["title".to_owned()],
        }),
        ..Default::default()
    }
}

async fn a_checked_update_is_not_written(backend: Backend) {
    let world = seeded(backend).await;
    let created = release(&world, "r", described()).await;
    let checking = |title: &str| UpdateReleaseRequest {
        validate_only: true,
        ..titling(title)
    };
    let mut metrics = world.metrics();
    let checked = metrics.update_release(checking("another")).await;
    let checked = checked.expect("good").into_inner().release;
    assert_eq!(checked.expect("as it would be").title, "another");
    let long = metrics.update_release(checking(&"t".repeat(501))).await;
    refused(&long.expect_err("500 characters are the most")).is(
        Code::InvalidArgument,
        "FIELD_INVALID",
        &["release.title"],
    );
    assert_eq!(get(&world, "r", "").await.expect("it exists"), created);
}

async fn a_repeated_update_answers_as_the_first_time(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", described()).await;
    let request = |title: &str| UpdateReleaseRequest {
        request_id: "6f1c9a52-3b0e-4e0f-9f6d-2a4b8f1f7c13".to_owned(),
        ..titling(title)
    };
    let mut metrics = world.metrics();
    let first = metrics.update_release(request("second")).await;
    let first = first.expect("good").into_inner();
    metrics
        .update_release(titling("third"))
        .await
        .expect("good");
    let again = metrics.update_release(request("second")).await;
    let again = again.expect("a replay").into_inner();
    assert_eq!((first.replayed, again.replayed), (false, true));
    assert_eq!(
        (again.release, again.snapshot),
        (first.release, first.snapshot)
    );
    assert_eq!(
        get(&world, "r", "").await.expect("it exists").title,
        "third"
    );
    let other = metrics.update_release(request("fourth")).await;
    let refusal = refused(&other.expect_err("another request"));
    refusal.is(Code::InvalidArgument, "REQUEST_ID_REUSED", &["request_id"]);
}

async fn of_two_updates_of_one_state_one_is_aborted(backend: Backend) {
    let world = seeded(backend).await;
    let mut current = release(&world, "r", described()).await;
    for round in 0..5 {
        let titled = |of: &str| Release {
            title: format!("{of} title of round {round}"),
            ..current.clone()
        };
        let (one, two) = (titled("one"), titled("two"));
        let both = tokio::join!(
            update(&world, one, &["title"]),
            update(&world, two, &["title"])
        );
        let (kept, refusal) = match both {
            (Ok(kept), Err(refusal)) | (Err(refusal), Ok(kept)) => (kept, refusal),
            both => panic!("both or none: {both:?}"),
        };
        refused(&refusal).is(Code::Aborted, "ETAG_MISMATCH", &["release.etag"]);
        current = get(&world, "r", "").await.expect("it exists");
        assert_eq!(Some(&current), kept.release.as_ref());
    }
}

async fn an_old_snapshot_answers_with_the_old_title(backend: Backend) {
    let world = seeded(backend).await;
    let created = world
        .metrics()
        .create_release(creation("r", described()))
        .await;
    let created = created.expect("good").into_inner();
    let titled = Release {
        name: "releases/r".to_owned(),
        title: "Another title".to_owned(),
        ..Default::default()
    };
    update(&world, titled, &["title"]).await.expect("good");
    let old = get(&world, "r", &created.snapshot)
        .await
        .expect("it existed");
    assert_eq!(Some(&old), created.release.as_ref());
    let now = get(&world, "r", "").await.expect("it exists");
    assert_eq!(now.title, "Another title");
}
