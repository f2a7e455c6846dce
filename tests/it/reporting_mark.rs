//! What a printed figure carries: what a place is counted by, marks, and how it stands beside
//! others of its observation.

use proto::figure::v1::{Basis, Calculation, Label, Nature, Note};
use proto::metrics::v1::{
    ApplyDefinitionsRequest, ClaimInput, ClaimText, Indicator, Measure, NatureClass, Provenance,
    SourceSeriesDeclaration, Unit,
};
use proto::reporting::v1::section::Body;
use proto::reporting::v1::{Binding, NumberFormat, ParameterType, Template};
use tonic::Code;

use crate::harness::{Backend, on_both, refused};
use crate::ingest::{partial, release, row, series, source_series, write};
use crate::reporting::{
    computed, create, ended, failure, figures, made, observation, page, parameter, prose, quoted,
    report, start, template, wanted,
};
use crate::reporting_drawing::{state, world};
use crate::reporting_figure::entry;
use crate::reporting_format::{table, with};

on_both!(
    a_place_in_an_order_says_what_it_is_counted_by_or_is_refused,
    a_doubtful_figure_and_one_whose_time_has_passed_are_marked,
    each_of_two_contested_figures_says_which_is_preferred,
    a_figure_given_in_two_units_is_told_as_one,
    a_figure_that_whoever_recorded_it_counted_is_told_as_derived,
    a_change_tells_how_far_rounding_reaches_on_each_side,
);

async fn a_place_in_an_order_says_what_it_is_counted_by_or_is_refused(backend: Backend) {
    let world = world(backend).await;
    let label = |text: &str| {
        vec![Label {
            text: text.to_owned(),
            language: "en".to_owned(),
        }]
    };
    let unit = Unit {
        name: "units/place".to_owned(),
        labels: label("place"),
        dimension: "rank".to_owned(),
        counted: true,
        ..Default::default()
    };
    let indicator = |id: &str, rank_by: &str| Indicator {
        name: format!("indicators/{id}"),
        labels: label(id),
        dimension: "rank".to_owned(),
        measure: Measure::Rank.into(),
        rank_by: rank_by.to_owned(),
        ..Default::default()
    };
    let request = ApplyDefinitionsRequest {
        units: vec![unit],
        indicators: vec![indicator("bare", ""), indicator("by-gdp", "indicators/gdp")],
        ..Default::default()
    };
    let applied = world.metrics().apply_definitions(request).await;
    applied.expect("they are good");
    let based = ClaimInput {
        text: Some(ClaimText {
            base: "cities of the world".to_owned(),
            ..Default::default()
        }),
        ..row(0, "2019", "3")
    };
    for (indicator, claim) in [
        ("bare", row(0, "2020", "2")),
        ("bare", based),
        ("by-gdp", row(0, "2020", "4")),
    ] {
        let declared = vec![source_series(0, series(indicator, "china"), "place")];
        write(&world, "article", declared, vec![claim]).await;
    }
    let run = async |id: &str, indicator: &str, year: &str| {
        let binding = Binding {
            format: (id == "told").then(|| NumberFormat {
                bare_rank: true,
                ..Default::default()
            }),
            ..quoted("place", observation(indicator, year))
        };
        let section = prose("it", "It has place {place}.", vec![binding]);
        let chosen = Template {
            parameters: vec![parameter("year", ParameterType::Period, "2020")],
            ..template(vec![section])
        };
        create(&world, id, chosen).await.expect("its shape is good");
        let begun = start(&world, wanted(id, &[])).await.expect("it begins");
        ended(&world, &begun.name).await
    };
    let bare = quoted("place", observation("bare", "2020"));
    let section = prose("it", "It has place {place}.", vec![bare]);
    let status = create(&world, "saved", template(vec![section])).await;
    refused(&status.expect_err("nobody says what it is counted by")).is(
        Code::InvalidArgument,
        "TEMPLATE_INVALID",
        &["template.sections[0].bindings[0].observation"],
    );
    let refusal = failure(&run("bare", "bare", "${year}").await);
    assert_eq!(refusal.reason, "TEMPLATE_INVALID");
    assert!(refusal.message.contains("rank_by"), "{refusal:?}");
    for (id, indicator, year, expected, printed) in [
        ("based", "bare", "2019", "3 (cities of the world)", 2),
        ("ranked", "by-gdp", "2020", "4 (by gdp)", 2),
        ("told", "bare", "2019", "3 (cities of the world)", 1),
    ] {
        let report = report(&run(id, indicator, year).await);
        assert_eq!(figures(&world, &report).await[0].text, expected);
        let page = page(&world, &report).await;
        assert!(entry(&page, 1).contains(expected), "{page}");
        let told = page.matches(expected).count();
        assert_eq!(told, printed, "in the text and in the note, or there alone");
    }
}

