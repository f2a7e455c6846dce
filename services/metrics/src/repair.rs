//! Heads are a fold of the claims, so they can be checked and made again.

use rpc::Result;
use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{Condition, ConnectionTrait as _, ExprTrait as _};
use store::Store;

use crate::{head, line, read};

const AT_ONCE: usize = 500;

/// What a check of the heads found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Lines looked at.
    pub checked: usize,
    /// Heads that were not what the claims make, and now are.
    pub mended: usize,
}

/// Compares every head with the claims of its line and writes those anew that differ.
pub async fn repair(store: &Store) -> Result<Repaired> {
    let mut found = Repaired::default();
    let mut after = String::new();
    loop {
        let txn = store.begin().await?;
        let lines = line::list(&txn, Condition::all(), &after, AT_ONCE, i64::MAX).await?;
        let Some(last) = lines.last() else {
            return Ok(found);
        };
        after = last.id.clone();
        let numbers: Vec<_> = lines.iter().map(|line| line.number).collect();
        let stored = read::heads(&txn, &numbers).await?;
        for number in numbers {
            let made = read::rebuild(&read::rows(&txn, number, i64::MAX).await?);
            found.checked += 1;
            let same = stored
                .get(&number)
                .is_some_and(|stored| stored.head().is_ok_and(|head| head == made));
            if same {
                continue;
            }
            let update = Query::update()
                .table(Alias::new("line_head"))
                .value(Alias::new("chunk"), head::encode(&made))
                .and_where(Expr::col(Alias::new("line")).eq(number))
                .to_owned();
            txn.execute_raw(txn.get_database_backend().build(&update))
                .await?;
            found.mended += 1;
        }
        txn.commit().await?;
    }
}
