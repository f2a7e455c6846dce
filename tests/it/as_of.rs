//! What was known, and what was so, at another time: `as_of` of reports and of commands.

use prost_types::Timestamp;
use proto::figure::v1::{Calculation, CaveatReason};
use proto::metrics::v1::{
    CalculateRequest, ClaimInput, CreateReleaseRequest, GetClaimSetRequest, GetSeriesRequest,
    ListClaimSetsRequest, Provenance, Release, SeriesKey, SourceSeriesDeclaration,
    StreamSeriesRequest, WriteClaimsRequest,
};
use proto::registry::v1::{CreateEntityRequest, CreateRelationRequest, NameType, Relation};
use proto::reporting::v1::section::Body;
use proto::reporting::v1::{
    CreateTemplateRequest, FigureTable, Revisions, RunReportRequest, Section, Template,
};
use tonic::{Code, Status};

use crate::harness::process::output;
use crate::harness::seed::{entity, name};
use crate::harness::{Backend, World, at, on_both, refused, seeded};
use crate::reporting::{
    chart, computed, create, ended, exact, failure, figures, look, made, observation, page, prose,
    quoted, start, template, wanted,
};

on_both!(
    a_report_as_of_a_time_prints_what_the_sources_had_said_by_then,
    a_figure_that_was_not_known_by_then_is_missing,
    a_time_that_does_not_exist_is_refused,
    a_run_as_of_another_time_is_another_request,
    a_report_is_made_as_of_a_date_by_command,
    an_entity_is_shown_with_what_held_then,
    a_hit_by_a_name_not_in_use_then_is_left_out,
    a_claim_is_shown_as_it_stood_then,
    a_template_is_created_once_for_a_repeated_request,
);

/// 2016-12-31, its last microsecond.
const BETWEEN: Timestamp = Timestamp {
    seconds: 1_483_228_799,
    nanos: 999_999_000,
};

