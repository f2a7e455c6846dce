//! A series by its name, by what it is about, or by both: which must then mean one series.
//! And refusals that name fields which the request has.

use std::collections::BTreeMap;

use proto::figure::v1::OnError;
use proto::metrics::v1::{
    ClaimInput, GetClaimSetRequest, GetSeriesRequest, ListClaimVintagesRequest,
    ListVintageDatesRequest, Provenance, Series, SeriesKey, SourceSeriesDeclaration,
    WriteClaimsRequest,
};
use tonic::{Code, Status};

use crate::harness::path::exists;
use crate::harness::quantity::{exact, range, scaled};
use crate::harness::{Backend, World, on_both, refused, refused_row, seeded};
use crate::ingest::{claim, partial, release, row, series, source_series, write, writing};

on_both!(
    a_name_and_a_key_of_two_series_are_refused_wherever_both_are_taken,
    a_name_and_a_key_of_one_series_are_that_series,
    a_key_may_spell_out_what_goes_without_saying,
    one_of_name_and_key_is_required,
    what_is_wrong_with_a_key_is_named_by_field,
    every_fault_of_a_write_names_a_field_of_its_request,
    every_fault_of_a_row_names_a_field_of_the_row_or_its_declaration,
);

/// A world with two series; their names.
async fn two(backend: Backend) -> (World, [Series; 2]) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let keys = [series("gdp", "china"), series("size", "china")];
    let units = ["usd", "count"];
    let declared = (0..).zip(keys.iter().zip(units));
    let declared = declared.map(|(number, (key, unit))| source_series(number, key.clone(), unit));
    let rows = vec![row(0, "2018", "8"), row(1, "2018", "9")];
    write(&world, "r", declared.collect(), rows).await;
    let mut named = Vec::new();
    for key in keys {
        let request = GetSeriesRequest {
            key: Some(key),
            ..Default::default()
        };
        let answer = world.metrics().get_series(request).await;
        let data = answer.expect("it has figures").into_inner().data;
        named.push(data.unwrap_or_default().series.expect("a series"));
    }
    (world, named.try_into().expect("two of them"))
}

/// An answer in short: what of it must not differ.
type Answer = Result<String, Status>;

/// What each method that takes a series both ways answers: its request, the fields for the
/// name and the key, and the answer.
async fn asked(
    world: &World,
    name: &str,
    key: Option<SeriesKey>,
) -> Vec<(&'static str, [&'static str; 2], Answer)> {
    let mut metrics = world.metrics();
    let told = |answer: &dyn std::fmt::Debug| format!("{answer:?}");
    let (name, period) = (name.to_owned(), "2018".to_owned());
    let figures = GetSeriesRequest {
        name: name.clone(),
        key: key.clone(),
        ..Default::default()
    };
    let figures = metrics.get_series(figures).await;
    let set = GetClaimSetRequest {
        series: name.clone(),
        series_key: key.clone(),
        period: period.clone(),
        ..Default::default()
    };
    let set = metrics.get_claim_set(set).await;
    let vintages = ListClaimVintagesRequest {
        series: name.clone(),
        series_key: key.clone(),
        period,
        ..Default::default()
    };
    let vintages = metrics.list_claim_vintages(vintages).await;
    let dates = ListVintageDatesRequest {
        series: name,
        series_key: key,
        ..Default::default()
    };
    let dates = metrics.list_vintage_dates(dates).await;
    vec![
        (
            "GetSeriesRequest",
            ["name", "key"],
            figures.map(|answer| told(&answer.into_inner())),
        ),
        (
            "GetClaimSetRequest",
            ["series", "series_key"],
            set.map(|answer| told(&answer.into_inner())),
        ),
        (
            "ListClaimVintagesRequest",
            ["series", "series_key"],
            vintages.map(|answer| told(&answer.into_inner())),
        ),
        (
            "ListVintageDatesRequest",
            ["series", "series_key"],
            dates.map(|answer| told(&answer.into_inner())),
        ),
    ]
}

/// Whether a request of metrics has a field at a path.
fn has(request: &str, path: &str) -> bool {
    exists(&format!("almanac.metrics.v1.{request}"), path)
}

