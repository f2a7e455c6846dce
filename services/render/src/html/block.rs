//! The blocks of a section.

use maud::{Markup, html};

use super::span::{Page, Place};
use super::{appendix, chart};
use crate::align;
use crate::{
    Block, CheckRow, CheckVerdict, Column, ContestedCard, Profile, Remark, Section, SiblingCard,
    Span, Table,
};

pub(super) fn block(page: &Page<'_>, section: &Section, block: &Block) -> Markup {
    match block {
        Block::Paragraph(spans) => html! { p { (page.spans(spans, Place::Prose)) } },
        Block::Chart(content) => chart::plot(page, content),
        Block::Ranking(content) => chart::plot(page, content),
        Block::Panels(content) => chart::plot(page, content),
        Block::Slope(content) => chart::plot(page, content),
        Block::Table(content) => table(page, content),
        Block::Profile(content) => profile(page, section, content),
        Block::Contested(content) => contested(page, content),
        Block::Siblings(content) => siblings(page, content),
        Block::Check(content) => check(page, content),
        Block::Bibliography => appendix::bibliography(page),
    }
}

pub(super) fn table(page: &Page<'_>, table: &Table) -> Markup {
    if table.rows.is_empty() {
        return html! { p.quiet { (table.empty) } };
    }
    let stacked = table.columns.len() > 3;
    let pads = pads(table);
    let short: Vec<bool> = (0..table.columns.len())
        .map(|column| is_short(table, column))
        .collect();
    let label = match table.caption.as_str() {
        "" => page.words.page.table,
        caption => caption,
    };
    html! {
        div.scroll tabindex="0" role="region" aria-label=(label) {
            table class=[stacked.then_some("stack")] {
                @if !table.caption.is_empty() || !table.common.is_empty() {
                    caption {
                        (table.caption)
                        @if !table.common.is_empty() { span.common { (common(page, table)) } }
                    }
                }
                thead {
                    tr { @for column in &table.columns { th class=[number(column)] scope="col" { (column.heading) } } }
                }
                tbody {
                    @for (index, row) in table.rows.iter().enumerate() { tr { (cells(page, table, row, (&pads_of(&pads, index), &short))) } }
                }
            }
        }
    }
}

fn number(column: &Column) -> Option<&'static str> {
    column.numeric.then_some("number")
}

/// The class of a cell: a number stays in one line, words with a number in them need not.
fn class(column: &Column, cell: &[Span]) -> Option<&'static str> {
    const TIGHT: usize = 24;
    let long = |span: &Span| match span {
        Span::Figure(figure) => figure.text.chars().count() > TIGHT,
        _ => false,
    };
    match column.numeric && cell.iter().any(long) {
        true => Some("number loose"),
        false => number(column),
    }
}

/// Whether a column of words has but a few in each cell, which stay in one line.
fn is_short(table: &Table, index: usize) -> bool {
    const FEW: usize = 16;
    let words = table
        .columns
        .get(index)
        .is_some_and(|column| !column.numeric);
    let letters = |span: &Span| match span {
        Span::Text(text) | Span::Strong(text) | Span::Quiet(text) => text.chars().count(),
        Span::Expected { text, .. } => text.chars().count(),
        Span::Mark { .. } => 0,
        Span::Figure(_) | Span::Name(_) | Span::Release(_) => FEW + 1,
    };
    let cells = table.rows.iter().filter_map(|row| row.get(index));
    let mut lengths = cells.map(|cell| cell.iter().map(letters).sum::<usize>());
    words && lengths.all(|length| length <= FEW)
}

/// What is the same in every row.
fn common(page: &Page<'_>, table: &Table) -> Markup {
    let signs = &page.words.punctuation;
    html! {
        @for (index, (label, spans)) in table.common.iter().enumerate() {
            @if index > 0 { (signs.semicolon) }
            @if !label.is_empty() { (label) (signs.colon) }
            (page.spans(spans, Place::Cell))
        }
    }
}

/// Of each column what stands unseen behind its numbers.
fn pads(table: &Table) -> Vec<Vec<String>> {
    let of = |(index, column): (usize, &Column)| match column.numeric {
        true => align::pads(table, index),
        false => Vec::new(),
    };
    table.columns.iter().enumerate().map(of).collect()
}

/// What stands unseen behind the numbers of one row.
fn pads_of(pads: &[Vec<String>], row: usize) -> Vec<&str> {
    pads.iter()
        .map(|column| column.get(row).map_or("", String::as_str))
        .collect()
}

fn cells(
    page: &Page<'_>,
    table: &Table,
    row: &[Vec<Span>],
    (pads, short): (&[&str], &[bool]),
) -> Markup {
    html! {
        @for (index, ((cell, column), pad)) in row.iter().zip(&table.columns).zip(pads).enumerate() {
            @if index == 0 {
                th class=[number(column)] scope="row" { (page.spans(cell, Place::Cell)) }
            } @else if cell.iter().all(is_blank) {
                td.none {}
            } @else {
                td class=[class(column, cell).or(short[index].then_some("short"))] data-label=(column.heading) {
                    div {
                        (page.spans(cell, Place::Cell))
                        @if !pad.is_empty() { span.pad aria-hidden="true" { (pad) } }
                    }
                }
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
            @if !profile.groups.is_empty() { dl.groups {
                @for group in &profile.groups {
                    dt { (group.label) }
                    @for member in &group.members {
                        dd {
                            (page.name(&member.name))
                            @if !member.detail.is_empty() { " " span.quiet { (page.spans(&member.detail, Place::Cell)) } }
                        }
                    }
                }
            } }
            @if let Some(figures) = &profile.figures { (table(page, figures)) }
        }
    }
}

fn contested(page: &Page<'_>, card: &ContestedCard) -> Markup {
    let words = &page.words.page;
    html! {
        div.card.contested {
            h3 { (page.spans(&card.heading, Place::Cell)) }
            div.sides {
                @for side in &card.sides {
                    div.side.preferred[side.preferred] {
                        p.big { (page.figure(&side.figure, Place::Cell)) }
                        p.who { (page.spans(&side.source, Place::Cell)) }
                        @if !side.quote.is_empty() { blockquote { (page.words.quoted(&side.quote)) } }
                        @if side.preferred { p.badge { (words.preferred) } }
                    }
                }
            }
            @for line in &card.arithmetic { p.sum { (page.spans(line, Place::Cell)) } }
            @if !card.rule.is_empty() { p.quiet { ((words.why_preferred)(&card.rule)) } }
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
                        (meant(&definition.text))
                        ul { @for row in &definition.rows { li { (page.spans(row, Place::Cell)) } } }
                    }
                }
            }
            p.quiet { (page.words.page.never_joined) }
        }
    }
}

/// What is measured, marked with its language where that is another one.
fn meant(text: &Remark) -> Markup {
    let language = Some(&text.language).filter(|tag| !tag.is_empty());
    html! { @if !text.text.is_empty() { p.definition lang=[language] { (text.text) } } }
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
            p.verdict { span aria-hidden="true" { (sign) " " } ((page.words.page.verdict)(row.verdict)) }
            div {
                h3 { (row.label) }
                p.sum { (page.spans(&row.arithmetic, Place::Cell)) }
                p { (page.spans(&row.stated, Place::Cell)) }
                @if !row.reason.is_empty() { p.quiet { (page.spans(&row.reason, Place::Cell)) } }
            }
        }
    }
}
