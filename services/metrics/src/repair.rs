//! Heads are a fold of the claims, so they can be checked and made again.

use rpc::Result;
use sea_orm::sea_query::{Alias, OnConflict, Query};
use sea_orm::{Condition, ConnectionTrait as _, DatabaseTransaction};
use store::Store;

use crate::head::{self, Head};
use crate::read::{self, ClaimRow};
use crate::release_commits::ReleaseCommits;
use crate::series;

const AT_ONCE: usize = 500;

/// What a check of the heads found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Series looked at.
    pub checked: usize,
    /// Heads that were not what the claims make, and now are.
    pub mended: usize,
}

/// Compares every head with the claims of its series and writes those anew that differ.
pub async fn repair(store: &Store) -> Result<Repaired> {
    let mut found = Repaired::default();
    let release_commits = ReleaseCommits::default();
    let mut after = String::new();
    loop {
        let txn = store.begin().await?;
        store::commit::hold(&txn).await?;
        let series_list = series::list(&txn, Condition::all(), &after, AT_ONCE, i64::MAX).await?;
        let Some(last) = series_list.last() else {
            return Ok(found);
        };
        after = last.id.clone();
        let numbers: Vec<_> = series_list.iter().map(|series| series.number).collect();
        let stored = read::heads(&txn, &numbers).await?;
        for number in numbers {
            let rows = read::rows(&txn, &release_commits, number, i64::MAX).await?;
            let made = read::rebuild(&rows);
            found.checked += 1;
            let same = stored
                .get(&number)
                .is_some_and(|stored| stored.is(&made, &rows));
            if same {
                continue;
            }
            write(&txn, number, &made, &rows).await?;
            found.mended += 1;
        }
        txn.commit().await?;
    }
}

async fn write(
    txn: &DatabaseTransaction,
    series: i64,
    head: &Head,
    rows: &[ClaimRow],
) -> Result<()> {
    let (known_max, commit_max) = read::newest(rows);
    let columns = ["series", "known_max", "commit_max", "chunk"].map(Alias::new);
    let conflict = OnConflict::column(Alias::new("series"))
        .update_columns(["known_max", "commit_max", "chunk"].map(Alias::new))
        .to_owned();
    let upsert = Query::insert()
        .into_table(Alias::new("series_head"))
        .columns(columns)
        .values_panic([
            series.into(),
            known_max.into(),
            commit_max.into(),
            head::encode(head).into(),
        ])
        .on_conflict(conflict)
        .to_owned();
    txn.execute_raw(txn.get_database_backend().build(&upsert))
        .await?;
    Ok(())
}
