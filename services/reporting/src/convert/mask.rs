//! Changes of some fields of a template.

use proto::reporting::v1 as pb;
use rpc::{Fields, Reason, Result};

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

/// The template with the fields of the mask replaced by those of `new`.
pub(crate) fn apply(
    current: &Revision,
    content: pb::Template,
    new: pb::Template,
    mask: Option<prost_types::FieldMask>,
) -> Result<pb::Template> {
    let paths = mask.unwrap_or_default().paths;
    let mut fields = Fields::new();
    if paths.is_empty() {
        let message = format!("names nothing; name {} or *", FIELDS.join(", "));
        fields.refuse(Reason::UpdateMaskInvalid, "update_mask", message);
    }
    let mut changed = content;
    for path in &paths {
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
            "*" => {
                changed = pb::Template {
                    title: new.title.clone(),
                    subtitle: new.subtitle.clone(),
                    parameters: new.parameters.clone(),
                    sections: new.sections.clone(),
                    language: new.language.clone(),
                    editions: new.editions.clone(),
                    formats: new.formats.clone(),
                    publisher: new.publisher.clone(),
                    contact: new.contact.clone(),
                    licence: new.licence.clone(),
                    ..changed
                };
            }
            "name" | "etag" => {}
            "revision" if i64::from(new.revision) == current.revision => {}
            "update_time" if new.update_time == Some(timestamp(current.saved_at)) => {}
            "revision" | "update_time" => {
                let message = "is set by the server and cannot be given another value";
                fields.refuse(Reason::FieldImmutable, format!("template.{path}"), message);
            }
            _ => {
                let shown: String = path.chars().take(80).collect();
                let message = format!("names `{shown}`; the fields are {} or *", FIELDS.join(", "));
                fields.refuse(Reason::UpdateMaskInvalid, "update_mask", message);
            }
        }
    }
    fields.finish()?;
    Ok(changed)
}
