//! Tells apart a helper program that still works for somebody and one that was left behind.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::process::POLL;

/// What a server's pid file says, checked against the processes that really run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tenant {
    /// No server is there (whatever file it left, it will itself see through at its next start).
    None,
    /// A server works in this directory.
    Alive(u32),
    /// The pid now belongs to some other program, so the file means nothing.
    Recycled,
}

/// Who works in `dir`, going by the first line of its `pid_file`. Both servers make their data
/// directory their working directory, which is how we know them from a recycled pid.
pub(crate) fn tenant(dir: &Path, pid_file: &Path) -> Tenant {
    let text = fs::read_to_string(pid_file).unwrap_or_default();
    let Some(pid) = text.lines().next().and_then(|line| line.trim().parse().ok()) else {
        return Tenant::None;
    };
    match works_in(pid, dir) {
        Some(true) => Tenant::Alive(pid),
        Some(false) => Tenant::Recycled,
        None => Tenant::None,
    }
}

/// Whether process `pid` works in `dir`; `None` if there is no such process, or if it is hidden
/// from us and therefore cannot be a server of ours.
fn works_in(pid: u32, dir: &Path) -> Option<bool> {
    if Path::new("/proc/self/cwd").exists() {
        fs::read_link(format!("/proc/{pid}/cwd")).ok().map(|cwd| cwd == dir)
    } else {
        ps(pid, "command=").map(|line| line.contains(&*dir.to_string_lossy()))
    }
}

/// Asks a server to end in good order.
pub(crate) fn interrupt(pid: u32) {
    signal(pid, Signal::INT);
}

/// Ends a server whose data nobody wants any more.
pub(crate) fn put_down(pid: u32, dir: &Path) {
    interrupt(pid);
    if !wait_gone(pid, dir, Duration::from_secs(5)) {
        signal(pid, Signal::KILL);
        wait_gone(pid, dir, Duration::from_secs(1));
    }
}

/// Waits until `pid` no longer works in `dir`; true if that came to pass.
pub(crate) fn wait_gone(pid: u32, dir: &Path, patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    while works_in(pid, dir) == Some(true) {
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(POLL);
    }
    true
}

fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// A word that says when process `pid` was started: with the pid it names a process for good,
/// though pids are used again. `None` if no such process lives.
pub(crate) fn start_of(pid: u32) -> Option<String> {
    if Path::new("/proc/self/stat").exists() {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The second field is the program's name in brackets, and may hold anything.
        let (_, after_name) = stat.rsplit_once(')')?;
        after_name.split_whitespace().nth(19).map(str::to_owned)
    } else {
        let started = ps(pid, "lstart=")?;
        Some(started.chars().filter(char::is_ascii_alphanumeric).collect())
    }
}

fn ps(pid: u32, column: &str) -> Option<String> {
    let output = Command::new("ps").args(["-o", column, "-p", &pid.to_string()]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_living_process_has_a_start_and_keeps_it() {
        let me = std::process::id();
        assert!(start_of(me).is_some());
        assert_eq!(start_of(me), start_of(me));
        assert_eq!(start_of(u32::MAX), None);
    }

    #[test]
    fn a_pid_that_works_elsewhere_is_recycled() {
        let file = std::env::temp_dir().join(format!("orphan-test-{}", std::process::id()));
        fs::write(&file, format!("{}\n/x\n", std::process::id())).expect("writable");
        assert_eq!(tenant(Path::new("/nowhere"), &file), Tenant::Recycled);
        fs::write(&file, "not a number").expect("writable");
        assert_eq!(tenant(Path::new("/nowhere"), &file), Tenant::None);
        fs::remove_file(&file).expect("removable");
    }
}
