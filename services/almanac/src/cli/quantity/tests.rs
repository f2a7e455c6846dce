use proto::figure::v1::quantity::Value;
use proto::figure::v1::{
    Bound, Interval, MissingReason, Period, PeriodRole, Quantity, Range, Trend,
};
use proto::metrics::v1::Unit;

use super::{interval, period, phrase, with_unit};

fn quantity(bound: Bound, number: &str, multiplier: i32) -> Quantity {
    Quantity {
        bound: bound as i32,
        value: Some(Value::Number(number.to_owned())),
        multiplier,
        ..Quantity::default()
    }
}

#[test]
fn bounds_and_scale_words_are_printed() {
    assert_eq!(
        phrase(&quantity(Bound::GreaterThan, "500", 6)),
        "> 500 million"
    );
    assert_eq!(
        phrase(&quantity(Bound::About, "345.26", 9)),
        "≈ 345.26 billion"
    );
    assert_eq!(phrase(&quantity(Bound::Exact, "0.10", 0)), "0.10");
}

#[test]
fn a_range_a_trend_a_reason_and_a_mere_text_are_printed() {
    let of = |value: Option<Value>| Quantity {
        value,
        as_published: "some".to_owned(),
        ..Quantity::default()
    };
    let range = |lower_exclusive, upper_exclusive| Range {
        lower: "7".to_owned(),
        upper: "9".to_owned(),
        lower_exclusive,
        upper_exclusive,
    };
    let missing = MissingReason::NotCollected as i32;
    for (value, printed) in [
        (Some(Value::Range(range(false, false))), "7–9"),
        (Some(Value::Range(range(true, true))), "> 7 to < 9"),
        (Some(Value::Trend(Trend::Higher as i32)), "higher"),
        (Some(Value::Missing(missing)), "not collected"),
        (None, "some"),
    ] {
        assert_eq!(phrase(&of(value)), printed);
    }
}

#[test]
fn a_period_is_printed_with_what_the_source_says_of_it() {
    let of = |role: PeriodRole| {
        let period = Period {
            code: "2025".to_owned(),
            role: role as i32,
            ..Period::default()
        };
        super::period(Some(&period))
    };
    assert_eq!(of(PeriodRole::Whole), "2025");
    assert_eq!(of(PeriodRole::By), "by 2025");
    assert_eq!(period(None), "");
}

#[test]
fn a_percent_sign_stands_close_and_a_mere_count_has_no_unit() {
    let percent = Unit {
        symbol: "%".to_owned(),
        ..Unit::default()
    };
    let counted = |symbol: &str| Unit {
        symbol: symbol.to_owned(),
        dimension: "count".to_owned(),
        counted: true,
        ..Unit::default()
    };
    let five = quantity(Bound::Exact, "5", 0);
    let printed = |unit: &Unit| with_unit("5".to_owned(), &five, Some(unit));
    assert_eq!(printed(&percent), "5%");
    assert_eq!(printed(&counted("people")), "5 people");
    assert_eq!(printed(&counted("")), "5");
}

#[test]
fn digits_stand_in_groups_and_a_spread_in_the_scale_of_its_figures() {
    let number = quantity(Bound::Exact, "5930529470799.170", 0);
    assert_eq!(phrase(&number), "5,930,529,470,799.170");
    let spread = Interval {
        lower: "45500000000000".to_owned(),
        upper: "47940000000000".to_owned(),
        ..Interval::default()
    };
    assert_eq!(interval(&spread, 12), "45.5 to 47.94");
    assert_eq!(
        interval(&spread, 0),
        "45,500,000,000,000 to 47,940,000,000,000"
    );
}
