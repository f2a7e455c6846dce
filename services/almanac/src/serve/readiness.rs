//! Looks again and again whether each service can do its work.

use std::time::Duration;

use futures::future;

use crate::health::{Health, OVERALL};
use crate::serve::background::Background;
use crate::serve::mount::Mount;

/// How often it looks: more often until all is well for the first time.
const OFTEN: Duration = Duration::from_millis(100);
const SELDOM: Duration = Duration::from_secs(2);

/// Keeps `health` up to date until the server stops.
pub fn watch(mounts: &[Mount], health: &Health, background: &Background) {
    let (mounts, health) = (mounts.to_vec(), health.clone());
    let stopping = background.stopping().clone();
    background.keep("readiness", move || {
        let (mounts, health, stopping) = (mounts.clone(), health.clone(), stopping.clone());
        async move {
            tokio::select! {
                () = look(&mounts, &health) => {}
                () = stopping.cancelled() => health.stop(),
            }
            Ok(())
        }
    });
}

async fn look(mounts: &[Mount], health: &Health) {
    let mut pause = OFTEN;
    let mut before = None;
    loop {
        let all = future::join_all(mounts.iter().map(|mount| look_at(mount, health)))
            .await
            .iter()
            .all(|ready| *ready);
        health.set(OVERALL, all);
        if before.replace(all) != Some(all) {
            tracing::info!(serving = all, "readiness changed");
        }
        if all {
            pause = SELDOM;
        }
        tokio::time::sleep(pause).await;
    }
}

async fn look_at(mount: &Mount, health: &Health) -> bool {
    let ready = mount.is_ready().await;
    for service in mount.role().services() {
        health.set(service, ready);
    }
    ready
}
