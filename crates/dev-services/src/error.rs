//! Says in plain words why the database or the fast notebook could not be set up, and what helps.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

/// Why a service could not be found, started or stopped. Every message is meant for the newcomer
/// who reads it in a terminal, and names the next thing to do where there is one.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum DevServiceError {
    /// No `PostgreSQL` that will do stands on this machine, and none could be fetched.
    #[error(
        "no usable PostgreSQL (15 or newer, with btree_gist) was found: install one with \
         `sudo apt install postgresql` (macOS: `brew install postgresql@17`), or set DATABASE_URL \
         to a server of your own [{tried}]"
    )]
    NoPostgres {
        /// What was looked at, and why it would not do.
        tried: String,
    },
    /// No Redis or Valkey stands on this machine, and none could be fetched.
    #[error(
        "no usable Redis was found: install one with `sudo apt install redis-server` (macOS: \
         `brew install redis`), or set REDIS_URL to a server of your own [{tried}]"
    )]
    NoRedis {
        /// What was looked at, and why it would not do.
        tried: String,
    },
    /// A setting names something that is not there or will not do.
    #[error("{variable} is set to `{value}`, but {reason}")]
    BadSetting {
        /// The environment variable.
        variable: &'static str,
        /// What it is set to.
        value: String,
        /// What is wrong with that.
        reason: String,
    },
    /// Another living process of ours has this data directory.
    #[error("the data in {} is in use by process {owner}: stop that first, or give this one a directory of its own", dir.display())]
    InUse {
        /// The data directory.
        dir: PathBuf,
        /// The process id of the owner, as far as it is known.
        owner: String,
    },
    /// A server that we did not start, or that will not end, has this data directory.
    #[error("a PostgreSQL server (process {pid}) still runs on {}: stop it with `kill -INT {pid}` and try again", dir.display())]
    StillRunning {
        /// The cluster's directory.
        dir: PathBuf,
        /// The server's process id.
        pid: u32,
    },
    /// The cluster belongs to another user of this machine.
    #[error("{} belongs to another user of this machine: remove it, or run as that user", dir.display())]
    NotOurs {
        /// The cluster's directory.
        dir: PathBuf,
    },
    /// We are root, `PostgreSQL` will not run as root, and every way round that is closed.
    #[error(
        "PostgreSQL refuses to run as root, and {reason}: run as an ordinary user, move the project \
         to a directory that everybody may enter, or set DATABASE_URL"
    )]
    Root {
        /// What stood in the way.
        reason: String,
    },
    /// The server ended while it was starting.
    #[error("{service} ended while it was starting; the end of its log:\n{log}")]
    Died {
        /// `PostgreSQL` or Redis.
        service: &'static str,
        /// The last lines that it wrote.
        log: String,
    },
    /// The server lives, but did not get ready in time.
    #[error("{service} was not ready after {seconds} seconds; the end of its log:\n{log}")]
    NotReady {
        /// `PostgreSQL` or Redis.
        service: &'static str,
        /// How long we waited.
        seconds: u64,
        /// The last lines that it wrote.
        log: String,
    },
    /// A program that we called for help failed.
    #[error("`{command}` failed: {reason}")]
    Command {
        /// What was called.
        command: String,
        /// What it said.
        reason: String,
    },
    /// What was fetched is not what was published.
    #[error(
        "the fetched {file} is not the one we know (its checksum differs), so it was thrown away"
    )]
    Checksum {
        /// The file.
        file: String,
    },
    /// The operating system said no.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What we were about to do.
        doing: String,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
}

/// Adds to an error of the operating system what we were doing.
pub(crate) trait Doing<T> {
    /// `doing` completes the sentence "cannot ...".
    fn doing(self, doing: impl Display) -> Result<T, DevServiceError>;

    /// The same for something done to a file or directory.
    fn at(self, verb: &str, path: &Path) -> Result<T, DevServiceError>
    where
        Self: Sized,
    {
        self.doing(format_args!("{verb} {}", path.display()))
    }
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: impl Display) -> Result<T, DevServiceError> {
        self.map_err(|error| DevServiceError::Io {
            doing: doing.to_string(),
            source: Arc::new(error),
        })
    }
}
