//! The shape of a section.

use std::collections::BTreeSet;

use figure::Period;
use proto::reporting::v1 as pb;
use proto::reporting::v1::binding::Value;
use proto::reporting::v1::section::Body;
use rpc::Reason;

use super::Checker;
use crate::parameter::{self, Piece, pieces};

pub(super) const HEADING: usize = 200;
const PARAGRAPHS: usize = 20;
pub(super) const PARAGRAPH: usize = 4000;
const BINDINGS: usize = 100;
pub(super) const DESCRIPTION: usize = 500;
pub(super) const LABEL: usize = 100;
const FILTER: usize = 2000;
pub(super) const CHECK_LABEL: usize = 300;
const ENTITIES: usize = 50;
const PREDICATES: usize = 20;
/// Most attributes that a profile leaves out.
const HIDDEN_ATTRIBUTES: usize = 50;
const OBSERVATIONS: usize = 50;

impl Checker<'_> {
    pub(super) fn section(&mut self, path: &str, section: &pb::Section) {
        self.fields.id(&format!("{path}.id"), &section.id);
        if is_kept(&section.id) {
            let message = "f, c and r with a number are anchors of figures, claims and releases";
            self.wrong(format!("{path}.id"), message);
        }
        self.fields
            .required_text(&format!("{path}.heading"), &section.heading, HEADING);
        self.uses(&format!("{path}.heading"), &section.heading);
        self.fields.at_most(
            &format!("{path}.paragraphs"),
            section.paragraphs.len(),
            PARAGRAPHS,
        );
        self.fields.at_most(
            &format!("{path}.bindings"),
            section.bindings.len(),
            BINDINGS,
        );
        let used = self.paragraphs(path, section);
        for (index, binding) in section.bindings.iter().enumerate() {
            let at = format!("{path}.bindings[{index}]");
            if section.bindings[..index]
                .iter()
                .any(|other| other.key == binding.key)
            {
                self.wrong(
                    format!("{at}.key"),
                    format!("`{}` is the key of another binding", binding.key),
                );
            }
            self.binding(&at, binding, &used);
        }
        match &section.body {
            None if section.paragraphs.is_empty() => {
                self.wrong(path, "shows nothing; give it paragraphs or a body");
            }
            None | Some(Body::Bibliography(_)) => {}
            Some(Body::Ranking(ranking)) => self.ranking(&format!("{path}.ranking"), ranking),
            Some(Body::Panels(panels)) => self.panels(&format!("{path}.panels"), panels),
            Some(Body::Slope(slope)) => self.slope(&format!("{path}.slope"), slope),
            Some(Body::Chart(chart)) => self.chart(&format!("{path}.chart"), chart),
            Some(Body::Table(table)) => {
                self.filter(&format!("{path}.table.filter"), &table.filter, true);
                self.within(&format!("{path}.table.within"), &table.within);
                self.format(&format!("{path}.table"), table.format.as_ref());
            }
            Some(Body::Contradictions(one)) => {
                self.filter(&format!("{path}.contradictions.filter"), &one.filter, false);
            }
            Some(Body::Checks(checks)) => {
                self.checks(&format!("{path}.checks.checks"), &checks.checks);
            }
            Some(Body::Profiles(profiles)) => self.profiles(&format!("{path}.profiles"), profiles),
            Some(Body::Revisions(revisions)) => {
                self.revisions(
                    &format!("{path}.revisions.observations"),
                    &revisions.observations,
                );
                self.format(&format!("{path}.revisions"), revisions.format.as_ref());
            }
        }
    }

    /// Checks the paragraphs and returns the keys of the bindings they use.
    fn paragraphs<'s>(&mut self, path: &str, section: &'s pb::Section) -> BTreeSet<&'s str> {
        let mut used = BTreeSet::new();
        for (index, paragraph) in section.paragraphs.iter().enumerate() {
            let at = format!("{path}.paragraphs[{index}]");
            self.fields.text(&at, paragraph, PARAGRAPH);
            self.uses(&at, paragraph);
            self.cites(&at, &format!("section `{}`", section.id), paragraph);
            for piece in pieces(paragraph) {
                match piece {
                    Piece::Binding(key) if section.bindings.iter().any(|one| one.key == key) => {
                        used.insert(key);
                    }
                    Piece::Binding(key) => self.wrong(
                        &at,
                        format!("uses `{{{key}}}`, which is not bound in this section"),
                    ),
                    Piece::Stray(brace) => {
                        self.wrong(&at, format!("has a `{brace}` that belongs to no key"));
                    }
                    Piece::Text(_) | Piece::Parameter(_) => {}
                }
            }
        }
        used
    }

    fn binding(&mut self, at: &str, binding: &pb::Binding, used: &BTreeSet<&str>) {
        if !parameter::is_key(&binding.key) {
            self.wrong(
                format!("{at}.key"),
                "is not a key: use 1 to 63 of a-z, 0-9 and _, a letter first",
            );
        } else if !used.contains(binding.key.as_str()) {
            self.wrong(
                format!("{at}.key"),
                format!("`{}` is bound but no paragraph uses it", binding.key),
            );
        }
        self.format(at, binding.format.as_ref());
        if binding.format.is_some() && !matches!(binding.value, Some(Value::Observation(_))) {
            self.wrong(format!("{at}.format"), "stands with an observation only");
        }
        match &binding.value {
            None => self.wrong(
                at,
                "stands for nothing; give an observation, a computed figure or an entity",
            ),
            Some(Value::Observation(observation)) => {
                self.observation(&format!("{at}.observation"), Some(observation));
            }
            Some(Value::Computed(computed)) => {
                self.computed(&format!("{at}.computed"), Some(computed));
            }
            Some(Value::Entity(entity)) => {
                self.name(&format!("{at}.entity"), "entities", entity, true);
            }
        }
    }

    pub(super) fn observation(&mut self, at: &str, observation: Option<&pb::ObservationRef>) {
        let Some(observation) = observation else {
            return self.wrong(at, "is required");
        };
        self.name(
            &format!("{at}.indicator"),
            "indicators",
            &observation.indicator,
            true,
        );
        self.name(
            &format!("{at}.entity"),
            "entities",
            &observation.entity,
            true,
        );
        self.name(
            &format!("{at}.counterpart"),
            "entities",
            &observation.counterpart,
            false,
        );
        self.name(
            &format!("{at}.source"),
            "entities",
            &observation.source,
            false,
        );
        if observation.period.is_empty() {
            self.wrong(format!("{at}.period"), "is required");
        }
        self.within(&format!("{at}.period"), &observation.period);
    }

    fn profiles(&mut self, at: &str, profiles: &pb::Profiles) {
        self.fields
            .at_most(&format!("{at}.entities"), profiles.entities.len(), ENTITIES);
        self.fields.at_most(
            &format!("{at}.predicates"),
            profiles.predicates.len(),
            PREDICATES,
        );
        self.fields.at_most(
            &format!("{at}.hidden_attributes"),
            profiles.hidden_attributes.len(),
            HIDDEN_ATTRIBUTES,
        );
        if profiles.entities.is_empty() {
            self.wrong(format!("{at}.entities"), "has no entity; give at least one");
        }
        for (index, entity) in profiles.entities.iter().enumerate() {
            self.name(&format!("{at}.entities[{index}]"), "entities", entity, true);
        }
        for (index, predicate) in profiles.predicates.iter().enumerate() {
            self.fields
                .id(&format!("{at}.predicates[{index}]"), predicate);
        }
    }

    fn revisions(&mut self, at: &str, observations: &[pb::ObservationRef]) {
        self.fields.at_most(at, observations.len(), OBSERVATIONS);
        if observations.is_empty() {
            self.wrong(at, "has no observation; give at least one");
        }
        for (index, observation) in observations.iter().enumerate() {
            self.observation(&format!("{at}[{index}]"), Some(observation));
        }
    }

    /// A resource name; one with parameters is checked when they have values.
    pub(super) fn name(&mut self, at: &str, collection: &str, name: &str, required: bool) {
        self.uses(at, name);
        if name.is_empty() && required {
            self.wrong(at, format!("is required, as `{collection}/ID`"));
        } else if !name.is_empty() && !name.contains("${") {
            let mut fields = rpc::Fields::new();
            fields.name(at, collection, name);
            if let Err(error) = fields.finish() {
                let message = error
                    .violations()
                    .first()
                    .map(|one| one.message.clone())
                    .unwrap_or_default();
                self.wrong(at, message);
            }
        }
    }

    /// A period code; one with parameters is checked when they have values.
    pub(super) fn within(&mut self, at: &str, code: &str) {
        self.uses(at, code);
        if code.is_empty() || code.contains("${") {
            return;
        }
        if let Err(cause) = code.parse::<Period>() {
            self.wrong(at, cause.to_string());
        }
    }

    pub(super) fn filter(&mut self, at: &str, filter: &str, required: bool) {
        self.uses(at, filter);
        if required && filter.trim().is_empty() {
            self.fields
                .refuse(Reason::TemplateInvalid, at, "is required");
        }
        self.fields.text(at, filter, FILTER);
    }
}

/// Whether an anchor is one that figures, claims or releases may have.
fn is_kept(id: &str) -> bool {
    let number = id.strip_prefix(['f', 'c', 'r']).unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}
