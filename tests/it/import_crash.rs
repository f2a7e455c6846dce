//! Imports that are broken off: run again they end complete, with nothing written twice.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use proto::metrics::v1::{
    ListSeriesRequest, ListVintageDatesRequest, SeriesView, StreamSeriesRequest,
};
use proto::registry::v1::BatchAddEntitiesRequest;
use tempfile::TempDir;

use crate::harness::process::{output, soon};
use crate::harness::seed::entity;
use crate::harness::{Backend, World, on_both, seeded};
use crate::import::{ended, folder, out, snapshot, write};

on_both!(an_import_broken_off_twice_ends_as_one_that_was_not);

const ROWS: usize = 60_000;
const PLACES: usize = 60;

const MAPPING: &str = r#"
[[releases]]
id = "daily"
source = "dataset"

[[claims]]
release = "daily"
indicator = "gdp"
entity = "{place}"
period = "{day}"
number = "{value}"
unit = "usd"
"#;

/// Days since 1970-01-01 and numbers in hundredths, by place: what the table says.
type Expected = BTreeMap<String, BTreeMap<i32, i64>>;

/// The table, a thousand days of each place, place by place in each day.
fn table() -> (String, Expected) {
    let start = jiff::civil::date(2010, 1, 1);
    let first = 14_610;
    let mut text = "place,day,value\n".to_owned();
    let mut expected = Expected::new();
    for row in 0..ROWS {
        let place = format!("place-{}", row % PLACES);
        let after = i32::try_from(row / PLACES).expect("few days");
        let day = start + jiff::Span::new().days(after);
        let number = i64::try_from(row).expect("few rows") * 7 + 13;
        text.push_str(&format!(
            "{place},{day},{}.{:02}\n",
            number / 100,
            number % 100
        ));
        expected
            .entry(format!("entities/{place}"))
            .or_default()
            .insert(first + after, number);
    }
    (text, expected)
}

struct Job {
    _folder: TempDir,
    mapping: PathBuf,
    table: PathBuf,
}

impl Job {
    fn arguments(&self) -> [String; 3] {
        let path = |path: &PathBuf| path.display().to_string();
        ["import".to_owned(), path(&self.mapping), path(&self.table)]
    }

    fn begin(&self, world: &World) -> Child {
        let arguments = self.arguments();
        let mut command = world.command(&arguments.each_ref().map(String::as_str));
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().expect("the binary starts")
    }

    async fn run(&self, world: &World) -> std::process::Output {
        let arguments = self.arguments();
        output(world.command(&arguments.each_ref().map(String::as_str))).await
    }
}

/// How many figures are there, by series, of everything that is stored.
async fn stored(world: &World) -> usize {
    let request = StreamSeriesRequest {
        view: SeriesView::Packed.into(),
        ..Default::default()
    };
    let answer = world.metrics().stream_series(request).await;
    let mut stream = answer.expect("it begins").into_inner();
    let mut count = 0;
    while let Some(part) = stream.message().await.expect("the next series") {
        let blocks = part
            .series
            .iter()
            .filter_map(|series| series.block.as_ref());
        count += blocks.map(|block| block.start_days.len()).sum::<usize>();
    }
    count
}

/// Waits until there are more figures than `before`, and wants some to be missing still.
async fn in_the_middle(world: &World, before: usize) -> usize {
    let growing = async {
        loop {
            let now = stored(world).await;
            if now > before {
                return now;
            }
        }
    };
    let now = soon("the import writes", growing).await;
    assert!(now < ROWS, "it ended before anybody could look");
    now
}

async fn what_the_server_has(world: &World) -> Expected {
    let request = StreamSeriesRequest {
        view: SeriesView::Packed.into(),
        ..Default::default()
    };
    let answer = world.metrics().stream_series(request).await;
    let mut stream = answer.expect("it begins").into_inner();
    let mut found = Expected::new();
    while let Some(part) = stream.message().await.expect("the next series") {
        for series in part.series {
            let block = series.block.expect("the packed view");
            let key = series.series.expect("the series").key;
            let key = key.expect("a series has a key");
            let days = found.entry(key.entity).or_default();
            for (index, day) in block.start_days.iter().enumerate() {
                assert_eq!((block.lengths[index], block.scales[index]), (1, 2));
                let before = days.insert(*day, block.mantissas[index]);
                assert_eq!(before, None, "twice on day {day}");
            }
            assert!(block.ordinals.is_empty(), "another claim of a day");
        }
    }
    found
}

/// Every claim ever written, of all series.
async fn ever_written(world: &World) -> usize {
    let request = ListSeriesRequest {
        page_size: 1000,
        ..Default::default()
    };
    let answer = world.metrics().list_series(request).await;
    let series_list = answer.expect("a page").into_inner().series;
    assert_eq!(series_list.len(), PLACES);
    let mut written = 0;
    for series in series_list {
        let request = ListVintageDatesRequest {
            series: series.name,
            ..Default::default()
        };
        let answer = world.metrics().list_vintage_dates(request).await;
        let vintages = answer.expect("it is there").into_inner().vintages;
        written += vintages
            .iter()
            .map(|one| one.claim_count as usize)
            .sum::<usize>();
    }
    written
}

async fn an_import_broken_off_twice_ends_as_one_that_was_not(backend: Backend) {
    let mut world = seeded(backend).await;
    let places =
        (0..PLACES).map(|n| entity(&format!("place-{n}"), "region", &format!("Place {n}")));
    let request = BatchAddEntitiesRequest {
        entities: places.collect(),
        ..Default::default()
    };
    let added = world.registry().batch_add_entities(request).await;
    added.expect("they are good");
    let (text, expected) = table();
    let folder = folder();
    let job = Job {
        mapping: write(&folder, "daily.toml", MAPPING),
        table: write(&folder, "daily.csv", text),
        _folder: folder,
    };

    // The client is killed.
    let mut client = job.begin(&world);
    let kept = in_the_middle(&world, 0).await;
    client.kill().expect("a process of ours can be killed");
    client.wait().expect("it has ended");
    assert!(stored(&world).await < ROWS, "the rest was never sent");

    // Then the server, while the client goes on where it was.
    let client = job.begin(&world);
    in_the_middle(&world, kept.max(stored(&world).await)).await;
    world.kill().await;
    let ended_alone = tokio::task::spawn_blocking(move || client.wait_with_output());
    let lost = soon("the client gives up", ended_alone).await;
    let lost = lost
        .expect("waiting does not panic")
        .expect("a child of ours");
    ended(&lost, 2);
    world.restart().await;
    assert!(
        stored(&world).await >= kept,
        "what was acknowledged is kept"
    );

    ended(&job.run(&world).await, 0);
    assert_eq!(what_the_server_has(&world).await, expected);
    assert_eq!(ever_written(&world).await, ROWS);
    let before = snapshot(&world).await;
    let again = job.run(&world).await;
    ended(&again, 0);
    assert!(out(&again).contains("nothing new"), "{}", out(&again));
    assert_eq!(snapshot(&world).await, before);
}
