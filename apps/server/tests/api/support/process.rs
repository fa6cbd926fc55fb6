//! A server in a process of its own, which can be listened to and killed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use super::fresh_name;

/// Signs the tokens and offers of such a server, and of the one in the test's own process.
pub(crate) const SECRET: &str = "one secret for two servers of 32 characters and more";

/// A server of its own process, whose words are written down. Dropped it is killed, at once and
/// without a chance to end anything.
pub(crate) struct Process {
    child: Child,
    /// Where its API is.
    pub(crate) url: String,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Process {
    /// Starts it on this database, with these settings beside the usual ones.
    pub(crate) fn start(database: &str, settings: &[(&str, &str)]) -> Self {
        let dir = std::env::temp_dir().join(format!("indistylo-process-{}", fresh_name()));
        std::fs::create_dir(&dir).expect("a directory");
        let free = "127.0.0.1:0";
        let mut child = Command::new(env!("CARGO_BIN_EXE_indistylo"))
            .arg("serve")
            .env_clear()
            .current_dir(&dir)
            .envs([
                ("INDISTYLO_ENV", "development"),
                ("DATABASE_URL", database),
                ("INDISTYLO_SECRET", SECRET),
                ("INDISTYLO_LISTEN", free),
                ("INDISTYLO_METRICS_LISTEN", free),
                ("INDISTYLO_SANDBOX_LISTEN", free),
                ("INDISTYLO_SANDBOX_SMTP_LISTEN", free),
                ("INDISTYLO_SEED", "false"),
            ])
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let told = BufReader::new(child.stderr.take().expect("its words"));
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let (address, listens) = mpsc::channel();
        let written = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in told.lines().map_while(Result::ok) {
                if let Some(url) = line.trim().strip_prefix("API") {
                    // Whoever waited for it may have given up.
                    drop(address.send(url.trim().trim_end_matches("/salons").to_owned()));
                }
                written.lock().expect("no panic").push(line);
            }
        });
        let url = listens.recv_timeout(Duration::from_mins(1)).expect("it says where it listens");
        Self { child, url, lines }
    }

    /// What it has told so far.
    pub(crate) fn told(&self) -> Vec<String> {
        self.lines.lock().expect("no panic").clone()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
