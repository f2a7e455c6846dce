//! Releases from rows, or from the name of a file.

use proto::metrics::v1::{
    Coverage, CreateReleaseRequest, GetReleaseRequest, Release, UpdateReleaseRequest,
    metrics_service_client::MetricsServiceClient,
};
use tonic::transport::Channel;

use super::reader::{Reader, named};
use super::section::Section;
use crate::cli::failure::Failure;
use crate::cli::name;

/// Reads a release.
pub fn build(reader: &mut Reader, section: &Section) -> Release {
    let coverage = reader.code(section, "coverage", "COVERAGE_", |word| {
        Coverage::from_str_name(word).map(|code| code as i32)
    });
    let scope = reader.list(section, "scope").into_iter();
    Release {
        name: reader.required_name(section, "id", "releases"),
        source: reader.required_name(section, "source", "entities"),
        title: reader.text(section, "title"),
        publisher: reader.text(section, "publisher"),
        authors: reader.list(section, "authors"),
        url: reader.text(section, "url"),
        published: reader.text(section, "published"),
        published_basis: reader.text(section, "published_basis"),
        reference: reader.text(section, "reference"),
        reference_basis: reader.text(section, "reference_basis"),
        licence: reader.text(section, "licence"),
        retrieved: reader.text(section, "retrieved"),
        digest: reader.text(section, "digest"),
        interest: reader.text(section, "interest"),
        language: reader.text(section, "language"),
        coverage: if coverage == 0 {
            Coverage::Partial as i32
        } else {
            coverage
        },
        scope: scope
            .map(|indicator| named("indicators", indicator))
            .collect(),
        note: reader.text(section, "note"),
        ..Release::default()
    }
}

/// What happened to a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is new.
    Created,
    /// It was there with other content.
    Updated,
    /// It was there with the same content.
    Unchanged,
}

/// Creates a release, or brings what describes it up to date.
pub async fn keep(
    metrics: &mut MetricsServiceClient<Channel>,
    release: &Release,
    dry_run: bool,
) -> Result<Result<Kept, Failure>, tonic::Status> {
    let get = GetReleaseRequest {
        name: release.name.clone(),
        ..GetReleaseRequest::default()
    };
    let known = match metrics.get_release(get).await {
        Ok(known) => known.into_inner().release.unwrap_or_default(),
        Err(status) if status.code() == tonic::Code::NotFound => {
            if dry_run {
                return Ok(Ok(Kept::Created));
            }
            let request = CreateReleaseRequest {
                release_id: name::id(&release.name).to_owned(),
                release: Some(release.clone()),
                ..CreateReleaseRequest::default()
            };
            return settled(metrics.create_release(request).await.map(|_| Kept::Created));
        }
        Err(status) => return settled(Err(status)),
    };
    let changed = changed(&known, release);
    if changed.is_empty() {
        return Ok(Ok(Kept::Unchanged));
    }
    if dry_run {
        return Ok(Ok(Kept::Updated));
    }
    let request = UpdateReleaseRequest {
        release: Some(Release {
            etag: known.etag,
            ..release.clone()
        }),
        update_mask: Some(prost_types::FieldMask { paths: changed }),
        ..UpdateReleaseRequest::default()
    };
    settled(metrics.update_release(request).await.map(|_| Kept::Updated))
}

/// A refusal of the server is about this release; anything else ends the import.
fn settled(answer: Result<Kept, tonic::Status>) -> Result<Result<Kept, Failure>, tonic::Status> {
    use tonic::Code;
    match answer {
        Ok(kept) => Ok(Ok(kept)),
        Err(status) => match status.code() {
            Code::InvalidArgument | Code::FailedPrecondition | Code::AlreadyExists => {
                Ok(Err(Failure::from(&status)))
            }
            _ => Err(status),
        },
    }
}

/// Fields in which the file differs from what is known. Naming an immutable one lets the
/// server say that it cannot change.
fn changed(known: &Release, new: &Release) -> Vec<String> {
    let fields: [(&str, bool); 17] = [
        ("source", known.source != new.source),
        ("title", known.title != new.title),
        ("publisher", known.publisher != new.publisher),
        ("authors", known.authors != new.authors),
        ("url", known.url != new.url),
        ("published", known.published != new.published),
        (
            "published_basis",
            known.published_basis != new.published_basis,
        ),
        ("reference", known.reference != new.reference),
        (
            "reference_basis",
            known.reference_basis != new.reference_basis,
        ),
        ("licence", known.licence != new.licence),
        ("retrieved", known.retrieved != new.retrieved),
        ("digest", known.digest != new.digest),
        ("interest", known.interest != new.interest),
        ("language", known.language != new.language),
        ("coverage", known.coverage != new.coverage),
        ("scope", known.scope != new.scope),
        ("note", known.note != new.note),
    ];
    fields
        .iter()
        .filter(|(_, differs)| *differs)
        .map(|(field, _)| (*field).to_owned())
        .collect()
}
