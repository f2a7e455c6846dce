//! With how many digits figures are printed, where they are focused, and the imprint.

use prost_types::FieldMask;
use proto::reporting::v1::section::Body;
use proto::reporting::v1::{
    Binding, Chart, Edition, FigureTable, IndicatorFormat, NumberFormat, Ranking, Revisions,
    ScaleWord, Section, Slope, Template, UpdateTemplateRequest,
};
use tonic::Code;

use crate::harness::{Backend, World, on_both, refused};
use crate::reporting::{
    create, ended, failure, figures, made, observation, page, prose, quoted, start, template,
    wanted,
};
use crate::reporting_drawing::{chart, ranking, showing, state, world};
use crate::reporting_figure::entry;

on_both!(
    a_format_of_an_indicator_holds_wherever_it_is_printed,
    each_place_can_ask_for_a_format_of_its_own,
    digits_that_are_not_asked_for_are_those_of_the_claim,
    faults_of_formats_are_named_by_field,
    a_line_in_focus_has_colour_and_the_others_are_grey,
    the_imprint_says_who_publishes_and_as_of_when,
    formats_and_imprint_can_be_changed_each_by_itself,
);

const GDP: &str = "6087191746679.489";

fn format(decimals: impl Into<Option<i32>>, scale: ScaleWord) -> Option<NumberFormat> {
    Some(NumberFormat {
        decimals: decimals.into(),
        scale: scale.into(),
        bare_rank: false,
    })
}

fn of_gdp(decimals: i32, scale: ScaleWord) -> Vec<IndicatorFormat> {
    vec![IndicatorFormat {
        indicator: "indicators/gdp".to_owned(),
        format: format(decimals, scale),
    }]
}

async fn stated(backend: Backend) -> World {
    let world = world(backend).await;
    let said = [
        ("china", "2017", "5987191746679.489", "usd"),
        ("china", "2018", "6027191746679.489", "usd"),
        ("china", "2019", "6047191746679.489", "usd"),
        ("china", "2020", GDP, "usd"),
        ("france", "2019", "2603004000000", "usd"),
        ("france", "2020", "2603004000000", "usd"),
    ];
    state(&world, "article", &said).await;
    world
}

pub fn table() -> FigureTable {
    FigureTable {
        filter: "entity = \"entities/china\"".to_owned(),
        ..Default::default()
    }
}

fn slope() -> Slope {
    let lines = chart(&[("gdp", "china"), ("gdp", "france")]).lines;
    Slope {
        lines,
        start_period: "2019".to_owned(),
        end_period: "2020".to_owned(),
        description: "From one year to another.".to_owned(),
        ..Default::default()
    }
}

pub fn with(id: &str, body: Body) -> Section {
    Section {
        id: id.to_owned(),
        ..showing(body)
    }
}

async fn a_format_of_an_indicator_holds_wherever_it_is_printed(backend: Backend) {
    let world = stated(backend).await;
    let sections = vec![
        prose(
            "prose",
            "It was {gdp}.",
            vec![quoted("gdp", observation("gdp", "2020"))],
        ),
        with("table", Body::Table(table())),
        with("chart", Body::Chart(chart(&[("gdp", "china")]))),
        with("ranking", Body::Ranking(ranking())),
        with(
            "revisions",
            Body::Revisions(Revisions {
                observations: vec![observation("gdp", "2020")],
                ..Default::default()
            }),
        ),
    ];
    let asked = Template {
        formats: of_gdp(2, ScaleWord::Trillion),
        ..template(sections)
    };
    create(&world, "it", asked).await.expect("it is good");
    let report = made(&world, wanted("it", &[])).await;
    let cited = figures(&world, &report).await;
    let first = &cited[0];
    assert_eq!(
        (first.text.as_str(), first.rounded),
        ("6.09 trillion usd", true)
    );
    let page = page(&world, &report).await;
    let (body, notes) = page.split_once("id=\"figures_\"").expect("the appendix");
    assert!(!body.contains("191746679"), "nothing is printed in full");
    for section in ["prose", "table", "chart", "ranking", "revisions"] {
        let section = body.split(&format!("id=\"{section}\"")).nth(1);
        let section = section.and_then(|rest| rest.split("</section>").next());
        assert!(
            section.is_some_and(|text| text.contains("6.09")),
            "{section:?}"
        );
    }
    assert!(
        body.contains("Figure, trillion usd"),
        "the scale stands over the column"
    );
    assert!(
        notes.contains("6,087,191,746,679.489 usd"),
        "the note has all digits"
    );
    assert!(entry(&page, 1).contains("rounded"), "and says so");
}

