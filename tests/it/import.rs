//! `almanac import`: tables in, records out, told what happened to each row.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use flate2::Compression;
use flate2::write::GzEncoder;
use proto::figure::v1::quantity::Value;
use proto::metrics::v1::{Claim, GetSeriesRequest, ListUnitsRequest, SeriesKey};
use proto::registry::v1::{GetEntityRequest, ListEntitiesRequest, ListRelationsRequest};
use tempfile::TempDir;

use crate::harness::process::output;
use crate::harness::quantity::{number, upper};
use crate::harness::{Backend, World, fresh, on_both, seeded};

on_both!(
    a_table_is_read_plain_packed_and_with_tabs,
    a_wide_table_gives_a_figure_for_each_filled_cell,
    entities_may_stand_below_what_names_them,
    an_import_again_writes_nothing,
    a_dry_run_says_what_would_happen_and_writes_nothing,
    rejected_rows_are_told_and_the_others_written,
    a_mended_table_is_imported_where_it_was_not,
);

/// A file of the suite.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/it/files")
        .join(name)
}

/// Writes a file of the test.
pub fn write(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).expect("the folder is ours");
    path
}

/// A folder of the test.
pub fn folder() -> TempDir {
    TempDir::new().expect("a folder for the test")
}

/// Imports a table.
pub async fn import(world: &World, mapping: &Path, table: &Path, options: &[&str]) -> Output {
    let (mapping, table) = (mapping.display().to_string(), table.display().to_string());
    let arguments = [&["import", &mapping, &table], options].concat();
    output(world.command(&arguments)).await
}

/// What a command printed.
pub fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What a command complained of.
pub fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Wants the command to have ended with this code.
#[track_caller]
pub fn ended(output: &Output, code: i32) {
    let told = (out(output), complaint(output));
    assert_eq!(output.status.code(), Some(code), "{}{}", told.0, told.1);
}

/// The figures of an indicator of an entity.
pub async fn claims(world: &World, indicator: &str, entity: &str) -> Vec<Claim> {
    let request = GetSeriesRequest {
        key: Some(SeriesKey {
            indicator: format!("indicators/{indicator}"),
            entity: format!("entities/{entity}"),
            ..Default::default()
        }),
        ..Default::default()
    };
    let answer = world.metrics().get_series(request).await;
    let data = answer.map(|answer| answer.into_inner().data.unwrap_or_default());
    data.map(|data| data.claims).unwrap_or_default()
}

/// The same in short: period, bound, number and upper end, unit.
async fn told(world: &World, indicator: &str, entity: &str) -> Vec<String> {
    let short = |claim: &Claim| {
        let quantity = claim.quantity.clone().unwrap_or_default();
        let period = claim.period.clone().unwrap_or_default().code;
        let unit = claim.provenance.clone().unwrap_or_default().unit;
        let bound = match &quantity.value {
            Some(Value::Range(_)) => "BETWEEN",
            _ => quantity.bound().as_str_name().trim_start_matches("BOUND_"),
        };
        let (number, upper) = (number(&quantity), upper(&quantity));
        format!("{period} {bound} {number}..{upper} {unit}")
    };
    claims(world, indicator, entity)
        .await
        .iter()
        .map(short)
        .collect()
}

/// The snapshot of now, of both services: it changes with every write.
pub async fn snapshot(world: &World) -> String {
    let request = ListEntitiesRequest {
        page_size: 1,
        ..Default::default()
    };
    let answer = world.registry().list_entities(request).await;
    let of_registry = answer.expect("it can be read").into_inner().snapshot;
    let request = ListUnitsRequest {
        page_size: 1,
        consistency: fresh([of_registry]),
        ..Default::default()
    };
    let answer = world.metrics().list_units(request).await;
    answer.expect("it can be read").into_inner().snapshot
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(content).expect("memory can be written");
    packer.finish().expect("memory can be written")
}