async fn a_doubtful_figure_and_one_whose_time_has_passed_are_marked(backend: Backend) {
    let world = world(backend).await;
    let doubtful = ClaimInput {
        text: Some(ClaimText {
            notes: vec![Note {
                ambiguous: true,
                text: "It may be another sum.".to_owned(),
                ..Default::default()
            }],
            ..Default::default()
        }),
        ..row(0, "2018", "5")
    };
    let guessed = ClaimInput {
        text: Some(ClaimText {
            notes: vec![Note {
                path: "unit".to_owned(),
                basis: Basis::InferredFromContext.into(),
                ..Default::default()
            }],
            ..Default::default()
        }),
        ..row(0, "2017", "4")
    };
    let expected = |year: &str| ClaimInput {
        nature: Nature::Forecast.into(),
        ..row(1, year, "9")
    };
    let forecast = SourceSeriesDeclaration {
        provenance: Some(Provenance {
            unit: "usd".to_owned(),
            nature_class: NatureClass::Forecast.into(),
            ..Default::default()
        }),
        ..source_series(1, series("gdp", "china"), "usd")
    };
    let declared = vec![source_series(0, series("gdp", "china"), "usd"), forecast];
    let rows = vec![
        doubtful,
        guessed,
        row(0, "2019", "6"),
        expected("2019"),
        expected("2020"),
        expected("2021"),
    ];
    write(&world, "article", declared, rows).await;
    let years = ["2018", "2019", "2020", "2021", "2017"];
    let bindings = years.map(|year| quoted(&format!("of_{year}"), observation("gdp", year)));
    let text = "{of_2018} {of_2019} {of_2020} {of_2021} {of_2017}";
    let sections = vec![
        prose("it", text, bindings.to_vec()),
        with("table", Body::Table(table())),
    ];
    create(&world, "it", template(sections))
        .await
        .expect("it is good");
    // The newest release is of the first day of 2021.
    let page = page(&world, &made(&world, wanted("it", &[])).await).await;
    for (number, marked) in [(1, true), (2, false), (3, true), (4, false), (5, true)] {
        let mark = if marked { "†" } else { "" };
        assert!(
            page.contains(&format!("<sup>{number}{mark}</sup>")),
            "{number}: {page}"
        );
    }
    assert_eq!(
        page.matches("forecast (lapsed)").count(),
        1,
        "that of 2020 alone"
    );
    assert!(entry(&page, 3).contains("its time has passed"));
}

async fn each_of_two_contested_figures_says_which_is_preferred(backend: Backend) {
    let world = world(backend).await;
    release(&world, "newer", partial("second-article", "2022-01-01")).await;
    state(&world, "article", &[("china", "2020", "9", "usd")]).await;
    state(&world, "newer", &[("china", "2020", "11", "usd")]).await;
    let sections = vec![with("it", Body::Table(table()))];
    create(&world, "it", template(sections))
        .await
        .expect("it is good");
    let page = page(&world, &made(&world, wanted("it", &[])).await).await;
    let (preferred, other) = (entry(&page, 1), entry(&page, 2));
    assert!(preferred.contains("11 usd") && other.contains("9 usd"));
    let why = "the newest publication first";
    assert!(preferred.contains("<dt>Preferred</dt>") && preferred.contains(why));
    assert!(other.contains("<dt>Not preferred</dt>") && other.contains(why));
    assert!(other.contains("the preferred figure is") && other.contains("href=\"#c1\""));
}

