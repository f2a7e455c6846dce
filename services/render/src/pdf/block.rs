//! The blocks of a section as data for the type setter.

use typst::foundations::{Array, Dict, IntoValue as _, Value, dict};

use super::ink::{Ink, language};
use super::{appendix, width};
use crate::align;
use crate::chart::{Plot, standalone};
use crate::{
    Block, CheckRow, CheckVerdict, Column, ContestedCard, Profile, SiblingCard, Span, Table,
};

/// Definitions with more figures than this go on over the page.
const MOST_TOGETHER: usize = 16;

pub(super) fn block(ink: &mut Ink<'_>, block: &Block) -> Vec<Dict> {
    let mut blocks = match block {
        Block::Paragraph(spans) => vec![dict! { "is" => "paragraph", "spans" => ink.spans(spans) }],
        Block::Table(content) => vec![table(ink, content)],
        Block::Profile(content) => vec![profile(ink, content)],
        Block::Contested(content) => vec![contested(ink, content)],
        Block::Siblings(content) => vec![siblings(ink, content)],
        Block::Check(content) => vec![check(ink, content)],
        Block::Bibliography => vec![appendix::bibliography(ink)],
        Block::Chart(content) => plot(ink, content),
        Block::Ranking(content) => plot(ink, content),
        Block::Panels(content) => plot(ink, content),
        Block::Slope(content) => plot(ink, content),
    };
    if !ink.marks.is_empty() {
        let told = ink.told_marks();
        match blocks.last_mut() {
            // At its foot, so that the end of a page does not part them.
            Some(table) if is_table(table) => table.insert("marks".into(), told),
            _ => blocks.push(dict! { "is" => "marks", "text" => told }),
        }
    }
    blocks
}

fn is_table(block: &Dict) -> bool {
    matches!(block.get("is"), Ok(Value::Str(kind)) if kind.as_str() == "table")
}

/// A drawing, and its figures as tables.
fn plot(ink: &mut Ink<'_>, plot: &dyn Plot) -> Vec<Dict> {
    let words = ink.words;
    if plot.is_thin() {
        let tables = plot.tables(words);
        return tables.iter().map(|content| table(ink, content)).collect();
    }
    let heading = plot.heading();
    let caption = match (heading.as_str(), plot.unit()) {
        (heading, "") => heading.to_owned(),
        ("", unit) => unit.to_owned(),
        (heading, unit) => format!("{heading}{}{unit}", words.punctuation.comma),
    };
    let description = match plot.description() {
        "" => caption.as_str(),
        description => description,
    };
    let drawing = standalone(plot, words);
    ink.check(&drawing);
    let mut blocks = vec![dict! {
        "is" => "plot",
        "caption" => ink.text(&caption),
        "drawing" => drawing,
        "description" => description,
    }];
    let mut tables = Array::new();
    for mut content in plot.tables(words) {
        // It stands above the drawing.
        if content.caption == heading {
            content.caption.clear();
        }
        tables.push(table(ink, &content).into_value());
    }
    blocks.push(dict! { "is" => "tables", "tables" => tables });
    blocks
}

