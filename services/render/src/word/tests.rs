use super::Words;

#[test]
fn each_form_of_chinese_is_chinese_and_the_rest_is_english() {
    for tag in ["zh", "zh-Hans", "zh-CN"] {
        assert_eq!(Words::of(tag).page.contents, "目录");
    }
    for tag in ["en", "en-GB", "", "fr", "zha"] {
        assert_eq!(Words::of(tag).page.contents, "Contents");
    }
}

#[test]
fn sentences_take_their_arguments() {
    let (en, zh) = (Words::of("en"), Words::of("zh-Hans"));
    assert_eq!((en.page.counted)(1, 5), "1 figure, 5 sources.");
    assert_eq!((zh.page.counted)(120, 5), "共120个数据、5个来源。");
    assert_eq!((en.claim.others)(1), "1 other claim about the same.");
    assert_eq!((en.claim.others)(2), "2 other claims about the same.");
    assert_eq!((zh.claim.others)(2), "关于同一内容另有2项陈述。");
    let because = (en.claim.because)(" (a report)", "it is newer");
    assert_eq!(because, " (a report): it is newer.");
}

#[test]
fn lists_and_remarks_have_the_signs_of_their_language() {
    let (en, zh) = (Words::of("en"), Words::of("zh-Hans"));
    assert_eq!(en.listed(&["a", "b"]), "a, b");
    assert_eq!(zh.listed(&["甲", "乙"]), "甲、乙");
    assert_eq!(format!("x{}", en.bracketed("y")), "x (y)");
    assert_eq!(zh.bracketed("丙"), "（丙）");
    assert_eq!(zh.quoted("丁"), "“丁”");
}
