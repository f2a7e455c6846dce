//! The demo: seven real vintages through the command, and the report made of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, bail};
use proto::longrunning::WaitOperationRequest;
use proto::longrunning::operation::Result as Outcome;
use proto::longrunning::operations_client::OperationsClient;
use proto::reporting::v1::RunReportRequest;
use proto::reporting::v1::reporting_service_client::ReportingServiceClient;
use tonic::transport::Channel;

use crate::installation::{Engine, Installation};
use crate::options::Options;
use crate::table::{Row, Table, count, median};

/// Tables of the demo before its vintages: mapping and file.
const TABLES: [(&str, &str); 15] = [
    ("datasets", "datasets.csv"),
    ("sources", "sources.csv.gz"),
    ("entities", "entities.csv.gz"),
    ("countries", "countries.csv.gz"),
    ("divisions", "divisions.csv.gz"),
    ("organisations", "organisations.csv.gz"),
    ("organisation-relations", "organisation-relations.csv.gz"),
    ("unicorns", "unicorns.csv.gz"),
    ("unicorn-counts", "unicorn-counts.csv.gz"),
    ("investments", "investments.csv.gz"),
    ("names", "names.csv"),
    ("relations", "relations.csv.gz"),
    ("observations", "observations.csv.gz"),
    ("province-gdp", "province-gdp.csv.gz"),
    ("gapminder-releases", "gapminder-releases.csv.gz"),
];

/// As of the year 2100 everything is known, and each second of it makes a report of its own.
const AFTER_ALL: i64 = 4_102_444_800;

/// Longest wait of one question whether a run is done.
const PATIENCE: prost_types::Duration = prost_types::Duration {
    seconds: 20,
    nanos: 0,
};

/// Imports the demo and makes its report again and again.
pub async fn measure(engine: Engine, options: &Options, table: &mut Table) -> anyhow::Result<()> {
    let mut installation = Installation::empty(engine).await?;
    let vintages = files("gdp_")?;
    import(
        &installation,
        &TABLES.map(|(mapping, file)| (mapping, path(file))),
    )
    .await?;
    let took = import_all(&installation, "gdp", &vintages).await?;
    let rows = rows(&vintages)?;
    let ours = format!("{} rows/s", count(rows as f64 / took));
    let what = format!("almanac import, {} rows of GDP", count(rows as f64));
    table.add(Row::plain(&what, engine, ours))?;
    import_all(&installation, "gapminder", &files("gapminder_")?).await?;
    let template = folder().join("template.toml").display().to_string();
    installation.run(&["template", &template]).await?;
    installation.serve(&[]).await?;
    let channel = installation.channel().await?;
    let mut took = Vec::new();
    for round in 0..options.rounds {
        let seconds = AFTER_ALL + round as i64;
        let as_of = prost_types::Timestamp { seconds, nanos: 0 };
        took.push(report(channel.clone(), &template, as_of).await?);
    }
    installation.stop().await;
    let middle = median(took).unwrap_or(f64::NAN);
    let row = Row::plain(
        "report of the demo, page and print",
        engine,
        format!("{:.0} ms", middle * 1e3),
    );
    table.add(row)
}

async fn import(installation: &Installation, tables: &[(&str, PathBuf)]) -> anyhow::Result<()> {
    for what in ["vocabulary", "definitions"] {
        let file = folder().join(format!("{what}.toml")).display().to_string();
        installation.run(&["apply", what, &file]).await?;
    }
    for (name, file) in tables {
        let file = file.display().to_string();
        installation.run(&["import", &mapping(name), &file]).await?;
    }
    Ok(())
}

/// Imports files in one go; answers how many seconds that took.
async fn import_all(
    installation: &Installation,
    name: &str,
    files: &[PathBuf],
) -> anyhow::Result<f64> {
    let mut arguments = vec!["import".to_owned(), mapping(name)];
    arguments.extend(files.iter().map(|path| path.display().to_string()));
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    Ok(installation.run(&arguments).await?.as_secs_f64())
}

/// Makes the report; answers how many seconds that took.
async fn report(
    channel: Channel,
    template: &str,
    as_of: prost_types::Timestamp,
) -> anyhow::Result<f64> {
    let text = fs::read_to_string(template)?;
    let named = text.lines().find_map(|line| line.strip_prefix("name = \""));
    let name = named
        .context("the template has no name")?
        .trim_end_matches('"');
    let mut reporting = ReportingServiceClient::new(channel.clone());
    let mut operations = OperationsClient::new(channel);
    let begun = Instant::now();
    let request = RunReportRequest {
        template: name.to_owned(),
        as_of: Some(as_of),
        ..RunReportRequest::default()
    };
    let mut operation = reporting.run_report(request).await?.into_inner();
    while !operation.done {
        let request = WaitOperationRequest {
            name: operation.name,
            timeout: Some(PATIENCE),
        };
        operation = operations.wait_operation(request).await?.into_inner();
    }
    match operation.result {
        Some(Outcome::Response(_)) => Ok(begun.elapsed().as_secs_f64()),
        other => bail!("the report was not made: {other:?}"),
    }
}

/// Files of the demo whose names begin so, sorted: vintages from the oldest on.
fn files(beginning: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for file in folder().join("data").read_dir()? {
        let path = file?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(beginning) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Rows in these files, their headings left out.
fn rows(files: &[PathBuf]) -> anyhow::Result<usize> {
    let mut rows = 0;
    for file in files {
        let text = zstd::decode_all(fs::File::open(file)?)?;
        rows += csv::Reader::from_reader(text.as_slice()).records().count();
    }
    Ok(rows)
}

fn mapping(name: &str) -> String {
    let file = folder().join(format!("mappings/{name}.toml"));
    file.display().to_string()
}

fn path(file: &str) -> PathBuf {
    folder().join("data").join(file)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("demo")
}
