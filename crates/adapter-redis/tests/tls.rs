//! A Redis that is to be reached over TLS hears nothing before it has proved who it is.

use std::time::Duration;

use indistylo_adapter_redis::RedisLimiter;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

#[tokio::test]
async fn who_pretends_to_be_the_redis_learns_neither_password_nor_keys() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let hearing = tokio::spawn(async move {
        let patience = Duration::from_secs(5);
        let accepted = tokio::time::timeout(patience, listener.accept()).await;
        let (mut stream, _) = accepted.expect("somebody calls").expect("a caller");
        let mut heard = Vec::new();
        let mut chunk = [0; 4096];
        // All that is said to one who does not answer; then the caller gives up.
        while let Ok(Ok(count @ 1..)) =
            tokio::time::timeout(patience, stream.read(&mut chunk)).await
        {
            heard.extend_from_slice(&chunk[..count]);
        }
        heard
    });
    let connected = RedisLimiter::connect(&format!("rediss://:hunter2@127.0.0.1:{port}/0")).await;
    let why = connected.expect_err("it proves nothing").to_string();
    assert!(!why.contains("hunter2"), "{why}");
    let heard = hearing.await.expect("a listener");
    assert_eq!(heard.get(..2), Some(&[0x16, 0x03][..]), "a handshake of TLS: {heard:?}");
    let heard = String::from_utf8_lossy(&heard);
    assert!(!heard.contains("hunter2") && !heard.contains("AUTH"), "{heard}");
}
