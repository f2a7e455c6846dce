use super::{Bound, FaultKind, Missing, Quantity, QuantityDraft, Trend};
use crate::{Decimal, End};

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn draft(bound: Bound, number: &str, multiplier: i32) -> QuantityDraft {
    QuantityDraft {
        bound: Some(bound),
        number: number.to_owned(),
        multiplier,
        ..QuantityDraft::default()
    }
}

fn quantity(bound: Bound, number: &str, multiplier: i32) -> Quantity {
    draft(bound, number, multiplier)
        .build()
        .expect("a quantity")
}

fn between(number: &str, upper: &str) -> QuantityDraft {
    QuantityDraft {
        upper: upper.to_owned(),
        ..draft(Bound::Between, number, 0)
    }
}

fn check_faults(draft: QuantityDraft, expected: &[(&str, FaultKind)]) {
    let faults = draft.build().expect_err("faults");
    let found: Vec<_> = faults
        .iter()
        .map(|fault| (fault.field, fault.kind))
        .collect();
    assert_eq!(found, expected, "{faults:?}");
}

#[test]
fn an_unset_bound_follows_from_what_is_set() {
    let bound = |draft: QuantityDraft| draft.build().map(|quantity| quantity.bound());
    let number = QuantityDraft {
        number: "0.00".to_owned(),
        ..QuantityDraft::default()
    };
    let missing = QuantityDraft {
        missing: Some(Missing::Suppressed),
        ..QuantityDraft::default()
    };
    let trend = QuantityDraft {
        trend: Some(Trend::Increasing),
        ..QuantityDraft::default()
    };
    assert_eq!(bound(number), Ok(Bound::Exact));
    assert_eq!(bound(missing), Ok(Bound::None));
    assert_eq!(bound(trend), Ok(Bound::None));
    check_faults(
        QuantityDraft::default(),
        &[("number", FaultKind::NumberInvalid)],
    );
}

#[test]
fn all_faults_are_gathered() {
    let draft = QuantityDraft {
        number: "NaN".to_owned(),
        upper: "7".to_owned(),
        lower_exclusive: true,
        multiplier: -1,
        as_published: "x".repeat(201),
        trend: Some(Trend::Higher),
        missing: Some(Missing::NotStated),
        ..QuantityDraft::default()
    };
    check_faults(
        draft,
        &[
            ("number", FaultKind::NumberInvalid),
            ("multiplier", FaultKind::OutOfRange),
            ("upper", FaultKind::Contradictory),
            ("lower_exclusive", FaultKind::Contradictory),
            ("trend", FaultKind::Contradictory),
            ("missing", FaultKind::Contradictory),
            ("as_published", FaultKind::OutOfRange),
        ],
    );
}

#[test]
fn a_range_needs_both_ends_in_order() {
    assert!(between("5", "5.0").build().is_ok());
    check_faults(between("7", "5"), &[("upper", FaultKind::BoundsReversed)]);
    check_faults(between("7", ""), &[("upper", FaultKind::NumberInvalid)]);
    let empty = QuantityDraft {
        upper_exclusive: true,
        ..between("5", "5")
    };
    check_faults(empty, &[("upper", FaultKind::BoundsReversed)]);
}

#[test]
fn a_figure_without_number_says_why() {
    let none = |draft: QuantityDraft| QuantityDraft {
        bound: Some(Bound::None),
        ..draft
    };
    check_faults(
        none(QuantityDraft::default()),
        &[("bound", FaultKind::Contradictory)],
    );
    let both = QuantityDraft {
        trend: Some(Trend::Stable),
        missing: Some(Missing::NotStated),
        multiplier: 9,
        ..none(QuantityDraft::default())
    };
    check_faults(
        both,
        &[
            ("missing", FaultKind::Contradictory),
            ("multiplier", FaultKind::Contradictory),
        ],
    );
    let numbered = QuantityDraft {
        missing: Some(Missing::NotStated),
        ..draft(Bound::None, "5", 0)
    };
    check_faults(numbered, &[("number", FaultKind::Contradictory)]);
}

#[test]
fn scale_words_and_places_have_limits() {
    assert!(draft(Bound::Exact, "45.5", 30).build().is_ok());
    let multiplier = [("multiplier", FaultKind::OutOfRange)];
    check_faults(draft(Bound::Exact, "45.5", 31), &multiplier);
    check_faults(draft(Bound::Exact, "45.5", 300), &multiplier);
    let precise = format!("0.{}1", "0".repeat(38));
    check_faults(
        draft(Bound::Exact, &precise, 0),
        &[("number", FaultKind::NumberInvalid)],
    );
}

#[test]
fn parts_from_storage_are_checked_again() {
    let stored = quantity(Bound::AtLeast, "45.5", 12);
    let mut parts = stored.parts().clone();
    assert_eq!(Quantity::from_parts(parts.clone()), Ok(stored));
    parts.number = None;
    assert!(Quantity::from_parts(parts).is_err());
}

