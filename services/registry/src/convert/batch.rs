//! What all batches have in common: their size, and what becomes of bad rows.

use prost::Message as _;
use proto::figure::v1::{OnError, RowError};
use rpc::{Error, Fields, Reason, Result, Room, Violation};

/// Most rows of one batch.
const MOST: usize = 1000;
/// Characters of the sentence about a row where there is little room.
const SHORT: usize = 100;

/// A batch that was read.
pub(crate) struct Batch<'a, R> {
    /// The rows that can be read, by index.
    pub rows: Vec<(usize, R)>,
    /// What is wrong with the others.
    pub faults: Faults<'a>,
}

/// What is wrong with rows, by index.
pub(crate) struct Faults<'a> {
    field: &'a str,
    skips_rows: bool,
    faults: Vec<(usize, Error)>,
}

/// Reads a batch: its rows, and what shall become of bad ones.
pub(crate) fn read<'a, T, R>(
    (field, wire): (&'a str, &[T]),
    on_error: i32,
    read: impl Fn(&T) -> Result<R>,
) -> Result<Batch<'a, R>> {
    let mut fields = Fields::new();
    fields.take("", count(field, wire.len(), MOST));
    let skips_rows = fields.take("", skips_rows(on_error));
    fields.finish()?;
    let (mut rows, mut faults) = (Vec::with_capacity(wire.len()), Vec::new());
    for (index, row) in wire.iter().enumerate() {
        match read(row) {
            Ok(row) => rows.push((index, row)),
            Err(error) => faults.push((index, error)),
        }
    }
    let faults = Faults {
        field,
        skips_rows: skips_rows.unwrap_or_default(),
        faults,
    };
    Ok(Batch { rows, faults })
}

/// Refuses none, and more than `most` items.
pub(crate) fn count(field: &str, items: usize, most: usize) -> Result<()> {
    let mut fields = Fields::new();
    if items == 0 {
        fields.refuse(Reason::FieldRequired, field, "needs one item at least");
    }
    fields.at_most(field, items, most);
    fields.finish()
}

/// Reads what shall become of bad rows: whether the good ones are written anyway.
fn skips_rows(on_error: i32) -> Result<bool> {
    match OnError::try_from(on_error) {
        Ok(OnError::Unspecified | OnError::Abort) => Ok(false),
        Ok(OnError::SkipRows) => Ok(true),
        Err(_) => {
            let message = format!("has no value {on_error}");
            Err(Error::field(Reason::FieldInvalid, "on_error", message))
        }
    }
}

impl Faults<'_> {
    /// These and what was found later.
    pub(crate) fn with(mut self, more: Vec<(usize, Error)>) -> Self {
        self.faults.extend(more);
        self.faults.sort_by_key(|(index, _)| *index);
        self
    }

    /// The bad rows as data, or as the error of the whole batch.
    pub(crate) fn told(self) -> Result<Vec<RowError>> {
        let field = self.field;
        let placed = self
            .faults
            .into_iter()
            .map(|(index, error)| (index, error.within(&format!("{field}[{index}]"))));
        if self.skips_rows {
            return Ok(listed(placed.collect()));
        }
        let violations: Vec<_> = placed
            .flat_map(|(_, error)| error.violations().to_vec())
            .collect();
        if violations.is_empty() {
            return Ok(Vec::new());
        }
        Err(Error::invalid(violations))
    }
}

/// All bad rows: in full if there is room, else each with its first fault, which always fits.
fn listed(faults: Vec<(usize, Error)>) -> Vec<RowError> {
    let mut room = Room::default();
    let mut rows = Vec::with_capacity(faults.len());
    for (index, error) in &faults {
        let row = row_error(*index, error.clone());
        if !room.take(row.encoded_len()) {
            let short = faults.iter().map(|(i, error)| row_error(*i, brief(error)));
            return short.collect();
        }
        rows.push(row);
    }
    rows
}

fn row_error(index: usize, error: Error) -> RowError {
    RowError {
        index: sent(index),
        status: Some(rpc::row_status(error)),
    }
}

fn brief(error: &Error) -> Error {
    let Some(first) = error.violations().first() else {
        return error.clone();
    };
    let message: String = first.message.chars().take(SHORT).collect();
    let message = match error.violations().len() {
        1 => message,
        count => format!("{message}; and {} more", count - 1),
    };
    let first = Violation {
        message,
        ..first.clone()
    };
    first.into()
}

/// A count as it goes out.
pub(crate) fn sent(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bad_rows_of_a_batch_fit_into_an_answer() {
        let faults = |row: usize| {
            let mut fields = Fields::new();
            for i in 0..4 {
                let (field, message) = (format!("names[{i}].text"), "\u{2070e}".repeat(300));
                let fault = Violation::new(Reason::EntityConflict, field, message);
                fields.note(fault.about(format!("entities/{}", "x".repeat(63))));
            }
            (row, fields.finish().expect_err("refused"))
        };
        let few = listed((0..10).map(faults).collect());
        let many = listed((0..MOST).map(faults).collect());
        assert_eq!((few.len(), many.len()), (10, MOST));
        let bytes = |rows: &[RowError]| rows.iter().map(|row| row.encoded_len() + 6).sum();
        let (full, short): (usize, usize) = (bytes(&few), bytes(&many));
        assert!(full / 10 > rpc::ANSWER_BYTES / MOST, "{full}");
        assert!(short < rpc::ANSWER_BYTES, "{short}");
        let status = many[0].status.as_ref().expect("a status");
        assert!(status.message.contains("and 3 more"), "{}", status.message);
    }
}
