//! Report templates: saved with every revision, and refused naming what is wrong.

use prost_types::FieldMask;
use proto::figure::v1::Calculation;
use proto::reporting::v1::{
    Binding, CreateTemplateRequest, GetTemplateRequest, ListTemplatesRequest,
    ListTemplatesResponse, ParameterType, Section, Template, TemplateView, UpdateTemplateRequest,
};
use tonic::{Code, Status};

use crate::harness::{Backend, World, on_both, refused, seeded};
use crate::reporting::{chart, computed, create, observation, parameter, prose, quoted, template};

on_both!(
    a_template_is_created_and_read_again,
    creating_a_template_twice_returns_already_exists,
    a_checked_template_is_not_saved,
    a_checked_change_is_not_saved,
    a_repeated_change_is_made_once,
    a_change_makes_a_revision_and_keeps_the_ones_before,
    equal_content_makes_no_revision,
    a_stale_etag_changes_nothing,
    a_mask_names_fields_that_can_change,
    a_template_that_does_not_exist_is_not_found,
    all_faults_of_a_template_are_named_at_once,
    siblings_are_not_joined,
    templates_are_listed_in_pages_without_sections,
    templates_are_listed_whole_where_that_is_asked_for,
);

/// A template without figures.
fn plain() -> Template {
    Template {
        subtitle: "What one should know of ${word}".to_owned(),
        parameters: vec![parameter("word", ParameterType::Text, "bamboo")],
        ..template(vec![prose("one", "Nothing but ${word}.", Vec::new())])
    }
}

async fn get(world: &World, name: &str, revision: i32) -> Result<Template, Status> {
    let request = GetTemplateRequest {
        name: name.to_owned(),
        revision,
        ..Default::default()
    };
    let answer = world.reporting().get_template(request).await?;
    Ok(answer.into_inner().template.expect("the template"))
}

fn changing(template: Template, paths: &[&str]) -> UpdateTemplateRequest {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    UpdateTemplateRequest {
        template: Some(template),
        update_mask: Some(FieldMask { paths }),
        ..Default::default()
    }
}

async fn update(world: &World, template: Template, paths: &[&str]) -> Result<Template, Status> {
    let request = changing(template, paths);
    let answer = world.reporting().update_template(request).await?;
    Ok(answer.into_inner().template.expect("the template"))
}

async fn a_template_is_created_and_read_again(backend: Backend) {
    let world = seeded(backend).await;
    let made = create(&world, "plain", plain()).await.expect("it is good");
    assert_eq!((made.name.as_str(), made.revision), ("templates/plain", 1));
    assert!(!made.etag.is_empty());
    assert!(made.update_time.is_some());
    let content = Template {
        name: String::new(),
        revision: 0,
        etag: String::new(),
        update_time: None,
        ..made.clone()
    };
    let in_english = Template {
        language: "en".to_owned(),
        ..plain()
    };
    assert_eq!(content, in_english);
    for revision in [0, 1] {
        let found = get(&world, "templates/plain", revision).await;
        assert_eq!(found.expect("it is there"), made);
    }
}

async fn creating_a_template_twice_returns_already_exists(backend: Backend) {
    let world = seeded(backend).await;
    create(&world, "plain", plain()).await.expect("it is good");
    let again = create(&world, "plain", plain()).await.expect_err("taken");
    refused(&again).is(Code::AlreadyExists, "TEMPLATE_EXISTS", &[]);
}

async fn a_checked_template_is_not_saved(backend: Backend) {
    let world = seeded(backend).await;
    let request = CreateTemplateRequest {
        template_id: "plain".to_owned(),
        template: Some(plain()),
        validate_only: true,
        ..Default::default()
    };
    let checked = world.reporting().create_template(request).await;
    checked.expect("it is good");
    let unknown = get(&world, "templates/plain", 0)
        .await
        .expect_err("only checked");
    refused(&unknown).is(Code::NotFound, "TEMPLATE_NOT_FOUND", &[]);
}

/// The template with another title.
fn titled(template: &Template, title: &str) -> Template {
    Template {
        title: title.to_owned(),
        ..template.clone()
    }
}

async fn a_checked_change_is_not_saved(backend: Backend) {
    let world = seeded(backend).await;
    let first = create(&world, "plain", plain()).await.expect("it is good");
    let checking = |template| UpdateTemplateRequest {
        validate_only: true,
        ..changing(template, &["title"])
    };
    let mut reporting = world.reporting();
    let checked = reporting
        .update_template(checking(titled(&first, "Another")))
        .await;
    let checked = checked.expect("it is good").into_inner();
    let told = checked.template.expect("the template it would be");
    assert_eq!(told.title, "Another");
    let wrong = reporting
        .update_template(checking(titled(&first, "")))
        .await;
    refused(&wrong.expect_err("no title")).is(
        Code::InvalidArgument,
        "FIELD_REQUIRED",
        &["template.title"],
    );
    let kept = get(&world, "templates/plain", 0).await;
    assert_eq!(kept.expect("it is there"), first);
}

