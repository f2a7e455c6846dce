use proto::reporting::v1 as pb;
use proto::reporting::v1::binding::Value;
use proto::reporting::v1::section::Body;
use rpc::Reason;

use super::body;

mod edition;

fn observation() -> pb::ObservationRef {
    pb::ObservationRef {
        indicator: "indicators/digital-economy-size".to_owned(),
        entity: "${country}".to_owned(),
        period: "2021".to_owned(),
        ..Default::default()
    }
}

fn template() -> pb::Template {
    pb::Template {
        title: "The digital economy of ${country}".to_owned(),
        parameters: vec![pb::Parameter {
            key: "country".to_owned(),
            r#type: pb::ParameterType::Entity.into(),
            default_value: "entities/china".to_owned(),
            ..Default::default()
        }],
        sections: vec![pb::Section {
            id: "size".to_owned(),
            heading: "Size".to_owned(),
            paragraphs: vec!["It is put at {size}.".to_owned()],
            bindings: vec![pb::Binding {
                key: "size".to_owned(),
                value: Some(Value::Observation(observation())),
                ..Default::default()
            }],
            ..Default::default()
        }],
        ..Default::default()
    }
}

/// Fields that are refused once `change` is made to a good template.
fn refused(change: impl FnOnce(&mut pb::Template)) -> Vec<(String, Reason)> {
    let mut changed = template();
    change(&mut changed);
    let error = body(&changed).unwrap_err();
    error
        .violations()
        .iter()
        .map(|one| (one.field.clone(), one.reason))
        .collect()
}

fn check(change: impl FnOnce(&mut pb::Template), field: &str) {
    let expected = vec![(format!("template.{field}"), Reason::TemplateInvalid)];
    assert_eq!(refused(change), expected);
}

#[test]
fn a_good_template_has_canonical_bytes_without_what_the_server_sets() {
    let plain = body(&template()).unwrap();
    let dressed = pb::Template {
        name: "templates/x".to_owned(),
        revision: 7,
        etag: "y".to_owned(),
        ..template()
    };
    assert_eq!(body(&dressed).unwrap(), plain);
}

#[test]
fn ids_and_keys_are_unique() {
    check(
        |one| one.sections.push(one.sections[0].clone()),
        "sections[1].id",
    );
    check(
        |one| one.parameters.push(one.parameters[0].clone()),
        "parameters[1].key",
    );
    let twice = |one: &mut pb::Template| {
        let binding = one.sections[0].bindings[0].clone();
        one.sections[0].bindings.push(binding);
    };
    check(twice, "sections[0].bindings[1].key");
}

#[test]
fn anchors_of_figures_are_not_sections() {
    check(
        |one| one.sections[0].id = "f12".to_owned(),
        "sections[0].id",
    );
}

#[test]
fn bindings_are_used_and_what_is_used_is_bound() {
    let fields =
        refused(|one| one.sections[0].paragraphs = vec!["It is put at {other}.".to_owned()]);
    let fields: Vec<_> = fields.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "template.sections[0].paragraphs[0]",
            "template.sections[0].bindings[0].key"
        ]
    );
    check(
        |one| one.sections[0].paragraphs[0].push('{'),
        "sections[0].paragraphs[0]",
    );
}

#[test]
fn texts_use_only_parameters_that_the_template_has() {
    check(|one| one.title = "${region}".to_owned(), "title");
    check(
        |one| one.sections[0].heading = "${region}".to_owned(),
        "sections[0].heading",
    );
}

#[test]
fn a_text_has_no_number_of_its_own() {
    check(
        |one| one.sections[0].paragraphs[0].push_str(" That is 45.5 trillion."),
        "sections[0].paragraphs[0]",
    );
    check(|one| one.subtitle = "All 7 of them".to_owned(), "subtitle");
    let mut dated = template();
    dated.sections[0].paragraphs[0].push_str(" It was 2018-06, or 2019.");
    assert!(body(&dated).is_ok());
    dated.sections[0].paragraphs.push("Now 9%".to_owned());
    let message = body(&dated).unwrap_err().message().to_owned();
    assert!(message.contains("section `size` says `9%`"), "{message}");
}

