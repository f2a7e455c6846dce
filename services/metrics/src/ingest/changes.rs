//! What a commit tells those who follow: one change for each series.

use std::collections::BTreeMap;

use proto::metrics::v1::RecordKind;
use proto::snapshot::v1::ChangeType;
use rpc::Result;
use sea_orm::DatabaseTransaction;
use store::Commit;
use store::feed::{self, Change};

use super::Ingest;
use super::plan::Plan;

/// Series that get claims in one commit, with what happens to them and how many they are.
#[derive(Debug, Default)]
pub(super) struct Changes(BTreeMap<String, (ChangeType, i32)>);

impl Changes {
    /// Adds what a plan writes.
    pub fn add(&mut self, plan: &Plan) {
        for writes in &plan.writes {
            let series = &writes.source_series.series_id;
            let change_type = match plan.known.series_by_id.contains_key(series) {
                true => ChangeType::Updated,
                false => ChangeType::Created,
            };
            let count = writes.claims.len() as i32;
            match self.0.get_mut(series) {
                Some((_, counted)) => *counted += count,
                None => drop(self.0.insert(series.clone(), (change_type, count))),
            }
        }
    }

    /// Records all of them, in the transaction of the commit.
    pub async fn record(
        self,
        txn: &DatabaseTransaction,
        ingest: &Ingest,
        commit: Commit,
    ) -> Result<()> {
        let release = format!("releases/{}", ingest.release.id);
        let change = |(series, (change_type, count)): (String, (ChangeType, i32))| Change {
            kind: RecordKind::Series as i32,
            change_type,
            name: format!("series/{series}"),
            etag: String::new(),
            about: release.clone(),
            count,
        };
        let changes: Vec<_> = self.0.into_iter().map(change).collect();
        feed::record(txn, commit, &changes).await
    }
}
