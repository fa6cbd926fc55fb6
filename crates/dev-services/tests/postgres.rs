//! Checks that the database starts, keeps what it should keep, and leaves nothing behind.

mod common;

use std::env;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::query;
use indistylo_dev_services::{DevServiceError, Durability, Postgres};

/// A directory that goes with this value.
struct Scratch(PathBuf);

impl Scratch {
    fn new(parent: &Path, name: &str) -> Self {
        let dir = parent.join(format!("dev-services-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir(&dir).expect("a directory");
        Self(dir)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn start(dir: &Path) -> Result<Postgres, DevServiceError> {
    Postgres::start(dir, Durability::Durable, &mut |line| eprintln!("{line}"))
}

fn wait_for(what: &str, mut happened: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !happened() {
        assert!(Instant::now() < deadline, "in vain: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_throwaway_cluster_works_and_goes_without_trace() {
    let postgres = Postgres::throwaway().expect("a cluster");
    let socket_dir = postgres.socket_dir().to_owned();
    query(&socket_dir, "create extension btree_gist").expect("the extension is there");
    let superuser = "select rolsuper::text from pg_roles where rolname = current_user";
    assert_eq!(query(&socket_dir, superuser).expect("an answer"), ["true"]);
    let owner = "select pg_get_userbyid(datdba) from pg_database where datname = 'indistylo'";
    assert_eq!(query(&socket_dir, owner).expect("an answer"), ["indistylo"]);
    assert_eq!(query(&socket_dir, "show fsync").expect("an answer"), ["off"]);
    assert_eq!(query(&socket_dir, "show server_encoding").expect("an answer"), ["UTF8"]);
    let data = query(&socket_dir, "show data_directory").expect("an answer").remove(0);

    let url = postgres.url("t_1");
    assert!(url.starts_with("postgres://indistylo@localhost:5432/t_1?host=/"), "{url}");
    let mode = fs::metadata(&socket_dir).expect("it is there").mode();
    assert_eq!(mode & 0o777, 0o700, "only we may come in");

    postgres.stop().expect("a good end");
    assert!(!socket_dir.exists());
    assert!(!Path::new(&data).parent().expect("a parent").exists());
}

#[test]
fn the_shared_cluster_is_one() {
    if env::var_os("INDISTYLO_TEST_DATABASE_URL").is_some() {
        return; // Then it is not ours to look at.
    }
    let first = thread::spawn(|| Postgres::shared().expect("a cluster").socket_dir());
    let second = Postgres::shared().expect("a cluster").socket_dir();
    let first = first.join().expect("no panic");
    assert_eq!(first, second);
    // The thread that asked has ended, and must not have taken the server with it.
    thread::sleep(Duration::from_millis(300));
    query(second, "select 1").expect("it still runs");
}

#[test]
fn a_durable_cluster_keeps_its_data_over_a_restart() {
    let home = Scratch::new(&env::temp_dir(), "durable");
    let data_dir = home.0.join("a b/not there yet");
    let postgres = start(&data_dir).expect("a cluster");
    query(postgres.socket_dir(), "create table t as select 42 as n").expect("a table");
    assert_eq!(query(postgres.socket_dir(), "show fsync").expect("an answer"), ["on"]);

    let error = start(&data_dir).expect_err("it is taken");
    assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");

    let socket_dir = postgres.socket_dir().to_owned();
    drop(postgres);
    assert!(!socket_dir.exists());
    let postgres = start(&data_dir).expect("the cluster");
    assert_eq!(query(postgres.socket_dir(), "select n::text from t").expect("kept"), ["42"]);
    assert_eq!(postgres.socket_dir(), socket_dir, "the address stays the same");
}

#[test]
fn a_measured_cluster_is_durable_and_has_room() {
    let home = Scratch::new(&env::temp_dir(), "measured");
    let postgres = Postgres::start(&home.0, Durability::Measured, &mut |_| ()).expect("a cluster");
    let setting = |name: &str| query(postgres.socket_dir(), &format!("show {name}"));
    assert_eq!(setting("fsync").expect("an answer"), ["on"]);
    assert_eq!(setting("shared_buffers").expect("an answer"), ["1GB"]);
    assert!(postgres.pgbench().is_none_or(|program| program.starts_with(postgres.bin_dir())));
}

#[test]
fn a_stale_pid_file_and_a_half_made_cluster_do_no_harm() {
    let home = Scratch::new(&env::temp_dir(), "stale");
    fs::create_dir(home.0.join("pg-init")).expect("a directory");
    fs::write(home.0.join("pg-init/rubbish"), "cut short").expect("a file");
    start(&home.0).expect("a cluster").stop().expect("a good end");

    // This pid lives (it is ours), but is no database.
    let cluster = cluster_in(&home.0);
    let stale = format!("{}\n{}\n1\n5432\n/x\n\n 1 2\nready\n", std::process::id(), "/x");
    fs::write(cluster.join("postmaster.pid"), stale).expect("a file");
    start(&home.0).expect("it sees through that").stop().expect("a good end");
}

#[test]
fn a_server_that_dies_at_start_shows_its_log() {
    let home = Scratch::new(&env::temp_dir(), "broken");
    start(&home.0).expect("a cluster").stop().expect("a good end");
    let settings = cluster_in(&home.0).join("postgresql.conf");
    fs::write(&settings, "no_such_setting = 1\n").expect("a file");
    let error = start(&home.0).expect_err("that is not a setting").to_string();
    assert!(error.contains("no_such_setting"), "{error}");
}

#[test]
fn a_killed_process_takes_its_server_along_and_the_next_start_recovers() {
    let home = Scratch::new(&env::temp_dir(), "killed");
    let mut holder = hold_in_another_process(&home.0);
    let server = server_pid(&home.0);

    let error = start(&home.0).expect_err("it is taken").to_string();
    assert!(error.contains(&holder.id().to_string()), "{error}");

    holder.kill().expect("killable");
    holder.wait().expect("it was ours");
    // At once, while the server may still be on its way out.
    let postgres = start(&home.0).expect("the cluster");
    assert_eq!(query(postgres.socket_dir(), "select n::text from t").expect("kept"), ["7"]);
    assert_ne!(server_pid(&home.0), server);
    postgres.stop().expect("a good end");
}

#[test]
fn a_killed_process_leaves_no_server() {
    let signal = Command::new("setpriv").args(["--pdeathsig", "INT", "true"]).status();
    if !signal.is_ok_and(|status| status.success()) {
        return; // Nothing can send the signal here; the next start clears up, as tested above.
    }
    let home = Scratch::new(&env::temp_dir(), "alone");
    let mut holder = hold_in_another_process(&home.0);
    let server = PathBuf::from(format!("/proc/{}/cwd", server_pid(&home.0)));
    assert!(fs::read_link(&server).is_ok());
    holder.kill().expect("killable");
    holder.wait().expect("it was ours");
    wait_for("the server to end", || fs::read_link(&server).is_err());
    start(&home.0)
        .expect("the cluster")
        .stop()
        .expect("a good end, and the socket's directory gone");
}

fn hold_in_another_process(data_dir: &Path) -> Child {
    let holder = Command::new(env::current_exe().expect("this program"))
        .args(["--exact", "hold", "--ignored"])
        .env("HOLD_DATA_IN", data_dir)
        .stdout(Stdio::null())
        .spawn()
        .expect("a process");
    let said = data_dir.join("ready");
    wait_for("the other process to get ready", || said.exists());
    holder
}

#[test]
#[ignore = "not a test: the tests above run it as a process of its own, and kill it"]
fn hold() {
    let Some(dir) = env::var_os("HOLD_DATA_IN").map(PathBuf::from) else { return };
    let postgres = start(&dir).expect("a cluster");
    query(postgres.socket_dir(), "create table t as select 7 as n").expect("a table");
    fs::write(dir.join("ready"), "").expect("a file");
    thread::sleep(Duration::from_mins(1));
}

#[test]
fn a_directory_that_only_its_owner_may_enter_will_do() {
    let home = Scratch::new(&env::temp_dir(), "closed");
    fs::set_permissions(&home.0, fs::Permissions::from_mode(0o700)).expect("ours");
    let data_dir = home.0.join("inner");
    match start(&data_dir) {
        Ok(postgres) => {
            query(postgres.socket_dir(), "create table t as select 1 as n").expect("a table");
            let owner = |path: &Path| fs::metadata(path).expect("it is there").uid();
            assert_eq!(
                owner(&cluster_in(&data_dir)),
                owner(&home.0),
                "nobody else could get there"
            );
            postgres.stop().expect("a good end");
        }
        // Root, where user namespaces are forbidden: then the message has to help.
        Err(DevServiceError::Root { reason }) => {
            assert!(reason.contains(&*home.0.to_string_lossy()), "{reason}");
            return;
        }
        Err(error) => panic!("{error}"),
    }
    // Opened since: the same data, now under another user if we are root.
    fs::set_permissions(&home.0, fs::Permissions::from_mode(0o755)).expect("ours");
    let postgres = start(&data_dir).expect("the cluster");
    assert_eq!(query(postgres.socket_dir(), "select n::text from t").expect("kept"), ["1"]);
}

fn cluster_in(data_dir: &Path) -> PathBuf {
    let mut clusters = fs::read_dir(data_dir)
        .expect("a directory")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("PG_VERSION").exists());
    clusters.next().expect("a cluster")
}

fn server_pid(data_dir: &Path) -> String {
    let file = cluster_in(data_dir).join("postmaster.pid");
    let text = fs::read_to_string(file).expect("it runs");
    text.lines().next().expect("a pid").to_owned()
}
