//! Seven real vintages of one dataset, ingested in three orders.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use figure::{Decimal, Period};
use proto::metrics::v1::{
    Block, ClaimBatch, IngestCounts, SeriesView, SourceSeriesDeclaration, StreamSeriesRequest,
};
use proto::registry::v1::BatchAddEntitiesRequest;

use crate::harness::seed::entity;
use crate::harness::{Backend, World, on_both, seeded};
use crate::ingest::{Stream, complete, end_of, opening, release, series, source_series};

on_both!(seven_vintages_answer_alike_in_any_order);

/// Rows of a batch.
const AT_ONCE: usize = 5000;

/// What one publication says, in the order of its file.
struct Vintage {
    date: String,
    rows: Vec<Row>,
}

#[derive(Clone)]
struct Row {
    entity: String,
    year: String,
    number: String,
}

/// Numbers by entity and year.
type Numbers = BTreeMap<(String, String), Decimal>;

/// The vintages of the demo, oldest first.
fn vintages() -> Vec<Vintage> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/data");
    let files = fs::read_dir(folder).expect("the demo has data");
    let files = files.map(|file| file.expect("a file").path());
    let mut vintages: Vec<_> = files.filter_map(|path| vintage(&path)).collect();
    vintages.sort_by(|a, b| a.date.cmp(&b.date));
    assert_eq!(vintages.len(), 7);
    vintages
}

fn vintage(path: &Path) -> Option<Vintage> {
    let name = path.file_name()?.to_str()?;
    let (date, _) = name.strip_prefix("gdp_")?.split_once('_')?;
    let file = fs::File::open(path).expect("the file can be read");
    let text = zstd::Decoder::new(file).expect("it is compressed");
    let mut table = csv::Reader::from_reader(text);
    let row = |record: csv::StringRecord| Row {
        entity: id(&record[0], &record[1]),
        year: record[2].to_owned(),
        number: record[3].to_owned(),
    };
    let rows = table.records().map(|record| row(record.expect("a row")));
    Some(Vintage {
        date: date.to_owned(),
        rows: rows.collect(),
    })
}

/// The id of an entity; one is printed without a code.
fn id(name: &str, code: &str) -> String {
    let text = if code.is_empty() { name } else { code };
    text.to_lowercase()
}

/// An installation that knows all entities and all releases.
async fn world(backend: Backend, vintages: &[Vintage]) -> World {
    let world = seeded(backend).await;
    let rows = vintages.iter().flat_map(|vintage| &vintage.rows);
    let ids: BTreeSet<_> = rows.map(|row| row.entity.as_str()).collect();
    let entities = ids.into_iter().map(|id| entity(id, "region", id));
    let request = BatchAddEntitiesRequest {
        entities: entities.collect(),
        ..Default::default()
    };
    let added = world.registry().batch_add_entities(request).await;
    added.expect("the entities are good");
    for vintage in vintages {
        let of_day = complete("dataset", &vintage.date);
        release(&world, &vintage.date, of_day).await;
    }
    world
}

async fn ingest(world: &World, vintage: &Vintage) -> IngestCounts {
    let (mut stream, _) = Stream::open(world, opening(&vintage.date, &vintage.date)).await;
    let (declared, numbers) = declarations(vintage);
    stream.declare(declared).await;
    for (sequence, rows) in (1..).zip(vintage.rows.chunks(AT_ONCE)) {
        let batch = ClaimBatch {
            sequence,
            block: Some(block(rows, &numbers)),
            ..Default::default()
        };
        stream.batch(batch).await.expect("the rows are good");
    }
    stream.finish().await.expect("it ends")
}

fn declarations(vintage: &Vintage) -> (Vec<SourceSeriesDeclaration>, BTreeMap<&str, i32>) {
    let ids: BTreeSet<_> = vintage.rows.iter().map(|row| row.entity.as_str()).collect();
    let numbers: BTreeMap<_, _> = ids.into_iter().zip(0..).collect();
    let declared = numbers
        .iter()
        .map(|(id, number)| source_series(*number, series("gdp", id), "usd"));
    (declared.collect(), numbers)
}

