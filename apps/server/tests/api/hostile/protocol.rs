//! Callers who do not speak HTTP, or speak it without end.

use crate::support::{RawAnswer, TestServer};

/// Turned away or ignored, but never "our fault".
fn is_turned_away(what: &str, answer: &RawAnswer) {
    let status = answer.status;
    assert!(status.is_none_or(|status| (400..500).contains(&status)), "{what}: {answer:.300?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_http_is_turned_away() {
    let server = TestServer::start().await;
    let long = |count: usize| "x".repeat(count);
    for request in [
        "\r\n\r\n\r\n\r\n".to_owned(),
        "hello\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\nhost: x\r\n\r\n".to_owned(),
        "GET /api/v1/salons HTTP/1.1\r\nconnection: close\r\n\r\n".to_owned(),
        "GET /api/v1/salons HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n".to_owned(),
        "GET /\u{0} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_owned(),
        format!("GET /{} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", long(200_000)),
        format!(
            "GET / HTTP/1.1\r\nhost: x\r\nx-long: {}\r\nconnection: close\r\n\r\n",
            long(200_000)
        ),
        format!("GET / HTTP/1.1\r\nhost: x\r\n{}connection: close\r\n\r\n", "a: b\r\n".repeat(500)),
        format!("{} / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", long(100)),
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}\r\n\r\n".to_owned(),
    ] {
        let answer = server.send_raw(request.as_bytes()).await;
        is_turned_away(&request.chars().take(60).collect::<String>(), &answer);
    }
    server.get("/salons").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_contradicts_itself_is_turned_away() {
    let server = TestServer::start().await;
    let head = "POST /api/v1/auth/otp/request HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
        content-type: application/json\r\n";
    let body = r#"{"phone":"+919812345678"}"#;
    for framing in [
        format!("content-length: 25\r\ncontent-length: 5\r\n\r\n{body}"),
        format!("content-length: -1\r\n\r\n{body}"),
        format!("content-length: 99999999999999999999\r\n\r\n{body}"),
        format!(
            "content-length: 25\r\ntransfer-encoding: chunked\r\n\r\n19\r\n{body}\r\n0\r\n\r\n"
        ),
        format!("transfer-encoding: chunked, identity\r\n\r\n19\r\n{body}\r\n0\r\n\r\n"),
        format!("transfer-encoding: chunked\r\n\r\nzz\r\n{body}\r\n0\r\n\r\n"),
        format!("transfer-encoding: chunked\r\n\r\nffffffffffffffff1\r\n{body}\r\n0\r\n\r\n"),
    ] {
        let answer = server.send_raw(format!("{head}{framing}").as_bytes()).await;
        is_turned_away(&framing, &answer);
    }
    assert_eq!(server.database.count("select count(*) from challenges").await, 0);
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n19\r\n{body}\r\n0\r\n\r\n");
    assert_eq!(server.send_raw(chunked.as_bytes()).await.status, Some(202));
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
    let started = std::time::Instant::now();
    let request = "POST /api/v1/auth/otp/request HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
        content-type: application/json\r\ncontent-length: 25\r\n\r\n{\"phone\"";
    let answer = server.send_raw(request.as_bytes()).await;
    assert!(started.elapsed() < std::time::Duration::from_secs(12), "{:?}", started.elapsed());
    assert_eq!(answer.status, Some(408), "{answer:.300?}");
    assert!(answer.text.contains("\"timeout\"") && answer.hung_up, "{answer:.300?}");
}
