use std::collections::BTreeSet;

use figure::Bound;
use prost::Message as _;

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

/// The values of an enum of the contract, but the one that is not set.
fn values<T: TryFrom<i32>>(package: &str, name: &str) -> Vec<T> {
    let files = prost_types::FileDescriptorSet::decode(proto::DESCRIPTORS).unwrap();
    let within = files.file.iter().filter(|file| file.package() == package);
    let mut enums = within.flat_map(|file| &file.enum_type);
    let found = enums.find(|one| one.name() == name).unwrap();
    let numbers = found.value.iter().map(|value| value.number());
    let known = numbers.filter_map(|number| T::try_from(number).ok());
    let known: Vec<_> = known.skip(1).collect();
    assert_eq!(known.len() + 1, found.value.len());
    known
}

/// Whether every one of some values has words of its own in both languages.
fn check<T: Copy + std::fmt::Debug>(all: &[T], said: fn(&Words, T) -> Option<&'static str>) {
    assert!(!all.is_empty());
    for language in Language::ALL {
        let words = language.words();
        let told: Vec<_> = all.iter().filter_map(|one| said(words, *one)).collect();
        assert_eq!(told.len(), all.len(), "{all:?}: {told:?}");
        let distinct: BTreeSet<_> = told.iter().collect();
        assert_eq!(distinct.len(), all.len(), "{told:?}");
        let latin = |text: &&&str| text.contains(|c: char| c.is_ascii_alphabetic());
        let foreign = told.iter().filter(latin).count();
        let expected = if language == Language::English {
            told.len()
        } else {
            0
        };
        assert_eq!(foreign, expected, "{told:?}");
    }
}

#[test]
fn every_reason_of_metrics_has_words_in_both_languages() {
    let (figure, metrics) = ("almanac.figure.v1", "almanac.metrics.v1");
    let rules = values(metrics, "PreferenceReason");
    check(&rules, |words, one| (words.claim.rule)(one));
    let caveats = values(figure, "CaveatReason");
    check(&caveats, |words, one| (words.claim.caveat)(one));
    let mismatches = values(figure, "Mismatch");
    check(&mismatches, |words, one| (words.claim.mismatch)(one));
    // What differs is said by the mismatch.
    let mut refusals: Vec<RefusalReason> = values(figure, "RefusalReason");
    refusals.retain(|one| *one != RefusalReason::Mismatch);
    check(&refusals, |words, one| (words.claim.refusal)(one));
}

#[test]
fn a_reason_decides_and_not_the_sentence_beside_it() {
    let text = || "a sentence in English".to_owned();
    let preference = Preference {
        reason: PreferenceReason::NewestPublication.into(),
        text: text(),
    };
    let caveat = Caveat {
        reason: CaveatReason::NegativeBase.into(),
        text: text(),
    };
    let refusal = |mismatch: Mismatch| Refusal {
        reason: RefusalReason::Mismatch.into(),
        text: text(),
        mismatch: mismatch.into(),
    };
    assert_eq!(preference.told(zh()), "最新发布的优先");
    assert_eq!(caveat.told(zh()), "基数可能为负");
    assert_eq!(refusal(Mismatch::Entity).told(zh()), "两个数据的主体不同");
    assert_eq!(refusal(Mismatch::Unspecified).told(zh()), text());
}

#[test]
fn what_a_newer_metrics_says_is_told_in_its_own_words() {
    let text = || "for a reason of tomorrow".to_owned();
    for language in Language::ALL {
        let words = language.words();
        let preference = Preference {
            reason: 99,
            text: text(),
        };
        assert_eq!(preference.told(words), text());
        let caveat = Caveat {
            reason: 99,
            text: text(),
        };
        assert_eq!(caveat.told(words), text());
        for (reason, mismatch) in [(99, 0), (RefusalReason::Mismatch.into(), 99), (0, 0)] {
            let refusal = Refusal {
                reason,
                text: text(),
                mismatch,
            };
            assert_eq!(refusal.told(words), text());
        }
    }
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
