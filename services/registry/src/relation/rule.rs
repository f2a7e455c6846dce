//! What must be true of a relation, given the vocabulary, the entities and the others.

use std::collections::{HashMap, HashSet};

use figure::Period;
use rpc::{Fields, Reason, Result, Violation};
use sea_orm::ConnectionTrait;

use super::record::{self, Tie};
use super::{Edges, Relation};
use crate::entity;
use crate::version::NOW;
use crate::vocabulary::{self, Predicate, Vocabulary, shown};

/// All that the rules look at, read once for a whole batch. It grows with every relation
/// that is accepted.
pub(super) struct Surroundings {
    vocabulary: Vocabulary,
    /// Kinds of the entities that exist, by id.
    kinds: HashMap<String, String>,
    /// Edges of the acyclic predicates.
    edges: HashMap<String, Edges>,
    /// What the subjects have of functional predicates: (predicate, subject) to ties.
    ties: HashMap<(String, String), Vec<Tie>>,
}

impl Surroundings {
    /// What is there around these relations now.
    pub(super) async fn load(db: &impl ConnectionTrait, relations: &[&Relation]) -> Result<Self> {
        let vocabulary = vocabulary::at(db, NOW).await?;
        let kinds = entity::record::live_kinds(db, &ends(relations)).await?;
        let (mut edges, mut ties) = (HashMap::new(), HashMap::new());
        for predicate in &vocabulary.predicates {
            let (subjects, objects) = joined(relations, &predicate.id);
            if predicate.acyclic && !objects.is_empty() {
                let found = Edges::from(db, &predicate.id, &objects).await?;
                edges.insert(predicate.id.clone(), found);
            }
            if predicate.functional && !subjects.is_empty() {
                for tie in record::ties(db, &predicate.id, &subjects).await? {
                    let key = (predicate.id.clone(), tie.subject.clone());
                    ties.entry(key).or_insert_with(Vec::new).push(tie);
                }
            }
        }
        Ok(Self {
            vocabulary,
            kinds,
            edges,
            ties,
        })
    }

    /// Says all that is wrong with a relation. `has` is what it said before.
    pub(super) fn check(
        &self,
        id: &str,
        relation: &Relation,
        has: Option<&Relation>,
    ) -> Result<()> {
        let mut fields = Fields::new();
        let Some(predicate) = self.vocabulary.predicate(&relation.predicate) else {
            let message = format!(
                "`{}` is not a predicate of the vocabulary",
                relation.predicate
            );
            fields.refuse(Reason::VocabularyUnknown, "predicate", message);
            return fields.finish();
        };
        if crate::period::reversed(relation.since, relation.until) {
            fields.refuse(
                Reason::BoundsReversed,
                "until",
                "ends before `since` begins",
            );
        }
        if has.is_none() {
            let ends = [
                ("subject", &relation.subject, &predicate.subject_kinds),
                ("object", &relation.object, &predicate.object_kinds),
            ];
            for (field, id, allowed) in ends {
                self.check_end(&mut fields, field, id, allowed);
            }
        }
        if has.is_none_or(|has| has.source.source != relation.source.source) {
            self.check_source(&mut fields, &relation.source.source);
        }
        let closes = |edges: &Edges| edges.closes(&relation.subject, &relation.object);
        if has.is_none() && self.edges.get(&predicate.id).is_some_and(closes) {
            let message = format!(
                "entities/{} leads back to entities/{} by {} already",
                relation.object, relation.subject, predicate.id
            );
            let closed = Violation::new(Reason::RelationCycle, "object", message);
            fields.note(closed.about(format!("entities/{}", relation.object)));
        }
        self.check_functional(&mut fields, id, (relation, predicate));
        fields.finish()
    }

    /// Takes an accepted relation into account for those that follow.
    pub(super) fn accept(&mut self, id: &str, relation: &Relation) {
        if let Some(edges) = self.edges.get_mut(&relation.predicate) {
            edges.add(&relation.subject, &relation.object);
        }
        let predicate = self.vocabulary.predicate(&relation.predicate);
        if predicate.is_some_and(|predicate| predicate.functional) {
            let key = (relation.predicate.clone(), relation.subject.clone());
            self.ties
                .entry(key)
                .or_default()
                .push(Tie::of(id, relation));
        }
    }

