use super::*;

on_both_databases! {
    what_is_in_use_stays_in_the_vocabulary
    a_stale_etag_of_the_vocabulary_is_refused
    everything_wrong_with_a_vocabulary_is_said_at_once
    labels_are_one_to_a_hundred
    a_scheme_without_a_check_has_one_that_says_so
    values_of_attributes_have_their_bounds
    a_vocabulary_that_no_answer_could_hold_is_refused
}

async fn current(registry: &Registry) -> Vocabulary {
    let request = GetVocabularyRequest::default();
    let answer = registry.get_vocabulary(Request::new(request)).await;
    let answer = answer.expect("an answer").into_inner();
    answer.vocabulary.expect("a vocabulary")
}

async fn a_stale_etag_of_the_vocabulary_is_refused(registry: Registry) {
    let stale = current(&registry).await;
    assert!(!stale.etag.is_empty());
    let mut changed = stale.clone();
    changed.kinds[0].labels = labels("a region");
    let checked = ApplyVocabularyRequest {
        vocabulary: Some(changed.clone()),
        validate_only: true,
        ..ApplyVocabularyRequest::default()
    };
    let checked = registry.apply_vocabulary(Request::new(checked)).await;
    let checked = checked.expect("checked").into_inner();
    assert_eq!((checked.changed, &checked.etag), (true, &stale.etag));
    let applied = registry.apply(changed).await.expect("applied");
    assert_eq!(applied.etag, current(&registry).await.etag);
    assert_ne!(applied.etag, stale.etag);
    for vocabulary in [stale.clone(), current(&registry).await] {
        let late = Vocabulary {
            etag: stale.etag.clone(),
            ..vocabulary
        };
        let answer = registry.apply(late).await;
        assert_eq!(failure(answer), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
    }
    let fresh = Vocabulary {
        etag: applied.etag.clone(),
        ..stale
    };
    let fresh = registry.apply(fresh).await.expect("applied");
    assert!(fresh.changed && fresh.etag != applied.etag);
    let again = registry.apply(current(&registry).await).await;
    let again = again.expect("unchanged");
    assert_eq!((again.changed, again.etag), (false, fresh.etag));
}

async fn everything_wrong_with_a_vocabulary_is_said_at_once(registry: Registry) {
    let mut wrong = vocabulary();
    wrong.kinds[0].attributes[0].code_list = "nothing".to_owned();
    wrong.kinds.push(wrong.kinds[1].clone());
    wrong.predicates[0].labels.clear();
    wrong.predicates[1].object_kinds.push("nothing".to_owned());
    wrong.schemes[0].id = "A Scheme".to_owned();
    wrong.schemes[0].validator = 99;
    let answer = registry.apply(wrong).await;
    refuses(
        answer,
        &[
            ("vocabulary.predicates[0].labels", "FIELD_REQUIRED"),
            ("vocabulary.schemes[0].id", "FIELD_INVALID"),
            ("vocabulary.schemes[0].validator", "FIELD_INVALID"),
            ("vocabulary.kinds[2].id", "FIELD_INVALID"),
            (
                "vocabulary.kinds[0].attributes[0].code_list",
                "VOCABULARY_UNKNOWN",
            ),
            (
                "vocabulary.predicates[1].object_kinds[0]",
                "VOCABULARY_UNKNOWN",
            ),
        ],
    );
    // What names a misspelt kind is not blamed as well.
    let mut misspelt = vocabulary();
    misspelt.predicates[0]
        .object_kinds
        .push("region".to_owned());
    misspelt.kinds[0].id = "Region".to_owned();
    let answer = registry.apply(misspelt).await;
    refuses(answer, &[("vocabulary.kinds[0].id", "FIELD_INVALID")]);
}

async fn labels_are_one_to_a_hundred(registry: Registry) {
    let many = |count| vec![labels("a word").remove(0); count];
    let mut most = vocabulary();
    most.kinds[0].labels = many(100);
    most.predicates[0].inverse_labels = many(100);
    registry.apply(most).await.expect("as many as there may be");
    let mut more = vocabulary();
    more.kinds[0].labels = many(101);
    more.kinds[0].attributes[0].labels = many(101);
    more.predicates[0].labels = many(101);
    more.predicates[0].inverse_labels = many(101);
    more.schemes[0].labels = many(101);
    more.code_lists[0].labels = many(101);
    more.code_lists[0].codes[0].labels = many(101);
    let refused = faults(registry.apply(more).await);
    assert_eq!(refused.len(), 7, "{refused:?}");
    assert!(refused.iter().all(|(_, reason)| reason == "TOO_MANY_ITEMS"));
    let mut none = vocabulary();
    none.kinds[0].labels.clear();
    none.code_lists[0].codes[0].labels.clear();
    refuses(
        registry.apply(none).await,
        &[
            ("vocabulary.kinds[0].labels", "FIELD_REQUIRED"),
            ("vocabulary.code_lists[0].codes[0].labels", "FIELD_REQUIRED"),
        ],
    );
}

async fn a_scheme_without_a_check_has_one_that_says_so(registry: Registry) {
    let mut free = vocabulary();
    free.schemes[0].validator = 0;
    registry.apply(free.clone()).await.expect("applied");
    let kept = current(&registry).await;
    assert_eq!(kept.schemes[0].validator(), IdentifierValidator::None);
    free.schemes[0].validator = IdentifierValidator::None.into();
    let same = registry.apply(free).await.expect("unchanged");
    assert!(!same.changed);
}

async fn values_of_attributes_have_their_bounds(registry: Registry) {
    let mut typed = vocabulary();
    let attribute = |key: &str, r#type: AttributeType| AttributeDefinition {
        key: key.to_owned(),
        labels: labels(key),
        r#type: r#type.into(),
        ..AttributeDefinition::default()
    };
    typed.kinds[0].attributes.extend([
        attribute("remark", AttributeType::Text),
        attribute("page", AttributeType::Url),
    ]);
    typed.schemes.push(IdentifierScheme {
        id: "page".to_owned(),
        labels: labels("page"),
        validator: IdentifierValidator::Url.into(),
        unique: false,
    });
    registry.apply(typed).await.expect("applied");
    let url = |characters: usize| format!("https://{}", "京".repeat(characters - 8));
    let with = |key: &str, value: String| {
        let mut entity = region("", &[("Region", "en")]);
        entity.attributes.push(Attribute {
            key: key.to_owned(),
            value,
            ..Attribute::default()
        });
        entity
    };
    for (key, value, longest) in [
        ("remark", "京".repeat(1000), true),
        ("remark", url(1001), false),
        ("page", url(2000), true),
        ("page", url(2001), false),
    ] {
        match registry.create("", with(key, value)).await {
            Ok(_) => assert!(longest, "{key}"),
            refused => {
                assert!(!longest, "{key}");
                refuses(refused, &[("entity.attributes[0].value", "FIELD_INVALID")]);
            }
        }
    }
    let mut identified = region("", &[("Region", "en")]);
    identified.identifiers.push(Identifier {
        scheme: "page".to_owned(),
        value: url(1000),
        ..Identifier::default()
    });
    let refused = registry.create("", identified).await;
    refuses(refused, &[("entity.identifiers[0].value", "FIELD_INVALID")]);
}

