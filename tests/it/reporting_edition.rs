//! Editions: the same figures in the words of another language.

use std::collections::BTreeMap;

use proto::figure::v1::{Basis, Calculation, Label, Note};
use proto::metrics::v1::{
    ApplyDefinitionsRequest, ClaimInput, ClaimText, ListIndicatorsRequest, ListUnitsRequest,
};
use proto::reporting::v1::section::Body;
use proto::reporting::v1::{
    Bibliography, Contradictions, Edition, FigureTable, ListTemplatesRequest, ParameterType,
    RunReportRequest, Section, Template, TemplateView, UpdateTemplateRequest,
};
use tonic::Code;

use crate::harness::{Backend, World, on_both, refused, seeded};
use crate::ingest::{row, series, source_series, write};
use crate::reporting::{
    Stated, chart, computed, create, figures, made, observation, page, parameter, prose, quoted,
    start, state, template, wanted,
};
use crate::reporting_figure::printed;

on_both!(
    editions_print_the_same_figures_under_the_same_numbers,
    an_edition_is_written_in_its_language,
    what_there_is_in_one_language_only_is_marked_in_the_other_edition,
    a_language_that_a_template_does_not_have_is_refused,
    an_edition_without_a_text_is_refused_with_its_place,
    editions_are_changed_by_name_and_kept_with_the_revision,
);

const FIRST: [Stated<'_>; 4] = [
    ("gdp", "2018", "91.9", 12, "cny"),
    ("gdp", "2019", "98.7", 12, "cny"),
    ("digital-broad", "2018", "31.3", 12, "cny"),
    ("digital-core", "2018", "7.1", 12, "cny"),
];

