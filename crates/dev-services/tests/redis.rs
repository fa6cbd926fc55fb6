//! Checks that the fast notebook starts, answers, and leaves nothing behind.

use std::env;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use indistylo_dev_services::Redis;

fn socket_of(redis: &Redis) -> PathBuf {
    let url = redis.url();
    PathBuf::from(url.strip_prefix("redis+unix://").expect("a unix socket"))
}

fn ask(socket: &Path, command: &str) -> String {
    let mut stream = UnixStream::connect(socket).expect("it listens");
    stream.write_all(format!("{command}\r\n").as_bytes()).expect("it reads");
    let mut answer = [0; 64];
    let length = stream.read(&mut answer).expect("it answers");
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[test]
fn a_throwaway_server_answers_and_goes_without_trace() {
    let redis = Redis::throwaway().expect("a server");
    let other = Redis::throwaway().expect("another");
    let socket = socket_of(&redis);
    assert_eq!(ask(&socket, "PING"), "+PONG\r\n");
    assert_eq!(ask(&socket, "SET k v PX 10000 NX"), "+OK\r\n");
    assert_eq!(ask(&socket_of(&other), "GET k"), "$-1\r\n", "two servers share nothing");
    redis.stop().expect("a good end");
    assert!(!socket.parent().expect("a parent").exists());
}

#[test]
fn the_shared_server_is_one_and_outlives_who_asked_first() {
    if env::var_os("REDIS_URL").is_some() {
        return; // Then it is not ours to look at.
    }
    let first =
        thread::spawn(|| Redis::shared().expect("a server").url()).join().expect("no panic");
    let shared = Redis::shared().expect("a server");
    assert_eq!(first, shared.url());
    thread::sleep(Duration::from_millis(300));
    assert_eq!(ask(&socket_of(shared), "PING"), "+PONG\r\n");
}
