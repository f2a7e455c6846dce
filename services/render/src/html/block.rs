//! The blocks of a section.

use figure::Bound;
use maud::{Markup, html};

use super::appendix;
use super::span::{Page, Place};
use crate::chart::{Join, Tone, glyph, links, open_downward, open_upward, svg};
use crate::{
    Block, Chart, CheckRow, CheckVerdict, Column, ContestedCard, FigureRef, Mark, Profile, Role,
    Section, SiblingCard, Span, Table,
};

pub(super) fn block(page: &Page<'_>, section: &Section, block: &Block) -> Markup {
    match block {
        Block::Paragraph(spans) => html! { p { (page.spans(spans, Place::Prose)) } },
        Block::Chart(content) => chart(page, content),
        Block::Table(content) => table(page, content),
        Block::Profile(content) => profile(page, section, content),
        Block::Contested(content) => contested(page, content),
        Block::Siblings(content) => siblings(page, content),
        Block::Check(content) => check(page, content),
        Block::Bibliography => appendix::bibliography(page),
    }
}

fn chart(page: &Page<'_>, chart: &Chart) -> Markup {
    let several = chart.lines.len() > 1;
    // The colour of several lines is taken by the lines.
    let tone = if several { Tone::None } else { Tone::Source };
    html! {
        figure.plot {
            figcaption {
                (chart.heading())
                @if !chart.unit.is_empty() { span.quiet { ", " (chart.unit) } }
            }
            @if several {
                ul.legend {
                    @for (index, line) in chart.lines.iter().enumerate() {
                        li { span class=(format!("key s{}", index % 6)) {} " " (line.label) }
                    }
                }
            }
            ul.legend {
                @for (index, source) in chart.sources.iter().enumerate() { li { (glyph(index, tone, false)) " " (source) } }
                @for (sign, meaning) in signs(chart) { li { (sign) " " (meaning) } }
            }
            (svg(chart))
            details {
                summary { "The same figures as a table" }
                (table(page, &as_table(chart)))
            }
        }
    }
}

/// The signs that a chart uses, explained.
fn signs(chart: &Chart) -> Vec<(Markup, &'static str)> {
    let any = |holds: fn(&Mark) -> bool| chart.lines.iter().flat_map(|line| &line.marks).any(holds);
    let sign = |text: &str| html! { span.sign { (text) } };
    let loose = looseness(chart);
    let applicable = [
        (
            any(|mark| mark.contested),
            html! { span.swatch {} },
            "the figures contradict each other",
        ),
        (
            loose.is_some(),
            html! { span.dashes {} },
            loose.unwrap_or_default(),
        ),
        (
            any(|mark| mark.hollow),
            glyph(0, Tone::None, true),
            "hollow: expected or aimed at, not yet measured",
        ),
        (
            any(|mark| mark.upper.is_some()),
            sign("┃"),
            "a range: somewhere between both ends",
        ),
        (
            any(|mark| mark.role == Role::By),
            sign("–|"),
            "not later than",
        ),
        (
            any(|mark| open_upward(mark.bound)),
            sign("╵"),
            "open upward: more than this",
        ),
        (
            any(|mark| open_downward(mark.bound)),
            sign("╷"),
            "open downward: less than this",
        ),
        (any(|mark| mark.bound == Bound::About), sign("~"), "about"),
        (
            any(|mark| mark.short.contains('≈')),
            sign("≈"),
            "rounded for the drawing: the table has all digits",
        ),
    ];
    let used = applicable.into_iter().filter(|(used, ..)| *used);
    used.map(|(_, sign, meaning)| (sign, meaning)).collect()
}

/// Why some figures are joined by dashes only.
fn looseness(chart: &Chart) -> Option<&'static str> {
    let joins = || chart.lines.iter().flat_map(links).map(|link| link.join);
    let by_source = joins().any(|join| matches!(join, Join::Loose { source: true, .. }));
    let by_gap = joins().any(|join| matches!(join, Join::Loose { gap: true, .. }));
    match (by_source, by_gap) {
        (true, true) => Some("dashes: another source goes on, or periods are missing between"),
        (true, false) => Some("dashes: another source goes on"),
        (false, true) => Some("dashes: periods are missing between"),
        (false, false) => None,
    }
}

/// The figures of a chart in rows.
fn as_table(chart: &Chart) -> Table {
    let row = |label: &str, mark: &Mark| {
        let source = chart.sources.get(mark.source).cloned().unwrap_or_default();
        let nature = match mark.hollow {
            true => "expected or aimed at",
            false => "stated",
        };
        let figure = FigureRef {
            number: mark.figure,
            text: mark.text.clone(),
        };
        vec![
            vec![Span::text(mark.period.clone())],
            vec![Span::Figure(figure)],
            vec![Span::text(label)],
            vec![Span::text(source)],
            vec![Span::quiet(nature)],
        ]
    };
    let marks = chart
        .lines
        .iter()
        .flat_map(|line| line.marks.iter().map(|mark| row(&line.label, mark)));
    Table {
        caption: chart.heading(),
        columns: vec![
            Column::words("Period"),
            Column::numbers("Figure"),
            Column::words("What"),
            Column::words("Source"),
            Column::words("Nature"),
        ],
        rows: marks.collect(),
        ..Table::default()
    }
}

