mod update;

use proto::metrics::v1 as pb;
use rpc::{Fields, Reason, Result, read_period};

use super::timestamp;
use crate::release::{About, KnownBy, Release, end_of};

pub(crate) use update::read_update;

/// Reads a new release; `known_at` is set when it is recorded.
pub(crate) fn read_new(request: &pb::CreateReleaseRequest) -> Result<Release> {
    let mut fields = Fields::new();
    fields.id("release_id", &request.release_id);
    let Some(wire) = &request.release else {
        fields.refuse(Reason::FieldRequired, "release", "is required");
        fields.finish()?;
        return Err(rpc::Error::invalid(Vec::new()));
    };
    let release = fields.take("release", read(wire, &request.release_id));
    fields.finish()?;
    release.ok_or_else(|| rpc::Error::invalid(Vec::new()))
}

fn read(wire: &pb::Release, id: &str) -> Result<Release> {
    let mut fields = Fields::new();
    let source = fields
        .name("source", "entities", &wire.source)
        .unwrap_or_default()
        .to_owned();
    for (field, date) in [
        ("published", &wire.published),
        ("retrieved", &wire.retrieved),
    ] {
        if !date.is_empty() && end_of(date).is_none() {
            let message = format!(
                "`{date}` is not a date such as 2023-01, 2023-01-12 or 2023-01-12T07:30:39Z"
            );
            fields.refuse(Reason::FieldInvalid, field, message);
        }
    }
    let complete = match pb::Coverage::try_from(wire.coverage) {
        Ok(coverage) => coverage == pb::Coverage::Complete,
        Err(_) => {
            fields.refuse(
                Reason::FieldInvalid,
                "coverage",
                format!("has no value {}", wire.coverage),
            );
            false
        }
    };
    let scope = read_scope(&mut fields, wire, complete);
    let about = fields.take("", read_about(wire));
    fields.finish()?;
    Ok(Release {
        id: id.to_owned(),
        source,
        about: about.unwrap_or_default(),
        published: wire.published.clone(),
        retrieved: wire.retrieved.clone(),
        complete,
        scope,
        known_at: 0,
        known_at_basis: KnownBy::Recorded,
        created_at: 0,
        commit: 0,
    })
}

fn read_scope(fields: &mut Fields, wire: &pb::Release, complete: bool) -> Vec<String> {
    fields.at_most("scope", wire.scope.len(), 1000);
    if complete && wire.scope.is_empty() {
        fields.refuse(
            Reason::FieldRequired,
            "scope",
            "is required with COVERAGE_COMPLETE: name the indicators",
        );
    }
    if !complete && !wire.scope.is_empty() {
        fields.refuse(
            Reason::FieldInvalid,
            "scope",
            "goes only with COVERAGE_COMPLETE",
        );
    }
    let names = wire.scope.iter().enumerate();
    let ids = names.filter_map(|(i, name)| fields.name(&format!("scope[{i}]"), "indicators", name));
    ids.map(str::to_owned).collect()
}

/// Reads the describing fields.
pub(crate) fn read_about(wire: &pb::Release) -> Result<About> {
    let mut fields = Fields::new();
    fields.text("title", &wire.title, 500);
    fields.text("publisher", &wire.publisher, 300);
    fields.at_most("authors", wire.authors.len(), 100);
    for (i, author) in wire.authors.iter().enumerate() {
        fields.required_text(&format!("authors[{i}]"), author, 300);
    }
    fields.text("url", &wire.url, 2000);
    if !wire.url.is_empty() && !wire.url.starts_with("https://") && !wire.url.starts_with("http://")
    {
        fields.refuse(Reason::FieldInvalid, "url", "is not an http or https URL");
    }
    fields.text("published_basis", &wire.published_basis, 200);
    fields.text("reference_basis", &wire.reference_basis, 200);
    fields.text("licence", &wire.licence, 200);
    fields.text("interest", &wire.interest, 500);
    fields.text("language", &wire.language, 35);
    fields.text("note", &wire.note, 2000);
    let reference = match wire.reference.as_str() {
        "" => String::new(),
        code => fields
            .take("", read_period("reference", code))
            .map(|p| p.to_string())
            .unwrap_or_default(),
    };
    if !wire.digest.is_empty() && !is_digest(&wire.digest) {
        fields.refuse(
            Reason::FieldInvalid,
            "digest",
            "is not `sha256:` and 64 hex digits",
        );
    }
    fields.finish()?;
    Ok(About {
        title: wire.title.clone(),
        publisher: wire.publisher.clone(),
        authors: wire.authors.clone(),
        url: wire.url.clone(),
        published_basis: wire.published_basis.clone(),
        reference,
        reference_basis: wire.reference_basis.clone(),
        licence: wire.licence.clone(),
        digest: wire.digest.clone(),
        interest: wire.interest.clone(),
        language: wire.language.clone(),
        note: wire.note.clone(),
    })
}

fn is_digest(text: &str) -> bool {
    let hex = text.strip_prefix("sha256:").unwrap_or_default();
    hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A release as it goes out.
pub(crate) fn write(release: &Release) -> pb::Release {
    let about = release.about.clone();
    let coverage = if release.complete {
        pb::Coverage::Complete
    } else {
        pb::Coverage::Partial
    };
    let basis = match release.known_at_basis {
        KnownBy::Published => pb::KnownAtBasis::Published,
        KnownBy::Retrieved => pb::KnownAtBasis::Retrieved,
        KnownBy::Recorded => pb::KnownAtBasis::Recorded,
    };
    pb::Release {
        name: format!("releases/{}", release.id),
        source: format!("entities/{}", release.source),
        title: about.title,
        publisher: about.publisher,
        authors: about.authors,
        url: about.url,
        published: release.published.clone(),
        published_basis: about.published_basis,
        reference: about.reference,
        reference_basis: about.reference_basis,
        licence: about.licence,
        retrieved: release.retrieved.clone(),
        digest: about.digest,
        interest: about.interest,
        language: about.language,
        coverage: coverage as i32,
        scope: release
            .scope
            .iter()
            .map(|id| format!("indicators/{id}"))
            .collect(),
        note: about.note,
        known_at: Some(timestamp(release.known_at)),
        known_at_basis: basis as i32,
        etag: release.etag(),
        create_time: Some(timestamp(release.created_at)),
    }
}
