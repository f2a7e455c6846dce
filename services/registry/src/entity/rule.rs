//! What must be true of an entity, given the vocabulary and the other entities.

use std::collections::HashMap;

use rpc::{Fields, Reason, Result, Violation};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{Entity, MOST_PARTS, MOST_STATES, record};
use crate::version::{self, MOST_VALUES, NOW};
use crate::vocabulary::{self, Vocabulary, shown};

/// All that the rules look at, read once for a whole batch.
pub(super) struct Surroundings {
    pub vocabulary: Vocabulary,
    /// Kinds of the entities that may be cited, by id.
    pub cited: HashMap<String, String>,
    /// Who has the identifiers of unique schemes: (scheme, value) to entity.
    pub owners: HashMap<(String, String), String>,
}

#[derive(FromQueryResult)]
struct Owner {
    scheme: String,
    value: String,
    entity: String,
}

impl Surroundings {
    /// What is there around these entities now.
    pub(super) async fn load<'a>(
        db: &impl ConnectionTrait,
        entities: impl Iterator<Item = &'a Entity> + Clone,
    ) -> Result<Self> {
        let vocabulary = vocabulary::at(db, NOW).await?;
        let mut ids: Vec<_> = entities
            .clone()
            .flat_map(|entity| entity.citations().map(|(_, _, id)| id))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let identifiers = entities.flat_map(|entity| &entity.identifiers);
        let is_unique = |scheme: &str| vocabulary.scheme(scheme).is_some_and(|s| s.unique);
        let values = identifiers
            .filter(|i| is_unique(&i.scheme))
            .map(|i| i.value.as_str());
        let mut owners = owners(db, values.collect()).await?;
        owners.retain(|(scheme, _), _| is_unique(scheme));
        Ok(Self {
            owners,
            cited: record::live_kinds(db, &ids).await?,
            vocabulary,
        })
    }

    /// Brings an entity into its canonical form, or says all that is wrong with it.
    pub(super) fn settle(&self, id: &str, entity: &mut Entity) -> Result<()> {
        let mut fields = Fields::new();
        self.settle_attributes(&mut fields, entity);
        self.check_schemes(&mut fields, entity);
        self.check_owners(&mut fields, id, entity);
        check_counts(&mut fields, entity);
        fields.finish()
    }

    fn settle_attributes(&self, fields: &mut Fields, entity: &mut Entity) {
        let Some(kind) = self.vocabulary.kind(&entity.kind) else {
            let message = format!("`{}` is not a kind of the vocabulary", entity.kind);
            fields.refuse(Reason::VocabularyUnknown, "kind", message);
            return;
        };
        for (i, attribute) in entity.attributes.iter_mut().enumerate() {
            let path = format!("attributes[{i}]");
            match kind.attributes.iter().find(|a| a.key == attribute.key) {
                Some(declared) => {
                    let value = self.vocabulary.attribute_value(declared, &attribute.value);
                    if let Some(value) = fields.take(&path, value) {
                        attribute.value = value;
                    }
                }
                None => {
                    let message = format!("`{}` is not an attribute of {}", attribute.key, kind.id);
                    fields.refuse(Reason::VocabularyUnknown, format!("{path}.key"), message);
                }
            }
        }
    }

    fn check_schemes(&self, fields: &mut Fields, entity: &Entity) {
        for (i, identifier) in entity.identifiers.iter().enumerate() {
            let Some(scheme) = self.vocabulary.scheme(&identifier.scheme) else {
                let message = format!(
                    "`{}` is not an identifier scheme of the vocabulary",
                    identifier.scheme
                );
                fields.refuse(
                    Reason::VocabularyUnknown,
                    format!("identifiers[{i}].scheme"),
                    message,
                );
                continue;
            };
            if let Some(form) = scheme.validator.refusal(&identifier.value) {
                let message = format!("`{}` is not {form}", shown(&identifier.value));
                fields.refuse(
                    Reason::FieldInvalid,
                    format!("identifiers[{i}].value"),
                    message,
                );
            }
        }
    }

    /// Refuses identifiers of unique schemes that another entity has.
    pub(super) fn check_owners(&self, fields: &mut Fields, id: &str, entity: &Entity) {
        if self.owners.is_empty() {
            return;
        }
        for (i, identifier) in entity.identifiers.iter().enumerate() {
            let key = (identifier.scheme.clone(), identifier.value.clone());
            if let Some(owner) = self.owners.get(&key).filter(|owner| *owner != id) {
                let message = format!(
                    "`{}` of {} belongs to entities/{owner}",
                    shown(&key.1),
                    key.0
                );
                let field = format!("identifiers[{i}].value");
                let taken = Violation::new(Reason::IdentifierTaken, field, message);
                fields.note(taken.about(format!("entities/{owner}")));
            }
        }
    }

    /// Refuses sources that do not exist, are deleted or may not be cited. An entity may
    /// cite itself, and what it `has` cited before.
    pub(super) fn check_citations(
        &self,
        fields: &mut Fields,
        (id, entity): (&str, &Entity),
        has: Option<&Entity>,
    ) {
        for (part, i, source) in entity.citations() {
            let cited_before = |has: &Entity| has.citations().any(|(_, _, id)| id == source);
            if has.is_some_and(cited_before) {
                continue;
            }
            let own = (source == id).then_some(&entity.kind);
            let kind = self.cited.get(source).or(own);
            let (reason, message) = match kind {
                Some(kind) if self.vocabulary.citable(kind) => continue,
                Some(kind) => (
                    Reason::FieldInvalid,
                    format!("`entities/{source}` is of kind {kind}, which cannot be cited"),
                ),
                None => (
                    Reason::EntityUnknown,
                    format!("`entities/{source}` does not exist"),
                ),
            };
            fields.refuse(reason, format!("{part}[{i}].source"), message);
        }
    }
}

/// Refuses more parts than an entity may have, as a batch may bring them together.
pub(super) fn check_counts(fields: &mut Fields, entity: &Entity) {
    fields.at_most("names", entity.names.len(), MOST_PARTS);
    fields.at_most("identifiers", entity.identifiers.len(), MOST_PARTS);
    fields.at_most("attributes", entity.attributes.len(), MOST_PARTS);
    fields.at_most("lifecycle", entity.lifecycle.len(), MOST_STATES);
    fields.at_most("sources", entity.sources.len(), MOST_PARTS);
    fields.at_most("notes", entity.notes.len(), MOST_STATES);
}

async fn owners(
    db: &impl ConnectionTrait,
    mut values: Vec<&str>,
) -> Result<HashMap<(String, String), String>> {
    values.sort_unstable();
    values.dedup();
    let mut owners = HashMap::new();
    for chunk in values.chunks(MOST_VALUES) {
        let mut select = Query::select();
        select
            .expr(Expr::cust("scheme, value, entity"))
            .from("identifier")
            .cond_where(version::at(NOW))
            .and_where(Expr::cust("value").is_in(chunk.iter().copied()));
        for row in version::select::<Owner>(db, &select).await? {
            owners.insert((row.scheme, row.value), row.entity);
        }
    }
    Ok(owners)
}
