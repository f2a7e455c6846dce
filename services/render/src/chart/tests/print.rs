//! Drawings that stand alone.

use super::{chart, mark};
use crate::chart::standalone;
use crate::word::Words;
use crate::{Block, Mark, drawing};

#[test]
fn a_drawing_that_stands_alone_has_its_style_inside_and_needs_nothing() {
    let other = Mark {
        source: 1,
        hollow: true,
        ..mark(2, "2019", "33")
    };
    let chart = chart(vec![mark(1, "2018", "31"), other]);
    let drawn = standalone(&chart, Words::of("zh-Hans"));
    for absent in ["var(", "@media", "href", "url(", "class=\"chart", "--"] {
        assert!(!drawn.contains(absent), "{absent}");
    }
    assert!(drawn.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 "));
    assert!(drawn.contains(".k1{stroke:#") && drawn.contains("Noto Sans CJK SC"));
    assert!(
        drawn.contains(">空心：预期或目标，尚未实测</text>"),
        "the legend is inside"
    );
    assert_eq!(drawing(&Block::Chart(chart), "zh-Hans"), Some(drawn));
    assert_eq!(drawing(&Block::Bibliography, "en"), None);
}