/// What another source says of one of the same observations.
const SECOND: [Stated<'_>; 1] = [("gdp", "2019", "99.9", 12, "cny")];

/// The text of every place in Chinese.
fn texts() -> BTreeMap<String, String> {
    let texts = [
        ("title", "${country}的数字"),
        ("parameters.country.label", "国家"),
        ("parameters.year.label", "年份"),
        ("sections.prose.heading", "总量"),
        // The figures come in another order than in the template.
        (
            "sections.prose.paragraphs.0",
            "增长{change}：${country}的总量由{before}增至{after}（${year}）。",
        ),
        ("sections.lines.heading", "历年"),
        ("sections.lines.paragraphs.0", "如图所示。"),
        ("sections.lines.description", "历年数字。"),
        ("sections.table.heading", "全部数字"),
        ("sections.table.paragraphs.0", "依来源所述。"),
        ("sections.against.heading", "矛盾"),
        ("sections.against.paragraphs.0", "不可能同时成立。"),
        ("sections.sources.heading", "资料来源"),
        ("sections.sources.paragraphs.0", "谁说的。"),
    ];
    texts
        .map(|(place, text)| (place.to_owned(), text.to_owned()))
        .into()
}

fn bilingual() -> Template {
    let bindings = vec![
        quoted("before", observation("gdp", "2018")),
        quoted("after", observation("gdp", "${year}")),
        computed(
            "change",
            Calculation::Change,
            observation("gdp", "2018"),
            observation("gdp", "${year}"),
        ),
    ];
    let text = "In ${country} it grew from {before} to {after} in ${year}, by {change}.";
    let with = |body: Body, section: Section| Section {
        body: Some(body),
        ..section
    };
    let filter = "entity = \"entities/china\"".to_owned();
    let table = FigureTable {
        filter: filter.clone(),
        ..Default::default()
    };
    let against = Contradictions {
        filter,
        siblings: true,
    };
    let sections = vec![
        prose("prose", text, bindings),
        chart("lines", &[&["gdp"]]),
        with(Body::Table(table), prose("table", "As said.", Vec::new())),
        with(
            Body::Contradictions(against),
            prose("against", "Not both.", Vec::new()),
        ),
        with(
            Body::Bibliography(Bibliography {}),
            prose("sources", "Who said so.", Vec::new()),
        ),
    ];
    Template {
        title: "Figures of ${country}".to_owned(),
        parameters: vec![
            parameter("country", ParameterType::Entity, "entities/china"),
            parameter("year", ParameterType::Period, "2019"),
        ],
        editions: vec![Edition {
            language: "zh-Hans".to_owned(),
            texts: texts(),
        }],
        ..template(sections)
    }
}

/// A world with figures and a template in two languages; the yuan has a Chinese label.
async fn stated(backend: Backend) -> World {
    let world = seeded(backend).await;
    let listed = world
        .metrics()
        .list_units(ListUnitsRequest::default())
        .await;
    let mut units = listed.expect("a page").into_inner().units;
    units.retain(|unit| unit.name == "units/cny");
    units[0].labels.push(Label {
        text: "元人民币".to_owned(),
        language: "zh-Hans".to_owned(),
    });
    let request = ApplyDefinitionsRequest {
        units,
        ..Default::default()
    };
    let applied = world.metrics().apply_definitions(request).await;
    applied.expect("a label more is good");
    state(&world, "article", "first", &FIRST).await;
    state(&world, "second-article", "second", &SECOND).await;
    create(&world, "it", bilingual()).await.expect("it is good");
    world
}

fn in_language(language: &str) -> RunReportRequest {
    RunReportRequest {
        language: language.to_owned(),
        ..wanted("it", &[])
    }
}

async fn editions_print_the_same_figures_under_the_same_numbers(backend: Backend) {
    let world = stated(backend).await;
    let english = made(&world, in_language("")).await;
    let chinese = made(&world, in_language("zh-Hans")).await;
    assert_ne!(english.name, chinese.name);
    assert_eq!(
        (english.language.as_str(), chinese.language.as_str()),
        ("en", "zh-Hans")
    );
    let (of_english, of_chinese) = (
        figures(&world, &english).await,
        figures(&world, &chinese).await,
    );
    assert!(of_english.len() > 5, "{of_english:?}");
    assert_eq!(of_english.len(), of_chinese.len());
    for (one, other) in of_english.iter().zip(&of_chinese) {
        assert_eq!(one.number, other.number);
        assert_eq!(one.section, other.section);
        assert_eq!(one.claims, other.claims);
        assert_eq!(one.releases, other.releases);
        assert_eq!(one.result, other.result);
        assert_eq!(one.alternatives, other.alternatives);
    }
    let numbers = |page: &str| {
        let mut numbers: Vec<_> = printed(page)
            .into_iter()
            .map(|(number, _)| number)
            .collect();
        numbers.sort_unstable();
        numbers
    };
    assert_eq!(
        numbers(&page(&world, &english).await),
        numbers(&page(&world, &chinese).await)
    );
}

async fn an_edition_is_written_in_its_language(backend: Backend) {
    let world = stated(backend).await;
    let chinese = made(&world, in_language("zh-Hans")).await;
    assert_eq!(chinese.title, "中国的数字");
    let texts: Vec<_> = figures(&world, &chinese)
        .await
        .into_iter()
        .map(|figure| figure.text)
        .collect();
    for text in ["91.9万亿元人民币", "98.7万亿元人民币"] {
        assert!(texts.iter().any(|one| one == text), "{texts:?}");
    }
    let page = page(&world, &chinese).await;
    assert!(page.contains("<html lang=\"zh-Hans\""), "{page}");
    for words in [
        "2019年",
        "互相矛盾",
        "相当于较低者的",
        "由模板templates/it第1版生成",
    ] {
        assert!(page.contains(words), "no {words} in {page}");
    }
    for words in ["trillion", "of the lower", "Who says so", "Made from"] {
        assert!(!page.contains(words), "{words} in {page}");
    }
}

async fn what_there_is_in_one_language_only_is_marked_in_the_other_edition(backend: Backend) {
    let world = stated(backend).await;
    let listed = world
        .metrics()
        .list_indicators(ListIndicatorsRequest::default())
        .await;
    let mut indicators = listed.expect("a page").into_inner().indicators;
    indicators.retain(|one| one.name.starts_with("indicators/digital-"));
    for one in &mut indicators {
        one.definition = "All that is digital.".to_owned();
    }
    let broad = indicators
        .iter_mut()
        .find(|one| one.name.ends_with("broad"));
    broad.expect("it is there").definitions = vec![Label {
        text: "一切数字化的内容。".to_owned(),
        language: "zh-Hans".to_owned(),
    }];
    let request = ApplyDefinitionsRequest {
        indicators,
        ..Default::default()
    };
    let applied = world.metrics().apply_definitions(request).await;
    applied.expect("they are good");
    let remarked = ClaimInput {
        text: Some(ClaimText {
            notes: vec![Note {
                path: "period".to_owned(),
                basis: Basis::InferredFromContext.into(),
                text: "It says last year.".to_owned(),
                ..Default::default()
            }],
            ..Default::default()
        }),
        ..row(0, "2017", "80")
    };
    let declared = vec![source_series(0, series("gdp", "china"), "cny")];
    write(&world, "first", declared, vec![remarked]).await;

    let chinese = made(&world, in_language("zh-Hans")).await;
    let chinese = page(&world, &chinese).await;
    for part in [
        "<p class=\"definition\">一切数字化的内容。</p>",
        "<p class=\"definition\" lang=\"en\">All that is digital.</p>",
        "<dd>时期：据上下文推断；英文<q lang=\"en\">It says last year.</q></dd>",
        "英文“It says last year.”",
    ] {
        assert!(chinese.contains(part), "no {part} in {chinese}");
    }
    let english = made(&world, in_language("")).await;
    let english = page(&world, &english).await;
    let definition = "<p class=\"definition\">All that is digital.</p>";
    assert_eq!(english.matches(definition).count(), 2, "{english}");
    assert!(!english.contains("remark in"), "{english}");
}

async fn a_language_that_a_template_does_not_have_is_refused(backend: Backend) {
    let world = stated(backend).await;
    let status = start(&world, in_language("fr"))
        .await
        .expect_err("there is no French");
    let refusal = refused(&status);
    assert_eq!(refusal.code, Code::InvalidArgument);
    assert_eq!(refusal.reason, "FIELD_INVALID");
    assert_eq!(refusal.fields, ["language"]);
    assert!(refusal.message.contains("zh-Hans"), "{}", refusal.message);
    let plain = Template {
        editions: Vec::new(),
        ..bilingual()
    };
    create(&world, "plain", plain).await.expect("it is good");
    let request = RunReportRequest {
        language: "zh-Hans".to_owned(),
        ..wanted("plain", &[])
    };
    let status = start(&world, request).await.expect_err("it is in English");
    assert_eq!(refused(&status).fields, ["language"]);
}

async fn an_edition_without_a_text_is_refused_with_its_place(backend: Backend) {
    let world = stated(backend).await;
    let mut incomplete = bilingual();
    incomplete.editions[0]
        .texts
        .remove("sections.lines.heading");
    let status = create(&world, "incomplete", incomplete)
        .await
        .expect_err("a heading is missing");
    let refusal = refused(&status);
    assert_eq!(refusal.reason, "TEMPLATE_INVALID");
    assert_eq!(
        refusal.fields,
        ["template.editions[0].texts[\"sections.lines.heading\"]"]
    );
}

async fn editions_are_changed_by_name_and_kept_with_the_revision(backend: Backend) {
    let world = stated(backend).await;
    let mut new = Template {
        name: "templates/it".to_owned(),
        ..bilingual()
    };
    new.editions[0]
        .texts
        .insert("title".to_owned(), "论${country}".to_owned());
    new.title = "Not asked for".to_owned();
    let request = UpdateTemplateRequest {
        template: Some(new),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["editions".to_owned()],
        }),
        ..Default::default()
    };
    let answer = world.reporting().update_template(request).await;
    let saved = answer
        .expect("it is good")
        .into_inner()
        .template
        .expect("it");
    assert_eq!(
        (saved.revision, saved.title.as_str()),
        (2, "Figures of ${country}")
    );
    assert_eq!(saved.editions[0].texts["title"], "论${country}");
    assert_eq!(saved.language, "en");
    let old = RunReportRequest {
        template_revision: 1,
        ..in_language("zh-Hans")
    };
    assert_eq!(made(&world, old).await.title, "中国的数字");
    assert_eq!(made(&world, in_language("zh-Hans")).await.title, "论中国");
    for (view, expected) in [
        (TemplateView::Unspecified, Vec::new()),
        (TemplateView::Basic, Vec::new()),
        (TemplateView::Full, saved.editions),
    ] {
        let request = ListTemplatesRequest {
            view: view.into(),
            ..Default::default()
        };
        let listed = world.reporting().list_templates(request).await;
        let listed = listed.expect("a page").into_inner().templates;
        assert_eq!(listed[0].editions, expected, "{view:?}");
    }
}
