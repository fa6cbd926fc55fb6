//! Headers with letters that do not belong there, or given twice, or endless.

use serde_json::json;

use crate::support::{TestServer, every_day, fresh_name};

#[tokio::test(flavor = "multi_thread")]
async fn letters_beyond_ascii_in_any_header_break_nothing() {
    let server = TestServer::start().await;
    let salon = server.a_salon().opens().await;
    let offer = json!({ "offer": "x" });
    for bad in [&b"\xff\xfe\x80"[..], "ग्लो".as_bytes(), b"\xc3\x28", b"a\tb", b"\xf0\x9f\x92\x87"]
    {
        let me = server.get("/me").header_bytes("authorization", bad).await;
        me.refused(401, "unauthenticated");
        let bearer = [b"Bearer ", bad].concat();
        let me = server.get("/me").header_bytes("authorization", &bearer).await;
        me.refused(401, "unauthenticated");
        let key = server.post("/bookings").by(&salon.owner).header_bytes("idempotency-key", bad);
        key.json(&offer).await.refused(400, "idempotency_key_malformed");
        let kind = server.post("/bookings").by(&salon.owner).once().body("{}");
        let kind = kind.header_bytes("content-type", bad).await;
        kind.refused(415, "unsupported_media_type");
        let hours = json!({ "weekly": every_day("10:00", "19:00") });
        let edit = server.put(&format!("/vendor/salons/{}/hours", salon.id)).by(&salon.owner);
        let edit = edit.header_bytes("if-match", bad).json(&hours).await;
        edit.refused(400, "if_match_malformed");
        let cookie = [b"__Host-refresh=", bad].concat();
        let cookie = server.post("/auth/refresh").header_bytes("cookie", &cookie);
        let cookie = cookie.header("sec-fetch-site", "same-origin").raw_json("{}").await;
        cookie.refused(401, "session_ended");
        for name in [
            "x-request-id",
            "x-forwarded-for",
            "forwarded",
            "accept",
            "accept-language",
            "user-agent",
            "origin",
            "referer",
            "range",
            "if-none-match",
            "if-modified-since",
            "te",
        ] {
            server.get("/salons").header_bytes(name, bad).await.expect(200);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_a_request_is_ours_to_give() {
    let server = TestServer::start().await;
    let forged = fresh_name();
    let answer = server.get("/salons").header("x-request-id", &forged).await;
    answer.expect(200);
    assert_ne!(answer.header("x-request-id"), forged);
    let first = server.get("/salons").await;
    assert_ne!(first.header("x-request-id"), answer.header("x-request-id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_is_shown_once_and_properly() {
    let server = TestServer::start().await;
    let (one, other) = (server.customer().await, server.customer().await);
    server.get("/me").by(&one).await.expect(200);
    server.get("/me").by(&one).by(&other).await.refused(401, "unauthenticated");
    server.get("/me").by(&one).by(&one).await.refused(401, "unauthenticated");
    for value in [
        String::new(),
        "Bearer".into(),
        "Bearer ".into(),
        "Bearer  ".into(),
        format!("bearer{}", one.token),
        format!("Basic {}", one.token),
        one.token.clone(),
        format!("Bearer {}, Bearer {}", one.token, other.token),
        format!("Bearer \"{}\"", one.token),
        format!("Bearer {}x", one.token),
        format!("Bearer {}", "A".repeat(16 * 1024)),
        format!("Bearer {}", "a.b.c"),
        format!("Bearer {}", ".".repeat(2_000)),
    ] {
        let answer = server.get("/me").header("authorization", &value).await;
        answer.refused(401, "unauthenticated");
    }
    // In the address or in a cookie it is no pass.
    server.get(&format!("/me?access_token={}", one.token)).await.refused(401, "unauthenticated");
    let cookie = format!("access_token={}", one.token);
    server.get("/me").header("cookie", &cookie).await.refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_asked_for_is_answered_in_json() {
    let server = TestServer::start().await;
    for accept in ["text/html", "application/xml;q=1.0", "*/*;q=0", "image/*", "nonsense", ""] {
        let shown = server.get("/salons").header("accept", accept).await;
        shown.expect(200);
        assert_eq!(shown.header("content-type"), "application/json", "{accept:?}");
        server.get("/nowhere").header("accept", accept).await.refused(404, "not_found");
    }
}
