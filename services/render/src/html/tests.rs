mod standing;

use crate::word::Words;
use crate::{
    Block, CheckRow, CheckVerdict, Claim, Column, Definition, Document, Figure, FigureRef, Name,
    Note, Release, Remark, Section, SiblingCard, Span, Table, html,
};

fn figure(number: u32, text: &str) -> Span {
    Span::Figure(FigureRef {
        number,
        text: text.to_owned(),
    })
}

fn document(blocks: Vec<Block>) -> Document {
    let record = |text: &str, claim| Figure {
        text: text.to_owned(),
        claims: vec![claim],
        ..Figure::default()
    };
    let claim = |name: &str| Claim {
        name: name.to_owned(),
        subject: "Size, China, 2021".to_owned(),
        quotes: vec!["came to 45.5 trillion yuan".to_owned()],
        release: 1,
        ..Claim::default()
    };
    Document {
        title: "Digital economy".to_owned(),
        lang: "en".to_owned(),
        sections: vec![Section {
            id: "size".to_owned(),
            heading: "Size".to_owned(),
            blocks,
        }],
        figures: vec![
            record("45.5 trillion CNY", 0),
            record("47.94 trillion CNY", 1),
        ],
        claims: vec![
            claim("series/a/claims/2021.1"),
            claim("series/a/claims/2021.2"),
        ],
        releases: vec![Release {
            name: "releases/r".to_owned(),
            title: "China Resilience".to_owned(),
            url: "https://example.org/a".to_owned(),
            ..Release::default()
        }],
        ..Document::default()
    }
}

fn paragraph() -> Vec<Block> {
    let spans = vec![
        figure(1, "45.5 trillion CNY"),
        Span::text(" or "),
        figure(2, "47.94 trillion CNY"),
        Span::text(", again "),
        figure(1, "45.5"),
    ];
    vec![Block::Paragraph(spans)]
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    assert_eq!(html(&document(paragraph())), html(&document(paragraph())));
}

#[test]
fn every_number_leads_to_its_claim_and_has_one_anchor() {
    let page = html(&document(paragraph()));
    for number in 1..=2 {
        assert_eq!(page.matches(&format!("id=\"f{number}\"")).count(), 1);
        assert_eq!(page.matches(&format!("id=\"c{number}\"")).count(), 1);
        assert!(page.contains(&format!("href=\"#c{number}\"")));
        assert!(page.contains(&format!("href=\"#f{number}\"")));
    }
    for claim in ["series/a/claims/2021.1", "series/a/claims/2021.2"] {
        assert!(page.contains(claim));
    }
    assert!(page.contains("<q>came to 45.5 trillion yuan</q>"));
}

#[test]
fn all_anchors_are_unique_and_all_links_lead_somewhere() {
    let page = html(&document(paragraph()));
    let ids: Vec<_> = page
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len());
    for target in page
        .split("href=\"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
    {
        assert!(ids.contains(&target), "#{target} leads nowhere");
    }
}

