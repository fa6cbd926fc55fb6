//! Starts the helper programs, ends them when we end, and reads what they last said.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::error::{DevServiceError, Doing};

/// How often we look whether something has happened.
pub(crate) const POLL: Duration = Duration::from_millis(5);
/// How long a server may take over an orderly end before it is killed.
const PATIENCE: Duration = Duration::from_secs(10);
/// After how long a wait is explained to the person who waits.
pub(crate) const EXPLAIN_AFTER: Duration = Duration::from_secs(2);

/// A server that we started. It ends with this value.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
}

impl Running {
    /// Starts `command` from a thread that lives as long as this process does: the death signal
    /// that `setpriv` arranges fires at the end of the *thread* that started the child, and a
    /// test's thread ends long before the tests do.
    pub(crate) fn spawn(command: Command) -> io::Result<Self> {
        type Order = (Command, mpsc::Sender<io::Result<Child>>);
        static SPAWNER: Mutex<Option<mpsc::Sender<Order>>> = Mutex::new(None);

        let (answer, answered) = mpsc::channel();
        let gone = || io::Error::other("the thread that starts programs is gone");
        {
            let mut spawner = SPAWNER.lock().unwrap_or_else(PoisonError::into_inner);
            let orders = if let Some(orders) = &*spawner {
                orders
            } else {
                let (orders, ordered) = mpsc::channel::<Order>();
                thread::Builder::new().name("dev-services".to_owned()).spawn(move || {
                    for (mut command, answer) in ordered {
                        let _ = answer.send(command.spawn());
                    }
                })?;
                spawner.insert(orders)
            };
            orders.send((command, answer)).map_err(|_| gone())?;
        }
        let child = answered.recv().map_err(|_| gone())??;
        Ok(Self { child })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The exit status, once the program has ended.
    pub(crate) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Asks the program to end (SIGINT: for `PostgreSQL` the fast shutdown), waits, and kills it
    /// if it will not. Does nothing the second time.
    pub(crate) fn stop(&mut self) -> io::Result<()> {
        if self.ended()?.is_some() {
            return Ok(());
        }
        kill_process(Pid::from_child(&self.child), Signal::INT)?;
        let deadline = Instant::now() + PATIENCE;
        while self.ended()?.is_none() {
            if Instant::now() >= deadline {
                self.child.kill()?;
                self.child.wait()?;
                break;
            }
            thread::sleep(POLL);
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// Whether this machine's `setpriv` can arrange a signal for the death of the parent. (Linux; not
/// the small one of Alpine.) Where it cannot, the next start finds and ends what was left running.
pub(crate) fn death_signal_available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE
        .get_or_init(|| succeeds(Command::new("setpriv").args(["--pdeathsig", "INT", "true"])))
}

/// Runs a command silently and says whether it went well.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a helper program to its end; a failure carries the last line that it wrote.
pub(crate) fn run(command: &mut Command) -> Result<Output, DevServiceError> {
    let name = describe(command);
    let failed = |reason| DevServiceError::Command { command: name, reason };
    let output = match command.stdin(Stdio::null()).output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(failed("it is not installed".to_owned()));
        }
        Err(error) => return Err(failed(error.to_string())),
    };
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    Err(failed(last.map_or_else(|| output.status.to_string(), |line| line.trim().to_owned())))
}

/// The command as a person would type it.
fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let mut words = vec![name.to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

/// Waits for a short program, explaining the wait if it gets long.
pub(crate) fn wait_explained(
    running: &mut Running,
    explanation: &str,
    progress: &mut dyn FnMut(&str),
) -> Result<ExitStatus, DevServiceError> {
    let started = Instant::now();
    let mut explained = false;
    loop {
        if let Some(status) = running.ended().doing("watch a program that we started")? {
            return Ok(status);
        }
        if !explained && started.elapsed() > EXPLAIN_AFTER {
            progress(explanation);
            explained = true;
        }
        thread::sleep(POLL);
    }
}

/// The last lines of a log.
pub(crate) fn tail(log: &Path) -> String {
    const LINES: usize = 10;
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return "(the log is empty)".to_owned();
    }
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
