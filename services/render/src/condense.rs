//! Saying once what every row of a table says.

use crate::{Column, Span, Table};

impl Table {
    /// The table without columns of words that say the same in every row: it is said once,
    /// under the caption. The first column, which names the row, and numbers stay.
    #[must_use]
    pub fn condensed(mut self) -> Self {
        if self.rows.len() < 2 {
            return self;
        }
        for index in (1..self.columns.len()).rev() {
            let said = self.rows.first().and_then(|row| row.get(index)).cloned();
            let Some(said) = said.filter(|said| self.is_alike(index, said)) else {
                continue;
            };
            let column = self.columns.remove(index);
            for row in &mut self.rows {
                row.remove(index);
            }
            if !said.is_empty() {
                self.common.insert(0, (column.heading, said));
            }
        }
        self
    }

    fn is_alike(&self, index: usize, said: &[Span]) -> bool {
        let words = |column: &Column| !column.numeric;
        let figure = said.iter().any(|span| matches!(span, Span::Figure(_)));
        let same = |row: &Vec<Vec<Span>>| row.get(index).is_some_and(|cell| alike(cell, said));
        self.columns.get(index).is_some_and(words) && !figure && self.rows.iter().all(same)
    }
}

/// Whether two cells read the same: a name has its second form the first time only.
fn alike(a: &[Span], b: &[Span]) -> bool {
    let bare = |span: &Span| match span {
        Span::Name(name) => Span::Text(name.text.clone()),
        other => other.clone(),
    };
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .all(|(a, b)| format!("{:?}", bare(a)) == format!("{:?}", bare(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_row_says_is_said_once_above_them() {
        let row = |period: &str, state: &str| {
            [period, "stated", state]
                .map(|text| vec![Span::text(text)])
                .to_vec()
        };
        let table = Table {
            columns: ["Period", "Nature", "State"].map(Column::words).to_vec(),
            rows: vec![row("2018", "single"), row("2019", "contested")],
            ..Table::default()
        };
        let short = table.clone().condensed();
        let heads: Vec<_> = short
            .columns
            .iter()
            .map(|one| one.heading.as_str())
            .collect();
        assert_eq!(heads, ["Period", "State"]);
        assert_eq!(short.common.len(), 1);
        assert_eq!(short.common[0].0, "Nature");
        assert!(short.rows.iter().all(|row| row.len() == 2));
        let one_row = Table {
            rows: table.rows[..1].to_vec(),
            ..table
        };
        assert_eq!(one_row.condensed().columns.len(), 3);
    }
}
