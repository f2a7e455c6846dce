//! How far a run is: counted steps, each of which may be the last.

use rpc::Result;
use store::Store;

use super::cancelled;
use crate::operation::{Hold, Lease};

/// Counts the steps of a run.
#[derive(Debug)]
pub(crate) struct Progress {
    store: Store,
    lease: Lease,
    done: i64,
    total: i64,
    lost: bool,
}

impl Progress {
    pub(crate) fn new(store: Store, lease: Lease) -> Self {
        Self {
            store,
            lease,
            done: 0,
            total: 0,
            lost: false,
        }
    }

    /// Says how many steps there are.
    pub(crate) fn expect(&mut self, total: i64) {
        self.total = total;
    }

    /// Begins a step: those before it are done. Fails when the run is to stop here.
    pub(crate) async fn step(&mut self, step: &str) -> Result<()> {
        let hold = self
            .lease
            .progress(&self.store, self.done, self.total, step)
            .await?;
        self.done += 1;
        match hold {
            Hold::Kept => Ok(()),
            Hold::Cancelled => Err(cancelled()),
            Hold::Lost => {
                self.lost = true;
                Err(cancelled())
            }
        }
    }

    /// Whether somebody else has the run.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost
    }
}
