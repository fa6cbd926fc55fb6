//! Makes the shelf on which the database keeps its books, and brings it back in order after a crash.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::error::{DevServiceError, Doing};
use crate::find::Binaries;
use crate::orphan::{Tenant, interrupt, put_down, tenant, wait_gone};
use crate::process::{EXPLAIN_AFTER, Running, tail, wait_explained};
use crate::throwaway::parent_for_sockets;
use crate::user::RunAs;

/// How long we wait for the end of a server that we find on our data.
const FAREWELL: Duration = Duration::from_secs(20);

/// The sole right to a data directory, for as long as this value lives (the operating system takes
/// it back whatever way the process ends).
#[derive(Debug)]
pub(crate) struct Claim {
    file: File,
    path: PathBuf,
    /// The server that the last owner started, as far as it is known.
    last_server: Option<u32>,
}

impl Claim {
    pub(crate) fn new(data_dir: &Path) -> Result<Self, DevServiceError> {
        let path = data_dir.join("pg.lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .at("write", &path)?;
        let locked = file.try_lock();
        let mut notes = String::new();
        // An unreadable note only costs the message its pid.
        let _ = file.read_to_string(&mut notes);
        let mut pids = notes.lines();
        let (owner, server) = (pids.next(), pids.next());
        match locked {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DevServiceError::InUse {
                    dir: data_dir.to_owned(),
                    owner: owner.unwrap_or("(unknown)").to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(error).at("lock", &path),
        }
        let last_server = server.and_then(|pid| pid.parse().ok());
        let mut claim = Self { file, path, last_server };
        claim.note(last_server)?;
        Ok(claim)
    }

    /// Writes down who we are and which server we started, for whoever comes later.
    pub(crate) fn note(&mut self, server: Option<u32>) -> Result<(), DevServiceError> {
        let mut text = format!("{}\n", process::id());
        if let Some(pid) = server {
            let _ = writeln!(text, "{pid}");
        }
        self.file
            .set_len(0)
            .and_then(|()| self.file.rewind())
            .and_then(|()| self.file.write_all(text.as_bytes()))
            .at("write", &self.path)
    }

    /// Sees to it that no server runs on `cluster`: one that a dead owner left is ended, anybody
    /// else's is waited for a while and then reported.
    pub(crate) fn clear(
        &self,
        cluster: &Path,
        progress: &mut dyn FnMut(&str),
    ) -> Result<(), DevServiceError> {
        let pid_file = cluster.join("postmaster.pid");
        match tenant(cluster, &pid_file) {
            Tenant::None => Ok(()),
            // PostgreSQL would take the innocent process for a server, and refuse to start.
            Tenant::Recycled => fs::remove_file(&pid_file).at("remove", &pid_file),
            Tenant::Alive(pid) => {
                if self.last_server == Some(pid) {
                    interrupt(pid);
                }
                let gone = wait_gone(pid, cluster, EXPLAIN_AFTER) || {
                    progress("Waiting for an earlier PostgreSQL on the same data to end");
                    wait_gone(pid, cluster, FAREWELL)
                };
                if gone {
                    Ok(())
                } else {
                    Err(DevServiceError::StillRunning { dir: cluster.to_owned(), pid })
                }
            }
        }
    }
}

/// Ends the servers in a throwaway directory whose owner is dead, and removes their socket.
pub(crate) fn put_down_in(data_dir: &Path) {
    for entry in fs::read_dir(data_dir).into_iter().flatten().flatten() {
        let cluster = entry.path();
        if let Tenant::Alive(pid) = tenant(&cluster, &cluster.join("postmaster.pid")) {
            put_down(pid, &cluster);
        }
    }
    let _ = fs::remove_dir_all(socket_dir(data_dir));
}

/// Where the server on `data_dir` has its socket: short, whatever the workspace's path.
pub(crate) fn socket_dir(data_dir: &Path) -> PathBuf {
    let mut name = String::from("indistylo-pg-");
    for byte in Sha256::digest(data_dir.as_os_str().as_encoded_bytes()).iter().take(8) {
        let _ = write!(name, "{byte:02x}");
    }
    parent_for_sockets().join(name)
}

/// Makes a directory that only the server's user may enter.
pub(crate) fn private_dir(dir: &Path, run_as: RunAs) -> Result<(), DevServiceError> {
    if dir.exists() {
        fs::remove_dir_all(dir).at("remove", dir)?;
    }
    DirBuilder::new().mode(0o700).create(dir).at("create", dir)?;
    run_as.hand_over(dir)
}

/// Makes a new cluster with the role and the database `indistylo`. It grows under another name, so
/// that one whose making was cut short is never taken for a whole one.
pub(crate) fn create(
    binaries: &Binaries,
    cluster: &Path,
    run_as: RunAs,
    progress: &mut dyn FnMut(&str),
) -> Result<(), DevServiceError> {
    let growing = cluster.with_file_name("pg-init");
    private_dir(&growing, run_as)?;

    let log_path = cluster.with_file_name("pg-init.log");
    let log = File::create(&log_path).at("write", &log_path)?;
    let log_too = || log.try_clone().at("write", &log_path);
    let died = || DevServiceError::Died { service: "PostgreSQL", log: tail(&log_path) };

    let mut initdb = run_as.command(&binaries.dir.join("initdb"));
    initdb
        .args(["-A", "trust", "-U", "indistylo", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])
        .arg("-D")
        .arg(&growing)
        .stdout(log_too()?)
        .stderr(log_too()?);
    let mut initdb = Running::spawn(initdb).doing("start initdb")?;
    let explanation = "Making a new PostgreSQL database directory (only this once)";
    if !wait_explained(&mut initdb, explanation, progress)?.success() {
        return Err(died());
    }

    let mut single = run_as
        .command(&binaries.dir.join("postgres"))
        .arg("--single")
        .arg("-D")
        .arg(&growing)
        .arg("postgres")
        .stdin(Stdio::piped())
        .stdout(log_too()?)
        .stderr(log_too()?)
        .spawn()
        .doing("start postgres")?;
    if let Some(mut input) = single.stdin.take() {
        input.write_all(b"CREATE DATABASE indistylo;\n").doing("create the database")?;
    }
    let status = single.wait().doing("create the database")?;
    // In this mode a statement may fail and the program still end well.
    let said = fs::read_to_string(&log_path).at("read", &log_path)?;
    if !status.success() || said.contains("ERROR:") {
        return Err(died());
    }
    fs::rename(&growing, cluster).at("rename", &growing)?;
    fs::remove_file(&log_path).at("remove", &log_path)
}
