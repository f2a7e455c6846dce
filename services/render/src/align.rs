//! Numbers under each other by their decimal point.

use crate::{Span, Table};

/// What has to stand unseen behind each number of a column, so that all points stand under
/// each other; empty where a cell is no single number.
pub(crate) fn pads(table: &Table, column: usize) -> Vec<String> {
    let places: Vec<_> = table
        .rows
        .iter()
        .map(|row| row.get(column).and_then(|cell| places(cell)))
        .collect();
    let alike = |suffix: &str| {
        let mut known = places.iter().flatten();
        known.all(|(_, other)| other == suffix)
    };
    let most = places.iter().flatten().map(|(places, _)| *places).max();
    let pad = |one: &Option<(usize, String)>| match (one, most) {
        (Some((own, suffix)), Some(most)) if alike(suffix) => missing(*own, most),
        _ => String::new(),
    };
    places.iter().map(pad).collect()
}

/// The digits and the point that a number has fewer than the longest one.
fn missing(own: usize, most: usize) -> String {
    let point = if own == 0 && most > 0 { "." } else { "" };
    format!("{point}{}", "0".repeat(most - own))
}

/// Digits behind the point of the number that a cell ends with, and what stands behind it.
fn places(cell: &[Span]) -> Option<(usize, String)> {
    let [Span::Figure(figure)] = cell else {
        return None;
    };
    let text = figure.text.as_str();
    let end = text.rfind(|c: char| c.is_ascii_digit())? + 1;
    let (number, suffix) = text.split_at_checked(end)?;
    let digits = number.rsplit(|c: char| !c.is_ascii_digit()).next()?.len();
    let before = number.len().checked_sub(digits + 1);
    let pointed = before.is_some_and(|before| number.as_bytes().get(before) == Some(&b'.'));
    Some((if pointed { digits } else { 0 }, suffix.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FigureRef;

    fn padded(texts: &[&str]) -> Vec<String> {
        let row = |text: &&str| {
            let figure = FigureRef {
                number: 1,
                text: (*text).to_owned(),
            };
            vec![vec![Span::Figure(figure)]]
        };
        let table = Table {
            rows: texts.iter().map(row).collect(),
            ..Table::default()
        };
        pads(&table, 0)
    }

    #[test]
    fn the_points_of_a_column_stand_under_each_other() {
        assert_eq!(padded(&["59.2%", "88.4989%", "7%"]), ["000", "", ".0000"]);
        assert_eq!(padded(&["1,234", "5", "−12.5"]), [".0", ".0", ""]);
    }

    #[test]
    fn words_behind_a_number_that_differ_leave_all_as_they_are() {
        assert_eq!(padded(&["45.5 trillion", "3 CNY"]), ["", ""]);
        assert_eq!(padded(&["increasing", "5"]), ["", ""]);
    }
}
