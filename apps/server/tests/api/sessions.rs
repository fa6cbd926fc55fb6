//! Staying logged in: the app renews its pass, each renewal is good once, and leaving is leaving.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use application::Ports;
use application::account::refresh::{RefreshError, refresh};
use chrono::TimeDelta;
use futures_util::future::join_all;
use identity::{AdminRole, Proof};
use indistylo_server::config::Secret;
use kernel::{PersonId, SessionId};
use ports::{NewSession, Purpose, Whence};
use reqwest::Method;
use serde_json::json;
use testkit::TestClock;

use crate::ops::let_in;
use crate::support::{Answer, Person, TestServer, now, text, until};

impl TestServer {
    async fn refresh(&self, token: &str) -> Answer {
        self.post("/auth/refresh").json(&json!({ "refresh_token": token })).await
    }

    async fn refresh_by_cookie(&self, cookie: &str) -> Answer {
        let call = self.post("/auth/refresh").header("cookie", cookie).raw_json("{}");
        call.header("sec-fetch-site", "same-origin").await
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

    // Its answer may have been lost: the same one again.
    let again = server.refresh(&first.refresh).await.expect(200);
    assert_eq!(text(&again, "/refresh_token"), second);
    server.refresh("never-given-to-anyone").await.refused(401, "session_ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_token_ends_the_session_and_its_passes_at_once() {
    let server = TestServer::start().await;
    let first = server.customer().await;
    let second = text(&server.refresh(&first.refresh).await.expect(200), "/refresh_token");
    let renewed = server.refresh(&second).await.expect(200);
    let access = text(&renewed, "/access_token");
    server.get("/me").token(&access).await.expect(200);

    server.refresh(&first.refresh).await.refused(401, "session_ended");
    server.get("/me").token(&access).await.refused(401, "unauthenticated");
    server.get("/me").token(&first.token).await.refused(401, "unauthenticated");
    let third = text(&renewed, "/refresh_token");
    server.refresh(&third).await.refused(401, "session_ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_shown_to_their_owner_who_ends_one_or_all() {
    let server = TestServer::start().await;
    let phone = server.a_phone();
    let (here, there) = (server.log_in(&phone).await, server.log_in(&phone).await);
    let stranger = server.customer().await;
    let shown = server.get("/me/sessions").by(&here).await.expect(200);
    let shown = shown["data"].as_array().expect("a list").clone();
    assert_eq!(shown.len(), 2);
    let other = shown.iter().find(|session| session["current"] == false).expect("the other");
    let current = shown.iter().find(|session| session["current"] == true).expect("this one");
    assert!(current["ends_at"].as_str() > current["refreshed_at"].as_str(), "{current}");

    let path = format!("/me/sessions/{}", text(other, "/id"));
    server.delete(&path).by(&stranger).await.refused(404, "not_found");
    server.delete(&path).by(&here).await.expect(204);
    server.delete(&path).by(&here).await.refused(404, "not_found");
    server.get("/me").by(&there).await.refused(401, "unauthenticated");
    server.get("/me").by(&here).await.expect(200);

    let third = server.log_in(&phone).await;
    let left = server.delete("/me/sessions").by(&here).await;
    left.expect(204);
    assert!(left.header("set-cookie").contains("Max-Age=0"));
    for gone in [&here, &third] {
        server.get("/me").by(gone).await.refused(401, "unauthenticated");
        server.refresh(&gone.refresh).await.refused(401, "session_ended");
    }
    server.get("/me").by(&stranger).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_is_answered_outside_the_version_too() {
    let server = TestServer::start().await;
    let (_, cookie) = server.log_in_with_a_browser().await;
    let path = "/api/auth/refresh";
    let renewed = server.call_outside(Method::POST, path).header("cookie", &cookie).raw_json("{}");
    let renewed = renewed.header("sec-fetch-site", "same-origin").await;
    renewed.expect(200);
    assert_ne!(kept(&renewed), cookie);
    let wrong = server.call_outside(Method::GET, path).await;
    wrong.refused(405, "method_not_allowed");
    assert_eq!(wrong.header("allow"), "POST");
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
    let again = server.refresh_by_cookie(&cookie).await;
    assert_eq!(kept(&again), next, "another tab gets the same");
    server.post("/auth/refresh").await.refused(401, "session_ended");
    let me = server.get("/me").token(&text(&body, "/access_token")).await.expect(200);
    assert_eq!(me["id"], body["person_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_that_comes_back_ends_its_family_and_the_browser_forgets_it() {
    let server = TestServer::start().await;
    let (session, stolen) = server.log_in_with_a_browser().await;
    let access = text(&session.expect(200), "/access_token");
    let second = kept(&server.refresh_by_cookie(&stolen).await);
    let last = server.refresh_by_cookie(&second).await;
    let (last_access, last) = (text(&last.expect(200), "/access_token"), kept(&last));
    let reused = server.refresh_by_cookie(&stolen).await;
    for (who, answer) in [("reused", reused), ("last", server.refresh_by_cookie(&last).await)] {
        answer.refused(401, "session_ended");
        let cleared = answer.header("clear-site-data");
        assert_eq!(cleared, r#""cache", "cookies", "storage""#, "{who}");
        let gone = answer.header("set-cookie");
        assert!(
            gone.starts_with("__Host-refresh=;") && gone.contains("Max-Age=0"),
            "{who}: {gone}"
        );
    }
    for token in [&access, &last_access] {
        server.get("/me").token(token).await.refused(401, "unauthenticated");
    }
    let ended = "select ended_why from sessions where ended_at is not null";
    assert_eq!(server.database.texts(ended).await, ["reused"]);
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
    assert!(left.header("clear-site-data").contains("\"cookies\""));
    let refused = server.refresh_by_cookie(&cookie).await;
    refused.refused(401, "session_ended");
    assert!(refused.header("set-cookie").contains("Max-Age=0"), "it is forgotten");
    assert!(refused.header("clear-site-data").contains("\"cookies\""));
    server.get("/me").token(&token).await.refused(401, "unauthenticated");

    // Another device of the same person stays.
    let phone = server.a_phone();
    let (one, other) = (server.log_in(&phone).await, server.log_in(&phone).await);
    assert_eq!(one.id, other.id);
    server.post("/auth/logout").by(&one).await.expect(204);
    server.refresh(&one.refresh).await.refused(401, "session_ended");
    server.refresh(&other.refresh).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_refreshes_with_one_token_at_once_get_one_successor() {
    let server = TestServer::start().await;
    let Person { refresh, .. } = server.customer().await;
    let answers = join_all((0..20).map(|_| server.refresh(&refresh))).await;
    let next: HashSet<_> =
        answers.iter().map(|answer| text(&answer.expect(200), "/refresh_token")).collect();
    assert_eq!(next.len(), 1, "{next:?}");
    server.refresh(next.iter().next().expect("one")).await.expect(200);
}

/// A node of a house, on a database of its own or on this one.
async fn a_node(database: Option<&str>) -> TestServer {
    TestServer::start_with(|config| {
        config.secret = Some(Secret::new("one secret for all the nodes of this house"));
        config.worker_inside = false;
        if let Some(database) = database {
            config.database_url = Some(Secret::new(database));
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ended_on_one_node_is_over_on_the_others_within_five_seconds() {
    let here = a_node(None).await;
    let there = a_node(Some(&here.database.url)).await;
    let (asha, bina) = (here.customer().await, here.customer().await);
    // The other node serves it all the time, and so knows that it has not ended.
    for _ in 0..20 {
        there.get("/me").by(&asha).await.expect(200);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    here.delete("/me/sessions").by(&asha).await.expect(204);
    let ended = Instant::now();
    here.get("/me").by(&asha).await.refused(401, "unauthenticated");
    while there.get("/me").by(&asha).await.status == 200 {
        assert!(ended.elapsed() < Duration::from_secs(5), "it is served on the other node");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(ended.elapsed() < Duration::from_secs(5));
    there.get("/me").by(&asha).await.refused(401, "unauthenticated");
    there.get("/me").by(&bina).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_database_nobody_gets_in_by_a_token_that_might_have_ended() {
    let (here, beside) = (a_node(None).await, a_node(None).await);
    let there = a_node(Some(&here.database.url)).await;
    let (asha, bina) = (here.customer().await, here.customer().await);
    for customer in [&asha, &bina] {
        there.get("/me").by(customer).await.expect(200);
    }
    here.delete("/me/sessions").by(&asha).await.expect(204);
    let ended = Instant::now();
    let name = here.database.texts("select current_database()::text").await.remove(0);
    let_in(&beside.database, &name, false).await;
    // Nothing that only looks at the token: it asks nobody but who keeps the sessions.
    let ask = |who: &Person| {
        there.post("/me/devices").by(who).json(&json!({ "platform": 1 })).even_in_trouble()
    };
    while ended.elapsed() < Duration::from_secs(6) {
        let served = ask(&asha).await;
        let is_known_yet = ended.elapsed() < Duration::from_secs(5);
        assert!(is_known_yet || served.status == 503, "{served:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    ask(&asha).await.refused(503, "unavailable");
    ask(&bina).await.refused(503, "unavailable");
    let_in(&beside.database, &name, true).await;
    until("the other node is back", async || {
        let known = [ask(&asha).await.status, ask(&bina).await.status];
        (known == [401, 422]).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platform_logs_somebody_out_everywhere_and_that_is_noted() {
    let server = TestServer::start().await;
    let support = server.admin(AdminRole::Support).await;
    let robbed = server.customer().await;
    let elsewhere = server.log_in(&robbed.phone).await;
    let stranger = server.customer().await;
    let end = async |who: &str| {
        server.delete(&format!("/admin/people/{who}/sessions")).by(&support).await
    };
    end(&robbed.id).await.expect(204);
    for gone in [&robbed, &elsewhere] {
        server.get("/me").by(gone).await.refused(401, "unauthenticated");
        server.refresh(&gone.refresh).await.refused(401, "session_ended");
    }
    server.get("/me").by(&stranger).await.expect(200);
    end("0193c0de-0000-7000-8000-000000000001").await.refused(404, "not_found");
    let noted = format!(
        "select count(*) from audit where act = 'revokeSessionsOf' and actor = '{}'
             and object = 'person/{}'",
        support.id, robbed.id
    );
    assert_eq!(server.database.count(&noted).await, 1);
}

/// A house on PostgreSQL whose clock is moved by hand: what its verbs do, without the door before them.
struct Moved<'a> {
    server: &'a TestServer,
    clock: Arc<TestClock>,
    ports: Ports,
    owner: PersonId,
}

impl<'a> Moved<'a> {
    async fn of(server: &'a TestServer) -> Self {
        let owner = server.customer().await.id.parse().expect("an id");
        let clock = Arc::new(TestClock::at(now()));
        let ports = Ports { clock: clock.clone(), ..server.ports().clone() };
        Self { server, clock, ports, owner }
    }

    /// A login, and its refresh token.
    async fn log_in(&self) -> (SessionId, String) {
        let id = SessionId::new(self.ports.ids.next());
        let at = self.ports.clock.now();
        let new = NewSession { id, proof: Proof::Code, at, whence: Whence::default() };
        self.ports.sessions.open(self.owner, &new).await.expect("opened");
        let content = [&id.uuid().as_bytes()[..], &[0; 4]].concat();
        (id, self.ports.credentials.seal(Purpose::Refresh, &content))
    }

    async fn refresh(&self, token: &str) -> Option<String> {
        match refresh(&self.ports, token).await {
            Ok(tokens) => Some(tokens.refresh),
            Err(RefreshError::Refused(_)) => None,
            Err(RefreshError::Store(error)) => panic!("{error:?}"),
        }
    }

    fn passes(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    async fn ended(&self, why: &str) -> i64 {
        let ended = format!("select count(*) from sessions where ended_why = '{why}'");
        self.server.database.count(&ended).await
    }
}

/// A thousand thefts on PostgreSQL: the thief first or the owner, at once, within the ten seconds in
/// which an answer may have got lost, or later. None outlives the refresh after those seconds.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_thousand_thefts_none_outlives_its_grace() {
    let server = TestServer::start_with(|config| config.worker_inside = false).await;
    let house = Moved::of(&server).await;
    for theft in 0_i64..1_000 {
        let (_, stolen) = house.log_in().await;
        let first = house.refresh(&stolen).await.expect("nothing is noticed yet");
        // Whoever is second within ten seconds gets the same token, so that both hold it.
        let within = theft % 12;
        house.passes(within);
        let second = house.refresh(&stolen).await;
        if within < 10 {
            assert_eq!(second.as_ref(), Some(&first), "theft {theft}: within its grace");
            // One of the two goes on; the other shows what both held, when it is too late for a
            // lost answer, or after one more refresh at once.
            let next = house.refresh(&first).await.expect("it goes on");
            let late = if theft % 2 == 0 {
                house.passes(10);
                first
            } else {
                house.refresh(&next).await.expect("it goes on");
                first
            };
            assert_eq!(house.refresh(&late).await, None, "theft {theft}");
            assert_eq!(house.refresh(&next).await, None, "theft {theft}: for both of them");
        } else {
            assert_eq!(second, None, "theft {theft}: too late for a lost answer");
            assert_eq!(house.refresh(&first).await, None, "theft {theft}: for both of them");
        }
        assert_eq!(house.ended("reused").await, theft + 1);
    }
}

/// Ten thousand refreshes on PostgreSQL, of fifty tabs at a time that hold the same token: nobody is
/// logged out, and all tabs hold the same token again.
#[tokio::test(flavor = "multi_thread")]
async fn of_ten_thousand_refreshes_of_tabs_none_logs_out() {
    let server = TestServer::start_with(|config| config.worker_inside = false).await;
    let house = Moved::of(&server).await;
    let (_, mut token) = house.log_in().await;
    for round in 0..200 {
        let tabs = join_all((0..50).map(|_| house.refresh(&token))).await;
        let next = tabs[0].clone().unwrap_or_else(|| panic!("round {round}: logged out"));
        assert!(tabs.iter().all(|tab| tab.as_ref() == Some(&next)), "round {round}");
        assert_ne!(next, token);
        token = next;
        house.passes(540);
    }
    let open = "select count(*) from sessions where generation = 200 and ended_at is null";
    assert_eq!(server.database.count(open).await, 1);
}
