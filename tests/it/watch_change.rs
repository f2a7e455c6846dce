//! What watches tell of: records of every kind, when they changed, and what they are by now.

use prost_types::{FieldMask, Timestamp};
use proto::metrics::v1::{
    ApplyDefinitionsRequest, Concept, GetConceptRequest, GetIndicatorRequest, GetReleaseRequest,
    GetUnitRequest, Indicator, UpdateReleaseRequest,
};
use proto::registry::v1::{
    ApplyVocabularyRequest, GetEntityRequest, GetRelationRequest, GetVocabularyRequest,
};
use proto::reporting::v1::{GetTemplateRequest, Template, UpdateTemplateRequest};
use proto::server::v1::GetServerInfoRequest;
use proto::snapshot::v1::ChangeType;
use proto::{metrics, registry, reporting};
use rpc::Part;
use tonic::Code;

use crate::alike::{PARTS, create_entity, define, unit, words};
use crate::feed::Feed;
use crate::harness::read::resumed;
use crate::harness::seed::{label, vocabulary};
use crate::harness::{Backend, World, commit_of, on_both, refused, seeded};
use crate::ingest::{partial, release, row, series, source_series, withdrawal, write};
use crate::registry_relation::relate;
use crate::reporting::{create, made, observation, prose, quoted, template, wanted};
use crate::watch::{newest, open};

on_both!(
    a_watch_tells_only_of_the_kinds_asked_for,
    kinds_that_are_none_or_named_twice_are_refused,
    a_change_says_when_it_was_and_what_the_record_is_by_now,
    claims_are_told_by_their_series,
    reports_are_told_with_their_template,
);

async fn retitle(world: &World, id: &str, title: &str) -> String {
    let request = UpdateTemplateRequest {
        template: Some(Template {
            name: format!("templates/{id}"),
            title: title.to_owned(),
            ..Default::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["title".to_owned()],
        }),
        ..Default::default()
    };
    let updated = world.reporting().update_template(request).await;
    updated.expect("a title").into_inner().snapshot
}

/// Changes a record of every kind there is, each in a commit of its own; kind and name of
/// each, by service.
async fn change_each(world: &World) -> [Vec<(i32, String)>; 3] {
    create_entity(world, "town").await;
    let stated = relate(world, "beijing", "located-in", "china").await.name;
    let mut wider = vocabulary();
    wider.kinds[0].citable = true;
    let request = ApplyVocabularyRequest {
        vocabulary: Some(wider),
        ..Default::default()
    };
    let applied = world.registry().apply_vocabulary(request).await;
    applied.expect("it only grows");

    let units = ApplyDefinitionsRequest {
        units: vec![unit("metre")],
        ..Default::default()
    };
    define(world, units).await;
    let concepts = ApplyDefinitionsRequest {
        concepts: vec![Concept {
            name: "concepts/height".to_owned(),
            labels: vec![label("height")],
            ..Default::default()
        }],
        ..Default::default()
    };
    define(world, concepts).await;
    let indicators = ApplyDefinitionsRequest {
        indicators: vec![Indicator {
            name: "indicators/wall-height".to_owned(),
            labels: vec![label("height of a wall")],
            concept: "concepts/height".to_owned(),
            dimension: "length".to_owned(),
            ..Default::default()
        }],
        ..Default::default()
    };
    define(world, indicators).await;
    release(world, "r", partial("article", "2020-01-01")).await;
    let declared = vec![source_series(1, series("gdp", "china"), "cny")];
    write(world, "r", declared, vec![row(1, "2018", "8")]).await;
    let request = metrics::v1::ListSeriesRequest::default();
    let listed = world.metrics().list_series(request).await;
    let written = listed.expect("a page").into_inner().series.remove(0).name;

    let section = prose(
        "it",
        "It was {gdp}.",
        vec![quoted("gdp", observation("gdp", "2018"))],
    );
    create(world, "it", template(vec![section]))
        .await
        .expect("it is good");
    let report = made(world, wanted("it", &[])).await.name;
    let owned = |kind: i32, name: &str| (kind, name.to_owned());
    [
        vec![
            owned(registry::v1::RecordKind::Entity.into(), "entities/town"),
            owned(registry::v1::RecordKind::Relation.into(), &stated),
            owned(registry::v1::RecordKind::Vocabulary.into(), "vocabulary"),
        ],
        vec![
            owned(metrics::v1::RecordKind::Unit.into(), "units/metre"),
            owned(metrics::v1::RecordKind::Concept.into(), "concepts/height"),
            owned(
                metrics::v1::RecordKind::Indicator.into(),
                "indicators/wall-height",
            ),
            owned(metrics::v1::RecordKind::Release.into(), "releases/r"),
            owned(metrics::v1::RecordKind::Series.into(), &written),
        ],
        vec![
            owned(reporting::v1::RecordKind::Template.into(), "templates/it"),
            owned(reporting::v1::RecordKind::Report.into(), &report),
        ],
    ]
}

