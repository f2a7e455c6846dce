use proptest::prelude::*;
use typst_layout::PagedDocument;

use super::press::Press;
use super::{Measure, Sheet, Unprintable, content, pdf};
use crate::{
    Block, CheckRow, CheckVerdict, Claim, Column, Computation, ContestedCard, Definition, Document,
    Figure, FigureRef, Group, Member, Name, Profile, Release, Section, SiblingCard, Side, Span,
    Table,
};

const PRINTED: [&str; 4] = [
    "45.5 trillion CNY",
    "47.94 trillion CNY",
    "2.44 trillion CNY",
    "more than 500",
];

fn figure(number: u32) -> FigureRef {
    FigureRef {
        number,
        text: PRINTED[number as usize - 1].to_owned(),
    }
}

fn name() -> Name {
    Name {
        text: "Haidian District".to_owned(),
        language: "en".to_owned(),
        other: Some(("海淀区".to_owned(), "zh-Hans".to_owned())),
    }
}

fn table() -> Table {
    let row = |number: u32| {
        vec![
            vec![Span::Name(name())],
            vec![Span::Figure(figure(number))],
            vec![
                Span::quiet("2021"),
                Span::Mark {
                    text: "inferred".to_owned(),
                    meaning: "from the date of publication".to_owned(),
                },
            ],
        ]
    };
    Table {
        caption: "Sizes".to_owned(),
        columns: vec![
            Column::words("Where"),
            Column::numbers("Size"),
            Column::words("Period"),
        ],
        rows: vec![row(1), row(4)],
        ..Table::default()
    }
}

fn profile() -> Profile {
    Profile {
        name: name(),
        kind: "region".to_owned(),
        facts: vec![("part of".to_owned(), vec![Span::text("Beijing")])],
        groups: vec![Group {
            label: "companies".to_owned(),
            members: vec![Member {
                name: name(),
                detail: vec![Span::text("since 1999 "), Span::Release(1)],
            }],
        }],
        figures: Some(table()),
    }
}

fn boxes() -> Vec<Block> {
    let side = |number, preferred| Side {
        figure: figure(number),
        source: vec![Span::text("a report "), Span::Release(1)],
        quote: "came to 45.5 trillion".to_owned(),
        preferred,
    };
    vec![
        Block::Contested(ContestedCard {
            heading: vec![Span::text("Size in 2021")],
            sides: vec![side(1, true), side(2, false)],
            arithmetic: vec![vec![Span::text("apart by "), Span::Figure(figure(3))]],
            rule: "it names who counted".to_owned(),
        }),
        Block::Siblings(SiblingCard {
            heading: vec![Span::text("Two definitions")],
            definitions: vec![Definition {
                label: "broad".to_owned(),
                text: crate::Remark {
                    text: "all industries".to_owned(),
                    language: "en".to_owned(),
                },
                rows: vec![vec![Span::Figure(figure(1))]],
            }],
        }),
        Block::Check(CheckRow {
            label: "Quadrupled?".to_owned(),
            arithmetic: vec![Span::Figure(figure(1))],
            stated: vec![Span::text("said to have quadrupled")],
            verdict: CheckVerdict::Inconsistent,
            reason: Vec::new(),
        }),
    ]
}

fn document(lang: &str) -> Document {
    let claim = |number: usize| Claim {
        name: format!("series/e652546995e38fc21a864985740e0d83/claims/2021.{number:012x}"),
        subject: "Size, China, 2021".to_owned(),
        quotes: vec!["came to 45.5 trillion yuan".to_owned()],
        release: 1,
        ..Claim::default()
    };
    let record = |index: usize| Figure {
        text: PRINTED[index].to_owned(),
        claims: if index == 2 { vec![0, 1] } else { vec![index] },
        computation: (index == 2).then(|| Computation {
            arithmetic: "47.94 − 45.5".to_owned(),
            ..Computation::default()
        }),
        ..Figure::default()
    };
    let mut blocks = vec![
        Block::Paragraph(vec![
            Span::text("It is put at "),
            Span::Figure(figure(1)),
            Span::text("."),
        ]),
        Block::Table(table()),
        Block::Profile(profile()),
    ];
    blocks.extend(boxes());
    Document {
        title: "China’s digital economy".to_owned(),
        subtitle: "中国数字经济".to_owned(),
        known: "as known on 2016-12-31".to_owned(),
        lang: lang.to_owned(),
        dated: "As of 2022-12-22.".to_owned(),
        day: None,
        imprint: vec!["Made from a template.".to_owned()],
        sections: vec![Section {
            id: "size".to_owned(),
            heading: "Size".to_owned(),
            blocks,
        }],
        figures: (0..PRINTED.len()).map(record).collect(),
        claims: (0..PRINTED.len()).map(claim).collect(),
        releases: vec![Release {
            name: "releases/r".to_owned(),
            title: "China Resilience".to_owned(),
            url: "https://example.org/a".to_owned(),
            ..Release::default()
        }],
    }
}