async fn each_place_can_ask_for_a_format_of_its_own(backend: Backend) {
    let world = stated(backend).await;
    let mut binding = quoted("gdp", observation("gdp", "2020"));
    binding.format = format(1, ScaleWord::Billion);
    let chart = Chart {
        format: format(0, ScaleWord::Billion),
        ..chart(&[("gdp", "china")])
    };
    let cases: [(&str, Section, &str); 6] = [
        (
            "binding",
            prose("it", "It was {gdp}.", vec![binding]),
            "6,087.2 billion usd",
        ),
        (
            "table",
            showing(Body::Table(FigureTable {
                format: format(3, ScaleWord::Trillion),
                ..table()
            })),
            "6.087<",
        ),
        ("chart", showing(Body::Chart(chart)), ">6,087<"),
        (
            "ranking",
            showing(Body::Ranking(Ranking {
                format: format(1, ScaleWord::Trillion),
                ..ranking()
            })),
            ">6.1<",
        ),
        (
            "slope",
            showing(Body::Slope(Slope {
                format: format(1, ScaleWord::Trillion),
                ..slope()
            })),
            ">6.1<",
        ),
        (
            "revisions",
            showing(Body::Revisions(Revisions {
                observations: vec![observation("gdp", "2020")],
                format: format(4, ScaleWord::Trillion),
            })),
            "6.0872<",
        ),
    ];
    for (id, section, expected) in cases {
        // What the place asks for comes before what holds for the indicator.
        let asked = Template {
            formats: of_gdp(6, ScaleWord::Thousand),
            ..template(vec![section])
        };
        create(&world, id, asked).await.expect("it is good");
        let report = made(&world, wanted(id, &[])).await;
        let page = page(&world, &report).await;
        let body = page.split("id=\"figures_\"").next().unwrap_or_default();
        assert!(body.contains(expected), "{id}: {body}");
    }
}

async fn digits_that_are_not_asked_for_are_those_of_the_claim(backend: Backend) {
    let world = stated(backend).await;
    for (id, format, expected) in [
        ("none", None, "6,087,191,746,679.489 usd"),
        (
            "nothing",
            format(None, ScaleWord::Unspecified),
            "6,087,191,746,679.489 usd",
        ),
        (
            "scale",
            format(None, ScaleWord::Trillion),
            "6.087191746679489 trillion usd",
        ),
        (
            "no-digits",
            format(0, ScaleWord::Trillion),
            "6 trillion usd",
        ),
        (
            "no-word",
            format(0, ScaleWord::None),
            "6,087,191,746,679 usd",
        ),
    ] {
        let binding = Binding {
            format,
            ..quoted("gdp", observation("gdp", "2020"))
        };
        let section = prose("it", "It was {gdp}.", vec![binding]);
        let saved = create(&world, id, template(vec![section])).await;
        let saved = saved.expect("it is good");
        assert_eq!(saved.sections[0].bindings[0].format, format, "{id}");
        let report = made(&world, wanted(id, &[])).await;
        assert_eq!(figures(&world, &report).await[0].text, expected, "{id}");
    }
}

async fn faults_of_formats_are_named_by_field(backend: Backend) {
    let world = stated(backend).await;
    let wrong = Template {
        formats: vec![IndicatorFormat {
            indicator: "indicators/gdp".to_owned(),
            format: Some(NumberFormat {
                decimals: Some(7),
                scale: 99,
                bare_rank: false,
            }),
        }],
        publisher: "x".repeat(301),
        contact: "${nobody}".to_owned(),
        ..template(vec![with(
            "chart",
            Body::Chart(Chart {
                multiplier: 12,
                format: format(1, ScaleWord::Billion),
                ..chart(&[("gdp", "china")])
            }),
        )])
    };
    let status = create(&world, "it", wrong)
        .await
        .expect_err("it is not good");
    let refusal = refused(&status);
    assert_eq!(refusal.code, Code::InvalidArgument);
    for field in [
        "formats[0].format.decimals",
        "formats[0].format.scale",
        "publisher",
        "contact",
        "sections[0].chart.format.scale",
    ] {
        let path = format!("template.{field}");
        assert!(refusal.fields.contains(&path), "{field}: {refusal:?}");
    }
    let unknown = Template {
        formats: vec![IndicatorFormat {
            indicator: "indicators/none".to_owned(),
            format: format(1, ScaleWord::Unspecified),
        }],
        ..template(vec![with("chart", Body::Chart(chart(&[("gdp", "china")])))])
    };
    let status = create(&world, "it", unknown)
        .await
        .expect_err("there is none");
    refused(&status).is(
        Code::InvalidArgument,
        "TEMPLATE_INVALID",
        &["template.formats[0].indicator"],
    );
    let rank = quoted("place", observation("growth", "2018"));
    let twice = template(vec![prose("it", "It was {place}.", vec![rank])]);
    create(&world, "missing", twice)
        .await
        .expect("its shape is good");
    let begun = start(&world, wanted("missing", &[]))
        .await
        .expect("it begins");
    let refusal = failure(&ended(&world, &begun.name).await);
    assert_eq!(refusal.reason, "FIGURE_MISSING");
}

