//! Writes a document with every kind of block, to be looked at.

use figure::{Bound, Decimal, Period};
use render::{
    Block, Chart, ChartLine, CheckRow, CheckVerdict, Claim, Column, Computation, ContestedCard,
    Definition, Document, Figure, FigureRef, Group, Mark, Member, Name, Profile, Release, Role,
    Section, SiblingCard, Side, Span, Table,
};

fn main() -> std::io::Result<()> {
    let target = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "/tmp/sample.html".to_owned());
    std::fs::write(target, render::html(&document()))
}

const PRINTED: [&str; 14] = [
    "31.3 trillion CNY",
    "45.5 trillion CNY",
    "47.94 trillion CNY",
    "34.8%",
    "39.8%",
    "7.8%",
    "10%",
    "2.44 trillion CNY",
    "5.4%",
    "9,550 billion CNY",
    "2,479 billion CNY",
    "3.85",
    "more than 200,000",
    "about 390,000",
];

fn document() -> Document {
    Document {
        title: "China’s digital economy".to_owned(),
        subtitle: "How big it is said to be, by whom, and how far the figures agree.".to_owned(),
        known: String::new(),
        lang: "en".to_owned(),
        imprint: vec!["Made from the template china-digital-economy, revision 1.".to_owned()],
        sections: vec![
            size(),
            share(),
            core(),
            counts(),
            lines(),
            contradictions(),
            checks(),
            who(),
            revisions(),
            sources(),
        ],
        figures: PRINTED
            .iter()
            .enumerate()
            .map(|(index, text)| record(index, text))
            .collect(),
        claims: (0..PRINTED.len()).map(claim).collect(),
        releases: vec![
            release("Chinese Digitalization and Innovation"),
            release(
                "China Resilience: China's booming digital economy gives boost to international cooperation",
            ),
            release("How the UK can help China’s digital transformation"),
        ],
    }
}

fn record(index: usize, text: &str) -> Figure {
    let computation = (7..9).contains(&index).then(|| Computation {
        arithmetic: "47.94 trillion CNY − 45.5 trillion CNY".to_owned(),
        expression: "lines/3c5b5c1f/claims/2021.2 - lines/3c5b5c1f/claims/2021.1".to_owned(),
        verdict: "one number".to_owned(),
        interval: "exactly 2,440,000,000,000 CNY; rounding can move it by 55,000,000,000"
            .to_owned(),
        caveats: vec!["CONTESTED_INPUT".to_owned()],
    });
    Figure {
        text: text.to_owned(),
        claims: if computation.is_some() {
            vec![1, 2]
        } else {
            vec![index]
        },
        computation,
        alternatives: u32::from(index == 1 || index == 2),
        rule: "it names who counted".to_owned(),
    }
}

fn claim(index: usize) -> Claim {
    Claim {
        name: format!("lines/3c5b5c1f9d/claims/20{:02}.1", 10 + index),
        subject: "Size of the digital economy, China 中国, 2021".to_owned(),
        as_published: "45.5 trillion".to_owned(),
        interval: "between 45,450,000,000,000 and 45,550,000,000,000 CNY".to_owned(),
        nature: "actual".to_owned(),
        source: name("China Resilience", None),
        originator: Some(name("China Internet Development Report 2022", None)),
        release: (index % 3) as u32 + 1,
        places: Vec::new(),
        quotes: vec!["came to 45.5 trillion yuan in 2021".to_owned()],
        notes: vec!["period inferred from the date of publication".to_owned()],
    }
}

fn release(title: &str) -> Release {
    Release {
        name: "releases/brp-china-resilience-2022".to_owned(),
        title: title.to_owned(),
        publisher: "Belt and Road Portal".to_owned(),
        authors: vec!["Tim Luan".to_owned()],
        published: "2022-12-22".to_owned(),
        published_basis: "“Updated” line".to_owned(),
        interest: "Author is Director of Innoway and writes about Innoway.".to_owned(),
        url: "https://focus.cbbc.org/how-the-uk-and-china-can-work-together-to-promote-digital-transformation/".to_owned(),
        ..Release::default()
    }
}

