use figure::Bound;

use super::*;

fn zh() -> &'static Words {
    Language::Chinese.words()
}

#[test]
fn periods_are_said_in_chinese() {
    let cases = [
        ("2021", Role::Span, false, "2021年"),
        ("2018-Q1", Role::Span, false, "2018年第一季度"),
        ("2018-H2", Role::Span, false, "2018年下半年"),
        ("2018-W05", Role::Span, false, "2018年第5周"),
        ("2020-08", Role::AsOf, false, "截至2020年8月"),
        ("2018-06-02", Role::Span, false, "2018年6月2日"),
        ("2025", Role::By, false, "到2025年"),
        ("2003/2018", Role::Span, false, "2003年至2018年"),
        ("../2019", Role::Span, false, "2019年及以前"),
        ("2014-03/..", Role::Span, false, "2014年3月以来"),
        ("195X", Role::Span, true, "20世纪50年代前后"),
        ("200X", Role::Span, false, "21世纪00年代"),
    ];
    for (code, role, approximate, expected) in cases {
        assert!(code.parse::<figure::Period>().is_ok(), "{code}");
        assert_eq!((zh().time.period)(code, role, approximate), expected);
    }
}

#[test]
fn what_metrics_says_is_said_in_chinese() {
    let has_latin = |text: &str| text.contains(|c: char| c.is_ascii_alphabetic());
    let rules = [
        "outturns before forecasts before targets",
        "a figure with a named originator before one without",
        "a source without an interest of its own before one with",
        "the newest publication first",
        "nothing tells them apart but the alphabetical order of source, originator and unit",
        "the same figure, which its source gives in another unit as well",
        "there is one claim",
    ];
    for rule in rules {
        assert!(!has_latin(&(zh().claim.rule)(rule)), "{rule}");
    }
    let refusals = [
        "the figures differ in PERIOD; accept PERIOD if that is meant",
        "the figures differ in NATURE; accept NATURE if that is meant",
        "the figures differ in ENTITY; accept ENTITY if that is meant",
        "a figure without a number cannot be computed with",
        "a change is between two figures of one indicator and breakdown",
        "units/usd and units/cny differ; convert through a cited series first",
        "b must be a percentage, not in units/usd",
        &figure::Refusal::NoNumber.to_string(),
        &figure::Refusal::DivisionByZero.to_string(),
        &figure::Refusal::OutOfRange.to_string(),
    ];
    for refusal in refusals {
        assert!(!has_latin(&(zh().claim.refusal)(refusal)), "{refusal}");
    }
    let accepted = ["PERIOD", "NATURE", "ENTITY"].map(|one| format!("DIFFERENT_{one}"));
    let of_figures = [
        figure::Caveat::ApproximateInput,
        figure::Caveat::DivisorSpansZero,
        figure::Caveat::NegativeBase,
        figure::Caveat::ShareAboveWhole,
    ];
    let caveats = of_figures.map(|one| one.to_string()).into_iter();
    for caveat in caveats
        .chain(accepted)
        .chain(["CONTESTED_INPUT".to_owned()])
    {
        assert!(!has_latin(&(zh().claim.caveat)(&caveat)), "{caveat}");
    }
}

#[test]
fn what_is_unknown_stands_as_it_is() {
    assert_eq!((zh().claim.rule)("by chance"), "by chance");
    assert_eq!((zh().claim.refusal)("no"), "no");
    assert_eq!((zh().claim.caveat)("NEW_ONE"), "NEW_ONE");
}

#[test]
fn sentences_of_both_languages() {
    let en = Language::English.words();
    assert_eq!(
        (en.page.made_from)("templates/a", 3),
        "Made from templates/a, revision 3."
    );
    assert_eq!(
        (zh().page.made_from)("templates/a", 3),
        "由模板templates/a第3版生成。"
    );
    assert_eq!((en.time.known_on)("2016-12-31"), "as known on 2016-12-31");
    assert_eq!((zh().time.known_on)("2016-12-31"), "截至2016年12月31日");
    assert_eq!(
        (en.number.bound)(Bound::GreaterThan, "500"),
        "more than 500"
    );
    assert_eq!((zh().number.bound)(Bound::GreaterThan, "500"), "超过500");
    assert_eq!(en.mark.bracketed("forecast"), " (forecast)");
    assert_eq!(zh().mark.bracketed("预测"), "（预测）");
}

#[test]
fn a_language_is_known_by_its_tag() {
    for language in Language::ALL {
        assert_eq!(Language::read(language.tag()), Some(language));
        assert_eq!(language.words().language, language);
    }
    assert_eq!(Language::read("fr"), None);
    assert_eq!(Language::read(""), None);
    assert!(Language::Chinese.speaks("zh"));
    assert!(!Language::Chinese.speaks("zhx"));
    assert!(!Language::English.speaks(""));
}
