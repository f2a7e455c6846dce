//! `almanac report`: makes a report and downloads it.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use prost::Message as _;
use proto::longrunning::{GetOperationRequest, Operation, WaitOperationRequest, operation};
use proto::reporting::v1::{
    DownloadArtefactRequest, GetTemplateRequest, ParameterType, Report, RunReportMetadata,
    RunReportRequest, RunReportResponse, Template,
};

use super::connect::Session;
use super::failure::Failure;
use super::meant;
use super::options::{AsOf, Format, Freshness};
use super::table::{self, Table};
use super::{json, name};
use crate::output;

/// How long the server may wait before it answers that a run is not done.
const PATIENCE: i32 = 1;

/// Makes a report from a template and downloads it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The template
    #[arg(value_name = "TEMPLATE")]
    template: String,
    /// A parameter of the run, as KEY=VALUE; may be repeated; an entity by its id or name
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = super::series::pair)]
    parameters: Vec<(String, String)>,
    /// Revision of the template; the newest by default
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    revision: i32,
    /// Language of the edition to make, such as zh-Hans; that of the template by default
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "LANGUAGE"
    )]
    language: String,
    /// Where to write the document, its ending says which of the files: .html or .pdf; may be
    /// repeated; standard output by default
    #[arg(long, value_name = "FILE")]
    out: Vec<PathBuf>,
    /// Which of its files to download where no ending says it
    #[arg(long, default_value = "html", value_name = "NAME")]
    artefact: String,
    #[command(flatten)]
    freshness: Freshness,
    #[command(flatten)]
    as_of: AsOf,
    /// How to print what was made, where the document goes to a file
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// Makes a report.
pub async fn run(args: &Args, session: &Session) -> anyhow::Result<ExitCode> {
    let request = RunReportRequest {
        template: name::within("templates", &args.template),
        template_revision: args.revision,
        parameters: parameters(args, session).await?,
        consistency: args.freshness.consistency(),
        as_of: args.as_of.as_of,
        language: args.language.clone(),
        ..RunReportRequest::default()
    };
    let operation = session.reporting().run_report(request).await?.into_inner();
    let report = wait(session, operation).await?;
    if args.out.is_empty() {
        let bytes = download(session, &report, &args.artefact).await?;
        let text = String::from_utf8(bytes);
        let text = text.with_context(|| format!("{} is no text: give --out", args.artefact))?;
        output::print(&text)?;
    }
    for path in &args.out {
        let bytes = download(session, &report, artefact(path, args)).await?;
        std::fs::write(path, &bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if !args.out.is_empty() {
        told(args, &report)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Which file belongs at a path: the one that its ending names.
fn artefact<'a>(path: &Path, args: &'a Args) -> &'a str {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("html" | "htm") => "html",
        Some("pdf") => "pdf",
        _ => &args.artefact,
    }
}

/// The parameters, with entities named in full where an id or a name was typed.
async fn parameters(args: &Args, session: &Session) -> anyhow::Result<BTreeMap<String, String>> {
    let mut parameters: BTreeMap<_, _> = args.parameters.iter().cloned().collect();
    if parameters.is_empty() {
        return Ok(parameters);
    }
    let template = template(args, session).await?;
    for parameter in &template.parameters {
        let typed = parameters.get_mut(&parameter.key);
        let short = typed.filter(|typed| !typed.starts_with("entities/"));
        if let Some(short) = short.filter(|_| parameter.r#type() == ParameterType::Entity) {
            let entity = meant::entity(session, short, &args.freshness).await;
            *short = entity.with_context(|| format!("--param {}", parameter.key))?;
        }
    }
    Ok(parameters)
}

/// The template of the run: as of the snapshot, where that says anything about templates.
async fn template(args: &Args, session: &Session) -> Result<Template, tonic::Status> {
    let find = async |freshness: &Freshness| {
        let request = GetTemplateRequest {
            name: name::within("templates", &args.template),
            revision: args.revision,
            consistency: freshness.consistency(),
        };
        let answer = session.reporting().get_template(request).await?;
        Ok(answer.into_inner().template.unwrap_or_default())
    };
    let newest = Freshness::default();
    if args.revision > 0 {
        return find(&newest).await;
    }
    match find(&args.freshness).await {
        // A token that is no good at all is refused again by the run itself.
        Err(status) if Failure::from(&status).reason == "SNAPSHOT_TOKEN_INVALID" => {
            find(&newest).await
        }
        found => found,
    }
}

fn told(args: &Args, report: &Report) -> anyhow::Result<()> {
    let files: Vec<_> = args
        .out
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    if args.format == Format::Table {
        return output::print(&format!(
            "{}: {} with {} cited figures ({})",
            files.join(", "),
            report.title,
            report.figure_count,
            report.name
        ));
    }
    let mut table = Table::new(&["file", "report", "title", "figures", "snapshot"]);
    for file in files {
        table.row([
            file,
            report.name.clone(),
            report.title.clone(),
            report.figure_count.to_string(),
            report.snapshot.clone(),
        ]);
    }
    table::show(args.format, "", &table, || {
        json::write(report, "almanac.reporting.v1.Report")
    })
}

/// Follows a run to its end, showing counted work.
async fn wait(session: &Session, mut operation: Operation) -> anyhow::Result<Report> {
    let bar = std::io::stderr().is_terminal().then(|| {
        let bar = ProgressBar::new(1);
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar
    });
    while !operation.done {
        if let Some(metadata) = operation.metadata.as_ref() {
            let progress = RunReportMetadata::decode(metadata.value.as_slice())?;
            if let Some(bar) = &bar {
                bar.set_length(u64::try_from(progress.steps_total).unwrap_or(0));
                bar.set_position(u64::try_from(progress.steps_done).unwrap_or(0));
                bar.set_message(progress.step);
            }
        }
        operation = next(session, operation.name).await?;
    }
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    match operation.result {
        Some(operation::Result::Response(response)) => {
            let response = RunReportResponse::decode(response.value.as_slice())?;
            response.report.context("the run ended without a report")
        }
        Some(operation::Result::Error(status)) => anyhow::bail!("{}", Failure::from(&status)),
        None => anyhow::bail!("the run ended without a result"),
    }
}

async fn next(session: &Session, name: String) -> Result<Operation, tonic::Status> {
    let patience = prost_types::Duration {
        seconds: i64::from(PATIENCE),
        nanos: 0,
    };
    let request = WaitOperationRequest {
        name: name.clone(),
        timeout: Some(patience),
    };
    match session.operations().wait_operation(request).await {
        Ok(operation) => Ok(operation.into_inner()),
        Err(status) if status.code() == tonic::Code::Unimplemented => {
            tokio::time::sleep(Duration::from_millis(100)).await;
            Ok(session
                .operations()
                .get_operation(GetOperationRequest { name })
                .await?
                .into_inner())
        }
        Err(status) => Err(status),
    }
}

async fn download(session: &Session, report: &Report, format: &str) -> anyhow::Result<Vec<u8>> {
    let request = DownloadArtefactRequest {
        name: format!("{}/artefacts/{format}", report.name),
        ..DownloadArtefactRequest::default()
    };
    let mut pieces = session
        .reporting()
        .download_artefact(request)
        .await?
        .into_inner();
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.message().await? {
        bytes.extend(piece.chunk);
    }
    Ok(bytes)
}