#[test]
fn the_page_needs_nothing_and_runs_nothing() {
    let page = html(&document(paragraph()));
    for absent in ["<script", "<link", "<img", "@import", "url(", "src="] {
        assert!(!page.contains(absent), "{absent}");
    }
    assert!(page.contains("Content-Security-Policy"));
    assert!(page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'"));
}

#[test]
fn markup_in_data_is_text() {
    let blocks = vec![Block::Paragraph(vec![Span::text(
        "<script>alert(1)</script>",
    )])];
    let mut document = document(blocks);
    document.title = "<script>".to_owned();
    document.releases[0].url = "javascript:alert(1)".to_owned();
    let page = html(&document);
    assert!(!page.contains("<script"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!page.contains("href=\"javascript"));
}

#[test]
fn names_keep_their_language() {
    let name = Name {
        text: "Zhongguancun".to_owned(),
        language: "en".to_owned(),
        other: Some(("中关村".to_owned(), "zh".to_owned())),
    };
    let page = html(&document(vec![Block::Paragraph(vec![Span::Name(name)])]));
    assert!(page.contains(
        "<span class=\"entity\">Zhongguancun</span> <span class=\"other\" lang=\"zh\">中关村</span>"
    ));
}

#[test]
fn tables_head_their_columns_and_rows() {
    let table = Table {
        columns: vec![Column::words("What"), Column::numbers("Figure")],
        rows: vec![vec![vec![Span::text("Size")], vec![figure(1, "45.5")]]],
        ..Table::default()
    };
    let page = html(&document(vec![Block::Table(table)]));
    assert!(page.contains("<th scope=\"col\">What</th>"));
    assert!(page.contains("<th scope=\"row\">Size</th>"));
    assert!(page.contains("<td class=\"number\" data-label=\"Figure\">"));
}

#[test]
fn an_empty_cell_leaves_no_label() {
    let table = Table {
        columns: ["A", "B", "C", "State"].map(Column::words).to_vec(),
        rows: vec![
            ["a", "b", "c", ""]
                .map(|text| vec![Span::quiet(text)])
                .to_vec(),
        ],
        ..Table::default()
    };
    let page = html(&document(vec![Block::Table(table)]));
    assert!(!page.contains("data-label=\"State\""));
    assert!(page.contains("<td class=\"none\">"));
}

#[test]
fn verdicts_are_words_and_not_only_colours() {
    for verdict in [
        CheckVerdict::Consistent,
        CheckVerdict::Inconsistent,
        CheckVerdict::Undecidable,
    ] {
        let row = CheckRow {
            label: "Quadrupled?".to_owned(),
            arithmetic: Vec::new(),
            stated: Vec::new(),
            verdict,
            reason: Vec::new(),
        };
        let word = (Words::of("en").page.verdict)(verdict);
        assert!(html(&document(vec![Block::Check(row)])).contains(word));
    }
}

#[test]
fn sources_are_listed_once_whether_or_not_a_section_asks_for_them() {
    for blocks in [paragraph(), vec![Block::Bibliography]] {
        let page = html(&document(blocks));
        assert_eq!(page.matches("id=\"r1\"").count(), 1);
        assert!(page.contains("href=\"https://example.org/a\""));
    }
}

#[test]
fn the_head_says_until_when_what_was_known_counts() {
    let plain = document(Vec::new());
    assert!(!html(&plain).contains("as known"));
    let then = Document {
        known: "as known on 2016-12-31".to_owned(),
        ..plain
    };
    let page = html(&then);
    let (head, _) = page.split_once("</header>").unwrap();
    assert!(head.contains("Figures as known on 2016-12-31"), "{head}");
}

#[test]
fn the_page_speaks_the_language_of_the_document() {
    let english = document(paragraph());
    let chinese = Document {
        lang: "zh-Hans".to_owned(),
        known: "截至2016年12月31日".to_owned(),
        ..english.clone()
    };
    let (english, chinese) = (html(&english), html(&chinese));
    assert!(chinese.contains("<html lang=\"zh-Hans\">"));
    for (en, zh) in [
        ("Contents", "目录"),
        ("Figures and their claims", "数据及其依据"),
        ("In words", "原话"),
        ("Back to figure 1", "返回数据1"),
        ("undated", "日期不详"),
    ] {
        assert!(english.contains(en) && !english.contains(zh), "{en}");
        assert!(chinese.contains(zh) && !chinese.contains(en), "{zh}");
    }
    assert!(chinese.contains("<strong>数据截至2016年12月31日</strong>"));
}

#[test]
fn words_of_another_language_are_marked_and_introduced_and_others_are_not() {
    let remark = |text: &str, language: &str| Remark {
        text: text.to_owned(),
        language: language.to_owned(),
    };
    let definition = |text: Remark| Definition {
        text,
        ..Definition::default()
    };
    let card = SiblingCard {
        definitions: vec![
            definition(remark("按现价计算", "")),
            definition(remark("at current prices", "en")),
        ],
        ..SiblingCard::default()
    };
    let mut document = document(vec![Block::Siblings(card)]);
    document.lang = "zh-Hans".to_owned();
    let note = |remark| Note {
        said: "时期：据上下文推断；".to_owned(),
        remark,
    };
    document.claims[0].notes = vec![note(remark("只说“去年”", ""))];
    document.claims[1].notes = vec![note(remark("says “last year”", "en"))];
    document.releases[0].published = "2022".to_owned();
    document.releases[0].published_basis = remark("byline", "en");
    document.releases[0].interest = remark("sells it", "en");
    let page = html(&document);
    for part in [
        "<p class=\"definition\">按现价计算</p>",
        "<p class=\"definition\" lang=\"en\">at current prices</p>",
        "<dd>时期：据上下文推断；只说“去年”</dd>",
        "<dd>时期：据上下文推断；英文<q lang=\"en\">says “last year”</q></dd>",
        "发布日期：2022（英文</span><q class=\"quiet\" lang=\"en\">byline</q><span class=\"quiet\">）。",
        "利益关系：英文</span><q class=\"interest\" lang=\"en\">sells it</q>",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let said = remark("by context", "en");
    assert_eq!(said.within("zh-Hans"), "英文“by context”");
    assert_eq!(
        remark("据上下文", "zh-Hans").within("en"),
        "remark in Chinese: “据上下文”"
    );
    assert_eq!(remark("by context", "").within("en"), "by context");
}

#[test]
fn a_record_leads_back_to_every_place_that_prints_its_figure() {
    let page = html(&document(paragraph()));
    for anchor in ["f1", "f1_2", "f2"] {
        assert_eq!(page.matches(&format!("id=\"{anchor}\"")).count(), 1);
        assert_eq!(page.matches(&format!("href=\"#{anchor}\"")).count(), 1);
    }
    assert!(!page.contains("f2_2"));
}

#[test]
fn each_section_leads_back_to_the_contents() {
    let page = html(&document(paragraph()));
    assert_eq!(page.matches("id=\"contents_\"").count(), 1);
    assert_eq!(
        page.matches("href=\"#contents_\"").count(),
        2,
        "the section, the appendix"
    );
}

#[test]
fn a_doubtful_figure_has_a_mark_wherever_it_stands() {
    let mut document = document(paragraph());
    assert!(!html(&document).contains('†'));
    document.figures[0].doubtful = true;
    let page = html(&document);
    assert_eq!(page.matches("<sup>1†</sup>").count(), 1);
    let behind_digits = page.matches("<sup>(1†)</sup>").count();
    assert_eq!(behind_digits, 1, "where it would read as an exponent");
    assert!(
        page.contains("† see the note"),
        "what it means is said at the start"
    );
}

#[test]
fn what_was_expected_for_a_time_that_has_passed_is_not_open() {
    let expected = Span::Expected {
        text: "forecast".to_owned(),
        until: 20_000,
    };
    let mut document = document(vec![Block::Paragraph(vec![expected, figure(1, "10%")])]);
    document.figures[0].expected_until = Some(20_000);
    document.day = Some(19_999);
    assert!(!html(&document).contains("lapsed"));
    document.day = Some(20_000);
    let page = html(&document);
    assert!(page.contains("forecast (lapsed)"), "at the figure");
    assert_eq!(
        page.matches("its time has passed").count(),
        1,
        "in its record"
    );
    assert!(page.contains("1†"));
}

#[test]
fn figures_of_a_series_lead_to_their_claims_by_one_note() {
    let mut document = document(paragraph());
    for claim in &mut document.claims {
        claim.quotes.clear();
        claim.what = "Size".to_owned();
    }
    let page = html(&document);
    assert_eq!(
        page.matches("series/a<").count(),
        1,
        "the line is named once"
    );
    let cells = [(1, "2021.1"), (2, "2021.2")];
    for ((number, id), figure) in cells.iter().zip(&document.figures) {
        let value = &figure.text;
        let cell = format!("<span id=\"c{number}\"><b>{number}</b> {value} <code>{id}</code>");
        assert!(page.contains(&cell), "{cell}");
    }
}

#[test]
fn a_chart_of_three_figures_is_a_table() {
    let mark = |year: &str| crate::Mark {
        figure: 1,
        text: "45.5 trillion CNY".to_owned(),
        short: "45.5".to_owned(),
        number: "45.5".to_owned(),
        rounded: false,
        period: year.to_owned(),
        start_day: None,
        end_day: None,
        role: crate::Role::Span,
        bound: figure::Bound::Exact,
        value: figure::Decimal::ONE,
        upper: None,
        hollow: false,
        derived: false,
        until: None,
        source: 0,
        release: 0,
        preferred: true,
        contested: false,
        breaks: false,
    };
    let chart = |years: &[&str]| crate::Chart {
        lines: vec![crate::ChartLine {
            marks: years.iter().map(|year| mark(year)).collect(),
            ..crate::ChartLine::default()
        }],
        ..crate::Chart::default()
    };
    let three = html(&document(vec![Block::Chart(chart(&[
        "2018", "2019", "2020",
    ]))]));
    assert!(!three.contains("<svg") && three.contains("<table"));
    let four = chart(&["2018", "2019", "2020", "2021"]);
    assert!(html(&document(vec![Block::Chart(four)])).contains("<svg"));
}
