//! Series: found, read as claims or packed, streamed.

use std::collections::BTreeSet;

use figure::Decimal;
use proto::figure::v1::{Nature, PeriodRole, Quantity};
use proto::metrics::v1::{
    Claim, GetSeriesRequest, NatureClass, SeriesData, SeriesKey, SeriesView,
    SourceSeriesDeclaration, StreamSeriesRequest,
};
use proto::registry::v1::BatchAddEntitiesRequest;
use tonic::Code;

use crate::harness::naming::claim_name;
use crate::harness::quantity::exact;
use crate::harness::seed::entity;
use crate::harness::{Backend, World, on_both, refused, seeded};
use crate::ingest::{
    claim, claims, numbers, partial, release, row, said, series, source_series, write,
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
    source_series: String,
    release: String,
    ordinal: i32,
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
        source_series: claim.source_series.clone(),
        release: claim.release.clone(),
        ordinal: claim.ordinal,
        name: claim.name.clone(),
        nature: claim.nature,
        flags: claim.flags.clone(),
    }
}

/// Unpacks a block as the contract describes it.
fn unpacked(data: &SeriesData) -> Vec<Said> {
    const FIRST_DAY: i32 = -719_162;
    let block = data.block.as_ref().expect("a packed view has a block");
    assert!(block.withdrawn.is_empty(), "what is taken back is not live");
    let entry = |i: usize| {
        let key = i32::try_from(i).expect("an index");
        let start = (!block.open_starts.contains(&key)).then_some(block.start_days[i]);
        let end = (!block.open_ends.contains(&key))
            .then(|| start.unwrap_or(FIRST_DAY) + block.lengths[i]);
        assert!(start.is_some() || block.start_days[i] == 0);
        assert!(end.is_some() || block.lengths[i] == 0);
        let period = figure::Period::new(start, end).expect("a period");
        let scale = i16::try_from(block.scales[i]).expect("a scale");
        let number = Decimal::new(block.mantissas[i].into(), -scale).expect("a number");
        let of = &data.source_series[block.source_series[i] as usize];
        let provenance = of.provenance.clone().expect("a source series has one");
        let first = match provenance.nature_class() {
            NatureClass::Forecast => Nature::Forecast,
            NatureClass::Target => Nature::Target,
            _ => Nature::Actual,
        };
        let flags = block.flags.get(&key).map(|flags| flags.split(','));
        let long = block.long_numbers.get(&key).cloned();
        let plain = || exact(&long.unwrap_or_else(|| number.to_string()));
        let role = block.roles.get(&key).copied();
        assert_ne!(
            role,
            Some(PeriodRole::Whole.into()),
            "it goes without saying"
        );
        let ordinal = block.ordinals.get(&key).copied();
        assert_ne!(ordinal, Some(1), "it goes without saying");
        let release = data.releases[block.releases[i] as usize].clone();
        let code = period.to_string();
        Said {
            name: claim_name(&of.name, &code, &release, ordinal.unwrap_or(1)),
            period: (
                code,
                role.unwrap_or(PeriodRole::Whole.into()),
                block.approximate.contains(&key),
            ),
            quantity: block.other.get(&key).cloned().unwrap_or_else(plain),
            source_series: of.name.clone(),
            release,
            ordinal: ordinal.unwrap_or(1),
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
    assert_eq!(answer.next_page_token, "", "they fit on a page");
    let data = answer.data.expect("an answer has data");
    assert!(!data.continued, "nothing follows");
    let named: BTreeSet<_> = data.releases.iter().collect();
    assert_eq!(answer.releases.keys().collect::<BTreeSet<_>>(), named);
    data
}

fn china() -> GetSeriesRequest {
    GetSeriesRequest {
        key: Some(series("gdp", "china")),
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
    write(&world, "s", declared.clone(), rows).await;
    // A correction, and another one.
    for number in ["4", "5"] {
        write(&world, "s", declared.clone(), vec![row(2, "2019", number)]).await;
    }
    write(&world, "s", declared, vec![row(1, "2018", "8.25")]).await;
    let shown: Vec<_> = claims(&world, china()).await.iter().map(of_claim).collect();
    let data = packed(&world, china()).await;
    assert_eq!(unpacked(&data), shown);
    assert!(data.claims.is_empty());
    assert!(
        shown
            .iter()
            .any(|said| said.period.1 == i32::from(PeriodRole::By))
    );
    assert!(shown.iter().any(|said| said.ordinal == 2));
    assert!(shown.iter().all(|said| said.period.1 != 0));
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
        assert_eq!(block.releases.len(), block.source_series.len());
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
    let broken_down = |sector: &str| SeriesKey {
        breakdown: [("sector".to_owned(), sector.to_owned())].into(),
        ..series("size", "china")
    };
    let trade = |entity: &str, counterpart: &str| SeriesKey {
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
        let described = GetSeriesRequest {
            key: Some(series),
            ..Default::default()
        };
        let answer = world.metrics().get_series(described.clone()).await;
        let answer = answer.expect("it has figures").into_inner();
        let found = answer.data.clone().and_then(|data| data.series);
        let found = found.expect("a series");
        let named = GetSeriesRequest {
            name: found.name.clone(),
            ..Default::default()
        };
        let both = GetSeriesRequest {
            name: found.name,
            ..described
        };
        for request in [named, both] {
            let again = world.metrics().get_series(request).await;
            assert_eq!(again.expect("it is the same").into_inner(), answer);
        }
    }
}

async fn a_series_that_is_not_there_is_refused(backend: Backend) {
    let world = seeded(backend).await;
    let described = |key: SeriesKey| GetSeriesRequest {
        key: Some(key),
        ..Default::default()
    };
    let unknown = [
        (
            described(series("size", "france")),
            Code::NotFound,
            "SERIES_NOT_FOUND",
            &[][..],
        ),
        (
            GetSeriesRequest {
                name: format!("series/{}", "0".repeat(32)),
                ..Default::default()
            },
            Code::NotFound,
            "SERIES_NOT_FOUND",
            &[],
        ),
        (
            described(SeriesKey::default()),
            Code::InvalidArgument,
            "FIELD_REQUIRED",
            &["key.indicator", "key.entity"],
        ),
        (
            GetSeriesRequest::default(),
            Code::InvalidArgument,
            "FIELD_REQUIRED",
            &["name"],
        ),
        (
            GetSeriesRequest {
                name: "gdp".to_owned(),
                ..Default::default()
            },
            Code::InvalidArgument,
            "FIELD_INVALID",
            &["name"],
        ),
    ];
    let mut said = Vec::new();
    for (request, code, reason, fields) in unknown {
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
    const MANY: i32 = 230;
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
            assert!(!message.cursor.is_empty());
            for data in message.series {
                assert!(!data.continued, "one figure each");
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
