//! What all batches have in common: their size, and what becomes of bad rows.

use proto::figure::v1::{OnError, RowError};
use rpc::{Error, Fields, Reason, Result};

/// Most rows of one batch.
const MOST: usize = 1000;

/// Faults of rows, by index.
type Faults = Vec<(usize, Error)>;

/// The rows of a batch that can be read, and what is wrong with the others.
pub(crate) fn rows<T, R>(
    field: &str,
    wire: &[T],
    read: impl Fn(&T) -> Result<R>,
) -> Result<(Vec<(usize, R)>, Faults)> {
    count(field, wire.len(), MOST)?;
    let (mut rows, mut faults) = (Vec::with_capacity(wire.len()), Faults::new());
    for (index, row) in wire.iter().enumerate() {
        match read(row) {
            Ok(row) => rows.push((index, row)),
            Err(error) => faults.push((index, error)),
        }
    }
    Ok((rows, faults))
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
pub(crate) fn skips_rows(on_error: i32) -> Result<bool> {
    match OnError::try_from(on_error) {
        Ok(OnError::Unspecified | OnError::Abort) => Ok(false),
        Ok(OnError::SkipRows) => Ok(true),
        Err(_) => {
            let message = format!("has no value {on_error}");
            Err(Error::field(Reason::FieldInvalid, "on_error", message))
        }
    }
}

/// The bad rows as data, or as the error of the whole batch.
pub(crate) fn row_errors(
    field: &str,
    skips_rows: bool,
    mut faults: Faults,
) -> Result<Vec<RowError>> {
    faults.sort_by_key(|(index, _)| *index);
    let placed = faults
        .into_iter()
        .map(|(index, error)| (index, error.within(&format!("{field}[{index}]"))));
    if skips_rows {
        let errors = placed.map(|(index, error)| RowError {
            index: i32::try_from(index).unwrap_or_default(),
            status: Some(rpc::row_status(error)),
        });
        return Ok(errors.collect());
    }
    let violations: Vec<_> = placed
        .flat_map(|(_, error)| error.violations().to_vec())
        .collect();
    if violations.is_empty() {
        return Ok(Vec::new());
    }
    Err(Error::invalid(violations))
}

/// A count as it goes out.
pub(crate) fn sent(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
