//! Drawings in a page.

use super::{chart, mark};
use crate::{
    Bar, Block, Claim, Document, Figure, Name, Panels, Ranking, Release, Section, Slope, SlopeLine,
    Vintage, html,
};

/// Every kind of drawing; figures 1 to 4.
fn blocks() -> Vec<Block> {
    let mut drawn = chart(vec![mark(1, "2018", "31.3"), mark(2, "2019", "35.8")]);
    drawn.lines[0].vintages = vec![Vintage {
        known: "2019-05-01".to_owned(),
        marks: vec![mark(3, "2018", "31")],
    }];
    let bar = Bar {
        others: Vec::new(),
        rank: 1,
        name: Name::default(),
        highlighted: true,
        mark: mark(4, "2020", "39.2"),
    };
    let line = SlopeLine {
        tone: crate::Tone::Own,
        label: "Size".to_owned(),
        from: mark(1, "2018", "31.3"),
        to: mark(2, "2019", "35.8"),
    };
    let (id, title) = (str::to_owned, "Size".to_owned());
    vec![
        Block::Panels(Panels {
            id: id("panels"),
            charts: vec![drawn.clone(), drawn.clone()],
            ..Panels::default()
        }),
        Block::Chart(drawn),
        Block::Ranking(Ranking {
            id: id("ranking"),
            title,
            bars: vec![bar],
            ..Ranking::default()
        }),
        Block::Slope(Slope {
            id: id("slope"),
            lines: vec![line],
            ..Slope::default()
        }),
    ]
}

fn page() -> String {
    let figure = |claim| Figure {
        text: "31.3 trillion CNY".to_owned(),
        claims: vec![claim],
        ..Figure::default()
    };
    let claim = Claim {
        release: 1,
        ..Claim::default()
    };
    html(&Document {
        lang: "en".to_owned(),
        sections: vec![Section {
            blocks: blocks(),
            id: "drawn".to_owned(),
            ..Section::default()
        }],
        figures: (0..4).map(figure).collect(),
        claims: vec![claim; 4],
        releases: vec![Release::default()],
        ..Document::default()
    })
}

fn between<'a>(page: &'a str, start: &str) -> Vec<&'a str> {
    let rest = page.split(start).skip(1);
    rest.filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_drawn_figure_leads_to_its_claim_and_stands_in_a_table_with_it() {
    let page = page();
    let ids = between(&page, " id=\"");
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len());
    for target in between(&page, "href=\"#") {
        assert!(ids.contains(&target), "#{target} leads nowhere");
    }
    for number in 1..=4 {
        assert!(
            ids.contains(&format!("f{number}").as_str()),
            "figure {number} is printed"
        );
        let drawn = format!("<a href=\"#c{number}\"><g class=");
        assert!(page.contains(&drawn), "figure {number} is drawn");
    }
    assert_eq!(page.matches("<details>").count(), 4);
    assert!(!page.contains("<script"));
}
