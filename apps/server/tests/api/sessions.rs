//! Staying logged in: the app renews its pass, each renewal is good once, and leaving is leaving.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{Answer, Person, TestServer, text};

impl TestServer {
    async fn refresh(&self, token: &str) -> Answer {
        self.post("/auth/refresh").json(&json!({ "refresh_token": token })).await
    }

    async fn refresh_by_cookie(&self, cookie: &str) -> Answer {
        self.post("/auth/refresh").header("cookie", cookie).await
    }

    /// A login in a browser: the cookie that it keeps, as it will send it.
    async fn log_in_with_a_browser(&self) -> (Answer, String) {
        let phone = self.a_phone();
        let challenge = self.ask_for_a_code(&phone).await;
        let code = self.code_on(&phone).await;
        let given = json!({ "challenge_id": challenge, "code": code });
        let session = self.post("/auth/otp/verify").json(&given).await;
        let cookie = kept(&session);
        (session, cookie)
    }
}

fn kept(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_refreshes_with_the_token_in_the_body_and_each_token_is_good_once() {
    let server = TestServer::start().await;
    let first = server.customer().await;

    let renewed = server.refresh(&first.refresh).await;
    assert_eq!(renewed.header("set-cookie"), "", "a native app keeps no cookie");
    let renewed = renewed.expect(200);
    let second = text(&renewed, "/refresh_token");
    assert_ne!(second, first.refresh);
    assert_eq!(renewed["person_id"], first.id);
    let me = server.get("/me").token(&text(&renewed, "/access_token")).await.expect(200);
    assert_eq!(me["id"], first.id);

    server.refresh(&first.refresh).await.refused(401, "session_ended");
    server.refresh("never-given-to-anyone").await.refused(401, "session_ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_refreshes_with_a_cookie_that_no_script_can_read() {
    let server = TestServer::start().await;
    let (session, cookie) = server.log_in_with_a_browser().await;
    let body = session.expect(200);
    assert!(body.get("refresh_token").is_none(), "{body}");
    let attributes = session.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-refresh=") && cookie.len() > 40, "{attributes}");
    for attribute in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Expires="] {
        assert!(attributes.contains(attribute), "no {attribute} in {attributes}");
    }
    assert!(!attributes.contains("Domain"), "{attributes}");

    let renewed = server.refresh_by_cookie(&cookie).await;
    let body = renewed.expect(200);
    assert!(body.get("refresh_token").is_none(), "{body}");
    let next = kept(&renewed);
    assert_ne!(next, cookie);
    server.refresh_by_cookie(&cookie).await.refused(401, "session_ended");
    server.post("/auth/refresh").await.refused(401, "session_ended");
    let me = server.get("/me").token(&text(&body, "/access_token")).await.expect(200);
    assert_eq!(me["id"], body["person_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_logs_out_is_not_let_in_by_the_old_refresh_token() {
    let server = TestServer::start().await;
    let (session, cookie) = server.log_in_with_a_browser().await;
    let token = text(&session.expect(200), "/access_token");

    let left = server.post("/auth/logout").token(&token).await;
    left.expect(204);
    let gone = left.header("set-cookie");
    assert!(gone.starts_with("__Host-refresh=;") && gone.contains("Max-Age=0"), "{gone}");
    assert!(gone.contains("Secure") && gone.contains("Path=/"), "{gone}");
    server.refresh_by_cookie(&cookie).await.refused(401, "session_ended");

    // Another device of the same person stays.
    let phone = server.a_phone();
    let (one, other) = (server.log_in(&phone).await, server.log_in(&phone).await);
    assert_eq!(one.id, other.id);
    server.post("/auth/logout").by(&one).await.expect(204);
    server.refresh(&one.refresh).await.refused(401, "session_ended");
    server.refresh(&other.refresh).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_refreshes_with_one_token_exactly_one_succeeds() {
    let server = TestServer::start().await;
    let Person { refresh, .. } = server.customer().await;
    let answers = join_all((0..20).map(|_| server.refresh(&refresh))).await;
    let renewed: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(renewed.len(), 1, "{answers:?}");
    for refused in answers.iter().filter(|answer| answer.status != 200) {
        refused.refused(401, "session_ended");
    }
    server.refresh(&text(&renewed[0].json(), "/refresh_token")).await.expect(200);
}
