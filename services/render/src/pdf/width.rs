//! How wide the columns of a table are.

use typst::foundations::{Array, IntoValue as _, Value};

use crate::{Column, Span, Table};

/// Columns of words up to so many letters are as wide as they need to be.
const NARROW: usize = 14;
/// Columns of words up to so many have two lines a cell.
const FOLDED: usize = 26;
/// Columns of numbers up to so many are.
const LONG: usize = 34;
/// A column counts as no wider than this.
const WIDE: usize = 60;
/// Columns up to so many letters together find room without a share of the page each.
const ACROSS: usize = 78;

/// Shares of the columns in the width; nothing for one that takes what it needs, and below
/// nought the letters of one that is folded. A few long cells do not make a column wide.
pub(super) fn shares(table: &Table) -> Array {
    let columns: Vec<_> = (0..table.columns.len())
        .map(|index| lengths(table, index))
        .collect();
    let widest = |lengths: &Vec<usize>| lengths.last().copied().unwrap_or_default();
    if columns
        .iter()
        .map(|lengths| widest(lengths) + 2)
        .sum::<usize>()
        <= ACROSS
    {
        return columns.iter().map(|_| Value::None).collect();
    }
    let words: Vec<_> = (0..table.columns.len())
        .map(|index| longest_word(table, index))
        .collect();
    let share = |((column, lengths), word): ((&Column, &Vec<usize>), usize)| {
        let most = if column.numeric { LONG } else { NARROW };
        if widest(lengths) <= most {
            return Value::None;
        }
        if !column.numeric && widest(lengths) <= FOLDED {
            let folded = widest(lengths).div_ceil(2).max(word) as i64;
            return (-folded).into_value();
        }
        let usual = lengths.get(lengths.len() * 9 / 10).copied();
        (usual.unwrap_or(WIDE).clamp(NARROW, WIDE) as i64).into_value()
    };
    let columns = table.columns.iter().zip(&columns);
    columns.zip(words).map(share).collect()
}

/// Letters of the longest word in the cells of a column: it is not broken. Between Chinese
/// characters a line may end.
fn longest_word(table: &Table, index: usize) -> usize {
    let cells = table.rows.iter().filter_map(|row| row.get(index));
    let heading = table.columns.get(index).map(|column| &*column.heading);
    let texts = cells.flatten().filter_map(|span| match span {
        Span::Text(text) | Span::Strong(text) | Span::Quiet(text) => Some(text.as_str()),
        Span::Mark { text, .. } | Span::Expected { text, .. } => Some(text),
        Span::Name(name) => Some(&name.text),
        Span::Figure(_) | Span::Release(_) => None,
    });
    let ends = |character: char| character.is_whitespace() || character >= '\u{2E80}';
    let words = texts.chain(heading).flat_map(|text| text.split(ends));
    words.map(|word| word.chars().count()).max().unwrap_or(0)
}

/// How long the cells of a column are and its head is, the shortest first.
fn lengths(table: &Table, index: usize) -> Vec<usize> {
    let cells = table.rows.iter().filter_map(|row| row.get(index));
    let heading = table
        .columns
        .get(index)
        .map(|column| of_text(&column.heading));
    let mut lengths: Vec<usize> = cells
        .map(|cell| cell.iter().map(of_span).sum())
        .chain(heading)
        .collect();
    lengths.sort_unstable();
    lengths
}

/// Letters of a span.
pub(super) fn of_span(span: &Span) -> usize {
    match span {
        Span::Text(text) | Span::Strong(text) | Span::Quiet(text) | Span::Mark { text, .. } => {
            of_text(text)
        }
        Span::Figure(figure) => of_text(&figure.text) + 2,
        Span::Name(name) => {
            let other = name.other.as_ref().map_or(0, |(text, _)| of_text(text) + 1);
            of_text(&name.text) + other
        }
        Span::Release(_) => 3,
        // It may be followed by a remark that its time has passed.
        Span::Expected { text, .. } => of_text(text) + 9,
    }
}

/// Letters count one, Chinese characters two.
fn of_text(text: &str) -> usize {
    text.chars()
        .map(|character| if character >= '\u{2E80}' { 2 } else { 1 })
        .sum()
}
