//! The world around the demo's articles: countries, provinces, organisations, companies and
//! their figures, asked for over the wire and compared with what the publishers print.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use proto::figure::v1::Nature;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::metrics::v1::{Claim, GetClaimSetRequest, StreamSeriesRequest};
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use proto::registry::v1::{
    BatchGetEntitiesRequest, Entity, ListRelationsRequest, NameType, Relation,
    ResolveEntitiesRequest, ResolveQuery,
};
use tonic::transport::Channel;

use crate::harness::quantity::number;
use crate::ingest::series;

type Registry = RegistryServiceClient<Channel>;
type Metrics = MetricsServiceClient<Channel>;
/// What one row of a table says, by column.
type Row = HashMap<String, String>;

/// Asks an installation that has the whole demo for what the publishers print.
pub async fn the_world_is_as_published(channel: Channel) {
    let mut registry = RegistryServiceClient::new(channel.clone());
    let mut metrics = MetricsServiceClient::new(channel);
    codes_and_names_mean_one_place(&mut registry).await;
    every_country_has_its_codes_and_six_names(&mut registry).await;
    provinces_are_parts_of_one_country(&mut registry).await;
    organisations_keep_names_and_ties(&mut registry).await;
    companies_and_investors_are_known_once(&mut registry).await;
    figures_have_the_digits_of_the_publisher(&mut metrics).await;
    every_figure_of_a_province_is_there(&mut metrics).await;
    every_figure_of_an_indicator_is_there(&mut metrics).await;
}

fn table(file: impl Read) -> Vec<Row> {
    let mut table = csv::Reader::from_reader(file);
    let rows = table.deserialize().collect::<Result<_, _>>();
    rows.expect("it is a table")
}

fn file(name: &str) -> File {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/data");
    File::open(folder.join(name)).expect("it is there")
}

fn gzipped(name: &str) -> Vec<Row> {
    table(GzDecoder::new(file(name)))
}

/// The entities that identifiers or, without a scheme, names mean.
async fn resolved(registry: &mut Registry, queries: &[(&str, &str)]) -> Vec<String> {
    let queries = queries.iter().map(|(scheme, text)| ResolveQuery {
        text: (*text).to_owned(),
        scheme: (*scheme).to_owned(),
        ..Default::default()
    });
    let request = ResolveEntitiesRequest {
        queries: queries.collect(),
        ..Default::default()
    };
    let answer = registry.resolve_entities(request).await;
    let resolutions = answer.expect("an answer").into_inner().resolutions;
    resolutions.into_iter().map(|one| one.entity).collect()
}

async fn codes_and_names_mean_one_place(registry: &mut Registry) {
    let china = [
        ("iso3166-1-alpha2", "CN"),
        ("iso3166-1-alpha3", "CHN"),
        ("iso3166-1-numeric", "156"),
        ("m49", "156"),
        ("world-bank", "CHN"),
        ("gapminder", "chn"),
        ("", "中国"),
        ("", "الصين"),
        ("", "Китай"),
        ("", "Chine"),
        ("", "中华人民共和国"),
    ];
    let found = resolved(registry, &china).await;
    assert_eq!(found, ["entities/china"; 11]);
    let others = [
        ("iso3166-1-alpha2", "NA", "entities/namibia"),
        ("iso3166-1-numeric", "004", "entities/afghanistan"),
        ("iso3166-1-numeric", "4", ""),
        ("m49", "030", "entities/eastern-asia"),
        ("world-bank", "XKX", "entities/kosovo"),
        ("gapminder", "kos", "entities/kosovo"),
        ("iso3166-1-alpha2", "XK", ""),
        ("iso3166-2", "CN-GX", "entities/guangxi"),
        ("china-division", "11", "entities/beijing"),
        ("", "北京市", "entities/beijing"),
        ("", "Hebei", "entities/hebei"),
        ("ror", "03cve4549", "entities/tsinghua-university"),
        ("", "清华大学", "entities/tsinghua-university"),
        ("ror", "049wsmj07", "entities/sensetime"),
        ("ror", "0385nmy68", "entities/miit"),
    ];
    let queries: Vec<_> = others
        .iter()
        .map(|(scheme, text, _)| (*scheme, *text))
        .collect();
    let found = resolved(registry, &queries).await;
    for ((scheme, text, entity), found) in others.iter().zip(found) {
        assert_eq!(found, *entity, "{scheme} {text}");
    }
}