async fn a_vocabulary_that_no_answer_could_hold_is_refused(registry: Registry) {
    let mut large = vocabulary();
    let label = Label {
        text: "京".repeat(300),
        language: "zh".to_owned(),
    };
    for i in 0..40 {
        let mut kind = kind(&format!("k{i}"), false, Vec::new());
        kind.labels = vec![label.clone(); 100];
        large.kinds.push(kind);
    }
    let answer = registry.apply(large).await;
    refuses(answer, &[("vocabulary", "FIELD_INVALID")]);
}

async fn what_is_in_use_stays_in_the_vocabulary(registry: Registry) {
    let mut entity = region("", &[("Zhejiang", "en")]);
    entity.attributes.push(Attribute {
        key: "level".to_owned(),
        value: "province".to_owned(),
        ..Attribute::default()
    });
    registry
        .create("zj", entity.clone())
        .await
        .expect("created");
    entity.attributes[0].value = "village".to_owned();
    let unknown = registry.create("v", entity).await;
    assert_eq!(
        failure(unknown),
        (Code::InvalidArgument, "VOCABULARY_UNKNOWN".to_owned())
    );
    assert!(
        !registry
            .apply(vocabulary())
            .await
            .expect("unchanged")
            .changed
    );
    let in_use = (Code::FailedPrecondition, "VOCABULARY_IN_USE".to_owned());
    let mut without_code = vocabulary();
    without_code.code_lists[0].codes.remove(0);
    assert_eq!(failure(registry.apply(without_code).await), in_use);
    let mut without_attribute = vocabulary();
    without_attribute.kinds[0].attributes.clear();
    assert_eq!(failure(registry.apply(without_attribute).await), in_use);
    let mut without_kind = vocabulary();
    without_kind.kinds.remove(0);
    assert_eq!(failure(registry.apply(without_kind).await), in_use);
    let mut without_unused = vocabulary();
    without_unused.code_lists[0].codes.remove(1);
    without_unused.kinds.remove(1);
    without_unused.predicates.clear();
    without_unused.schemes.clear();
    assert!(
        registry
            .apply(without_unused)
            .await
            .expect("applied")
            .changed
    );
}