/// A source says what GDP was in two years, in a release of a date.
async fn state(world: &World, source: &str, published: &str, numbers: [&str; 2]) {
    let id = format!("{source}-{published}");
    let request = CreateReleaseRequest {
        release_id: id.clone(),
        release: Some(Release {
            source: format!("entities/{source}"),
            title: format!("Published {published}"),
            published: published.to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let created = world.metrics().create_release(request).await;
    created.expect("the release is good");
    let series = SeriesKey {
        indicator: "indicators/gdp".to_owned(),
        entity: "entities/china".to_owned(),
        ..Default::default()
    };
    let provenance = Provenance {
        unit: "units/cny".to_owned(),
        ..Default::default()
    };
    let claims = ["2010", "2011"].iter().zip(numbers);
    let request = WriteClaimsRequest {
        release: format!("releases/{id}"),
        source_series: vec![SourceSeriesDeclaration {
            source_series: 0,
            series: Some(series),
            provenance: Some(provenance),
        }],
        claims: claims
            .map(|(period, number)| exact(period, number, 9))
            .collect::<Vec<ClaimInput>>(),
        ..Default::default()
    };
    let written = world.metrics().write_claims(request).await;
    written.expect("the figures are good");
}

/// GDP as one source printed it in 2015 and, revised, in 2018, when another contradicted it.
async fn revised(backend: Backend) -> World {
    let world = seeded(backend).await;
    state(&world, "article", "2015-06-30", ["41.2", "48.4"]).await;
    state(&world, "article", "2018-06-30", ["43.7", "49.3"]).await;
    state(&world, "second-article", "2018-07-01", ["60.1", "70.2"]).await;
    create(&world, "vintages", vintages())
        .await
        .expect("it is good");
    world
}

/// Every way to read figures: text, sum, chart, table, contradictions, vintages.
fn vintages() -> Template {
    let of = |id: &str, body: Body| Section {
        body: Some(body),
        ..prose(id, "What was said.", Vec::new())
    };
    let growth = computed(
        "growth",
        Calculation::Change,
        observation("gdp", "2010"),
        observation("gdp", "2011"),
    );
    let table = FigureTable {
        filter: "entity = \"entities/china\"".to_owned(),
        ..Default::default()
    };
    template(vec![
        prose(
            "text",
            "It was {gdp}, then {growth} more.",
            vec![quoted("gdp", observation("gdp", "2010")), growth],
        ),
        chart("chart", &[&["gdp"]]),
        of("table", Body::Table(table)),
        of("contradictions", Body::Contradictions(Default::default())),
        of(
            "revisions",
            Body::Revisions(Revisions {
                observations: vec![observation("gdp", "2010")],
                ..Default::default()
            }),
        ),
    ])
}

fn then(as_of: Option<Timestamp>) -> RunReportRequest {
    RunReportRequest {
        as_of,
        ..wanted("vintages", &[])
    }
}

async fn a_report_as_of_a_time_prints_what_the_sources_had_said_by_then(backend: Backend) {
    let world = revised(backend).await;
    let before = made(&world, then(Some(BETWEEN))).await;
    assert_eq!(before.as_of, Some(BETWEEN));
    let old = page(&world, &before).await;
    assert!(old.contains("as known on 2016-12-31"), "{old}");
    assert!(
        old.contains("41.2 billion") && old.contains("48.4 billion"),
        "{old}"
    );
    for later in ["43.7 b", "49.3 b", "60.1 b", "70.2 b", "Published 2018"] {
        assert!(!old.contains(later), "{later} came later: {old}");
    }
    let cited = figures(&world, &before).await;
    let caveats = |figure: &proto::reporting::v1::Figure| {
        let caveats = figure.result.as_ref()?.caveats.iter();
        Some(caveats.map(|one| one.reason()).collect::<Vec<_>>())
    };
    let sum = cited.iter().find_map(caveats).expect("a computed figure");
    assert!(
        !sum.contains(&CaveatReason::ContestedInput),
        "it was not yet: {sum:?}"
    );
    assert!(cited.iter().all(|figure| figure.alternatives == 0));

    let now = made(&world, then(None)).await;
    assert_eq!(now.as_of, None);
    assert_ne!(now.name, before.name);
    let new = page(&world, &now).await;
    assert!(!new.contains("as known"), "{new}");
    assert!(
        new.contains("43.7 billion") && new.contains("60.1 billion"),
        "{new}"
    );
    let cited = figures(&world, &now).await;
    let sum = cited.iter().find_map(caveats).expect("a computed figure");
    assert!(
        sum.contains(&CaveatReason::ContestedInput),
        "it is by now: {sum:?}"
    );

    // What is said later does not change it, though the snapshot is another one.
    state(&world, "article", "2019-06-30", ["44.4", "50.5"]).await;
    let again = made(&world, then(Some(BETWEEN))).await;
    assert_ne!(again.snapshot, before.snapshot);
    assert_eq!(page(&world, &again).await, old);
    let pinned = RunReportRequest {
        consistency: at(&before.snapshot),
        ..then(Some(BETWEEN))
    };
    assert_eq!(made(&world, pinned).await, before);
}

async fn a_figure_that_was_not_known_by_then_is_missing(backend: Backend) {
    let world = revised(backend).await;
    let earlier = Timestamp {
        seconds: 1_400_000_000,
        nanos: 0,
    };
    let begun = start(&world, then(Some(earlier)))
        .await
        .expect("it can be tried");
    let ended = ended(&world, &begun.name).await;
    failure(&ended).is(Code::FailedPrecondition, "FIGURE_MISSING", &[]);
}

async fn a_time_that_does_not_exist_is_refused(backend: Backend) {
    let world = revised(backend).await;
    for (seconds, nanos) in [
        (i64::MAX, 0),
        (-62_135_596_801, 0),
        (0, -1),
        (0, 1_000_000_000),
    ] {
        let as_of = Some(Timestamp { seconds, nanos });
        let run = start(&world, then(as_of)).await.map(drop);
        for answer in reads_as_of(&world, as_of).await.into_iter().chain([run]) {
            let refusal = refused(&answer.expect_err("no such time"));
            refusal.is(Code::InvalidArgument, "FIELD_INVALID", &["as_of"]);
        }
    }
}

/// Every read of metrics that is told a time.
async fn reads_as_of(world: &World, as_of: Option<Timestamp>) -> Vec<Result<(), Status>> {
    let mut metrics = world.metrics();
    let gdp = Some(crate::ingest::series("gdp", "china"));
    let claim = "series/0/claims/2016.0123456789ab".to_owned();
    vec![
        metrics
            .get_series(GetSeriesRequest {
                key: gdp.clone(),
                as_of,
                ..Default::default()
            })
            .await
            .map(drop),
        metrics
            .stream_series(StreamSeriesRequest {
                as_of,
                ..Default::default()
            })
            .await
            .map(drop),
        metrics
            .get_claim_set(GetClaimSetRequest {
                series_key: gdp,
                period: "2016".to_owned(),
                as_of,
                ..Default::default()
            })
            .await
            .map(drop),
        metrics
            .list_claim_sets(ListClaimSetsRequest {
                as_of,
                ..Default::default()
            })
            .await
            .map(drop),
        metrics
            .calculate(CalculateRequest {
                calculation: Calculation::Difference.into(),
                a: claim.clone(),
                b: claim,
                as_of,
                ..Default::default()
            })
            .await
            .map(drop),
    ]
}

async fn a_run_as_of_another_time_is_another_request(backend: Backend) {
    let world = revised(backend).await;
    let request = |as_of| RunReportRequest {
        request_id: "0b6a6a0e-55d8-4d8f-8d43-6a4b8a9c1e01".to_owned(),
        ..then(as_of)
    };
    let first = start(&world, request(Some(BETWEEN)))
        .await
        .expect("it can be made");
    let again = start(&world, request(Some(BETWEEN)))
        .await
        .expect("it is the same");
    assert_eq!(again.name, first.name);
    look(&world, &first.name).await.expect("it is there");
    let status = start(&world, request(None)).await.expect_err("as of now");
    assert_eq!(refused(&status).reason, "REQUEST_ID_REUSED");
}

/// Whether a command went well, and what it printed.
async fn told(world: &World, arguments: &[&str]) -> (bool, String) {
    let done = output(world.command(arguments)).await;
    let both = [&done.stdout, &done.stderr];
    let both = both.map(|text| String::from_utf8_lossy(text));
    (done.status.success(), both.concat())
}

async fn a_report_is_made_as_of_a_date_by_command(backend: Backend) {
    let world = revised(backend).await;
    let (good, first) = told(&world, &["report", "vintages", "--as-of", "2016-12-31"]).await;
    assert!(good && first.contains("as known on 2016-12-31"), "{first}");
    let report = made(&world, then(Some(BETWEEN))).await;
    assert_eq!(first.trim_end(), page(&world, &report).await);
    let noon = ["report", "vintages", "--as-of", "2016-12-31T12:00:00Z"];
    let (good, noon) = told(&world, &noon).await;
    assert!(
        good && noon.contains("as known at 2016-12-31T12:00:00Z"),
        "{noon}"
    );
    // The day on which the second vintage was published has it at its end.
    let (good, day) = told(&world, &["report", "vintages", "--as-of", "2018-06-30"]).await;
    assert!(good && day.contains("43.7 billion"), "{day}");
}

/// A town with a name, a relation and a state of other times.
async fn renamed(backend: Backend) -> World {
    let world = revised(backend).await;
    let mut town = entity("town", "region", "Newtown");
    town.names[0].period = "2017/..".to_owned();
    let mut old = name("Oldtown", "en", NameType::Display);
    old.period = "../2016".to_owned();
    town.names.push(old);
    town.names.push(name("The Town", "en", NameType::Alias));
    let request = CreateEntityRequest {
        entity_id: "town".to_owned(),
        entity: Some(town),
        ..Default::default()
    };
    let created = world.registry().create_entity(request).await;
    created.expect("the town is good");
    for (id, object, since, until) in [
        ("old", "france", "", "2015"),
        ("new", "china", "2016", ""),
        ("later", "beijing", "2019", ""),
    ] {
        let relation = Relation {
            subject: "entities/town".to_owned(),
            predicate: "part-of".to_owned(),
            object: format!("entities/{object}"),
            since: since.to_owned(),
            until: until.to_owned(),
            source: Some(proto::figure::v1::SourceRef {
                source: "entities/article".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        };
        let request = CreateRelationRequest {
            relation_id: id.to_owned(),
            relation: Some(relation),
            ..Default::default()
        };
        let created = world.registry().create_relation(request).await;
        created.expect("the relation is good");
    }
    world
}

async fn an_entity_is_shown_with_what_held_then(backend: Backend) {
    let world = renamed(backend).await;
    let (_, now) = told(&world, &["show", "town"]).await;
    for part in ["Newtown", "Oldtown", "france", "part-of china", "beijing"] {
        assert!(now.contains(part), "{part}: {now}");
    }
    let (good, then) = told(&world, &["show", "town", "--as-of", "2016-12-31"]).await;
    assert!(good, "{then}");
    for part in ["Oldtown", "The Town", "part-of china"] {
        assert!(then.contains(part), "{part}: {then}");
    }
    for part in ["Newtown", "france", "beijing"] {
        assert!(!then.contains(part), "{part}: {then}");
    }
    let (_, figures) = told(&world, &["show", "china", "--as-of", "2016-12-31"]).await;
    assert!(figures.contains("gdp"), "{figures}");
    let (_, figures) = told(&world, &["show", "china", "--as-of", "2014-12-31"]).await;
    assert!(!figures.contains("gdp"), "{figures}");
    let (good, held) = told(&world, &["show", "relations/old", "--as-of", "2015-12-31"]).await;
    assert!(good && held.contains("france"), "{held}");
    let (good, over) = told(&world, &["show", "relations/old", "--as-of", "2016-12-31"]).await;
    assert!(!good && over.contains("did not hold then"), "{over}");
    let (good, undated) = told(&world, &["show", "units/cny", "--as-of", "2016-12-31"]).await;
    assert!(!good && undated.contains("leave --as-of out"), "{undated}");
}

async fn a_hit_by_a_name_not_in_use_then_is_left_out(backend: Backend) {
    let world = renamed(backend).await;
    let (_, now) = told(&world, &["search", "Newtown"]).await;
    assert!(now.contains("town"), "{now}");
    let (good, then) = told(&world, &["search", "Newtown", "--as-of", "2016-12-31"]).await;
    assert!(
        good && then.contains("nothing is called `Newtown`"),
        "{then}"
    );
    let (_, old) = told(&world, &["search", "Oldtown", "--as-of", "2016-12-31"]).await;
    assert!(old.contains("Oldtown") && !old.contains("Newtown"), "{old}");
    let (_, undated) = told(&world, &["search", "China", "--as-of", "2016-12-31"]).await;
    assert!(undated.contains("china"), "{undated}");
}

async fn a_claim_is_shown_as_it_stood_then(backend: Backend) {
    let world = revised(backend).await;
    let before = made(&world, then(Some(BETWEEN))).await;
    let first = figures(&world, &before).await[0].claims[0].clone();
    let now = made(&world, then(None)).await;
    let cited = figures(&world, &now).await;
    let mut later = cited.iter().flat_map(|figure| &figure.claims);
    let later = later.find(|claim| claim.contains("/claims/2010.") && **claim != first);
    let later = later.expect("a claim of 2018");
    let (good, stood) = told(&world, &["show", &first, "--as-of", "2016-12-31"]).await;
    assert!(
        good && stood.contains("in force then") && stood.contains("yes"),
        "{stood}"
    );
    let (good, stood) = told(&world, &["show", &first, "--as-of", "2018-12-31"]).await;
    assert!(good && stood.contains("no, but series/"), "{stood}");
    let (good, unknown) = told(&world, &["show", later, "--as-of", "2016-12-31"]).await;
    assert!(!good && unknown.contains("was not known then"), "{unknown}");
}

async fn a_template_is_created_once_for_a_repeated_request(backend: Backend) {
    let world = seeded(backend).await;
    let request = |id: &str| CreateTemplateRequest {
        template_id: id.to_owned(),
        template: Some(template(vec![prose("one", "Words.", Vec::new())])),
        request_id: "0b6a6a0e-55d8-4d8f-8d43-6a4b8a9c1e01".to_owned(),
        ..Default::default()
    };
    let mut reporting = world.reporting();
    let first = reporting.create_template(request("words")).await;
    let again = reporting.create_template(request("words")).await;
    let (first, again) = (first.expect("it is good"), again.expect("it is the same"));
    let (first, again) = (first.into_inner(), again.into_inner());
    assert_eq!((first.replayed, again.replayed), (false, true));
    assert_eq!(
        (again.template, again.snapshot),
        (first.template, first.snapshot)
    );
    let other = reporting.create_template(request("others")).await;
    assert_eq!(
        refused(&other.expect_err("another request")).reason,
        "REQUEST_ID_REUSED"
    );
}