fn table(ink: &mut Ink<'_>, table: &Table) -> Dict {
    if table.rows.is_empty() {
        return dict! { "is" => "empty", "text" => ink.text(&table.empty) };
    }
    let heads: Array = table
        .columns
        .iter()
        .map(|column| ink.text(&column.heading))
        .collect();
    let numeric: Array = table
        .columns
        .iter()
        .map(|column| column.numeric.into_value())
        .collect();
    let pads = pads(table);
    let slots: Vec<i64> = (0..table.columns.len())
        .map(|column| slot(table, column))
        .collect();
    let mut rows = Array::new();
    for (index, row) in table.rows.iter().enumerate() {
        let mut cells = Array::new();
        for (column, (cell, pads)) in row.iter().zip(&pads).enumerate() {
            let pad = pads.get(index).map_or("", String::as_str);
            let cell = dict! {
                "spans" => ink.spans(cell),
                "pad" => pad,
                "slot" => slots[column],
                "numeric" => table.columns[column].numeric,
            };
            cells.push(cell.into_value());
        }
        rows.push(cells.into_value());
    }
    let common = common(ink, table);
    dict! {
        "is" => "table",
        "caption" => ink.text(&table.caption),
        "common" => common,
        "heads" => heads,
        "numeric" => numeric,
        "widths" => width::shares(table),
        "rows" => rows,
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

/// Characters of the longest number behind a figure of a column.
fn slot(table: &Table, column: usize) -> i64 {
    let cells = table.rows.iter().filter_map(|row| row.get(column));
    let numbers = cells.flatten().filter_map(|span| match span {
        Span::Figure(figure) => Some(figure.number.to_string().len() as i64),
        _ => None,
    });
    numbers.max().unwrap_or_default()
}

/// What is the same in every row.
fn common(ink: &mut Ink<'_>, table: &Table) -> Array {
    let signs = &ink.words.punctuation;
    let mut spans = Vec::new();
    for (label, said) in &table.common {
        if !spans.is_empty() {
            spans.push(Span::text(signs.semicolon));
        }
        if !label.is_empty() {
            spans.push(Span::text(format!("{label}{}", signs.colon)));
        }
        spans.extend(said.iter().cloned());
    }
    match ink.spans(&spans) {
        Value::Array(all) => all,
        _ => Array::new(),
    }
}

fn profile(ink: &mut Ink<'_>, profile: &Profile) -> Dict {
    let name = ink.name(&profile.name);
    let facts: Array = profile
        .facts
        .iter()
        .map(|(label, spans)| {
            dict! { "label" => ink.text(label), "spans" => ink.spans(spans) }.into_value()
        })
        .collect();
    let mut groups = Array::new();
    for group in &profile.groups {
        let members: Array = group
            .members
            .iter()
            .map(|member| {
                dict! { "name" => ink.name(&member.name), "detail" => ink.spans(&member.detail) }
                    .into_value()
            })
            .collect();
        groups.push(dict! { "label" => ink.text(&group.label), "members" => members }.into_value());
    }
    let figures = profile
        .figures
        .as_ref()
        .map_or(Value::None, |figures| table(ink, figures).into_value());
    dict! {
        "is" => "profile",
        "name" => name,
        "kind" => ink.text(&profile.kind),
        "facts" => facts,
        "groups" => groups,
        "figures" => figures,
    }
}

fn contested(ink: &mut Ink<'_>, card: &ContestedCard) -> Dict {
    let heading = ink.spans(&card.heading);
    let mut sides = Array::new();
    for side in &card.sides {
        let quote = match side.quote.as_str() {
            "" => String::new(),
            quote => ink.words.quoted(quote),
        };
        sides.push(
            dict! {
                "figure" => ink.figure(&side.figure),
                "source" => ink.spans(&side.source),
                "quote" => ink.text(&quote),
                "preferred" => side.preferred,
            }
            .into_value(),
        );
    }
    let rule = match card.rule.as_str() {
        "" => String::new(),
        rule => (ink.words.page.why_preferred)(rule),
    };
    dict! {
        "is" => "contested",
        "heading" => heading,
        "sides" => sides,
        "arithmetic" => lines(ink, &card.arithmetic),
        "rule" => ink.text(&rule),
    }
}

fn siblings(ink: &mut Ink<'_>, card: &SiblingCard) -> Dict {
    let heading = ink.spans(&card.heading);
    let mut definitions = Array::new();
    for definition in &card.definitions {
        definitions.push(
            dict! {
                "label" => ink.text(&definition.label),
                "text" => ink.text(&definition.text.text),
                "language" => language(&definition.text.language),
                "rows" => lines(ink, &definition.rows),
            }
            .into_value(),
        );
    }
    let longest = card.definitions.iter().map(|one| one.rows.len()).max();
    dict! {
        "is" => "siblings",
        "heading" => heading,
        "definitions" => definitions,
        "long" => longest.is_some_and(|rows| rows > MOST_TOGETHER),
    }
}

fn check(ink: &mut Ink<'_>, row: &CheckRow) -> Dict {
    let (sign, tone) = match row.verdict {
        CheckVerdict::Consistent => ("✓", "yes"),
        CheckVerdict::Inconsistent => ("×", "no"),
        CheckVerdict::Undecidable => ("?", "open"),
    };
    dict! {
        "is" => "check",
        "sign" => sign,
        "tone" => tone,
        "verdict" => (ink.words.page.verdict)(row.verdict),
        "label" => ink.text(&row.label),
        "arithmetic" => ink.spans(&row.arithmetic),
        "stated" => ink.spans(&row.stated),
        "reason" => ink.spans(&row.reason),
    }
}

fn lines(ink: &mut Ink<'_>, lines: &[Vec<Span>]) -> Array {
    lines.iter().map(|line| ink.spans(line)).collect()
}
