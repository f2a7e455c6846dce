//! Panels and slopes, and what the files of drawings share.

use proto::registry::v1::BatchAddEntitiesRequest;
use proto::reporting::v1::section::Body;
use proto::reporting::v1::{
    Chart, ChartLine, Figure, Panels, ParameterType, Ranking, Report, Section, Slope, Template,
};
use tonic::Code;

use crate::harness::seed::entity;
use crate::harness::{Backend, Refusal, World, on_both, refused, seeded};
use crate::ingest::{partial, release, row, series, source_series, write};
use crate::reporting::{
    create, ended, failure, figures, made, page, parameter, progress, prose, report, start,
    template, wanted,
};

on_both!(
    panels_share_a_scale_only_with_one_unit,
    a_slope_joins_the_figures_of_two_periods,
    a_slope_without_both_figures_in_one_unit_fails,
    faults_of_drawings_are_named_by_field,
    siblings_are_not_joined_in_any_drawing,
);

/// A section that shows a body.
pub fn showing(body: Body) -> Section {
    Section {
        body: Some(body),
        ..prose("it", "What is drawn.", Vec::new())
    }
}

/// A ranking of the regions.
pub fn ranking() -> Ranking {
    Ranking {
        indicator: "indicators/gdp".to_owned(),
        period: "2020".to_owned(),
        filter: "kind = \"region\"".to_owned(),
        description: "Who has most.".to_owned(),
        ..Default::default()
    }
}

fn chart_line(indicator: &str, entity: &str) -> ChartLine {
    ChartLine {
        indicators: vec![format!("indicators/{indicator}")],
        entity: format!("entities/{entity}"),
        ..Default::default()
    }
}

/// A chart of lines: what, and whose.
pub fn chart(lines: &[(&str, &str)]) -> Chart {
    Chart {
        lines: lines
            .iter()
            .map(|(of, whose)| chart_line(of, whose))
            .collect(),
        description: "Figures over time.".to_owned(),
        ..Default::default()
    }
}

fn slope(lines: &[(&str, &str)]) -> Slope {
    Slope {
        lines: lines
            .iter()
            .map(|(of, whose)| chart_line(of, whose))
            .collect(),
        start_period: "2019".to_owned(),
        end_period: "2020".to_owned(),
        description: "From one year to another.".to_owned(),
        ..Default::default()
    }
}

/// Adds regions.
pub async fn regions(world: &World, ids: &[String]) {
    for ids in ids.chunks(500) {
        let request = BatchAddEntitiesRequest {
            entities: ids.iter().map(|id| entity(id, "region", id)).collect(),
            ..Default::default()
        };
        let added = world.registry().batch_add_entities(request).await;
        added.expect("the entities are good");
    }
}

/// A world with the regions `japan` and `kenya` beside those of the seed.
pub async fn world(backend: Backend) -> World {
    let world = seeded(backend).await;
    regions(&world, &["japan", "kenya"].map(str::to_owned)).await;
    for source in ["article", "second-article"] {
        release(&world, source, partial(source, "2021-01-01")).await;
    }
    world
}

/// Lets a release state the GDP of entities: whose, period, number, unit.
pub async fn state(world: &World, release: &str, said: &[(&str, &str, &str, &str)]) {
    let declared = said
        .iter()
        .zip(0..)
        .map(|(one, number)| source_series(number, series("gdp", one.0), one.3));
    let rows = said
        .iter()
        .zip(0..)
        .map(|(one, number)| row(number, one.1, one.2));
    write(world, release, declared.collect(), rows.collect()).await;
}

/// The report of a template with this body.
pub async fn report_of(world: &World, body: Body) -> Report {
    create(world, "it", template(vec![showing(body)]))
        .await
        .expect("it is good");
    made(world, wanted("it", &[])).await
}

/// Why the run of a template with this body fails.
pub async fn failed(world: &World, id: &str, body: Body) -> Refusal {
    create(world, id, template(vec![showing(body)]))
        .await
        .expect("its shape is good");
    let begun = start(world, wanted(id, &[])).await.expect("it begins");
    failure(&ended(world, &begun.name).await)
}

/// What figures are printed as.
pub fn texts(figures: &[Figure]) -> Vec<&str> {
    figures.iter().map(|one| one.text.as_str()).collect()
}