pub(super) fn table(page: &Page<'_>, table: &Table) -> Markup {
    if table.rows.is_empty() {
        return html! { p.quiet { (table.empty) } };
    }
    let stacked = table.columns.len() > 3;
    html! {
        div.scroll tabindex="0" role="region" aria-label=(if table.caption.is_empty() { "Table" } else { &table.caption }) {
            table class=[stacked.then_some("stack")] {
                @if !table.caption.is_empty() { caption { (table.caption) } }
                thead {
                    tr { @for column in &table.columns { th class=[number(column)] scope="col" { (column.heading) } } }
                }
                tbody {
                    @for row in &table.rows { tr { (cells(page, table, row)) } }
                }
            }
        }
    }
}

fn number(column: &Column) -> Option<&'static str> {
    column.numeric.then_some("number")
}

fn cells(page: &Page<'_>, table: &Table, row: &[Vec<Span>]) -> Markup {
    html! {
        @for (index, (cell, column)) in row.iter().zip(&table.columns).enumerate() {
            @if index == 0 {
                th class=[number(column)] scope="row" { (page.spans(cell, Place::Cell)) }
            } @else if cell.iter().all(is_blank) {
                td.none {}
            } @else {
                td class=[number(column)] data-label=(column.heading) { (page.spans(cell, Place::Cell)) }
            }
        }
    }
}

/// Whether a span prints nothing.
fn is_blank(span: &Span) -> bool {
    match span {
        Span::Text(text) | Span::Strong(text) | Span::Quiet(text) => text.trim().is_empty(),
        _ => false,
    }
}

fn profile(page: &Page<'_>, section: &Section, profile: &Profile) -> Markup {
    let place = section.blocks.iter().filter_map(|block| match block {
        Block::Profile(other) => Some(&other.name),
        _ => None,
    });
    let number = place.take_while(|name| **name != profile.name).count() + 1;
    html! {
        article.profile aria-labelledby=(format!("{}_{number}", section.id)) {
            h3 id=(format!("{}_{number}", section.id)) {
                (page.name(&profile.name))
                @if !profile.kind.is_empty() { " " span.kind { (profile.kind) } }
            }
            @if !profile.facts.is_empty() {
                dl.facts {
                    @for (label, spans) in &profile.facts { dt { (label) } dd { (page.spans(spans, Place::Cell)) } }
                }
            }
            @if !profile.groups.is_empty() { div.groups {
                @for group in &profile.groups {
                    div.group {
                        h4 { (group.label) " " span.count { (group.members.len()) } }
                        ul {
                            @for member in &group.members {
                                li { (page.name(&member.name)) " " span.quiet { (page.spans(&member.detail, Place::Cell)) } }
                            }
                        }
                    }
                }
            } }
            @if let Some(figures) = &profile.figures { (table(page, figures)) }
        }
    }
}

fn contested(page: &Page<'_>, card: &ContestedCard) -> Markup {
    html! {
        div.card.contested {
            h3 { (page.spans(&card.heading, Place::Cell)) }
            div.sides {
                @for side in &card.sides {
                    div.side.preferred[side.preferred] {
                        p.big { (page.figure(&side.figure, Place::Cell)) }
                        p.who { (page.spans(&side.source, Place::Cell)) }
                        @if !side.quote.is_empty() { blockquote { "“" (side.quote) "”" } }
                        @if side.preferred { p.badge { "preferred" } }
                    }
                }
            }
            @for line in &card.arithmetic { p.sum { (page.spans(line, Place::Cell)) } }
            @if !card.rule.is_empty() { p.quiet { "Why the first is preferred: " (card.rule) "." } }
        }
    }
}

fn siblings(page: &Page<'_>, card: &SiblingCard) -> Markup {
    html! {
        div.card.siblings {
            h3 { (page.spans(&card.heading, Place::Cell)) }
            div.sides {
                @for definition in &card.definitions {
                    div.side {
                        h4 { (definition.label) }
                        @if !definition.text.is_empty() { p.definition { (definition.text) } }
                        ul { @for row in &definition.rows { li { (page.spans(row, Place::Cell)) } } }
                    }
                }
            }
            p.quiet { "Different definitions: they stand beside each other and are neither joined nor averaged." }
        }
    }
}

fn check(page: &Page<'_>, row: &CheckRow) -> Markup {
    let class = match row.verdict {
        CheckVerdict::Consistent => "check yes",
        CheckVerdict::Inconsistent => "check no",
        CheckVerdict::Undecidable => "check open",
    };
    let sign = match row.verdict {
        CheckVerdict::Consistent => "✓",
        CheckVerdict::Inconsistent => "✗",
        CheckVerdict::Undecidable => "?",
    };
    html! {
        div class=(class) {
            p.verdict { span aria-hidden="true" { (sign) " " } (row.verdict.word()) }
            div {
                h3 { (row.label) }
                p.sum { (page.spans(&row.arithmetic, Place::Cell)) }
                p { (page.spans(&row.stated, Place::Cell)) }
                @if !row.reason.is_empty() { p.quiet { (page.spans(&row.reason, Place::Cell)) } }
            }
        }
    }
}
