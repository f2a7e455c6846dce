//! Releases: one publication of one source.

use proto::metrics::v1::{
    Coverage, CreateReleaseRequest, GetReleaseRequest, KnownAtBasis, ListReleasesRequest, Release,
};
use proto::registry::v1::DeleteEntityRequest;
use tonic::{Code, Status};

use crate::harness::{Backend, World, at, on_both, refused, seeded};
use crate::ingest::{complete, partial, release, time};

on_both!(
    a_created_release_is_read_back_as_it_was_given,
    a_release_is_known_from_its_publication_else_retrieval_else_recording,
    a_date_counts_from_the_end_of_its_span,
    everything_wrong_with_a_new_release_is_told_at_once,
    a_release_names_an_existing_source_and_indicators,
    a_release_id_is_used_once,
    a_repeated_request_answers_as_the_first_time,
    releases_are_listed_by_source_coverage_and_page,
);

pub fn creation(id: &str, release: Release) -> CreateReleaseRequest {
    CreateReleaseRequest {
        release_id: id.to_owned(),
        release: Some(release),
        ..Default::default()
    }
}

async fn create(world: &World, id: &str, release: Release) -> Result<Release, Status> {
    let answer = world
        .metrics()
        .create_release(creation(id, release))
        .await?;
    Ok(answer.into_inner().release.expect("a release"))
}

pub async fn get(world: &World, id: &str, at_snapshot: &str) -> Result<Release, Status> {
    let request = GetReleaseRequest {
        name: format!("releases/{id}"),
        consistency: at(at_snapshot),
    };
    let answer = world.metrics().get_release(request).await?;
    Ok(answer.into_inner().release.expect("a release"))
}

pub fn described() -> Release {
    Release {
        title: "Outlook 展望".to_owned(),
        publisher: "A Bank".to_owned(),
        authors: vec!["A. Author".to_owned(), "B. Author".to_owned()],
        url: "https://example.org/outlook".to_owned(),
        published_basis: "byline".to_owned(),
        reference: "2019-01/2019-12".to_owned(),
        reference_basis: "first line".to_owned(),
        licence: "CC-BY-4.0".to_owned(),
        retrieved: "2020-05-02".to_owned(),
        digest: format!("sha256:{}", "0f".repeat(32)),
        interest: "sells what it writes about".to_owned(),
        language: "zh".to_owned(),
        note: "a remark".to_owned(),
        ..partial("article", "2020-05-01")
    }
}

async fn a_created_release_is_read_back_as_it_was_given(backend: Backend) {
    let world = seeded(backend).await;
    let created = create(&world, "r", described()).await.expect("good");
    let expected = Release {
        name: "releases/r".to_owned(),
        reference: "2019".to_owned(),
        coverage: Coverage::Partial.into(),
        known_at: created.known_at,
        known_at_basis: KnownAtBasis::Published.into(),
        etag: created.etag.clone(),
        create_time: created.create_time,
        ..described()
    };
    assert_eq!(created, expected);
    assert!(!created.etag.is_empty() && created.create_time.is_some());
    assert_eq!(get(&world, "r", "").await.expect("it exists"), created);
    let missing = get(&world, "s", "").await.expect_err("no such release");
    refused(&missing).is(Code::NotFound, "RELEASE_NOT_FOUND", &[]);
}

async fn a_release_is_known_from_its_publication_else_retrieval_else_recording(backend: Backend) {
    let world = seeded(backend).await;
    let published = release(&world, "p", described()).await;
    assert_eq!(
        published.known_at,
        Some(time("2020-05-01T23:59:59.999999Z"))
    );
    let retrieved = Release {
        published: String::new(),
        ..described()
    };
    let retrieved = release(&world, "r", retrieved).await;
    assert_eq!(
        retrieved.known_at,
        Some(time("2020-05-02T23:59:59.999999Z"))
    );
    assert_eq!(retrieved.known_at_basis(), KnownAtBasis::Retrieved);
    let recorded = release(&world, "n", partial("article", "")).await;
    assert_eq!(recorded.known_at, recorded.create_time);
    assert_eq!(recorded.known_at_basis(), KnownAtBasis::Recorded);
}

async fn a_date_counts_from_the_end_of_its_span(backend: Backend) {
    let world = seeded(backend).await;
    let dates = [
        ("2023", "2023-12-31T23:59:59.999999Z"),
        ("2024-02", "2024-02-29T23:59:59.999999Z"),
        ("2023-01-12", "2023-01-12T23:59:59.999999Z"),
        ("2023-01-12T07:30:39", "2023-01-12T23:59:59.999999Z"),
        ("2023-01-12T07:30:39Z", "2023-01-12T07:30:39Z"),
        ("2023-01-12T07:30:39.25+08:00", "2023-01-11T23:30:39.25Z"),
    ];
    for (i, (published, known_at)) in dates.into_iter().enumerate() {
        let release = release(&world, &format!("r{i}"), partial("article", published)).await;
        assert_eq!(release.known_at, Some(time(known_at)), "{published}");
        assert_eq!(release.published, published);
    }
}

