//! Templates are kept with every revision.

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
