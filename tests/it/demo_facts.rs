//! The figures of the demo's articles, asked for over the wire and compared with the table
//! they were read into.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use proto::figure::v1::quantity::Value;
use proto::figure::v1::{
    Bound, Calculation, Mismatch, RefusalReason, Result as Computed, Trend, Verdict,
};
use proto::metrics::v1::{
    CalculateRequest, Claim, ClaimSet, ClaimSetState, GetClaimSetRequest, SeriesKey,
    StreamSeriesRequest,
};
use tonic::{Code, Status};

use crate::harness::naming::name_of;
use crate::harness::process::output;
use crate::harness::quantity::number;
use crate::harness::{Backend, World, on_both, refused};
use crate::ingest::series;

on_both!(the_facts_of_the_articles_stand);

fn demo(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("demo")
        .join(file)
}

async fn run(world: &World, command: &str, name: &str, file: &str) {
    let (name, file) = match name {
        "vocabulary" | "definitions" => (name.to_owned(), demo(file)),
        mapping => (demo(mapping).display().to_string(), demo(file)),
    };
    let arguments = [command, &name, &file.display().to_string()];
    let done = output(world.command(&arguments)).await;
    let complaint = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{arguments:?}: {complaint}");
}

/// What one row of the table says, by column.
type Row = HashMap<String, String>;

fn table() -> Vec<Row> {
    let packed = File::open(demo("data/observations.csv.gz")).expect("it is there");
    let mut table = csv::Reader::from_reader(GzDecoder::new(packed));
    table
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("it is a table")
}

/// All claims of the articles with their series, by the key of their row.
async fn figures(world: &World) -> BTreeMap<String, (SeriesKey, Claim)> {
    let stream = world
        .metrics()
        .stream_series(StreamSeriesRequest::default())
        .await;
    let mut stream = stream.expect("a stream").into_inner();
    let mut figures = BTreeMap::new();
    while let Some(message) = stream.message().await.expect("it goes on") {
        for data in message.series {
            let series = data.series.expect("figures have a series").key;
            let series = series.expect("a series has a key");
            for claim in data.claims {
                assert_eq!(claim.name, name_of(&claim));
                let key = claim.text.clone().unwrap_or_default().key;
                figures.insert(key, (series.clone(), claim));
            }
        }
    }
    figures
}

async fn the_facts_of_the_articles_stand(backend: Backend) {
    let world = World::start(backend).await;
    run(&world, "apply", "vocabulary", "vocabulary.toml").await;
    run(&world, "apply", "definitions", "definitions.toml").await;
    let tables = ["sources", "entities", "observations"];
    for table in tables {
        let (mapping, data) = (
            format!("mappings/{table}.toml"),
            format!("data/{table}.csv.gz"),
        );
        run(&world, "import", &mapping, &data).await;
    }
    let figures = figures(&world).await;
    let rows = table();
    assert_eq!((rows.len(), figures.len()), (86, 86));
    for row in &rows {
        is_as_printed(row, &figures[&row["id"]]);
    }
    two_sizes_of_one_economy_stay_two(&world).await;
    one_trade_in_two_currencies_is_no_contradiction(&world).await;
    shares_by_two_definitions_are_not_joined(&world, &figures).await;
    computed_figures_keep_their_doubt(&world, &figures).await;
}

fn is_as_printed(row: &Row, (series, claim): &(SeriesKey, Claim)) {
    let id = &row["id"];
    let quantity = claim.quantity.clone().unwrap_or_default();
    let period = claim.period.clone().unwrap_or_default();
    let provenance = claim.provenance.clone().unwrap_or_default();
    let multiplier = match row["scale"].as_str() {
        "" => 0,
        "million" => 6,
        "billion" => 9,
        "trillion" => 12,
        scale => panic!("{id}: {scale}"),
    };
    let bound = match row["qualifier"].as_str() {
        "exact" | "quadruple" | "tenfold" => Bound::Exact,
        "more-than" => Bound::GreaterThan,
        "less-than" => Bound::LessThan,
        "about" => Bound::About,
        "nearly" => Bound::Nearly,
        "increasing" | "significantly-higher" => Bound::Unspecified,
        qualifier => panic!("{id}: {qualifier}"),
    };
    let trend = match row["qualifier"].as_str() {
        "increasing" => Some(Trend::Increasing),
        "significantly-higher" => Some(Trend::Higher),
        _ => None,
    };
    assert_eq!(number(&quantity), row["value"], "{id}");
    assert_eq!(quantity.multiplier, multiplier, "{id}");
    let words = match quantity.value {
        Some(Value::Trend(trend)) => Trend::try_from(trend).ok(),
        _ => None,
    };
    assert_eq!((quantity.bound(), words), (bound, trend), "{id}");
    assert_eq!(quantity.as_published, row["as_printed"], "{id}");
    assert_eq!(period.code, row["period"], "{id}");
    assert_eq!(
        series.entity,
        format!("entities/{}", row["entity_id"]),
        "{id}"
    );
    let point = claim.interval.clone().unwrap_or_default().point;
    assert_eq!(point, row["value_expanded"], "{id}");
    let originator = match row["attributed_to"].as_str() {
        "" => String::new(),
        named => format!("entities/{named}"),
    };
    assert_eq!(provenance.originator, originator, "{id}");
}

