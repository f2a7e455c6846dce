//! Work that outlives a request.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// First and longest pause before work that failed is begun again.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Work that went well for so long has recovered.
const RECOVERED: Duration = Duration::from_secs(60);

/// The work of one server. Cloning costs a reference count.
#[derive(Debug, Clone)]
pub struct Background {
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl Background {
    /// Work that ends by itself when `stopping` is cancelled.
    pub fn new(stopping: CancellationToken) -> Self {
        Self {
            tasks: TaskTracker::new(),
            stopping,
        }
    }

    /// What is cancelled at the end.
    pub fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Runs a piece of work once.
    pub fn run<A: Future<Output = ()> + Send + 'static>(&self, work: A) {
        self.tasks.spawn(work);
    }

    /// Begins work again whenever it ends, fails or panics before the server stops.
    pub fn keep<F, A>(&self, name: &'static str, work: F)
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = anyhow::Result<()>> + Send,
    {
        let stopping = self.stopping.clone();
        self.tasks.spawn(async move {
            let mut pause = FIRST_PAUSE;
            loop {
                let began = Instant::now();
                let ended = AssertUnwindSafe(async { work().await })
                    .catch_unwind()
                    .await;
                if stopping.is_cancelled() {
                    return;
                }
                match ended {
                    Ok(Ok(())) => tracing::warn!(name, "background work ended; beginning again"),
                    Ok(Err(cause)) => {
                        tracing::warn!(
                            name,
                            cause = format!("{cause:#}"),
                            "background work failed; beginning again"
                        );
                    }
                    Err(_) => tracing::error!(name, "background work panicked; beginning again"),
                }
                if began.elapsed() > RECOVERED {
                    pause = FIRST_PAUSE;
                }
                tokio::select! {
                    () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                    () = stopping.cancelled() => return,
                }
            }
        });
    }

    /// Waits for all of it, but not longer than `patience`.
    pub async fn join(&self, patience: Duration) {
        self.tasks.close();
        if tokio::time::timeout(patience, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                tasks = self.tasks.len(),
                "background work did not end in time"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn work_that_fails_or_panics_is_begun_again_until_the_server_stops() {
        let background = Background::new(CancellationToken::new());
        let count = Arc::new(AtomicU32::new(0));
        let stopping = background.stopping().clone();
        let counted = count.clone();
        background.keep("test", move || {
            let (turn, stopping) = (counted.fetch_add(1, Ordering::SeqCst), stopping.clone());
            async move {
                match turn {
                    0 => anyhow::bail!("fails"),
                    1 => panic!("panics"),
                    _ => stopping.cancelled().await,
                }
                Ok(())
            }
        });
        let third = async {
            while count.load(Ordering::SeqCst) < 3 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(FIRST_PAUSE * 20, third).await.unwrap();
        background.stopping().cancel();
        background.join(Duration::from_secs(1)).await;
        assert!(background.tasks.is_empty());
    }
}
