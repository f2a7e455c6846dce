//! Templates are kept with every revision.

use tonic::Response;

use super::*;

#[tokio::test]
async fn templates_keep_every_revision() {
    let house = house().await;
    let first = house.save_template().await;
    assert_eq!(first.revision, 1);
    let update = |title: &str, etag: &str, path: &str| {
        let template = Template {
            name: "templates/words".to_owned(),
            title: title.to_owned(),
            etag: etag.to_owned(),
            ..Default::default()
        };
        let request = UpdateTemplateRequest {
            template: Some(template),
            update_mask: Some(prost_types::FieldMask {
                paths: vec![path.to_owned()],
            }),
            ..Default::default()
        };
        house.reporting.update_template(Request::new(request))
    };
    let same = update(&first.title, &first.etag, "title")
        .await
        .unwrap()
        .into_inner()
        .template
        .unwrap();
    assert_eq!(same, first, "equal content makes no revision");
    let second = update("Of ${word}", &first.etag, "title")
        .await
        .unwrap()
        .into_inner()
        .template
        .unwrap();
    assert_eq!((second.revision, second.title.as_str()), (2, "Of ${word}"));
    assert_eq!(second.sections, first.sections);
    let stale = update("Late", &first.etag, "title").await.unwrap_err();
    assert_eq!(
        (stale.code(), reason(&stale).as_str()),
        (Code::Aborted, "ETAG_MISMATCH")
    );
    let unknown = update("Late", "", "colour").await.unwrap_err();
    assert_eq!(reason(&unknown), "UPDATE_MASK_INVALID");
    let fixed = update("Late", "", "revision").await.unwrap_err();
    assert_eq!(reason(&fixed), "FIELD_IMMUTABLE");
    let request = GetTemplateRequest {
        name: "templates/words".to_owned(),
        revision: 1,
        ..GetTemplateRequest::default()
    };
    let old = house
        .reporting
        .get_template(Request::new(request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(old.template.unwrap(), first);
}

#[tokio::test]
async fn creating_a_template_twice_returns_already_exists() {
    let house = house().await;
    house.save_template().await;
    for validate_only in [true, false] {
        let request = CreateTemplateRequest {
            template_id: "words".to_owned(),
            template: Some(template()),
            validate_only,
            ..Default::default()
        };
        let status = house
            .reporting
            .create_template(Request::new(request))
            .await
            .unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::AlreadyExists, "TEMPLATE_EXISTS")
        );
    }
}

#[tokio::test]
async fn a_repeated_request_for_a_template_answers_as_the_first_time() {
    let house = house().await;
    let create = |id: &str, request_id: &str, validate_only: bool| {
        let request = CreateTemplateRequest {
            template_id: id.to_owned(),
            template: Some(template()),
            validate_only,
            request_id: request_id.to_owned(),
        };
        house.reporting.create_template(Request::new(request))
    };
    let id = "0b6a6a0e-55d8-4d8f-8d43-6a4b8a9c1e01";
    let first = create("words", id, false).await.unwrap().into_inner();
    let again = create("words", id, false).await.unwrap().into_inner();
    assert!(again.replayed && !first.replayed);
    let again = CreateTemplateResponse {
        replayed: false,
        ..again
    };
    assert_eq!(again, first);
    for (template, validate_only) in [("others", false), ("words", true)] {
        let status = create(template, id, validate_only).await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::InvalidArgument, "REQUEST_ID_REUSED")
        );
    }
    let fresh = "0b6a6a0e-55d8-4d8f-8d43-6a4b8a9c1e02";
    let taken = create("words", fresh, false).await.unwrap_err();
    assert_eq!(reason(&taken), "TEMPLATE_EXISTS");
    create("others", fresh, true).await.unwrap();
    let made = create("others", fresh, false).await.unwrap().into_inner();
    assert_eq!(
        made.template.unwrap().revision,
        1,
        "a check keeps no answer"
    );
    let malformed = create("third", "not a uuid", false).await.unwrap_err();
    assert_eq!(reason(&malformed), "FIELD_INVALID");
}