async fn a_name_and_a_key_of_two_series_are_refused_wherever_both_are_taken(backend: Backend) {
    let (world, [gdp, size]) = two(backend).await;
    let of_france = Some(series("gdp", "france"));
    let part = SeriesKey {
        breakdown: [("sector".to_owned(), "energy".to_owned())].into(),
        ..series("size", "china")
    };
    for (name, key) in [
        (&gdp.name, size.key.clone()),
        (&size.name, gdp.key.clone()),
        // There are no figures of these, but another series they are all the same.
        (&gdp.name, of_france),
        (&size.name, Some(part)),
        (&format!("series/{}", "0".repeat(32)), gdp.key.clone()),
    ] {
        for (request, own, answer) in asked(&world, name, key.clone()).await {
            let refusal = refused(&answer.expect_err("they are two"));
            assert_eq!(
                (refusal.code, refusal.reason.as_str()),
                (Code::InvalidArgument, "SERIES_MISMATCH"),
                "{request}: {refusal:?}"
            );
            assert!(!refusal.fields.is_empty(), "{request}: {refusal:?}");
            for field in &refusal.fields {
                assert!(own.contains(&field.as_str()), "{request}: {refusal:?}");
            }
        }
    }
}

async fn a_name_and_a_key_of_one_series_are_that_series(backend: Backend) {
    let (world, both) = two(backend).await;
    for series in both {
        let by_name = asked(&world, &series.name, None).await;
        let by_key = asked(&world, "", series.key.clone()).await;
        let by_both = asked(&world, &series.name, series.key.clone()).await;
        for ((one, two), three) in by_name.into_iter().zip(by_key).zip(by_both) {
            let name = one.2.expect("by name");
            assert!(name.contains(&series.name) || one.0 == "ListVintageDatesRequest");
            assert_eq!(two.2.expect("by key"), name, "{}", one.0);
            assert_eq!(three.2.expect("by both"), name, "{}", one.0);
        }
    }
}

async fn a_key_may_spell_out_what_goes_without_saying(backend: Backend) {
    let (world, [_, size]) = two(backend).await;
    let spelled = SeriesKey {
        breakdown: [("sector".to_owned(), "all".to_owned())].into(),
        ..series("size", "china")
    };
    let short = asked(&world, "", size.key.clone()).await;
    let spelled = asked(&world, &size.name, Some(spelled)).await;
    for (short, spelled) in short.into_iter().zip(spelled) {
        let answer = short.2.expect("it has figures");
        assert_eq!(spelled.2.expect("it is the same"), answer, "{}", short.0);
    }
}

async fn one_of_name_and_key_is_required(backend: Backend) {
    let (world, _) = two(backend).await;
    for (request, [name, _], answer) in asked(&world, "", None).await {
        let refusal = refused(&answer.expect_err(request));
        refusal.is(Code::InvalidArgument, "FIELD_REQUIRED", &[name]);
    }
}

async fn what_is_wrong_with_a_key_is_named_by_field(backend: Backend) {
    let (world, [gdp, _]) = two(backend).await;
    let wrong = SeriesKey {
        indicator: "gdp".to_owned(),
        entity: "China".to_owned(),
        counterpart: "france".to_owned(),
        breakdown: BTreeMap::new(),
    };
    for name in ["", gdp.name.as_str()] {
        for (request, [_, key], answer) in asked(&world, name, Some(wrong.clone())).await {
            let refusal = refused(&answer.expect_err(request));
            let fields = ["indicator", "entity", "counterpart"];
            let fields = fields.map(|field| format!("{key}.{field}"));
            let fields: Vec<_> = fields.iter().map(String::as_str).collect();
            refusal.is(Code::InvalidArgument, "FIELD_INVALID", &fields);
            assert!(fields.iter().all(|field| has(request, field)));
        }
    }
    for (request, [name, _], answer) in asked(&world, "gdp", gdp.key.clone()).await {
        let refusal = refused(&answer.expect_err(request));
        refusal.is(Code::InvalidArgument, "FIELD_INVALID", &[name]);
    }
}

/// Declarations that are wrong, each with its reason.
fn declarations() -> Vec<(SourceSeriesDeclaration, &'static str)> {
    let broken_down = |breakdown: &str, code: &str| SeriesKey {
        breakdown: [(breakdown.to_owned(), code.to_owned())].into(),
        ..series("size", "china")
    };
    let against = |indicator: &str, counterpart: &str| SeriesKey {
        counterpart: counterpart.to_owned(),
        ..series(indicator, "china")
    };
    let by = |originator: &str, source: &str, class: i32| SourceSeriesDeclaration {
        provenance: Some(Provenance {
            originator: originator.to_owned(),
            source: source.to_owned(),
            unit: "usd".to_owned(),
            nature_class: class,
        }),
        ..source_series(1, series("gdp", "china"), "usd")
    };
    let misfit = "BREAKDOWN_INVALID";
    let of = |key: SeriesKey, unit: &str| source_series(1, key, unit);
    vec![
        (of(series("nothing", "china"), "usd"), "INDICATOR_UNKNOWN"),
        (of(series("gdp", "nowhere"), "usd"), "ENTITY_UNKNOWN"),
        (of(series("gdp", "china"), "guilders"), "UNIT_UNKNOWN"),
        (of(series("gdp", "china"), ""), "FIELD_REQUIRED"),
        (of(series("gdp", "china"), "gigabyte"), "UNIT_NOT_ALLOWED"),
        (of(broken_down("sex", "men"), "count"), misfit),
        (of(broken_down("sector", "steel"), "count"), misfit),
        (of(against("gdp", "entities/france"), "usd"), misfit),
        (of(against("trade", ""), "usd"), misfit),
        (
            of(against("trade", "entities/nowhere"), "usd"),
            "ENTITY_UNKNOWN",
        ),
        (by("entities/nobody", "", 0), "ENTITY_UNKNOWN"),
        (by("", "entities/dataset", 0), "FIELD_INVALID"),
        (by("", "", 99), "FIELD_INVALID"),
    ]
}