/// The rows of all tables of a page as text, their cells apart by a bar.
pub fn rows(page: &str) -> Vec<String> {
    let bare = |cell: &str| {
        let mut text = String::new();
        let mut inside = true;
        for c in cell.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                c if !inside => text.push(c),
                _ => {}
            }
        }
        text
    };
    let cells = |row: &str| {
        let row = row.split("</tr>").next().unwrap_or_default();
        let cells: Vec<_> = row.split("<td").skip(1).map(bare).collect();
        cells.join("|")
    };
    let head = |row: &str| row.split("<th").nth(1).map(bare).unwrap_or_default();
    let table = page.split("<tr").skip(1);
    table
        .map(|row| {
            format!(
                "{}|{}",
                head(row.split("<td").next().unwrap_or_default()),
                cells(row)
            )
        })
        .collect()
}

async fn panels_share_a_scale_only_with_one_unit(backend: Backend) {
    let world = world(backend).await;
    state(
        &world,
        "article",
        &[
            ("china", "2019", "8", "usd"),
            ("china", "2020", "9", "usd"),
            ("france", "2020", "7", "usd"),
            ("japan", "2020", "5", "cny"),
        ],
    )
    .await;
    let panels = |same_scale, whose: &[&str]| Panels {
        charts: whose.iter().map(|one| chart(&[("gdp", one)])).collect(),
        same_scale,
        description: "Two charts.".to_owned(),
    };
    let mixed = failed(
        &world,
        "mixed",
        Body::Panels(panels(true, &["china", "japan"])),
    )
    .await;
    mixed.is(Code::InvalidArgument, "TEMPLATE_INVALID", &[]);
    let apart = template(vec![showing(Body::Panels(panels(
        false,
        &["china", "japan"],
    )))]);
    create(&world, "apart", apart).await.expect("it is good");
    let begun = start(&world, wanted("apart", &[]))
        .await
        .expect("it begins");
    let done = ended(&world, &begun.name).await;
    // The section, a line of each chart, the files.
    let steps = progress(&done);
    assert_eq!(steps.steps_done, steps.steps_total);
    let apart = page(&world, &report(&done)).await;
    assert!(!apart.contains("All have the same scale."), "{apart}");
    let report = report_of(&world, Body::Panels(panels(true, &["china", "france"]))).await;
    let page = page(&world, &report).await;
    assert!(page.contains("All have the same scale."), "{page}");
    // Each is called by what tells it from the other.
    let told = rows(&page);
    for whose in ["China", "France"] {
        assert!(page.contains(&format!("<caption>{whose}")), "{told:?}");
    }
    assert_eq!(
        texts(&figures(&world, &report).await),
        ["8 usd", "9 usd", "7 usd"]
    );
}

async fn a_slope_joins_the_figures_of_two_periods(backend: Backend) {
    let world = world(backend).await;
    state(
        &world,
        "article",
        &[
            ("china", "2019", "8", "usd"),
            ("china", "2020", "9", "usd"),
            ("china", "2021", "99", "usd"),
            ("france", "2019", "7", "usd"),
            ("france", "2020", "6", "usd"),
        ],
    )
    .await;
    let body = Body::Slope(slope(&[("gdp", "china"), ("gdp", "france")]));
    let report = report_of(&world, body).await;
    let cited = figures(&world, &report).await;
    assert_eq!(texts(&cited), ["8 usd", "9 usd", "7 usd", "6 usd"]);
    let page = page(&world, &report).await;
    let told = rows(&page);
    assert!(told.contains(&"China|8|9".to_owned()), "{told:?}");
    assert!(told.contains(&"France|7|6".to_owned()), "{told:?}");
    let heads = ["2019", "2020"].map(|year| page.find(&format!("scope=\"col\">{year}</th>")));
    assert!(heads[0].is_some() && heads[0] < heads[1], "{page}");
}

async fn a_slope_without_both_figures_in_one_unit_fails(backend: Backend) {
    let world = world(backend).await;
    state(
        &world,
        "article",
        &[
            ("china", "2019", "8", "usd"),
            ("china", "2020", "9", "usd"),
            ("france", "2019", "7", "usd"),
            ("japan", "2019", "7", "cny"),
            ("japan", "2020", "7", "cny"),
        ],
    )
    .await;
    let body = Body::Slope(slope(&[("gdp", "china"), ("gdp", "france")]));
    let missing = failed(&world, "missing", body).await;
    missing.is(Code::FailedPrecondition, "FIGURE_MISSING", &[]);
    let body = Body::Slope(slope(&[("gdp", "china"), ("gdp", "japan")]));
    let mixed = failed(&world, "mixed", body).await;
    mixed.is(Code::InvalidArgument, "TEMPLATE_INVALID", &[]);
    let backwards = Slope {
        end_period: "${year}".to_owned(),
        ..slope(&[("gdp", "china"), ("gdp", "china")])
    };
    let chosen = Template {
        parameters: vec![parameter("year", ParameterType::Period, "2018")],
        ..template(vec![showing(Body::Slope(backwards))])
    };
    create(&world, "chosen", chosen)
        .await
        .expect("its shape is good");
    let begun = start(&world, wanted("chosen", &[]))
        .await
        .expect("it begins");
    let failed = failure(&ended(&world, &begun.name).await);
    failed.is(Code::InvalidArgument, "TEMPLATE_INVALID", &[]);
    let begun = start(&world, wanted("chosen", &[("year", "2020")])).await;
    ended(&world, &begun.expect("it begins").name).await;
}