fn block(rows: &[Row], numbers: &BTreeMap<&str, i32>) -> Block {
    let mut block = Block::default();
    for (key, row) in (0..).zip(rows) {
        let period: Period = row.year.parse().expect("a year");
        let (start, end) = period
            .start_day()
            .zip(period.end_day())
            .expect("a year has ends");
        block.start_days.push(start);
        block.lengths.push(end - start);
        block.source_series.push(numbers[row.entity.as_str()]);
        let number: Decimal = row.number.parse().expect("a number");
        let scale = -i32::from(number.exponent());
        let (mantissa, scale) = match i64::try_from(number.mantissa()) {
            Ok(mantissa) if scale >= 0 => (mantissa, scale),
            _ => {
                block.long_numbers.insert(key, row.number.clone());
                (0, 0)
            }
        };
        block.mantissas.push(mantissa);
        block.scales.push(scale);
    }
    block
}

/// All that was known at the end of a day.
async fn as_of(world: &World, date: &str) -> Numbers {
    let request = StreamSeriesRequest {
        filter: "indicator = \"indicators/gdp\"".to_owned(),
        as_of: Some(end_of(date)),
        view: SeriesView::Packed.into(),
        ..Default::default()
    };
    let stream = world.metrics().stream_series(request).await;
    let mut stream = stream.expect("a stream").into_inner();
    let mut numbers = Numbers::new();
    while let Some(message) = stream.message().await.expect("it goes on") {
        for data in message.series {
            let series = data.series.expect("figures have a series");
            let block = data.block.expect("the view is packed");
            for i in 0..block.mantissas.len() {
                let start = block.start_days[i];
                let end = start + block.lengths[i];
                let period = Period::new(Some(start), Some(end)).expect("a year");
                let scale = i16::try_from(block.scales[i]).expect("a scale");
                let packed = Decimal::new(block.mantissas[i].into(), -scale);
                let long = block.long_numbers.get(&(i as i32));
                let long = long.map(|long| long.parse().expect("a number"));
                let number = long.or(packed).expect("a number");
                let key = series.key.as_ref().expect("a series has a key");
                let observation = (key.entity.clone(), period.to_string());
                numbers.insert(observation, number);
            }
        }
    }
    numbers
}

/// What a vintage says.
fn said(vintage: &Vintage) -> Numbers {
    let observation = |row: &Row| {
        let number = row.number.parse().expect("a number");
        (
            (format!("entities/{}", row.entity), row.year.clone()),
            number,
        )
    };
    vintage.rows.iter().map(observation).collect()
}

async fn seven_vintages_answer_alike_in_any_order(backend: Backend) {
    let vintages = vintages();
    let all: BTreeSet<_> = vintages
        .iter()
        .flat_map(|vintage| said(vintage).into_keys())
        .collect();
    let rows: usize = vintages.iter().map(|vintage| vintage.rows.len()).sum();
    assert_eq!((rows, all.len()), (80_943, 16_413));
    let orders = [
        [0, 1, 2, 3, 4, 5, 6],
        [6, 5, 4, 3, 2, 1, 0],
        [3, 6, 0, 5, 1, 4, 2],
    ];
    for order in orders {
        let world = world(backend, &vintages).await;
        let mut total = IngestCounts::default();
        for i in order {
            let counts = ingest(&world, &vintages[i]).await;
            assert_eq!(counts.received, vintages[i].rows.len() as i64);
            assert_eq!(counts.received, counts.written + counts.unchanged);
            total.received += counts.received;
            total.written += counts.written;
            total.withdrawn += counts.withdrawn;
        }
        assert_eq!(total.received, 80_943);
        if order.is_sorted() {
            assert_eq!((total.written, total.withdrawn), (53_052, 4_188));
        }
        for vintage in &vintages {
            let (known, expected) = (as_of(&world, &vintage.date).await, said(vintage));
            assert!(
                known == expected,
                "as of {} in the order {order:?}",
                vintage.date
            );
        }
        revisions(&world).await;
    }
}

/// The figure for China in 2010 as it was revised.
async fn revisions(world: &World) {
    let revisions = [
        ("2012-09-19", None),
        ("2012-09-20", Some("5930529470799.17")),
        ("2013-06-28", Some("5930529470799.17")),
        ("2015-08-16", Some("6039658508485.59")),
        ("2017-07-13", Some("6100620356557.32")),
        ("2018-01-14", Some("6100620488867.55")),
        ("2024-10-20", Some("6087191746679.489")),
    ];
    for (date, number) in revisions {
        let request = proto::metrics::v1::GetSeriesRequest {
            key: Some(series("gdp", "chn")),
            within: "2010".to_owned(),
            as_of: Some(end_of(date)),
            ..Default::default()
        };
        let known = crate::ingest::by_period(&crate::ingest::claims(world, request).await);
        assert_eq!(known.get("2010").map(String::as_str), number, "{date}");
    }
}