async fn everything_wrong_with_a_new_release_is_told_at_once(backend: Backend) {
    let world = seeded(backend).await;
    let wrong = Release {
        source: "article".to_owned(),
        published: "2023-02-30".to_owned(),
        retrieved: "yesterday".to_owned(),
        coverage: 9,
        url: "example.org".to_owned(),
        reference: "2023-13".to_owned(),
        digest: "sha256:00".to_owned(),
        title: "t".repeat(501),
        ..Default::default()
    };
    let refusal = create(&world, "Not an id", wrong).await;
    refused(&refusal.expect_err("much is wrong")).is(
        Code::InvalidArgument,
        "FIELD_INVALID",
        &[
            "release_id",
            "release.source",
            "release.published",
            "release.retrieved",
            "release.coverage",
            "release.title",
            "release.url",
            "release.reference",
            "release.digest",
        ],
    );
    let nothing = CreateReleaseRequest::default();
    let refusal = world.metrics().create_release(nothing).await;
    refused(&refusal.expect_err("nothing is there")).is(
        Code::InvalidArgument,
        "FIELD_REQUIRED",
        &["release_id", "release"],
    );
    let unscoped = Release {
        scope: Vec::new(),
        ..complete("article", "2020")
    };
    let refusal = create(&world, "r", unscoped).await;
    refused(&refusal.expect_err("complete over what?")).is(
        Code::InvalidArgument,
        "FIELD_REQUIRED",
        &["release.scope"],
    );
    let scoped = Release {
        coverage: Coverage::Unspecified.into(),
        ..complete("article", "2020")
    };
    let refusal = create(&world, "r", scoped).await;
    refused(&refusal.expect_err("partial has no scope")).is(
        Code::InvalidArgument,
        "FIELD_INVALID",
        &["release.scope"],
    );
}

async fn a_release_names_an_existing_source_and_indicators(backend: Backend) {
    let world = seeded(backend).await;
    let deletion = DeleteEntityRequest {
        name: "entities/second-article".to_owned(),
        ..Default::default()
    };
    let deleted = world.registry().delete_entity(deletion).await;
    deleted.expect("nothing points to it");
    for source in ["nobody", "second-article"] {
        let refusal = create(&world, "r", partial(source, "2020")).await;
        refused(&refusal.expect_err("no such source")).is(
            Code::InvalidArgument,
            "ENTITY_UNKNOWN",
            &["release.source"],
        );
    }
    let mut scoped = complete("article", "2020");
    scoped.scope.push("indicators/nothing".to_owned());
    let refusal = create(&world, "r", scoped).await;
    refused(&refusal.expect_err("no such indicator")).is(
        Code::InvalidArgument,
        "INDICATOR_UNKNOWN",
        &["release.scope[1]"],
    );
}

async fn a_release_id_is_used_once(backend: Backend) {
    let world = seeded(backend).await;
    let first = create(&world, "r", described()).await.expect("good");
    let refusal = create(&world, "r", partial("dataset", "2021")).await;
    refused(&refusal.expect_err("it is used")).is(Code::AlreadyExists, "RELEASE_EXISTS", &[]);
    assert_eq!(get(&world, "r", "").await.expect("it exists"), first);
}

async fn a_repeated_request_answers_as_the_first_time(backend: Backend) {
    let world = seeded(backend).await;
    let request = CreateReleaseRequest {
        request_id: "6f1c9a52-3b0e-4e0f-9f6d-2a4b8f1f7c11".to_owned(),
        ..creation("r", described())
    };
    let first = world.metrics().create_release(request.clone()).await;
    let first = first.expect("good").into_inner();
    release(&world, "s", described()).await;
    let again = world.metrics().create_release(request.clone()).await;
    let again = again.expect("a replay").into_inner();
    assert!(!first.replayed && again.replayed);
    assert_eq!(
        (again.release, again.snapshot),
        (first.release, first.snapshot)
    );
    let other = CreateReleaseRequest {
        release_id: "t".to_owned(),
        ..request
    };
    let refusal = world.metrics().create_release(other).await;
    refused(&refusal.expect_err("another request")).is(
        Code::InvalidArgument,
        "REQUEST_ID_REUSED",
        &["request_id"],
    );
}

async fn releases_are_listed_by_source_coverage_and_page(backend: Backend) {
    let world = seeded(backend).await;
    for (id, source) in [
        ("c", "article"),
        ("a", "article"),
        ("b", "dataset"),
        ("d", "article"),
    ] {
        release(&world, id, partial(source, "2020")).await;
    }
    let list = async |filter: &str, page_token: &str| {
        let request = ListReleasesRequest {
            filter: filter.to_owned(),
            page_size: 2,
            page_token: page_token.to_owned(),
            ..Default::default()
        };
        let page = world.metrics().list_releases(request).await?.into_inner();
        let names: Vec<_> = page
            .releases
            .into_iter()
            .map(|release| release.name)
            .collect();
        Ok::<_, Status>((names, page.next_page_token))
    };
    let of_article = "source = \"entities/article\"";
    let (names, token) = list(of_article, "").await.expect("a page");
    assert_eq!(names, ["releases/a", "releases/c"]);
    release(&world, "cc", partial("article", "2020")).await;
    let (names, end) = list(of_article, &token).await.expect("a page");
    assert_eq!(
        names,
        ["releases/d"],
        "the page of the snapshot of the first"
    );
    assert_eq!(end, "");
    let refusal = list("source = \"entities/dataset\"", &token).await;
    refused(&refusal.expect_err("a token of another list")).is(
        Code::InvalidArgument,
        "PAGE_TOKEN_INVALID",
        &["page_token"],
    );
    release(&world, "whole", complete("article", "2021")).await;
    let both = format!("{of_article} AND coverage = COMPLETE");
    let (names, _) = list(&both, "").await.expect("a page");
    assert_eq!(names, ["releases/whole"]);
    for filter in ["title = \"Outlook\"", "source = ", "coverage = WHOLE"] {
        let refusal = list(filter, "").await.expect_err("no such filter");
        refused(&refusal).is(Code::InvalidArgument, "FILTER_INVALID", &["filter"]);
    }
}
