//! Which web pages may call from a browser, and that nobody else makes its cookie act.

use indistylo_server::http::origins::Origins;
use reqwest::Method;

use crate::support::{Answer, Call, TestServer};

const APP: &str = "https://app.example.com";
/// What a browser says for pages that are none of ours.
const STRANGERS: [&str; 7] = [
    "https://evil.example",
    "null",
    "http://app.example.com",
    "https://app.example.com.evil.example",
    "https://app.example.com:8443",
    "https://evil.example/https://app.example.com",
    "*",
];

async fn house() -> TestServer {
    let origins = Origins::new(vec![APP.to_owned()]).expect("an origin");
    TestServer::start_with(|config| config.door.origins = origins).await
}

fn may_not_read(answer: &Answer, who: &str) {
    for name in ["origin", "credentials", "methods", "headers"] {
        let name = format!("access-control-allow-{name}");
        assert_eq!(answer.header(&name), "", "{who}: {name}");
    }
    assert_eq!(answer.header("vary"), "Origin", "{who}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_ours_may_read_answers_and_refusals_alike() {
    let server = house().await;
    for path in ["/salons", "/me", "/nowhere", "/salons?limit=0"] {
        let answer = server.get(path).header("origin", APP).await;
        assert_eq!(answer.header("access-control-allow-origin"), APP, "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), "true", "{path}");
        let may_read = answer.header("access-control-expose-headers");
        assert!(may_read.contains("ratelimit") && may_read.contains("etag"), "{may_read}");
        assert_eq!(answer.header("vary"), "Origin");
    }
    may_not_read(&server.get("/salons").await, "nobody says where from");
    for stranger in STRANGERS {
        let answer = server.get("/salons").header("origin", stranger).await;
        answer.expect(200);
        may_not_read(&answer, stranger);
    }
    let twice = server.get("/salons").header("origin", APP).header("origin", STRANGERS[0]).await;
    may_not_read(&twice, "two at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_asks_beforehand_is_told_what_a_page_of_ours_may_do() {
    let server = house().await;
    let ask = |path: &str, origin: &str| {
        let asked = server.call(Method::OPTIONS, path).header("origin", origin);
        let asked =
            asked.header("access-control-request-headers", "authorization, idempotency-key");
        asked.header("access-control-request-method", "POST")
    };
    let told = ask("/bookings", APP).await;
    told.expect(204);
    assert_eq!(told.header("access-control-allow-origin"), APP);
    assert_eq!(told.header("access-control-allow-credentials"), "true");
    let methods: Vec<_> = told.header("access-control-allow-methods").split(", ").collect();
    assert!(methods.contains(&"GET") && methods.contains(&"POST"), "{methods:?}");
    for header in ["authorization", "content-type", "idempotency-key", "if-match"] {
        assert!(told.header("access-control-allow-headers").contains(header), "{header}");
    }
    assert_eq!(told.header("access-control-max-age"), "600");
    assert_eq!(told.header("vary"), "Origin");

    ask("/nowhere", APP).await.refused(404, "not_found");
    for stranger in STRANGERS {
        let refused = ask("/bookings", stranger).await;
        refused.refused(403, "origin_refused");
        may_not_read(&refused, stranger);
    }
}

/// Changes something with the browser's cookie.
fn by_cookie(server: &TestServer, path: &str) -> Call {
    server.post(path).header("cookie", "theme=dark; __Host-refresh=a-token-nobody-was-given")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_acts_for_our_own_pages_only() {
    let server = house().await;
    let renew = || by_cookie(&server, "/auth/refresh").raw_json("{}");
    // Past the door; the token is none of ours.
    renew().header("origin", APP).await.refused(401, "session_ended");
    renew().header("sec-fetch-site", "same-origin").await.refused(401, "session_ended");
    let both = renew().header("sec-fetch-site", "cross-site").header("origin", APP).await;
    both.refused(401, "session_ended");

    renew().await.refused(403, "origin_refused");
    for stranger in STRANGERS {
        renew().header("origin", stranger).await.refused(403, "origin_refused");
    }
    for site in ["cross-site", "same-site", "none", "Same-Origin", ""] {
        renew().header("sec-fetch-site", site).await.refused(403, "origin_refused");
    }
    let sandboxed = renew().header("origin", "null").header("sec-fetch-site", "same-origin").await;
    sandboxed.refused(403, "origin_refused");
    let referred = renew().header("referer", &format!("{APP}/x")).await;
    referred.refused(403, "origin_refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_plain_form_makes_the_cookie_act() {
    let server = house().await;
    let form = |path| by_cookie(&server, path).header("origin", APP);
    for kind in ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"] {
        let sent = form("/auth/refresh").header("content-type", kind).body("{}").await;
        sent.refused(415, "unsupported_media_type");
        let empty = form("/auth/logout").header("content-type", kind).await;
        empty.refused(415, "unsupported_media_type");
    }
    form("/auth/refresh").await.refused(415, "unsupported_media_type");

    // Where an access token says who calls, the cookie is beside the point: it need not be JSON,
    // but it must still be one of our pages.
    let customer = server.customer().await;
    form("/auth/logout").by(&customer).await.expect(204);
    by_cookie(&server, "/auth/logout").by(&customer).await.refused(403, "origin_refused");
    // Reading changes nothing; and without the cookie nothing is asked.
    let read = server.get("/salons").header("cookie", "__Host-refresh=x").await;
    read.expect(200);
    server.post("/auth/refresh").header("cookie", "theme=dark").await.refused(401, "session_ended");
}
