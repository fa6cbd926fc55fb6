//! Borrows the fast notebook from Debian's package shelf, without installing anything.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{DevServiceError, Doing};
use crate::fetch::once;
use crate::find::on_path;
use crate::process::{run, succeeds};

/// How far we follow "depends on": the server, its tools, their libraries, and theirs.
const ROUNDS: usize = 5;

/// A program with the directories of the libraries that came with it.
#[derive(Debug, Clone)]
pub(crate) struct Unpacked {
    pub(crate) program: PathBuf,
    pub(crate) libraries: OsString,
}

impl Unpacked {
    fn in_root(root: &Path) -> Self {
        let dirs = ["usr/lib", "lib"].iter().flat_map(|lib| {
            let own = root.join(lib);
            let per_machine = fs::read_dir(&own).into_iter().flatten().flatten();
            per_machine.map(|entry| entry.path()).filter(|path| path.is_dir()).chain([own])
        });
        Self {
            program: root.join("usr/bin/redis-server"),
            libraries: env::join_paths(dirs).unwrap_or_default(),
        }
    }

    fn works(&self) -> bool {
        succeeds(
            Command::new(&self.program).arg("--version").env("LD_LIBRARY_PATH", &self.libraries),
        )
    }
}

/// Debian's redis-server, downloaded and unpacked in the cache: no root needed, nothing installed.
pub(crate) fn redis(
    cache: &Path,
    progress: &mut dyn FnMut(&str),
) -> Result<Unpacked, DevServiceError> {
    if on_path("apt-get").is_none() || on_path("dpkg").is_none() {
        return Err(DevServiceError::Command {
            command: "apt-get download redis-server".to_owned(),
            reason: "this is not a Debian or Ubuntu".to_owned(),
        });
    }
    let home = once(cache, "redis-debs", |home| {
        progress(
            "No Redis found on this machine: fetching Debian's package (2 MB, only this once)",
        );
        let apt = Apt { dir: home, own_lists: None };
        if apt.unpack_redis().is_ok() {
            return Ok(());
        }
        // The lists are missing (as in most containers) or out of date: get our own.
        progress("Debian's package lists are missing or old: fetching them too");
        let lists = home.join("lists");
        Apt { dir: home, own_lists: Some(lists.clone()) }.unpack_redis()?;
        fs::remove_dir_all(&lists).at("remove", &lists)
    })?;
    Ok(Unpacked::in_root(&home.join("root")))
}

struct Apt<'a> {
    dir: &'a Path,
    own_lists: Option<PathBuf>,
}

impl Apt<'_> {
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.dir).env("LC_ALL", "C");
        // Without this, apt run by root steps down to a user who may not enter our directory.
        command.args(["-o", "APT::Sandbox::User=root"]);
        command.args(["-o", "Acquire::http::Timeout=20", "-o", "Acquire::Retries=0"]);
        if let Some(lists) = &self.own_lists {
            for (name, dir) in [("Dir::State::lists", lists), ("Dir::Cache", &lists.join("cache"))]
            {
                command.arg("-o").arg(format!("{name}={}", dir.display()));
            }
        }
        command
    }

    fn unpack_redis(&self) -> Result<(), DevServiceError> {
        let updated = self.update();
        // A single list that cannot be had (somebody's extra source) need not matter: what counts
        // is whether the packages can then be downloaded.
        let unpacked = self.unpack_in_rounds();
        if unpacked.is_ok() { Ok(()) } else { updated.and(unpacked) }
    }

    /// Fetches the lists, if they are to be our own.
    fn update(&self) -> Result<(), DevServiceError> {
        let Some(lists) = &self.own_lists else { return Ok(()) };
        for dir in [lists.join("partial"), lists.join("cache/archives/partial")] {
            fs::create_dir_all(&dir).at("create", &dir)?;
        }
        run(self.command("apt-get").args(["-q", "update"])).map(drop)
    }

    fn unpack_in_rounds(&self) -> Result<(), DevServiceError> {
        let root = self.dir.join("root");
        let mut seen: Vec<String> = Vec::new();
        let mut wanted = vec!["redis-server".to_owned()];
        for _ in 0..ROUNDS {
            if wanted.is_empty() {
                break;
            }
            self.unpack(&wanted, &root)?;
            if Unpacked::in_root(&root).works() {
                return Ok(());
            }
            seen.append(&mut wanted);
            wanted = self.needed_by(&seen)?;
            wanted.retain(|package| !seen.contains(package));
        }
        Err(DevServiceError::Command {
            command: "redis-server --version".to_owned(),
            reason: format!("it does not run on what these packages hold: {}", seen.join(", ")),
        })
    }

    fn unpack(&self, packages: &[String], root: &Path) -> Result<(), DevServiceError> {
        run(self.command("apt-get").args(["-q", "download"]).args(packages))?;
        for entry in fs::read_dir(self.dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == "deb") {
                run(Command::new("dpkg").arg("-x").arg(&path).arg(root))?;
                let _ = fs::remove_file(&path);
            }
        }
        Ok(())
    }

    /// The libraries (and Redis's own tools) that these packages name. Never the C library, which
    /// has to be the machine's own.
    fn needed_by(&self, packages: &[String]) -> Result<Vec<String>, DevServiceError> {
        let output = run(self.command("apt-cache").arg("depends").args(packages))?;
        Ok(needed(&String::from_utf8_lossy(&output.stdout)))
    }
}

fn needed(listing: &str) -> Vec<String> {
    let mut names: Vec<String> = listing
        .lines()
        .filter_map(|line| line.trim_start_matches([' ', '|']).split_once("Depends: "))
        .filter(|(before, _)| matches!(*before, "" | "Pre"))
        .map(|(_, name)| name.trim())
        .filter(|name| name.starts_with("lib") || *name == "redis-tools")
        .filter(|name| !name.starts_with("libc6"))
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_libraries_and_the_tools_are_followed() {
        let listing = "redis-server\n  PreDepends: init-system-helpers\n  Depends: redis-tools\n  \
                       Conflicts: libbad\nredis-tools\n  Depends: adduser\n |Depends: libjemalloc2\n  \
                       Depends: libc6\n  PreDepends: libzstd1\n  Recommends: libno\n";
        assert_eq!(needed(listing), ["libjemalloc2", "libzstd1", "redis-tools"]);
    }
}