fn update(title: &str, request_id: &str, validate_only: bool) -> UpdateTemplateRequest {
    UpdateTemplateRequest {
        template: Some(Template {
            name: "templates/words".to_owned(),
            title: title.to_owned(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["title".to_owned()],
        }),
        validate_only,
        request_id: request_id.to_owned(),
    }
}

#[tokio::test]
async fn a_repeated_update_answers_as_the_first_time() {
    let house = house().await;
    let first = house.save_template().await;
    let change = async |request| {
        let answer = house.reporting.update_template(Request::new(request)).await;
        answer.map(Response::into_inner)
    };
    let id = "0b6a6a0e-55d8-4d8f-8d43-6a4b8a9c1e03";
    let second = change(update("Of ${word}", id, false)).await.unwrap();
    assert_eq!(second.template.as_ref().unwrap().revision, 2);
    let third = change(update("On ${word}", "", false)).await.unwrap();
    assert_eq!(third.template.unwrap().revision, 3);
    let again = change(update("Of ${word}", id, false)).await.unwrap();
    assert!(again.replayed && !second.replayed);
    assert_eq!(
        (again.template, again.snapshot),
        (second.template, second.snapshot)
    );
    let reused = change(update("At ${word}", id, false)).await.unwrap_err();
    assert_eq!(reason(&reused), "REQUEST_ID_REUSED");
    // A request that changes nothing is one as well.
    let id = "0b6a6a0e-55d8-4d8f-8d43-6a4b8a9c1e04";
    let same = change(update("On ${word}", id, false)).await.unwrap();
    assert_eq!(same.template.as_ref().unwrap().revision, 3);
    change(update(&first.title, "", false)).await.unwrap();
    let again = change(update("On ${word}", id, false)).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.template, same.template);
}

#[tokio::test]
async fn a_check_of_a_template_saves_nothing_and_answers_as_it_would_be() {
    let house = house().await;
    let request = CreateTemplateRequest {
        template_id: "words".to_owned(),
        template: Some(template()),
        validate_only: true,
        ..Default::default()
    };
    let checked = house.reporting.create_template(Request::new(request)).await;
    let checked = checked.unwrap().into_inner().template.unwrap();
    let saved = house.save_template().await;
    let without_time = |template: Template| Template {
        update_time: None,
        ..template
    };
    assert_eq!(checked, without_time(saved.clone()));
    let change = async |request| {
        let answer = house.reporting.update_template(Request::new(request)).await;
        answer.unwrap().into_inner().template.unwrap()
    };
    let checked = change(update("Of ${word}", "", true)).await;
    assert_eq!(
        change(update(&saved.title, "", true)).await,
        saved,
        "no other"
    );
    let changed = change(update("Of ${word}", "", false)).await;
    assert_eq!(changed.revision, 2);
    assert_eq!(checked, without_time(changed));
}

#[tokio::test]
async fn what_is_wrong_with_a_write_is_told_together() {
    let house = house().await;
    house.save_template().await;
    let request = CreateTemplateRequest {
        template_id: "Words".to_owned(),
        template: Some(Template {
            title: String::new(),
            ..template()
        }),
        request_id: "one".to_owned(),
        ..Default::default()
    };
    let refused = house.reporting.create_template(Request::new(request)).await;
    let (_, fields) = faults(&refused.unwrap_err());
    assert_eq!(fields, ["request_id", "template_id", "template.title"]);
    let nothing = CreateTemplateRequest::default();
    let refused = house.reporting.create_template(Request::new(nothing)).await;
    assert_eq!(faults(&refused.unwrap_err()).1, ["template_id", "template"]);
    let request = UpdateTemplateRequest {
        template: Some(Template::default()),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["colour".to_owned()],
        }),
        request_id: "one".to_owned(),
        ..Default::default()
    };
    let refused = house.reporting.update_template(Request::new(request)).await;
    let (_, fields) = faults(&refused.unwrap_err());
    assert_eq!(fields, ["request_id", "update_mask", "template.name"]);
    let request = UpdateTemplateRequest {
        template: Some(Template {
            name: "templates/words".to_owned(),
            revision: 7,
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["revision".to_owned(), "title".to_owned()],
        }),
        ..Default::default()
    };
    let refused = house.reporting.update_template(Request::new(request)).await;
    let (_, fields) = faults(&refused.unwrap_err());
    assert_eq!(fields, ["template.revision", "template.title"]);
}