async fn a_watch_tells_only_of_the_kinds_asked_for(backend: Backend) {
    let world = seeded(backend).await;
    let mut starts = Vec::new();
    for part in PARTS {
        let (_, last) = open(&world, part, &[]).await.until_checkpoint().await;
        starts.push(last.resume_token);
    }
    let changed = change_each(&world).await;
    for ((part, start), changed) in PARTS.into_iter().zip(&starts).zip(&changed) {
        let told = async |kinds: &[i32]| {
            let feed = Feed::open(&world, part, resumed(start), kinds).await;
            let (changes, last) = feed.expect("it opens").until_checkpoint().await;
            assert_eq!(commit_of(&last.snapshot, part), newest(&world, part).await);
            changes
                .into_iter()
                .map(|change| (change.kind, change.name))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(&[]).await, *changed, "{part:?}");
        let all: Vec<_> = changed.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(told(&all).await, *changed, "{part:?}");
        for (i, kind) in all.iter().enumerate() {
            assert_eq!(told(&[*kind]).await, changed[i..=i], "{part:?} {kind}");
            let others: Vec<_> = all.iter().filter(|one| *one != kind).copied().collect();
            let mut left = changed.clone();
            left.remove(i);
            assert_eq!(told(&others).await, left, "{part:?} without {kind}");
        }
    }
}

async fn kinds_that_are_none_or_named_twice_are_refused(backend: Backend) {
    let world = seeded(backend).await;
    for part in PARTS {
        for (kinds, field) in [
            (&[0][..], "kinds[0]"),
            (&[1, 99], "kinds[1]"),
            (&[-1], "kinds[0]"),
            (&[1, 2, 1], "kinds[2]"),
        ] {
            let status = Feed::refused(&world, part, None, kinds).await;
            refused(&status).is(Code::InvalidArgument, "FIELD_INVALID", &[field]);
        }
    }
}

/// The etag that a read answers of a record.
async fn etag(world: &World, name: &str) -> String {
    let name = name.to_owned();
    let (mut who, mut figures) = (world.registry(), world.metrics());
    let found = match name.split('/').next().expect("a collection") {
        "entities" => {
            let request = GetEntityRequest {
                name,
                ..Default::default()
            };
            let answer = who.get_entity(request).await.expect("it is there");
            answer.into_inner().entity.map(|one| one.etag)
        }
        "relations" => {
            let request = GetRelationRequest {
                name,
                ..Default::default()
            };
            let answer = who.get_relation(request).await.expect("it is there");
            answer.into_inner().relation.map(|one| one.etag)
        }
        "vocabulary" => {
            let request = GetVocabularyRequest::default();
            let answer = who.get_vocabulary(request).await.expect("it is there");
            answer.into_inner().vocabulary.map(|one| one.etag)
        }
        "units" => {
            let request = GetUnitRequest {
                name,
                ..Default::default()
            };
            let answer = figures.get_unit(request).await.expect("it is there");
            answer.into_inner().unit.map(|one| one.etag)
        }
        "concepts" => {
            let request = GetConceptRequest {
                name,
                ..Default::default()
            };
            let answer = figures.get_concept(request).await.expect("it is there");
            answer.into_inner().concept.map(|one| one.etag)
        }
        "indicators" => {
            let request = GetIndicatorRequest {
                name,
                ..Default::default()
            };
            let answer = figures.get_indicator(request).await.expect("it is there");
            answer.into_inner().indicator.map(|one| one.etag)
        }
        "releases" => {
            let request = GetReleaseRequest {
                name,
                ..Default::default()
            };
            let answer = figures.get_release(request).await.expect("it is there");
            answer.into_inner().release.map(|one| one.etag)
        }
        "templates" => {
            let request = GetTemplateRequest {
                name,
                ..Default::default()
            };
            let answer = world.reporting().get_template(request).await;
            let answer = answer.expect("it is there");
            answer.into_inner().template.map(|one| one.etag)
        }
        // Claims and reports never change, so there is nothing to make a condition of.
        "series" | "reports" => return String::new(),
        other => panic!("{other}"),
    };
    let found = found.expect("the record");
    assert!(!found.is_empty());
    found
}