async fn the_long_table_is_there(world: &World) {
    assert_eq!(
        told(world, "gdp", "china").await,
        [
            "2018 EXACT 91.90.. units/cny",
            "2019 GREATER_THAN 98.7.. units/cny",
        ]
    );
    assert_eq!(
        told(world, "gdp", "france").await,
        ["2018 BETWEEN 2.3..2.4 units/cny"]
    );
    assert_eq!(
        told(world, "growth", "france").await,
        ["2019-H1 ABOUT 1.8.. units/percent"]
    );
}

async fn a_table_is_read_plain_packed_and_with_tabs(backend: Backend) {
    let folder = folder();
    let plain = fs::read(fixture("long.csv")).expect("it is there");
    let tabs = String::from_utf8_lossy(&plain).replace(',', "\t");
    let packed = zstd::encode_all(plain.as_slice(), 1).expect("memory can be written");
    let tables = [
        fixture("long.csv"),
        write(&folder, "long.csv.gz", gzip(&plain)),
        write(&folder, "long.csv.zst", packed),
        write(&folder, "long.tsv", &tabs),
        write(&folder, "long.tsv.gz", gzip(tabs.as_bytes())),
    ];
    let world = seeded(backend).await;
    ended(
        &import(&world, &fixture("long.toml"), &tables[0], &[]).await,
        0,
    );
    the_long_table_is_there(&world).await;
    // The others say the same, so all of their rows are known.
    let after = snapshot(&world).await;
    for table in &tables[1..] {
        let again = import(&world, &fixture("long.toml"), table, &[]).await;
        ended(&again, 0);
        assert!(out(&again).contains("nothing new"), "{}", out(&again));
    }
    the_long_table_is_there(&world).await;
    assert_eq!(snapshot(&world).await, after);
}

async fn a_wide_table_gives_a_figure_for_each_filled_cell(backend: Backend) {
    let world = seeded(backend).await;
    let done = import(
        &world,
        &fixture("wide.toml"),
        &fixture("wide_2024.csv"),
        &[],
    )
    .await;
    ended(&done, 0);
    assert_eq!(
        told(&world, "gdp", "china").await,
        [
            "1990 EXACT 360.9.. units/usd",
            "2000 EXACT 1211.3.. units/usd",
            "2010 EXACT 6087.2.. units/usd",
        ]
    );
    assert_eq!(
        told(&world, "gdp", "france").await,
        ["2000 EXACT 1365.6.. units/usd"]
    );
    let release = &claims(&world, "gdp", "france").await[0].release;
    assert_eq!(release, "releases/wide-2024");
}

async fn entities_may_stand_below_what_names_them(backend: Backend) {
    let world = seeded(backend).await;
    let done = import(&world, &fixture("things.toml"), &fixture("things.csv"), &[]).await;
    ended(&done, 0);
    let request = GetEntityRequest {
        name: "entities/spain".to_owned(),
        ..Default::default()
    };
    let found = world.registry().get_entity(request).await;
    let found = found.expect("it is there").into_inner().entity;
    assert_eq!(found.expect("the entity").identifiers[0].value, "ESP");
    let request = ListRelationsRequest {
        filter: "subject = \"entities/toulouse\"".to_owned(),
        ..Default::default()
    };
    let stated = world.registry().list_relations(request).await;
    let stated = stated.expect("a page").into_inner().relations;
    assert_eq!(
        (stated.len(), stated[0].object.as_str()),
        (1, "entities/occitania")
    );
}

async fn an_import_again_writes_nothing(backend: Backend) {
    let world = seeded(backend).await;
    let tables = [
        ("things.toml", "things.csv"),
        ("long.toml", "long.csv"),
        ("wide.toml", "wide_2024.csv"),
    ];
    for (mapping, table) in tables {
        ended(
            &import(&world, &fixture(mapping), &fixture(table), &[]).await,
            0,
        );
    }
    let before = snapshot(&world).await;
    for (mapping, table) in tables {
        let again = import(&world, &fixture(mapping), &fixture(table), &[]).await;
        ended(&again, 0);
        assert!(out(&again).contains("nothing new"), "{}", out(&again));
    }
    assert_eq!(snapshot(&world).await, before);
}