fn displayed(entity: &Entity, language: &str) -> String {
    let mut names = entity.names.iter();
    let shown = names.find(|name| name.language == language && name.r#type() == NameType::Display);
    shown.map(|name| name.text.clone()).unwrap_or_default()
}

async fn every_country_has_its_codes_and_six_names(registry: &mut Registry) {
    let mut countries = gzipped("countries.csv.gz");
    countries.retain(|row| !row["alpha2"].is_empty());
    assert_eq!(countries.len(), 249);
    let request = BatchGetEntitiesRequest {
        names: countries
            .iter()
            .map(|row| format!("entities/{}", row["id"]))
            .collect(),
        ..Default::default()
    };
    let answer = registry.batch_get_entities(request).await;
    let entities = answer.expect("an answer").into_inner().entities;
    assert_eq!(entities.len(), 249);
    for (row, entity) in countries.iter().zip(&entities) {
        let has = |scheme: &str, column: &str| {
            let mut all = entity.identifiers.iter();
            all.any(|one| one.scheme == scheme && one.value == row[column])
        };
        assert!(has("iso3166-1-alpha2", "alpha2"), "{row:?}");
        assert!(has("iso3166-1-alpha3", "alpha3"), "{row:?}");
        assert!(has("iso3166-1-numeric", "m49"), "{row:?}");
        assert!(has("m49", "m49"), "{row:?}");
        let languages = [
            ("zh-Hans", "zh"),
            ("fr", "fr"),
            ("es", "es"),
            ("ar", "ar"),
            ("ru", "ru"),
        ];
        for (language, column) in languages {
            let name = displayed(entity, language);
            assert_eq!(name, row[&format!("name_{column}")], "{}", entity.name);
        }
        assert_eq!(entity.display_name, row["name_en"], "{}", entity.name);
    }
}

async fn relations(registry: &mut Registry, filter: &str) -> Vec<Relation> {
    let request = ListRelationsRequest {
        filter: filter.to_owned(),
        page_size: 1000,
        ..Default::default()
    };
    let answer = registry.list_relations(request).await;
    answer.expect("a page").into_inner().relations
}

async fn provinces_are_parts_of_one_country(registry: &mut Registry) {
    let listed = r#"object = "entities/china" AND predicate = "part-of" AND source = "entities/china-divisions""#;
    // With the three places that have a code of their own in ISO 3166-1.
    assert_eq!(relations(registry, listed).await.len(), 31 + 3);
    let stated = r#"subject = "entities/china" AND predicate = "part-of""#;
    let regions = relations(registry, stated).await;
    let regions: Vec<_> = regions.iter().map(|one| one.object.as_str()).collect();
    assert_eq!(regions, ["entities/eastern-asia"]);
}

async fn organisations_keep_names_and_ties(registry: &mut Registry) {
    let here =
        r#"predicate = "located-in" AND object = "entities/beijing" AND source = "entities/ror""#;
    assert_eq!(relations(registry, here).await.len(), 80);
    let ties = r#"source = "entities/ror" AND NOT predicate = "located-in""#;
    let ties = relations(registry, ties).await;
    assert_eq!(ties.len(), 16);
    let school = "entities/the-affiliated-high-school-of-peking-university";
    let above: Vec<_> = ties.iter().filter(|one| one.subject == school).collect();
    assert_eq!(above.len(), 1, "what both records state is stated once");
    assert_eq!(above[0].predicate, "subordinate-to");
    assert_eq!(above[0].object, "entities/peking-university");
}

async fn companies_and_investors_are_known_once(registry: &mut Registry) {
    let seats = r#"predicate = "located-in" AND source = "entities/cb-insights-unicorns""#;
    let seats = relations(registry, seats).await;
    assert_eq!(seats.len(), 173);
    let beijing = seats.iter().filter(|one| one.object == "entities/beijing");
    let beijing: Vec<_> = beijing.map(|one| one.subject.as_str()).collect();
    assert_eq!(beijing.len(), 62);
    assert!(beijing.contains(&"entities/bytedance"));
    let invested = relations(registry, r#"predicate = "invested-in""#).await;
    assert_eq!(invested.len(), 487);
    let by = |investor: &str| {
        let name = format!("entities/{investor}");
        invested.iter().filter(|one| one.subject == name).count()
    };
    assert_eq!(by("sequoia-capital-china"), 39);
    assert_eq!(by("tencent"), 25);
    assert_eq!(by("alibaba-group"), 7);
    assert_eq!(by("ant-group"), 2);
}

/// The one claim about a figure.
async fn claim(metrics: &mut Metrics, indicator: &str, entity: &str, period: &str) -> Claim {
    let request = GetClaimSetRequest {
        series_key: Some(series(indicator, entity)),
        period: period.to_owned(),
        ..Default::default()
    };
    let answer = metrics.get_claim_set(request).await;
    let set = answer.expect("it is there").into_inner().claim_set;
    let mut claims = set.unwrap_or_default().claims;
    assert_eq!(claims.len(), 1, "{indicator} {entity} {period}");
    claims.remove(0)
}

/// Indicator, entity, period, number with its power of ten.
const PRINTED: [(&str, &str, &str, &str, i32); 26] = [
    ("internet-user-share", "china", "2018", "59.2", 0),
    ("internet-user-share", "china", "2024", "92", 0),
    ("internet-user-share", "united-states", "2018", "88.4989", 0),
    (
        "fixed-broadband-subscriptions",
        "china",
        "2018",
        "407382000",
        0,
    ),
    (
        "fixed-broadband-subscriptions",
        "united-states",
        "2018",
        "110756000",
        0,
    ),
    (
        "fixed-broadband-per-100-people",
        "china",
        "2018",
        "28.7089",
        0,
    ),
    (
        "fixed-broadband-per-100-people",
        "united-states",
        "2018",
        "33.0559",
        0,
    ),
    (
        "mobile-subscriptions-per-100-people",
        "china",
        "2018",
        "116.229",
        0,
    ),
    (
        "mobile-subscriptions-per-100-people",
        "united-states",
        "2018",
        "103.935",
        0,
    ),
    ("patent-applications", "china", "2018", "1458664", 0),
    ("patent-applications", "united-states", "2018", "513757", 0),
    (
        "high-technology-export-share",
        "china",
        "2018",
        "31.54815",
        0,
    ),
    (
        "high-technology-export-share",
        "united-states",
        "2018",
        "18.48427",
        0,
    ),
    (
        "gdp-constant-2015-usd",
        "china",
        "2018",
        "13745158275136.67188",
        0,
    ),
    (
        "gdp-constant-2015-usd",
        "united-states",
        "2018",
        "19556270302218.26562",
        0,
    ),
    ("exports-share-of-gdp", "china", "2018", "18.77052", 0),
    (
        "exports-share-of-gdp",
        "united-states",
        "2018",
        "12.36099",
        0,
    ),
    ("gdp-current-usd", "china", "2018", "13894907857880.576", 0),
    ("gross-regional-product", "guangdong", "2020", "110760.9", 8),
    ("gross-regional-product", "guangdong", "2018", "99945.2", 8),
    ("gross-regional-product", "guangdong", "2015", "74732.4", 8),
    ("gross-regional-product", "guangdong", "1992", "2447.5", 8),
    ("gross-regional-product", "liaoning", "2020", "25115.0", 8),
    ("company-valuation", "bytedance", "2022-12", "140", 9),
    ("company-valuation", "megvii", "2022-12", "4", 9),
    (
        "company-valuation",
        "fresh-life-style-supply-chain-management",
        "2022-12",
        "1.57",
        9,
    ),
];

async fn figures_have_the_digits_of_the_publisher(metrics: &mut Metrics) {
    for (indicator, entity, period, digits, power) in PRINTED {
        let claim = claim(metrics, indicator, entity, period).await;
        let quantity = claim.quantity.clone().unwrap_or_default();
        let printed = (number(&quantity), quantity.multiplier);
        assert_eq!(printed, (digits, power), "{indicator} {entity} {period}");
        assert_eq!(claim.nature(), Nature::Actual);
    }
    let worth = claim(metrics, "company-valuation", "bytedance", "2022-12").await;
    assert_eq!(worth.interval.unwrap_or_default().point, "140000000000");
    let said = worth.provenance.unwrap_or_default();
    assert_eq!(
        (said.originator.as_str(), said.unit.as_str()),
        ("entities/cb-insights", "units/usd")
    );
    let patents = claim(metrics, "patent-applications", "china", "2018").await;
    let said = patents.provenance.unwrap_or_default();
    assert_eq!(said.source, "entities/gapminder-systema-globalis");
    assert_eq!(said.originator, "entities/wipo-ip-statistics");
    assert_eq!(
        patents.release,
        "releases/gapminder-patent-applications-2026-03-01"
    );
}

/// All figures of an indicator, by entity and period.
async fn figures(metrics: &mut Metrics, indicator: &str) -> BTreeMap<(String, String), String> {
    let request = StreamSeriesRequest {
        filter: format!("indicator = \"indicators/{indicator}\""),
        ..Default::default()
    };
    let stream = metrics.stream_series(request).await;
    let mut stream = stream.expect("a stream").into_inner();
    let mut figures = BTreeMap::new();
    while let Some(part) = stream.message().await.expect("it goes on") {
        for data in part.series {
            let series = data.series.unwrap_or_default();
            let entity = series.key.unwrap_or_default().entity;
            for claim in data.claims {
                let period = claim.period.unwrap_or_default().code;
                let quantity = claim.quantity.unwrap_or_default();
                figures.insert((entity.clone(), period), number(&quantity).to_owned());
            }
        }
    }
    figures
}

async fn every_figure_of_a_province_is_there(metrics: &mut Metrics) {
    let stored = figures(metrics, "gross-regional-product").await;
    let ids: HashMap<_, _> = gzipped("divisions.csv.gz")
        .into_iter()
        .map(|row| (row["code"].clone(), format!("entities/{}", row["id"])))
        .collect();
    let mut printed = BTreeMap::new();
    for row in gzipped("province-gdp.csv.gz") {
        let entity = &ids[&row["code"]];
        let years = row
            .iter()
            .filter(|(column, _)| column.starts_with(['1', '2']));
        printed
            .extend(years.map(|(year, number)| ((entity.clone(), year.clone()), number.clone())));
    }
    assert_eq!(printed.len(), 31 * 29);
    assert!(stored == printed, "they differ");
}

async fn every_figure_of_an_indicator_is_there(metrics: &mut Metrics) {
    let stored = figures(metrics, "patents-in-force").await;
    let countries = gzipped("countries.csv.gz").into_iter();
    let ids: HashMap<_, _> = countries
        .map(|row| (row["gapminder"].clone(), format!("entities/{}", row["id"])))
        .collect();
    let packed = file("gapminder_patents-in-force.csv.zst");
    let rows = table(zstd::Decoder::new(packed).expect("it is compressed"));
    let read = rows.len();
    let printed: BTreeMap<_, _> = rows
        .into_iter()
        .filter_map(|row| {
            let entity = ids.get(&row["geo"])?.clone();
            Some((
                (entity, row["time"].clone()),
                row["patents_in_force_total"].clone(),
            ))
        })
        .collect();
    assert_eq!(
        (read, printed.len()),
        (3646, 3589),
        "three states are no more"
    );
    assert!(stored == printed, "they differ");
}
