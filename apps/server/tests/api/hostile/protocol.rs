//! Callers who do not speak HTTP, or speak it without end.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{RawAnswer, TestServer};

/// What the reader of HTTP refuses by itself is told by a status and no more, and hung up on.
fn is_turned_away(what: &str, answer: &RawAnswer, status: Option<u16>) {
    let what: String = what.chars().take(60).collect();
    assert_eq!(answer.status, status, "{what}: {answer:.300?}");
    assert!(answer.hung_up, "{what}: {answer:.300?}");
    let (head, body) = answer.text.split_once("\r\n\r\n").unwrap_or_default();
    assert_eq!(body, "", "{what}");
    let head = head.to_lowercase();
    assert!(!head.contains("actix") && !head.contains("server:"), "{what}: {head}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_http_is_turned_away() {
    let server = TestServer::start().await;
    let long = |count: usize| "x".repeat(count);
    let with_many = "a: b\r\n".repeat(500);
    for (request, status) in [
        // Blank lines before a request are skipped, and then nothing comes.
        ("\r\n\r\n\r\n\r\n".to_owned(), 408),
        ("hello\r\n\r\n".to_owned(), 400),
        ("GET\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/9.9\r\nhost: x\r\n\r\n".to_owned(), 400),
        ("GET /api/v1/salons HTTP/1.1\r\nconnection: close\r\n\r\n".to_owned(), 400),
        ("GET /api/v1/salons HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n".to_owned(), 400),
        ("GET /\u{0} HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(), 400),
        (format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", long(200_000)), 431),
        (format!("GET / HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", long(200_000)), 431),
        (format!("GET / HTTP/1.1\r\nhost: x\r\n{with_many}\r\n"), 431),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}\r\n\r\n".to_owned(), 400),
    ] {
        is_turned_away(&request, &server.send_raw(request.as_bytes()).await, Some(status));
    }
    // An invented method is HTTP, and the house itself says no.
    let invented = format!("{} / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", long(100));
    let answer = server.send_raw(invented.as_bytes()).await;
    assert_eq!(answer.status, Some(405), "{answer:.300?}");
    assert!(answer.text.contains("application/problem+json"), "{answer:.300?}");
    server.get("/salons").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_contradicts_itself_is_turned_away() {
    let server = TestServer::start().await;
    let head = "POST /api/v1/auth/otp/request HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
        content-type: application/json\r\n";
    let body = r#"{"phone":"+919812345678"}"#;
    for (framing, status) in [
        (format!("content-length: 25\r\ncontent-length: 5\r\n\r\n{body}"), Some(400)),
        (format!("content-length: -1\r\n\r\n{body}"), Some(400)),
        (format!("content-length: 99999999999999999999\r\n\r\n{body}"), Some(400)),
        (
            format!(
                "content-length: 25\r\ntransfer-encoding: chunked\r\n\r\n19\r\n{body}\r\n0\r\n\r\n"
            ),
            Some(400),
        ),
        (
            format!("transfer-encoding: chunked, identity\r\n\r\n19\r\n{body}\r\n0\r\n\r\n"),
            Some(400),
        ),
        // The request has begun when its chunks turn out to be none: the line goes dead.
        (format!("transfer-encoding: chunked\r\n\r\nzz\r\n{body}\r\n0\r\n\r\n"), None),
        (
            format!("transfer-encoding: chunked\r\n\r\nffffffffffffffff1\r\n{body}\r\n0\r\n\r\n"),
            None,
        ),
    ] {
        let answer = server.send_raw(format!("{head}{framing}").as_bytes()).await;
        is_turned_away(&framing, &answer, status);
    }
    assert_eq!(server.database.count("select count(*) from challenges").await, 0);
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n19\r\n{body}\r\n0\r\n\r\n");
    assert_eq!(server.send_raw(chunked.as_bytes()).await.status, Some(202));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_drips_headers_is_hung_up_on() {
    let server = TestServer::start().await;
    let mut stream = TcpStream::connect(server.address()).await.expect("the door is open");
    let started = Instant::now();
    let mut heard = [0; 512];
    stream.write_all(b"GET /api/v1/salons HTTP/1.1\r\nhost: x\r\nx-drip: ").await.expect("heard");
    let answer = loop {
        assert!(started.elapsed() < Duration::from_secs(12), "it still listens");
        // Each letter is one more sign of life, which must not count.
        let told = stream.write_all(b"x").await;
        let hearing = tokio::time::timeout(Duration::from_millis(200), stream.read(&mut heard));
        match (told, hearing.await) {
            (Ok(()), Err(_)) => {}
            (Ok(()), Ok(Ok(count))) => break String::from_utf8_lossy(&heard[..count]).into_owned(),
            (Err(_), _) | (_, Ok(Err(_))) => break String::new(),
        }
    };
    assert!(started.elapsed() > Duration::from_secs(5), "slow is not dead: {answer}");
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    server.get("/salons").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_chunks_without_end_is_cut_off() {
    let server = TestServer::start().await;
    let head = "POST /api/v1/auth/otp/request HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
        content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let endless = format!("{head}{}", format!("400\r\n{}\r\n", " ".repeat(1024)).repeat(500));
    let answer = server.send_raw_and_go(endless.as_bytes()).await;
    assert_eq!(answer.status, Some(413), "{answer:.300?}");
    server.get("/salons").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_announced_and_never_comes_is_not_waited_for_for_ever() {
    let server = TestServer::start().await;
    let started = Instant::now();
    let request = "POST /api/v1/auth/otp/request HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
        content-type: application/json\r\ncontent-length: 25\r\n\r\n{\"phone\"";
    let answer = server.send_raw(request.as_bytes()).await;
    assert!(started.elapsed() < Duration::from_secs(12), "{:?}", started.elapsed());
    assert_eq!(answer.status, Some(408), "{answer:.300?}");
    assert!(answer.text.contains("\"timeout\"") && answer.hung_up, "{answer:.300?}");
}