async fn faults_of_drawings_are_named_by_field(backend: Backend) {
    let world = seeded(backend).await;
    let long = "x".repeat(501);
    let cases = [
        (
            Body::Ranking(Ranking {
                indicator: "gdp".to_owned(),
                period: "2018-13".to_owned(),
                filter: " ".to_owned(),
                limit: 51,
                highlights: vec!["China".to_owned(), "${nobody}".to_owned()],
                source: "x".to_owned(),
                multiplier: 31,
                description: long.clone(),
                ..Default::default()
            }),
            vec![
                "ranking.description",
                "ranking.multiplier",
                "ranking.indicator",
                "ranking.period",
                "ranking.filter",
                "ranking.source",
                "ranking.limit",
                "ranking.highlights[0]",
                "ranking.highlights[1]",
            ],
        ),
        (
            Body::Ranking(Ranking {
                period: String::new(),
                highlights: vec!["entities/china".to_owned(); 11],
                limit: -1,
                ..ranking()
            }),
            vec!["ranking.period", "ranking.limit", "ranking.highlights"],
        ),
        (
            Body::Panels(Panels {
                charts: vec![Chart::default()],
                ..Default::default()
            }),
            vec![
                "panels.description",
                "panels.charts",
                "panels.charts[0].description",
                "panels.charts[0].lines",
            ],
        ),
        (
            Body::Panels(Panels {
                charts: vec![
                    chart(&[("gdp", "china")]),
                    Chart {
                        multiplier: 9,
                        ..chart(&[("gdp", "china")])
                    },
                ],
                same_scale: true,
                description: "Two.".to_owned(),
            }),
            vec!["panels.charts[1].multiplier"],
        ),
        (
            Body::Panels(Panels {
                charts: vec![chart(&[("gdp", "china")]); 13],
                same_scale: false,
                description: "Too many.".to_owned(),
            }),
            vec!["panels.charts"],
        ),
        (
            Body::Slope(Slope {
                start_period: "2020".to_owned(),
                end_period: "2019".to_owned(),
                multiplier: -1,
                ..slope(&[("gdp", "china")])
            }),
            vec!["slope.multiplier", "slope.end_period", "slope.lines"],
        ),
        (
            Body::Slope(Slope {
                start_period: String::new(),
                end_period: "then".to_owned(),
                lines: vec![ChartLine::default(); 13],
                ..slope(&[])
            }),
            vec!["slope.start_period", "slope.end_period", "slope.lines"],
        ),
    ];
    for (body, fields) in cases {
        let status = create(&world, "it", template(vec![showing(body.clone())])).await;
        let refusal = refused(&status.expect_err("it is not good"));
        assert_eq!(refusal.code, Code::InvalidArgument);
        for field in fields {
            let path = format!("template.sections[0].{field}");
            assert!(refusal.fields.contains(&path), "{field}: {refusal:?}");
        }
    }
}

async fn siblings_are_not_joined_in_any_drawing(backend: Backend) {
    let world = seeded(backend).await;
    let joined = ChartLine {
        indicators: ["core", "broad"]
            .map(|of| format!("indicators/digital-{of}"))
            .to_vec(),
        ..chart_line("gdp", "china")
    };
    let bodies = [
        Body::Slope(Slope {
            lines: vec![joined.clone(), chart_line("gdp", "china")],
            ..slope(&[])
        }),
        Body::Panels(Panels {
            charts: vec![
                chart(&[("gdp", "china")]),
                Chart {
                    lines: vec![joined],
                    ..chart(&[])
                },
            ],
            same_scale: false,
            description: "Two.".to_owned(),
        }),
    ];
    for body in bodies {
        let status = create(&world, "it", template(vec![showing(body)])).await;
        let refusal = refused(&status.expect_err("they are siblings"));
        assert_eq!(refusal.reason, "SIBLINGS_JOINED");
    }
    let unknown = Body::Ranking(Ranking {
        indicator: "indicators/none".to_owned(),
        ..ranking()
    });
    let status = create(&world, "it", template(vec![showing(unknown)])).await;
    refused(&status.expect_err("there is none")).is(
        Code::InvalidArgument,
        "TEMPLATE_INVALID",
        &["template.sections[0].ranking.indicator"],
    );
}