async fn a_change_says_when_it_was_and_what_the_record_is_by_now(backend: Backend) {
    let world = seeded(backend).await;
    let mut feeds = Vec::new();
    for part in PARTS {
        let mut feed = open(&world, part, &[]).await;
        feed.next().await;
        feeds.push(feed);
    }
    let mut server = world.server();
    let began = server.get_server_info(GetServerInfoRequest {}).await;
    let began = began.expect("never fails").into_inner().start_time;
    let changed = change_each(&world).await;
    for (feed, changed) in feeds.iter_mut().zip(&changed) {
        let (changes, _) = feed.take(changed.len()).await;
        let times: Vec<_> = changes
            .iter()
            .map(|change| change.commit_time.expect("a time"))
            .collect();
        let order = |time: &Timestamp| (time.seconds, time.nanos);
        let since: Vec<_> = began.iter().chain(&times).map(order).collect();
        assert!(since.is_sorted(), "{since:?}");
        for change in &changes {
            assert_eq!(change.etag, etag(&world, &change.name).await, "{change:?}");
            assert_ne!(change.r#type, 0, "{change:?}");
        }
    }
    // Changed again, a record has another one.
    let request = UpdateReleaseRequest {
        release: Some(metrics::v1::Release {
            name: "releases/r".to_owned(),
            title: "A title".to_owned(),
            ..Default::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["title".to_owned()],
        }),
        ..Default::default()
    };
    let updated = world.metrics().update_release(request).await;
    updated.expect("a title");
    let (changes, _) = feeds[1].take(1).await;
    assert_eq!(changes[0].name, "releases/r");
    assert_eq!(changes[0].happened(), ChangeType::Updated);
    assert_eq!(changes[0].etag, etag(&world, "releases/r").await);
    retitle(&world, "it", "Another title").await;
    let (changes, _) = feeds[2].take(1).await;
    assert_eq!(changes[0].name, "templates/it");
    assert_eq!(changes[0].happened(), ChangeType::Updated);
    assert_eq!(changes[0].etag, etag(&world, "templates/it").await);
    assert_eq!(changes[0].about, "templates/it");
}

async fn claims_are_told_by_their_series(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    release(&world, "s", partial("article", "2020-02-01")).await;
    let kind = metrics::v1::RecordKind::Series.into();
    let mut feed = open(&world, Part::Metrics, &[kind]).await;
    feed.next().await;
    let both = || {
        vec![
            source_series(1, series("gdp", "china"), "usd"),
            source_series(2, series("gdp", "france"), "usd"),
        ]
    };
    let rows = vec![
        row(1, "2017", "7"),
        row(1, "2018", "8"),
        row(2, "2018", "9"),
    ];
    let first = write(&world, "r", both(), rows.clone()).await;
    let (changes, message) = feed.take(2).await;
    let mut counts: Vec<_> = changes.iter().map(|one| one.claim_count).collect();
    counts.sort_unstable();
    assert_eq!(counts, [1, 2]);
    for change in &changes {
        assert_eq!(change.happened(), ChangeType::Created);
        assert_eq!((change.kind, change.about.as_str()), (kind, "releases/r"));
        assert!(change.name.starts_with("series/") && change.etag.is_empty());
    }
    assert_ne!(changes[0].name, changes[1].name);
    let metrics = |token: &str| commit_of(token, Part::Metrics);
    assert!(metrics(&message.snapshot) >= metrics(&first.snapshot));
    // Nothing new is no news.
    write(&world, "r", both(), rows).await;
    let china = changes.iter().find(|one| one.claim_count == 2);
    let china = china.expect("two of China").name.clone();
    let rows = vec![withdrawal(1, "2017"), row(1, "2018", "8.5")];
    write(&world, "s", both(), rows).await;
    let (changes, _) = feed.take(1).await;
    let told = &changes[0];
    assert_eq!(told.name, china);
    assert_eq!(told.happened(), ChangeType::Updated);
    assert_eq!(told.about, "releases/s");
    assert_eq!(told.claim_count, 2, "a withdrawal is a claim");
}

async fn reports_are_told_with_their_template(backend: Backend) {
    let world = seeded(backend).await;
    let mut feed = open(&world, Part::Reporting, &[]).await;
    feed.next().await;
    create(&world, "it", words()).await.expect("it is good");
    let report = made(&world, wanted("it", &[])).await;
    // The same again makes nothing.
    made(&world, wanted("it", &[])).await;
    retitle(&world, "it", "Another title").await;
    let (changes, _) = feed.take(3).await;
    let told: Vec<_> = changes
        .iter()
        .map(|one| (one.name.as_str(), one.happened(), one.about.as_str()))
        .collect();
    let it = "templates/it";
    let expected = [
        (it, ChangeType::Created, it),
        (report.name.as_str(), ChangeType::Created, it),
        (it, ChangeType::Updated, it),
    ];
    assert_eq!(told, expected);
    let empty: Vec<_> = changes.iter().map(|one| one.etag.is_empty()).collect();
    assert_eq!(empty, [false, true, false]);
}
