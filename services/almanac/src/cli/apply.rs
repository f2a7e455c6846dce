//! `almanac apply` and `almanac template`: what is curated as files.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use proto::metrics::v1::ApplyDefinitionsRequest;
use proto::registry::v1::{ApplyVocabularyRequest, Vocabulary};
use proto::reporting::v1::{
    CreateTemplateRequest, GetTemplateRequest, Template, UpdateTemplateRequest,
};

use super::connect::Session;
use super::{json, name};
use crate::output;

/// Applies a TOML file, written as the contract spells the message in JSON.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What the file holds
    #[arg(value_enum)]
    what: What,
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Check only, change nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum What {
    /// Kinds, predicates, identifier schemes and code lists
    Vocabulary,
    /// Units, concepts and indicators
    Definitions,
}

/// Saves a template from a TOML file, written as the contract spells the message in JSON.
#[derive(Debug, clap::Args)]
pub struct TemplateArgs {
    /// The file, with `name` set
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Applies a vocabulary or definitions.
pub async fn run(args: &Args, session: &Session) -> anyhow::Result<ExitCode> {
    let said = match args.what {
        What::Vocabulary => vocabulary(session, &args.file, args.dry_run).await?,
        What::Definitions => definitions(session, &args.file, args.dry_run).await?,
    };
    output::print(&said)?;
    Ok(ExitCode::SUCCESS)
}

/// Applies a vocabulary file and says what changed.
pub async fn vocabulary(session: &Session, path: &Path, dry_run: bool) -> anyhow::Result<String> {
    let vocabulary: Vocabulary = json::read_toml(path, "almanac.registry.v1.Vocabulary")?;
    let counts = format!(
        "{} kinds, {} predicates, {} identifier schemes, {} code lists",
        vocabulary.kinds.len(),
        vocabulary.predicates.len(),
        vocabulary.schemes.len(),
        vocabulary.code_lists.len()
    );
    let request = ApplyVocabularyRequest {
        vocabulary: Some(vocabulary),
        validate_only: dry_run,
        ..ApplyVocabularyRequest::default()
    };
    let answer = session
        .registry()
        .apply_vocabulary(request)
        .await
        .context("the vocabulary cannot be applied")?;
    let did = match (answer.into_inner().changed, dry_run) {
        (true, true) => "would be applied",
        (true, false) => "applied",
        (false, _) => "nothing new",
    };
    Ok(format!("{}: {did}: {counts}", path.display()))
}

/// Applies a definitions file and says what changed.
pub async fn definitions(session: &Session, path: &Path, dry_run: bool) -> anyhow::Result<String> {
    let mut request: ApplyDefinitionsRequest =
        json::read_toml(path, "almanac.metrics.v1.ApplyDefinitionsRequest")?;
    request.validate_only = dry_run;
    let answer = session
        .metrics()
        .apply_definitions(request)
        .await
        .context("the definitions cannot be applied")?;
    let answer = answer.into_inner();
    let would = if dry_run { "would be " } else { "" };
    let did = match (answer.created_count, answer.updated_count) {
        (0, 0) => "nothing new".to_owned(),
        (created, updated) => format!("{created} {would}created, {updated} {would}changed"),
    };
    Ok(format!(
        "{}: {did}, {} unchanged",
        path.display(),
        answer.unchanged_count
    ))
}

/// Creates a template or saves a new revision of it.
pub async fn template(args: &TemplateArgs, session: &Session) -> anyhow::Result<ExitCode> {
    let template: Template = json::read_toml(&args.file, "almanac.reporting.v1.Template")?;
    let full = name::within("templates", &template.name);
    anyhow::ensure!(
        !template.name.is_empty(),
        "{} gives the template no `name`",
        args.file.display()
    );
    let mut reporting = session.reporting();
    let known = reporting
        .get_template(GetTemplateRequest {
            name: full.clone(),
            ..Default::default()
        })
        .await;
    let before = match known {
        Ok(known) => known.into_inner().template.unwrap_or_default().revision,
        Err(status) if status.code() == tonic::Code::NotFound => 0,
        Err(status) => return Err(status.into()),
    };
    let saved = if before == 0 {
        let id = name::id(&full).to_owned();
        let request = CreateTemplateRequest {
            template_id: id,
            template: Some(template),
            ..CreateTemplateRequest::default()
        };
        reporting
            .create_template(request)
            .await
            .context("the template cannot be saved")?
            .into_inner()
            .template
    } else {
        let template = Template {
            name: full.clone(),
            ..template
        };
        let mask = prost_types::FieldMask {
            paths: vec!["*".to_owned()],
        };
        let request = UpdateTemplateRequest {
            template: Some(template),
            update_mask: Some(mask),
            ..UpdateTemplateRequest::default()
        };
        reporting
            .update_template(request)
            .await
            .context("the template cannot be saved")?
            .into_inner()
            .template
    };
    let revision = saved.unwrap_or_default().revision;
    let did = if revision == before {
        "nothing new"
    } else {
        "saved"
    };
    output::print(&format!("{full}: {did}: revision {revision}"))?;
    Ok(ExitCode::SUCCESS)
}