async fn a_repeated_change_is_made_once(backend: Backend) {
    let world = seeded(backend).await;
    let first = create(&world, "plain", plain()).await.expect("it is good");
    let request = |title: &str| UpdateTemplateRequest {
        request_id: "0b6a6a0e-55d8-4d8f-8d43-6a4b8a9c1e02".to_owned(),
        ..changing(titled(&first, title), &["title"])
    };
    let mut reporting = world.reporting();
    let once = reporting.update_template(request("Another")).await;
    let once = once.expect("it is good").into_inner();
    assert!(!once.replayed);
    // Its etag is no longer that of now, but the answer was given before.
    let again = reporting.update_template(request("Another")).await;
    let again = again.expect("the same").into_inner();
    assert!(again.replayed);
    assert_eq!(again.template, once.template);
    assert_eq!(once.template.map(|template| template.revision), Some(2));
    let other = reporting.update_template(request("A third")).await;
    let refusal = refused(&other.expect_err("another request"));
    refusal.is(Code::InvalidArgument, "REQUEST_ID_REUSED", &["request_id"]);
}

async fn a_change_makes_a_revision_and_keeps_the_ones_before(backend: Backend) {
    let world = seeded(backend).await;
    let first = create(&world, "plain", plain()).await.expect("it is good");
    let titled = Template {
        title: "Another title".to_owned(),
        etag: first.etag.clone(),
        // Not in the mask, so not changed.
        subtitle: String::new(),
        sections: Vec::new(),
        ..first.clone()
    };
    let second = update(&world, titled, &["title"]).await.expect("a title");
    assert_eq!(
        (second.revision, second.title.as_str()),
        (2, "Another title")
    );
    assert_eq!(second.subtitle, first.subtitle);
    assert_eq!(second.sections, first.sections);
    assert_ne!(second.etag, first.etag);

    let whole = Template {
        name: first.name.clone(),
        ..template(vec![prose("two", "All is new.", Vec::new())])
    };
    let third = update(&world, whole, &["*"]).await.expect("all fields");
    assert_eq!((third.revision, third.parameters.len()), (3, 0));
    assert_eq!(third.sections[0].id, "two");
    for (revision, expected) in [(1, &first), (2, &second), (3, &third), (0, &third)] {
        let found = get(&world, "templates/plain", revision).await;
        assert_eq!(found.expect("it is kept"), *expected);
    }
    let fourth = get(&world, "templates/plain", 4)
        .await
        .expect_err("not yet");
    refused(&fourth).is(Code::NotFound, "TEMPLATE_NOT_FOUND", &[]);
}

async fn equal_content_makes_no_revision(backend: Backend) {
    let world = seeded(backend).await;
    let first = create(&world, "plain", plain()).await.expect("it is good");
    let same = update(&world, first.clone(), &["*"]).await;
    assert_eq!(same.expect("nothing to do"), first);
    let same = update(&world, first.clone(), &["title", "sections"]).await;
    assert_eq!(same.expect("nothing to do"), first);
}

async fn a_stale_etag_changes_nothing(backend: Backend) {
    let world = seeded(backend).await;
    let first = create(&world, "plain", plain()).await.expect("it is good");
    let titled = |title: &str| Template {
        title: title.to_owned(),
        ..first.clone()
    };
    let second = update(&world, titled("Newer"), &["title"]).await;
    let second = second.expect("the etag is that of now");
    let late = update(&world, titled("Late"), &["title"]).await;
    let late = late.expect_err("the etag is that of before");
    refused(&late).is(Code::Aborted, "ETAG_MISMATCH", &[]);
    let now = get(&world, "templates/plain", 0)
        .await
        .expect("it is there");
    assert_eq!(now, second);
}

async fn a_mask_names_fields_that_can_change(backend: Backend) {
    let world = seeded(backend).await;
    let first = create(&world, "plain", plain()).await.expect("it is good");
    for (paths, reason, field) in [
        (&[][..], "UPDATE_MASK_INVALID", "update_mask"),
        (&["colour"], "UPDATE_MASK_INVALID", "update_mask"),
        (
            &["title", "sections.heading"],
            "UPDATE_MASK_INVALID",
            "update_mask",
        ),
        (&["revision"], "FIELD_IMMUTABLE", "template.revision"),
    ] {
        let other = Template {
            revision: 7,
            ..first.clone()
        };
        let wrong = update(&world, other, paths).await.expect_err("not a field");
        refused(&wrong).is(Code::InvalidArgument, reason, &[field]);
    }
    let same = update(&world, first.clone(), &["revision", "update_time", "title"]).await;
    assert_eq!(same.expect("their values are the same"), first);
}

