//! By which name the house is called, how long a request may be, and for how long one may talk.

use reqwest::Method;
use serde_json::json;

use crate::support::TestServer;

async fn named(server: &TestServer, path: &str, host: &str) -> Option<u16> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    server.send_raw(request.as_bytes()).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn who_calls_us_by_another_name_is_sent_away() {
    let hosts = vec!["api.example.com".to_owned(), "api.example.com:8443".to_owned()];
    let server = TestServer::start_with(|config| config.door.hosts = hosts).await;
    for ours in ["api.example.com", "API.example.com", "api.example.com:8443"] {
        assert_eq!(named(&server, "/api/v1/salons", ours).await, Some(200), "{ours}");
    }
    for other in ["evil.com", "api.example.com.evil.com", "api.example.com:80", "127.0.0.1", ""] {
        assert_eq!(named(&server, "/api/v1/salons", other).await, Some(421), "{other}");
    }
    // What a proxy is told by somebody else does not count.
    let forwarded =
        "evil.com\r\nx-forwarded-host: api.example.com\r\nforwarded: host=api.example.com";
    assert_eq!(named(&server, "/api/v1/salons", forwarded).await, Some(421));
    // Probes know the machine by its address.
    assert_eq!(named(&server, "/health/live", "10.0.0.7:8080").await, Some(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_names_the_house_once() {
    let server = TestServer::start().await;
    assert_eq!(named(&server, "/api/v1/salons", "anything").await, Some(200), "none is configured");
    for request in [
        "GET /api/v1/salons HTTP/1.1\r\nconnection: close\r\n\r\n",
        "GET /api/v1/salons HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n",
        "GET http://a/api/v1/salons HTTP/1.1\r\nhost: b\r\nconnection: close\r\n\r\n",
    ] {
        let answer = server.send_raw(request.as_bytes()).await;
        assert_eq!(answer.status, Some(400), "{request}: {answer:?}");
    }
    let absolute = "GET http://a/api/v1/salons HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    assert_eq!(server.send_raw(absolute.as_bytes()).await.status, Some(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_or_headers_without_end_are_not_read() {
    let server = TestServer::start().await;
    let address = |length: usize| format!("/salons?q={}", "a".repeat(length));
    server.get(&address(8_100)).await.refused(422, "invalid");
    server.get(&address(8_200)).await.refused(414, "uri_too_long");
    server.get(&address(60_000)).await.refused(414, "uri_too_long");
    server.get("/salons").header("x-long", &"a".repeat(32_000)).await.expect(200);
    let long = server.get("/salons").header("x-long", &"a".repeat(33_000)).await;
    long.refused(431, "headers_too_large");
    let many = (0..90).fold(server.get("/salons"), |call, number| {
        call.header(&format!("x-many-{number}"), &"a".repeat(500))
    });
    many.await.refused(431, "headers_too_large");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_talks_on_after_the_answer_is_hung_up_on() {
    let server = TestServer::start().await;
    let head = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
             transfer-encoding: chunked\r\n\r\n"
        )
    };
    let chunk = |count: usize| format!("400\r\n{}\r\n", " ".repeat(1024)).repeat(count);
    // No last chunk ever comes, and the caller does not hang up.
    for (what, request, status) in [
        ("too large", head("/api/v1/auth/otp/request") + &chunk(100), 413),
        ("nobody reads it", head("/api/v1/nowhere") + &chunk(10), 404),
        ("not logged in", head("/api/v1/bookings") + &chunk(10), 401),
    ] {
        let answer = server.send_raw(request.as_bytes()).await;
        assert_eq!(answer.status, Some(status), "{what}: {answer:.300?}");
        assert!(answer.hung_up, "{what}: still listening");
    }
    // Who comes to an end may ask again on the same line.
    let body = r#"{"phone":"1"}"#;
    let proper = head("/api/v1/auth/otp/request") + &format!("d\r\n{body}\r\n0\r\n\r\n");
    let last = "GET /api/v1/salons HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answer = server.send_raw((proper.clone() + &proper + last).as_bytes()).await;
    assert_eq!(answer.text.matches("HTTP/1.1 422").count(), 2, "{answer:?}");
    assert_eq!(answer.text.matches("HTTP/1.1 200").count(), 1, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_are_told_which_there_are() {
    let server = TestServer::start().await;
    for method in ["TRACE", "PATCH", "OPTIONS", "PROPFIND", "DELETE"] {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let other = server.call(method.clone(), "/salons").json(&json!({})).await;
        other.refused(405, "method_not_allowed");
        assert_eq!(other.header("allow"), "GET, HEAD", "{method}");
    }
}
