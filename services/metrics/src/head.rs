//! The head of a series: its latest claims of all provenances, packed.
//!
//! It is a fold of the claims and can be rebuilt from them. A year of a plain annual
//! source series costs a tag byte, a scale byte and the digits.

mod codec;

use std::collections::BTreeMap;

use figure::Period;
use smallvec::SmallVec;

use crate::claim::Columns;

pub use codec::{decode, encode};

/// The latest claims of one series, by period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The observations.
    pub observations: BTreeMap<Period, Observation>,
}

/// The latest claims of one period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observation {
    /// The latest claim of each provenance, withdrawals included, by provenance.
    pub entries: Entries,
}

/// Claims of one period. Most have one, which then needs no room of its own.
pub type Entries = SmallVec<[Entry; 1]>;

/// The latest claim of one source series and period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose figure.
    pub provenance: i64,
    /// The release commit it stands on.
    pub release_commit: i64,
    /// Which of the claims of its release for this source series and period, from 1.
    pub ordinal: i32,
    /// What it says.
    pub columns: Columns,
}

impl Observation {
    /// The latest claim of a provenance.
    pub fn entry(&self, provenance: i64) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.provenance == provenance)
    }

    /// Puts an entry in place of that of the same provenance.
    pub fn put(&mut self, entry: Entry) {
        match self
            .entries
            .binary_search_by_key(&entry.provenance, |e| e.provenance)
        {
            Ok(i) => self.entries[i] = entry,
            Err(i) => self.entries.insert(i, entry),
        }
    }
}
