use figure::{Bound, Decimal, End, Interval, Quantity, QuantityDraft};

use super::*;
use crate::word::Language;

fn en() -> &'static Words {
    Language::English.words()
}

fn zh() -> &'static Words {
    Language::Chinese.words()
}

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
        ..Unit::default()
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
        assert_eq!(quoted(&quantity, unit, en()), expected);
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
        quoted(&draft.build().unwrap(), &Unit::default(), en()),
        "increased year by year"
    );
}

#[test]
fn computed_numbers_have_the_digits_that_were_asked_for() {
    let exact = |text: &str| Interval::exact(decimal(text), Decimal::ZERO);
    let ratio = exact("3.852359822509076");
    assert_eq!(
        result(&ratio, false, 0, Some(2), en()).as_deref(),
        Some("3.85")
    );
    assert_eq!(
        result(&exact("2440000000000"), false, 12, None, en()).as_deref(),
        Some("2.44 trillion")
    );
    let range = Interval {
        point: None,
        lower: Some(End::inclusive(decimal("563.6"))),
        upper: Some(End::inclusive(decimal("600"))),
        slack: Decimal::ZERO,
    };
    assert_eq!(
        result(&range, false, 0, Some(1), en()).as_deref(),
        Some("563.6 to 600.0")
    );
    let outwards = |lower: &str, upper: &str| {
        let range = Interval {
            lower: Some(End::inclusive(decimal(lower))),
            upper: Some(End::inclusive(decimal(upper))),
            ..Interval::default()
        };
        result(&range, false, 0, Some(1), en())
    };
    // What the figures allow is never outside of what is printed.
    assert_eq!(
        outwards("114.053", "114.541").as_deref(),
        Some("114.0 to 114.6")
    );
    assert_eq!(outwards("-2.46", "-1.13").as_deref(), Some("−2.5 to −1.1"));
    assert_eq!(outwards("5.01", "5.02").as_deref(), Some("5.0"));
    let open = Interval {
        lower: Some(End::exclusive(decimal("1.25"))),
        ..Interval::default()
    };
    assert_eq!(
        result(&open, false, 0, None, en()).as_deref(),
        Some("more than 1.25")
    );
    assert_eq!(result(&Interval::default(), false, 0, None, en()), None);
}

#[test]
fn a_change_has_two_digits_behind_the_point_and_a_smaller_one_its_sign() {
    assert_eq!(change(&decimal("1.8400"), en()), "+1.84%");
    assert_eq!(change(&decimal("0.0000021688"), en()), "+0.00%");
    assert_eq!(change(&decimal("-0.0000021688"), en()), "−0.00%");
    assert_eq!(change(&decimal("-0.2201"), en()), "−0.22%");
    assert_eq!(change(&decimal("0"), en()), "0.00%");
}

#[test]
fn a_result_has_no_more_digits_than_its_inputs_justify() {
    let cases = [
        (Some(2), "0.39", 4, Some(0)),
        (Some(2), "0.006", 4, Some(2)),
        (Some(1), "0.006", 4, Some(1)),
        (Some(2), "0", 4, Some(2)),
        (None, "0.055", 2, Some(1)),
        (None, "0.055", 1, None),
        (None, "0", 2, None),
        (Some(1), "39", 4, Some(0)),
    ];
    for (places, slack, own, expected) in cases {
        let told = justified(places, &decimal(slack), own);
        assert_eq!(told, expected, "{places:?} {slack}");
    }
}

#[test]
fn a_bound_means_the_bound_and_a_plain_number_needs_no_meaning() {
    let percent = unit("%", "ratio", &[]);
    let told = |bound, number: &str, words| {
        let quantity = quantity(bound, number, 0, "");
        meaning(&quantity, &quantity.interval(false), &percent, words)
    };
    assert_eq!(told(Bound::GreaterThan, "99", en()), "more than 99%");
    assert_eq!(told(Bound::LessThan, "10", en()), "less than 10%");
    assert_eq!(told(Bound::Nearly, "4", en()), "below 4% and close to it");
    assert_eq!(told(Bound::Nearly, "4", zh()), "低于4%且与之接近");
    assert_eq!(told(Bound::Exact, "45.5", en()), "");
}

#[test]
fn thousands_are_set_apart_alike_whatever_the_source_did() {
    let people = unit("people", "count", &[]);
    let told = |number, printed, words| {
        quoted(&quantity(Bound::Exact, number, 0, printed), &people, words)
    };
    assert_eq!(told("1149.8", "1149.8", en()), "1,149.8 people");
    assert_eq!(told("390000", "390,000", en()), "390,000 people");
    assert_eq!(told("1149.8", "1149.8", zh()), "1,149.8 people");
}

