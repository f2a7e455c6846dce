//! Changes of some fields of a template.

use proto::reporting::v1 as pb;
use rpc::{Fields, Reason};

use super::timestamp;
use crate::template::Revision;

/// What can be changed.
const FIELDS: [&str; 10] = [
    "title",
    "subtitle",
    "parameters",
    "sections",
    "language",
    "editions",
    "formats",
    "publisher",
    "contact",
    "licence",
];
/// What the server sets: it may be named, as a template that was read is sent back.
const OUTPUT_ONLY: [&str; 4] = ["name", "etag", "revision", "update_time"];

/// The paths of a mask. Refuses one that names nothing, or what no template has.
pub(crate) fn paths(mask: Option<prost_types::FieldMask>, fields: &mut Fields) -> Vec<String> {
    let paths = mask.unwrap_or_default().paths;
    if paths.is_empty() {
        let message = format!("names nothing; name {} or *", FIELDS.join(", "));
        fields.refuse(Reason::UpdateMaskInvalid, "update_mask", message);
    }
    for path in &paths {
        let known = path == "*" || FIELDS.iter().chain(&OUTPUT_ONLY).any(|one| one == path);
        if !known {
            let shown: String = path.chars().take(80).collect();
            let message = format!("names `{shown}`; the fields are {} or *", FIELDS.join(", "));
            fields.refuse(Reason::UpdateMaskInvalid, "update_mask", message);
        }
    }
    paths
}

/// The template with the fields of a mask replaced by those of `new`.
pub(crate) fn apply(
    current: &Revision,
    content: pb::Template,
    new: &pb::Template,
    paths: &[String],
    fields: &mut Fields,
) -> pb::Template {
    let mut changed = content;
    for path in paths {
        match path.as_str() {
            "title" => changed.title.clone_from(&new.title),
            "subtitle" => changed.subtitle.clone_from(&new.subtitle),
            "parameters" => changed.parameters.clone_from(&new.parameters),
            "sections" => changed.sections.clone_from(&new.sections),
            "language" => changed.language.clone_from(&new.language),
            "editions" => changed.editions.clone_from(&new.editions),
            "formats" => changed.formats.clone_from(&new.formats),
            "publisher" => changed.publisher.clone_from(&new.publisher),
            "contact" => changed.contact.clone_from(&new.contact),
            "licence" => changed.licence.clone_from(&new.licence),
            "*" => changed.clone_from(new),
            "revision" if i64::from(new.revision) == current.revision => {}
            "update_time" if new.update_time == Some(timestamp(current.saved_at)) => {}
            "revision" | "update_time" => {
                let message = "is set by the server and cannot be given another value";
                fields.refuse(Reason::FieldImmutable, format!("template.{path}"), message);
            }
            _ => {}
        }
    }
    changed
}
