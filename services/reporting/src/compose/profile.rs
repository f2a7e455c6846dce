//! Who somebody is, and who is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proto::registry::v1 as registry;
use proto::reporting::v1 as pb;
use render::{Block, Group, Member, Name, Profile, Span};
use rpc::{Error, Reason, Result};

use super::name::{self, id, label};
use super::{Composer, text};
use crate::print::{self, Role};
use crate::word::Language;

/// Most entities that are followed from one profile.
const MOST: usize = 5000;

/// Somebody who is there, directly or through somebody else.
struct Found {
    entity: Arc<registry::Entity>,
    /// Statements that put them there.
    relations: Vec<registry::Relation>,
    /// The one in between; nothing when directly.
    through: Option<Name>,
}

impl Composer<'_> {
    /// One profile for each entity.
    pub(super) async fn profiles(&mut self, wanted: &pb::Profiles) -> Result<Vec<Block>> {
        let mut blocks = Vec::new();
        for entity in &wanted.entities {
            let entity = self.field(entity);
            self.progress.step(&format!("profile of {entity}")).await?;
            blocks.push(Block::Profile(self.profile(&entity, wanted).await?));
        }
        Ok(blocks)
    }

    async fn profile(&mut self, name: &str, wanted: &pb::Profiles) -> Result<Profile> {
        let Some(entity) = self.pinned.entity(name).await? else {
            let message = format!("there is no entity {name}");
            return Err(Error::about(Reason::FigureMissing, name, message));
        };
        let found = self.who_is_there(name, &wanted.predicates).await?;
        let shown = name::of(&entity, self.words.language);
        let figures = if wanted.figures {
            // Named, as it may stand on another page than the head of the profile.
            let caption = (self.words.table.figures)(&shown.text);
            self.figures_of(name, &caption).await?
        } else {
            None
        };
        Ok(Profile {
            name: shown,
            kind: self.kind_label(&entity.kind).await?,
            facts: self.facts(&entity, &wanted.hidden_attributes).await?,
            groups: self.groups(found, wanted.predicates.first()).await?,
            figures,
        })
    }

    async fn kind_label(&mut self, kind: &str) -> Result<String> {
        self.kind_label_in(kind, self.words.language).await
    }

    async fn kind_label_in(&mut self, kind: &str, language: Language) -> Result<String> {
        let vocabulary = self.pinned.vocabulary().await?;
        let known = vocabulary.kinds.iter().find(|one| one.id == kind);
        Ok(known.map_or_else(|| kind.to_owned(), |one| label(&one.labels, kind, language)))
    }

    async fn facts(
        &mut self,
        entity: &registry::Entity,
        hidden: &[String],
    ) -> Result<Vec<(String, Vec<Span>)>> {
        let mut facts = Vec::new();
        let shown = name::of(entity, self.words.language);
        let is_shown = |name: &&registry::Name| {
            name.text == shown.text
                || shown
                    .other
                    .as_ref()
                    .is_some_and(|(other, _)| *other == name.text)
        };
        let others: BTreeSet<_> = entity
            .names
            .iter()
            .filter(|name| !is_shown(name))
            .map(|name| name.text.as_str())
            .collect();
        if !others.is_empty() {
            let others: Vec<_> = others.into_iter().collect();
            facts.push((
                self.words.profile.also_called.to_owned(),
                vec![Span::text(others.join(self.words.mark.listed))],
            ));
        }
        for state in &entity.lifecycle {
            facts.push(self.lifecycle(state).await?);
        }
        let shown = |attribute: &&registry::Attribute| !hidden.contains(&attribute.key);
        for attribute in self.declared_order(entity).await?.into_iter().filter(shown) {
            facts.push(self.attribute(entity, attribute).await?);
        }
        for identifier in &entity.identifiers {
            let vocabulary = self.pinned.vocabulary().await?;
            let scheme = &identifier.scheme;
            let known = vocabulary.schemes.iter().find(|one| one.id == *scheme);
            let named = known.map_or_else(
                || scheme.clone(),
                |one| label(&one.labels, scheme, self.words.language),
            );
            facts.push((named, vec![Span::text(&identifier.value)]));
        }
        Ok(facts)
    }

    /// The attributes of an entity in the order in which its kind declares them.
    async fn declared_order<'e>(
        &mut self,
        entity: &'e registry::Entity,
    ) -> Result<Vec<&'e registry::Attribute>> {
        let vocabulary = self.pinned.vocabulary().await?;
        let kind = vocabulary.kinds.iter().find(|kind| kind.id == entity.kind);
        let declared = kind
            .map(|kind| kind.attributes.as_slice())
            .unwrap_or_default();
        let place = |attribute: &&registry::Attribute| {
            let place = declared.iter().position(|one| one.key == attribute.key);
            place.unwrap_or(declared.len())
        };
        let mut attributes: Vec<_> = entity.attributes.iter().collect();
        attributes.sort_by_key(place);
        Ok(attributes)
    }

    async fn lifecycle(&mut self, state: &registry::Lifecycle) -> Result<(String, Vec<Span>)> {
        let time = &self.words.time;
        let label = (self.words.profile.state)(state.state());
        let language = self.words.language;
        let event = name::remark(&state.event, language).within(language.tag());
        let parts = [
            self.spoken(time.since, &state.since),
            self.spoken(time.until, &state.until),
            self.spoken(time.found_so, &state.attested),
            Some(event).filter(|_| !state.event.is_empty()),
        ];
        let said: Vec<_> = parts.into_iter().flatten().collect();
        let mut spans = vec![Span::text(said.join(self.words.mark.comma))];
        spans.extend(self.said_by(&state.source).await?);
        Ok((label.to_owned(), spans))
    }

    async fn attribute(
        &mut self,
        entity: &registry::Entity,
        attribute: &registry::Attribute,
    ) -> Result<(String, Vec<Span>)> {
        let vocabulary = self.pinned.vocabulary().await?;
        let kind = vocabulary.kinds.iter().find(|kind| kind.id == entity.kind);
        let defined =
            kind.and_then(|kind| kind.attributes.iter().find(|one| one.key == attribute.key));
        let named = defined.map_or_else(
            || attribute.key.clone(),
            |one| label(&one.labels, &attribute.key, self.words.language),
        );
        let list = defined.and_then(|one| {
            vocabulary
                .code_lists
                .iter()
                .find(|list| list.id == one.code_list)
        });
        let code = list.and_then(|list| list.codes.iter().find(|code| code.id == attribute.value));
        let value = code.map_or_else(
            || attribute.value.clone(),
            |code| label(&code.labels, &code.id, self.words.language),
        );
        let mut spans = vec![Span::text(value)];
        if !attribute.period.is_empty() {
            let period = print::period(&attribute.period, Role::Span, false, self.words);
            spans.push(Span::quiet(self.words.mark.bracketed(&period)));
        }
        spans.extend(self.said_by(&attribute.source).await?);
        Ok((named, spans))
    }

    /// The source of a statement that is not a figure: by its place in the bibliography, or
    /// by name where it has no release of its own.
    async fn said_by(&mut self, source: &str) -> Result<Vec<Span>> {
        if source.is_empty() {
            return Ok(Vec::new());
        }
        match self.pinned.only_release(source).await? {
            Some(release) => Ok(vec![
                text(self.words.mark.space),
                Span::Release(self.release(&release).await?),
            ]),
            None => {
                let name = self.name(source).await?.text;
                Ok(vec![Span::quiet(self.words.mark.bracketed(&name))])
            }
        }
    }

    /// Everybody a listed predicate puts there: by way of others where it is transitive.
    async fn who_is_there(&mut self, place: &str, predicates: &[String]) -> Result<Vec<Found>> {
        let transitive = self.transitive(predicates).await?;
        let mut found: BTreeMap<String, Found> = BTreeMap::new();
        let mut ahead: Vec<(String, Option<Name>)> = vec![(place.to_owned(), None)];
        while let Some((at, through)) = ahead.pop() {
            let mut relations = self.pinned.relations(&format!("object = \"{at}\"")).await?;
            relations.retain(|relation| {
                predicates.contains(&relation.predicate) && relation.subject != place
            });
            for relation in relations {
                let subject = relation.subject.clone();
                if let Some(known) = found.get_mut(&subject) {
                    if known.through == through {
                        known.relations.push(relation);
                    }
                    continue;
                }
                let Some(entity) = self.pinned.entity(&subject).await? else {
                    continue;
                };
                if transitive.contains(&relation.predicate) && found.len() < MOST {
                    ahead.push((
                        subject.clone(),
                        Some(name::of(&entity, self.words.language)),
                    ));
                }
                let one = Found {
                    entity,
                    relations: vec![relation],
                    through: through.clone(),
                };
                found.insert(subject, one);
            }
        }
        Ok(found.into_values().collect())
    }

    async fn transitive(&mut self, predicates: &[String]) -> Result<BTreeSet<String>> {
        let vocabulary = self.pinned.vocabulary().await?;
        let transitive = vocabulary
            .predicates
            .iter()
            .filter(|one| one.transitive && predicates.contains(&one.id));
        Ok(transitive.map(|one| one.id.clone()).collect())
    }

    /// By kind, then by name, in the same order in every language.
    async fn groups(&mut self, found: Vec<Found>, plain: Option<&String>) -> Result<Vec<Group>> {
        let mut groups: BTreeMap<(String, String), Vec<Found>> = BTreeMap::new();
        for one in found {
            let kind = one.entity.kind.clone();
            let label = self.kind_label_in(&kind, Language::default()).await?;
            groups.entry((label, kind)).or_default().push(one);
        }
        let mut written = Vec::new();
        for ((_, kind), mut members) in groups {
            let label = self.kind_label(&kind).await?;
            members.sort_by(|a, b| a.entity.display_name.cmp(&b.entity.display_name));
            let mut group = Group {
                label,
                members: Vec::new(),
            };
            for member in members {
                group.members.push(self.member(&member, plain).await?);
            }
            written.push(group);
        }
        Ok(written)
    }

    /// Somebody who is there, and how. That they are there by the `plain` predicate goes
    /// without saying.
    async fn member(&mut self, found: &Found, plain: Option<&String>) -> Result<Member> {
        let mut detail = Vec::new();
        let mut said = BTreeSet::new();
        for relation in &found.relations {
            let said_already = found.through.is_none() && plain == Some(&relation.predicate);
            let named = match (&found.through, said_already) {
                (_, true) => String::new(),
                (Some(through), false) => {
                    let label = self.predicate_label(&relation.predicate).await?;
                    (self.words.profile.of)(&label, &through.text)
                }
                (None, false) => self.predicate_label(&relation.predicate).await?,
            };
            let words = self.relation_words(named, relation);
            let source = source_of(relation);
            if is_said_better(relation, &found.relations)
                || !said.insert((words.clone(), source.to_owned()))
            {
                continue;
            }
            if !detail.is_empty() {
                detail.push(text(self.words.mark.semicolon));
            }
            if !words.is_empty() {
                detail.push(Span::text(words));
            }
            detail.extend(self.said_by(source).await?);
        }
        Ok(Member {
            name: name::of(&found.entity, self.words.language),
            detail,
        })
    }

    async fn predicate_label(&mut self, predicate: &str) -> Result<String> {
        let vocabulary = self.pinned.vocabulary().await?;
        let known = vocabulary.predicates.iter().find(|one| one.id == predicate);
        Ok(known.map_or_else(
            || id(predicate),
            |one| label(&one.labels, &one.id, self.words.language),
        ))
    }

    /// A relation in words: what it is, with its role and its time.
    fn relation_words(&self, named: String, relation: &registry::Relation) -> String {
        let (mark, time) = (&self.words.mark, &self.words.time);
        let parts = [
            Some(named).filter(|named| !named.is_empty()),
            Some(relation.role.clone())
                .filter(|role| !role.is_empty())
                .map(|role| mark.quote.join(&role)),
            self.spoken(time.since, &relation.since),
            self.spoken(time.until, &relation.until),
            self.spoken(time.as_of, &relation.as_of)
                .filter(|_| relation.since.is_empty()),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        parts.join(mark.comma)
    }

    /// A time in words; nothing where there is none.
    fn spoken(&self, say: fn(&str) -> String, code: &str) -> Option<String> {
        (!code.is_empty()).then(|| say(&print::period(code, Role::Span, false, self.words)))
    }
}

fn source_of(relation: &registry::Relation) -> &str {
    relation
        .source
        .as_ref()
        .map(|source| source.source.as_str())
        .unwrap_or_default()
}

/// Whether another statement of the same source says the same and more.
fn is_said_better(relation: &registry::Relation, all: &[registry::Relation]) -> bool {
    let bare = |one: &registry::Relation| {
        [&one.role, &one.since, &one.until, &one.as_of]
            .into_iter()
            .all(String::is_empty)
    };
    let same = |other: &&registry::Relation| {
        other.predicate == relation.predicate && source_of(other) == source_of(relation)
    };
    bare(relation) && all.iter().filter(same).any(|other| !bare(other))
}
