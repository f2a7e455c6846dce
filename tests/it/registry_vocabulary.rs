//! What the registry may say, and what happens when that changes.

use prost_types::FieldMask;
use proto::registry::v1::{
    ApplyVocabularyRequest, ApplyVocabularyResponse, Attribute, AttributeType,
    GetVocabularyRequest, IdentifierValidator, Predicate, UpdateEntityRequest, Vocabulary,
};
use tonic::{Code, Status};

use crate::harness::seed::{entity, vocabulary};
use crate::harness::{Backend, World, at, on_both, refused, seeded};
use crate::registry_relation::relate;

on_both!(
    the_vocabulary_is_read_back_as_it_was_applied,
    an_unchanged_vocabulary_makes_no_commit,
    a_stale_etag_aborts_an_application,
    before_one_is_applied_the_vocabulary_is_empty,
    checking_a_vocabulary_changes_nothing,
    a_vocabulary_names_only_what_it_has,
    a_vocabulary_has_no_two_parts_of_one_id,
    a_scheme_without_a_validator_is_told_as_unchecked,
    what_is_in_use_is_neither_dropped_nor_narrowed,
);

async fn apply(world: &World, vocabulary: Vocabulary) -> Result<ApplyVocabularyResponse, Status> {
    let request = ApplyVocabularyRequest {
        vocabulary: Some(vocabulary),
        ..Default::default()
    };
    let answer = world.registry().apply_vocabulary(request).await?;
    Ok(answer.into_inner())
}

async fn current(world: &World) -> Vocabulary {
    let answer = world
        .registry()
        .get_vocabulary(GetVocabularyRequest::default())
        .await;
    answer
        .expect("it can be read")
        .into_inner()
        .vocabulary
        .expect("the vocabulary")
}

/// Without what the registry adds.
fn plain(vocabulary: Vocabulary) -> Vocabulary {
    Vocabulary {
        etag: String::new(),
        ..vocabulary
    }
}

async fn the_vocabulary_is_read_back_as_it_was_applied(backend: Backend) {
    let world = seeded(backend).await;
    let first = current(&world).await;
    assert!(!first.etag.is_empty());
    assert_eq!(plain(first.clone()), vocabulary());
    let before = world
        .registry()
        .get_vocabulary(GetVocabularyRequest::default())
        .await;
    let before = before.expect("it can be read").into_inner().snapshot;
    let mut wider = vocabulary();
    wider.predicates.push(Predicate {
        id: "owns".to_owned(),
        ..wider.predicates[0].clone()
    });
    let applied = apply(&world, wider.clone()).await.expect("it only grows");
    assert!(applied.changed);
    let now = current(&world).await;
    assert_eq!(now.etag, applied.etag);
    assert_ne!(now.etag, first.etag);
    assert_eq!(plain(now), wider);
    let request = GetVocabularyRequest {
        consistency: at(&before),
    };
    let old = world.registry().get_vocabulary(request).await;
    let old = old.expect("an older snapshot").into_inner().vocabulary;
    assert_eq!(old, Some(first));
}

async fn an_unchanged_vocabulary_makes_no_commit(backend: Backend) {
    let world = seeded(backend).await;
    let first = apply(&world, vocabulary()).await.expect("it is the same");
    assert!(!first.changed);
    let second = apply(&world, vocabulary()).await.expect("it is the same");
    assert_eq!(first.snapshot, second.snapshot);
    assert_eq!(first.etag, second.etag);
    assert_eq!(current(&world).await.etag, first.etag);
}

async fn a_stale_etag_aborts_an_application(backend: Backend) {
    let world = seeded(backend).await;
    let first = current(&world).await;
    let mut wider = first.clone();
    wider.predicates.push(Predicate {
        id: "owns".to_owned(),
        ..wider.predicates[0].clone()
    });
    let applied = apply(&world, wider).await.expect("its etag is current");
    assert!(applied.changed);
    let late = apply(&world, first).await.expect_err("somebody was faster");
    refused(&late).is(Code::Aborted, "ETAG_MISMATCH", &["vocabulary.etag"]);
    let now = current(&world).await;
    assert_eq!(now.etag, applied.etag);
    let again = apply(&world, now).await.expect("its etag is current");
    assert!(!again.changed);
}

async fn before_one_is_applied_the_vocabulary_is_empty(backend: Backend) {
    let world = World::start(backend).await;
    assert_eq!(plain(current(&world).await), Vocabulary::default());
    let none = world
        .registry()
        .apply_vocabulary(ApplyVocabularyRequest::default())
        .await;
    let none = refused(&none.expect_err("it is required"));
    none.is(Code::InvalidArgument, "FIELD_REQUIRED", &["vocabulary"]);
}

async fn checking_a_vocabulary_changes_nothing(backend: Backend) {
    let world = seeded(backend).await;
    let mut narrower = vocabulary();
    narrower.predicates.clear();
    let request = ApplyVocabularyRequest {
        vocabulary: Some(narrower),
        validate_only: true,
        ..Default::default()
    };
    let before = current(&world).await;
    let checked = world.registry().apply_vocabulary(request).await;
    assert!(checked.expect("no relation uses one").into_inner().changed);
    assert_eq!(current(&world).await, before);
}

