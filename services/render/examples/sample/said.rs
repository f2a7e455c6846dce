//! Charts of what articles say of the digital economy.

use figure::Bound;
use render::{Block, Chart, ChartLine, Mark, Section, Span};

use crate::{figure, mark, name, section};

pub(crate) fn size() -> Section {
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
            ..ChartLine::default()
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

pub(crate) fn share() -> Section {
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
            ..ChartLine::default()
        }],
        ..Chart::default()
    };
    section(
        "share",
        "Share of GDP: the broad definition",
        vec![Block::Chart(chart)],
    )
}

pub(crate) fn core() -> Section {
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
            ..ChartLine::default()
        }],
        ..Chart::default()
    };
    section("core", "The other definition", vec![Block::Chart(chart)])
}

pub(crate) fn counts() -> Section {
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
            ],
            ..ChartLine::default()
        }],
        ..Chart::default()
    };
    section("counts", "Bounds", vec![Block::Chart(chart)])
}
