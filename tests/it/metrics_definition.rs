//! Units, concepts and indicators.

use proto::figure::v1::Label;
use proto::metrics::v1::{
    ApplyDefinitionsRequest, ApplyDefinitionsResponse, Breakdown, Concept, GetConceptRequest,
    GetIndicatorRequest, GetUnitRequest, Indicator, ListIndicatorsRequest, ListUnitsRequest, Unit,
};
use tonic::{Code, Status};

use crate::harness::process::output;
use crate::harness::{Backend, World, on_both, refused, seeded};
use crate::ingest::{commit, partial, release, row, series, source_series, write};

on_both!(
    applying_definitions_counts_what_is_new_changed_and_equal,
    checking_definitions_changes_nothing,
    a_definition_that_points_nowhere_is_refused,
    everything_wrong_with_definitions_is_told_at_once,
    the_meaning_of_an_indicator_with_figures_is_frozen,
    siblings_share_a_concept,
    lists_of_definitions_continue_where_they_stopped,
    an_old_snapshot_answers_with_the_old_definitions,
    what_is_meant_is_kept_in_several_languages_one_text_each,
);

pub async fn apply(
    world: &World,
    request: ApplyDefinitionsRequest,
) -> Result<ApplyDefinitionsResponse, Status> {
    let answer = world.metrics().apply_definitions(request).await?;
    Ok(answer.into_inner())
}

pub fn units(units: Vec<Unit>) -> ApplyDefinitionsRequest {
    ApplyDefinitionsRequest {
        units,
        ..Default::default()
    }
}

fn indicators(indicators: Vec<Indicator>) -> ApplyDefinitionsRequest {
    ApplyDefinitionsRequest {
        indicators,
        ..Default::default()
    }
}

fn labels(text: &str) -> Vec<Label> {
    vec![Label {
        text: text.to_owned(),
        language: "en".to_owned(),
    }]
}

pub fn unit(id: &str, aliases: &[&str]) -> Unit {
    Unit {
        name: format!("units/{id}"),
        labels: labels(id),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        dimension: "length".to_owned(),
        ..Default::default()
    }
}

fn indicator(id: &str) -> Indicator {
    Indicator {
        name: format!("indicators/{id}"),
        labels: labels(id),
        dimension: "length".to_owned(),
        ..Default::default()
    }
}

async fn stored(world: &World, id: &str) -> Indicator {
    let request = GetIndicatorRequest {
        name: format!("indicators/{id}"),
        ..Default::default()
    };
    let answer = world.metrics().get_indicator(request).await;
    let answer = answer.expect("the indicator exists").into_inner();
    answer.indicator.expect("an indicator")
}

pub async fn find_unit(world: &World, name: &str) -> Result<Unit, Status> {
    let request = GetUnitRequest {
        name: name.to_owned(),
        ..Default::default()
    };
    let answer = world.metrics().get_unit(request).await?.into_inner();
    Ok(answer.unit.expect("a unit"))
}

async fn applying_definitions_counts_what_is_new_changed_and_equal(backend: Backend) {
    let world = seeded(backend).await;
    let counts = |answer: &ApplyDefinitionsResponse| {
        (
            answer.created_count,
            answer.updated_count,
            answer.unchanged_count,
        )
    };
    let request = ApplyDefinitionsRequest {
        units: vec![unit("metre", &["m"]), unit("foot", &[])],
        concepts: vec![Concept {
            name: "concepts/height".to_owned(),
            labels: labels("height"),
            ..Default::default()
        }],
        indicators: vec![Indicator {
            concept: "concepts/height".to_owned(),
            ..indicator("wall-height")
        }],
        ..Default::default()
    };
    let first = apply(&world, request.clone()).await.expect("good");
    assert_eq!(counts(&first), (4, 0, 0));
    let again = apply(&world, request.clone()).await.expect("good");
    assert_eq!(counts(&again), (0, 0, 4));
    let commits = [&first.snapshot, &again.snapshot].map(|token| commit(token));
    assert_eq!(commits[0], commits[1], "nothing was committed");
    let mut changed = request;
    changed.units[1].aliases = vec!["ft".to_owned()];
    changed.units.push(unit("mile", &[]));
    let changed = apply(&world, changed).await.expect("good");
    assert_eq!(counts(&changed), (1, 1, 3));
    let foot = find_unit(&world, "ft").await.expect("the new alias");
    assert_eq!(foot, unit("foot", &["ft"]));
}

async fn checking_definitions_changes_nothing(backend: Backend) {
    let world = seeded(backend).await;
    let request = ApplyDefinitionsRequest {
        validate_only: true,
        ..units(vec![unit("metre", &[])])
    };
    let checked = apply(&world, request).await.expect("good");
    assert_eq!(checked.created_count, 1);
    let missing = find_unit(&world, "units/metre").await;
    refused(&missing.expect_err("not written")).is(Code::NotFound, "DEFINITION_NOT_FOUND", &[]);
}