async fn a_template_that_does_not_exist_is_not_found(backend: Backend) {
    let world = seeded(backend).await;
    let none = || Template {
        name: "templates/none".to_owned(),
        ..plain()
    };
    let unknown = get(&world, "templates/none", 0).await.expect_err("none");
    refused(&unknown).is(Code::NotFound, "TEMPLATE_NOT_FOUND", &[]);
    let unknown = update(&world, none(), &["*"]).await.expect_err("none");
    refused(&unknown).is(Code::NotFound, "TEMPLATE_NOT_FOUND", &[]);
    let unnamed = get(&world, "none", 0).await.expect_err("no name");
    refused(&unnamed).is(Code::InvalidArgument, "FIELD_INVALID", &["name"]);
    let unnamed = update(&world, plain(), &["*"]).await.expect_err("no name");
    refused(&unnamed).is(Code::InvalidArgument, "FIELD_REQUIRED", &["template.name"]);
    let capital = create(&world, "Plain", plain()).await.expect_err("no id");
    refused(&capital).is(Code::InvalidArgument, "FIELD_INVALID", &["template_id"]);
}

async fn all_faults_of_a_template_are_named_at_once(backend: Backend) {
    let world = seeded(backend).await;
    let wrong = |template: Template| {
        let world = &world;
        async move {
            let status = create(world, "wrong", template).await;
            refused(&status.expect_err("it is wrong"))
        }
    };
    let section = |section: Section| wrong(template(vec![section]));
    let bound = |binding: Binding| section(prose("one", "It is {size}.", vec![binding]));
    let at = |path: &str| format!("template.sections[0].{path}");
    let invalid = |path: &str| ("TEMPLATE_INVALID", vec![at(path)]);

    let size = || quoted("size", observation("gdp", "2018"));
    let unused = quoted("other", observation("gdp", "2019"));
    let no_value = Binding {
        value: None,
        ..size()
    };
    let sum = computed(
        "size",
        Calculation::Unspecified,
        observation("gdp", "2018"),
        observation("gdp", "2019"),
    );
    let cases = [
        (
            section(prose("one", "{size}", Vec::new())).await,
            invalid("paragraphs[0]"),
        ),
        (
            section(prose("one", "It is {size}.", vec![size(), unused])).await,
            invalid("bindings[1].key"),
        ),
        (bound(no_value).await, invalid("bindings[0]")),
        (
            bound(sum).await,
            invalid("bindings[0].computed.calculation"),
        ),
        (
            bound(quoted("size", observation("gdp", "2018-13"))).await,
            invalid("bindings[0].observation.period"),
        ),
        (
            bound(quoted("size", observation("happiness", "2018"))).await,
            invalid("bindings[0].observation.indicator"),
        ),
        (
            section(prose("one", "A { alone.", Vec::new())).await,
            invalid("paragraphs[0]"),
        ),
        (
            section(prose("one", "${word}", Vec::new())).await,
            invalid("paragraphs[0]"),
        ),
        (section(chart("one", &[])).await, invalid("chart.lines")),
        (
            section(chart("one", &[&[]])).await,
            invalid("chart.lines[0].indicators"),
        ),
        (
            section(chart("one", &[&["happiness"]])).await,
            invalid("chart.lines[0].indicators[0]"),
        ),
        (
            section(prose("One", "Text.", Vec::new())).await,
            ("FIELD_INVALID", vec![at("id")]),
        ),
        (
            wrong(template(Vec::new())).await,
            ("FIELD_REQUIRED", vec!["template.sections".to_owned()]),
        ),
    ];
    for (refusal, (reason, fields)) in cases {
        let fields: Vec<_> = fields.iter().map(String::as_str).collect();
        refusal.is(Code::InvalidArgument, reason, &fields);
    }

    let several = Template {
        title: "Of ${word}".to_owned(),
        parameters: vec![
            parameter("year", ParameterType::Period, "next year"),
            parameter("Year", ParameterType::Unspecified, ""),
        ],
        ..template(vec![
            prose("one", "It is {size}.", Vec::new()),
            prose("one", "Text.", Vec::new()),
        ])
    };
    wrong(several).await.is(
        Code::InvalidArgument,
        "TEMPLATE_INVALID",
        &[
            "template.parameters[0].default_value",
            "template.parameters[1].key",
            "template.parameters[1].type",
            "template.title",
            "template.sections[0].paragraphs[0]",
            "template.sections[1].id",
        ],
    );
}