/// What a reader of the file copies from it, without spaces and ends of lines.
fn copied(document: &Document) -> String {
    let bytes = pdf(document).unwrap();
    let text = pdf_extract::extract_text_from_mem(&bytes).unwrap();
    squeezed(&text)
}

fn squeezed(text: &str) -> String {
    let shown = |character: &char| !character.is_whitespace() && *character != '\u{200B}';
    text.chars().filter(shown).collect()
}

#[test]
fn the_name_of_a_claim_is_broken_between_its_parts() {
    let bytes = pdf(&document("en")).unwrap();
    let text = pdf_extract::extract_text_from_mem(&bytes).unwrap();
    let bare = |line: &str| line.replace('\u{200B}', "");
    let mut lines = text.lines().map(bare);
    assert!(
        lines.any(|line| line.contains("2021.000000000000")),
        "{text}"
    );
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let document = document("en");
    assert_eq!(pdf(&document).unwrap(), pdf(&document).unwrap());
}

#[test]
fn a_sheet_that_travels_to_another_process_gives_the_same_bytes() {
    let mut document = document("zh-Hans");
    document.sections[0].blocks.push(Block::Chart(crate::Chart {
        description: "Nothing.".to_owned(),
        ..crate::Chart::default()
    }));
    let sheet = Sheet::of(&document).unwrap();
    let sent = serde_json::to_string(&sheet).unwrap();
    assert!(!sent.contains('\n'), "it goes in one line");
    let arrived: Sheet = serde_json::from_str(&sent).unwrap();
    assert_eq!(arrived, sheet);
    assert_eq!(arrived.print().unwrap(), pdf(&document).unwrap());
}

#[test]
fn a_refusal_that_travels_to_another_process_says_the_same() {
    let refusal = Unprintable::TooLong {
        found: 1_200,
        most: 1_000,
        unit: Measure::Pages,
    };
    let sent = serde_json::to_string(&refusal).unwrap();
    let arrived: Unprintable = serde_json::from_str(&sent).unwrap();
    assert_eq!(arrived.to_string(), refusal.to_string());
    assert!(arrived.to_string().contains("1200 pages"), "{arrived}");
}

#[test]
fn the_text_of_the_file_holds_every_figure_and_claim() {
    for lang in ["en", "zh-Hans"] {
        let document = document(lang);
        let text = copied(&document);
        for figure in &document.figures {
            assert!(text.contains(&squeezed(&figure.text)), "{}", figure.text);
        }
        // The third figure is computed from the first two.
        for index in [0, 1, 3] {
            let claim = &document.claims[index].name;
            assert!(text.contains(claim), "{claim}");
        }
        assert!(text.contains("海淀区"), "{text}");
        assert!(text.contains("Asof2022-12-22."), "{text}");
    }
}

#[test]
fn the_words_around_are_those_of_the_language() {
    let text = copied(&document("zh-Hans"));
    assert!(text.contains("数据及其依据"), "{text}");
    assert!(!text.contains("Figuresandtheirclaims"));
    assert!(copied(&document("en")).contains("Figuresandtheirclaims"));
}