/// Rows that are wrong, each with its reason.
fn rows() -> Vec<(ClaimInput, &'static str)> {
    let mut role = row(1, "2018", "1");
    role.period.get_or_insert_default().role = 9;
    let flagged = ClaimInput {
        flags: vec!["Z".to_owned()],
        ..row(1, "2018", "1")
    };
    let both = ClaimInput {
        withdrawn: true,
        ..row(1, "2018", "1")
    };
    vec![
        (row(7, "2018", "1"), "SOURCE_SERIES_UNDECLARED"),
        (row(1, "2018-13", "1"), "PERIOD_INVALID"),
        (row(1, "2018", "one"), "NUMBER_INVALID"),
        (claim(1, "2018", range("3", "2")), "BOUNDS_REVERSED"),
        (claim(1, "2018", scaled(exact("1"), 31)), "FIELD_INVALID"),
        (role, "FIELD_INVALID"),
        (flagged, "FIELD_INVALID"),
        (both, "QUANTITY_CONTRADICTORY"),
    ]
}

/// A write with one thing wrong with it; what.
fn writes() -> Vec<(WriteClaimsRequest, &'static str)> {
    let good = || vec![source_series(1, series("gdp", "china"), "usd")];
    let declared = declarations().into_iter();
    let declared = declared.map(|(declaration, reason)| {
        // A good one before it, so that its place is told.
        let before = source_series(0, series("gdp", "china"), "usd");
        let rows = vec![row(1, "2018", "1")];
        (writing("r", vec![before, declaration], rows), reason)
    });
    let stated = rows().into_iter();
    let stated = stated.map(|(wrong, reason)| {
        let rows = vec![row(1, "2017", "1"), wrong];
        (writing("r", good(), rows), reason)
    });
    declared.chain(stated).collect()
}

async fn every_fault_of_a_write_names_a_field_of_its_request(backend: Backend) {
    let (world, _) = two(backend).await;
    for (request, reason) in writes() {
        let status = world.metrics().write_claims(request.clone()).await;
        let refusal = refused(&status.expect_err(reason));
        assert_eq!(
            (refusal.code, refusal.reason.as_str()),
            (Code::InvalidArgument, reason)
        );
        assert!(!refusal.fields.is_empty(), "{refusal:?}");
        for field in &refusal.fields {
            assert!(has("WriteClaimsRequest", field), "{field}: {refusal:?}");
        }
        // The fault stands in the second declaration, told there or at the row that refers to
        // it, or in the second row.
        let place = &refusal.fields[0];
        let expected = match request.source_series.len() {
            2 => ["source_series[1]", "claims[0].source_series"],
            _ => ["claims[1]", "claims[1]"],
        };
        assert!(
            expected.iter().any(|start| place.starts_with(start)),
            "{refusal:?}"
        );
    }
}

async fn every_fault_of_a_row_names_a_field_of_the_row_or_its_declaration(backend: Backend) {
    let (world, _) = two(backend).await;
    for (request, reason) in writes() {
        let request = WriteClaimsRequest {
            on_error: OnError::SkipRows.into(),
            ..request
        };
        let answer = world.metrics().write_claims(request).await;
        let answer = answer.expect("bad rows are data").into_inner();
        let [only] = answer.row_errors.as_slice() else {
            panic!("{reason}: {:?}", answer.row_errors);
        };
        let (_, refusal) = refused_row(only);
        assert_eq!(refusal.reason, reason);
        assert!(!refusal.fields.is_empty(), "{refusal:?}");
        for field in &refusal.fields {
            let known = has("ClaimInput", field) || has("SourceSeriesDeclaration", field);
            assert!(known, "{field}: {refusal:?}");
        }
    }
}
