//! Load: as many calls as fit, ten channels with ten calls in flight on each.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

/// Channels of the usual load.
pub const CHANNELS: usize = 10;
/// Calls in flight on each of them.
const IN_FLIGHT: usize = 10;

/// What a load measured.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// Calls a second.
    pub per_second: f64,
    /// The latency half of the calls stayed below, in milliseconds.
    pub p50_ms: f64,
    /// The latency 99 of 100 calls stayed below.
    pub p99_ms: f64,
    /// Calls made.
    pub calls: usize,
}

/// Channels that are connected already.
pub async fn channels(address: SocketAddr, count: usize) -> anyhow::Result<Vec<Channel>> {
    let endpoint = Endpoint::from_shared(format!("http://{address}"))?.tcp_nodelay(true);
    let mut channels = Vec::with_capacity(count);
    for _ in 0..count {
        channels.push(endpoint.connect().await?);
    }
    Ok(channels)
}

/// Calls for so long. Every call is given a channel and a number that is different each
/// time and the same in each run.
pub async fn drive<F, C>(channels: &[Channel], length: Duration, call: F) -> anyhow::Result<Rate>
where
    F: Fn(Channel, u64) -> C + Clone + Send + 'static,
    C: Future<Output = Result<(), Status>> + Send,
{
    let start = Arc::new(Barrier::new(channels.len() * IN_FLIGHT + 1));
    let mut callers = JoinSet::new();
    for i in 0..channels.len() * IN_FLIGHT {
        let channel = channels[i % channels.len()].clone();
        let (call, start) = (call.clone(), Arc::clone(&start));
        callers.spawn(async move {
            let mut random = Random(i as u64 + 1);
            let mut latencies = Vec::new();
            start.wait().await;
            let end = Instant::now() + length;
            loop {
                let begun = Instant::now();
                if begun >= end {
                    return Ok(latencies);
                }
                call(channel.clone(), random.next()).await?;
                latencies.push(begun.elapsed());
            }
        });
    }
    start.wait().await;
    let begun = Instant::now();
    let mut latencies = Vec::new();
    while let Some(done) = callers.join_next().await {
        let done: Result<Vec<Duration>, Status> = done?;
        latencies.extend(done.context("a call of the load failed")?);
    }
    Ok(rate(latencies, begun.elapsed()))
}

fn rate(mut latencies: Vec<Duration>, took: Duration) -> Rate {
    latencies.sort_unstable();
    let at = |share: f64| {
        let place = (latencies.len() as f64 * share) as usize;
        let latency = latencies.get(place.min(latencies.len().saturating_sub(1)));
        latency.map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
    };
    Rate {
        per_second: latencies.len() as f64 / took.as_secs_f64(),
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        calls: latencies.len(),
    }
}

/// A sequence of numbers that looks random (splitmix64).
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
