//! Widths of text.

use crate::chart::text::{bold, cut, width};

#[test]
fn a_chinese_character_is_as_wide_as_the_font_is_high() {
    assert_eq!(width("中"), 130);
    assert_eq!(width("中关村"), 3 * 130);
    assert_eq!(width("，"), 130);
    assert_eq!(width("e\u{301}"), width("e"));
    assert!(width("iii") < width("mmm"));
    assert!(width("0") > 70 && width("0") < 90);
}

#[test]
fn what_is_too_long_is_cut_with_an_ellipsis_and_fits() {
    assert_eq!(cut("Beijing", 1000), "Beijing");
    for text in [
        "Zhongguancun Software Park",
        "中关村国家自主创新示范区",
        "a b c d e f g h i j",
    ] {
        let cut = cut(text, 900);
        assert!(cut.ends_with('…') && bold(&cut) <= 900, "{cut}");
        assert!(!cut.contains(" …"));
    }
    assert_eq!(cut("Beijing", 0), "…");
}
