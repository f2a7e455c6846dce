//! What the registry keeps in the order in which it came, in an order of its own: what is
//! printed must not tell in which order an installation was loaded.

use figure::Period;
use proto::registry::v1::{Attribute, Entity, Identifier, Lifecycle, Name, NameType, Relation};

/// An entity with its parts ordered by what they say, and the name to show chosen in that
/// order.
pub(super) fn entity(mut entity: Entity) -> Entity {
    entity.names.sort_by(|a, b| of_name(a).cmp(&of_name(b)));
    let identifiers = |a: &Identifier, b: &Identifier| of_identifier(a).cmp(&of_identifier(b));
    entity.identifiers.sort_by(identifiers);
    let attributes = |a: &Attribute, b: &Attribute| of_attribute(a).cmp(&of_attribute(b));
    entity.attributes.sort_by(attributes);
    let states = |a: &Lifecycle, b: &Lifecycle| of_state(a).cmp(&of_state(b));
    entity.lifecycle.sort_by(states);
    if let Some(shown) = shown(&entity.names) {
        entity.display_name.clone_from(&shown.text);
    }
    entity
}

/// The name to show: as the registry chooses it, among names in order.
fn shown(names: &[Name]) -> Option<&Name> {
    let is_english = |name: &&Name| name.language.split('-').next() == Some("en");
    let displayed = || {
        names
            .iter()
            .filter(|name| name.r#type() == NameType::Display)
    };
    let english = displayed().find(is_english);
    english.or_else(|| displayed().next()).or(names.first())
}

/// Statements ordered by what they say: their names may be random.
pub(super) fn relations(relations: &mut [Relation]) {
    relations.sort_by(|a, b| of_relation(a).cmp(&of_relation(b)));
}

/// What one shows first comes first, then languages and texts by letters.
fn of_name(name: &Name) -> impl Ord + '_ {
    let sort = match name.r#type() {
        NameType::Unspecified => NameType::Alias,
        sort => sort,
    };
    let words = [&name.language, &name.text, &name.period, &name.source];
    (sort as i32, words)
}

fn of_identifier(one: &Identifier) -> impl Ord + '_ {
    [&one.scheme, &one.value, &one.source]
}

fn of_attribute(one: &Attribute) -> impl Ord + '_ {
    let words = [&one.period, &one.value, &one.source];
    (&one.key, key(&one.period), words)
}

/// By time, then planned before active before closed.
fn of_state(one: &Lifecycle) -> impl Ord + '_ {
    let times = [&one.since, &one.attested, &one.until];
    let first = times.iter().find(|code| !code.is_empty());
    let words = [&one.event, &one.source];
    (first.and_then(|code| key(code)), one.state, times, words)
}

fn of_relation(one: &Relation) -> impl Ord + '_ {
    let ends = [&one.subject, &one.predicate, &one.object];
    let times = [&one.since, &one.until, &one.as_of];
    let said = one.source.as_ref();
    let source = said.map(|said| [&said.source, &said.locator, &said.quote]);
    (ends, key(&one.since), times, &one.role, source)
}

/// When a period begins and ends; nothing for none.
fn key(code: &str) -> Option<impl Ord + use<>> {
    code.parse::<Period>().ok().map(|period| period.key())
}

#[cfg(test)]
mod tests {
    use proto::figure::v1::SourceRef;

    use super::*;

    fn name(text: &str, language: &str, sort: NameType) -> Name {
        Name {
            text: text.to_owned(),
            language: language.to_owned(),
            r#type: sort.into(),
            ..Default::default()
        }
    }

    fn attribute(key: &str, period: &str) -> Attribute {
        Attribute {
            key: key.to_owned(),
            period: period.to_owned(),
            ..Default::default()
        }
    }

    fn state(state: i32, since: &str) -> Lifecycle {
        Lifecycle {
            state,
            since: since.to_owned(),
            ..Default::default()
        }
    }

    #[test]
    fn an_entity_is_the_same_in_whatever_order_its_parts_came() {
        let whole = Entity {
            names: vec![
                name("Peking", "en", NameType::Former),
                name("北京", "zh", NameType::Display),
                name("Beijing Municipality", "en", NameType::Display),
                name("Beijing", "en", NameType::Display),
            ],
            attributes: vec![attribute("size", "2020"), attribute("size", "2018")],
            lifecycle: vec![state(2, "2019"), state(1, "2018")],
            ..Default::default()
        };
        let mut backwards = whole.clone();
        backwards.names.reverse();
        backwards.attributes.reverse();
        backwards.lifecycle.reverse();
        let ordered = entity(whole);
        assert_eq!(ordered, entity(backwards));
        assert_eq!(ordered.display_name, "Beijing");
        assert_eq!(ordered.attributes[0].period, "2018");
        assert_eq!(ordered.lifecycle[0].since, "2018");
    }

    #[test]
    fn without_a_name_to_show_the_formal_one_is_shown() {
        let names = vec![
            name("IBM", "en", NameType::Acronym),
            name("International Business Machines", "en", NameType::Official),
        ];
        let given = Entity {
            names,
            ..Default::default()
        };
        assert_eq!(
            entity(given).display_name,
            "International Business Machines"
        );
    }

    #[test]
    fn relations_are_ordered_by_what_they_say_and_not_by_their_names() {
        let relation = |name: &str, since: &str, source: &str| Relation {
            name: format!("relations/{name}"),
            subject: "entities/a".to_owned(),
            since: since.to_owned(),
            source: Some(SourceRef {
                source: source.to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        };
        let mut given = [
            relation("a", "2019", "entities/s"),
            relation("b", "2018-06", "entities/t"),
            relation("c", "2018-06", "entities/s"),
        ];
        relations(&mut given);
        let names = given.each_ref().map(|one| one.name.as_str());
        assert_eq!(names, ["relations/c", "relations/b", "relations/a"]);
    }
}