fn name(text: &str, other: Option<&str>) -> Name {
    Name {
        text: text.to_owned(),
        language: "en".to_owned(),
        other: other.map(|text| (text.to_owned(), "zh".to_owned())),
    }
}

fn figure(number: u32) -> FigureRef {
    FigureRef {
        number,
        text: PRINTED[number as usize - 1].to_owned(),
    }
}

fn section(id: &str, heading: &str, blocks: Vec<Block>) -> Section {
    Section {
        id: id.to_owned(),
        heading: heading.to_owned(),
        blocks,
    }
}

fn mark(number: u32, short: &str, period: &str, value: i128, exponent: i16, source: usize) -> Mark {
    let span = period.trim_start_matches("by ").parse::<Period>().ok();
    Mark {
        figure: number,
        text: PRINTED[number as usize - 1].to_owned(),
        short: short.to_owned(),
        period: period.to_owned(),
        start_day: span.and_then(|span| span.start_day()),
        end_day: span.and_then(|span| span.end_day()),
        role: if period.starts_with("by") {
            Role::By
        } else {
            Role::Span
        },
        bound: Bound::Exact,
        value: Decimal::new(value, exponent).unwrap_or_default(),
        upper: None,
        hollow: false,
        source,
        preferred: true,
        contested: false,
    }
}

fn size() -> Section {
    let contested = |mark: Mark, preferred| Mark {
        contested: true,
        preferred,
        ..mark
    };
    let chart = Chart {
        id: "size".to_owned(),
        title: String::new(),
        description: "The size rises from 31.3 trillion in 2018; for 2021 two sources differ."
            .to_owned(),
        unit: "trillion CNY".to_owned(),
        multiplier: 12,
        sources: vec![
            "Chinese Digitalization and Innovation".to_owned(),
            "China Resilience".to_owned(),
            "FOCUS (China-Britain Business Council)".to_owned(),
        ],
        lines: vec![ChartLine {
            label: "Size of the digital economy".to_owned(),
            marks: vec![
                mark(1, "31.3", "2018", 313, 11, 0),
                contested(mark(2, "45.5", "2021", 455, 11, 1), true),
                contested(mark(3, "47.94", "2021", 4794, 10, 2), false),
            ],
        }],
    };
    let text = vec![
        Span::text("The digital economy of "),
        Span::Name(name("China", Some("中国"))),
        Span::text(" is put at "),
        Span::Figure(figure(1)),
        Span::text(" for 2018. For 2021 two sources give two figures: "),
        Span::Figure(figure(2)),
        Span::text(" and "),
        Span::Figure(figure(3)),
        Span::text("."),
    ];
    section(
        "size",
        "How big it is said to be",
        vec![Block::Paragraph(text), Block::Chart(chart)],
    )
}

fn share() -> Section {
    let chart = Chart {
        id: "share".to_owned(),
        unit: "%".to_owned(),
        sources: vec![
            "Chinese Digitalization and Innovation".to_owned(),
            "China Resilience".to_owned(),
        ],
        lines: vec![ChartLine {
            label: "Share of GDP, broad definition".to_owned(),
            marks: vec![
                mark(4, "34.8%", "2018", 348, -1, 0),
                mark(5, "39.8%", "2021", 398, -1, 1),
            ],
        }],
        ..Chart::default()
    };
    section(
        "share",
        "Share of GDP: the broad definition",
        vec![Block::Chart(chart)],
    )
}