#[test]
fn parameters_have_a_type_and_a_default_of_it() {
    check(|one| one.parameters[0].r#type = 0, "parameters[0].type");
    check(
        |one| one.parameters[0].default_value = "China".to_owned(),
        "parameters[0].default_value",
    );
}

#[test]
fn observations_name_an_indicator_and_a_period_that_can_be_read() {
    let with = |change: fn(&mut pb::ObservationRef)| {
        move |one: &mut pb::Template| {
            let mut observation = observation();
            change(&mut observation);
            one.sections[0].bindings[0].value = Some(Value::Observation(observation));
        }
    };
    check(
        with(|observation| observation.period = "2018-13".to_owned()),
        "sections[0].bindings[0].observation.period",
    );
    check(
        with(|observation| observation.indicator = "size".to_owned()),
        "sections[0].bindings[0].observation.indicator",
    );
    check(
        with(|observation| observation.entity.clear()),
        "sections[0].bindings[0].observation.entity",
    );
}

#[test]
fn calculations_are_those_of_metrics() {
    let computed = |calculation: &str, places| {
        let computed = pb::Computed {
            calculation: calculation.to_owned(),
            a: Some(observation()),
            b: Some(observation()),
            places,
            ..Default::default()
        };
        move |one: &mut pb::Template| {
            one.sections[0].bindings[0].value = Some(Value::Computed(computed));
        }
    };
    check(
        computed("AVERAGE", 0),
        "sections[0].bindings[0].computed.calculation",
    );
    check(
        computed("UNSPECIFIED", 0),
        "sections[0].bindings[0].computed.calculation",
    );
    check(
        computed("RATIO", 7),
        "sections[0].bindings[0].computed.places",
    );
}

#[test]
fn a_section_shows_something() {
    let nothing = |one: &mut pb::Template| {
        one.sections[0].paragraphs.clear();
        one.sections[0].bindings.clear();
    };
    check(nothing, "sections[0]");
    let chart = |one: &mut pb::Template| {
        let chart = pb::Chart {
            description: "what it shows".to_owned(),
            ..Default::default()
        };
        one.sections[0].body = Some(Body::Chart(chart));
    };
    check(chart, "sections[0].chart.lines");
}

fn format(decimals: i32, scale: &str) -> pb::NumberFormat {
    pb::NumberFormat {
        decimals,
        scale: scale.to_owned(),
        bare_rank: false,
    }
}

#[test]
fn formats_have_digits_and_scale_words_within_bounds() {
    let of = |indicator: &str, format| pb::IndicatorFormat {
        indicator: indicator.to_owned(),
        format,
    };
    check(
        |template| template.formats = vec![of("indicators/gdp", Some(format(7, "")))],
        "formats[0].format.decimals",
    );
    check(
        |template| template.formats = vec![of("indicators/gdp", Some(format(-1, "")))],
        "formats[0].format.decimals",
    );
    check(
        |template| template.formats = vec![of("indicators/gdp", Some(format(1, "dozen")))],
        "formats[0].format.scale",
    );
    check(
        |template| template.formats = vec![of("indicators/gdp", None)],
        "formats[0].format",
    );
    check(
        |template| {
            let one = of("indicators/gdp", Some(format(1, "")));
            template.formats = vec![one.clone(), one];
        },
        "formats[1].indicator",
    );
    check(
        |template| template.formats = vec![of("", Some(format(1, "")))],
        "formats[0].indicator",
    );
    check(
        |template| {
            template.sections[0].bindings[0].format = Some(format(1, "dozen"));
        },
        "sections[0].bindings[0].format.scale",
    );
    check(
        |template| {
            template.sections[0].bindings[0].format = Some(format(1, ""));
            template.sections[0].bindings[0].value =
                Some(Value::Entity("entities/china".to_owned()));
        },
        "sections[0].bindings[0].format",
    );
}

#[test]
fn a_drawing_has_one_scale() {
    let with = |format| {
        Some(pb::section::Body::Chart(pb::Chart {
            lines: vec![pb::ChartLine {
                indicators: vec!["indicators/gdp".to_owned()],
                entity: "entities/china".to_owned(),
                ..Default::default()
            }],
            multiplier: 12,
            description: "What it shows.".to_owned(),
            format: Some(format),
            ..Default::default()
        }))
    };
    check(
        |template| template.sections[0].body = with(format(1, "trillion")),
        "sections[0].chart.format.scale",
    );
    check(
        |template| template.sections[0].body = with(format(7, "")),
        "sections[0].chart.format.decimals",
    );
}

#[test]
fn the_imprint_is_short_and_uses_known_parameters() {
    let set: [fn(&mut pb::Template, String); 3] = [
        |template, text| template.publisher = text,
        |template, text| template.contact = text,
        |template, text| template.licence = text,
    ];
    for (set, field) in set.iter().zip(["publisher", "contact", "licence"]) {
        check(|template| set(template, "${nobody}".to_owned()), field);
        let refused = refused(|template| set(template, "x".repeat(301)));
        assert_eq!(refused[0].0, format!("template.{field}"));
    }
}