#[test]
fn a_statement_survives_another_spelling() {
    let plain = quantity(Bound::Exact, "12", 0);
    let precise = quantity(Bound::Exact, "12.0", 0);
    assert!(plain.same_statement(&precise) && plain.respelled(&precise));
    assert!(!plain.respelled(&plain));
    let billions = quantity(Bound::Exact, "0.5", 9);
    let millions = quantity(Bound::Exact, "500", 6);
    assert!(billions.same_statement(&millions) && billions.respelled(&millions));
    let bounded = quantity(Bound::AtLeast, "12", 0);
    assert!(!plain.same_statement(&bounded) && !plain.respelled(&bounded));
}

#[test]
fn only_counts_without_scale_word_are_not_rounded() {
    let slack = |number, multiplier, counted| {
        let quantity = quantity(Bound::Exact, number, multiplier);
        quantity.interval(counted).slack.to_string()
    };
    assert_eq!(slack("93", 0, true), "0");
    assert_eq!(slack("93", 0, false), "0.5");
    assert_eq!(slack("45.5", 12, false), "50000000000");
    assert_eq!(slack("1.2", 3, true), "50");
}

#[test]
fn a_comparator_is_the_bound_and_no_rounding_widens_it() {
    let cases = [
        (Bound::GreaterThan, "99", 0, (Some("99"), None)),
        (Bound::AtLeast, "99", 0, (Some("99"), None)),
        (Bound::LessThan, "10", 0, (None, Some("10"))),
        (Bound::AtMost, "10", 0, (None, Some("10"))),
        (Bound::Nearly, "4", 0, (None, Some("4"))),
        (Bound::GreaterThan, "40", 6, (Some("40000000"), None)),
        (Bound::Exact, "40", 6, (Some("39500000"), Some("40500000"))),
    ];
    for (bound, number, multiplier, (lower, upper)) in cases {
        let wide = quantity(bound, number, multiplier)
            .interval(false)
            .widened();
        let value = |end: Option<End>| end.map(|end| end.value);
        assert_eq!(value(wide.lower), lower.map(decimal), "{bound:?} {number}");
        assert_eq!(value(wide.upper), upper.map(decimal), "{bound:?} {number}");
    }
    let range = between("5", "7.5")
        .build()
        .expect("a range")
        .interval(false);
    assert_eq!(range.widened(), range);
}

#[test]
fn each_bound_gives_its_ends() {
    let five = decimal("5");
    let ends = |bound| {
        let interval = quantity(bound, "5", 0).interval(true);
        assert_eq!(interval.point, Some(five));
        (interval.lower, interval.upper)
    };
    let (open, closed) = (Some(End::exclusive(five)), Some(End::inclusive(five)));
    assert_eq!(ends(Bound::Exact), (closed, closed));
    assert_eq!(ends(Bound::About), (None, None));
    assert_eq!(ends(Bound::Nearly), (None, open));
    assert_eq!(ends(Bound::GreaterThan), (open, None));
    assert_eq!(ends(Bound::AtLeast), (closed, None));
    assert_eq!(ends(Bound::LessThan), (None, open));
    assert_eq!(ends(Bound::AtMost), (None, closed));
}

#[test]
fn a_range_has_ends_and_no_point() {
    let draft = QuantityDraft {
        upper_exclusive: true,
        multiplier: 3,
        ..between("5", "7.5")
    };
    let interval = draft.build().expect("a range").interval(false);
    assert_eq!(interval.point, None);
    assert_eq!(interval.lower, Some(End::inclusive(decimal("5000"))));
    assert_eq!(interval.upper, Some(End::exclusive(decimal("7500"))));
    assert_eq!(interval.slack, Decimal::ZERO);
}

#[test]
fn quantities_read_as_english() {
    let phrase = |bound, number, multiplier| quantity(bound, number, multiplier).phrase();
    assert_eq!(phrase(Bound::GreaterThan, "500", 0), "more than 500");
    assert_eq!(phrase(Bound::Nearly, "20000", 0), "nearly 20000");
    assert_eq!(phrase(Bound::About, "345.26", 9), "about 345.26 × 10⁹");
    assert_eq!(phrase(Bound::Exact, "45.5", 12), "45.5 × 10¹²");
    let range = between("5", "7").build().expect("a range");
    assert_eq!(range.phrase(), "between 5 and 7");
    let half_open = QuantityDraft {
        lower_exclusive: true,
        ..between("5", "7")
    };
    let half_open = half_open.build().expect("a range");
    assert_eq!(half_open.phrase(), "more than 5 and at most 7");
    let rising = QuantityDraft {
        trend: Some(Trend::Increasing),
        ..QuantityDraft::default()
    };
    assert_eq!(rising.build().expect("a trend").phrase(), "increasing");
}
