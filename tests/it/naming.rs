//! Names that say what a claim is, and not when it came: two installations that were given
//! the same releases in another order agree in all that they say.

use std::collections::BTreeSet;

use proto::metrics::v1::{
    Claim, ClaimInput, Coverage, GetClaimRequest, ListClaimVintagesRequest, ListSeriesRequest,
    ListVintageDatesRequest, Release, SeriesData, StreamSeriesRequest, VintageDate,
    WriteClaimsRequest,
};
use proto::reporting::v1::section::Body;
use proto::reporting::v1::{
    Bibliography, Contradictions, FigureTable, Report, Revisions, Section, Template,
};

use crate::harness::naming::name_of;
use crate::harness::{Backend, World, on_both, seeded};
use crate::ingest::{partial, release, row, series, source_series, writing};
use crate::reporting::{
    chart, create, figures, made, observation, page, prose, quoted, template, wanted,
};

on_both!(
    releases_in_any_order_give_the_same_claims,
    releases_in_any_order_give_the_same_vintages,
    releases_in_any_order_give_the_same_report,
    a_claim_of_one_installation_is_found_by_its_name_in_another,
);

/// A release, and what it says in each of its calls: observations with their numbers.
struct Said {
    id: &'static str,
    release: Release,
    calls: Vec<Vec<(&'static str, &'static str, &'static str)>>,
}

/// Indicators that are written about, each with its unit.
const WRITTEN: [(&str, &str); 3] = [
    ("gdp", "usd"),
    ("digital-core", "usd"),
    ("growth", "percent"),
];

/// Two sources that contradict each other, one of them itself, and one that is complete.
fn all() -> Vec<Said> {
    let whole = |published: &str| Release {
        coverage: Coverage::Complete.into(),
        scope: vec!["indicators/gdp".to_owned()],
        ..partial("dataset", published)
    };
    let titled = |id: &'static str, release: Release, calls| Said {
        id,
        release: Release {
            title: format!("The release {id}"),
            ..release
        },
        calls,
    };
    vec![
        titled(
            "first",
            partial("article", "2019-06-01"),
            vec![
                vec![
                    ("gdp", "2016", "5.1"),
                    ("gdp", "2017", "6.1"),
                    ("growth", "2017", "7"),
                ],
                // Corrected, and corrected again.
                vec![("gdp", "2017", "6.2")],
                vec![("gdp", "2017", "6.3"), ("digital-core", "2017", "1.5")],
            ],
        ),
        titled(
            "second",
            partial("article", "2020-06-01"),
            vec![vec![("gdp", "2017", "6.4"), ("gdp", "2018/2019", "14.2")]],
        ),
        titled(
            "other",
            partial("second-article", "2019-12-01"),
            vec![vec![("gdp", "2017", "9.9"), ("growth", "2017", "8.5")]],
        ),
        titled(
            "whole-old",
            whole("2018-01-01"),
            vec![vec![
                ("gdp", "2015", "4.1"),
                ("gdp", "2016", "4.9"),
                ("gdp", "../2014", "30"),
            ]],
        ),
        // Takes 2015 back by leaving it out.
        titled(
            "whole-new",
            whole("2021-01-01"),
            vec![vec![
                ("gdp", "2016", "5.0"),
                ("gdp", "2017", "6.5"),
                ("gdp", "../2014", "31"),
            ]],
        ),
    ]
}

/// An installation that was given all of this in this order.
async fn told(backend: Backend, all: impl Iterator<Item = Said>) -> World {
    let world = seeded(backend).await;
    for said in all {
        release(&world, said.id, said.release).await;
        for call in said.calls {
            let number = |indicator: &str| {
                let found = WRITTEN.iter().position(|(known, _)| *known == indicator);
                i32::try_from(found.expect("it is listed")).expect("a small number")
            };
            let declared = (0..).zip(WRITTEN);
            let declared = declared.map(|(number, (indicator, unit))| {
                source_series(number, series(indicator, "china"), unit)
            });
            let rows = call
                .iter()
                .map(|(indicator, period, digits)| row(number(indicator), period, digits));
            let request = WriteClaimsRequest {
                backfill: true,
                ..writing(
                    said.id,
                    declared.collect(),
                    rows.collect::<Vec<ClaimInput>>(),
                )
            };
            let written = world.metrics().write_claims(request).await;
            written.expect("it is meant");
        }
    }
    world
}

/// Two installations that were told the same, the other way round.
async fn both(backend: Backend) -> (World, World) {
    let one = told(backend, all().into_iter()).await;
    let other = told(backend, all().into_iter().rev()).await;
    (one, other)
}

/// A claim without what only one installation knows: when it was recorded there.
fn as_said(claim: Claim) -> Claim {
    assert_eq!(claim.name, name_of(&claim));
    Claim {
        record_time: None,
        ..claim
    }
}

/// All claims in force.
async fn in_force(world: &World) -> Vec<SeriesData> {
    let request = StreamSeriesRequest::default();
    let stream = world.metrics().stream_series(request).await;
    let mut stream = stream.expect("a stream").into_inner();
    let mut all = Vec::new();
    while let Some(message) = stream.message().await.expect("it goes on") {
        all.extend(message.series.into_iter().map(|data| SeriesData {
            claims: data.claims.into_iter().map(as_said).collect(),
            ..data
        }));
    }
    all
}