async fn siblings_are_not_joined(backend: Backend) {
    let world = seeded(backend).await;
    let joined = template(vec![chart("one", &[&["digital-core", "digital-broad"]])]);
    let field = "template.sections[0].chart.lines[0].indicators[1]";
    let status = create(&world, "joined", joined.clone()).await;
    let status = status.expect_err("they are siblings");
    refused(&status).is(Code::FailedPrecondition, "SIBLINGS_JOINED", &[field]);

    let beside = template(vec![chart("one", &[&["digital-core"], &["digital-broad"]])]);
    let made = create(&world, "beside", beside)
        .await
        .expect("a line for each");
    let worse = Template {
        name: made.name,
        ..joined
    };
    let status = update(&world, worse, &["sections"]).await;
    let status = status.expect_err("they are siblings");
    refused(&status).is(Code::FailedPrecondition, "SIBLINGS_JOINED", &[field]);

    let (core, broad) = (
        observation("digital-core", "2018"),
        observation("digital-broad", "2018"),
    );
    let both = vec![computed("gap", Calculation::Difference, core, broad)];
    let subtracted = template(vec![prose("one", "The gap is {gap}.", both)]);
    let status = create(&world, "subtracted", subtracted).await;
    let status = status.expect_err("they are siblings");
    let field = "template.sections[0].bindings[0].computed.b.indicator";
    refused(&status).is(Code::FailedPrecondition, "SIBLINGS_JOINED", &[field]);
}

async fn list(
    world: &World,
    page_size: i32,
    page_token: &str,
) -> Result<ListTemplatesResponse, Status> {
    let request = ListTemplatesRequest {
        page_size,
        page_token: page_token.to_owned(),
        ..Default::default()
    };
    Ok(world
        .reporting()
        .list_templates(request)
        .await?
        .into_inner())
}

async fn templates_are_listed_in_pages_without_sections(backend: Backend) {
    let world = seeded(backend).await;
    for id in ["c", "a", "b"] {
        let made = create(&world, id, plain()).await.expect("it is good");
        let newer = Template {
            title: format!("Newest {id}"),
            ..made
        };
        update(&world, newer, &["title"]).await.expect("a title");
    }
    let first = list(&world, 2, "").await.expect("a page");
    let second = list(&world, 2, &first.next_page_token).await;
    let second = second.expect("the last page");
    assert_eq!(
        (first.templates.len(), second.next_page_token.as_str()),
        (2, "")
    );
    let listed: Vec<_> = first.templates.iter().chain(&second.templates).collect();
    let told: Vec<_> = listed
        .iter()
        .map(|one| (one.name.as_str(), one.title.as_str(), one.revision))
        .collect();
    assert_eq!(
        told,
        [
            ("templates/a", "Newest a", 2),
            ("templates/b", "Newest b", 2),
            ("templates/c", "Newest c", 2),
        ]
    );
    assert!(listed.iter().all(|one| one.sections.is_empty()));
    let negative = list(&world, -1, "").await.expect_err("not a size");
    refused(&negative).is(Code::InvalidArgument, "FIELD_INVALID", &["page_size"]);
    let foreign = list(&world, 2, "a token").await.expect_err("not a token");
    refused(&foreign).is(Code::InvalidArgument, "PAGE_TOKEN_INVALID", &["page_token"]);
}

async fn templates_are_listed_whole_where_that_is_asked_for(backend: Backend) {
    let world = seeded(backend).await;
    let made = create(&world, "plain", plain()).await.expect("it is good");
    let list = async |view: i32| {
        let request = ListTemplatesRequest {
            view,
            ..Default::default()
        };
        let answer = world.reporting().list_templates(request).await;
        answer.map(|answer| answer.into_inner().templates)
    };
    let whole = list(TemplateView::Full.into()).await.expect("a page");
    assert_eq!(whole, std::slice::from_ref(&made));
    let basic = Template {
        sections: Vec::new(),
        ..made
    };
    for view in [TemplateView::Unspecified, TemplateView::Basic] {
        let listed = list(view.into()).await.expect("a page");
        assert_eq!(listed, std::slice::from_ref(&basic), "{view:?}");
    }
    let unknown = list(99).await.expect_err("no such view");
    refused(&unknown).is(Code::InvalidArgument, "FIELD_INVALID", &["view"]);
}
