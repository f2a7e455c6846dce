use figure::{Bound, Decimal, End, Interval, Quantity, QuantityDraft};

use super::*;

fn quantity(bound: Bound, number: &str, multiplier: i32, as_published: &str) -> Quantity {
    let draft = QuantityDraft {
        bound: Some(bound),
        number: number.to_owned(),
        multiplier,
        as_published: as_published.to_owned(),
        ..QuantityDraft::default()
    };
    draft.build().unwrap()
}

fn unit(sign: &str, dimension: &str, spellings: &[&str]) -> Unit {
    Unit {
        sign: sign.to_owned(),
        spellings: spellings.iter().map(|text| (*text).to_owned()).collect(),
        dimension: dimension.to_owned(),
    }
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn quoted_figures_are_printed_as_the_source_printed_them() {
    let yuan = unit("CNY", "money", &["yuan", "RMB"]);
    let count = unit("", "count", &[]);
    let percent = unit("%", "ratio", &["percent"]);
    let years = unit("years", "time", &["year"]);
    let data = unit("ZB", "information", &[]);
    let times = unit("", "ratio", &["times"]);
    let rank = unit("", "rank", &[]);
    let cases = [
        (
            quantity(Bound::Exact, "45.5", 12, "45.5 trillion"),
            &yuan,
            "45.5 trillion CNY",
        ),
        (
            quantity(Bound::GreaterThan, "500", 6, "500 million"),
            &yuan,
            "more than 500 million CNY",
        ),
        (
            quantity(Bound::GreaterThan, "500", 0, "500"),
            &count,
            "more than 500",
        ),
        (
            quantity(Bound::Exact, "39.8", 0, "39.8 percent"),
            &percent,
            "39.8%",
        ),
        (
            quantity(Bound::GreaterThan, "50", 0, "over 50 percent"),
            &percent,
            "more than 50%",
        ),
        (
            quantity(Bound::GreaterThan, "2", 0, "two"),
            &years,
            "more than two years",
        ),
        (quantity(Bound::Exact, "6.6", 0, "6.6ZB"), &data, "6.6ZB"),
        (
            quantity(Bound::Exact, "4", 0, "quadrupling"),
            &times,
            "quadrupling (4)",
        ),
        (quantity(Bound::Exact, "2", 0, "second"), &rank, "second"),
        (
            quantity(Bound::Exact, "5930529470799.17", 0, ""),
            &yuan,
            "5,930,529,470,799.17 CNY",
        ),
        (
            quantity(Bound::About, "345.26", 9, ""),
            &yuan,
            "about 345.26 billion CNY",
        ),
    ];
    for (quantity, unit, expected) in cases {
        assert_eq!(quoted(&quantity, unit), expected);
    }
}

#[test]
fn a_figure_in_words_keeps_its_words() {
    let draft = QuantityDraft {
        trend: Some(figure::Trend::Increasing),
        as_published: "increased year by year".to_owned(),
        ..QuantityDraft::default()
    };
    assert_eq!(
        quoted(&draft.build().unwrap(), &Unit::default()),
        "increased year by year"
    );
}

#[test]
fn computed_numbers_have_the_digits_that_were_asked_for() {
    let exact = |text: &str| Interval::exact(decimal(text), Decimal::ZERO);
    let ratio = exact("3.852359822509076");
    assert_eq!(result(&ratio, false, 0, Some(2)).as_deref(), Some("3.85"));
    assert_eq!(
        result(&exact("2440000000000"), false, 12, None).as_deref(),
        Some("2.44 trillion")
    );
    let range = Interval {
        point: None,
        lower: Some(End::inclusive(decimal("563.6"))),
        upper: Some(End::inclusive(decimal("600"))),
        slack: Decimal::ZERO,
    };
    assert_eq!(
        result(&range, false, 0, Some(1)).as_deref(),
        Some("563.6 to 600.0")
    );
    let open = Interval {
        lower: Some(End::exclusive(decimal("1.25"))),
        ..Interval::default()
    };
    assert_eq!(
        result(&open, false, 0, None).as_deref(),
        Some("more than 1.25")
    );
    assert_eq!(result(&Interval::default(), false, 0, None), None);
}

#[test]
fn a_small_change_is_not_printed_as_none() {
    assert_eq!(percent(&decimal("1.8400"), Sign::Both), "+1.84%");
    assert_eq!(percent(&decimal("0.0000021688"), Sign::Both), "+0.0000022%");
    assert_eq!(percent(&decimal("-0.2201"), Sign::Both), "−0.22%");
    assert_eq!(percent(&decimal("5.3626"), Sign::Minus), "5.36%");
    assert_eq!(percent(&decimal("0"), Sign::Both), "0.0%");
}

#[test]
fn periods_are_spoken() {
    assert_eq!(period("2025", Role::By, false), "by 2025");
    assert_eq!(period("2020-08", Role::AsOf, false), "as of 2020-08");
    assert_eq!(period("../2019", Role::Span, false), "up to 2019");
    assert_eq!(period("2003/2018", Role::Span, false), "2003 to 2018");
    assert_eq!(period("195X", Role::Span, true), "around 1950s");
}

#[test]
fn meaning_of_a_rounded_figure_is_a_range() {
    let meaning = quantity(Bound::Exact, "45.5", 12, "").interval(false);
    let expected = "between 45,450,000,000,000 CNY and 45,550,000,000,000 CNY";
    assert_eq!(interval(&meaning, &unit("CNY", "money", &[])), expected);
}

#[test]
fn ends_that_only_rounding_makes_one_are_not_exact() {
    let percent = unit("%", "ratio", &[]);
    let end = |value: &str| {
        Some(End {
            value: decimal(value),
            exclusive: false,
        })
    };
    let between = |lower, upper| Interval {
        lower: end(lower),
        upper: end(upper),
        ..Interval::default()
    };
    let told = |lower, upper| result_interval(&between(lower, upper), &percent);
    assert_eq!(told("5", "5"), "exactly 5%");
    assert_eq!(
        told("0.00000216880001", "0.00000216880002"),
        "about 0.0000021688%, rounded to 6 digits"
    );
    assert_eq!(told("-2.5", "-1"), "between −2.5% and −1%");
}

#[test]
fn a_number_too_long_for_a_drawing_is_rounded_and_marked() {
    let dollars = unit("USD", "money", &[]);
    let told = |number| short(&quantity(Bound::Exact, number, 0, ""), &dollars, 12);
    assert_eq!(told("18804913000000"), "≈18.80");
    assert_eq!(told("47940000000000"), "47.94");
    assert_eq!(told("-45500000000000"), "−45.5");
}
