//! Gives each test run a place of its own, and clears away the places of runs that have ended.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::geteuid;

use crate::error::{DevServiceError, Doing};
use crate::orphan::start_of;

/// A memory disk is used only if it has this much room (Docker's default is far smaller).
const ROOM: u64 = 1 << 30;

/// A directory that belongs to this process and goes with this value. Should the process be killed,
/// the next one sweeps it away: the name carries the pid and the time its owner was started.
#[derive(Debug)]
pub(crate) struct Throwaway {
    dir: PathBuf,
}

impl Throwaway {
    /// A new directory, its name beginning with `prefix`, under `parent`.
    pub(crate) fn create(parent: &Path, prefix: &str) -> Result<Self, DevServiceError> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let pid = process::id();
        let start = start_of(pid).unwrap_or_default();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let parent = parent.canonicalize().at("find", parent)?;
        let dir = parent.join(format!("{prefix}-{pid}-{start}-{number}"));
        fs::create_dir(&dir).at("create", &dir)?;
        Ok(Self { dir })
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }
}

impl Drop for Throwaway {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// Where a test cluster is kept: in memory if there is room, else beside the build, else with the
/// temporary files.
pub(crate) fn parent_for_data() -> PathBuf {
    let memory = memory_disk();
    if room_in(&memory) >= ROOM {
        return memory;
    }
    build_dir().unwrap_or_else(env::temp_dir)
}

/// Every place that [`parent_for_data`] may have chosen for an earlier process.
pub(crate) fn parents_for_data() -> Vec<PathBuf> {
    [memory_disk(), env::temp_dir()].into_iter().chain(build_dir()).collect()
}

fn memory_disk() -> PathBuf {
    PathBuf::from("/dev/shm")
}

fn room_in(dir: &Path) -> u64 {
    rustix::fs::statvfs(dir).map_or(0, |disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Cargo's target directory, if this program stands in one.
fn build_dir() -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    let dir = program.ancestors().find(|dir| dir.join("CACHEDIR.TAG").is_file())?;
    Some(dir.to_owned())
}

/// Removes what dead processes of this user left in `parent`; `put_down` ends what still runs there.
pub(crate) fn sweep(parent: &Path, prefix: &str, put_down: impl Fn(&Path)) {
    let Ok(parent) = parent.canonicalize() else { return };
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(owner) = name.to_str().and_then(|name| owner_of(name, prefix)) else { continue };
        let ours = entry.metadata().is_ok_and(|meta| meta.uid() == geteuid().as_raw());
        if ours && start_of(owner.0).as_deref() != Some(owner.1) {
            put_down(&entry.path());
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The pid and start in a directory's name.
fn owner_of<'a>(name: &'a str, prefix: &str) -> Option<(u32, &'a str)> {
    let mut parts = name.strip_prefix(prefix)?.strip_prefix('-')?.split('-');
    let owner = (parts.next()?.parse().ok()?, parts.next()?);
    parts.next()?.parse::<u32>().ok()?;
    parts.next().is_none().then_some(owner)
}

/// A directory for unix sockets whose path is short enough for them (the limit is near 100 bytes):
/// the temporary directory, unless that is itself a long way down.
pub(crate) fn parent_for_sockets() -> PathBuf {
    const LONGEST: usize = 50;
    let temp = env::temp_dir();
    let temp = temp.canonicalize().unwrap_or(temp);
    if temp.as_os_str().len() > LONGEST { PathBuf::from("/tmp") } else { temp }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_who_owns_them() {
        assert_eq!(owner_of("x-pg-12-3456-0", "x-pg"), Some((12, "3456")));
        for other in ["x-pg-12-3456", "x-pg-12-3456-0-1", "x-pg-a-3-0", "y-pg-12-3456-0"] {
            assert_eq!(owner_of(other, "x-pg"), None, "{other}");
        }
    }

    #[test]
    fn the_dead_are_swept_and_the_living_are_not() {
        let home = Throwaway::create(&env::temp_dir(), "sweep-test").expect("a directory");
        let mine = Throwaway::create(home.dir(), "t").expect("a directory");
        let recycled = home.dir().join(format!("t-{}-1-0", process::id()));
        let foreign = home.dir().join("t-keep");
        fs::create_dir(&recycled).expect("a directory");
        fs::create_dir(&foreign).expect("a directory");
        sweep(home.dir(), "t", |_| ());
        assert!(mine.dir().exists() && foreign.exists());
        assert!(!recycled.exists());
    }
}
