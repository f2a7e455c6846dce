use proto::reporting::v1 as pb;
use proto::reporting::v1::section::Body;
use rpc::Reason;

use super::super::edition;
use super::{body, refused, template};

fn with_edition(change: impl FnOnce(&mut pb::Edition)) -> pb::Template {
    let texts = [
        ("title", "${country}的数字经济"),
        ("sections.size.heading", "规模"),
        ("sections.size.paragraphs.0", "规模为{size}。"),
    ];
    let mut edition = pb::Edition {
        language: "zh-Hans".to_owned(),
        texts: texts
            .map(|(place, text)| (place.to_owned(), text.to_owned()))
            .into(),
    };
    change(&mut edition);
    pb::Template {
        editions: vec![edition],
        ..template()
    }
}

/// What is refused once `change` is made to a good edition: field behind
/// `template.editions[0].` and message.
fn edition_refused(change: impl FnOnce(&mut pb::Edition)) -> Vec<(String, String)> {
    let error = body(&with_edition(change)).unwrap_err();
    let told = |one: &rpc::Violation| {
        let field = one.field.strip_prefix("template.editions[0].");
        (field.unwrap_or(&one.field).to_owned(), one.message.clone())
    };
    error.violations().iter().map(told).collect()
}

fn edition_check(change: impl FnOnce(&mut pb::Edition), field: &str, says: &str) {
    let refused = edition_refused(change);
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(refused[0].0, field);
    assert!(refused[0].1.contains(says), "{refused:?}");
}

#[test]
fn an_edition_is_the_template_with_its_texts() {
    let whole = with_edition(|_| {});
    assert!(body(&whole).is_ok());
    let chinese = edition(&whole, "zh-Hans").unwrap();
    assert_eq!(chinese.title, "${country}的数字经济");
    assert_eq!(chinese.sections[0].paragraphs, ["规模为{size}。"]);
    assert_eq!(chinese.sections[0].bindings, whole.sections[0].bindings);
    assert_eq!(chinese.language, "zh-Hans");
    for own in ["", "en"] {
        let english = edition(&whole, own).unwrap();
        assert_eq!(
            (english.title, english.language),
            (whole.title.clone(), "en".to_owned())
        );
    }
}

#[test]
fn a_language_without_edition_is_refused_with_those_there_are() {
    let error = edition(&with_edition(|_| {}), "fr").unwrap_err();
    assert_eq!(error.reason(), Reason::FieldInvalid);
    assert_eq!(error.violations()[0].field, "language");
    assert!(
        error.message().contains("en, zh-Hans"),
        "{}",
        error.message()
    );
}

#[test]
fn an_edition_has_every_text_and_no_other() {
    edition_check(
        |one| drop(one.texts.remove("sections.size.heading")),
        "texts[\"sections.size.heading\"]",
        "is missing",
    );
    edition_check(
        |one| drop(one.texts.insert("subtitle".to_owned(), "更多".to_owned())),
        "texts[\"subtitle\"]",
        "belongs to no text",
    );
}

#[test]
fn texts_of_an_edition_keep_places_bounds_and_the_rule_for_digits() {
    let paragraph = "sections.size.paragraphs.0";
    let put = |place: &'static str, text: &str| {
        let text = text.to_owned();
        move |one: &mut pb::Edition| drop(one.texts.insert(place.to_owned(), text))
    };
    let at = |place| format!("texts[\"{place}\"]");
    edition_check(
        put("title", "数字经济"),
        &at("title"),
        "leaves out `${country}`",
    );
    edition_check(
        put(paragraph, "规模为{size}和{other}。"),
        &at(paragraph),
        "uses `{other}`",
    );
    edition_check(
        put(paragraph, "规模为{size}，即45万亿。"),
        &at(paragraph),
        "即45万亿",
    );
    edition_check(
        put(paragraph, "规模为{size}。}"),
        &at(paragraph),
        "belongs to no key",
    );
    let long = format!("${{country}}{}", "长".repeat(300));
    edition_check(put("title", &long), &at("title"), "at most 300");
}

#[test]
fn languages_are_known_and_unique() {
    edition_check(
        |one| one.language = "fr".to_owned(),
        "language",
        "use en or zh-Hans",
    );
    edition_check(|one| one.language.clear(), "language", "is required");
    edition_check(
        |one| one.language = "en".to_owned(),
        "language",
        "is the language of the template",
    );
    let mut twice = with_edition(|_| {});
    twice.editions.push(twice.editions[0].clone());
    let error = body(&twice).unwrap_err();
    assert_eq!(error.violations()[0].field, "template.editions[1].language");
    let fields = refused(|one| one.language = "fr".to_owned());
    assert_eq!(
        fields,
        [("template.language".to_owned(), Reason::FieldInvalid)]
    );
}

#[test]
fn every_text_of_a_body_has_its_place() {
    let line = pb::ChartLine {
        indicators: vec!["indicators/digital-economy-size".to_owned()],
        entity: "${country}".to_owned(),
        label: "Size".to_owned(),
        ..Default::default()
    };
    let chart = pb::Chart {
        lines: vec![line.clone()],
        description: "what it shows".to_owned(),
        ..Default::default()
    };
    let slope = pb::Slope {
        lines: vec![line.clone(), line],
        start_period: "2018".to_owned(),
        end_period: "2021".to_owned(),
        description: "two years".to_owned(),
        ..Default::default()
    };
    let panels = pb::Panels {
        charts: vec![chart.clone(), chart.clone()],
        description: "beside each other".to_owned(),
        ..Default::default()
    };
    let checks = pb::Checks {
        checks: vec![pb::Check {
            label: "Has it grown?".to_owned(),
            ..Default::default()
        }],
    };
    let ranking = pb::Ranking {
        description: "who is first".to_owned(),
        ..Default::default()
    };
    let cases = [
        (Body::Chart(chart), vec!["description", "lines.0.label"]),
        (
            Body::Slope(slope),
            vec!["description", "lines.0.label", "lines.1.label"],
        ),
        (
            Body::Panels(panels),
            vec![
                "description",
                "charts.0.description",
                "charts.0.lines.0.label",
                "charts.1.description",
                "charts.1.lines.0.label",
            ],
        ),
        (Body::Checks(checks), vec!["checks.0.label"]),
        (Body::Ranking(ranking), vec!["description"]),
    ];
    for (shown, places) in cases {
        let mut whole = with_edition(|_| {});
        whole.sections[0].body = Some(shown);
        let error = body(&whole).unwrap_err();
        let missing: Vec<_> = error
            .violations()
            .iter()
            .filter_map(|one| {
                one.field
                    .strip_prefix("template.editions[0].texts[\"sections.size.")
            })
            .collect();
        let expected: Vec<_> = places.iter().map(|place| format!("{place}\"]")).collect();
        assert_eq!(missing, expected);
    }
}

#[test]
fn the_default_language_and_the_order_of_editions_make_no_difference() {
    let plain = with_edition(|_| {});
    let spelled = pb::Template {
        language: "en".to_owned(),
        ..plain.clone()
    };
    assert_eq!(body(&plain).unwrap(), body(&spelled).unwrap());
    let other = with_edition(|one| {
        one.texts
            .insert("title".to_owned(), "论${country}".to_owned());
    });
    assert_ne!(body(&plain).unwrap(), body(&other).unwrap());
}
