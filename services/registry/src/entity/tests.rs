use proptest::prelude::*;

use super::*;

fn name(text: &str, language: &str, name_type: NameType) -> Name {
    Name {
        text: text.to_owned(),
        language: language.to_owned(),
        name_type,
        source: String::new(),
        period: None,
    }
}

fn entity(names: Vec<Name>) -> Entity {
    Entity {
        kind: "region".to_owned(),
        names,
        identifiers: Vec::new(),
        attributes: Vec::new(),
        lifecycle: Vec::new(),
        record_status: RecordStatus::Published,
        placeholder: false,
        sources: Vec::new(),
        notes: Vec::new(),
    }
}

#[test]
fn the_english_display_name_is_shown_first() {
    use NameType::{Alias, Display};
    let check = |names: Vec<Name>, shown: &str| assert_eq!(entity(names).display_name(), shown);
    let chinese = name("中国", "zh", Display);
    let english = name("China", "en-GB", Display);
    let alias = name("PRC", "en", Alias);
    check(vec![alias.clone(), chinese.clone(), english], "China");
    check(vec![alias.clone(), chinese], "中国");
    check(vec![alias], "PRC");
}

#[test]
fn the_state_that_began_last_counts() {
    let state = |state, since: &str| Lifecycle {
        state,
        since: since.parse().ok(),
        until: None,
        attested: None,
        event: String::new(),
        source: String::new(),
    };
    let mut entity = entity(Vec::new());
    assert_eq!(entity.state(), None);
    entity.lifecycle = vec![
        state(LifecycleState::Closed, "2020"),
        state(LifecycleState::Active, "2010-05"),
        state(LifecycleState::Planned, ""),
    ];
    assert_eq!(entity.state(), Some(LifecycleState::Closed));
}

#[test]
fn a_name_that_differs_in_its_source_only_is_known() {
    let mut have = entity(vec![name("China", "en", NameType::Display)]);
    let mut again = have.clone();
    again.names[0].source = "a-source".to_owned();
    let before = have.clone();
    have.extend(&again);
    assert_eq!(have, before);
}

#[test]
fn a_stored_entity_reads_back() {
    let mut entity = entity(vec![name("China", "en", NameType::Display)]);
    entity.names[0].period = "2016-01/2016-12".parse().ok();
    entity.lifecycle.push(Lifecycle {
        state: LifecycleState::Active,
        since: "1949-10-01".parse().ok(),
        until: None,
        attested: "2020".parse().ok(),
        event: "founded".to_owned(),
        source: String::new(),
    });
    let body = crate::record::write(&entity).expect("written");
    assert!(body.contains(r#""period":"2016""#), "{body}");
    assert_eq!(crate::record::read::<Entity>(&body).expect("read"), entity);
}

fn names() -> impl Strategy<Value = Vec<Name>> {
    let one = ("[a-c]", "(en|zh)", 1..=6i32).prop_map(|(text, language, number)| {
        let name_type = NameType::try_from(number).expect("a type of name");
        name(&text, &language, name_type)
    });
    prop::collection::vec(one, 0..6)
}

proptest! {
    #[test]
    fn adding_twice_is_adding_once(have in names(), more in names()) {
        let mut once = entity(have);
        let more = entity(more);
        once.extend(&more);
        let mut twice = once.clone();
        twice.extend(&more);
        prop_assert_eq!(twice, once);
    }

    #[test]
    fn adding_removes_nothing(have in names(), more in names()) {
        let before = entity(have);
        let mut after = before.clone();
        after.extend(&entity(more));
        prop_assert_eq!(&after.names[..before.names.len()], &before.names[..]);
    }
}
