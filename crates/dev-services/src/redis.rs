//! Runs the fast notebook (Redis) that several servers share to count visits and remember who signed out.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use crate::debs::{self, Unpacked};
use crate::error::{DevServiceError, Doing};
use crate::fetch;
use crate::find::on_path;
use crate::orphan::{Tenant, put_down, tenant};
use crate::process::{POLL, Running, tail};
use crate::throwaway::{Throwaway, parent_for_sockets, sweep};
use crate::user::RunAs;

const READY_SECONDS: u64 = 10;
const PREFIX: &str = "indistylo-redis";

/// A Redis (or Valkey) server on a private unix socket that keeps nothing on disk. It ends with
/// this value, and (on Linux) also if this process is killed.
#[derive(Debug)]
pub struct Redis {
    server: Server,
}

#[derive(Debug)]
enum Server {
    /// Somebody else's, reached by this URL.
    Given(String),
    /// The fields are dropped in this order: the server ends before its directory goes.
    Own { running: Running, socket: PathBuf, _home: Throwaway },
}

impl Redis {
    /// A server for this process alone. What killed processes left is swept first.
    pub fn throwaway() -> Result<Self, DevServiceError> {
        Self::throwaway_with(&find(&mut |line| eprintln!("{line}"))?)
    }

    fn throwaway_with(redis: &Unpacked) -> Result<Self, DevServiceError> {
        let parent = parent_for_sockets();
        sweep(&parent, PREFIX, |home| {
            if let Tenant::Alive(pid) = tenant(home, &home.join("redis.pid")) {
                put_down(pid, home);
            }
        });
        let home = Throwaway::create(&parent, PREFIX)?;
        let dir = home.dir();
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).at("close to others", dir)?;
        let (socket, log) = (dir.join("redis.sock"), dir.join("redis.log"));

        let mut command = RunAs::Caller.command(&redis.program);
        command.args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"]);
        command.arg(&socket).arg("--dir").arg(dir);
        command.arg("--pidfile").arg(dir.join("redis.pid"));
        command.arg("--logfile").arg(&log);
        if !redis.libraries.is_empty() {
            command.env("LD_LIBRARY_PATH", &redis.libraries);
        }
        let mut running = Running::spawn(command).doing("start redis-server")?;
        await_ready(&mut running, &socket, &log)?;
        Ok(Self { server: Server::Own { running, socket, _home: home } })
    }

    /// The one server of this process, started by whoever asks first; or, if `REDIS_URL` is set,
    /// the server it names.
    pub fn shared() -> Result<&'static Self, DevServiceError> {
        static SHARED: OnceLock<Result<Redis, DevServiceError>> = OnceLock::new();
        let shared = SHARED.get_or_init(|| match env::var("REDIS_URL") {
            Ok(url) if !url.is_empty() => Ok(Self { server: Server::Given(url) }),
            _ => Self::throwaway(),
        });
        shared.as_ref().map_err(Clone::clone)
    }

    /// The URL of this server.
    pub fn url(&self) -> String {
        match &self.server {
            Server::Given(url) => url.clone(),
            Server::Own { socket, .. } => format!("redis+unix://{}", socket.display()),
        }
    }

    /// Ends the server. Dropping does the same, without telling of a failure.
    pub fn stop(self) -> Result<(), DevServiceError> {
        match self.server {
            Server::Given(_) => Ok(()),
            Server::Own { mut running, .. } => running.stop().doing("stop Redis"),
        }
    }
}

/// The program that is set, else one on PATH, else Debian's package in the cache.
fn find(progress: &mut dyn FnMut(&str)) -> Result<Unpacked, DevServiceError> {
    const VARIABLE: &str = "INDISTYLO_REDIS_BIN";
    let installed = |program| Unpacked { program, libraries: OsString::new() };
    if let Some(program) = env::var_os(VARIABLE).filter(|program| !program.is_empty()) {
        let program = PathBuf::from(program);
        return if program.is_file() {
            Ok(installed(program))
        } else {
            Err(DevServiceError::BadSetting {
                variable: VARIABLE,
                value: program.display().to_string(),
                reason: "there is no such program".to_owned(),
            })
        };
    }
    if let Some(program) = on_path("redis-server").or_else(|| on_path("valkey-server")) {
        return Ok(installed(program));
    }
    fetch::cache_dir()
        .and_then(|cache| debs::redis(&cache, progress))
        .map_err(|error| DevServiceError::NoRedis { tried: error.to_string() })
}

fn await_ready(running: &mut Running, socket: &Path, log: &Path) -> Result<(), DevServiceError> {
    let deadline = Instant::now() + Duration::from_secs(READY_SECONDS);
    while !answers(socket) {
        if running.ended().doing("watch Redis")?.is_some() {
            return Err(DevServiceError::Died { service: "Redis", log: tail(log) });
        }
        if Instant::now() >= deadline {
            return Err(DevServiceError::NotReady {
                service: "Redis",
                seconds: READY_SECONDS,
                log: tail(log),
            });
        }
        thread::sleep(POLL);
    }
    Ok(())
}

fn answers(socket: &Path) -> bool {
    let ping = || -> std::io::Result<bool> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"+PONG")
    };
    ping().unwrap_or(false)
}
