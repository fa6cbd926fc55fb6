//! The machine everything ran on, and who of us used how much of it.

use std::fs;
use std::time::Instant;

use crate::Failure;
use crate::stats::float;

/// Ticks of the kernel's accounting in a second, on every Linux of today.
const TICKS: f64 = 100.0;

/// The processes that are measured.
#[derive(Clone, Copy)]
pub(crate) struct Processes {
    postmaster: u32,
    server: u32,
}

/// Processor seconds used up to a moment.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    at: Instant,
    /// PostgreSQL with all its children.
    pub(crate) postgres: f64,
    /// The server.
    pub(crate) server: f64,
    /// This process, with programs it has waited for.
    pub(crate) clients: f64,
    everyone: f64,
}

impl Processes {
    /// `backend` is a connection's process, a child of the postmaster.
    pub(crate) fn new(backend: u32, server: Option<u32>) -> Result<Self, Failure> {
        let postmaster = stat(&backend.to_string()).and_then(|stat| parent(&stat));
        let postmaster = postmaster.ok_or("/proc does not know PostgreSQL")?;
        Ok(Self { postmaster, server: server.ok_or("the server is gone")? })
    }

    /// What was used until now.
    pub(crate) fn used(self) -> Used {
        let children = fs::read_dir("/proc").into_iter().flatten().flatten();
        let children = children
            .filter_map(|entry| stat(entry.file_name().to_str()?))
            .filter(|stat| parent(stat) == Some(self.postmaster))
            .map(|stat| seconds(&stat, false));
        let own = |pid: &str, waited| stat(pid).map_or(0.0, |stat| seconds(&stat, waited));
        Used {
            at: Instant::now(),
            postgres: children.sum::<f64>() + own(&self.postmaster.to_string(), true),
            server: own(&self.server.to_string(), false),
            clients: own("self", true),
            everyone: everyone(),
        }
    }
}

impl Used {
    /// What was used since.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            postgres: self.postgres - before.postgres,
            server: self.server - before.server,
            clients: self.clients - before.clients,
            everyone: self.everyone - before.everyone,
            at: self.at,
        }
    }

    /// The share of the machine that processes took which are none of ours, between two moments.
    pub(crate) fn neighbours(before: Self, after: Self) -> f64 {
        let used = after.since(before);
        let ours = used.postgres + used.server + used.clients;
        let offered = after.at.duration_since(before.at).as_secs_f64() * float(cores());
        ((used.everyone - ours) / offered).max(0.0)
    }
}

/// The fields of /proc/PID/stat after the program's name, which may hold anything.
fn stat(pid: &str) -> Option<Vec<String>> {
    if pid != "self" && !pid.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

fn parent(stat: &[String]) -> Option<u32> {
    stat.get(1)?.parse().ok()
}

/// User and system time; `waited`: with that of children it has waited for.
fn seconds(stat: &[String], waited: bool) -> f64 {
    let last = if waited { 15 } else { 13 };
    let ticks = stat.get(11..last).into_iter().flatten();
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}

fn everyone() -> f64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    // user nice system idle iowait irq softirq steal
    let ticks = line.split_whitespace().skip(1).take(8).enumerate();
    let busy = ticks.filter(|(field, _)| !matches!(field, 3 | 4));
    busy.filter_map(|(_, ticks)| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// One line: cores, processor, memory, database.
pub(crate) fn line(postgres: &str) -> String {
    let value = |file: &str, key: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned();
        line.split_once(':').map_or("?".to_owned(), |(_, value)| value.trim().to_owned())
    };
    let memory = value("/proc/meminfo", "MemTotal");
    let kilobytes = memory.split(' ').next().and_then(|text| text.parse::<u64>().ok());
    let gigabytes = kilobytes.map_or(0, |kilobytes| kilobytes / 1_000_000);
    let processor = value("/proc/cpuinfo", "model name");
    format!("{} cores ({processor}), {gigabytes} GB, PostgreSQL {postgres}", cores())
}