fn core() -> Section {
    let chart = Chart {
        id: "core".to_owned(),
        unit: "%".to_owned(),
        sources: vec!["FOCUS (China-Britain Business Council)".to_owned()],
        lines: vec![ChartLine {
            label: "Share of GDP, core industries".to_owned(),
            marks: vec![
                mark(6, "7.8%", "2020", 78, -1, 0),
                Mark {
                    hollow: true,
                    ..mark(7, "10%", "by 2025", 10, 0, 0)
                },
            ],
        }],
        ..Chart::default()
    };
    section("core", "The other definition", vec![Block::Chart(chart)])
}

fn counts() -> Section {
    let chart = Chart {
        id: "counts".to_owned(),
        unit: "thousand".to_owned(),
        multiplier: 3,
        sources: vec![
            "Beijing Unveils Progress".to_owned(),
            "Chinese Digitalization and Innovation".to_owned(),
        ],
        lines: vec![ChartLine {
            label: "Technology companies in Beijing".to_owned(),
            marks: vec![
                Mark {
                    bound: Bound::About,
                    ..mark(14, "~390,000", "2016-07-14", 390_000, 0, 0)
                },
                Mark {
                    bound: Bound::GreaterThan,
                    ..mark(13, ">200,000", "2020", 200_000, 0, 1)
                },
                Mark {
                    bound: Bound::LessThan,
                    ..mark(13, "<300,000", "2019", 300_000, 0, 1)
                },
            ],
        }],
        ..Chart::default()
    };
    section("counts", "Bounds", vec![Block::Chart(chart)])
}

fn lines() -> Section {
    let range = Mark {
        bound: Bound::Between,
        upper: Decimal::new(61, 11),
        ..mark(10, "4.8–6.1", "2020", 48, 11, 1)
    };
    let contested = |preferred, mark: Mark| Mark {
        contested: true,
        preferred,
        ..mark
    };
    let line = |label: &str, marks| ChartLine {
        label: label.to_owned(),
        marks,
    };
    let chart = Chart {
        id: "lines".to_owned(),
        title: "Size of the digital economy".to_owned(),
        description: "Three countries, two sources.".to_owned(),
        unit: "trillion USD".to_owned(),
        multiplier: 12,
        sources: vec![
            "Statistics Office".to_owned(),
            "Yearbook of the Others".to_owned(),
        ],
        lines: vec![
            line(
                "Alpha",
                vec![
                    mark(1, "4.1", "2018", 41, 11, 0),
                    mark(2, "4.4", "2019", 44, 11, 0),
                    range,
                    mark(3, "5.4", "2021", 54, 11, 0),
                ],
            ),
            line(
                "Republic of Beta",
                vec![
                    mark(4, "3.9", "2018", 39, 11, 1),
                    mark(5, "4.5", "2019", 45, 11, 1),
                    contested(true, mark(6, "4.7", "2020", 47, 11, 1)),
                    contested(false, mark(7, "5.2", "2020", 52, 11, 0)),
                    mark(8, "5.3", "2021", 53, 11, 1),
                ],
            ),
            line(
                "Gamma",
                vec![
                    mark(9, "1.2", "2015", 12, 11, 0),
                    mark(11, "5.1", "2021", 51, 11, 0),
                    Mark {
                        hollow: true,
                        ..mark(12, "6", "by 2023", 6, 12, 0)
                    },
                ],
            ),
        ],
    };
    section("lines", "Several lines", vec![Block::Chart(chart)])
}

fn contradictions() -> Section {
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
    let definition = |label: &str, number| {
        Definition {
        label: label.to_owned(),
        text: "Value added of the digital industries and of the digital part of all other industries, over GDP.".to_owned(),
        rows: vec![vec![Span::text("2018 "), Span::Figure(figure(number)), Span::text(" "), Span::Release(1)]],
    }
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

fn checks() -> Section {
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

fn who() -> Section {
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

fn revisions() -> Section {
    section(
        "revisions",
        "How the figures were revised",
        vec![Block::Table(table())],
    )
}

fn sources() -> Section {
    section("sources", "Sources", vec![Block::Bibliography])
}
