use proptest::prelude::*;

use super::{End, Interval};
use crate::Decimal;

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn exact(text: &str) -> Interval {
    let value = decimal(text);
    Interval::exact(value, value.half_unit())
}

/// An interval in the usual notation: `[1,2)`, `(1,)`.
fn interval(text: &str) -> Interval {
    let (lower, upper) = text.split_once(',').expect("two ends");
    let end = |number: &str, exclusive| {
        (!number.is_empty()).then(|| End {
            value: decimal(number),
            exclusive,
        })
    };
    Interval {
        lower: end(&lower[1..], lower.starts_with('(')),
        upper: end(&upper[..upper.len() - 1], upper.ends_with(')')),
        ..Interval::default()
    }
}

#[test]
fn widening_moves_the_ends_by_the_rounding() {
    let value = decimal("45.5").shift(12);
    let widened = Interval::exact(value, value.half_unit()).widened();
    assert_eq!(
        widened.lower,
        Some(End::inclusive(decimal("45450000000000")))
    );
    assert_eq!(
        widened.upper,
        Some(End::inclusive(decimal("45550000000000")))
    );
    assert_eq!(widened.point, Some(value));
}

#[test]
fn rounded_numbers_exclude_each_other_only_beyond_their_rounding() {
    assert!(!exact("45.5").excludes(&exact("45.6")));
    assert!(exact("45.5").excludes(&exact("45.7")));
    assert!(!exact("46").excludes(&exact("45.5")));
}

#[test]
fn ends_that_touch_exclude_only_when_one_is_open() {
    assert!(interval("[1,2)").excludes(&interval("[2,3]")));
    assert!(!interval("[1,2]").excludes(&interval("[2,3]")));
    assert!(!interval("(5,)").excludes(&interval("[6,6]")));
    assert!(interval("(5,)").excludes(&interval("[5,5]")));
    assert!(!Interval::nominal(decimal("1")).excludes(&exact("9")));
}

#[test]
fn an_interval_contains_what_its_ends_allow() {
    let above = interval("(5,)");
    assert!(above.contains(&decimal("5.01")));
    assert!(!above.contains(&decimal("5")));
    assert!(Interval::nominal(decimal("5")).contains(&decimal("9")));
}

#[test]
fn the_hull_encloses_both() {
    assert_eq!(
        interval("[1,2)").hull(&interval("(1,3]")),
        interval("[1,3]")
    );
    assert_eq!(interval("[1,2]").hull(&interval("(0,)")), interval("(0,)"));
    assert_eq!(exact("4").hull(&exact("4")), exact("4"));
}

#[test]
fn sums_and_differences_keep_open_ends() {
    let (a, b) = (interval("(5,)"), interval("[1,2)"));
    assert_eq!(a.add(&b), Some(interval("(6,)")));
    assert_eq!(a.sub(&b), Some(interval("(3,)")));
    assert_eq!(b.sub(&a), Some(interval("(,-3)")));
    assert_eq!(a.sub(&a), Some(Interval::default()));
}

#[test]
fn products_look_at_every_corner() {
    let check = |a: &str, b: &str, expected: &str| {
        assert_eq!(
            interval(a).mul(&interval(b)),
            Some(interval(expected)),
            "{a} × {b}"
        );
    };
    check("[-2,3]", "[-5,4]", "[-15,12]");
    check("(5,)", "[2,2]", "(10,)");
    check("(5,)", "[-2,-2]", "(,-10)");
    check("[0,1)", "(5,)", "[0,)");
    check("(0,1)", "(5,)", "(0,)");
    check("[0,0]", "(5,)", "[0,0]");
    check("[-1,1]", "(5,)", "(,)");
    check("(0,2)", "[0,3]", "[0,6)");
}

#[test]
fn quotients_know_the_sign_of_the_divisor() {
    let check = |a: &str, b: &str, expected: &str| {
        assert_eq!(
            interval(a).div(&interval(b)),
            Some(interval(expected)),
            "{a} / {b}"
        );
    };
    check("(5,)", "[4,4]", "(1.25,)");
    check("[1,2]", "[4,5]", "[0.2,0.5]");
    check("[-2,1]", "[4,5]", "[-0.5,0.25]");
    check("[1,2]", "[-5,-4]", "[-0.5,-0.2]");
    check("[-4,-2]", "[1,)", "[-4,0)");
    check("[1,2]", "(4,)", "(0,0.5)");
    check("[0,2]", "(4,)", "[0,0.5)");
    check("[1,2]", "(0,4]", "[0.25,)");
    check("[1,2]", "[0,4]", "(,)");
    check("[1,2]", "(,4)", "(,)");
    assert_eq!(exact("1").div(&exact("0")), None);
}

prop_compose! {
    fn any_interval()(a in -50_i64..50, b in -50_i64..50, open in any::<[bool; 4]>()) -> Interval {
        let end = |value: i64, exclusive| End { value: value.into(), exclusive };
        // A single number cannot be excluded from its own interval.
        let apart = a != b;
        Interval {
            lower: open[0].then(|| end(a.min(b), open[1] && apart)),
            upper: open[2].then(|| end(a.max(b), open[3] && apart)),
            ..Interval::default()
        }
    }
}

/// Some numbers around the ends, those outside left away.
fn samples(interval: &Interval) -> Vec<Decimal> {
    let tenths = (-600..=600).step_by(41).chain((-500..=500).step_by(50));
    let numbers = tenths.filter_map(|tenth| Decimal::new(tenth, -1));
    numbers.filter(|number| interval.contains(number)).collect()
}

type OnIntervals = fn(&Interval, &Interval) -> Option<Interval>;
type OnDecimals = fn(&Decimal, &Decimal) -> Option<Decimal>;

const OPERATIONS: [(OnIntervals, OnDecimals); 4] = [
    (Interval::add, Decimal::checked_add),
    (Interval::sub, Decimal::checked_sub),
    (Interval::mul, Decimal::checked_mul),
    (Interval::div, Decimal::div),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn results_hold_every_value_the_inputs_allow(a in any_interval(), b in any_interval()) {
        for (on_intervals, on_decimals) in OPERATIONS {
            let result = on_intervals(&a, &b).expect("in range");
            for x in samples(&a) {
                for y in samples(&b) {
                    if let Some(value) = on_decimals(&x, &y) {
                        prop_assert!(result.contains(&value), "{x} and {y} give {value}");
                    }
                }
            }
        }
    }

    #[test]
    fn exclusion_means_no_common_value(a in any_interval(), b in any_interval()) {
        let shared = samples(&a).into_iter().any(|number| b.contains(&number));
        prop_assert!(!(shared && a.excludes(&b)));
        prop_assert_eq!(a.excludes(&b), b.excludes(&a));
    }
}
