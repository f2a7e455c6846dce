//! What the kernel counts: time on a processor, memory, and how busy it all is.

use std::fs;
use std::time::Duration;

use anyhow::Context as _;

/// Length of a tick in `/proc`, the same on every Linux that Rust runs on.
const TICK: Duration = Duration::from_millis(10);
/// Fields of `/proc/PID/stat` after the name, up to `utime`.
const BEFORE_UTIME: usize = 11;

/// Memory of a process.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Resident now, in megabytes.
    pub now_mb: f64,
    /// The most that was resident since the start or since [`forget_peak`].
    pub peak_mb: f64,
}

/// Processor time that the threads of a process have used so far.
pub fn cpu(id: u32) -> anyhow::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    let (_, fields) = stat.rsplit_once(") ").context("stat without a name")?;
    let ticks = fields.split(' ').skip(BEFORE_UTIME).take(2);
    let ticks: u32 = ticks.map(|tick| tick.parse().unwrap_or(0)).sum();
    Ok(TICK * ticks)
}

/// What is resident of a process.
pub fn memory(id: u32) -> anyhow::Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let megabytes = |key: &str| {
        let line = status.lines().find(|line| line.starts_with(key));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        let kilobytes: f64 = number.context("status without memory")?.parse()?;
        anyhow::Ok(kilobytes / 1024.0)
    };
    Ok(Memory {
        now_mb: megabytes("VmRSS:")?,
        peak_mb: megabytes("VmHWM:")?,
    })
}

/// How many processes wanted to run at the same time during the last minute.
pub fn load_average() -> anyhow::Result<f64> {
    let text = fs::read_to_string("/proc/loadavg")?;
    let first = text.split(' ').next().context("no load average")?;
    Ok(first.parse()?)
}

/// Lets the peak start anew from what is resident now.
pub fn forget_peak(id: u32) -> anyhow::Result<()> {
    fs::write(format!("/proc/{id}/clear_refs"), "5").context("forget the peak of memory")
}