async fn a_figure_given_in_two_units_is_told_as_one(backend: Backend) {
    let world = world(backend).await;
    let keyed = |source_series, key: &str, restates: &str| ClaimInput {
        text: Some(ClaimText {
            key: key.to_owned(),
            restates: restates.to_owned(),
            ..Default::default()
        }),
        ..row(source_series, "2020", "5")
    };
    let declared = vec![
        source_series(0, series("gdp", "china"), "cny"),
        source_series(1, series("gdp", "china"), "usd"),
    ];
    let rows = vec![keyed(0, "a", ""), keyed(1, "b", "a")];
    write(&world, "article", declared, rows).await;
    let sections = vec![with("it", Body::Table(table()))];
    create(&world, "it", template(sections))
        .await
        .expect("it is good");
    let page = page(&world, &made(&world, wanted("it", &[])).await).await;
    for (number, other) in [(1, 2), (2, 1)] {
        let told = entry(&page, number);
        assert!(told.contains("<dt>Same as</dt>"), "{told}");
        assert!(told.contains(&format!("href=\"#c{other}\"")), "{told}");
        assert!(!told.contains("referred"), "{told}");
    }
}

async fn a_figure_that_whoever_recorded_it_counted_is_told_as_derived(backend: Backend) {
    let world = world(backend).await;
    let noted = |year: &str, path: &str, basis: Basis| ClaimInput {
        text: Some(ClaimText {
            notes: vec![Note {
                path: path.to_owned(),
                basis: basis.into(),
                ..Default::default()
            }],
            ..Default::default()
        }),
        ..row(0, year, "5")
    };
    let declared = vec![source_series(0, series("gdp", "china"), "usd")];
    let rows = vec![
        noted("2018", "quantity", Basis::Editorial),
        noted("2019", "quantity", Basis::Stated),
        noted("2020", "period", Basis::Editorial),
    ];
    write(&world, "article", declared, rows).await;
    let years = ["2018", "2019", "2020"];
    let bindings = years.map(|year| quoted(&format!("of_{year}"), observation("gdp", year)));
    let text = "{of_2018} {of_2019} {of_2020}";
    let section = prose("it", text, bindings.to_vec());
    create(&world, "it", template(vec![section]))
        .await
        .expect("it is good");
    let page = page(&world, &made(&world, wanted("it", &[])).await).await;
    for (number, derived) in [(1, true), (2, false), (3, false)] {
        let told = entry(&page, number);
        assert_eq!(told.contains("derived"), derived, "{number}: {told}");
    }
}

async fn a_change_tells_how_far_rounding_reaches_on_each_side(backend: Backend) {
    let world = world(backend).await;
    let figures = [
        ("china", "2021", "45.5", "usd"),
        ("china", "2022", "47.94", "usd"),
    ];
    state(&world, "article", &figures).await;
    let change = computed(
        "it",
        Calculation::Change,
        observation("gdp", "2021"),
        observation("gdp", "2022"),
    );
    let section = prose("it", "It grew by {it}.", vec![change]);
    create(&world, "it", template(vec![section]))
        .await
        .expect("it is good");
    let page = page(&world, &made(&world, wanted("it", &[])).await).await;
    // From 47.935 / 45.55 to 47.945 / 45.45: the smaller one is 0.1266 below the result of
    // 5.3626, the greater one 0.1269 above.
    let told = entry(&page, 1);
    for end in ["5.236", "5.489"] {
        assert!(told.contains(end), "{end}: {told}");
    }
}
