use proto::metrics::v1 as pb;
use rpc::{Fields, Reason, Result, Violation};

use super::{read_about, write};
use crate::release::{About, Release};

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
