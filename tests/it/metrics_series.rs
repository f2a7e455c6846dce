//! Series: found, read as claims or packed, streamed.

use std::collections::BTreeSet;

use figure::Decimal;
use proto::figure::v1::{Nature, PeriodRole, Quantity};
use proto::metrics::v1::{
    Claim, GetSeriesRequest, NatureClass, Series, SeriesData, SeriesView, SourceSeriesDeclaration,
    StreamSeriesRequest,
};
use proto::registry::v1::BatchAddEntitiesRequest;
use tonic::Code;

use crate::harness::seed::entity;
use crate::harness::{Backend, World, on_both, refused, seeded};
use crate::ingest::{
    claim, claims, exact, numbers, partial, release, row, said, series, source_series, write,
};
use crate::metrics_claim::{full_row, of_class, quantities};

on_both!(
    the_packed_view_says_what_the_view_of_claims_says,
    a_series_is_narrowed_to_periods_and_a_source,
    a_series_is_named_or_described,
    a_series_that_is_not_there_is_refused,
    many_series_stream_in_order,
);

/// A claim as a row of a packed block can say it.
#[derive(Debug, PartialEq)]
struct Said {
    period: (String, i32, bool),
    quantity: Quantity,
    provenance: proto::metrics::v1::Provenance,
    release: String,
    name: String,
    nature: i32,
    flags: Vec<String>,
}

fn of_claim(claim: &Claim) -> Said {
    let period = claim.period.clone().unwrap_or_default();
    let mut quantity = claim.quantity.clone().unwrap_or_default();
    quantity.as_published.clear();
    Said {
        period: (period.code, period.role, period.approximate),
        quantity,
        provenance: claim.provenance.clone().unwrap_or_default(),
        release: claim.release.clone(),
        name: claim.name.clone(),
        nature: claim.nature,
        flags: claim.flags.clone(),
    }
}

/// Unpacks a block as the contract describes it.
fn unpacked(data: &SeriesData) -> Vec<Said> {
    const FIRST_DAY: i32 = -719_162;
    let block = data.block.as_ref().expect("a packed view has a block");
    let series = data.series.clone().unwrap_or_default();
    let entry = |i: usize| {
        let key = i as u32;
        let start = Some(block.start_days[i]).filter(|start| *start != i32::MIN);
        let length = i32::try_from(block.lengths[i]).expect("a length");
        let end = (length > 0).then(|| start.unwrap_or(FIRST_DAY) + length);
        let period = figure::Period::new(start, end).expect("a period");
        let scale = i16::try_from(block.scales[i]).expect("a scale");
        let number = Decimal::new(block.mantissas[i].into(), -scale).expect("a number");
        let provenance = data.provenances[block.provenance[i] as usize].clone();
        let first = match provenance.nature_class() {
            NatureClass::Forecast => Nature::Forecast,
            NatureClass::Target => Nature::Target,
            _ => Nature::Actual,
        };
        let flags = block.flags.get(&key).map(|flags| flags.split(','));
        let long = block.long_numbers.get(&key).cloned();
        let plain = || exact(&long.unwrap_or_else(|| number.to_string()));
        Said {
            period: (
                period.to_string(),
                block.roles.get(&key).copied().unwrap_or_default(),
                block.approximate.contains(&key),
            ),
            quantity: block.other.get(&key).cloned().unwrap_or_else(plain),
            release: data.releases[block.release[i] as usize].clone(),
            name: format!("{}/claims/{}.{}", series.name, period.token(), block.n[i]),
            nature: block.natures.get(&key).copied().unwrap_or(first.into()),
            flags: flags.into_iter().flatten().map(str::to_owned).collect(),
            provenance,
        }
    };
    (0..block.start_days.len()).map(entry).collect()
}

async fn packed(world: &World, request: GetSeriesRequest) -> SeriesData {
    let request = GetSeriesRequest {
        view: SeriesView::Packed.into(),
        ..request
    };
    let answer = world.metrics().get_series(request).await;
    let answer = answer.expect("the series has figures").into_inner();
    let data = answer.data.expect("an answer has data");
    let named: BTreeSet<_> = data.releases.iter().collect();
    assert_eq!(answer.releases.keys().collect::<BTreeSet<_>>(), named);
    data
}

fn china() -> GetSeriesRequest {
    GetSeriesRequest {
        series: Some(series("gdp", "china")),
        ..Default::default()
    }
}