#[test]
fn periods_are_spoken() {
    assert_eq!(period("2025", Role::By, false, en()), "by 2025");
    assert_eq!(period("2020-08", Role::AsOf, false, en()), "as of 2020-08");
    assert_eq!(period("../2019", Role::Span, false, en()), "up to 2019");
    assert_eq!(period("2018/2018", Role::Span, false, en()), "2018");
    assert_eq!(period("2003/2018", Role::Span, false, en()), "2003 to 2018");
    assert_eq!(period("195X", Role::Span, true, en()), "around 1950s");
}

#[test]
fn meaning_of_a_rounded_figure_is_a_range() {
    let meaning = quantity(Bound::Exact, "45.5", 12, "").interval(false);
    let expected = "between 45.45 trillion CNY and 45.55 trillion CNY";
    assert_eq!(
        interval(&meaning, &unit("CNY", "money", &[]), en()),
        expected
    );
    let expected = "介于45.45万亿元人民币与45.55万亿元人民币之间";
    assert_eq!(
        interval(&meaning, &unit("元人民币", "money", &[]), zh()),
        expected
    );
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
    let told = |lower, upper| result_interval(&between(lower, upper), &percent, en());
    assert_eq!(told("5", "5"), "exactly 5%");
    assert_eq!(
        told("0.00000216880001", "0.00000216880002"),
        "about 0.0000021688%, to 6 significant digits"
    );
    assert_eq!(told("-2.5", "-1"), "between −2.5% and −1%");
}

#[test]
fn in_chinese_the_point_is_moved_to_a_chinese_scale_word_and_nothing_is_rounded() {
    let yuan = unit("元人民币", "money", &[]);
    let told = |number, power, printed| {
        quoted(&quantity(Bound::Exact, number, power, printed), &yuan, zh())
    };
    assert_eq!(told("45.5", 12, "45.5 trillion"), "45.5万亿元人民币");
    assert_eq!(told("45.50", 12, "45.50 trillion"), "45.50万亿元人民币");
    assert_eq!(told("500", 6, "500 million"), "5亿元人民币");
    assert_eq!(told("345.26", 9, ""), "3,452.6亿元人民币");
    assert_eq!(told("1200", 9, ""), "1.2万亿元人民币");
    assert_eq!(told("9550", 9, "9,550 billion"), "9.550万亿元人民币");
    assert_eq!(told("16.0", 6, "16.0 million"), "1,600万元人民币");
    assert_eq!(told("12", 3, "12 thousand"), "1.2万元人民币");
    assert_eq!(told("2", 3, "two thousand"), "2,000元人民币");
    assert_eq!(told("390000", 0, "390,000"), "39万元人民币");
    assert_eq!(told("36000", 0, "36,000"), "3.6万元人民币");
    assert_eq!(told("36500", 0, "36,500"), "36,500元人民币");
    assert_eq!(told("9000", 0, "9,000"), "9,000元人民币");
    assert_eq!(told("-2.44", 12, ""), "−2.44万亿元人民币");
    assert_eq!(
        told("5930529470799.17", 0, ""),
        "5,930,529,470,799.17元人民币"
    );
    assert_eq!(told("110760.94", 8, "110760.94"), "11.076094万亿元人民币");
}

#[test]
fn a_power_without_an_english_word_is_moved_to_one() {
    let yuan = unit("CNY", "money", &[]);
    let printed = quantity(Bound::Exact, "110760.94", 8, "110760.94");
    assert_eq!(quoted(&printed, &yuan, en()), "11.076094 trillion CNY");
}

