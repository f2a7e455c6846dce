use proto::reporting::v1 as pb;
use proto::reporting::v1::ScaleWord;
use proto::reporting::v1::binding::Value;
use proto::reporting::v1::section::Body;

use super::{body, check, template};

fn format(decimals: i32, scale: i32) -> pb::NumberFormat {
    pb::NumberFormat {
        decimals: Some(decimals),
        scale,
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
        |template| template.formats = vec![of("indicators/gdp", Some(format(7, 0)))],
        "formats[0].format.decimals",
    );
    check(
        |template| template.formats = vec![of("indicators/gdp", Some(format(-1, 0)))],
        "formats[0].format.decimals",
    );
    check(
        |template| template.formats = vec![of("indicators/gdp", Some(format(1, 99)))],
        "formats[0].format.scale",
    );
    check(
        |template| template.formats = vec![of("indicators/gdp", None)],
        "formats[0].format",
    );
    check(
        |template| {
            let one = of("indicators/gdp", Some(format(1, 0)));
            template.formats = vec![one.clone(), one];
        },
        "formats[1].indicator",
    );
    check(
        |template| template.formats = vec![of("", Some(format(1, 0)))],
        "formats[0].indicator",
    );
    check(
        |template| {
            template.sections[0].bindings[0].format = Some(format(1, 99));
        },
        "sections[0].bindings[0].format.scale",
    );
    check(
        |template| {
            template.sections[0].bindings[0].format = Some(format(1, 0));
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
    for scale in [ScaleWord::Trillion, ScaleWord::None] {
        check(
            |template| template.sections[0].body = with(format(1, scale.into())),
            "sections[0].chart.format.scale",
        );
    }
    check(
        |template| template.sections[0].body = with(format(7, 0)),
        "sections[0].chart.format.decimals",
    );
}

#[test]
fn the_later_period_of_a_slope_is_later() {
    let with = |start: &str, end: &str| {
        let line = pb::ChartLine {
            indicators: vec!["indicators/gdp".to_owned()],
            entity: "entities/china".to_owned(),
            ..Default::default()
        };
        Some(Body::Slope(pb::Slope {
            lines: vec![line.clone(), line],
            start_period: start.to_owned(),
            end_period: end.to_owned(),
            description: "What it shows.".to_owned(),
            ..Default::default()
        }))
    };
    let (start, end) = (
        "sections[0].slope.start_period",
        "sections[0].slope.end_period",
    );
    check(|one| one.sections[0].body = with("2018", "2018"), end);
    check(|one| one.sections[0].body = with("2018-13", "2021"), start);
    check(|one| one.sections[0].body = with("2018", ""), end);
    let mut good = template();
    good.sections[0].body = with("2018", "${country}");
    assert!(body(&good).is_ok());
}