async fn the_packed_view_says_what_the_view_of_claims_says(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    release(&world, "s", partial("second-article", "2020-02-01")).await;
    let declared = vec![
        source_series(1, series("gdp", "china"), "usd"),
        source_series(2, series("gdp", "china"), "cny"),
        of_class(3, NatureClass::Target),
        of_class(4, NatureClass::Outturn),
    ];
    let years = (1900..).zip(quantities());
    let mut rows: Vec<_> = years
        .map(|(year, quantity)| claim(1, &format!("{year}"), quantity))
        .collect();
    let periods = [
        "../1960",
        "../1969",
        "1969/..",
        "../2019",
        "2018-Q3",
        "1968-02-29",
        "0001",
    ];
    rows.extend(periods.map(|period| row(1, period, "1.50")));
    rows.extend([
        row(2, "2018", "7"),
        full_row(3, "2018", Nature::Target),
        full_row(3, "2019", Nature::Commitment),
        full_row(4, "2018", Nature::Estimate),
    ]);
    write(&world, "r", declared.clone(), rows).await;
    let rows = vec![
        row(1, "1900", "3"),
        row(1, "2018", "8"),
        row(1, "../1960", "9"),
    ];
    write(&world, "s", declared, rows).await;
    let shown: Vec<_> = claims(&world, china()).await.iter().map(of_claim).collect();
    let data = packed(&world, china()).await;
    assert_eq!(unpacked(&data), shown);
    assert!(data.claims.is_empty());
    assert!(
        shown
            .iter()
            .any(|said| said.period.1 == i32::from(PeriodRole::By))
    );
}

async fn a_series_is_narrowed_to_periods_and_a_source(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    release(&world, "s", partial("dataset", "2020-01-01")).await;
    let gdp = vec![source_series(1, series("gdp", "china"), "usd")];
    let periods = [
        "2016",
        "2017",
        "2017-Q1",
        "2017-06-12",
        "2017/2018",
        "2018",
        "../2017",
    ];
    let rows = periods.map(|period| row(1, period, "1")).to_vec();
    write(&world, "r", gdp.clone(), rows).await;
    write(
        &world,
        "s",
        gdp,
        vec![row(1, "2017", "2"), row(1, "2015", "3")],
    )
    .await;
    let narrowed = async |within: &str, source: &str| {
        let request = GetSeriesRequest {
            within: within.to_owned(),
            source: source.to_owned(),
            ..china()
        };
        let block = packed(&world, request.clone()).await;
        let claims = claims(&world, request).await;
        assert_eq!(block.releases.len(), block.provenances.len());
        let period = |claim: &Claim| claim.period.clone().unwrap_or_default().code;
        claims.iter().map(period).collect::<Vec<_>>()
    };
    let within = narrowed("2017", "").await;
    assert_eq!(within, ["2017-Q1", "2017", "2017", "2017-06-12"]);
    assert_eq!(narrowed("2017/2018", "entities/dataset").await, ["2017"]);
    assert_eq!(narrowed("2018/..", "").await, ["2018"]);
    assert_eq!(narrowed("", "entities/dataset").await, ["2015", "2017"]);
    assert_eq!(narrowed("", "entities/second-article").await, [""; 0]);
    assert_eq!(narrowed("", "").await.len(), periods.len() + 2);
    let wrong = [
        ("within", "20", "", "PERIOD_INVALID"),
        ("source", "", "dataset", "FIELD_INVALID"),
    ];
    for (field, within, source, reason) in wrong {
        let request = GetSeriesRequest {
            within: within.to_owned(),
            source: source.to_owned(),
            ..china()
        };
        let refusal = world.metrics().get_series(request).await;
        refused(&refusal.expect_err("wrong")).is(Code::InvalidArgument, reason, &[field]);
    }
}

