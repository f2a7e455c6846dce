//! What a report prints: every number has a record, every record claims that exist, and
//! the numbers are right.

use std::collections::BTreeSet;

use proto::figure::v1::Calculation;
use proto::metrics::v1::{Claim, GetClaimRequest};
use proto::reporting::v1::section::Body;
use proto::reporting::v1::{
    Bibliography, DownloadArtefactRequest, Figure, FigureTable, ListFiguresRequest, Report,
    Section, Template,
};
use sha2::{Digest as _, Sha256};
use tonic::Code;

use crate::harness::naming::hex;
use crate::harness::quantity::number;
use crate::harness::{Backend, World, at, on_both, refused, seeded};
use crate::reporting::{
    Stated, chart, computed, create, figures, made, observation, page, pieces, prose, quoted,
    state, template, wanted,
};

on_both!(
    every_printed_number_has_a_figure_and_every_figure_claims,
    printed_numbers_can_be_computed_again,
    a_file_comes_in_pieces_and_is_what_its_digest_says,
    a_file_has_nothing_of_the_place_and_time_it_was_made,
    what_is_not_there_cannot_be_downloaded,
);

const FIRST: [Stated<'_>; 7] = [
    ("gdp", "2018", "91.9", 12, "cny"),
    ("gdp", "2019", "98.7", 12, "cny"),
    ("digital-broad", "2018", "31.3", 12, "cny"),
    ("digital-broad", "2019", "35.8", 12, "cny"),
    ("digital-core", "2019", "7.1", 12, "cny"),
    ("growth", "2019", "7.4", 0, "percent"),
    ("size", "2019", "1234", 0, "count"),
];