async fn set(world: &World, indicator: &str, period: &str) -> ClaimSet {
    let request = GetClaimSetRequest {
        series_key: Some(series(indicator, "china")),
        period: period.to_owned(),
        ..Default::default()
    };
    let answer = world.metrics().get_claim_set(request).await;
    answer
        .expect("it is there")
        .into_inner()
        .claim_set
        .expect("a set")
}

async fn two_sizes_of_one_economy_stay_two(world: &World) {
    let set = set(world, "digital-economy-size", "2021").await;
    assert_eq!(set.state(), ClaimSetState::Contested);
    let printed: Vec<_> = set
        .claims
        .iter()
        .filter_map(|claim| claim.quantity.as_ref())
        .collect();
    let printed: Vec<_> = printed
        .iter()
        .map(|quantity| quantity.as_published.as_str())
        .collect();
    assert_eq!(
        printed,
        ["45.5 trillion", "47.94 trillion"],
        "who names a source comes first"
    );
    let spread = set.spread.expect("there are numbers");
    assert_eq!(
        (spread.lower.as_str(), spread.upper.as_str()),
        ("45500000000000", "47940000000000")
    );
    assert_eq!(
        (set.spread_percent.as_str(), set.originator_count),
        ("5.36", 2)
    );
}

async fn one_trade_in_two_currencies_is_no_contradiction(world: &World) {
    let set = set(world, "digital-trade-value", "2020").await;
    assert_eq!((set.state(), set.claims.len()), (ClaimSetState::Single, 2));
    let restated: Vec<_> = set
        .claims
        .iter()
        .filter_map(|claim| claim.text.as_ref())
        .filter(|text| !text.restates.is_empty())
        .map(|text| (text.key.as_str(), text.restates.as_str()))
        .collect();
    assert_eq!(restated, [("s002-07", "s002-06")]);
}

async fn calculate(world: &World, request: CalculateRequest) -> Result<Computed, Status> {
    let answer = world.metrics().calculate(request).await?;
    Ok(answer.into_inner().result.expect("a result"))
}

type Figures = BTreeMap<String, (SeriesKey, Claim)>;

fn of(calculation: Calculation, figures: &Figures, a: &str, b: &str) -> CalculateRequest {
    CalculateRequest {
        calculation: calculation.into(),
        a: figures[a].1.name.clone(),
        b: figures[b].1.name.clone(),
        ..Default::default()
    }
}

async fn shares_by_two_definitions_are_not_joined(world: &World, figures: &Figures) {
    let set = set(world, "digital-economy-share-of-gdp-broad", "2021").await;
    let beside: Vec<_> = set
        .siblings
        .iter()
        .filter_map(|series| series.key.as_ref())
        .map(|key| key.indicator.as_str())
        .collect();
    assert_eq!(beside, ["indicators/digital-economy-share-of-gdp-core"]);
    let request = CalculateRequest {
        accept: vec![Mismatch::Period.into()],
        ..of(Calculation::Difference, figures, "s003-05", "s001-02")
    };
    let refusal = calculate(world, request)
        .await
        .expect_err("two definitions");
    refused(&refusal).is(Code::FailedPrecondition, "SIBLINGS_JOINED", &[]);
}

async fn computed_figures_keep_their_doubt(world: &World, figures: &Figures) {
    let unicorns = CalculateRequest {
        with_rounding: true,
        ..of(Calculation::Whole, figures, "s000-12", "s000-13")
    };
    let world_total = calculate(world, unicorns).await.expect("computed");
    let interval = world_total.interval.clone().unwrap_or_default();
    assert_eq!(world_total.verdict(), Verdict::Range);
    assert!(interval.lower.starts_with("563.6"), "{}", interval.lower);
    assert!(interval.upper.starts_with("600"), "{}", interval.upper);

    let software = of(Calculation::Change, figures, "s003-09", "s003-10");
    let growth = calculate(world, software).await.expect("computed");
    let point = growth.interval.clone().unwrap_or_default().point;
    assert_eq!(
        (growth.verdict(), growth.unit.as_str()),
        (Verdict::Point, "units/percent")
    );
    assert!(point.starts_with("285.23"), "less than quadrupled: {point}");

    let saas = of(Calculation::Change, figures, "s003-14", "s003-15");
    let refused = calculate(world, saas.clone()).await.expect("a result");
    assert_eq!(refused.verdict(), Verdict::Refused);
    let refusal = refused.refusal.expect("a reason");
    assert_eq!(
        (refusal.reason(), refusal.mismatch()),
        (RefusalReason::Mismatch, Mismatch::Nature),
        "an outturn and a forecast"
    );
    let accepted = CalculateRequest {
        accept: vec![Mismatch::Nature.into()],
        ..saas
    };
    let accepted = calculate(world, accepted).await.expect("computed");
    let point = accepted.interval.clone().unwrap_or_default().point;
    assert_eq!(accepted.verdict(), Verdict::Nominal);
    assert!(point.starts_with("903.79"), "{point}");
}