async fn a_vocabulary_names_only_what_it_has(backend: Backend) {
    let world = seeded(backend).await;
    let mut bad = vocabulary();
    bad.predicates[0].object_kinds = vec!["planet".to_owned()];
    let status = apply(&world, bad).await.expect_err("there is no such kind");
    let field = "vocabulary.predicates[0].object_kinds[0]";
    refused(&status).is(Code::InvalidArgument, "VOCABULARY_UNKNOWN", &[field]);
    let mut bad = vocabulary();
    bad.code_lists.clear();
    let status = apply(&world, bad).await.expect_err("there is no such list");
    let field = "vocabulary.kinds[1].attributes[0].code_list";
    refused(&status).is(Code::InvalidArgument, "VOCABULARY_UNKNOWN", &[field]);
    let mut bad = vocabulary();
    bad.kinds[0].id = "Region".to_owned();
    bad.kinds[1].attributes[1].r#type = AttributeType::Unspecified.into();
    bad.schemes[0].labels.clear();
    let status = apply(&world, bad).await.expect_err("three faults");
    let fields = [
        "vocabulary.kinds[0].id",
        "vocabulary.kinds[1].attributes[1].type",
        "vocabulary.schemes[0].labels",
    ];
    refused(&status).is(Code::InvalidArgument, "FIELD_INVALID", &fields);
}

async fn a_vocabulary_has_no_two_parts_of_one_id(backend: Backend) {
    let world = seeded(backend).await;
    let mut bad = vocabulary();
    bad.kinds.push(bad.kinds[0].clone());
    let code = bad.code_lists[0].codes[1].clone();
    bad.code_lists[0].codes.push(code);
    let status = apply(&world, bad).await.expect_err("two of one id");
    let refusal = refused(&status);
    assert_eq!(
        (refusal.code, refusal.reason.as_str()),
        (Code::InvalidArgument, "FIELD_INVALID")
    );
    for field in [
        "vocabulary.kinds[4].id",
        "vocabulary.code_lists[0].codes[2].id",
    ] {
        assert!(
            refusal.fields.iter().any(|f| f == field),
            "{field}: {refusal:?}"
        );
    }
}

async fn a_scheme_without_a_validator_is_told_as_unchecked(backend: Backend) {
    let world = seeded(backend).await;
    let mut wider = vocabulary();
    let mut scheme = wider.schemes[0].clone();
    scheme.id = "house-number".to_owned();
    scheme.validator = IdentifierValidator::Unspecified.into();
    wider.schemes.push(scheme);
    let applied = apply(&world, wider.clone()).await.expect("it only grows");
    assert!(applied.changed);
    let told = current(&world).await.schemes;
    let told = told.last().expect("the new one").validator();
    assert_eq!(told, IdentifierValidator::None);
    // Which is the same vocabulary, in either spelling.
    for validator in [IdentifierValidator::None, IdentifierValidator::Unspecified] {
        wider.schemes[2].validator = validator.into();
        let again = apply(&world, wider.clone()).await.expect("it is the same");
        assert!(!again.changed, "{validator:?}");
    }
}

/// A way to make a vocabulary smaller.
type Narrow = fn(&mut Vocabulary);

const NARROWER: [(&str, Narrow); 7] = [
    ("a kind", |v| v.kinds.retain(|kind| kind.id != "article")),
    ("a predicate", |v| {
        v.predicates.retain(|p| p.id != "employs");
    }),
    ("a scheme", |v| v.schemes.clear()),
    ("an attribute", |v| v.kinds[1].attributes.clear()),
    ("a code", |v| {
        v.code_lists[0].codes.retain(|code| code.id != "energy");
    }),
    ("the kinds of a predicate", |v| {
        v.predicates[2].subject_kinds = vec!["company".to_owned()];
    }),
    ("the shape of a predicate", |v| {
        v.predicates[2].acyclic = true;
    }),
];

async fn what_is_in_use_is_neither_dropped_nor_narrowed(backend: Backend) {
    let world = seeded(backend).await;
    let mut acme = entity("acme", "company", "Acme");
    acme.attributes = vec![Attribute {
        key: "sector".to_owned(),
        value: "energy".to_owned(),
        ..Default::default()
    }];
    let request = UpdateEntityRequest {
        entity: Some(acme),
        update_mask: Some(FieldMask {
            paths: vec!["attributes".to_owned()],
        }),
        ..Default::default()
    };
    let updated = world.registry().update_entity(request).await;
    updated.expect("it is good");
    relate(&world, "beijing", "employs", "france").await;
    relate(&world, "france", "employs", "beijing").await;
    for (what, narrow) in NARROWER {
        let mut narrower = vocabulary();
        narrow(&mut narrower);
        let status = apply(&world, narrower).await.expect_err(what);
        let refusal = refused(&status);
        let is = (refusal.code, refusal.reason.as_str());
        assert_eq!(
            is,
            (Code::FailedPrecondition, "VOCABULARY_IN_USE"),
            "{what}"
        );
    }
    let mut unused = vocabulary();
    unused.predicates.retain(|p| p.id == "employs");
    unused.code_lists[0]
        .codes
        .retain(|code| code.id == "energy");
    apply(&world, unused).await.expect("nothing uses the rest");
}
