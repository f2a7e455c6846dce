//! Periods in stored records: the canonical code, or nothing.

use figure::Period;
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

pub(crate) fn serialize<S: Serializer>(
    period: &Option<Period>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match period {
        Some(period) => serializer.collect_str(period),
        None => serializer.serialize_none(),
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Period>, D::Error> {
    match Option::<String>::deserialize(deserializer)? {
        Some(code) => code.parse().map(Some).map_err(D::Error::custom),
        None => Ok(None),
    }
}

/// Whether something ended before it began, whichever days of the two periods are meant.
pub(crate) fn reversed(since: Option<Period>, until: Option<Period>) -> bool {
    let began = since.and_then(|period| period.start_day());
    let ended = until.and_then(|period| period.end_day());
    matches!((began, ended), (Some(began), Some(ended)) if ended <= began)
}