    fn check_end(&self, fields: &mut Fields, field: &str, id: &str, allowed: &[String]) {
        match self.kinds.get(id) {
            None => {
                fields.note(dangling(field, id));
            }
            Some(kind) if !allowed.is_empty() && !allowed.contains(kind) => {
                let message = format!(
                    "`entities/{id}` is of kind {kind}; the predicate asks for {}",
                    shown(&allowed.join(" or "))
                );
                let other = Violation::new(Reason::RelationNotAllowed, field, message);
                fields.note(other.about(format!("entities/{id}")));
            }
            Some(_) => {}
        }
    }

    fn check_source(&self, fields: &mut Fields, id: &str) {
        match self.kinds.get(id) {
            None => {
                fields.note(dangling("source.source", id));
            }
            Some(kind) if !self.vocabulary.citable(kind) => {
                let message = format!("`entities/{id}` is of kind {kind}, which cannot be cited");
                fields.refuse(Reason::FieldInvalid, "source.source", message);
            }
            Some(_) => {}
        }
    }

    fn check_functional(
        &self,
        fields: &mut Fields,
        id: &str,
        (relation, predicate): (&Relation, &Predicate),
    ) {
        let key = (relation.predicate.clone(), relation.subject.clone());
        let own = Tie::of(id, relation);
        let others = self.ties.get(&key).into_iter().flatten();
        let other = others.filter(|tie| predicate.functional && tie.id != id);
        if let Some(other) = other.into_iter().find(|tie| tie.excludes(&own)) {
            let message = format!(
                "entities/{} has entities/{} at the same time by relations/{}; {} allows one",
                relation.subject, other.object, other.id, predicate.id
            );
            let second = Violation::new(Reason::RelationNotAllowed, "object", message);
            fields.note(second.about(format!("relations/{}", other.id)));
        }
    }
}

/// The fault of a field that names an entity which does not exist.
fn dangling(field: &str, id: &str) -> Violation {
    let name = format!("entities/{id}");
    let message = format!("`{name}` does not exist");
    Violation::new(Reason::RelationDangling, field, message).about(name)
}

/// All entities that these relations name.
fn ends<'a>(relations: &[&'a Relation]) -> Vec<&'a str> {
    let ends: HashSet<&str> = relations
        .iter()
        .flat_map(|relation| [&relation.subject, &relation.object, &relation.source.source])
        .map(String::as_str)
        .collect();
    ends.into_iter().collect()
}

/// Subjects and objects that these relations join by one predicate.
fn joined<'a>(relations: &[&'a Relation], predicate: &str) -> (Vec<&'a str>, Vec<&'a str>) {
    let by_it = relations
        .iter()
        .filter(|relation| relation.predicate == predicate);
    let pairs: Vec<_> = by_it
        .map(|r| (r.subject.as_str(), r.object.as_str()))
        .collect();
    let subjects: HashSet<_> = pairs.iter().map(|(subject, _)| *subject).collect();
    let objects: HashSet<_> = pairs.iter().map(|(_, object)| *object).collect();
    (
        subjects.into_iter().collect(),
        objects.into_iter().collect(),
    )
}

impl Tie {
    /// Whether a functional predicate does not allow both.
    pub(crate) fn excludes(&self, other: &Self) -> bool {
        self.object != other.object
            && both_hold((self.since, self.until), (other.since, other.until))
    }
}

/// Whether two relations with these beginnings and ends certainly hold at the same time.
/// What ended in 2018 and what began in 2018 do not.
pub(super) fn both_hold(
    (since, until): (Option<Period>, Option<Period>),
    (other_since, other_until): (Option<Period>, Option<Period>),
) -> bool {
    let begins = |since: Option<Period>| since.and_then(|p| p.start_day()).unwrap_or(i32::MIN);
    let ends = |until: Option<Period>| match until {
        Some(until) => until.start_day().unwrap_or(i32::MIN),
        None => i32::MAX,
    };
    begins(since) < ends(other_until) && begins(other_since) < ends(until)
}