/// What another source says of one of the same observations.
const SECOND: [Stated<'_>; 1] = [("digital-broad", "2019", "36.25", 12, "cny")];

/// A template with ten numbers in one paragraph, then a chart and a table of the same.
fn ten() -> Template {
    let of = |indicator, year| observation(indicator, year);
    let bindings = vec![
        quoted("gdp", of("gdp", "2018")),
        quoted("later", of("gdp", "2019")),
        quoted("core", of("digital-core", "2019")),
        quoted("growth", of("growth", "2019")),
        quoted("size", of("size", "2019")),
        computed(
            "more",
            Calculation::Difference,
            of("gdp", "2018"),
            of("gdp", "2019"),
        ),
        computed(
            "change",
            Calculation::Change,
            of("gdp", "2018"),
            of("gdp", "2019"),
        ),
        computed(
            "times",
            Calculation::Ratio,
            of("digital-broad", "2018"),
            of("gdp", "2018"),
        ),
        computed(
            "share",
            Calculation::Share,
            of("digital-broad", "2018"),
            of("gdp", "2018"),
        ),
        computed(
            "whole",
            Calculation::Whole,
            of("gdp", "2019"),
            of("growth", "2019"),
        ),
    ];
    let table = Section {
        body: Some(Body::Table(FigureTable {
            filter: "entity = \"entities/china\"".to_owned(),
            ..Default::default()
        })),
        ..prose("table", "Each as its source has it.", Vec::new())
    };
    let sources = Section {
        body: Some(Body::Bibliography(Bibliography {})),
        ..prose("sources", "Who said so.", Vec::new())
    };
    let places = |section: Section| Section {
        bindings: section.bindings.into_iter().map(with_places).collect(),
        ..section
    };
    let keys = "{gdp} {later} {core} {growth} {size} {more} {change} {times} {share} {whole}";
    template(vec![
        places(prose("ten", keys, bindings)),
        in_trillions(chart("chart", &[&["gdp"], &["digital-broad"]])),
        table,
        sources,
    ])
}

/// A chart with its axis in trillions.
fn in_trillions(mut section: Section) -> Section {
    if let Some(Body::Chart(chart)) = &mut section.body {
        chart.multiplier = 12;
    }
    section
}

/// Two digits after the point, wherever something is computed.
fn with_places(mut binding: proto::reporting::v1::Binding) -> proto::reporting::v1::Binding {
    if let Some(proto::reporting::v1::binding::Value::Computed(computed)) = &mut binding.value {
        computed.decimals = Some(2);
    }
    binding
}

async fn reported(backend: Backend) -> (World, Report) {
    let world = seeded(backend).await;
    state(&world, "article", "first", &FIRST).await;
    state(&world, "second-article", "second", &SECOND).await;
    create(&world, "ten", ten()).await.expect("it is good");
    let report = made(&world, wanted("ten", &[])).await;
    (world, report)
}

async fn claim(world: &World, name: &str, at_snapshot: &str) -> Claim {
    let request = GetClaimRequest {
        name: name.to_owned(),
        consistency: at(at_snapshot),
    };
    let answer = world.metrics().get_claim(request).await;
    answer
        .expect("it exists")
        .into_inner()
        .claim
        .expect("the claim")
}

/// Whether a page names a claim: whole, or by its series and its id below it.
pub fn names(page: &str, claim: &str) -> bool {
    let (series, id) = claim.split_once("/claims/").expect("the name of a claim");
    page.contains(claim)
        || page.contains(&format!(">{series}</code>")) && page.contains(&format!(">{id}</code>"))
}

/// What the appendix says of a figure.
pub fn entry(page: &str, number: i32) -> &str {
    let entry = page.split(&format!("id=\"c{number}\"")).nth(1);
    let entry = entry.expect("it has an entry");
    entry.split("</li>").next().unwrap_or_default()
}

/// The numbers a page prints: of which figure, and the text of it.
pub fn printed(page: &str) -> Vec<(i32, String)> {
    let links = page.split("<a class=\"figure\"").skip(1);
    let link = |rest: &str| {
        let (head, rest) = rest.split_once("href=\"#c").expect("it leads to a claim");
        let (number, rest) = rest.split_once("\">").expect("the link has a text");
        let text = rest.split_once("</a>").expect("the link ends").0;
        let text = text.split("<sup").next().unwrap_or_default();
        assert!(head.trim().is_empty() || head.contains("id=\"f"), "{head}");
        (number.parse().expect("a number"), text.to_owned())
    };
    links.map(link).collect()
}

async fn every_printed_number_has_a_figure_and_every_figure_claims(backend: Backend) {
    let (world, report) = reported(backend).await;
    let page = page(&world, &report).await;
    let figures = figures(&world, &report).await;
    assert_eq!(figures.len(), report.figure_count as usize);
    let numbers: Vec<_> = figures.iter().map(|figure| figure.number).collect();
    assert_eq!(numbers, (1..=report.figure_count).collect::<Vec<_>>());

    let printed = printed(&page);
    let cited: BTreeSet<_> = printed.iter().map(|(number, _)| *number).collect();
    assert_eq!(cited, numbers.iter().copied().collect());
    // Where a unit stands over a column the number stands without it.
    for (number, text) in &printed {
        let figure = &figures[*number as usize - 1];
        assert!(figure.text.contains(text), "{text}: {figure:?}");
    }
    for figure in &figures {
        assert!(
            page.contains(&format!("id=\"f{}\"", figure.number)),
            "{figure:?}"
        );
        assert!(
            page.contains(&format!("id=\"c{}\"", figure.number)),
            "{figure:?}"
        );
        assert_eq!(
            figure.claims.len(),
            if figure.result.is_some() { 2 } else { 1 }
        );
        assert_eq!(figure.claims.len(), figure.releases.len());
        for (name, release) in figure.claims.iter().zip(&figure.releases) {
            let claim = claim(&world, name, &report.snapshot).await;
            assert_eq!((&claim.name, &claim.release), (name, release));
            assert!(names(&page, name), "{name}");
            assert!(page.contains(release.as_str()), "{release}");
        }
        if let Some(result) = &figure.result {
            assert_eq!(result.claims, figure.claims);
            let entry = entry(&page, figure.number);
            for name in &result.claims {
                let input = figures.iter().find(|one| one.claims == [name.clone()]);
                let input = input.expect("each input is quoted").number;
                assert!(entry.contains(&format!(">[{input}]</a>")), "{entry}");
            }
        }
    }
    let contested = figures.iter().filter(|figure| figure.alternatives == 1);
    assert_eq!(
        contested.count(),
        2,
        "both sources of one observation stand there"
    );
    // The words of the template have no digits, so a digit that is no figure would be one
    // that nobody stated.
    let prose = page.split("id=\"ten\"").nth(1).expect("the section");
    let prose = prose.split("</section>").next().expect("its end");
    let bare: String = prose
        .split("<a class=\"figure\"")
        .map(|part| part.split_once("</a>").map_or(part, |(_, rest)| rest))
        .collect();
    let words: String = bare
        .split('<')
        .filter_map(|part| Some(part.split_once('>')?.1))
        .collect();
    assert!(!words.contains(|c: char| c.is_ascii_digit()), "{words}");
}

/// A number given in units of the last of so many digits after the point, thousands apart.
fn spelled(number: i128, places: u32) -> String {
    let unit = 10_i128.pow(places);
    let (whole, rest) = (number / unit, number % unit);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match places {
        0 => grouped,
        places => format!("{grouped}.{rest:0width$}", width = places as usize),
    }
}

/// A quotient, half to even.
fn quotient(a: i128, b: i128) -> i128 {
    let (whole, rest) = (a / b, (a % b) * 2);
    whole + i128::from(rest > b || (rest == b && whole % 2 == 1))
}

/// The number of a claim in thousandths.
fn thousandths(claim: &Claim) -> i128 {
    let number = number(claim.quantity.as_ref().expect("a quantity"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    format!("{whole}{fraction:0<3}")
        .parse()
        .expect("a number of few digits")
}

async fn printed_numbers_can_be_computed_again(backend: Backend) {
    let (world, report) = reported(backend).await;
    let figures = figures(&world, &report).await;
    let ten: Vec<&Figure> = figures.iter().filter(|one| one.section == "ten").collect();
    assert_eq!(ten.len(), 10);
    let mut again = Vec::new();
    for figure in &ten {
        let mut inputs = Vec::new();
        for name in &figure.claims {
            inputs.push(claim(&world, name, "").await);
        }
        again.push(match inputs.as_slice() {
            [one] => {
                let number = number(one.quantity.as_ref().expect("a quantity"));
                let unit = &one.provenance.as_ref().expect("a provenance").unit;
                match unit.as_str() {
                    "units/cny" => format!("{number} trillion cny"),
                    "units/percent" => format!("{number} percent"),
                    "units/count" => "1,234".to_owned(),
                    other => panic!("{other}"),
                }
            }
            [a, b] => {
                let (a, b) = (thousandths(a), thousandths(b));
                let expression = &figure.result.as_ref().expect("a result").expression;
                match figure.number {
                    // As many digits as the rounding of the two leaves sure: two are asked
                    // for.
                    6 => format!("{} trillion cny", spelled((b - a) / 100, 1)),
                    7 => format!("{}%", spelled(quotient((b - a) * 100, a), 0)),
                    8 => spelled(quotient(b * 100, a), 2),
                    9 => format!("{}%", spelled(quotient(a * 1_000, b), 1)),
                    10 => format!("{} trillion cny", spelled(quotient(a * 100, b), 0)),
                    _ => panic!("{expression}"),
                }
            }
            _ => panic!("{figure:?}"),
        });
    }
    let told: Vec<_> = ten.iter().map(|figure| figure.text.as_str()).collect();
    assert_eq!(told, again);
}

async fn a_file_comes_in_pieces_and_is_what_its_digest_says(backend: Backend) {
    let world = seeded(backend).await;
    let mut years = Vec::new();
    for year in 1800..2020 {
        years.push((year.to_string(), format!("{}.5", year - 1700)));
    }
    let stated: Vec<Stated<'_>> = years
        .iter()
        .map(|(year, number)| ("gdp", year.as_str(), number.as_str(), 9, "cny"))
        .collect();
    state(&world, "article", "first", &stated).await;
    let sections = vec![chart("gdp", &[&["gdp"]])];
    create(&world, "long", template(sections))
        .await
        .expect("it is good");
    let report = made(&world, wanted("long", &[])).await;
    let pieces = pieces(&world, &report).await;
    assert!(pieces.len() > 1, "the file is long");
    assert!(
        pieces
            .iter()
            .all(|piece| (1..=64 * 1024).contains(&piece.len()))
    );
    let bytes = pieces.concat();
    let artefact = &report.artefacts[0];
    assert_eq!(artefact.media_type, "text/html; charset=utf-8");
    assert_eq!(artefact.size_bytes, bytes.len() as i64);
    assert_eq!(
        artefact.digest,
        format!("sha256:{}", hex(&Sha256::digest(&bytes)))
    );
    let request = ListFiguresRequest {
        report: report.name,
        ..Default::default()
    };
    let first = world.reporting().list_figures(request).await;
    assert_eq!(first.expect("a page").into_inner().figures.len(), 100);
}

async fn a_file_has_nothing_of_the_place_and_time_it_was_made(backend: Backend) {
    let (world, report) = reported(backend).await;
    let page = page(&world, &report).await;
    let seconds = report.create_time.expect("a time").seconds;
    let time = jiff::Timestamp::from_second(seconds)
        .expect("a time")
        .to_string();
    let today = time.split('T').next().expect("a date");
    let id = report.name.trim_start_matches("reports/");
    let folder = world.data_dir().display().to_string();
    let port = world.address().port().to_string();
    for inside in [
        &report.snapshot,
        id,
        &folder,
        today,
        &format!(":{port}"),
        "/tmp",
        "localhost",
    ] {
        assert!(!page.contains(inside), "it has {inside}");
    }
    // The same content in another installation is the same file.
    let (other_world, other) = reported(backend).await;
    assert_ne!(
        (&other.name, &other.snapshot),
        (&report.name, &report.snapshot)
    );
    assert_eq!(other.artefacts[0].digest, report.artefacts[0].digest);
    assert_eq!(crate::reporting::page(&other_world, &other).await, page);
}

async fn what_is_not_there_cannot_be_downloaded(backend: Backend) {
    let (world, report) = reported(backend).await;
    let download = |name: String| {
        let mut reporting = world.reporting();
        async move {
            reporting
                .download_artefact(DownloadArtefactRequest {
                    name,
                    ..Default::default()
                })
                .await
        }
    };
    for name in [
        format!("{}/artefacts/docx", report.name),
        "reports/0/artefacts/html".to_owned(),
    ] {
        let status = download(name).await.expect_err("it is not there");
        refused(&status).is(Code::NotFound, "REPORT_NOT_FOUND", &[]);
    }
    let status = download(report.name).await.expect_err("no file");
    refused(&status).is(Code::InvalidArgument, "FIELD_INVALID", &["name"]);
    let request = ListFiguresRequest {
        report: "reports/0".to_owned(),
        ..Default::default()
    };
    let status = world.reporting().list_figures(request).await;
    refused(&status.expect_err("none")).is(Code::NotFound, "REPORT_NOT_FOUND", &[]);
}