async fn a_dry_run_says_what_would_happen_and_writes_nothing(backend: Backend) {
    let world = seeded(backend).await;
    let before = snapshot(&world).await;
    for (mapping, table) in [("things.toml", "things.csv"), ("long.toml", "long.csv")] {
        let checked = import(&world, &fixture(mapping), &fixture(table), &["--dry-run"]).await;
        ended(&checked, 0);
        assert!(out(&checked).contains("would be"), "{}", out(&checked));
    }
    assert_eq!(snapshot(&world).await, before);
    assert!(claims(&world, "gdp", "china").await.is_empty());
    // With the release there, the rows themselves are checked.
    ended(
        &import(&world, &fixture("long.toml"), &fixture("long.csv"), &[]).await,
        0,
    );
    let folder = folder();
    let worse =
        "what,where,when,sign,value,top,unit\ngdp,CHN,2018,,92,,yuan\ngdp,CHN,2020,,1,,mile\n";
    let table = write(&folder, "worse.csv", worse);
    let before = snapshot(&world).await;
    let checked = import(&world, &fixture("long.toml"), &table, &["--dry-run"]).await;
    ended(&checked, 1);
    assert!(
        complaint(&checked).contains("UNIT_UNKNOWN"),
        "{}",
        complaint(&checked)
    );
    assert_eq!(snapshot(&world).await, before);
    the_long_table_is_there(&world).await;
}

/// The rows of a file of rejected ones: line, column, reason, text.
pub fn rejects(path: &Path) -> Vec<[String; 4]> {
    let mut reader = csv::Reader::from_path(path).expect("it was written");
    let headers = reader.headers().expect("it has a header").clone();
    assert_eq!(
        headers,
        vec!["file", "line", "column", "reason", "message", "text"]
    );
    let row = |row: Result<csv::StringRecord, csv::Error>| {
        let row = row.expect("it is a table");
        assert!(!row[0].is_empty() && !row[4].is_empty(), "{row:?}");
        [1, 2, 3, 5].map(|cell| row[cell].to_owned())
    };
    reader.records().map(row).collect()
}

async fn rejected_rows_are_told_and_the_others_written(backend: Backend) {
    let world = seeded(backend).await;
    let folder = folder();
    let table = "what,where,when,sign,value,top,unit\n\
                 gdp,CHN,2018,,91.9,,yuan\n\
                 gdp,CHN,2018-13,,92.9,,yuan\n\
                 gdp,FRA,2018,,2.3,,yuan\n";
    let table = write(&folder, "mixed.csv", table);
    let file = folder.path().join("rejects.csv");
    let options = ["--rejects", &file.display().to_string()];
    let done = import(&world, &fixture("long.toml"), &table, &options).await;
    ended(&done, 1);
    let wrong = "gdp,CHN,2018-13,,92.9,,yuan";
    assert_eq!(rejects(&file), [["3", "when", "PERIOD_INVALID", wrong]]);
    for part in ["3", "when", "PERIOD_INVALID", wrong] {
        assert!(complaint(&done).contains(part), "{}", complaint(&done));
    }
    assert_eq!(claims(&world, "gdp", "china").await.len(), 1);
    assert_eq!(claims(&world, "gdp", "france").await.len(), 1);
    // It is still wrong the second time.
    let again = import(&world, &fixture("long.toml"), &table, &options).await;
    ended(&again, 1);
    assert_eq!(rejects(&file), [["3", "when", "PERIOD_INVALID", wrong]]);
}

async fn a_mended_table_is_imported_where_it_was_not(backend: Backend) {
    let world = seeded(backend).await;
    let folder = folder();
    let table = |when: &str| {
        let rows = format!(
            "what,where,when,sign,value,top,unit\ngdp,CHN,2018,,91.9,,yuan\ngdp,CHN,{when},,92.9,,yuan\n"
        );
        write(&folder, "table.csv", rows)
    };
    ended(
        &import(&world, &fixture("long.toml"), &table("2O19"), &[]).await,
        1,
    );
    ended(
        &import(&world, &fixture("long.toml"), &table("2019"), &[]).await,
        0,
    );
    assert_eq!(
        told(&world, "gdp", "china").await,
        ["2018 EXACT 91.9.. units/cny", "2019 EXACT 92.9.. units/cny",]
    );
}
