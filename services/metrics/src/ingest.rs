//! Taking figures in: read what is known of their series, compare, write what differs.
//!
//! A batch is planned from reads alone and then applied under the commit lock. Writers of
//! one source take turns; if one of another source changed one of its series in between, the
//! batch is planned again. A batch that changes nothing takes no commit number.

mod apply;
mod batch;
mod changes;
mod finish;
mod heads;
mod known;
mod number;
mod once;
mod plan;
mod progress;
mod stated;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use figure::Period;
use rpc::Result;
use sea_orm::DatabaseTransaction;
use serde::{Deserialize, Serialize};

use crate::claim::{Statement, Text};
use crate::release::Release;
use crate::release_commits::Provenance;
use crate::series;

pub use batch::{Outcome, write};
pub use finish::finish;
pub use once::{Answered, Once, write_once};
pub use progress::{Progress, open, reopen_at};

/// An ingest as it goes on: what was said when it was opened, and where it is.
#[derive(Debug, Clone)]
pub struct Ingest {
    /// The id its client chose; empty for figures that come in one call.
    pub id: String,
    /// The release whose figures come.
    pub release: Arc<Release>,
    /// Bad rows are left out instead of refusing their batch.
    pub skip_rows: bool,
    /// A partial release may be older than the newest of its source series.
    pub backfill: bool,
    /// Nothing is written.
    pub validate_only: bool,
    /// Who ingests.
    pub actor: String,
}

impl Ingest {
    /// Name of the release whose figures come: an error about an ingest is about it, as
    /// ingests have no names of their own.
    fn release_name(&self) -> String {
        format!("releases/{}", self.release.id)
    }
}

/// Which source series a row belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceSeries {
    /// The id of the series, at hand because every row asks for it.
    pub series_id: String,
    /// The series.
    pub series: series::Key,
    /// Whose figures.
    pub provenance: Provenance,
}

impl SourceSeries {
    /// The source series of a series and a provenance.
    pub fn new(series: series::Key, provenance: Provenance) -> Arc<Self> {
        Arc::new(Self {
            series_id: series.id(),
            series,
            provenance,
        })
    }
}

/// A row of a batch that can be read.
#[derive(Debug, Clone)]
pub struct Row {
    /// Place in the batch.
    pub index: usize,
    /// Its source series.
    pub source_series: Arc<SourceSeries>,
    /// Its period.
    pub period: Period,
    /// What it says.
    pub statement: Statement,
    /// What a person found when reading; nothing in rows of datasets.
    pub text: Option<Box<Text>>,
}

/// What happened to rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Rows received.
    pub received: i64,
    /// Rows that wrote a claim.
    pub written: i64,
    /// Rows equal to what is in force.
    pub unchanged: i64,
    /// Of these, spelled otherwise.
    pub respelled: i64,
    /// Bad rows.
    pub rejected: i64,
    /// Withdrawals written.
    pub withdrawn: i64,
    /// Claims written for later complete releases.
    pub made_explicit: i64,
    /// Of the written and withdrawn, those that replace another figure of the same release.
    pub corrected: i64,
}

impl Counts {
    /// Adds the counts of another batch.
    pub fn add(&mut self, other: Self) {
        self.received += other.received;
        self.written += other.written;
        self.unchanged += other.unchanged;
        self.respelled += other.respelled;
        self.rejected += other.rejected;
        self.withdrawn += other.withdrawn;
        self.made_explicit += other.made_explicit;
        self.corrected += other.corrected;
    }
}

/// Bad rows by place.
pub type RowErrors = BTreeMap<usize, rpc::Error>;

/// Observations that were stated, as periods by source series.
pub type Statements = BTreeMap<Arc<SourceSeries>, BTreeSet<Period>>;

/// Ingests of one source take turns: what one release leaves implicit depends on what the
/// others say, also where both write nothing.
async fn take_turn(txn: &DatabaseTransaction, ingest: &Ingest) -> Result<()> {
    store::turn::take(txn, &format!("metrics/source/{}", ingest.release.source)).await
}