#[test]
fn bounds_ranges_ranks_and_trends_are_said_in_chinese() {
    let count = unit("", "count", &[]);
    let told = |bound, number| quoted(&quantity(bound, number, 0, "words"), &count, zh());
    assert_eq!(told(Bound::GreaterThan, "500"), "超过500");
    assert_eq!(told(Bound::About, "1234"), "约1,234");
    assert_eq!(told(Bound::Nearly, "12345"), "近12,345");
    assert_eq!(told(Bound::LessThan, "3"), "不足3");
    assert_eq!(told(Bound::AtLeast, "3"), "至少3");
    assert_eq!(told(Bound::AtMost, "3"), "至多3");
    let between = QuantityDraft {
        bound: Some(Bound::Between),
        number: "9".to_owned(),
        upper: "120".to_owned(),
        multiplier: 6,
        ..QuantityDraft::default()
    };
    let between = between.build().unwrap();
    assert_eq!(
        quoted(&between, &unit("人", "count", &[]), zh()),
        "900万至1.2亿人"
    );
    assert_eq!(
        quoted(&between, &unit("people", "count", &[]), en()),
        "between 9 and 120 million people"
    );
    let rank = unit("", "rank", &[]);
    assert_eq!(
        quoted(&quantity(Bound::Exact, "2", 0, "second"), &rank, zh()),
        "第2位"
    );
    let draft = QuantityDraft {
        trend: Some(figure::Trend::Increasing),
        as_published: "increased year by year".to_owned(),
        ..QuantityDraft::default()
    };
    assert_eq!(
        quoted(&draft.build().unwrap(), &Unit::default(), zh()),
        "上升"
    );
}

#[test]
fn a_unit_in_latin_letters_stands_apart() {
    let data = unit("ZB", "information", &[]);
    let told = |words| quoted(&quantity(Bound::Exact, "6.6", 0, "6.6 ZB"), &data, words);
    assert_eq!(told(zh()), "6.6 ZB");
    let percent = unit("%", "ratio", &["percent"]);
    let printed = quantity(Bound::Exact, "39.8", 0, "39.8 percent");
    assert_eq!(quoted(&printed, &percent, zh()), "39.8%");
}

#[test]
fn computed_numbers_are_said_in_chinese() {
    let range = |lower: &str, upper: &str| Interval {
        lower: Some(End::inclusive(decimal(lower))),
        upper: Some(End::inclusive(decimal(upper))),
        ..Interval::default()
    };
    let told = |interval: &Interval, power, places| result(interval, false, power, places, zh());
    let exact = Interval::exact(decimal("2440000000000"), Decimal::ZERO);
    assert_eq!(told(&exact, 12, None).as_deref(), Some("2.44万亿"));
    assert_eq!(
        told(&range("563.6", "600"), 0, Some(1)).as_deref(),
        Some("563.6至600.0")
    );
    let open = Interval {
        lower: Some(End::exclusive(decimal("1.25"))),
        ..Interval::default()
    };
    assert_eq!(told(&open, 0, None).as_deref(), Some("超过1.25"));
    let about = Interval::nominal(decimal("5000000000"));
    assert_eq!(
        result(&about, true, 9, Some(1), zh()).as_deref(),
        Some("约50亿")
    );
}

#[test]
fn axes_are_named_after_powers_that_the_language_has_a_word_for() {
    let yuan = |sign| unit(sign, "money", &[]);
    assert_eq!(axis(12, &yuan("CNY"), en()), "trillion CNY");
    assert_eq!(axis(0, &unit("%", "ratio", &[]), en()), "%");
    let power = (zh().number.axis)(9);
    assert_eq!(
        (power, axis(power, &yuan("元人民币"), zh())),
        (8, "亿元人民币".to_owned())
    );
    assert_eq!(axis(12, &yuan("美元"), zh()), "万亿美元");
}

#[test]
fn operands_lose_their_scale_word_only_where_the_result_has_the_same() {
    assert!(keeps_scale(12, en()) && keeps_scale(0, en()) && keeps_scale(0, zh()));
    assert!(!keeps_scale(8, en()) && !keeps_scale(9, zh()) && !keeps_scale(12, zh()));
}

#[test]
fn a_number_of_things_lies_between_the_whole_numbers_inside_of_its_ends() {
    let ends = |lower, upper| Interval {
        lower: Some(lower),
        upper: Some(upper),
        ..Interval::default()
    };
    let (including, excluding) = (
        |text| End::inclusive(decimal(text)),
        |text| End::exclusive(decimal(text)),
    );
    for (given, expected) in [
        (ends(including("563.6"), including("600")), ("564", "600")),
        (ends(excluding("563"), excluding("600")), ("564", "599")),
        (ends(excluding("563.6"), excluding("599.4")), ("564", "599")),
        (ends(including("-2.5"), including("-1.5")), ("-2", "-2")),
    ] {
        let (lower, upper) = expected;
        assert_eq!(whole(&given), ends(including(lower), including(upper)));
    }
    let none_inside = ends(including("5.2"), including("5.8"));
    assert_eq!(whole(&none_inside), none_inside, "it is told as it is");
    assert_eq!(whole(&Interval::default()), Interval::default());
}