async fn a_line_in_focus_has_colour_and_the_others_are_grey(backend: Backend) {
    let world = stated(backend).await;
    for focus in [false, true] {
        let mut drawn = chart(&[("gdp", "china"), ("gdp", "france")]);
        drawn.lines[1].focus = focus;
        let id = if focus { "focused" } else { "plain" };
        let section = with("it", Body::Chart(drawn));
        create(&world, id, template(vec![section]))
            .await
            .expect("it is good");
        let report = made(&world, wanted(id, &[])).await;
        let page = page(&world, &report).await;
        assert_eq!(page.contains("value name fx"), focus, "China is grey");
        assert!(page.contains("value name f0") || page.contains("value name f1"));
    }
}

async fn formats_and_imprint_can_be_changed_each_by_itself(backend: Backend) {
    let world = stated(backend).await;
    let plain = template(vec![with("it", Body::Chart(chart(&[("gdp", "china")])))]);
    let created = create(&world, "it", plain).await.expect("it is good");
    let new = Template {
        formats: of_gdp(2, ScaleWord::Trillion),
        publisher: "the Office".to_owned(),
        contact: "somewhere".to_owned(),
        licence: "CC BY 4.0".to_owned(),
        ..created
    };
    let kept = |template: &Template| {
        (
            template.formats.clone(),
            [&template.publisher, &template.contact, &template.licence].map(String::clone),
        )
    };
    let mut before = Template::default();
    for path in ["formats", "publisher", "contact", "licence"] {
        let request = UpdateTemplateRequest {
            template: Some(Template {
                etag: before.etag.clone(),
                ..new.clone()
            }),
            update_mask: Some(FieldMask {
                paths: vec![path.to_owned()],
            }),
            ..Default::default()
        };
        let saved = world.reporting().update_template(request).await;
        let saved = saved.expect("it is good").into_inner().template;
        let saved = saved.unwrap_or_default();
        assert_ne!(kept(&saved), kept(&before), "{path}");
        before = saved;
    }
    assert_eq!(kept(&before), kept(&new));
    let cleared = UpdateTemplateRequest {
        template: Some(Template {
            formats: Vec::new(),
            publisher: String::new(),
            contact: String::new(),
            licence: String::new(),
            ..before
        }),
        update_mask: Some(FieldMask {
            paths: vec!["*".to_owned()],
        }),
        ..Default::default()
    };
    let saved = world.reporting().update_template(cleared).await;
    let saved = saved.expect("it is good").into_inner().template;
    assert_eq!(kept(&saved.unwrap_or_default()), kept(&Template::default()));
}

async fn the_imprint_says_who_publishes_and_as_of_when(backend: Backend) {
    let world = stated(backend).await;
    let own = Template {
        publisher: "the Office".to_owned(),
        contact: "office@example.org".to_owned(),
        licence: "CC BY 4.0".to_owned(),
        ..template(vec![with("it", Body::Chart(chart(&[("gdp", "china")])))])
    };
    let text = |place: &str, text: &str| (place.to_owned(), text.to_owned());
    let texts = [
        text("title", "图"),
        text("publisher", "某局"),
        text("contact", "某处"),
        text("licence", "知识共享"),
        text("sections.it.heading", "图"),
        text("sections.it.paragraphs.0", "所绘。"),
        text("sections.it.description", "历年数字。"),
    ];
    let both = Template {
        editions: vec![Edition {
            language: "zh-Hans".to_owned(),
            texts: texts.into(),
        }],
        ..own
    };
    let saved = create(&world, "it", both).await.expect("it is good");
    assert_eq!(saved.publisher, "the Office");
    let report = made(&world, wanted("it", &[])).await;
    let foot = |page: &str| page.split("<footer>").nth(1).unwrap_or_default().to_owned();
    let english = foot(&page(&world, &report).await);
    for words in [
        "Published by the Office.",
        "Contact: office@example.org.",
        "Licence: CC BY 4.0.",
        "The newest release it uses is of 2021-01-01; later statements are not in it.",
    ] {
        assert!(english.contains(words), "no {words} in {english}");
    }
    let mut request = wanted("it", &[]);
    request.language = "zh-Hans".to_owned();
    let chinese = foot(&page(&world, &made(&world, request).await).await);
    for words in ["某局", "某处", "知识共享", "最新发布于2021年1月1日"] {
        assert!(chinese.contains(words), "no {words} in {chinese}");
    }
}