async fn releases_in_any_order_give_the_same_claims(backend: Backend) {
    let (one, other) = both(backend).await;
    let claims = in_force(&one).await;
    assert_eq!(claims, in_force(&other).await);
    let names: Vec<_> = claims.iter().flat_map(|data| &data.claims).collect();
    let each: BTreeSet<_> = names.iter().map(|claim| &claim.name).collect();
    assert_eq!((claims.len(), each.len()), (3, names.len()));
    let corrected = names.iter().filter(|claim| claim.ordinal > 1);
    assert_eq!(corrected.count(), 0, "what was corrected was revised since");
}

/// Every vintage of every observation, and when each series was revised.
async fn vintages(world: &World) -> (Vec<Claim>, Vec<VintageDate>) {
    let mut metrics = world.metrics();
    let listed = metrics.list_series(ListSeriesRequest::default()).await;
    let listed = listed.expect("a page").into_inner().series;
    let (mut claims, mut dates) = (Vec::new(), Vec::new());
    for series in listed {
        for period in ["../2014", "2015", "2016", "2017", "2018/2019"] {
            let request = ListClaimVintagesRequest {
                series: series.name.clone(),
                period: period.to_owned(),
                ..Default::default()
            };
            let answer = metrics.list_claim_vintages(request).await;
            let answer = answer.expect("the series has figures").into_inner();
            claims.extend(answer.claims.into_iter().map(as_said));
        }
        let request = ListVintageDatesRequest {
            series: series.name,
            ..Default::default()
        };
        let answer = metrics.list_vintage_dates(request).await;
        dates.extend(answer.expect("it has figures").into_inner().vintages);
    }
    (claims, dates)
}

async fn releases_in_any_order_give_the_same_vintages(backend: Backend) {
    let (one, other) = both(backend).await;
    let (claims, dates) = vintages(&one).await;
    assert_eq!((claims.clone(), dates), vintages(&other).await);
    let names: BTreeSet<_> = claims.iter().map(|claim| &claim.name).collect();
    assert_eq!(names.len(), claims.len(), "each has a name of its own");
    let ordinals: Vec<_> = claims
        .iter()
        .filter(|claim| claim.name.contains("/claims/2017.") && claim.release == "releases/first")
        .filter(|claim| {
            claim
                .provenance
                .as_ref()
                .is_some_and(|p| p.unit == "units/usd")
        })
        .map(|claim| claim.ordinal)
        .collect();
    // GDP was said and corrected twice, the core once.
    let mut expected = ordinals;
    expected.sort_unstable();
    assert_eq!(expected, [1, 1, 2, 3]);
    let taken_back: Vec<_> = claims.iter().filter(|claim| claim.withdrawn).collect();
    let [only] = taken_back.as_slice() else {
        panic!("{taken_back:?}");
    };
    let period = only.period.clone().unwrap_or_default().code;
    assert_eq!(
        (only.release.as_str(), period.as_str(), only.ordinal),
        ("releases/whole-new", "2015", 1)
    );
}

/// Every way to print figures: text, chart, table, contradictions, vintages, sources.
fn report() -> Template {
    let with = |id: &str, body: Body| Section {
        body: Some(body),
        ..prose(id, "What was said.", Vec::new())
    };
    let filter = "entity = \"entities/china\"".to_owned();
    let table = FigureTable {
        filter: filter.clone(),
        ..Default::default()
    };
    let against = Contradictions {
        filter,
        siblings: true,
    };
    let revisions = Revisions {
        observations: vec![observation("gdp", "2017")],
        ..Default::default()
    };
    template(vec![
        prose(
            "text",
            "It was {gdp}, which grew by {growth}.",
            vec![
                quoted("gdp", observation("gdp", "2017")),
                quoted("growth", observation("growth", "2017")),
            ],
        ),
        chart("lines", &[&["gdp"], &["digital-core"]]),
        with("table", Body::Table(table)),
        with("against", Body::Contradictions(against)),
        with("revisions", Body::Revisions(revisions)),
        with("sources", Body::Bibliography(Bibliography {})),
    ])
}

async fn releases_in_any_order_give_the_same_report(backend: Backend) {
    let (one, other) = both(backend).await;
    let mut told = Vec::new();
    for world in [&one, &other] {
        create(world, "it", report()).await.expect("it is good");
        let made = made(world, wanted("it", &[])).await;
        let cited = figures(world, &made).await;
        told.push((page(world, &made).await, cited, digests(&made)));
    }
    let [first, second] = <[_; 2]>::try_from(told).expect("two reports");
    assert_eq!(first.1, second.1, "the same figures cite the same claims");
    assert!(first.0 == second.0, "the pages differ");
    assert_eq!(first.2, second.2);
    assert_eq!(first.2.len(), 2, "page and print");
}

/// What the files of a report are told by.
fn digests(report: &Report) -> Vec<String> {
    let files = report.artefacts.iter();
    files.map(|file| file.digest.clone()).collect()
}

async fn a_claim_of_one_installation_is_found_by_its_name_in_another(backend: Backend) {
    let (one, other) = both(backend).await;
    let (claims, _) = vintages(&one).await;
    for claim in claims {
        let request = GetClaimRequest {
            name: claim.name.clone(),
            ..Default::default()
        };
        let found = other.metrics().get_claim(request).await;
        let found = found.expect("it was told the same").into_inner();
        assert_eq!(found.claim.map(as_said), Some(claim));
    }
}
