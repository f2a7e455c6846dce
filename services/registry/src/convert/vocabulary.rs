mod check;

use prost::Message as _;
use proto::registry::v1 as pb;
use rpc::{Fields, Reason, Result};

use super::{all, each, language, number};
use crate::identifier::Validator;
use crate::vocabulary::{
    Attribute, AttributeType, Code, CodeList, Kind, Label, Predicate, Scheme, Vocabulary,
};

/// Most kinds, predicates, schemes and code lists.
const MOST_PARTS: usize = 500;
const MOST_ATTRIBUTES: usize = 100;
const MOST_CODES: usize = 5000;
const MOST_LABELS: usize = 100;
const LONGEST_LABEL: usize = 300;
const LONGEST_CODE: usize = 63;
/// Largest vocabulary as it is sent, so that an answer can hold it. Entities and relations
/// are kept smaller by the bounds of their parts.
const LARGEST: usize = 3 << 20;

/// Reads the vocabulary of a request.
pub(crate) fn read(wire: Option<&pb::Vocabulary>) -> Result<Vocabulary> {
    let mut fields = Fields::new();
    let Some(wire) = wire else {
        fields.refuse(Reason::FieldRequired, "vocabulary", "is required");
        fields.finish()?;
        return Err(super::unread());
    };
    let read = fields.take("vocabulary", vocabulary(wire));
    fields.finish()?;
    read.ok_or_else(super::unread)
}

fn vocabulary(wire: &pb::Vocabulary) -> Result<Vocabulary> {
    let mut fields = Fields::new();
    fields.at_most("kinds", wire.kinds.len(), MOST_PARTS);
    fields.at_most("predicates", wire.predicates.len(), MOST_PARTS);
    fields.at_most("schemes", wire.schemes.len(), MOST_PARTS);
    fields.at_most("code_lists", wire.code_lists.len(), MOST_PARTS);
    let vocabulary = Vocabulary {
        kinds: each(&mut fields, "kinds", &wire.kinds, kind),
        predicates: each(&mut fields, "predicates", &wire.predicates, predicate),
        schemes: each(&mut fields, "schemes", &wire.schemes, scheme),
        code_lists: each(&mut fields, "code_lists", &wire.code_lists, code_list),
    };
    check::check(&mut fields, wire);
    let bytes = wire.encoded_len();
    if bytes > LARGEST {
        let message = format!("has {bytes} bytes; at most {LARGEST} are accepted");
        fields.refuse(Reason::FieldInvalid, "", message);
    }
    fields.finish()?;
    Ok(vocabulary)
}

fn labels(fields: &mut Fields, wire: &[proto::figure::v1::Label]) -> Vec<Label> {
    if wire.is_empty() {
        fields.refuse(Reason::FieldRequired, "labels", "needs one label at least");
    }
    more_labels(fields, "labels", wire)
}

fn more_labels(fields: &mut Fields, field: &str, wire: &[proto::figure::v1::Label]) -> Vec<Label> {
    fields.at_most(field, wire.len(), MOST_LABELS);
    each(fields, field, wire, |label| {
        let mut fields = Fields::new();
        fields.required_text("text", &label.text, LONGEST_LABEL);
        language(&mut fields, &label.language);
        fields.finish()?;
        Ok(Label {
            text: label.text.clone(),
            language: label.language.clone(),
        })
    })
}

fn kind(wire: &pb::Kind) -> Result<Kind> {
    let mut fields = Fields::new();
    fields.id("id", &wire.id);
    fields.at_most("attributes", wire.attributes.len(), MOST_ATTRIBUTES);
    let kind = Kind {
        id: wire.id.clone(),
        labels: labels(&mut fields, &wire.labels),
        attributes: each(&mut fields, "attributes", &wire.attributes, attribute),
        citable: wire.citable,
    };
    fields.finish()?;
    Ok(kind)
}

fn attribute(wire: &pb::AttributeDefinition) -> Result<Attribute> {
    let mut fields = Fields::new();
    fields.id("key", &wire.key);
    let labels = labels(&mut fields, &wire.labels);
    let attribute_type = number(&mut fields, "type", wire.r#type, None);
    if wire.r#type == 0 {
        fields.refuse(Reason::FieldRequired, "type", "is required");
    }
    match (attribute_type, wire.code_list.is_empty()) {
        (Some(AttributeType::Code), true) => {
            let message = "is required for an attribute of codes";
            fields.refuse(Reason::FieldRequired, "code_list", message);
        }
        (Some(AttributeType::Code), false) | (None, _) | (_, true) => {}
        (Some(_), false) => {
            let message = "is only for attributes of codes; leave it empty";
            fields.refuse(Reason::FieldInvalid, "code_list", message);
        }
    }
    fields.finish()?;
    Ok(Attribute {
        key: wire.key.clone(),
        labels,
        attribute_type: attribute_type.ok_or_else(super::unread)?,
        code_list: wire.code_list.clone(),
    })
}

