use figure::Period;
use proptest::prelude::*;

use super::rule::both_hold;
use super::*;

fn relation() -> Relation {
    Relation {
        subject: "hangzhou".to_owned(),
        predicate: "part-of".to_owned(),
        object: "zhejiang".to_owned(),
        role: String::new(),
        since: "1949".parse().ok(),
        until: None,
        since_approximate: false,
        as_of: None,
        share: None,
        basis: Basis::Stated,
        source: SourceRef {
            source: "atlas".to_owned(),
            locator: "p. 3".to_owned(),
            quote: String::new(),
        },
        notes: Vec::new(),
    }
}

#[test]
fn the_same_statement_keeps_its_id() {
    let one = relation();
    let mut other = relation();
    assert_eq!(
        one.content_id().expect("an id"),
        other.content_id().expect("an id")
    );
    other.role = "wholly".to_owned();
    assert_ne!(
        one.content_id().expect("an id"),
        other.content_id().expect("an id")
    );
}

#[test]
fn a_stored_relation_reads_back_with_its_digits() {
    let mut relation = relation();
    let draft = figure::QuantityDraft {
        bound: Some(figure::Bound::GreaterThan),
        number: "25.0".to_owned(),
        as_published: "more than 25.0 %".to_owned(),
        ..figure::QuantityDraft::default()
    };
    relation.share = Some(Share(draft.build().expect("a quantity")));
    let body = crate::record::write(&relation).expect("written");
    assert!(body.contains("\"25.0\""), "{body}");
    assert_eq!(
        crate::record::read::<Relation>(&body).expect("read"),
        relation
    );
}

#[test]
fn what_ended_when_the_other_began_does_not_hold_together() {
    let period = |code: &str| code.parse::<Period>().ok();
    let check = |one: (&str, &str), other: (&str, &str), together: bool| {
        let spans = [one, other].map(|(since, until)| (period(since), period(until)));
        assert_eq!(both_hold(spans[0], spans[1]), together, "{one:?} {other:?}");
    };
    check(("", ""), ("", ""), true);
    check(("2010", ""), ("2015", ""), true);
    check(("2010", "2018"), ("2018", ""), false);
    check(("2010", "2018-06"), ("2018-03", ""), true);
    check(("2019", ""), ("", "2018"), false);
    check(("2018", "2018"), ("2018", ""), false);
}

proptest! {
    #[test]
    fn holding_together_does_not_depend_on_the_order(years in prop::array::uniform4(2000i16..2004)) {
        let period = |year: i16| year.to_string().parse::<Period>().ok();
        let one = (period(years[0]), period(years[1]));
        let other = (period(years[2]), period(years[3]));
        prop_assert_eq!(both_hold(one, other), both_hold(other, one));
    }
}
