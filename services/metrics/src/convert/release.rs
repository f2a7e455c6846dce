use proto::metrics::v1 as pb;
use rpc::{Fields, Reason, Result, Violation, read_period};

use super::timestamp;
use crate::release::{About, KnownBy, Release, end_of};

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

/// An update of a release, as far as it can be read without its old state.
pub(crate) struct Update {
    /// Id of the release.
    pub id: String,
    wire: pb::Release,
    about: About,
    paths: Vec<String>,
}

/// Reads an update of a release.
pub(crate) fn read_update(request: &pb::UpdateReleaseRequest) -> Result<Update> {
    let mut fields = Fields::new();
    let wire = request.release.clone().unwrap_or_default();
    let id = fields
        .name("release.name", "releases", &wire.name)
        .unwrap_or_default()
        .to_owned();
    let paths = request.update_mask.clone().unwrap_or_default().paths;
    if paths.is_empty() {
        fields.refuse(
            Reason::UpdateMaskInvalid,
            "update_mask",
            "is required; name the fields to replace, or *",
        );
    }
    let is_known = |path: &str| {
        path == "*"
            || DESCRIBING.contains(&path)
            || IMMUTABLE.contains(&path)
            || OUTPUT.contains(&path)
    };
    for path in paths.iter().filter(|path| !is_known(path)) {
        let message = format!("a release has no field `{path}`");
        fields.refuse(Reason::UpdateMaskInvalid, "update_mask", message);
    }
    let about = fields
        .take("release", read_about(&wire))
        .unwrap_or_default();
    fields.finish()?;
    Ok(Update {
        id,
        about,
        wire,
        paths,
    })
}

const DESCRIBING: [&str; 12] = [
    "title",
    "publisher",
    "authors",
    "url",
    "published_basis",
    "reference",
    "reference_basis",
    "licence",
    "digest",
    "interest",
    "language",
    "note",
];
const IMMUTABLE: [&str; 5] = ["source", "published", "retrieved", "coverage", "scope"];
/// Fields that are ignored in an update.
const OUTPUT: [&str; 5] = ["name", "known_at", "known_at_basis", "etag", "create_time"];

impl Update {
    /// The describing fields after the update of `old`.
    pub(crate) fn of(&self, old: &Release) -> Result<About> {
        if !self.wire.etag.is_empty() && self.wire.etag != old.etag() {
            let name = format!("releases/{}", old.id);
            let message =
                format!("{name} has changed since it was read; read it again, then retry");
            let stale = Violation::new(Reason::EtagMismatch, "release.etag", message);
            return Err(stale.about(name).into());
        }
        let mut fields = Fields::new();
        let (mut about, new) = (old.about.clone(), &self.about);
        for path in &self.paths {
            match path.as_str() {
                "*" => about = new.clone(),
                "title" => about.title.clone_from(&new.title),
                "publisher" => about.publisher.clone_from(&new.publisher),
                "authors" => about.authors.clone_from(&new.authors),
                "url" => about.url.clone_from(&new.url),
                "published_basis" => about.published_basis.clone_from(&new.published_basis),
                "reference" => about.reference.clone_from(&new.reference),
                "reference_basis" => about.reference_basis.clone_from(&new.reference_basis),
                "licence" => about.licence.clone_from(&new.licence),
                "digest" => about.digest.clone_from(&new.digest),
                "interest" => about.interest.clone_from(&new.interest),
                "language" => about.language.clone_from(&new.language),
                "note" => about.note.clone_from(&new.note),
                path => immutable(&mut fields, old, &self.wire, path),
            }
        }
        fields.finish()?;
        Ok(about)
    }
}

fn immutable(fields: &mut Fields, old: &Release, wire: &pb::Release, path: &str) {
    let now = write(old);
    let same = match path {
        "source" => now.source == wire.source,
        "published" => now.published == wire.published,
        "retrieved" => now.retrieved == wire.retrieved,
        "coverage" => now.coverage == wire.coverage || wire.coverage == 0 && !old.complete,
        "scope" => now.scope == wire.scope,
        // What the server says is ignored.
        _ => true,
    };
    if !same {
        let field = format!("release.{path}");
        fields.refuse(
            Reason::FieldImmutable,
            field,
            "never changes; record another release",
        );
    }
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
