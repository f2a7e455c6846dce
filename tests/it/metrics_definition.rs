//! Units, concepts and indicators.

use proto::figure::v1::Label;
use proto::metrics::v1::{
    ApplyDefinitionsRequest, ApplyDefinitionsResponse, Breakdown, Concept, GetConceptRequest,
    GetIndicatorRequest, GetUnitRequest, Indicator, ListIndicatorsRequest, ListUnitsRequest,
    Measure, Unit,
};
use tonic::{Code, Status};

use crate::harness::process::output;
use crate::harness::{Backend, World, at, on_both, refused, seeded};
use crate::ingest::{commit, partial, release, row, series, source_series, write};

on_both!(
    applying_definitions_counts_what_is_new_changed_and_equal,
    checking_definitions_changes_nothing,
    a_definition_that_points_nowhere_is_refused,
    everything_wrong_with_definitions_is_told_at_once,
    the_meaning_of_an_indicator_with_figures_is_frozen,
    siblings_share_a_concept,
    a_stale_etag_aborts_all_definitions_of_a_request,
    definitions_applied_twice_by_one_request_are_applied_once,
    indicators_are_filtered_by_what_they_measure,
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
    let plain = Unit {
        etag: String::new(),
        ..foot
    };
    assert_eq!(plain, unit("foot", &["ft"]));
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

async fn a_stale_etag_aborts_all_definitions_of_a_request(backend: Backend) {
    let world = seeded(backend).await;
    let concept = async || {
        let request = GetConceptRequest {
            name: "concepts/digital-economy".to_owned(),
            ..Default::default()
        };
        let answer = world.metrics().get_concept(request).await;
        answer.expect("it exists").into_inner().concept.expect("it")
    };
    let (usd, gdp) = (find_unit(&world, "usd").await, stored(&world, "gdp").await);
    let (usd, idea) = (usd.expect("it exists"), concept().await);
    for etag in [&usd.etag, &gdp.etag, &idea.etag] {
        assert!(!etag.is_empty());
    }
    let changed = |word: &str| ApplyDefinitionsRequest {
        units: vec![Unit {
            symbol: word.to_owned(),
            ..usd.clone()
        }],
        concepts: vec![Concept {
            description: word.to_owned(),
            ..idea.clone()
        }],
        indicators: vec![Indicator {
            definition: word.to_owned(),
            ..gdp.clone()
        }],
        ..Default::default()
    };
    let first = apply(&world, changed("first")).await;
    assert_eq!(first.expect("the etags are current").updated_count, 3);
    let late = apply(&world, changed("late")).await;
    refused(&late.expect_err("somebody was faster")).is(
        Code::Aborted,
        "ETAG_MISMATCH",
        &["units[0].etag", "concepts[0].etag", "indicators[0].etag"],
    );
    let half = ApplyDefinitionsRequest {
        units: Vec::new(),
        concepts: Vec::new(),
        ..changed("half")
    };
    let half = ApplyDefinitionsRequest {
        units: vec![unit("metre", &[])],
        ..half
    };
    let refusal = apply(&world, half).await.expect_err("one of two is stale");
    refused(&refusal).is(Code::Aborted, "ETAG_MISMATCH", &["indicators[0].etag"]);
    let missing = find_unit(&world, "units/metre").await;
    refused(&missing.expect_err("all or none")).is(Code::NotFound, "DEFINITION_NOT_FOUND", &[]);
    let kept = find_unit(&world, "usd").await.expect("it exists");
    assert_eq!(kept.symbol, "first");
    assert_ne!(kept.etag, usd.etag);
    assert_ne!(concept().await.etag, idea.etag);
    assert_ne!(stored(&world, "gdp").await.etag, gdp.etag);
}

async fn definitions_applied_twice_by_one_request_are_applied_once(backend: Backend) {
    let world = seeded(backend).await;
    let request = |id: &str| ApplyDefinitionsRequest {
        request_id: "6f1c9a52-3b0e-4e0f-9f6d-2a4b8f1f7c12".to_owned(),
        ..units(vec![unit(id, &[])])
    };
    let first = apply(&world, request("metre")).await.expect("good");
    assert_eq!((first.created_count, first.replayed), (1, false));
    let again = apply(&world, request("metre")).await.expect("the same");
    assert_eq!((again.created_count, again.replayed), (1, true));
    assert_eq!(again.snapshot, first.snapshot);
    let other = apply(&world, request("foot")).await.expect_err("another");
    refused(&other).is(Code::InvalidArgument, "REQUEST_ID_REUSED", &["request_id"]);
}

async fn indicators_are_filtered_by_what_they_measure(backend: Backend) {
    let world = seeded(backend).await;
    let list = async |filter: &str| {
        let request = ListIndicatorsRequest {
            filter: filter.to_owned(),
            ..Default::default()
        };
        let page = world.metrics().list_indicators(request).await?.into_inner();
        let names = page.indicators.into_iter().map(|one| one.name);
        Ok::<_, Status>(names.collect::<Vec<_>>())
    };
    let all = [
        "digital-broad",
        "digital-core",
        "gdp",
        "growth",
        "size",
        "trade",
    ];
    for (filter, expected) in [
        ("", &all[..]),
        ("concept = \"concepts/digital-economy\"", &all[..2]),
        (
            "dimension = \"money\"",
            &["digital-broad", "digital-core", "gdp", "trade"],
        ),
        ("measure = FLOW", &["trade"]),
        ("bilateral = true", &["trade"]),
        (
            "dimension = \"money\" AND bilateral = false AND NOT concept = \"concepts/digital-economy\"",
            &["gdp"],
        ),
    ] {
        let expected: Vec<_> = expected
            .iter()
            .map(|id| format!("indicators/{id}"))
            .collect();
        let found = list(filter).await;
        let found = found.unwrap_or_else(|status| panic!("{filter}: {status}"));
        assert_eq!(found, expected, "{filter}");
    }
    let money = ListUnitsRequest {
        filter: "dimension = \"money\"".to_owned(),
        ..Default::default()
    };
    let money = world.metrics().list_units(money).await;
    let money = money.expect("a page").into_inner().units;
    let money: Vec<_> = money.iter().map(|unit| unit.name.as_str()).collect();
    assert_eq!(money, ["units/cny", "units/usd"]);
    for filter in ["colour = red", "measure = SIZE", "bilateral = maybe"] {
        let refusal = list(filter).await.expect_err("no such filter");
        refused(&refusal).is(Code::InvalidArgument, "FILTER_INVALID", &["filter"]);
    }
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
            consistency: at(at_snapshot),
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
        consistency: at(&second),
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
        ..Default::default()
    };
    let both = |indicator: &Indicator| ApplyDefinitionsRequest {
        concepts: vec![height.clone()],
        indicators: vec![indicator.clone()],
        ..Default::default()
    };
    let applied = apply(&world, both(&wall)).await.expect("they are good");
    assert_eq!(applied.created_count, 2);
    let kept = stored(&world, "wall-height").await;
    assert_eq!(kept.measure(), Measure::Unknown, "nobody said");
    let as_given = Indicator {
        measure: Measure::Unspecified.into(),
        etag: String::new(),
        ..kept
    };
    assert_eq!(as_given, wall);
    let request = GetConceptRequest {
        name: "concepts/height".to_owned(),
        ..Default::default()
    };
    let found = world.metrics().get_concept(request).await;
    let found = found.expect("it exists").into_inner().concept;
    let as_given = found.map(|found| Concept {
        etag: String::new(),
        ..found
    });
    assert_eq!(as_given.as_ref(), Some(&height));
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