async fn a_definition_that_points_nowhere_is_refused(backend: Backend) {
    let world = seeded(backend).await;
    let nowhere = [
        Indicator {
            concept: "concepts/nothing".to_owned(),
            ..indicator("wall-height")
        },
        Indicator {
            share_of: "indicators/nothing".to_owned(),
            ..indicator("wall-height")
        },
        Indicator {
            rank_by: "indicators/wall-height".to_owned(),
            ..indicator("wall-height")
        },
    ];
    for definition in nowhere {
        let refusal = apply(&world, indicators(vec![definition])).await;
        refused(&refusal.expect_err("it points nowhere")).is(
            Code::FailedPrecondition,
            "DEFINITION_CONFLICT",
            &[],
        );
    }
    let together = vec![
        indicator("wall-height"),
        Indicator {
            change_of: "indicators/wall-height".to_owned(),
            subset_of: "indicators/gdp".to_owned(),
            ..indicator("wall-growth")
        },
    ];
    apply(&world, indicators(together))
        .await
        .expect("both come together");
    let stored = stored(&world, "wall-growth").await;
    assert_eq!(stored.change_of, "indicators/wall-height");
    assert_eq!(stored.subset_of, "indicators/gdp");
}

async fn everything_wrong_with_definitions_is_told_at_once(backend: Backend) {
    let world = seeded(backend).await;
    let request = ApplyDefinitionsRequest {
        units: vec![
            Unit {
                labels: Vec::new(),
                ..unit("Metre", &[""])
            },
            unit("foot", &[]),
            unit("foot", &[]),
        ],
        indicators: vec![Indicator {
            measure: 99,
            breakdowns: vec![Breakdown {
                id: "sex".to_owned(),
                codes: vec!["men".to_owned()],
                total_code: "all".to_owned(),
            }],
            ..indicator("wall-height")
        }],
        ..Default::default()
    };
    let refusal = apply(&world, request).await.expect_err("much is wrong");
    refused(&refusal).is(
        Code::InvalidArgument,
        "FIELD_INVALID",
        &[
            "units[0].name",
            "units[0].labels",
            "units[0].aliases[0]",
            "units[2].name",
            "indicators[0].measure",
            "indicators[0].breakdowns[0].total_code",
        ],
    );
}

async fn the_meaning_of_an_indicator_with_figures_is_frozen(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let size = stored(&world, "size").await;
    let changes = [
        Indicator {
            dimension: "money".to_owned(),
            ..size.clone()
        },
        Indicator {
            bilateral: true,
            ..size.clone()
        },
        Indicator {
            breakdowns: Vec::new(),
            ..size.clone()
        },
    ];
    let unused = ApplyDefinitionsRequest {
        validate_only: true,
        ..indicators(vec![changes[0].clone()])
    };
    apply(&world, unused).await.expect("it has no figures yet");
    let count = source_series(1, series("size", "china"), "count");
    write(&world, "r", vec![count], vec![row(1, "2018", "7")]).await;
    for change in changes {
        let refusal = apply(&world, indicators(vec![change])).await;
        refused(&refusal.expect_err("it has figures")).is(
            Code::FailedPrecondition,
            "DEFINITION_CONFLICT",
            &[],
        );
    }
    let renamed = Indicator {
        labels: labels("how many there are"),
        ..size
    };
    let renamed = apply(&world, indicators(vec![renamed])).await;
    assert_eq!(renamed.expect("a label means nothing").updated_count, 1);
}

async fn siblings_share_a_concept(backend: Backend) {
    let world = seeded(backend).await;
    let both = ["indicators/digital-broad", "indicators/digital-core"];
    let request = GetConceptRequest {
        name: "concepts/digital-economy".to_owned(),
        ..Default::default()
    };
    let concept = world.metrics().get_concept(request).await;
    let concept = concept.expect("it exists").into_inner();
    assert_eq!(concept.indicators, both);
    let request = GetIndicatorRequest {
        name: both[0].to_owned(),
        ..Default::default()
    };
    let indicator = world.metrics().get_indicator(request).await;
    let indicator = indicator.expect("it exists").into_inner();
    assert_eq!(indicator.siblings, [both[1]]);
    let request = GetConceptRequest {
        name: "concepts/nothing".to_owned(),
        ..Default::default()
    };
    let missing = world.metrics().get_concept(request).await;
    refused(&missing.expect_err("no such concept")).is(Code::NotFound, "DEFINITION_NOT_FOUND", &[]);
}

