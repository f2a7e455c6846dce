//! Templates on the wire: their shape is checked here, what they name by the peers.

mod computed;
mod definition;
mod drawing;
mod edition;
mod format;
mod number;
mod section;

use prost::Message as _;
use proto::reporting::v1 as pb;
use rpc::{Error, Fields, Reason, Result};

use super::{revision, timestamp};
use crate::parameter::{self, Kind};
use crate::template::{Content, Revision};

pub(crate) use definition::check_definitions;
pub(crate) use edition::edition;

const TITLE: usize = 300;
const SUBTITLE: usize = 2000;
const PARAMETERS: usize = 20;
const SECTIONS: usize = 100;
const LABEL: usize = 100;
const IMPRINT: usize = 300;
const FORMATS: usize = 100;
/// Largest template in bytes, encoded: it goes into one answer with what the server adds.
const LARGEST: usize = 3 * 1024 * 1024;

/// Id and revision of a template.
pub(crate) fn wanted<'r>(
    request: &'r pb::GetTemplateRequest,
    fields: &mut Fields,
) -> (&'r str, Option<i64>) {
    let id = fields.name("name", "templates", &request.name);
    let revision = revision("revision", request.revision, fields);
    (id.unwrap_or_default(), revision)
}

/// Whether a list is to have whole templates.
pub(crate) fn is_full(view: i32, fields: &mut Fields) -> bool {
    let known = pb::TemplateView::try_from(view);
    if known.is_err() {
        let message = format!("has no value {view}; use TEMPLATE_VIEW_BASIC or _FULL");
        fields.refuse(Reason::FieldInvalid, "view", message);
    }
    known == Ok(pb::TemplateView::Full)
}

/// The template of a request. Without one nothing more can be wrong than what is among
/// `fields`.
pub(crate) fn given(template: Option<pb::Template>, fields: &mut Fields) -> Result<pb::Template> {
    if let Some(template) = template {
        return Ok(template);
    }
    let fault = Error::field(Reason::FieldRequired, "template", "is required");
    fields.take::<()>("", Err(fault.clone()));
    std::mem::take(fields).finish()?;
    Err(fault)
}

/// The content in canonical form, once its shape is found right.
pub(crate) fn canonical(template: &pb::Template) -> Result<Content> {
    let mut fields = Fields::new();
    check(template, &mut fields);
    let (language, editions) = edition::canonical(template);
    let content = pb::Template {
        language,
        editions,
        title: template.title.clone(),
        subtitle: template.subtitle.clone(),
        parameters: template.parameters.clone(),
        sections: template.sections.clone(),
        formats: template.formats.clone(),
        publisher: template.publisher.clone(),
        contact: template.contact.clone(),
        licence: template.licence.clone(),
        ..Default::default()
    };
    let bytes = content.encoded_len();
    if bytes > LARGEST {
        let message = format!("has {bytes} bytes; at most {LARGEST} are accepted");
        fields.refuse(Reason::FieldInvalid, "template", message);
    }
    fields.finish()?;
    Ok(Content {
        body: content.encode_to_vec(),
        summary: basic(content).encode_to_vec(),
    })
}

/// A template without what only its full view has.
fn basic(whole: pb::Template) -> pb::Template {
    pb::Template {
        sections: Vec::new(),
        editions: Vec::new(),
        ..whole
    }
}

/// The content of a revision.
pub(crate) fn content(saved: &Revision) -> Result<pb::Template> {
    pb::Template::decode(saved.body.as_slice()).map_err(Error::internal)
}

/// A template as clients see it.
pub(crate) fn answer(saved: &Revision) -> Result<pb::Template> {
    let content = content(saved)?;
    Ok(pb::Template {
        language: edition::language(&content).to_owned(),
        name: format!("templates/{}", saved.id),
        revision: saved.revision as i32,
        etag: saved.etag.clone(),
        update_time: Some(timestamp(saved.saved_at)),
        ..content
    })
}

/// What a check knows while it walks through a template.
struct Checker<'a> {
    fields: &'a mut Fields,
    /// Keys of the parameters.
    keys: Vec<&'a str>,
}

fn check(template: &pb::Template, fields: &mut Fields) {
    fields.required_text("template.title", &template.title, TITLE);
    fields.text("template.subtitle", &template.subtitle, SUBTITLE);
    fields.at_most("template.parameters", template.parameters.len(), PARAMETERS);
    fields.at_most("template.sections", template.sections.len(), SECTIONS);
    if template.sections.is_empty() {
        fields.refuse(
            Reason::FieldRequired,
            "template.sections",
            "has no section; give at least one",
        );
    }
    let keys = template
        .parameters
        .iter()
        .map(|parameter| parameter.key.as_str())
        .collect();
    let mut checker = Checker { fields, keys };
    checker.parameters(&template.parameters);
    checker.uses("template.title", &template.title);
    checker.uses("template.subtitle", &template.subtitle);
    checker.cites("template.subtitle", "the subtitle", &template.subtitle);
    checker.formats(&template.formats);
    checker.imprint(template);
    for (index, section) in template.sections.iter().enumerate() {
        let path = format!("template.sections[{index}]");
        if template.sections[..index]
            .iter()
            .any(|other| other.id == section.id)
        {
            checker.wrong(
                format!("{path}.id"),
                format!("`{}` is the id of another section", section.id),
            );
        }
        checker.section(&path, section);
    }
    checker.editions(template);
}

impl Checker<'_> {
    fn wrong(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.fields.refuse(Reason::TemplateInvalid, path, message);
    }

    fn parameters(&mut self, parameters: &[pb::Parameter]) {
        for (index, one) in parameters.iter().enumerate() {
            let path = format!("template.parameters[{index}]");
            if !parameter::is_key(&one.key) {
                let message = "is not a key: use 1 to 63 of a-z, 0-9 and _, a letter first";
                self.wrong(format!("{path}.key"), message);
            } else if parameters[..index].iter().any(|other| other.key == one.key) {
                self.wrong(
                    format!("{path}.key"),
                    format!("`{}` is the key of another parameter", one.key),
                );
            }
            self.fields
                .text(&format!("{path}.label"), &one.label, LABEL);
            let kind = match one.r#type() {
                pb::ParameterType::Text => Kind::Text,
                pb::ParameterType::Entity => Kind::Entity,
                pb::ParameterType::Period => Kind::Period,
                pb::ParameterType::Unspecified => {
                    self.wrong(
                        format!("{path}.type"),
                        "is required: text, entity or period",
                    );
                    continue;
                }
            };
            let fault = Some(&one.default_value).filter(|value| !value.is_empty());
            if let Some(fault) = fault.and_then(|value| parameter::fault(kind, value)) {
                self.wrong(format!("{path}.default_value"), fault);
            }
        }
    }

    /// Refuses a text that would print a number of its own.
    fn cites(&mut self, path: &str, place: &str, text: &str) {
        if let Some(number) = number::typed(text) {
            let message = format!(
                "{place} says `{number}`, a number without a claim; bind the figure to a key and \
                 write `{{key}}` (only years and periods such as 2018-06 may stand in the text)"
            );
            self.wrong(path, message);
        }
    }

    /// Refuses a text that uses a parameter the template does not have.
    fn uses(&mut self, path: &str, text: &str) {
        let unknown: Vec<_> = parameter::used(text)
            .filter(|key| !self.keys.contains(key))
            .collect();
        for key in unknown {
            self.wrong(
                path,
                format!("uses `${{{key}}}`, which is no parameter of the template"),
            );
        }
    }
}

#[cfg(test)]
mod tests;