#[test]
fn words_of_another_language_carry_its_tag_in_the_file() {
    let mut document = document("zh-Hans");
    let remark = |language: &str| crate::Remark {
        text: "last year, it says".to_owned(),
        language: language.to_owned(),
    };
    // A part of a paragraph is marked where it is drawn.
    let tags = |document: &Document| {
        let file = pdf(document).unwrap();
        let file = pdf_extract::Document::load_mem(&file).unwrap();
        let drawn = file.objects.values().filter_map(|object| {
            let content = object.as_stream().ok()?.decompressed_content().ok()?;
            Some(
                String::from_utf8_lossy(&content)
                    .matches("/Lang(en)")
                    .count(),
            )
        });
        drawn.sum::<usize>()
    };
    let note = |language| crate::Note {
        remark: remark(language),
        ..crate::Note::default()
    };
    document.claims[0].notes = vec![note("")];
    let before = tags(&document);
    document.claims[0].notes = vec![note("en")];
    assert!(copied(&document).contains("英文“lastyear,itsays”"));
    assert!(tags(&document) > before, "{before}");
}

#[test]
fn the_type_setter_has_nothing_to_warn_of() {
    let document = document("en");
    let press = Press::new(content::sheet(&document).unwrap()).unwrap();
    let set = typst::compile::<PagedDocument>(&press);
    let warnings: Vec<_> = set.warnings.iter().map(|one| &one.message).collect();
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn a_character_without_a_font_is_named_with_its_place() {
    let mut document = document("en");
    document.claims[1].quotes = vec!["in cuneiform 𒀭 it says".to_owned()];
    let refused = pdf(&document).unwrap_err();
    assert!(matches!(
        refused,
        Unprintable::Character {
            character: '𒀭', ..
        }
    ));
    let words = refused.to_string();
    for part in ["the record of figure 2", "U+1202D", "cuneiform 𒀭 it says"] {
        assert!(words.contains(part), "{words}");
    }
}

#[test]
fn a_document_beyond_all_measure_is_refused() {
    let mut document = document("en");
    document.subtitle = "many words ".repeat(300_000);
    let refused = pdf(&document).unwrap_err();
    assert!(matches!(
        refused,
        Unprintable::TooLong {
            unit: Measure::Characters,
            ..
        }
    ));
}

#[test]
fn figures_and_releases_that_do_not_exist_lead_nowhere() {
    let mut document = document("en");
    document.figures.truncate(1);
    document.releases.clear();
    assert!(pdf(&document).unwrap().starts_with(b"%PDF-"));
}

#[test]
fn releases_are_listed_where_a_section_asks_for_them_even_twice() {
    let mut document = document("en");
    let section = Section {
        id: "sources".to_owned(),
        heading: "Sources".to_owned(),
        blocks: vec![Block::Bibliography, Block::Bibliography],
    };
    document.sections.push(section);
    assert_eq!(copied(&document).matches("ChinaResilience.").count(), 2);
}

/// Texts that would be something else than text if they were read as markup or as code.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("#read(\"/etc/passwd\")".to_owned()),
        Just("#panic(1)".to_owned()),
        Just("] #eval(\"1\") [".to_owned()),
        Just("$x^2$ *bold* _it_ `raw` <c1> @c1".to_owned()),
        Just("#import \"x.typ\": * // /* */".to_owned()),
        Just("= Heading\n\n- list\n+ 1".to_owned()),
        Just("\\u{41} \\ ~ -- --- ... \"'".to_owned()),
        Just("sys.inputs ${} {{ }} %> ]]>".to_owned()),
        "[ -~]{0,12}",
    ];
    proptest::collection::vec(piece, 1..4).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn text_stays_text(said in hostile()) {
        let mut document = document("en");
        document.title.clone_from(&said);
        document.sections[0].heading.clone_from(&said);
        document.sections[0].id.clone_from(&said);
        document.sections[0].blocks = vec![Block::Paragraph(vec![
            Span::text(said.clone()),
            Span::Name(Name { text: said.clone(), language: said.clone(), other: Some((said.clone(), said.clone())) }),
        ])];
        document.claims[0].name.clone_from(&said);
        document.claims[0].quotes = vec![said.clone()];
        document.releases[0].title.clone_from(&said);
        document.releases[0].url = format!("https://example.org/{said}");
        let text = copied(&document);
        prop_assert!(text.contains(&squeezed(&said)), "{said} is not in {text}");
    }
}