fn predicate(wire: &pb::Predicate) -> Result<Predicate> {
    let mut fields = Fields::new();
    fields.id("id", &wire.id);
    fields.at_most("subject_kinds", wire.subject_kinds.len(), MOST_PARTS);
    fields.at_most("object_kinds", wire.object_kinds.len(), MOST_PARTS);
    let predicate = Predicate {
        id: wire.id.clone(),
        labels: labels(&mut fields, &wire.labels),
        inverse_labels: more_labels(&mut fields, "inverse_labels", &wire.inverse_labels),
        transitive: wire.transitive,
        acyclic: wire.acyclic,
        functional: wire.functional,
        subject_kinds: wire.subject_kinds.clone(),
        object_kinds: wire.object_kinds.clone(),
    };
    fields.finish()?;
    Ok(predicate)
}

fn scheme(wire: &pb::IdentifierScheme) -> Result<Scheme> {
    let mut fields = Fields::new();
    fields.id("id", &wire.id);
    let labels = labels(&mut fields, &wire.labels);
    let validator = number(
        &mut fields,
        "validator",
        wire.validator,
        Some(Validator::None),
    );
    fields.finish()?;
    Ok(Scheme {
        id: wire.id.clone(),
        labels,
        validator: validator.unwrap_or(Validator::None),
        unique: wire.unique,
    })
}

fn code_list(wire: &pb::CodeList) -> Result<CodeList> {
    let mut fields = Fields::new();
    fields.id("id", &wire.id);
    let labels = labels(&mut fields, &wire.labels);
    if wire.codes.is_empty() {
        fields.refuse(Reason::FieldRequired, "codes", "needs one code at least");
    }
    fields.at_most("codes", wire.codes.len(), MOST_CODES);
    let codes = each(&mut fields, "codes", &wire.codes, |wire| {
        let mut fields = Fields::new();
        fields.required_text("id", &wire.id, LONGEST_CODE);
        let code = Code {
            id: wire.id.clone(),
            labels: self::labels(&mut fields, &wire.labels),
        };
        fields.finish()?;
        Ok(code)
    });
    fields.finish()?;
    Ok(CodeList {
        id: wire.id.clone(),
        labels,
        codes,
    })
}

impl From<Vocabulary> for pb::Vocabulary {
    fn from(vocabulary: Vocabulary) -> Self {
        Self {
            kinds: all(vocabulary.kinds),
            predicates: all(vocabulary.predicates),
            schemes: all(vocabulary.schemes),
            code_lists: all(vocabulary.code_lists),
            etag: String::new(),
        }
    }
}

impl From<Label> for proto::figure::v1::Label {
    fn from(label: Label) -> Self {
        Self {
            text: label.text,
            language: label.language,
        }
    }
}

impl From<Kind> for pb::Kind {
    fn from(kind: Kind) -> Self {
        Self {
            id: kind.id,
            labels: all(kind.labels),
            attributes: all(kind.attributes),
            citable: kind.citable,
        }
    }
}

impl From<Attribute> for pb::AttributeDefinition {
    fn from(attribute: Attribute) -> Self {
        Self {
            key: attribute.key,
            labels: all(attribute.labels),
            r#type: attribute.attribute_type.into(),
            code_list: attribute.code_list,
        }
    }
}

impl From<Predicate> for pb::Predicate {
    fn from(predicate: Predicate) -> Self {
        Self {
            id: predicate.id,
            labels: all(predicate.labels),
            inverse_labels: all(predicate.inverse_labels),
            transitive: predicate.transitive,
            acyclic: predicate.acyclic,
            functional: predicate.functional,
            subject_kinds: predicate.subject_kinds,
            object_kinds: predicate.object_kinds,
        }
    }
}

impl From<Scheme> for pb::IdentifierScheme {
    fn from(scheme: Scheme) -> Self {
        Self {
            id: scheme.id,
            labels: all(scheme.labels),
            validator: scheme.validator.into(),
            unique: scheme.unique,
        }
    }
}

impl From<CodeList> for pb::CodeList {
    fn from(list: CodeList) -> Self {
        Self {
            id: list.id,
            labels: all(list.labels),
            codes: all(list.codes),
        }
    }
}

impl From<Code> for pb::Code {
    fn from(code: Code) -> Self {
        Self {
            id: code.id,
            labels: all(code.labels),
        }
    }
}
