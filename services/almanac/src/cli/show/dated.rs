//! What held on a day. What is dated to other times is left out; what has no dates stays.

use prost_types::Timestamp;
use proto::registry::v1::{Entity, Name, NameType, Relation};

/// A civil day in UTC, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day(i64);

impl Day {
    /// The day of a time.
    pub fn of(time: &Timestamp) -> Self {
        Self(time.seconds.div_euclid(86_400))
    }

    /// Whether a period has this day; every day is in no period.
    fn is_in(self, period: &str) -> bool {
        self.is_between(period, period)
    }

    /// Whether neither a beginning nor an end excludes this day. What began or ended some
    /// time within a period may have held on each of its days.
    fn is_between(self, since: &str, until: &str) -> bool {
        let read = |code: &str| rpc::read_period("", code).ok();
        let first = read(since).and_then(|since| since.start_day());
        let after = read(until).and_then(|until| until.end_day());
        first.is_none_or(|first| i64::from(first) <= self.0)
            && after.is_none_or(|after| self.0 < i64::from(after))
    }

    /// Whether a relation held then.
    pub fn has_relation(self, relation: &Relation) -> bool {
        self.is_between(&relation.since, &relation.until)
    }

    /// Whether a text was a name of the entity then, or is none at all.
    pub fn has_name(self, entity: &Entity, text: &str) -> bool {
        let mut alike = entity
            .names
            .iter()
            .filter(|name| name.text == text)
            .peekable();
        alike.peek().is_none() || alike.any(|name| self.is_in(&name.period))
    }

    /// The entity with what held then.
    pub fn of_entity(self, mut entity: Entity) -> Entity {
        entity.names.retain(|name| self.is_in(&name.period));
        entity.attributes.retain(|one| self.is_in(&one.period));
        let held = |since: &str, until: &str| self.is_between(since, until);
        entity
            .lifecycle
            .retain(|state| held(&state.since, &state.until));
        if !entity
            .names
            .iter()
            .any(|name| name.text == entity.display_name)
        {
            entity.display_name = display_name(&entity.names);
        }
        entity
    }
}

/// The name to show, chosen as the registry does.
fn display_name(names: &[Name]) -> String {
    let shown = |name: &&Name| name.r#type() == NameType::Display;
    let english = |name: &&Name| {
        let primary = name.language.split('-').next().unwrap_or_default();
        primary.eq_ignore_ascii_case("en")
    };
    let mut candidates = names.iter().filter(shown);
    let chosen = candidates.clone().find(english).or(candidates.next());
    chosen
        .or(names.first())
        .map(|name| name.text.clone())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proto::registry::v1::{Attribute, Entity, Lifecycle, Name, NameType, Relation};

    use super::Day;

    /// 2016-12-31.
    const DAY: Day = Day(17_166);

    fn name(text: &str, period: &str) -> Name {
        Name {
            text: text.to_owned(),
            r#type: NameType::Display.into(),
            period: period.to_owned(),
            ..Name::default()
        }
    }

    #[test]
    fn a_period_has_its_first_and_its_last_day() {
        for period in [
            "",
            "2016-12-31",
            "2016",
            "201X",
            "2016-12-31/..",
            "../2016-12",
        ] {
            assert!(DAY.is_in(period), "{period}");
        }
        for period in ["2017", "2016-11", "2017-01-01/..", "../2016-12-30"] {
            assert!(!DAY.is_in(period), "{period}");
        }
    }

    #[test]
    fn what_began_or_ended_within_a_period_may_have_held_on_each_of_its_days() {
        for (since, until, held) in [
            ("2016", "", true),
            ("", "2016", true),
            ("2010", "2016", true),
            ("2017", "", false),
            ("", "2015", false),
        ] {
            let relation = Relation {
                since: since.to_owned(),
                until: until.to_owned(),
                ..Relation::default()
            };
            assert_eq!(DAY.has_relation(&relation), held, "{since} {until}");
        }
    }

    #[test]
    fn an_entity_has_what_held_then_and_what_is_undated() {
        let attribute = |period: &str| Attribute {
            period: period.to_owned(),
            ..Attribute::default()
        };
        let state = |since: &str, until: &str| Lifecycle {
            since: since.to_owned(),
            until: until.to_owned(),
            ..Lifecycle::default()
        };
        let entity = Entity {
            display_name: "New".to_owned(),
            names: vec![
                name("New", "2017/.."),
                name("Old", "../2016"),
                name("Any", ""),
            ],
            attributes: vec![attribute("2015"), attribute("2016"), attribute("")],
            lifecycle: vec![state("2018", ""), state("2000", ""), state("", "2010")],
            ..Entity::default()
        };
        for (text, held) in [("New", false), ("Old", true), ("Any", true), ("CHN", true)] {
            assert_eq!(DAY.has_name(&entity, text), held, "{text}");
        }
        let then = DAY.of_entity(entity);
        assert_eq!(then.display_name, "Old");
        assert_eq!(then.names, [name("Old", "../2016"), name("Any", "")]);
        assert_eq!(then.attributes, [attribute("2016"), attribute("")]);
        assert_eq!(then.lifecycle, [state("2000", "")]);
    }
}
