//! Everything that is not drawn.

use render::{
    Block, CheckRow, CheckVerdict, Column, ContestedCard, Definition, Group, Member, Profile,
    Section, SiblingCard, Side, Span, Table,
};

use crate::{figure, name, remark, section};

pub(crate) fn contradictions() -> Section {
    let side = |number, source: &str, quote: &str, preferred| Side {
        figure: figure(number),
        source: vec![Span::text(source), Span::text(" "), Span::Release(number)],
        quote: quote.to_owned(),
        preferred,
    };
    let card = ContestedCard {
        heading: vec![
            Span::text("Size of the digital economy, "),
            Span::Name(name("China", Some("中国"))),
            Span::text(", 2021"),
        ],
        sides: vec![
            side(
                2,
                "China Resilience, quoting China Internet Development Report 2022",
                "came to 45.5 trillion yuan in 2021",
                true,
            ),
            side(
                3,
                "How the UK can help China’s digital transformation",
                "digital economy reached RMB 47.94 trillion",
                false,
            ),
        ],
        arithmetic: vec![vec![
            Span::text("47.94 − 45.5 = "),
            Span::Figure(figure(8)),
            Span::text(", "),
            Span::Figure(figure(9)),
            Span::text(" of the lower"),
        ]],
        rule: "it names who counted".to_owned(),
    };
    let definition = |label: &str, number| Definition {
        label: label.to_owned(),
        text: remark(
            "Value added of the digital industries and of the digital part of all other industries, over GDP.",
        ),
        rows: vec![vec![
            Span::text("2018 "),
            Span::Figure(figure(number)),
            Span::text(" "),
            Span::Release(1),
        ]],
    };
    let siblings = SiblingCard {
        heading: vec![
            Span::text("Digital economy as a share of GDP, "),
            Span::Name(name("China", Some("中国"))),
        ],
        definitions: vec![
            definition("Share of GDP, broad", 4),
            definition("Share of GDP, core", 6),
        ],
    };
    section(
        "contradictions",
        "What contradicts what",
        vec![Block::Contested(card), Block::Siblings(siblings)],
    )
}

pub(crate) fn checks() -> Section {
    let row = |verdict| {
        Block::Check(CheckRow {
            label: "Did the software sector quadruple?".to_owned(),
            arithmetic: vec![
                Span::Figure(figure(10)),
                Span::text(" ÷ "),
                Span::Figure(figure(11)),
                Span::text(" = "),
                Span::Figure(figure(12)),
            ],
            stated: vec![Span::text("The source says quadrupling (4)")],
            verdict,
            reason: vec![Span::text(
                "Both may have been rounded from the same value.",
            )],
        })
    };
    let rows = [
        CheckVerdict::Consistent,
        CheckVerdict::Inconsistent,
        CheckVerdict::Undecidable,
    ];
    section(
        "checks",
        "Do the figures add up?",
        rows.into_iter().map(row).collect(),
    )
}

pub(crate) fn who() -> Section {
    let member = |text: &str, other: &str| Member {
        name: name(text, Some(other)),
        detail: vec![
            Span::text("located in, since 2014-06-12 "),
            Span::Release(1),
        ],
    };
    let profile = |text: &str, other: &str| {
        Block::Profile(Profile {
            name: name(text, Some(other)),
            kind: "Region".to_owned(),
            facts: vec![
                ("Also called".to_owned(), vec![Span::text("ZGC")]),
                (
                    "Active".to_owned(),
                    vec![Span::text("since the 1950s (195X) "), Span::Release(2)],
                ),
            ],
            groups: vec![
                Group {
                    label: "Companies".to_owned(),
                    members: vec![
                        member("ByteDance", "字节跳动"),
                        member("Megvii", "旷视科技"),
                        member("SenseTime", "商汤科技"),
                    ],
                },
                Group {
                    label: "Hubs".to_owned(),
                    members: vec![member("INNOWAY", "中关村创业大街")],
                },
            ],
            figures: Some(table()),
        })
    };
    section(
        "who",
        "Who is there",
        vec![
            profile("Beijing", "北京市"),
            profile("Zhongguancun", "中关村"),
        ],
    )
}

fn table() -> Table {
    let row = |number, what: &str| {
        vec![
            vec![Span::text(what)],
            vec![
                Span::text("2020 "),
                Span::Mark {
                    text: "inferred".to_owned(),
                    meaning: "Document undated; 2020 from internal evidence".to_owned(),
                },
            ],
            vec![Span::Figure(figure(number))],
            vec![Span::quiet("actual")],
            vec![
                Span::text("China Youth Daily, in Chinese Digitalization and Innovation "),
                Span::Release(1),
            ],
            vec![Span::text("single")],
        ]
    };
    Table {
        caption: "Figures".to_owned(),
        columns: vec![
            Column::words("Indicator"),
            Column::words("Period"),
            Column::numbers("Figure"),
            Column::words("Nature"),
            Column::words("Source"),
            Column::words("State"),
        ],
        rows: vec![
            row(13, "Technology companies"),
            row(14, "Technology companies registered"),
        ],
        ..Table::default()
    }
}

pub(crate) fn revisions() -> Section {
    section(
        "revisions",
        "How the figures were revised",
        vec![Block::Table(table())],
    )
}

pub(crate) fn sources() -> Section {
    section("sources", "Sources", vec![Block::Bibliography])
}
