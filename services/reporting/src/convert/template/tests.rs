use prost::Message as _;
use proto::figure::v1::{Calculation, Mismatch};
use proto::reporting::v1 as pb;
use proto::reporting::v1::binding::Value;
use proto::reporting::v1::section::Body;
use rpc::Reason;

use super::canonical;

mod drawing;
mod edition;

/// What is stored of a template.
fn body(template: &pb::Template) -> rpc::Result<Vec<u8>> {
    canonical(template).map(|content| content.body)
}

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
fn computed_figures_name_a_calculation_digits_and_mismatches_that_there_are() {
    let computed = |calculation: i32, decimals: Option<i32>, accept: &[i32]| {
        let computed = pb::Computed {
            calculation,
            a: Some(observation()),
            b: Some(observation()),
            decimals,
            accept: accept.to_vec(),
            ..Default::default()
        };
        move |one: &mut pb::Template| {
            one.sections[0].bindings[0].value = Some(Value::Computed(computed));
        }
    };
    let at = |field: &str| format!("sections[0].bindings[0].computed.{field}");
    let ratio = Calculation::Ratio.into();
    for unknown in [0, 99] {
        check(computed(unknown, None, &[]), &at("calculation"));
        check(computed(ratio, None, &[unknown]), &at("accept[0]"));
    }
    for decimals in [-1, 7] {
        check(computed(ratio, Some(decimals), &[]), &at("decimals"));
    }
    let period = Mismatch::Period.into();
    check(computed(ratio, None, &[period, period]), &at("accept[1]"));
    let mut good = template();
    let accepted = [period, Mismatch::Nature.into(), Mismatch::Entity.into()];
    computed(ratio, Some(0), &accepted)(&mut good);
    assert!(body(&good).is_ok());
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

#[test]
fn a_template_that_no_answer_holds_is_refused_with_all_else_that_is_wrong() {
    let text = "x".repeat(4000);
    let large = |one: &mut pb::Template| {
        let section = pb::Section {
            paragraphs: vec![text; 20],
            ..one.sections[0].clone()
        };
        let sections = (0..50).map(|number| pb::Section {
            id: format!("s{number}"),
            bindings: Vec::new(),
            ..section.clone()
        });
        one.sections = sections.collect();
        one.title.clear();
    };
    let expected = [
        ("template.title".to_owned(), Reason::FieldRequired),
        ("template".to_owned(), Reason::FieldInvalid),
    ];
    assert_eq!(refused(large), expected);
}

#[test]
fn lists_show_everything_but_sections_and_editions() {
    let content = canonical(&template()).unwrap();
    let shown = pb::Template::decode(content.summary.as_slice()).unwrap();
    let expected = pb::Template {
        sections: Vec::new(),
        ..template()
    };
    assert_eq!(shown, expected);
}
