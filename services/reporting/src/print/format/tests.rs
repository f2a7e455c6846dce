use figure::QuantityDraft;

use pb::ScaleWord::{self, Billion, Million, Thousand, Trillion, Unspecified};

use super::*;
use crate::word::Language;

fn quantity(bound: Bound, number: &str, multiplier: i32) -> Quantity {
    let draft = QuantityDraft {
        bound: Some(bound),
        number: number.to_owned(),
        multiplier,
        ..QuantityDraft::default()
    };
    draft.build().unwrap()
}

fn unit(sign: &str) -> Unit {
    Unit {
        sign: sign.to_owned(),
        ..Unit::default()
    }
}

fn asked(decimals: i32, scale: ScaleWord) -> pb::NumberFormat {
    pb::NumberFormat {
        decimals: Some(decimals),
        scale: scale.into(),
        bare_rank: false,
    }
}

fn check(language: Language, of: (&Quantity, &str), format: &pb::NumberFormat, expected: &str) {
    let words = language.words();
    let format = Format::read(format, words);
    let told = printed(of.0, &unit(of.1), Some(format), words);
    assert_eq!(told.whole, expected, "{of:?}");
}

#[test]
fn a_figure_is_printed_with_the_digits_and_the_scale_asked_for() {
    let (en, zh) = (Language::English, Language::Chinese);
    let gdp = quantity(Bound::Exact, "6087191746679.489", 0);
    let trillion = asked(2, Trillion);
    check(en, (&gdp, "USD"), &trillion, "6.09 trillion USD");
    check(zh, (&gdp, "美元"), &trillion, "6.09万亿美元");
    let share = quantity(Bound::Exact, "88.4989", 0);
    check(en, (&share, "%"), &asked(1, Unspecified), "88.5%");
    check(
        en,
        (&quantity(Bound::Exact, "59", 0), "%"),
        &asked(1, Unspecified),
        "59.0%",
    );
    let lines = quantity(Bound::Exact, "407382000", 0);
    check(en, (&lines, ""), &asked(1, Million), "407.4 million");
    check(zh, (&lines, "户"), &asked(1, Million), "40,738万户");
    check(zh, (&lines, "户"), &asked(1, Billion), "4亿户");
    check(
        zh,
        (&quantity(Bound::Exact, "45000", 0), ""),
        &asked(0, Thousand),
        "4.5万",
    );
}

#[test]
fn without_decimals_a_figure_keeps_its_own_digits() {
    let (en, zh) = (Language::English, Language::Chinese);
    let gdp = quantity(Bound::Exact, "6087191746679.489", 0);
    let scaled = |scale: ScaleWord| pb::NumberFormat {
        scale: scale.into(),
        ..Default::default()
    };
    for (language, sign, scale, expected) in [
        (en, "USD", Trillion, "6.087191746679489 trillion USD"),
        (zh, "美元", Trillion, "6.087191746679489万亿美元"),
        (en, "USD", Billion, "6,087.191746679489 billion USD"),
        (zh, "美元", Billion, "60,871.91746679489亿美元"),
        (en, "USD", ScaleWord::None, "6,087,191,746,679.489 USD"),
    ] {
        check(language, (&gdp, sign), &scaled(scale), expected);
    }
    let printed = quantity(Bound::Exact, "45.50", 12);
    check(
        en,
        (&printed, "CNY"),
        &scaled(Trillion),
        "45.50 trillion CNY",
    );
    check(
        en,
        (&printed, "CNY"),
        &scaled(ScaleWord::None),
        "45,500,000,000,000 CNY",
    );
    let words = en.words();
    let told = printed_as(&gdp, &scaled(Trillion));
    assert!(!told.rounded);
    // To ask for nothing but a bare rank is to ask for nothing of a number.
    let bare = pb::NumberFormat {
        bare_rank: true,
        ..Default::default()
    };
    assert_eq!(
        printed_as(&gdp, &bare),
        super::printed(&gdp, &unit("USD"), None, words)
    );
    // Nought is a number of digits like others.
    check(en, (&gdp, "USD"), &asked(0, Trillion), "6 trillion USD");
}

fn printed_as(quantity: &Quantity, format: &pb::NumberFormat) -> Printed {
    let words = Language::English.words();
    let format = Format::read(format, words);
    printed(quantity, &unit("USD"), Some(format), words)
}

#[test]
fn a_bound_is_never_rounded() {
    let en = Language::English;
    let bound = quantity(Bound::GreaterThan, "99.46", 0);
    check(
        en,
        (&bound, "%"),
        &asked(0, Unspecified),
        "more than 99.46%",
    );
    let words = en.words();
    let format = Format::read(&asked(0, Unspecified), words);
    assert!(!printed(&bound, &unit("%"), Some(format), words).rounded);
}

#[test]
fn what_was_rounded_says_so_and_the_parts_make_the_whole() {
    let words = Language::English.words();
    let format = Format::read(&asked(2, Trillion), words);
    let gdp = quantity(Bound::Exact, "6087191746679.489", 0);
    let told = printed(&gdp, &unit("USD"), Some(format), words);
    assert!(told.rounded);
    assert_eq!(
        (told.number.as_str(), told.unit.as_str()),
        ("6.09", "trillion USD")
    );
    let exact = printed(
        &quantity(Bound::Exact, "45.5", 12),
        &unit("CNY"),
        None,
        words,
    );
    assert!(!exact.rounded);
    assert_eq!(
        (exact.number.as_str(), exact.unit.as_str()),
        ("45.5", "trillion CNY")
    );
}

#[test]
fn labels_of_one_drawing_have_one_number_of_decimals() {
    let values = ["31.55", "18.4767", "103.935"].map(|text| text.parse::<Decimal>().unwrap());
    let places = common_decimals(&values, 0);
    assert_eq!(places, 1);
    let words = Language::English.words();
    let told: Vec<_> = values
        .iter()
        .map(|value| label((Bound::Exact, value, None), 0, places, words).0)
        .collect();
    assert_eq!(told, ["31.6", "18.5", "103.9"]);
    assert_eq!(
        common_decimals(&[Decimal::from(1234), Decimal::from(5)], 0),
        0
    );
}