async fn a_series_is_named_or_described(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let broken_down = |sector: &str| Series {
        breakdown: [("sector".to_owned(), sector.to_owned())].into(),
        ..series("size", "china")
    };
    let trade = |entity: &str, counterpart: &str| Series {
        counterpart: format!("entities/{counterpart}"),
        ..series("trade", entity)
    };
    let declared = vec![
        source_series(1, broken_down("all"), "count"),
        source_series(2, broken_down("energy"), "count"),
        source_series(3, trade("china", "france"), "cny"),
        source_series(4, trade("france", "china"), "cny"),
    ];
    let rows = (1..=4).map(|source_series| row(source_series, "2018", &source_series.to_string()));
    write(&world, "r", declared, rows.collect()).await;
    let series_list = [
        (series("size", "china"), "1"),
        (broken_down("all"), "1"),
        (broken_down("energy"), "2"),
        (trade("china", "france"), "3"),
        (trade("france", "china"), "4"),
    ];
    for (series, number) in series_list {
        let kept = numbers(&world, &series, None).await;
        assert_eq!(kept, said(&[("2018", number)]), "{series:?}");
        let request = GetSeriesRequest {
            series: Some(series),
            ..Default::default()
        };
        let answer = world.metrics().get_series(request).await;
        let described = answer.expect("it has figures").into_inner().data;
        let described = described.and_then(|data| data.series).expect("a series");
        let named = Series {
            name: described.name,
            ..Default::default()
        };
        assert_eq!(numbers(&world, &named, None).await, kept);
    }
}

async fn a_series_that_is_not_there_is_refused(backend: Backend) {
    let world = seeded(backend).await;
    let unknown = [
        (
            series("size", "france"),
            Code::NotFound,
            "SERIES_NOT_FOUND",
            &[][..],
        ),
        (
            Series {
                name: format!("series/{}", "0".repeat(32)),
                ..Default::default()
            },
            Code::NotFound,
            "SERIES_NOT_FOUND",
            &[],
        ),
        (
            Series::default(),
            Code::InvalidArgument,
            "FIELD_REQUIRED",
            &["series.indicator", "series.entity"],
        ),
    ];
    let mut said = Vec::new();
    for (series, code, reason, fields) in unknown {
        let request = GetSeriesRequest {
            series: Some(series),
            ..Default::default()
        };
        let refusal = world.metrics().get_series(request).await;
        let refusal = refused(&refusal.expect_err("no such series"));
        refusal.is(code, reason, fields);
        said.push(refusal.message);
    }
    let named = "indicators/size about entities/france";
    assert!(
        said[0].contains(named),
        "it is named as it was asked for: {said:?}"
    );
}

async fn many_series_stream_in_order(backend: Backend) {
    const MANY: u32 = 230;
    let world = seeded(backend).await;
    let entities =
        (0..MANY).map(|i| entity(&format!("place-{i}"), "region", &format!("Place {i}")));
    let request = BatchAddEntitiesRequest {
        entities: entities.collect(),
        ..Default::default()
    };
    let added = world.registry().batch_add_entities(request).await;
    added.expect("the entities are good");
    release(&world, "r", partial("article", "2020-01-01")).await;
    let declared: Vec<SourceSeriesDeclaration> = (0..MANY)
        .map(|i| source_series(i, series("gdp", &format!("place-{i}")), "usd"))
        .collect();
    let rows = (0..MANY).flat_map(|i| [row(i, "2017", &i.to_string()), row(i, "2018", "0.5")]);
    write(&world, "r", declared, rows.collect()).await;
    for view in [SeriesView::Claims, SeriesView::Packed] {
        let request = StreamSeriesRequest {
            filter: "indicator = \"indicators/gdp\"".to_owned(),
            within: "2017".to_owned(),
            view: view.into(),
            ..Default::default()
        };
        let stream = world.metrics().stream_series(request).await;
        let mut stream = stream.expect("a stream").into_inner();
        let (mut names, mut figures, mut snapshots) = (Vec::new(), 0, BTreeSet::new());
        while let Some(message) = stream.message().await.expect("it goes on") {
            snapshots.insert(message.snapshot);
            for data in message.series {
                let packed = data.block.map(|block| block.mantissas.len());
                figures += data.claims.len() + packed.unwrap_or_default();
                names.push(data.series.unwrap_or_default().name);
            }
        }
        assert_eq!(
            (names.len(), figures, snapshots.len()),
            (MANY as usize, MANY as usize, 1)
        );
        assert!(names.is_sorted());
    }
    let request = StreamSeriesRequest {
        filter: "colour = red".to_owned(),
        ..Default::default()
    };
    let refusal = world.metrics().stream_series(request).await;
    refused(&refusal.expect_err("no such field")).is(
        Code::InvalidArgument,
        "FILTER_INVALID",
        &["filter"],
    );
}
