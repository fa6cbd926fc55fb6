//! Chooses as whom the database runs, since it refuses to run as the machine's administrator.

use std::env;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown, lchown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::geteuid;

use crate::error::{DevServiceError, Doing};
use crate::process::{death_signal_available, succeeds};

/// As whom a server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunAs {
    /// As ourselves.
    Caller,
    /// We are root and step down to this user.
    User { uid: u32, gid: u32 },
    /// We are root, and the files lie where only root may go: the server stays root on the
    /// outside, but sees itself as user `uid`, inside a user namespace.
    Namespace { uid: u32 },
}

impl RunAs {
    /// Decides for a `cluster` directory (which need not exist yet) and the other directories that
    /// its server has to get into.
    pub(crate) fn choose(cluster: &Path, others: &[&Path]) -> Result<Self, DevServiceError> {
        let owner = fs::metadata(cluster).ok().map(|meta| (meta.uid(), meta.gid()));
        let me = geteuid();
        if !me.is_root() {
            return match owner {
                Some((uid, _)) if uid != me.as_raw() => {
                    Err(DevServiceError::NotOurs { dir: cluster.to_owned() })
                }
                _ => Ok(Self::Caller),
            };
        }
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let Some((uid, gid)) = owner
            .filter(|(uid, _)| *uid != 0)
            .or_else(|| account(&accounts, "postgres"))
            .or_else(|| account(&accounts, "nobody"))
        else {
            return Err(DevServiceError::Root {
                reason: "this machine has neither a user `postgres` nor `nobody`".to_owned(),
            });
        };
        let parent = cluster.parent().unwrap_or(cluster);
        let Some(barred) = [parent].iter().chain(others).find_map(|path| barred(path, uid, gid))
        else {
            return Ok(Self::User { uid, gid });
        };
        let uid = account(&accounts, "nobody").map_or(uid, |(uid, _)| uid);
        if succeeds(Self::namespace(uid).arg("true")) {
            Ok(Self::Namespace { uid })
        } else {
            Err(DevServiceError::Root {
                reason: format!(
                    "no other user may enter {}, nor may we make a user namespace (`unshare`)",
                    barred.display()
                ),
            })
        }
    }

    fn namespace(uid: u32) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--user", &format!("--map-user={uid}"), "--"]);
        command
    }

    /// A command that runs `program` as this user, in a process group of its own (so that Ctrl-C in
    /// the terminal reaches us and not the server), ending when we end.
    pub(crate) fn command(self, program: &Path) -> Command {
        let mut words: Vec<PathBuf> = Vec::new();
        if death_signal_available() {
            words.extend(["setpriv", "--pdeathsig", "INT", "--"].map(PathBuf::from));
        }
        words.push(program.to_owned());

        let mut command = match self {
            Self::Namespace { uid } => Self::namespace(uid),
            Self::Caller | Self::User { .. } => Command::new(words.remove(0)),
        };
        command.args(words);
        if let Self::User { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
        // What is set for clients (PGPORT, PGOPTIONS, ...) must not reach our server, and its
        // messages should be the ones that can be looked up.
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        command.env("LC_ALL", "C").current_dir("/").process_group(0).stdin(Stdio::null());
        command
    }

    /// Gives a directory and all in it to this user.
    pub(crate) fn hand_over(self, dir: &Path) -> Result<(), DevServiceError> {
        let (uid, gid) = match self {
            Self::Caller => return Ok(()),
            Self::User { uid, gid } => (uid, gid),
            Self::Namespace { .. } => (0, 0),
        };
        if fs::metadata(dir).at("look at", dir)?.uid() == uid {
            return Ok(());
        }
        chown_below(dir, uid, gid)?;
        // The top last: an interrupted change of hands is then taken up again.
        chown(dir, Some(uid), Some(gid)).at("change the owner of", dir)
    }
}

fn chown_below(dir: &Path, uid: u32, gid: u32) -> Result<(), DevServiceError> {
    for entry in fs::read_dir(dir).at("read", dir)? {
        let entry = entry.at("read", dir)?;
        let path = entry.path();
        if entry.file_type().at("look at", &path)?.is_dir() {
            chown_below(&path, uid, gid)?;
        }
        lchown(&path, Some(uid), Some(gid)).at("change the owner of", &path)?;
    }
    Ok(())
}

/// The uid and gid of a user in the text of /etc/passwd.
fn account(accounts: &str, name: &str) -> Option<(u32, u32)> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then_some(())?;
        let mut numbers = fields.skip(1).map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    })
}

/// The first directory on the way to `path` that this user may not enter.
fn barred(path: &Path, uid: u32, gid: u32) -> Option<PathBuf> {
    path.ancestors()
        .filter(|dir| !dir.as_os_str().is_empty())
        .find(|dir| {
            let Ok(meta) = fs::metadata(dir) else { return false };
            let enter = if meta.uid() == uid {
                0o100
            } else if meta.gid() == gid {
                0o010
            } else {
                0o001
            };
            meta.mode() & enter == 0
        })
        .map(Path::to_owned)
}

/// Whether any user at all may enter `path`.
pub(crate) fn open_to_all(path: &Path) -> bool {
    barred(path, u32::MAX, u32::MAX).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_from_the_password_file() {
        let text =
            "root:x:0:0:root:/root:/bin/sh\npostgres:x:101:104:,,,:/var:/bin/sh\nbad:x:y:z\n";
        assert_eq!(account(text, "postgres"), Some((101, 104)));
        assert_eq!(account(text, "post"), None);
        assert_eq!(account(text, "bad"), None);
    }
}