async fn lists_of_definitions_continue_where_they_stopped(backend: Backend) {
    let world = seeded(backend).await;
    let mut names = Vec::new();
    let mut request = ListUnitsRequest {
        page_size: 2,
        ..Default::default()
    };
    loop {
        let page = world.metrics().list_units(request.clone()).await;
        let page = page.expect("a page").into_inner();
        assert!(page.units.len() <= 2);
        names.extend(page.units.into_iter().map(|unit| unit.name));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let all = ["cny", "count", "gigabyte", "percent", "usd"];
    assert_eq!(names, all.map(|id| format!("units/{id}")));
    let other = ListIndicatorsRequest {
        page_token: request.page_token,
        ..Default::default()
    };
    let refusal = world.metrics().list_indicators(other).await;
    refused(&refusal.expect_err("a token of units")).is(
        Code::InvalidArgument,
        "PAGE_TOKEN_INVALID",
        &["page_token"],
    );
    let negative = ListUnitsRequest {
        page_size: -1,
        ..Default::default()
    };
    let refusal = world.metrics().list_units(negative).await;
    refused(&refusal.expect_err("no such size")).is(
        Code::InvalidArgument,
        "FIELD_INVALID",
        &["page_size"],
    );
}

async fn an_old_snapshot_answers_with_the_old_definitions(backend: Backend) {
    let world = seeded(backend).await;
    let first = apply(&world, units(vec![unit("metre", &["m"])])).await;
    let first = first.expect("good").snapshot;
    let second = apply(&world, units(vec![unit("metre", &["meter"])])).await;
    let second = second.expect("good").snapshot;
    let aliases = async |at_snapshot: &str| {
        let request = GetUnitRequest {
            name: "units/metre".to_owned(),
            at_snapshot: at_snapshot.to_owned(),
            ..Default::default()
        };
        let answer = world.metrics().get_unit(request).await;
        let answer = answer.expect("it exists").into_inner();
        answer.unit.expect("a unit").aliases
    };
    assert_eq!(aliases(&first).await, ["m"]);
    assert_eq!(aliases(&second).await, ["meter"]);
    assert_eq!(aliases("").await, ["meter"]);
    let gone = GetUnitRequest {
        name: "m".to_owned(),
        at_snapshot: second,
        ..Default::default()
    };
    let gone = world.metrics().get_unit(gone).await;
    refused(&gone.expect_err("no alias any more")).is(Code::NotFound, "DEFINITION_NOT_FOUND", &[]);
}

async fn what_is_meant_is_kept_in_several_languages_one_text_each(backend: Backend) {
    let world = seeded(backend).await;
    let text = |text: &str, language: &str| Label {
        text: text.to_owned(),
        language: language.to_owned(),
    };
    let wall = Indicator {
        definition: "From the ground to the top.".to_owned(),
        definitions: vec![
            text("从地面到顶端。", "zh-Hans"),
            text("Du sol au sommet.", "fr"),
        ],
        ..indicator("wall-height")
    };
    let height = Concept {
        name: "concepts/height".to_owned(),
        labels: labels("height"),
        description: "How high it is.".to_owned(),
        descriptions: vec![text("高度", "zh-Hans")],
    };
    let both = |indicator: &Indicator| ApplyDefinitionsRequest {
        concepts: vec![height.clone()],
        indicators: vec![indicator.clone()],
        ..Default::default()
    };
    let applied = apply(&world, both(&wall)).await.expect("they are good");
    assert_eq!(applied.created_count, 2);
    assert_eq!(stored(&world, "wall-height").await, wall);
    let request = GetConceptRequest {
        name: "concepts/height".to_owned(),
        ..Default::default()
    };
    let found = world.metrics().get_concept(request).await;
    let found = found.expect("it exists").into_inner().concept;
    assert_eq!(found.as_ref(), Some(&height));
    let again = apply(&world, both(&wall)).await.expect("they are good");
    assert_eq!(again.unchanged_count, 2);
    let shown = output(world.command(&["show", "indicators/wall-height"])).await;
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    for said in [
        "From the ground to the top. (en)",
        "从地面到顶端。 (zh-Hans)",
    ] {
        assert!(shown.contains(said), "{shown}");
    }

    let long = "x".repeat(2001);
    for (definitions, field) in [
        (
            text("nobody’s", ""),
            "indicators[0].definitions[0].language",
        ),
        (text("", "fr"), "indicators[0].definitions[0].text"),
        (text(&long, "fr"), "indicators[0].definitions[0].text"),
        // The definition itself is in the language of the first label.
        (text("again", "en"), "indicators[0].definitions[0].language"),
    ] {
        let wrong = Indicator {
            definitions: vec![definitions],
            ..wall.clone()
        };
        let refusal = refused(&apply(&world, both(&wrong)).await.expect_err(field));
        assert_eq!(refusal.code, Code::InvalidArgument);
        assert_eq!(refusal.fields, [field], "{refusal:?}");
    }
}
