//! Services that call each other over connections which come and go.

use std::time::Duration;

use crate::harness::{Backend, World, on_both, seed};
use crate::ingest::{partial, release};
use crate::reporting::{create, observation, prose, quoted, template};

on_both!(a_call_over_a_connection_that_grew_old_is_made_again);

/// Longer than a connection of these servers lives.
const OLD: Duration = Duration::from_millis(2500);

async fn a_call_over_a_connection_that_grew_old_is_made_again(backend: Backend) {
    let settings = [("ALMANAC__LIMITS__CONNECTION_AGE_SECS", "1")];
    let world = World::start_with(backend, &settings).await;
    seed::all(&world).await;
    for id in ["first", "second", "third", "fourth"] {
        // Metrics asks the registry for the source, over the connection on which it follows
        // the registry's changes as well.
        release(&world, id, partial("article", "2020-01-01")).await;
        // And reporting asks metrics for what a template cites.
        let cited = vec![quoted("size", observation("gdp", "2019"))];
        let created = create(&world, id, template(vec![prose("it", "{size}", cited)])).await;
        created.expect("metrics is there, though the connection to it is gone");
        tokio::time::sleep(OLD).await;
    }
}
