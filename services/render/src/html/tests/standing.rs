//! Which of several figures of a cell is preferred.

use super::*;

/// Two figures of one cell, the first of which is preferred.
fn contested() -> Document {
    let rival = |claim: &str, text: &str| crate::Rival {
        claim: format!("series/a/claims/{claim}"),
        text: text.to_owned(),
        source: "Another report".to_owned(),
        reason: "it names who counted".to_owned(),
        same: false,
    };
    let mut document = document(paragraph());
    for (index, other) in [("2021.2", "47.94"), ("2021.1", "45.5")].iter().enumerate() {
        document.figures[index].alternatives = 1;
        document.figures[index].standing = Some(crate::Standing {
            preferred: index == 0,
            rivals: vec![rival(other.0, other.1)],
        });
    }
    document
}

/// The record of a figure on a page.
fn record(page: &str, number: u32) -> String {
    let record = page.split(&format!("id=\"c{number}\"")).nth(1).unwrap();
    record.split("</li>").next().unwrap().to_owned()
}

#[test]
fn the_preferred_figure_and_the_other_say_which_is_preferred_and_why() {
    let english = html(&contested());
    let (first, second) = (record(&english, 1), record(&english, 2));
    assert!(first.contains("<dt>Preferred</dt>"), "{first}");
    assert!(first.contains("href=\"#c2\"") && first.contains("it names who counted"));
    assert!(second.contains("<dt>Not preferred</dt>"), "{second}");
    assert!(second.contains("the preferred figure is") && second.contains("href=\"#c1\""));
    assert!(!second.contains("taken"), "{second}");
    let chinese = html(&Document {
        lang: "zh-Hans".to_owned(),
        ..contested()
    });
    assert!(record(&chinese, 1).contains("优先于"));
    assert!(record(&chinese, 2).contains("非首选") && record(&chinese, 2).contains("首选数据是"));
}

#[test]
fn a_figure_that_its_source_gives_in_two_units_is_preferred_to_nothing() {
    let mut document = contested();
    for figure in &mut document.figures[..2] {
        let standing = figure.standing.as_mut().unwrap();
        standing.rivals[0].same = true;
    }
    for number in [1, 2] {
        let told = record(&html(&document), number);
        assert!(told.contains("<dt>Same as</dt>"), "{told}");
        assert!(
            !told.contains("referred") && !told.contains("who counted"),
            "{told}"
        );
    }
    assert!(record(&html(&document), 1).contains("href=\"#c2\""));
}
